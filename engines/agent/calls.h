/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The tool calls of a turn, from the model's wish to the block it gets back.
 */
#ifndef AGENT_CALLS_H
#define AGENT_CALLS_H

#include <sys/queue.h>

#include "engines/agent/reply.h"
#include "imsg/link.h"

struct turn;

struct call {
	TAILQ_ENTRY(call) entry;
	struct turn	*t;
	uint32_t	 id;
	char		*tool_id;	/* of the model; NULL: internal */
	struct stream	*in;
	int		 done, is_error;
	uint8_t		 kind;		/* enum out_kind */
	int		 cut;
	char		 mime[64];
	struct buf	 out;
	struct buf	 tail;		/* of a text beyond its head */
	size_t		 gone;		/* bytes between the two */
	int		 sent, held;	/* the relay has it; it waits here */
	enum tool	 tool;		/* of one held ... */
	struct buf	 args;		/* ... and its input */
};
#define CALLS_ATONCE	16		/* the relay's own bound */
TAILQ_HEAD(calls, call);
int		 call_internal(struct turn *, const char *args);
int		 call_model(struct turn *, const struct blk *);
void		 calls_result(struct link *, const struct msg_TOOL_RESULT *);
/* The results in order as a content array; those missing are interrupted. */
int		 calls_content(struct turn *, struct buf *);
void		 calls_free(struct turn *);

/* --- bound.c: text of results, bounded ----------------------------------- */
#define TEXT_HEAD	(60u << 10)	/* of each, in call.out */
void		 bound_tail(struct call *, const uint8_t *, size_t);
void		 bound_join(struct call *);
void		 bound_round(struct turn *);

#endif
