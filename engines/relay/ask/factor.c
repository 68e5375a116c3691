/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Has the person who would be asked for a code a second factor at all?  Run
 * by the relay; while the totp engine cannot be asked, nothing is allowed.
 */
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/ask/ask.h"
#include "engines/relay/ask/card.h"
#include "engines/relay/call/mediate.h"
#include "engines/relay/map.h"
#include "engines/relay/people/factors.h"
#include "engines/relay/relay.h"
#include "engines/relay/turn/turn.h"

#define FACTOR_MS	15000	/* for the totp engine to say */

#define UNCHECKED	"It wants a code of a second factor, and those " \
			"cannot be checked on this machine just now."

struct asked {
	uint64_t	 job;
	struct factors	 f;
	unsigned	 i;		/* this of their names */
};

static struct map	factors;	/* request -> struct asked */

/* Who has no second factor cannot send a code: known before they are asked. */
static void
ask_factor_is(uint64_t job, uint8_t state)
{
	struct call	*c = call_find(job);

	if (c == NULL || c->state != CALL_ASK || c->ask != NULL)
		return;
	if (state == TS_ACTIVE)
		ask_pending(c);
	else if (state == TS_NONE || state == TS_PENDING)
		ask_refuse(c, "It wants a code of their second factor, and "
		    "this person has none: they can say /setup_2fa.");
	else
		ask_refuse(c, UNCHECKED);
}

static int
factor_send(struct asked *a)
{
	struct msg_TOTP_CHECK	 m;
	uint32_t		 id = 0;

	(void)str_copy(m.user, a->f.name[a->i], sizeof(m.user));
	if (relay.totp != NULL)
		id = msg_send_TOTP_CHECK(relay.totp, 0, -1, &m);
	return (id == 0 ? -1 : map_put(&factors, id, a));
}

void
ask_on_factor(uint32_t id, uint8_t state)
{
	struct asked		*a = map_del(&factors, id);
	const struct call	*c;

	if (a == NULL)
		return;
	c = call_find(a->job);
	if ((state == TS_NONE || state == TS_PENDING) && c != NULL &&
	    ++a->i < a->f.n) {
		if (factor_send(a) == 0)
			return;
		state = TS_UNKNOWN;
	}
	if (state == TS_ACTIVE && c != NULL)
		factors_found(c->t->user, &a->f, a->i);
	ask_factor_is(a->job, state);
	free(a);
}

/* The engine that was asked is gone. */
void
ask_factors_gone(void)
{
	struct map	 old = factors;
	struct asked	*a;
	size_t		 i = 0;

	memset(&factors, 0, sizeof(factors));
	while ((a = map_next(&old, &i)) != NULL) {
		ask_factor_is(a->job, TS_UNKNOWN);
		free(a);
	}
	map_free(&old);
}

void
ask_factor(struct call *c)
{
	struct timeval	 tv = { FACTOR_MS / 1000, 0 };
	struct asked	*a;

	if (!relay.set->r.totp) {
		ask_refuse(c, "It wants a code of a second factor, and this "
		    "machine has none configured: its telclauded.conf has no "
		    "totp block.");
		return;
	}
	if ((a = calloc(1, sizeof(*a))) == NULL)
		fatal("ask_factor");
	a->job = c->job;
	factors_of(relay.set, c->t->user, &a->f);
	if (factor_send(a) == -1) {
		free(a);
		ask_refuse(c, UNCHECKED);
		return;
	}
	/* When nobody answers, the call's own timer ends it. */
	(void)event_add(c->timer, &tv);
}
