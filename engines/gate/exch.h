/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * One request of an agent, or of the relay, and the server's answer: what
 * exch.c and exchbody.c share.
 */
#ifndef EXCH_H
#define EXCH_H

#include <sys/queue.h>

#include "engines/gate/gate.h"
#include "engines/gate/spend.h"
#include "telclauded/lib/util.h"

struct exch {
	TAILQ_ENTRY(exch) entry;
	struct link	*l;
	uint32_t	 req;
	struct msg_API_REQ ask;
	char		 beta[640];	/* a header line, or "" */
	struct upstream	*up;
	struct http_req	*r;
	struct stream	*in, *out;	/* request, answer */
	/* the body: held until it is whole and may leave */
	struct buf	 body;
	size_t		 off;		/* of it, sent */
	size_t		 left;		/* still to come */
	size_t		 owed;		/* came, not yet taken credit for */
	int		 room;		/* memory is set aside for all of it */
	struct bodyscan	 scan;
	struct hold	*hold;
	int		 sent;		/* bytes may have gone out */
	unsigned	 status;
	struct usagescan usage;
};
TAILQ_HEAD(exchs, exch);
extern struct exchs exchs;

/* --- exch.c -------------------------------------------------------------- */
void		 exch_fail(struct exch *, enum http_err, const char *why);
void		 exch_whole(struct exch *);	/* the body is here */

/* --- exchbody.c ---------------------------------------------------------- */
int		 exchbody_begin(struct exch *);	/* 0, or -1 */
void		 exchbody_free(struct exch *);
/* For libcurl, as http_cb.body. */
long		 exchbody_take(struct exch *, char *, size_t);

#endif
