/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Who am I, and the commands of what is not configured.  Run by the relay.
 */
#include <inttypes.h>
#include <time.h>

#include "telclauded/lib/util.h"
#include "engines/relay/access.h"
#include "engines/relay/out/outbox.h"
#include "engines/relay/people/names.h"
#include "engines/relay/people/people.h"
#include "engines/relay/people/totpgate.h"
#include "engines/relay/relay.h"
#include "engines/relay/turn/turn.h"

static void
put_link(struct buf *b, const struct turn *t)
{
	const struct named	*p = named_get(t->user);

	if (p != NULL)
		(void)buf_printf(b, "\nThe machine knows you as \"%s\".",
		    p->name);
	else if (!access_admin(relay.set, t->user))
		(void)buf_puts(b, "\nLinked to no name: telclaudectl link "
		    "NAME on the machine makes a code for /link.");
}

void
cmd_WHOAMI(struct turn *t, const char *arg)
{
	struct buf	b;
	uint64_t	until;

	(void)arg;
	buf_init(&b);
	(void)buf_printf(&b, "%s, number %" PRId64 "%s.\nTier: %s.\nThis "
	    "chat: %" PRId64, t->name, t->user,
	    access_admin(relay.set, t->user) ? ", the admin" : "",
	    tier_name(access_tier(relay.set, t->user)), t->chat);
	if (t->topic != 0)
		(void)buf_printf(&b, ", topic %" PRId64, t->topic);
	(void)buf_puts(&b, ".");
	put_link(&b, t);
	until = totpgate_until(t->user);
	if (until > wall_ms())
		(void)buf_printf(&b, "\nSecond factor: open for %" PRIu64
		    " min.", (until - wall_ms()) / 60000 + 1);
	command_answer(t, &b);
}

void
cmd_OTP(struct turn *t, const char *arg)
{
	(void)arg;
	turn_say(t, "No provider is configured on this machine, so there is "
	    "nothing to send a code to.");
}

static void
social(struct turn *t, const char *what)
{
	if (!access_admin(relay.set, t->user))
		turn_say(t, "Only the admin may do that.");
	else
		turn_say(t, "Moltbook is not configured on this machine, so "
		    "there is nothing to %s.", what);
}

void
cmd_PROMOTE(struct turn *t, const char *arg)
{
	(void)arg;
	social(t, "promote");
}

void
cmd_PENDING(struct turn *t, const char *arg)
{
	(void)arg;
	social(t, "look through");
}
