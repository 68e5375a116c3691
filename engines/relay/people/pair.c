/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Pairing: one more private chat is let in by a code that the admin made
 * first.  A chat that is not listed hears nothing unless it sends exactly the
 * code: neither a wrong code nor none tells it that there are codes.  Run by
 * the relay; trusts nobody it reads here.
 */
#include <inttypes.h>
#include <string.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/access.h"
#include "engines/relay/out/outbox.h"
#include "engines/relay/people/code.h"
#include "engines/relay/people/codes.h"
#include "engines/relay/people/pair.h"
#include "engines/relay/people/people.h"
#include "engines/relay/relay.h"
#include "engines/relay/tg/update.h"
#include "engines/relay/turn/turn.h"

#define TRIES		5	/* codes of one chat */
#define TRIES_ALL	1000	/* of all: 40 bits outlast that */
#define TRIES_S		3600

const char *
pair_name_bad(const char *name, int by_chat)
{
	if (*name == '\0')
		return (NULL);
	if (!name_ok(name))
		return ("A name has letters, digits, _ - . @, at most 63, "
		    "and is not a number.");
	if (strcmp(name, NAME_ADMIN) == 0 ||
	    strcmp(name, relay.set->r.admin_name) == 0)
		return ("Pairing makes nobody the admin.");
	/* A second number of somebody is their own or root's affair. */
	if (by_chat && named_holder(name) != 0)
		return ("That name is taken by another number. On the "
		    "machine: telclaudectl link.");
	return (NULL);
}

void
cmd_PAIR(struct turn *t, const char *arg)
{
	char		 show[CODE_MAX + 1];
	const char	*why;

	if (!relay.set->r.pairing)
		why = "Pairing is off. In the configuration of the machine: "
		    "allow pairing";
	else if (t->group)
		why = "Send /pair in a private chat with me.";
	else if (!access_admin(relay.set, t->user))
		why = "Only the admin lets somebody in. You are in already.";
	else if ((why = pair_name_bad(arg, 1)) == NULL &&
	    codes_make(CODE_PAIR, arg, t->user, show) == -1)
		why = "Too many codes wait. They end after ten minutes.";
	if (why != NULL) {
		turn_say(t, "%s", why);
		return;
	}
	people_audit("pair_code_made", AV_SUCCESS, t->chat, t->user, "%s",
	    arg);
	outbox_say_code(t->chat, show, "Code %s lets one person in, "
	    "within 10 minutes. They send me:\n/pair %s", show, show);
}

static int
pair_may_try(int64_t chat)
{
	/* First its own: one stranger must not use up what is for all. */
	return (people_try(PT_PAIR, chat, TRIES, TRIES_S) == 0 &&
	    people_try(PT_PAIR_ALL, 0, TRIES_ALL, TRIES_S) == 0);
}

static void
pair_in(const struct update *u, const struct taken *c)
{
	struct pair_row	 r = { 0 };

	r.chat = u->chat;
	r.name = c->name;
	r.who = u->name;
	r.at = wall_ms();
	r.by = c->by;
	store_pair_set(&r);
	paired_put(u->chat);
	if (c->name[0] != '\0' && pair_name_bad(c->name, 0) == NULL)
		link_set(u->user, c->name, c->by);
	log_info("%" PRId64 " (\"%s\") was let in by a code of %" PRId64,
	    u->chat, u->name, c->by);
	people_audit("pair_accepted", AV_SUCCESS, u->chat, u->user, "%s",
	    c->name);
	outbox_say(u->chat, 0, 0, 1, "Hello %s. You are let in%s%s%s; your "
	    "tier is %s. /help lists what I understand.",
	    u->name[0] == '\0' ? "there" : u->name,
	    c->name[0] == '\0' ? "" : " as \"", c->name,
	    c->name[0] == '\0' ? "" : "\"",
	    tier_name(access_tier(relay.set, u->user)));
	if (c->by != 0)
		outbox_say(c->by, 0, 0, 1, "%s, number %" PRId64 ", used your "
		    "code and is let in. To take that back: telclaudectl "
		    "unpair %" PRId64, u->name, u->user, u->chat);
}

int
pair_knock(const struct update *u)
{
	const char	*arg;
	struct taken	 c;

	if (!relay.set->r.pairing || u->kind != UPD_MESSAGE ||
	    u->ckind != CHAT_PRIVATE || u->user != u->chat || u->from_bot ||
	    u->foreign != NULL || u->media || u->text == NULL ||
	    strlen(u->text) != u->len)
		return (0);
	if (command_match(u->text, relay.bot_name, 0, &arg) != CMD_PAIR ||
	    !codes_wait(CODE_PAIR) || !pair_may_try(u->chat))
		return (0);
	if (!codes_take(CODE_PAIR, arg, &c)) {
		people_audit("pair_refused", AV_BLOCKED, u->chat, u->user,
		    "wrong code");
		return (0);
	}
	pair_in(u, &c);
	return (1);
}
