/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What a turn must pass just before it runs: its approval, the money of the
 * day, and that no secret is in the whole of its prompt.  Run by the relay.
 */
#include "engines/relay/ask/ask.h"
#include "engines/relay/money/money.h"
#include "engines/relay/out/outbox.h"
#include "engines/relay/screen/screen.h"
#include "engines/relay/turn/turn.h"

int
turn_broke(const struct turn *t)
{
	char	why[512];

	if (spend_nothing_left(t->user, why, sizeof(why)) == NULL)
		return (0);
	outbox_say(t->chat, t->topic, turn_reply(t), 0,
	    "Claude was not asked: %s. Who runs this machine can raise "
	    "`spend'.", why);
	return (1);
}

uint8_t
turn_refused(struct turn *t)
{
	if (confirm_begin(t) == -1)
		return (TO_STOPPED);
	if (turn_broke(t))
		return (TO_LIMIT);
	return (screen_prompt(t) ? TO_STOPPED : TO_OK);
}
