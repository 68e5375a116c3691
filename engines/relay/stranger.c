/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Chats that are not listed: told in the log, not to them; groups are left.
 * Run by the relay; their names are their own choice.
 */
#include <inttypes.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/map.h"
#include "engines/relay/store/store.h"
#include "engines/relay/stranger.h"
#include "engines/relay/tg/api.h"
#include "engines/relay/tg/poll.h"
#include "engines/relay/tg/update.h"

#define REFUSED_EVERY	3600000		/* one line a chat and hour */
#define LEAVE_EVERY	60000
#define REMEMBER	1024	/* refused chats whose last time is known */

static struct map	refused;	/* chat -> ms + 1, as a pointer */

int
stranger_due(int64_t chat, uint64_t now, uint64_t every_ms)
{
	uintptr_t	last;

	last = (uintptr_t)map_get(&refused, (uint64_t)chat);
	if (last != 0 && now - (last - 1) < every_ms)
		return (0);
	/* Strangers cost no memory: forget all of them at once. */
	if (last == 0 && refused.n >= REMEMBER)
		stranger_forget();
	(void)map_put(&refused, (uint64_t)chat, (void *)(uintptr_t)(now + 1));
	return (1);
}

void
stranger_forget(void)
{
	map_free(&refused);
}

void
stranger_refused(const struct update *u)
{
	uint64_t	now = wall_ms();

	poll_refused(u->chat);
	if (u->ckind != CHAT_PRIVATE) {
		if (!stranger_due(u->chat, now, LEAVE_EVERY))
			return;
		log_info("left chat %" PRId64 " (\"%s\"): not listed",
		    u->chat, u->chat_name);
		api_leave_chat(u->chat);
	} else {
		if (!stranger_due(u->chat, now, REFUSED_EVERY))
			return;
		log_warnx("refused private chat %" PRId64 " (\"%s\"): not "
		    "listed. To let it in: allow chat %" PRId64, u->chat,
		    u->name, u->chat);
	}
	store_refused(u->chat, u->ckind == CHAT_PRIVATE ? u->name :
	    u->chat_name, now);
}
