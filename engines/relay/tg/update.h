/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Update JSON of the Bot API to a plain struct.  Linked by the relay; trusts
 * nothing: an update that is not understood is a skipped one, never an error
 * of the whole answer.
 */
#ifndef TG_UPDATE_H
#define TG_UPDATE_H

#include <stddef.h>
#include <stdint.h>

#include "engines/relay/files/attach.h"

struct json_t;

enum upd_kind { UPD_SKIP, UPD_MESSAGE, UPD_EDIT, UPD_BUTTON, UPD_REACTION };
enum chat_kind { CHAT_PRIVATE, CHAT_GROUP, CHAT_CHANNEL };

#define UPD_NAME	128
#define UPD_DATA	65
#define UPD_QUOTE	2000	/* bytes of what a message answers */
#define UPD_EMOJI	4	/* reactions of one person that are kept */

/* What a message answers. */
enum upd_who { UPD_NOBODY, UPD_BOT, UPD_SELF, UPD_OTHER };
struct upd_quote {
	enum upd_who	 who;
	int64_t		 msg;		/* its number here, or 0 */
	int		 part;		/* only this part was meant */
	char		 name[UPD_NAME];	/* of UPD_OTHER */
	char		*text;		/* valid UTF-8 or NULL: it has none */
};

struct update {
	int64_t		 id;		/* -1: none could be read */
	enum upd_kind	 kind;
	const char	*why;		/* of UPD_SKIP; a constant */
	enum chat_kind	 ckind;
	int64_t		 chat;
	int64_t		 topic;		/* forum topic, or 0 */
	int64_t		 user;		/* 0: nobody, or in a chat's name */
	int64_t		 msg;
	int		 from_bot;
	int		 addressed;	/* mentions, answers or commands us */
	int		 media;		/* something that is not text */
	int		 have_file;	/* and that can be fetched */
	struct attach	 file;
	char		 album[32];	/* of messages that belong together */
	const char	*foreign;	/* whose words they are, if not the
					 * writer's; a constant, or NULL */
	int		 service;	/* joins, pins: nothing anybody wrote */
	int64_t		 migrated;	/* the group's number now, or 0 */
	char		 name[UPD_NAME];	/* valid UTF-8, printable */
	char		 chat_name[UPD_NAME];
	char		*text;		/* valid UTF-8; may hold NUL */
	size_t		 len;
	char		 button[UPD_DATA];	/* callback data */
	char		 query[64];	/* callback query id */
	struct upd_quote quote;
	char		 emoji[UPD_EMOJI][36];	/* UPD_REACTION: now there */
};

/*
 * The elements of "result" in an answer to getUpdates, one slice a call, found
 * by brackets and quotes alone so that one bad update spoils no other.
 */
struct upd_iter {
	const char	*p, *end;
	int		 in;		/* inside the array */
	int		 bad;		/* the answer itself is broken */
};
void	 upd_iter_init(struct upd_iter *, const char *, size_t);
int	 upd_iter_next(struct upd_iter *, const char **, size_t *);

/* Fills *u in any case; bot: user name without '@'. */
void	 update_parse(const char *, size_t, const char *bot, int64_t botid,
	    struct update *);
void	 update_free(struct update *);
/* updquote.c; m: a message.  Of add_name: what can be shown in one line. */
void	 update_quote(const struct json_t *m, int64_t botid, struct update *);
void	 update_reaction(const struct json_t *r, struct update *);
void	 update_add_name(char *dst, size_t size, const char *src);
/* The file of a message, if it has one; in updfile.c. */
void	 update_file(const struct json_t *, struct update *);
/* First "update_id" found by scanning, or -1; for what did not parse. */
int64_t	 update_scan_id(const char *, size_t);

#endif
