/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * How long a turn may take: its timer, which stands while a person is asked.
 * Run by the relay.
 */
#include <event2/event.h>

#include "engines/relay/relay.h"
#include "engines/relay/turn/queue.h"
#include "engines/relay/turn/turn.h"

void
turn_arm(struct turn *t, uint32_t ms)
{
	struct timeval	tv;

	if (t->left != 0) {
		t->left = ms;
		return;
	}
	t->due = now_ms() + ms;
	tv = ms_tv(ms);
	(void)event_add(t->timer, &tv);
}

/* What is left of its time, also while the clock stands. */
static uint64_t
turn_left(const struct turn *t)
{
	uint64_t	now = now_ms();

	if (t->left != 0)
		return (t->left);
	return (t->due > now ? t->due - now : 1);
}

void
turn_clock(struct turn *t, int on)
{
	struct msg_TURN_PAUSE	m;
	uint64_t		left = turn_left(t);

	if (on != (t->left != 0))
		return;
	m.turn = t->id;
	m.on = !on;
	if (relay.agent != NULL)
		msg_send_TURN_PAUSE(relay.agent, 0, -1, &m);
	if (on) {
		t->left = 0;
		turn_arm(t, (uint32_t)left);
		return;
	}
	t->left = left;
	(void)event_del(t->timer);
}

/*
 * Time in the agent's own queue is not the turn's: its clock begins anew.  But
 * only the agent says that it waits there, so the sum of what that brings is
 * bounded, and a turn that is to end gets nothing by it.
 */
void
turn_behind(struct turn *t)
{
	uint64_t	all = relay.set->r.turn_ms + TURN_GRACE_MS;
	uint64_t	left = turn_left(t), more;

	if (t->state == T_STOPPING || t->over || left >= all)
		return;
	more = MINIMUM(all - left, TURN_BEHIND_MS - t->behind);
	t->behind += more;
	turn_arm(t, (uint32_t)(left + more));
}
