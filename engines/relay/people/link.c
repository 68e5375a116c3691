/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Links: a Telegram number is a person whom the configuration knows by name.
 * The machine's administrator makes the code, the person sends it.  Run by
 * the relay.
 */
#include <inttypes.h>
#include <string.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/access.h"
#include "engines/relay/out/erase.h"
#include "engines/relay/out/outbox.h"
#include "engines/relay/people/codes.h"
#include "engines/relay/people/factors.h"
#include "engines/relay/people/people.h"
#include "engines/relay/people/totpcode.h"
#include "engines/relay/people/totpgate.h"
#include "engines/relay/relay.h"
#include "engines/relay/store/store.h"
#include "engines/relay/turn/turn.h"

#define TRIES		5	/* wrong codes of one person */
#define TRIES_S		600
#define TRIES_ALL	100	/* and of all */
#define TRIES_ALL_S	3600

void
people_end_factor(int64_t user)
{
	struct factors	 f;
	unsigned	 i;

	factors_of(relay.set, user, &f);
	for (i = 0; i < f.n; i++)
		store_set_totp(f.name[i], 0);
}

/*
 * A second factor must not fall off with a new name: who has one open keeps
 * the one that opened it.
 */
void
link_set(int64_t user, const char *name, int64_t by)
{
	struct link_row	 r = { 0 };
	char		 was[NAME_MAX_LEN];

	(void)access_totp_user(relay.set, user, was, sizeof(was));
	r.user = user;
	r.name = name;
	r.totp = totpgate_until(user) > wall_ms() ? was : name;
	r.at = wall_ms();
	r.by = by;
	store_link_set(&r);
	store_set_totp(was, 0);
	store_set_totp(name, 0);
	named_put(user, name, r.totp);
	log_info("%" PRId64 " is linked to \"%s\"", user, name);
	if (access_admin(relay.set, user))
		claim_end();
}

int
link_del(int64_t user)
{
	if (named_get(user) == NULL)
		return (0);
	people_end_factor(user);
	store_link_del(user);
	named_del(user);
	people_end_factor(user);
	log_info("%" PRId64 " is linked to no name any more", user);
	return (1);
}

/* --- in the chat ------------------------------------------------------- */
static int
link_may_try(const struct turn *t)
{
	uint32_t	 wait;

	if ((wait = people_try(PT_LINK, t->user, TRIES, TRIES_S)) == 0)
		wait = people_try(PT_LINK_ALL, 0, TRIES_ALL, TRIES_ALL_S);
	if (wait == 0)
		return (1);
	people_audit("identity_link_failed", AV_RATE_LIMITED, t->chat,
	    t->user, "too many codes");
	outbox_say(t->chat, t->topic, 0, 1, "Too many codes were tried. Try "
	    "again in %u s.", wait);
	return (0);
}

static int
link_refused(const struct turn *t, const char *arg)
{
	struct taken	 c;

	if (t->group) {
		/* Others have read it now: it is good for nobody any more. */
		erase(t, ER_LINK);
		(void)codes_take(CODE_LINK, arg, &c);
		people_audit("identity_link_group_rejected", AV_BLOCKED,
		    t->chat, t->user, "identity_link_group_rejected");
		turn_say(t, "A link is between you and me: send /link in a "
		    "private chat, with a new code.");
		return (1);
	}
	if (*arg == '\0') {
		turn_say(t, "Who runs the machine makes a code with: "
		    "telclaudectl link NAME. Then send: /link CODE");
		return (1);
	}
	if (named_get(t->user) != NULL && access_admin(relay.set, t->user)) {
		turn_say(t, "You are the admin by a link; another one would "
		    "end that. On the machine: telclaudectl unlink, then a new "
		    "code.");
		return (1);
	}
	return (0);
}

void
cmd_LINK(struct turn *t, const char *arg)
{
	struct taken	 c;

	if (link_refused(t, arg) || !link_may_try(t))
		return;
	if (!codes_take(CODE_LINK, arg, &c)) {
		people_audit("identity_link_failed", AV_BLOCKED, t->chat,
		    t->user, "wrong, used or ended code");
		turn_say(t, "That is no code that waits: each is good once, "
		    "for ten minutes. A new one: telclaudectl link NAME on the "
		    "machine.");
		return;
	}
	link_set(t->user, c.name, c.by);
	people_audit("identity_linked", AV_SUCCESS, t->chat, t->user,
	    "identity_linked:%s", c.name);
	outbox_say(t->chat, t->topic, 0, 1, "You are \"%s\" on this machine "
	    "now; your tier is %s. /whoami shows it.%s", c.name,
	    tier_name(access_tier(relay.set, t->user)),
	    access_admin(relay.set, t->user) ? " You are the admin." : "");
}

/* 1: there is no link that could be ended here, and that was said. */
static int
unlink_refused(const struct turn *t)
{
	if (t->group)
		turn_say(t, "Send /unlink in a private chat with me.");
	else if (named_get(t->user) == NULL)
		turn_say(t, access_admin(relay.set, t->user) ?
		    "The configuration of the machine names you the admin; "
		    "there is no link to end." : "You are linked to no name.");
	else
		return (0);
	return (1);
}

static void
unlink_now(const struct turn *t)
{
	char	 name[NAME_MAX_LEN];
	int	 admin = access_admin(relay.set, t->user);

	(void)str_copy(name, named_get(t->user)->name, sizeof(name));
	(void)link_del(t->user);
	people_audit("identity_unlinked", AV_SUCCESS, t->chat, t->user,
	    "identity_unlinked:%s", name);
	outbox_say(t->chat, t->topic, 0, 1, "You are \"%s\" no more; your "
	    "tier is %s.%s", name, tier_name(access_tier(relay.set, t->user)),
	    admin ? " Nobody is the admin now, and nobody can claim to be: "
	    "that is opened on the machine, with telclaudectl claim "
	    "reset." : "");
}

void
cmd_UNLINK(struct turn *t, const char *arg)
{
	(void)arg;
	if (unlink_refused(t))
		return;
	/* A second factor may be under the name that goes. */
	if (totpgate_until(t->user) > wall_ms()) {
		turn_say(t, "That takes a code, also while your session is "
		    "open: /unlink 123456");
		return;
	}
	if (access_admin(relay.set, t->user)) {
		people_audit("identity_unlink_refused", AV_BLOCKED, t->chat,
		    t->user, "admin without a second factor");
		outbox_say(t->chat, t->topic, 0, 1, "You are the admin, and "
		    "whoever holds this phone could send that. Without a "
		    "second factor it is done on the machine: "
		    "telclaudectl unlink %" PRId64, t->user);
		return;
	}
	unlink_now(t);
}

static void
unlink_coded(uint64_t ctx, uint8_t result, uint32_t wait_s)
{
	struct turn	*t = (struct turn *)(uintptr_t)ctx;
	char		 words[256];

	if (result != TR_OK)
		turn_say(t, "%s", totp_result_text(t->user, result, wait_s,
		    words, sizeof(words)));
	else if (!unlink_refused(t))
		unlink_now(t);
	turn_save(t, result == TR_BROKEN ? TW_DROPPED : TW_DONE);
	turn_free(t);
}

void
link_unlink(struct turn *t, const char *code)
{
	turn_save(t, TW_CODE);
	if (totp_is_code(code) && !t->group) {
		totp_code(t, code, NULL, unlink_coded,
		    (uint64_t)(uintptr_t)t);
		return;
	}
	/* It may be a code with a digit too many. */
	erase(t, ER_CODE);
	turn_say(t, t->group ? "Send /unlink in a private chat with me." :
	    "A code has six digits: /unlink 123456");
	turn_drop(t);
}
