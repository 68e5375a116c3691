/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What the agent keeps and for how long, and copies of it for a backup.  Old
 * conversations go once a day, a little at a time.  Run by the agent.
 */
#include <event2/event.h>
#include <string.h>

#include "engines/agent/agent.h"
#include "engines/agent/store.h"
#include "engines/common/engine.h"
#include "engines/common/keepclock.h"
#include "imsg/values.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"

#define PAUSE_US	20000

enum stage { OLD, LOST, SHRINK, DONE };

static struct {
	struct event		*look, *work;
	struct keepclock	 clock;
	enum stage		 stage;
	uint64_t		 before;	/* 0: nothing is too old */
	int64_t			 from;
	uint32_t		 asked;		/* id of a COPY_MAKE */
} kp;

/* --- what is too old ----------------------------------------------------- */
static int
step(void)
{
	switch (kp.stage) {
	case OLD:
		return (kp.before > 0 && store_keep_old(kp.before));
	case LOST:
		kp.from = store_keep_lost(kp.from);
		return (kp.from != -1);
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
	if (!step())
		kp.stage++;
	if (kp.stage != DONE)
		(void)evtimer_add(kp.work, &tv);
}

void
keep_pass(uint64_t wall)
{
	uint64_t	 keep = settings()->c.keep_s * UINT64_C(1000);

	kp.before = keep > 0 && keep < wall ? wall - keep : 0;
	kp.stage = OLD;
	kp.from = -1;
	if (kp.work == NULL)
		kp.work = evtimer_new(engine_base(), on_work, NULL);
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
	kp.look = evtimer_new(engine_base(), on_look, NULL);
	if (kp.look == NULL || evtimer_add(kp.look, &tv) == -1)
		fatal("keep_start");
}

void
keep_stop(void)
{
	if (kp.work != NULL)
		(void)event_del(kp.work);
}

/* --- copies -------------------------------------------------------------- */
static void
made(int fd, const char *why, void *arg)
{
	struct msg_COPY_DONE	 d;

	(void)arg;
	memset(&d, 0, sizeof(d));
	d.err = fd == -1 ? CE_FAILED : CE_OK;
	(void)str_copy(d.name, fd == -1 ? "" : "transcript.db",
	    sizeof(d.name));
	d.why = text_of(why, strlen(why));
	msg_send_COPY_DONE(engine_parent(), kp.asked, fd, &d);
}

void
keep_on_copy(struct link *l, const struct msg_COPY_MAKE *m,
    struct msg_meta *meta)
{
	struct msg_COPY_DONE	 d;
	const char		*why = "";

	memset(&d, 0, sizeof(d));
	if (m->part > 0)
		d.err = CE_END;
	else if (store_copy(engine_base(), settings()->c.state, made, NULL,
	    &why) == -1)
		d.err = CE_FAILED;
	else {
		kp.asked = meta->id;
		return;
	}
	d.why = text_of(why, strlen(why));
	msg_send_COPY_DONE(l, meta->id, -1, &d);
}
