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

#include "telclauded/lib/util.h"
#include "engines/relay/access.h"
#include "engines/relay/ask/ask.h"
#include "engines/relay/ask/card.h"
#include "engines/relay/call/mediate.h"
#include "engines/relay/map.h"
#include "engines/relay/relay.h"
#include "engines/relay/turn/turn.h"

#define FACTOR_MS	15000	/* for the totp engine to say */

#define UNCHECKED	"It wants a code of a second factor, and those " \
			"cannot be checked on this machine just now."

static struct map	factors;	/* request -> job */

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

void
ask_on_factor(uint32_t id, uint8_t state)
{
	uint64_t	*job = map_del(&factors, id);

	if (job == NULL)
		return;
	ask_factor_is(*job, state);
	free(job);
}

/* The engine that was asked is gone. */
void
ask_factors_gone(void)
{
	struct map	 old = factors;
	uint64_t	*job;
	size_t		 i = 0;

	memset(&factors, 0, sizeof(factors));
	while ((job = map_next(&old, &i)) != NULL) {
		ask_factor_is(*job, TS_UNKNOWN);
		free(job);
	}
	map_free(&old);
}

void
ask_factor(struct call *c)
{
	struct timeval		 tv = { FACTOR_MS / 1000, 0 };
	struct msg_TOTP_CHECK	 m;
	uint64_t		*job = NULL;
	uint32_t		 id = 0;

	if (!relay.set->r.totp) {
		ask_refuse(c, "It wants a code of a second factor, and this "
		    "machine has none configured: its telclauded.conf has no "
		    "totp block.");
		return;
	}
	(void)access_totp_user(relay.set, c->t->user, m.user, sizeof(m.user));
	if (relay.totp != NULL)
		id = msg_send_TOTP_CHECK(relay.totp, 0, -1, &m);
	if (id == 0 || (job = malloc(sizeof(*job))) == NULL ||
	    map_put(&factors, id, job) == -1) {
		free(job);
		ask_refuse(c, UNCHECKED);
		return;
	}
	*job = c->job;
	/* When nobody answers, the call's own timer ends it. */
	(void)event_add(c->timer, &tv);
}
