/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Conversations in memory: each message's content array as ready JSON text,
 * kept for a minute after use.  Every change is committed to the transcript
 * before it returns.  Roles alternate and every tool call has its result:
 * that holds here and nowhere else.
 */
#ifndef AGENT_CONV_H
#define AGENT_CONV_H

#include <sys/queue.h>

#include "telclauded/lib/util.h"

struct cmsg {
	uint32_t	 seq;
	int		 user;
	int		 final;		/* an answer that was whole */
	struct buf	 c;
};

struct conv {
	TAILQ_ENTRY(conv) entry;	/* most recently used first */
	uint64_t	 id;
	struct cmsg	*m;
	unsigned	 n, cap;
	size_t		 bytes;
	uint32_t	 nextseq;
	unsigned	 refs;
	uint64_t	 used;		/* now_ms() of the last conv_put() */
	int		 fresh;		/* no message when it was loaded */
	int		 stale;		/* not what is on disk: load again */
	uint64_t	 seen;		/* tokens, by the last answer; or 0 */
	unsigned	 seen_n;	/* messages that are in it */
	/* the answer in progress: */
	int		 replying;
	size_t		 base;		/* bytes the last message had, or 0 */
	/* where this turn began: */
	int		 marked;
	unsigned	 mark_n;
	size_t		 mark_len;
};

#define CONV_IDLE_MS	60000
#define CONV_CACHE	(8u << 20)	/* bytes of conversations not in use */

struct conv	*conv_get(uint64_t id);		/* NULL after saying why */
void		 conv_put(struct conv *);
/* Frees what is idle; when to call again in ms, or 0. */
uint32_t	 conv_expire(uint64_t now);
int		 conv_reset(uint64_t id);	/* -1: in use, or not written */
void		 conv_flush(void);		/* all that are not in use */

/* Content arrays, not empty.  All: 0, or -1 and nothing changed. */
int		 conv_user(struct conv *, const char *, size_t);
int		 conv_reply(struct conv *, const char *, size_t);
void		 conv_reply_end(struct conv *);
void		 conv_final(struct conv *);	/* the last answer is whole */
void		 conv_mark(struct conv *);
int		 conv_rewind(struct conv *);	/* to the mark */
/* Replace message i; drop all before it; for context.c. */
int		 conv_replace(struct conv *, unsigned, struct buf *);
int		 conv_drop_before(struct conv *, unsigned);

#define CONV_LOST	"interrupted: it is not known whether this finished"
int		 conv_is_results(const struct cmsg *);

#endif
