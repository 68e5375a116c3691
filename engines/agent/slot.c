/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The bounds on requests: so many at once, so many a minute.  Turns that must
 * wait are served in the order they came.
 */
#include <event2/event.h>

#include "engines/agent/agent.h"
#include "engines/common/engine.h"
#include "telclauded/lib/util.h"

#define MINUTE		60000
#define MOST		256	/* at once; gate has a bound of its own */

/* When the bucket will be full again if nothing more is asked (GCRA). */
static uint64_t		 full_at;
static struct event	*timer;

static void
again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	turns_kick();
}

static uint32_t
rate_wait(uint64_t now)
{
	uint32_t	 n = settings()->c.per_minute;
	uint64_t	 cost;

	if (n == 0 || full_at <= now)
		return (0);
	cost = MINUTE / n + 1;
	if (full_at + cost <= now + MINUTE + 1)
		return (0);
	return ((uint32_t)(full_at + cost - now - MINUTE));
}

uint32_t
slot_wait(void)
{
	const struct settings	*s = settings();
	struct timeval		 tv;
	uint32_t		 ms;

	/* The end of one of them asks again. */
	if (api_running() >= (s->c.parallel > 0 && s->c.parallel < MOST ?
	    s->c.parallel : MOST))
		return (MINUTE);
	if ((ms = rate_wait(now_ms())) == 0)
		return (0);
	if (timer == NULL)
		timer = evtimer_new(engine_base(), again, NULL);
	if (timer != NULL && !evtimer_pending(timer, NULL)) {
		tv = ms_tv(ms);
		evtimer_add(timer, &tv);
	}
	return (ms);
}

void
slot_take(void)
{
	uint64_t	 now = now_ms();

	if (settings()->c.per_minute == 0)
		return;
	if (full_at < now)
		full_at = now;
	full_at += MINUTE / settings()->c.per_minute + 1;
}

/* The end of a turn or of an exchange, or the passing of time. */
void
turns_kick(void)
{
	struct turn	*t, *best;

	while (slot_wait() == 0) {
		best = NULL;
		TAILQ_FOREACH(t, &turns, entry)
			if (t->st == TU_SLOT &&
			    (best == NULL || t->waited < best->waited))
				best = t;
		if (best == NULL)
			return;
		round_send(best);
	}
}
