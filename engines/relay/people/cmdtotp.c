/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Commands about the second factor: how to get one, ending a session, giving
 * it up.  No secret ever passes a chat; a code that does is deleted there and
 * never stored.  Run by the relay.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "telclauded/lib/util.h"
#include "engines/relay/access.h"
#include "engines/relay/audit/auditline.h"
#include "engines/relay/cmd/command.h"
#include "engines/relay/out/erase.h"
#include "engines/relay/out/outbox.h"
#include "engines/relay/people/people.h"
#include "engines/relay/people/totpcode.h"
#include "engines/relay/people/totpgate.h"
#include "engines/relay/relay.h"
#include "engines/relay/turn/turn.h"

/* 1: there are none on this machine, and that was said. */
static int
none_here(const struct turn *t)
{
	if (relay.set->r.totp)
		return (0);
	turn_say(t, "There are no second factors on this machine: its "
	    "telclauded.conf has no totp block.");
	return (1);
}

void
cmd_SETUP(struct turn *t, const char *arg)
{
	char	name[64];

	(void)arg;
	if (none_here(t))
		return;
	turn_say(t,
	    "A second factor is made on the machine itself: a secret that "
	    "went through a chat would be none. Who runs it types there\n\n"
	    "telclaudectl totp enrol %s\n\nand you scan what it shows with an "
	    "authenticator. From then on I ask you for a code now and then.",
	    access_totp_user(relay.set, t->user, name, sizeof(name)));
}

void
cmd_SKIP(struct turn *t, const char *arg)
{
	(void)arg;
	if (!none_here(t))
		turn_say(t, "Nothing has changed. Whenever you want a second "
		    "factor: /setup_2fa");
}

static void
reauth(struct turn *t, int64_t user)
{
	char	detail[32];
	int	open = totpgate_until(user) > wall_ms();

	people_again(user);
	(void)str_format(detail, sizeof(detail), "%" PRId64, user);
	audit_said(t, "totp_logout", AV_SUCCESS, detail);
	if (!open)
		turn_say(t, "No code had opened anything there; nothing has "
		    "changed.");
	else if (user == t->user)
		turn_say(t, "Done: before your next message I ask for a code.");
	else
		turn_say(t,
		    "Done: before the next message of %" PRId64 " I ask for a "
		    "code.", user);
}

void
cmd_LOGOUT(struct turn *t, const char *arg)
{
	(void)arg;
	if (!none_here(t))
		reauth(t, t->user);
}

void
cmd_REAUTH(struct turn *t, const char *arg)
{
	char	*end;
	int64_t	 id;

	if (none_here(t))
		return;
	if (arg[0] == '\0') {
		reauth(t, t->user);
		return;
	}
	if (!access_admin(relay.set, t->user)) {
		turn_say(t, "Only the admin can do that for others. "
		    "/force_reauth alone does it for you.");
		return;
	}
	id = strtoll(arg, &end, 10);
	if (end == arg || *end != '\0' || id <= 0)
		turn_say(t, "/force_reauth NUMBER: the number of a person, as "
		    "/whoami shows it to them.");
	else
		reauth(t, id);
}

void
cmd_DISABLE(struct turn *t, const char *arg)
{
	/* Handled before the gate, where there are any. */
	(void)arg;
	(void)none_here(t);
}

static void
disabled(uint64_t ctx, uint8_t result, uint32_t wait_s)
{
	struct turn	*t = (struct turn *)(uintptr_t)ctx;
	char		 words[256];

	if (result == TR_OK) {
		turn_say(t, "Your second factor is gone: I ask you for no code "
		    "any more. /setup_2fa says how to get a new one.");
		totpgate_release(t->user);
	} else
		turn_say(t, "%s", totp_result_text(t->user, result, wait_s,
		    words, sizeof(words)));
	turn_save(t, result == TR_BROKEN ? TW_DROPPED : TW_DONE);
	turn_free(t);
}

void
cmdtotp_disable(struct turn *t, const char *arg)
{
	char	name[64];

	if (totp_is_code(arg)) {
		turn_save(t, TW_CODE);
		totp_disable(t, arg, disabled, (uint64_t)(uintptr_t)t);
		return;
	}
	/* It may be a code with a digit too many. */
	if (arg[0] != '\0')
		erase(t, ER_CODE);
	turn_say(t, "That takes a code, also while your session is open: "
	    "/disable_2fa 123456. Without your phone, who runs this machine "
	    "can do it: telclaudectl totp remove %s",
	    access_totp_user(relay.set, t->user, name, sizeof(name)));
	turn_drop(t);
}
