/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The plan in the syntax of nft(8), for people and for golden tests; nothing
 * here reaches the kernel.  Pure.
 */
#include <arpa/inet.h>

#include <stdlib.h>
#include <string.h>

#include "firewall/plan.h"
#include "telclauded/lib/util.h"

static void
text_addr(struct buf *b, uint8_t family, const uint8_t *a, uint8_t plen)
{
	char	 s[INET6_ADDRSTRLEN];

	if (inet_ntop(family == 4 ? AF_INET : AF_INET6, a, s,
	    sizeof(s)) == NULL)
		return;
	buf_puts(b, s);
	if (plen != (family == 4 ? 32 : 128))
		buf_printf(b, "/%u", plen);
}

static const char *
ip_of(const struct fw_term *t)
{
	return (t->addr.family == 4 ? "ip" : "ip6");
}

static void
text_term(struct buf *b, const struct fw_term *t)
{
	switch (t->kind) {
	case FT_SKUIDMAP:
		buf_printf(b, "meta skuid vmap @%s", t->name);
		break;
	case FT_SKUID:
		buf_printf(b, "meta skuid %u", (unsigned)t->uid);
		break;
	case FT_DADDRSET:
		buf_printf(b, "%s daddr @%s", ip_of(t), t->name);
		break;
	case FT_FIBSET:
		buf_printf(b, "fib daddr type @%s", t->name);
		break;
	case FT_NOTSYN:
		buf_puts(b, "tcp flags ! syn");
		break;
	case FT_PINNED:
		buf_printf(b, "%s daddr . tcp dport @%s", ip_of(t), t->name);
		break;
	case FT_DADDR:
		buf_printf(b, "%s daddr ", ip_of(t));
		text_addr(b, t->addr.family, t->addr.a, t->plen);
		break;
	case FT_DPORT:
		buf_printf(b, "%s dport %u", t->proto == 6 ? "tcp" : "udp",
		    t->port);
		break;
	case FT_TCP:
		buf_puts(b, "meta l4proto tcp");
		break;
	case FT_COUNTER:
		buf_printf(b, "counter name \"%s\"", t->name);
		break;
	case FT_ACCEPT:
		buf_puts(b, "accept");
		break;
	case FT_RETURN:
		buf_puts(b, "return");
		break;
	case FT_JUMP:
		buf_printf(b, "jump %s", t->name);
		break;
	case FT_GOTO:
		buf_printf(b, "goto %s", t->name);
		break;
	case FT_RESET:
		buf_puts(b, "reject with tcp reset");
		break;
	case FT_REJECT:
		buf_puts(b, "reject with icmpx admin-prohibited");
		break;
	}
}

static void
text_meta(struct buf *b, uint8_t family)
{
	const char	*sep = "";
	unsigned	 i;

	buf_printf(b, "\t\ttype %s\n\t\tflags constant,interval\n",
	    family == 4 ? "ipv4_addr" : "ipv6_addr");
	buf_puts(b, "\t\telements = { ");
	for (i = 0; i < fw_nmeta; i++) {
		if (fw_meta[i].family != family)
			continue;
		buf_puts(b, sep);
		text_addr(b, family, fw_meta[i].a, fw_meta[i].plen);
		sep = ", ";
	}
	buf_puts(b, " }\n");
}

static void
text_uids(struct buf *b, const struct fw_rules *rules, const char *prefix)
{
	unsigned	 i;

	buf_printf(b, "\t\ttype uid : verdict\n\t\tsize %d\n", FW_MAXUIDS);
	if (rules->nuids == 0)
		return;
	buf_puts(b, "\t\telements = { ");
	for (i = 0; i < rules->nuids; i++)
		buf_printf(b, "%s%u : goto %s%s", i == 0 ? "" : ", ",
		    (unsigned)rules->uids[i].uid, prefix, rules->uids[i].name);
	buf_puts(b, " }\n");
}

static void
text_set(struct buf *b, const struct fw_set *s, const struct fw_rules *rules)
{
	buf_printf(b, "\n\t%s %s {\n",
	    s->type == FS_UIDS || s->type == FS_DENY ? "map" : "set", s->name);
	switch (s->type) {
	case FS_META:
		text_meta(b, s->family);
		break;
	case FS_LOCAL:
		buf_puts(b, "\t\ttype fib_addrtype\n\t\tsize 4\n"
		    "\t\tflags constant\n\t\telements = { local, broadcast, "
		    "anycast, multicast }\n");
		break;
	case FS_PINS:
		buf_printf(b, "\t\ttype %s . inet_service\n\t\tsize %d\n"
		    "\t\tflags timeout\n",
		    s->family == 4 ? "ipv4_addr" : "ipv6_addr", FW_PINS_MAX);
		break;
	case FS_UIDS:
		text_uids(b, rules, "uid_");
		break;
	case FS_DENY:
		text_uids(b, rules, "deny_");
		break;
	}
	buf_puts(b, "\t}\n");
}

static void
text_chain(struct buf *b, const struct fw_plan *p, const struct fw_chain *c)
{
	const struct fw_rule	*r;
	unsigned		 i, k;

	buf_printf(b, "\n\tchain %s {\n", c->name);
	if (c->base)
		buf_printf(b, "\t\ttype filter hook output priority %d; "
		    "policy accept;\n", c->prio);
	for (i = 0; i < p->nrules; i++) {
		r = &p->rules[i];
		if (strcmp(r->chain, c->name) != 0)
			continue;
		for (k = 0; k < r->n; k++) {
			buf_puts(b, k == 0 ? "\t\t" : " ");
			text_term(b, &r->t[k]);
		}
		buf_puts(b, "\n");
	}
	buf_puts(b, "\t}\n");
}

char *
fw_text(const struct fw_rules *rules)
{
	struct fw_plan	 p;
	struct buf	 b;
	unsigned	 i;

	if (plan_make(&p, rules, 0) == -1)
		return (NULL);
	buf_init(&b);
	buf_puts(&b, "table inet " FW_TABLE " {\n\tflags owner\n");
	for (i = 0; i < rules->nuids; i++)
		buf_printf(&b, "\n\tcounter %s {\n\t}\n", rules->uids[i].name);
	for (i = 0; i < p.nsets; i++)
		text_set(&b, &p.sets[i], rules);
	for (i = 0; i < p.nchains; i++)
		text_chain(&b, &p, &p.chains[i]);
	buf_puts(&b, "}\n");
	plan_free(&p);
	if (b.failed) {
		buf_free(&b);
		return (NULL);
	}
	return (b.p);
}
