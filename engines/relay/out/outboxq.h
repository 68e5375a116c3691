/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The insides of the outbox, shared by outbox.c (what is queued) and
 * outboxio.c (what is under way).  Run by the relay.
 */
#ifndef OUT_OUTBOXQ_H
#define OUT_OUTBOXQ_H

#include <sys/queue.h>

#include "engines/relay/out/outbox.h"

struct api_call;
struct event;
struct upload;

struct out {
	TAILQ_ENTRY(out) entry;
	struct outq	*q;
	uint64_t	 row;		/* 0: not on disk */
	enum box_kind	 kind;
	enum box_state	 state;
	int		 last;		/* the final edit of a message */
	int		 wait;		/* until its row is on disk */
	int		 busy;		/* its request is under way */
	int		 plain;		/* entities were dropped */
	int		 probed;	/* BS_MARKED: the server is well */
	int		 urgent;
	int		 notice;
	unsigned	 tries;
	struct msgref	*ref;
	char		*head, *body;
	size_t		 headlen, len;
	int64_t		 topic;
	uint32_t	 taint;		/* of its words ... */
	char		 words[64];	/* ... the first of them */
	struct upload	*up;		/* BX_FILE: while it is under way */
};

struct outq {
	int64_t		 chat;
	TAILQ_HEAD(, out) outs;
	struct api_call	*call;
	struct event	*timer;
	uint64_t	 not_before;	/* monotonic ms */
	unsigned	 failures;
};

#define OUT_NEW(o)	((o)->kind == BX_SEND || (o)->kind == BX_FILE)
#define BOX_KIND(m)	((m)->file != NULL ? BX_FILE : BX_SEND)
#define BOX_ROW(m)	((m)->file != NULL ? (m)->file->row : relay_id())

void	 out_pump(struct outq *);	/* the queue may be gone after it */
void	 out_free(struct out *);
void	 out_wait(struct out *);
void	 out_lost(const struct out *);	/* tried twice, with no answer */
void	 out_mark(struct out *);	/* the next try is a repeat */
void	 out_ref_put(struct msgref *);
void	 out_timer_free(struct outq *);
void	 outq_free(struct outq *);

#endif
