/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Lanes: one ordered queue for each chat (a forum topic is a chat of its
 * own), and the conversation that belongs to it.  Lanes run beside one
 * another; with a global session they share one conversation and take turns.
 */
#ifndef TURN_QUEUE_H
#define TURN_QUEUE_H

#include <sys/queue.h>

#include <stdint.h>

struct turn;
TAILQ_HEAD(turns, turn);

#define QUEUE_MAX	20

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

/* Starts or queues it; -1: the queue is full and the turn is not taken. */
int		 queue_add(struct turn *);
void		 queue_restore(struct turn *);	/* a queued row, at start */
void		 queue_take(struct turn *);	/* out of its lane, as it is */
void		 queue_kick(struct lane *);
void		 queue_kick_all(void);
/* The waiting turn of that number, or NULL. */
struct turn	*queue_find(const struct lane *, uint64_t id);
void		 queue_done(struct turn *);	/* its turn is over */
void		 queue_forget(struct turn *);	/* drops one that waits */
void		 queue_hold(struct lane *, uint64_t before);	/* /stop */
void		 queue_release(struct lane *);	/* all that wait may run */
unsigned	 queue_drop(struct lane *);	/* all that wait; how many */
unsigned	 queue_waiting(void);		/* everywhere */

#endif
