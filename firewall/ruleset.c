/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * From uids and their classes to the plan of the table.  Pure: no system
 * call, so the whole decision is in golden files.  Run by the parent.
 *
 * Per uid: metadata and link-local first; then what the host itself answers
 * (a name may resolve to our own public address); then the segment that
 * opens a connection is looked up, and with it the one that would answer to a
 * stranger's (a connection opened from both sides is one too).  Other TCP
 * passes, so a pin may expire under a live stream; these engines can make no
 * raw packet.  No rule uses
 * conntrack: one would switch it on for the whole host.
 */
#include <stdlib.h>
#include <string.h>

#include "firewall/plan.h"
#include "telclauded/lib/util.h"

#define DNS_PORT	53
#define UDP		17

static struct fw_term
term(enum fw_kind kind, const char *name)
{
	struct fw_term	 t;

	memset(&t, 0, sizeof(t));
	t.kind = kind;
	if (name != NULL)
		str_copy(t.name, name, sizeof(t.name));
	return (t);
}

static struct fw_term
term_set(enum fw_kind kind, const char *name, uint8_t family)
{
	struct fw_term	 t = term(kind, name);

	t.addr.family = family;
	return (t);
}

static struct fw_term
term_prefix(const struct netaddr *addr, uint8_t plen)
{
	struct fw_term	 t = term(FT_DADDR, NULL);

	t.addr = *addr;
	t.plen = plen;
	return (t);
}

static struct fw_term
term_port(uint8_t proto, uint16_t port)
{
	struct fw_term	 t = term(FT_DPORT, NULL);

	t.proto = proto;
	t.port = port;
	return (t);
}

/* Makes room for one more of an array of *n things of this size. */
static void *
grow(struct fw_plan *p, void *array, unsigned n, size_t size)
{
	void	*v;

	if (n % 16 != 0)
		return (array);
	if ((v = reallocarray(array, n + 16, size)) == NULL)
		p->failed = 1;
	return (v);
}

static void
add_rule(struct fw_plan *p, const char *chain, const struct fw_term *t,
    unsigned n)
{
	struct fw_rule	*r;
	void		*v;

	if (p->failed ||
	    (v = grow(p, p->rules, p->nrules, sizeof(*r))) == NULL)
		return;
	p->rules = v;
	r = &p->rules[p->nrules++];
	memset(r, 0, sizeof(*r));
	str_copy(r->chain, chain, sizeof(r->chain));
	r->n = n;
	memcpy(r->t, t, n * sizeof(*t));
}
#define RULE(p, chain, ...) do {					\
	const struct fw_term _t[] = { __VA_ARGS__ };			\
									\
	_Static_assert(NELEM(_t) <= FW_TERMS, "terms of a rule");	\
	add_rule((p), (chain), _t, NELEM(_t));				\
} while (0)

static void
add_chain(struct fw_plan *p, const char *name, int base, int32_t prio)
{
	struct fw_chain	*c;
	void		*v;

	if (p->failed ||
	    (v = grow(p, p->chains, p->nchains, sizeof(*c))) == NULL)
		return;
	p->chains = v;
	c = &p->chains[p->nchains++];
	memset(c, 0, sizeof(*c));
	str_copy(c->name, name, sizeof(c->name));
	c->base = base;
	c->prio = prio;
}

static void
add_set(struct fw_plan *p, const char *name, enum fw_settype type,
    uint8_t family)
{
	struct fw_set	*s;
	void		*v;

	if (p->failed || (family == 6 && p->only4) ||
	    (v = grow(p, p->sets, p->nsets, sizeof(*s))) == NULL)
		return;
	p->sets = v;
	s = &p->sets[p->nsets++];
	memset(s, 0, sizeof(*s));
	str_copy(s->name, name, sizeof(s->name));
	s->type = type;
	s->family = family;
}

static void
name_of(char *dst, const char *prefix, const char *name, const char *suffix)
{
	/* fw_check() bounded name: it fits. */
	str_format(dst, FW_NAMELEN, "%s%s%s", prefix, name, suffix);
}

static void
deny_chain(struct fw_plan *p, const struct fw_uid *u)
{
	char	 deny[FW_NAMELEN];

	name_of(deny, "deny_", u->name, "");
	add_chain(p, deny, 0, 0);
	/* icmpx would keep connect() waiting for a second. */
	RULE(p, deny, term(FT_TCP, NULL), term(FT_COUNTER, u->name),
	    term(FT_RESET, NULL));
	RULE(p, deny, term(FT_COUNTER, u->name), term(FT_REJECT, NULL));
}

static void
closed_first(struct fw_plan *p, const char *chain, const char *deny)
{
	RULE(p, chain, term_set(FT_DADDRSET, "meta4", 4),
	    term(FT_GOTO, deny));
	if (!p->only4)
		RULE(p, chain, term_set(FT_DADDRSET, "meta6", 6),
		    term(FT_GOTO, deny));
}

static void
pinned_chain(struct fw_plan *p, const struct fw_uid *u,
    const struct fw_rules *rules)
{
	char	 chain[FW_NAMELEN], deny[FW_NAMELEN], set[FW_NAMELEN];

	name_of(chain, "uid_", u->name, "");
	name_of(deny, "deny_", u->name, "");
	add_chain(p, chain, 0, 0);
	closed_first(p, chain, deny);
	doors_answer(p, rules, u->name, chain, add_rule);
	RULE(p, chain, term(FT_FIBSET, "ours"), term(FT_JUMP, "local"));
	RULE(p, chain, term(FT_NOTSYN, NULL), term(FT_ACCEPT, NULL));
	name_of(set, "", u->name, "4");
	add_set(p, set, FS_PINS, 4);
	RULE(p, chain, term_set(FT_PINNED, set, 4), term(FT_ACCEPT, NULL));
	if (!p->only4) {
		name_of(set, "", u->name, "6");
		add_set(p, set, FS_PINS, 6);
		RULE(p, chain, term_set(FT_PINNED, set, 6),
		    term(FT_ACCEPT, NULL));
	}
	RULE(p, chain, term(FT_GOTO, deny));
}

static void
dns_chain(struct fw_plan *p, const struct fw_uid *u, const struct addrs *ns)
{
	char		 chain[FW_NAMELEN], deny[FW_NAMELEN];
	uint8_t		 bits;
	unsigned	 i;

	name_of(chain, "uid_", u->name, "");
	name_of(deny, "deny_", u->name, "");
	add_chain(p, chain, 0, 0);
	closed_first(p, chain, deny);
	for (i = 0; i < ns->n; i++) {
		if (addr_is_meta(&ns->a[i]) ||
		    (p->only4 && ns->a[i].family == 6))
			continue;
		bits = ns->a[i].family == 4 ? 32 : 128;
		RULE(p, chain, term_prefix(&ns->a[i], bits),
		    term_port(UDP, DNS_PORT), term(FT_ACCEPT, NULL));
		RULE(p, chain, term_prefix(&ns->a[i], bits),
		    term_port(FW_TCP, DNS_PORT), term(FT_ACCEPT, NULL));
	}
	RULE(p, chain, term(FT_GOTO, deny));
}

static void
closed_chain(struct fw_plan *p, const struct fw_uid *u,
    const struct fw_rules *rules)
{
	char	 chain[FW_NAMELEN], deny[FW_NAMELEN];

	name_of(chain, "uid_", u->name, "");
	name_of(deny, "deny_", u->name, "");
	add_chain(p, chain, 0, 0);
	doors_inside(p, rules, u->uid, chain, add_rule);
	RULE(p, chain, term(FT_GOTO, deny));
}

/* An endpoint that one row has. */
static void
local_of(struct fw_plan *p, const struct fw_rules *rules,
    const struct fw_private *pr)
{
	struct fw_term	 t = term(FT_UID, NULL);
	unsigned	 i;

	for (i = 0; i < rules->nuids; i++)
		if (strcmp(rules->uids[i].name, pr->who) == 0)
			break;
	if (i == rules->nuids)
		return;
	t.uid = rules->uids[i].uid;
	RULE(p, "local", t, term_prefix(&pr->addr, pr->plen),
	    term_port(FW_TCP, pr->port), term(FT_RETURN, NULL));
}

/* Reached for destinations on this host only. */
static void
local_chain(struct fw_plan *p, const struct fw_rules *rules)
{
	const struct fw_private	*pr;
	unsigned		 i;

	add_chain(p, "local", 0, 0);
	for (i = 0; i < rules->nprivates; i++) {
		pr = &rules->privates[i];
		if (p->only4 && pr->addr.family == 6)
			continue;
		if (pr->who[0] != '\0') {
			local_of(p, rules, pr);
			continue;
		}
		RULE(p, "local", term_prefix(&pr->addr, pr->plen),
		    term_port(FW_TCP, pr->port), term(FT_RETURN, NULL));
	}
	RULE(p, "local", term(FT_SKUIDMAP, "deny"));
}

/*
 * Hooks come last: a chain they lead to must be there before.  -150 is before
 * any nat, as Docker's DNS rewriting at -100 requires; 10 is after it and
 * sees where a packet really goes.
 */
static void
base_chains(struct fw_plan *p, const struct fw_rules *rules)
{
	char		 door[FW_NAMELEN];
	unsigned	 i;

	for (i = 0; i < rules->ndoors; i++) {
		name_of(door, "door_", rules->doors[i].name, "");
		add_chain(p, door, 0, 0);
		doors_chain(p, &rules->doors[i], door, add_rule);
	}
	add_set(p, "uids", FS_UIDS, 0);
	add_set(p, "deny", FS_DENY, 0);
	add_chain(p, "decide", 1, FW_PRIORITY);
	doors_base(p, rules, "decide", add_rule);
	RULE(p, "decide", term(FT_SKUIDMAP, "uids"));
	add_chain(p, "again", 1, 10);
	RULE(p, "again", term_set(FT_DADDRSET, "meta4", 4),
	    term(FT_SKUIDMAP, "deny"));
	if (!p->only4)
		RULE(p, "again", term_set(FT_DADDRSET, "meta6", 6),
		    term(FT_SKUIDMAP, "deny"));
}

int
plan_make(struct fw_plan *p, const struct fw_rules *rules, int only4)
{
	const struct fw_uid	*u;
	unsigned		 i;

	memset(p, 0, sizeof(*p));
	p->only4 = only4;
	add_set(p, "meta4", FS_META, 4);
	add_set(p, "meta6", FS_META, 6);
	add_set(p, "ours", FS_LOCAL, 0);
	local_chain(p, rules);
	for (i = 0; i < rules->nuids; i++) {
		u = &rules->uids[i];
		deny_chain(p, u);
		switch (u->class) {
		case FWC_PINNED:
			pinned_chain(p, u, rules);
			break;
		case FWC_DNS:
			dns_chain(p, u, &rules->nameservers);
			break;
		case FWC_NONE:
		case FWC_TOOL:
			closed_chain(p, u, rules);
			break;
		}
	}
	base_chains(p, rules);
	if (p->failed) {
		plan_free(p);
		return (-1);
	}
	return (0);
}

void
plan_free(struct fw_plan *p)
{
	free(p->chains);
	free(p->sets);
	free(p->rules);
	memset(p, 0, sizeof(*p));
}

const struct fw_set *
plan_set(const struct fw_plan *p, const char *name)
{
	unsigned	 i;

	for (i = 0; i < p->nsets; i++)
		if (strcmp(p->sets[i].name, name) == 0)
			return (&p->sets[i]);
	return (NULL);
}

const struct fw_chain *
plan_chain(const struct fw_plan *p, const char *name)
{
	unsigned	 i;

	for (i = 0; i < p->nchains; i++)
		if (strcmp(p->chains[i].name, name) == 0)
			return (&p->chains[i]);
	return (NULL);
}
