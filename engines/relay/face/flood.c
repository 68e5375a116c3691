/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * A chat that writes faster than it can be answered: beyond a bound its
 * messages are counted instead, and the count is told once.  So one chat takes
 * neither memory nor time from the others.  Run by the relay.
 */
#include <stdlib.h>

#include <event2/event.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/face/face.h"
#include "engines/relay/map.h"
#include "engines/relay/out/outbox.h"
#include "engines/relay/relay.h"
#include "engines/relay/turn/turn.h"

#define FLOOD_DEPTH	40	/* answers that wait for one chat */
#define FLOOD_ROOM	10	/* so few again: tell */
#define FLOOD_LOOK_S	2

struct flood {
	int64_t		 chat, topic;
	unsigned	 n;
};

static struct map	floods;		/* chat -> flood */
static struct event	*flood_ev;

static void
flood_tell(struct flood *f)
{
	outbox_say(f->chat, f->topic, 0, 1, "%u more message%s came faster "
	    "than I can answer; I did not take %s. Send again what still "
	    "matters.", f->n, f->n == 1 ? "" : "s", f->n == 1 ? "it" : "them");
	(void)map_del(&floods, (uint64_t)f->chat);
	free(f);
}

static void
flood_look(int fd, short what, void *arg)
{
	static const struct timeval	 again = { FLOOD_LOOK_S, 0 };
	struct flood			*f, *done[64];
	size_t				 i = 0, n = 0;

	(void)fd;
	(void)what;
	(void)arg;
	while (n < NELEM(done) && (f = map_next(&floods, &i)) != NULL)
		if (outbox_depth(f->chat) <= FLOOD_ROOM)
			done[n++] = f;
	while (n > 0)
		flood_tell(done[--n]);
	if (floods.n > 0)
		(void)event_add(flood_ev, &again);
}

static void
flood_count(const struct turn *t)
{
	static const struct timeval	 look = { FLOOD_LOOK_S, 0 };
	struct flood			*f;

	f = map_get(&floods, (uint64_t)t->chat);
	if (f == NULL) {
		if ((f = calloc(1, sizeof(*f))) == NULL ||
		    map_put(&floods, (uint64_t)t->chat, f) == -1)
			fatal("flood");
		f->chat = t->chat;
		log_info("chat %lld: more messages than answers can be sent",
		    (long long)t->chat);
	}
	f->topic = t->topic;
	f->n++;
	if (flood_ev == NULL && (flood_ev = event_new(relay.base, -1, 0,
	    flood_look, NULL)) == NULL)
		fatal("flood");
	if (!event_pending(flood_ev, EV_TIMEOUT, NULL))
		(void)event_add(flood_ev, &look);
}

int
flood_over(struct turn *t)
{
	if (outbox_depth(t->chat) < FLOOD_DEPTH)
		return (0);
	flood_count(t);
	turn_drop(t);
	return (1);
}
