/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The reference monitor's judgement: a call whose input is whole, the tier of
 * its turn, the rules in force, what the turn has read and, last, what one may
 * not have meant.  Run by the relay; trusts no agent.
 */
#include <string.h>

#include <event2/event.h>
#include <sodium.h>

#include "telclauded/lib/util.h"
#include "engines/relay/access.h"
#include "engines/relay/ask/ask.h"
#include "engines/relay/ask/careful.h"
#include "engines/relay/call/mediate.h"
#include "engines/relay/relay.h"
#include "engines/relay/turn/turn.h"

/*
 * What the rules let pass is looked at once more, against accidents: a person
 * is asked, or it is denied where nobody can be.
 */
static enum access_verdict
call_careful(struct call *c)
{
	uint8_t	how = relay.set->screen.careful;

	if (how == CF_OFF || !careful_call(c->tool, c->t->tier, c->args.p ==
	    NULL ? "" : c->args.p, c->args.len, c->noticed))
		return (RV_ALLOW);
	if (how == CF_ASK && !c->internal)
		return (RV_ASK);
	(void)str_format(c->denied, sizeof(c->denied), "Denied: %s%s Nothing "
	    "ran.", c->noticed, how == CF_ASK ? ". That is never done "
	    "unasked." : "; the configuration says careful deny.");
	return (RV_DENY);
}

static enum access_verdict
call_judge(struct call *c, uint32_t *within)
{
	enum access_verdict	v;
	enum tier		now = access_tier(relay.set, c->t->user);

	/* What was taken from them meanwhile does not outlast this turn. */
	c->t->tier = MINIMUM(c->t->tier, now);
	if (!tier_allows(c->t->tier, c->tool)) {
		(void)str_format(c->denied, sizeof(c->denied),
		    "Denied: this person's tier is %s, which has no %s.",
		    tier_name(c->t->tier), tool_name(c->tool));
		return (RV_DENY);
	}
	v = access_rule(relay.set, c->t->tier, c->t->user, c->tool,
	    c->t->taint != 0, within);
	if (v == RV_DENY)
		(void)str_format(c->denied, sizeof(c->denied),
		    "Denied: a rule forbids %s here.", tool_name(c->tool));
	return (v == RV_ALLOW ? call_careful(c) : v);
}

/* The arguments are whole: judge, and ask whom there is to ask. */
void
call_whole(struct call *c)
{
	const char		*args = c->args.p == NULL ? "" : c->args.p;
	enum access_verdict	 v = RV_DENY;
	uint32_t		 within = 0;

	(void)crypto_hash_sha256(c->digest, (const uint8_t *)args, c->args.len);
	if (call_label(c->tool, relay.set->r.workspace, args, c->args.len,
	    c->label, sizeof(c->label)) == -1)
		(void)str_copy(c->denied, "The input of the call is not a "
		    "JSON object.", sizeof(c->denied));
	else
		v = call_judge(c, &within);
	if (v == RV_ASK || v == RV_ASK_CODE) {
		(void)event_del(c->timer);
		ask_call(c, v == RV_ASK_CODE, within);
	} else
		call_go(c);
}
