/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * One ordered queue a chat, and who may have its conversation next.  Run by
 * the relay.
 */
#include "telclauded/lib/util.h"
#include "engines/relay/face/react.h"
#include "engines/relay/relay.h"
#include "engines/relay/store/store.h"
#include "engines/relay/tg/poll.h"
#include "engines/relay/turn/queue.h"
#include "engines/relay/turn/turn.h"

static unsigned	queue_total;

unsigned
queue_waiting(void)
{
	return (queue_total);
}

static int
queue_ready(const struct lane *l)
{
	return (relay.running && !relay.draining && relay.agent != NULL &&
	    l->hold_before == 0 && l->run == NULL);
}

/* The conversation is busy: come back when it is free. */
static void
queue_wait(struct lane *owner, struct lane *l)
{
	if (l->listed)
		return;
	l->listed = 1;
	TAILQ_INSERT_TAIL(&owner->waiters, l, wait);
}

static void
queue_begin(struct lane *l, struct lane *owner, struct turn *t)
{
	l->run = t;
	owner->busy = t;
	t->owner = owner;
	turn_start(t);
}

static void
queue_end(struct turn *t)
{
	react_set(t, RE_STOPPED);
	turn_drop(t);
}

void
queue_hold(struct lane *l, uint64_t before)
{
	l->hold_before = before;
	lane_save(l);
}

void
queue_release(struct lane *l)
{
	if (l->hold_before == 0)
		return;
	l->hold_before = 0;
	lane_save(l);
}

int
queue_add(struct turn *t)
{
	struct lane	*l = t->lane, *owner = lane_owner(l);

	if (l->n >= QUEUE_MAX)
		return (-1);
	if (t->id < l->drop_before) {
		queue_end(t);
		return (0);
	}
	/* Somebody who writes on after /stop wants to go on. */
	if (t->id >= l->hold_before)
		queue_release(l);
	t->state = T_QUEUED;
	if (l->n == 0 && owner->busy == NULL && queue_ready(l)) {
		queue_begin(l, owner, t);
		return (0);
	}
	turn_save(t, TW_QUEUED);
	react_set(t, RE_QUEUED);
	queue_restore(t);
	queue_kick(l);
	return (0);
}

void
queue_restore(struct turn *t)
{
	t->state = T_QUEUED;
	TAILQ_INSERT_TAIL(&t->lane->waiting, t, entry);
	t->lane->n++;
	queue_total++;
}

void
queue_take(struct turn *t)
{
	TAILQ_REMOVE(&t->lane->waiting, t, entry);
	t->lane->n--;
	queue_total--;
}

void
queue_kick(struct lane *l)
{
	struct lane	*owner = lane_owner(l);
	struct turn	*t = TAILQ_FIRST(&l->waiting);

	if (t == NULL || !queue_ready(l))
		return;
	if (owner->busy != NULL) {
		queue_wait(owner, l);
		return;
	}
	queue_take(t);
	queue_begin(l, owner, t);
}

struct turn *
queue_find(const struct lane *l, uint64_t id)
{
	struct turn	*t;

	TAILQ_FOREACH(t, &l->waiting, entry)
		if (t->id == id)
			return (t);
	return (NULL);
}

static void
queue_kick_one(struct lane *l, void *arg)
{
	(void)arg;
	queue_kick(l);
}

void
queue_kick_all(void)
{
	lane_each(queue_kick_one, NULL);
}

void
queue_done(struct turn *t)
{
	struct lane	*l = t->lane, *owner = t->owner, *w;

	if (l->run == t)
		l->run = NULL;
	/* For status: what waits, and what today cost. */
	poll_report();
	if (owner == NULL || owner->busy != t) {
		queue_kick(l);
		return;
	}
	owner->busy = NULL;
	/* Others that share the conversation go first, each in its turn. */
	while (owner->busy == NULL &&
	    (w = TAILQ_FIRST(&owner->waiters)) != NULL) {
		TAILQ_REMOVE(&owner->waiters, w, wait);
		w->listed = 0;
		queue_kick(w);
	}
	queue_kick(l);
}

void
queue_forget(struct turn *t)
{
	queue_take(t);
	queue_end(t);
}

unsigned
queue_drop(struct lane *l)
{
	struct turn	*t;
	unsigned	 n = 0;

	while ((t = TAILQ_FIRST(&l->waiting)) != NULL) {
		queue_forget(t);
		n++;
	}
	/* And those that have not come yet; what was dropped stays so. */
	l->drop_before = MAXIMUM(l->drop_before, l->hold_before);
	l->hold_before = 0;
	lane_save(l);
	return (n);
}
