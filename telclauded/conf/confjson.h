/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * One translation of telclaude.json: what its files share.
 */
#ifndef CONF_CONFJSON_H
#define CONF_CONFJSON_H

#include "telclauded/conf/conf_int.h"
#include "telclauded/conf/json5.h"
#include "telclauded/lib/util.h"

struct out {
	struct buf	 b;
	struct jnode	*root;
	struct jsonmap	*map;		/* may be NULL */
	struct conf_notes *notes;
	const char	*name;
	const char	*block;		/* open one, or "" */
	int		 failed;	/* memory */
};

/* --- confjson.c -------------------------------------------------------- */
/* The node at a dotted path of the type, marked as known; else NULL, with an
 * error when it is of another type. */
struct jnode	*out_get(struct out *, const char *path, int types);
struct jnode	*out_sub(struct out *, struct jnode *, const char *key,
		    int types);
#define T(t)	(1 << (t))
/* A line, in the open block, that comes from this node. */
void		 out_line(struct out *, const struct jnode *, const char *);
void		 out_block(struct out *, const struct jnode *, const char *);
/* A comment and a warning about a node that has no effect. */
void		 out_ignored(struct out *, const struct jnode *, const char *);
void		 out_err(struct out *, const struct jnode *, const char *);
/* "..." or [...] as native text; 0, or -1 after an error. */
int		 put_jstr(struct out *, struct buf *, const struct jnode *);
int		 put_jlist(struct out *, struct buf *, struct jnode *);
int		 put_jnum(struct out *, struct buf *, const struct jnode *,
		    double scale);
/* --- jsonpeople.c ------------------------------------------------------ */
void		 json_people(struct out *);
void		 json_chats(struct out *);
void		 json_filter(struct out *);
/* --- jsonservices.c ---------------------------------------------------- */
void		 json_network(struct out *);
void		 json_moltbook(struct out *);
void		 json_media(struct out *);
void		 json_providers(struct out *);

#endif
