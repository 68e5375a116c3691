/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * A session of the second factor that is ended by hand: what came by it and
 * waits for its turn, or is on its way to, meets the gate again.  Run by the
 * relay.
 */
#include <stdlib.h>

#include "telclauded/lib/log.h"
#include "engines/relay/map.h"
#include "engines/relay/people/people.h"
#include "engines/relay/people/totpgate.h"
#include "engines/relay/relay.h"
#include "engines/relay/turn/queue.h"
#include "engines/relay/turn/turn.h"

static struct map	agains;		/* user -> turns before this number */

static void
again_lane(struct lane *l, void *arg)
{
	const int64_t	*user = arg;
	struct turns	 all = TAILQ_HEAD_INITIALIZER(all);
	struct turn	*t, *next;

	for (t = TAILQ_FIRST(&l->waiting); t != NULL; t = next) {
		next = TAILQ_NEXT(t, entry);
		if (t->user != *user)
			continue;
		queue_take(t);
		TAILQ_INSERT_TAIL(&all, t, entry);
	}
	while ((t = TAILQ_FIRST(&all)) != NULL) {
		TAILQ_REMOVE(&all, t, entry);
		t->passed = 1;
		if (totpgate_pass(t))
			route_turn(t);
	}
}

void
people_again(int64_t user)
{
	uint64_t	*before = map_get(&agains, (uint64_t)user);

	people_end_factor(user);
	if (!relay.set->r.totp)
		return;
	if (before == NULL && ((before = malloc(sizeof(*before))) == NULL ||
	    map_put(&agains, (uint64_t)user, before) == -1))
		fatal("people_again");
	*before = relay_id();
	lane_each(again_lane, &user);
}

int
people_again_pass(struct turn *t)
{
	const uint64_t	*before = map_get(&agains, (uint64_t)t->user);

	if (t->passed || before == NULL || t->id > *before)
		return (1);
	t->passed = 1;
	return (totpgate_pass(t));
}
