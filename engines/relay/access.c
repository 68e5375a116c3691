/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Who is heard, and what they may have done for them.  The person is who
 * wrote the message, not the chat it is in.  Run by the relay.
 */
#include <inttypes.h>
#include <string.h>

#include "telclauded/lib/util.h"
#include "engines/relay/access.h"
#include "engines/relay/people/factors.h"
#include "engines/relay/people/names.h"
#include "engines/relay/relay.h"

int
access_listed(const struct settings *s, int64_t chat)
{
	size_t	lo = 0, hi = s->nchats, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (s->chats[mid] == chat)
			return (1);
		if (s->chats[mid] < chat)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (0);
}

int
access_chat(const struct settings *s, int64_t chat)
{
	return (access_listed(s, chat) || (s->r.pairing && paired(chat)));
}

int
access_admin_set(const struct settings *s)
{
	return (s->r.admin != 0 || s->r.admin_name[0] != '\0');
}

/* The file decides alone; a claim or a link does where it says nothing. */
static const char *
admin_name(const struct settings *s)
{
	return (s->r.admin_name[0] != '\0' ? s->r.admin_name : NAME_ADMIN);
}

int
access_admin(const struct settings *s, int64_t user)
{
	if (user == 0)
		return (0);
	if (s->r.admin != 0)
		return (s->r.admin == user);
	return (named_is(user, admin_name(s)));
}

int64_t
access_admin_id(const struct settings *s)
{
	return (s->r.admin != 0 ? s->r.admin : named_holder(admin_name(s)));
}

/* A name is known only once it is linked to a number; until then, nobody. */
int
access_person(uint8_t any, int64_t id, const char *name, int64_t user)
{
	if (any)
		return (1);
	if (user == 0)
		return (0);
	return (name[0] != '\0' ? named_is(user, name) : id == user);
}

enum tier
access_tier(const struct settings *s, int64_t user)
{
	enum tier	tier = TIER_READ_ONLY;
	size_t		i;

	if (access_admin(s, user))
		return (TIER_FULL_ACCESS);
	for (i = 0; i < s->ntiers; i++)
		if (access_person(s->tiers[i].any, s->tiers[i].user,
		    s->tiers[i].name, user))
			tier = (enum tier)s->tiers[i].tier;
	return (tier < TIER_MAX ? tier : TIER_NONE);
}

enum access_verdict
access_rule(const struct settings *s, enum tier tier, int64_t user,
    enum tool tool, int tainted, uint32_t *within)
{
	const struct msg_CONF_RULE	*r;
	enum access_verdict		 v = RV_ALLOW;
	size_t				 i;

	if (within != NULL)
		*within = 0;
	if (tool <= TOOL_NONE || tool >= TOOL_MAX || !tier_allows(tier, tool))
		return (RV_DENY);
	for (i = 0; i < s->nrules; i++) {
		r = &s->rules[i];
		if (r->tool != TOOL_NONE && r->tool != tool)
			continue;
		if (r->tier != TIER_NONE && r->tier != tier)
			continue;
		if (!access_person(r->any, r->user, r->name, user))
			continue;
		if (r->tainted && !tainted)
			continue;
		v = r->verdict <= RV_DENY ? (enum access_verdict)r->verdict :
		    RV_DENY;
		if (within != NULL)
			*within = r->within_s;
	}
	return (v);
}

/*
 * A turn may become tainted while it runs, and then stays so.  A search runs
 * at the model's server, where nobody can be asked before: it is offered when
 * it is allowed outright, whatever the turn reads.
 */
int
access_offers(const struct settings *s, enum tier tier, int64_t user,
    enum tool tool, int tainted)
{
	enum access_verdict	now, later;

	now = access_rule(s, tier, user, tool, tainted, NULL);
	later = access_rule(s, tier, user, tool, 1, NULL);
	if (tool == TOOL_WEBSEARCH)
		return (now == RV_ALLOW && later == RV_ALLOW);
	return (now != RV_DENY || later != RV_DENY);
}

const char *
access_totp_user(const struct settings *s, int64_t user, char *dst,
    unsigned size)
{
	struct factors	 f;

	factors_of(s, user, &f);
	(void)str_copy(dst, f.name[factors_known(user, &f)], size);
	return (dst);
}

void
access_grant(const struct settings *s, int64_t user, struct msg_TOOL_GRANT *m)
{
	const struct named	*p = named_get(user);

	m->user = user;
	(void)str_copy(m->name, p == NULL ? "" : p->name, sizeof(m->name));
	(void)access_totp_user(s, user, m->factor, sizeof(m->factor));
}

const char *
access_model(const struct settings *s)
{
	return (s->nmodels == 0 ? "" : s->models[0].model);
}
