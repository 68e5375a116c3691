/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Removes what is older than `keep' says: once a day, a little at a time with
 * turns of the event loop between, so that no chat waits for it.  Run by the
 * relay.
 */
#include <event2/event.h>

#include "engines/common/engine.h"
#include "engines/common/keepclock.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/face/storeface.h"
#include "engines/relay/money/storemoney.h"
#include "engines/relay/relay.h"
#include "engines/relay/state/state.h"
#include "engines/relay/store/store.h"

#define PAUSE_US	20000
#define SPENT_DAYS	400		/* as far as `usage' looks back */

enum stage { TURNS, UPDATES, LANES, SMALL, SHRINK, DONE };

static struct {
	struct event		*look, *work;
	struct keepclock	 clock;
	enum stage		 stage;
	int64_t			 from;
	uint64_t		 now, keep;	/* keep 0: for ever */
} kp;

/* Bounded; 1 when this stage has more. */
static int
step(void)
{
	switch (kp.stage) {
	case TURNS:
		if (kp.keep == 0 || kp.keep >= kp.now)
			return (0);
		kp.from = store_keep_turns(kp.from, kp.now - kp.keep);
		return (kp.from != -1);
	case UPDATES:
		kp.from = store_keep_updates(kp.from, kp.now);
		return (kp.from != -1);
	case LANES:
		return (kp.keep != 0 && kp.keep < kp.now &&
		    store_keep_lanes(kp.now - kp.keep));
	case SMALL:
		store_keep_small(kp.now);
		store_face_purge(kp.now);
		if (day_of(kp.now) > SPENT_DAYS)
			store_spent_purge(day_of(kp.now) - SPENT_DAYS);
		return (0);
	case SHRINK:
		return (store_keep_shrink());
	default:
		return (0);
	}
}

static void
on_work(evutil_socket_t fd, short what, void *arg)
{
	const struct timeval	 tv = { 0, PAUSE_US };

	(void)fd;
	(void)what;
	(void)arg;
	if (!step()) {
		kp.stage++;
		kp.from = 0;
	}
	if (kp.stage != DONE)
		(void)evtimer_add(kp.work, &tv);
	else
		log_debug("what is older than is kept was removed");
}

void
keep_pass(uint64_t wall)
{
	kp.now = wall;
	kp.keep = (uint64_t)relay.set->r.keep_turns_s * 1000;
	kp.stage = TURNS;
	kp.from = 0;
	if (kp.work == NULL)
		kp.work = evtimer_new(relay.base, on_work, NULL);
	if (kp.work != NULL)
		event_active(kp.work, EV_TIMEOUT, 0);
}

static void
on_look(evutil_socket_t fd, short what, void *arg)
{
	const struct timeval	 tv = { KEEPCLOCK_S, 0 };

	(void)fd;
	(void)what;
	(void)arg;
	if (keepclock_due(&kp.clock, now_ms(), wall_ms()) &&
	    (kp.work == NULL || kp.stage == DONE))
		keep_pass(kp.clock.wall);
	(void)evtimer_add(kp.look, &tv);
}

void
keep_start(void)
{
	const struct timeval	 tv = { KEEPCLOCK_FIRST_S, 0 };

	keepclock_init(&kp.clock, now_ms(), wall_ms());
	kp.look = evtimer_new(relay.base, on_look, NULL);
	if (kp.look == NULL || evtimer_add(kp.look, &tv) == -1)
		fatal("keep_start");
}
