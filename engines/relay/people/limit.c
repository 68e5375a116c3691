/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * How often somebody may try: counted in the store, so that neither a restart
 * nor a kill gives new attempts; what cannot be counted is not done.  Run by
 * the relay.
 */
#include "telclauded/lib/util.h"
#include "engines/relay/cmd/command.h"
#include "engines/relay/out/outbox.h"
#include "engines/relay/people/people.h"
#include "engines/relay/people/storepeople.h"
#include "engines/relay/turn/turn.h"

#define PURGE_S		3600
#define KEEP_S		(2 * 86400)

#define COMMANDS	5	/* a minute: what a code could be guessed by */

uint32_t
people_try_first(enum people_kind kind, int64_t who, unsigned max,
    unsigned window_s, int *first)
{
	static uint64_t	 purged;
	uint64_t	 now = wall_ms() / 1000;
	int64_t		 n, since;

	if (now - purged >= PURGE_S) {
		purged = now;
		store_people_purge(now * 1000, (int64_t)now - KEEP_S);
	}
	n = store_try((int64_t)kind, who, (int64_t)now, window_s, &since);
	*first = n == (int64_t)max + 1;
	return (n <= (int64_t)max ? 0 : (uint32_t)(since + window_s -
	    (int64_t)now));
}

uint32_t
people_try(enum people_kind kind, int64_t who, unsigned max,
    unsigned window_s)
{
	int	 first;

	return (people_try_first(kind, who, max, window_s, &first));
}

static int
command_limited(enum command c)
{
	switch (c) {
	case CMD_LINK:
	case CMD_UNLINK:
	case CMD_APPROVE:
	case CMD_OTP:
	case CMD_PROMOTE:
	case CMD_PENDING:
	case CMD_CLAIM:
	case CMD_PAIR:
	case CMD_DISABLE:
	case CMD_REAUTH:
		return (1);
	default:
		return (0);
	}
}

int
people_may(enum command c, const struct turn *t, const char *arg)
{
	uint32_t	wait;
	int		first;

	/* Alone they guess nothing, and /deny must not come too late. */
	if ((!command_limited(c) && c != CMD_DENY) || (*arg == '\0' &&
	    (c == CMD_DENY || c == CMD_APPROVE || c == CMD_CLAIM)))
		return (1);
	wait = people_try_first(PT_COMMAND, t->user, COMMANDS, 60, &first);
	if (wait == 0)
		return (1);
	/* Said once: an answer to each would be another flood. */
	if (first)
		turn_say(t, "Too many commands of this kind. I read the next "
		    "one in %u s. Until then I stay silent.", wait);
	return (0);
}
