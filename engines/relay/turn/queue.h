/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The queues of lanes: one ordered queue for each chat.  Lanes run beside one
 * another; with a global session they share one conversation and take turns.
 */
#ifndef TURN_QUEUE_H
#define TURN_QUEUE_H

#include <stdint.h>

#include "engines/relay/turn/lane.h"

struct turn;

#define QUEUE_MAX	20

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
