/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * A lane: a chat (a forum topic is one of its own), its queue, and the
 * conversation that belongs to it.
 */
#ifndef TURN_LANE_H
#define TURN_LANE_H

#include <sys/queue.h>

#include <stddef.h>
#include <stdint.h>

struct turn;
TAILQ_HEAD(turns, turn);

struct lane {
	struct lane	*hnext;
	int64_t		 chat, topic;
	struct turns	 waiting;
	unsigned	 n;
	struct turn	*run;		/* of this chat */
	/* The last /stop, by its number, while it asks about the rest: turns
	 * of lower numbers wait for a word; and up to which of them they were
	 * dropped, also those that had not come here yet.  On disk. */
	uint64_t	 hold_before, drop_before;
	/* the conversation */
	uint64_t	 conv;
	uint64_t	 used;		/* wall clock, ms */
	char		*cwd;		/* of its last Bash call, or NULL */
	char		 model[64];	/* chosen with /model, or "" */
	uint32_t	 taint;		/* TAINT_: what its context has read */
	struct turn	*busy;		/* the turn that has it */
	TAILQ_HEAD(, lane) waiters;	/* other lanes that want it */
	TAILQ_ENTRY(lane) wait;
	int		 listed;
	unsigned	 refs;		/* turns that point here */
};

struct lane	*lane_get(int64_t chat, int64_t topic);
struct lane	*lane_owner(struct lane *);	/* whose conversation it uses */
/* The conversation, made anew when it was idle too long; then *idle_s says
 * how long is too long, else it is 0. */
uint64_t	 lane_conv(struct lane *owner, uint32_t *idle_s);
void		 lane_touch(struct lane *owner);	/* used now; saves it */
void		 lane_save(struct lane *);	/* as it is */
void		 lane_reset(struct lane *owner);	/* /new */
void		 lane_set_cwd(struct lane *, const char *, size_t);
/* Turns of it that are neither waiting nor running: on their way. */
unsigned	 lane_coming(const struct lane *);
void		 lane_each(void (*)(struct lane *, void *), void *);

#endif
