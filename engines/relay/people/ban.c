/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Bans: a chat or a person that is not heard, whatever lists it.  No answer
 * of any kind, not even that of a button.  Run by the relay.
 */
#include "telclauded/lib/util.h"
#include "engines/relay/access.h"
#include "engines/relay/people/names.h"
#include "engines/relay/people/people.h"
#include "engines/relay/people/storepeople.h"
#include "engines/relay/relay.h"
#include "engines/relay/turn/queue.h"
#include "engines/relay/turn/turn.h"

int
people_banned(int64_t chat, int64_t user)
{
	return (banned(chat) || banned(user));
}

int
people_heard(int64_t chat, int64_t user)
{
	return (!people_banned(chat, user) && access_chat(relay.set, chat));
}

static int
means(const struct turn *t, int64_t id)
{
	return (t->chat == id || t->user == id);
}

static void
silence_lane(struct lane *l, void *arg)
{
	const int64_t	*id = arg;
	struct turn	*t, *next;

	for (t = TAILQ_FIRST(&l->waiting); t != NULL; t = next) {
		next = TAILQ_NEXT(t, entry);
		if (means(t, *id))
			queue_forget(t);
	}
	if (l->run != NULL && means(l->run, *id))
		turn_stop(l->run);
}

void
people_silence(int64_t id)
{
	lane_each(silence_lane, &id);
}

static void
unlisted_lane(struct lane *l, void *arg)
{
	(void)arg;
	if ((l->n > 0 || l->run != NULL) && !access_chat(relay.set, l->chat))
		people_silence(l->chat);
}

void
people_unlisted(void)
{
	lane_each(unlisted_lane, NULL);
}

void
ban_set(int64_t id, uint64_t at, const char *reason)
{
	if (id > 0)
		people_end_factor(id);
	store_ban_set(id, at, reason);
	banned_put(id);
	people_silence(id);
	people_audit("banned", AV_SUCCESS, id < 0 ? id : 0, id > 0 ? id : 0,
	    "%s", reason);
}
