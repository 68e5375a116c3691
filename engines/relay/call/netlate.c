/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * That a call used the network is told on another way than that it ended, and
 * may come behind it: whose the last calls were is remembered, so that it
 * still counts for their turn and its conversation.  Run by the relay.
 */
#include "engines/relay/call/mediate.h"
#include "engines/relay/turn/queue.h"
#include "engines/relay/turn/turn.h"

#define LAST	256

static struct last {
	uint64_t	 job, turn, conv;
	int64_t		 chat, topic;	/* of its conversation */
} last[LAST];
static unsigned	next;

void
netlate_add(uint64_t job, const struct turn *t)
{
	struct last	*p = &last[next++ % LAST];

	p->job = job;
	p->turn = t->id;
	p->conv = t->conv;
	p->chat = t->owner->chat;
	p->topic = t->owner->topic;
}

void
netlate_taint(uint64_t job, uint32_t taint)
{
	const struct last	*p;
	struct turn		*t;
	struct lane		*l;
	unsigned		 i;

	for (i = 0; i < LAST && last[i].job != job; i++)
		;
	if (i == LAST || job == 0)
		return;
	p = &last[i];
	if ((t = turn_find(p->turn)) != NULL) {
		turn_taint(t, taint);
		return;
	}
	l = lane_get(p->chat, p->topic);
	if (l->conv != p->conv)
		return;
	/* The next turn may read its output already. */
	if (l->busy != NULL && l->busy->conv == p->conv)
		turn_taint(l->busy, taint);
	l->taint |= taint;
	lane_save(l);
}
