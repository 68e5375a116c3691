/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The rules around the tools' way out where tools have no namespace: its
 * listeners sit on a loopback address of the scope.  Pure.  Run by the parent.
 *
 * The one place where packets of uids that are not ours are looked at, and
 * only of those that go to these addresses and ports: nobody but the tools'
 * uid gets there.  When that uid is a person's (the workspace's owner), his
 * packets are let alone but for these ports elsewhere: Landlock leaves a tool
 * no others, and with this rule they lead nowhere else.
 */
#include <string.h>

#include "firewall/plan.h"
#include "telclauded/lib/util.h"

static struct fw_term
term(enum fw_kind kind)
{
	struct fw_term	 t;

	memset(&t, 0, sizeof(t));
	t.kind = kind;
	return (t);
}

static struct fw_term
term_addr(enum fw_kind kind, const struct fw_door *d)
{
	struct fw_term	 t = term(kind);

	t.addr = d->addr;
	t.plen = d->addr.family == 4 ? 32 : 128;
	return (t);
}

static struct fw_term
term_port(enum fw_kind kind, uint16_t port)
{
	struct fw_term	 t = term(kind);

	t.proto = FW_TCP;
	t.port = port;
	return (t);
}

static struct fw_term
term_uid(enum fw_kind kind, uid_t uid)
{
	struct fw_term	 t = term(kind);

	t.uid = uid;
	return (t);
}

#define RULE(p, chain, fn, ...) do {					\
	const struct fw_term _t[] = { __VA_ARGS__ };			\
									\
	_Static_assert(NELEM(_t) <= FW_TERMS, "terms of a rule");	\
	(fn)((p), (chain), _t, NELEM(_t));				\
} while (0)

/*
 * Who comes to a door.  What has no uid is of a socket that is dead already:
 * its last words pass, but nothing that opens a connection.
 */
void
doors_chain(struct fw_plan *p, const struct fw_door *d, const char *chain,
    door_rule_fn fn)
{
	/* A person's uid has no chain of its own to go on to. */
	RULE(p, chain, fn, term_uid(FT_UID, d->uid),
	    term(d->person ? FT_ACCEPT : FT_RETURN));
	RULE(p, chain, fn, term_uid(FT_NOTUID, d->uid), term(FT_RESET));
	RULE(p, chain, fn, term(FT_NOTSYN), term(FT_RETURN));
	RULE(p, chain, fn, term(FT_RESET));
}

/* In the first base chain, before uids are looked up. */
void
doors_base(struct fw_plan *p, const struct fw_rules *rules, const char *base,
    door_rule_fn fn)
{
	const struct fw_door	*d;
	struct fw_term		 jump;
	unsigned		 i, k;

	for (i = 0; i < rules->ndoors; i++) {
		d = &rules->doors[i];
		jump = term(FT_JUMP);
		str_format(jump.name, sizeof(jump.name), "door_%s", d->name);
		for (k = 0; k < d->nports; k++)
			RULE(p, base, fn, term_addr(FT_DADDR, d),
			    term_port(FT_DPORT, d->ports[k].port), jump);
		for (k = 0; d->person && k < d->nports; k++)
			RULE(p, base, fn, term_uid(FT_UID, d->uid),
			    term_port(FT_DPORT, d->ports[k].port),
			    term(FT_RESET));
	}
}

/* The tools' own uid: to its door, packet by packet. */
void
doors_inside(struct fw_plan *p, const struct fw_rules *rules, uid_t uid,
    const char *chain, door_rule_fn fn)
{
	const struct fw_door	*d;
	unsigned		 i, k;

	for (i = 0; i < rules->ndoors; i++) {
		d = &rules->doors[i];
		for (k = 0; d->uid == uid && k < d->nports; k++)
			RULE(p, chain, fn, term_addr(FT_DADDR, d),
			    term_port(FT_DPORT, d->ports[k].port),
			    term(FT_ACCEPT));
	}
}

/* Who accepts there answers with a uid of his own; he opens nothing. */
void
doors_answer(struct fw_plan *p, const struct fw_rules *rules, const char *by,
    const char *chain, door_rule_fn fn)
{
	const struct fw_door	*d;
	unsigned		 i, k;

	for (i = 0; i < rules->ndoors; i++) {
		d = &rules->doors[i];
		for (k = 0; k < d->nports; k++)
			if (strcmp(d->ports[k].by, by) == 0)
				RULE(p, chain, fn, term_addr(FT_SADDR, d),
				    term_port(FT_SPORT, d->ports[k].port),
				    term(FT_NOTSYN), term(FT_ACCEPT));
	}
}
