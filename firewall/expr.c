/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * A rule of the plan as the expressions nf_tables runs.  Run by the parent;
 * the layout is the one nft(8) makes, so that `nft list' shows it readable.
 */
#include <arpa/inet.h>

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "firewall/plan.h"

#define L4_TCP		6
#define TCPF_SYN	0x02
#define DADDR4_OFF	16
#define DADDR6_OFF	24
#define DPORT_OFF	2
#define TCPFLAGS_OFF	13

struct build {
	struct nftnl_rule	*rule;
	int			 failed;
};

static struct nftnl_expr *
expr(struct build *b, const char *name)
{
	struct nftnl_expr	*e;

	if ((e = nftnl_expr_alloc(name)) == NULL) {
		b->failed = 1;
		return (NULL);
	}
	nftnl_rule_add_expr(b->rule, e);
	return (e);
}

static void
meta(struct build *b, uint32_t key)
{
	struct nftnl_expr	*e;

	if ((e = expr(b, "meta")) == NULL)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_META_KEY, key);
	nftnl_expr_set_u32(e, NFTNL_EXPR_META_DREG, NFT_REG_1);
}

static void
cmp(struct build *b, uint32_t op, const void *data, uint32_t len)
{
	struct nftnl_expr	*e;

	if ((e = expr(b, "cmp")) == NULL)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_SREG, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_OP, op);
	if (nftnl_expr_set(e, NFTNL_EXPR_CMP_DATA, data, len) == -1)
		b->failed = 1;
}

static void
payload(struct build *b, uint32_t base, uint32_t off, uint32_t len,
    uint32_t reg)
{
	struct nftnl_expr	*e;

	if ((e = expr(b, "payload")) == NULL)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_BASE, base);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_OFFSET, off);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_LEN, len);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_DREG, reg);
}

static void
mask(struct build *b, const void *m, uint32_t len)
{
	static const uint8_t	 zero[16];
	struct nftnl_expr	*e;

	if ((e = expr(b, "bitwise")) == NULL)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_SREG, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_DREG, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_OP, NFT_BITWISE_BOOL);
	nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_LEN, len);
	if (nftnl_expr_set(e, NFTNL_EXPR_BITWISE_MASK, m, len) == -1 ||
	    nftnl_expr_set(e, NFTNL_EXPR_BITWISE_XOR, zero, len) == -1)
		b->failed = 1;
}

static void
lookup(struct build *b, const char *set, int map)
{
	struct nftnl_expr	*e;

	if ((e = expr(b, "lookup")) == NULL)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_SREG, NFT_REG_1);
	if (map)
		nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_DREG, NFT_REG_VERDICT);
	if (nftnl_expr_set_str(e, NFTNL_EXPR_LOOKUP_SET, set) == -1)
		b->failed = 1;
}

static void
fib_type(struct build *b)
{
	struct nftnl_expr	*e;

	if ((e = expr(b, "fib")) == NULL)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_FIB_DREG, NFT_REG_1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE);
	nftnl_expr_set_u32(e, NFTNL_EXPR_FIB_FLAGS, NFTA_FIB_F_DADDR);
}

static void
verdict(struct build *b, uint32_t code, const char *chain)
{
	struct nftnl_expr	*e;

	if ((e = expr(b, "immediate")) == NULL)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
	nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_VERDICT, code);
	if (chain != NULL &&
	    nftnl_expr_set_str(e, NFTNL_EXPR_IMM_CHAIN, chain) == -1)
		b->failed = 1;
}

static void
reject(struct build *b, uint32_t type, uint8_t code)
{
	struct nftnl_expr	*e;

	if ((e = expr(b, "reject")) == NULL)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_REJECT_TYPE, type);
	nftnl_expr_set_u8(e, NFTNL_EXPR_REJECT_CODE, code);
}

static void
counter(struct build *b, const char *name)
{
	struct nftnl_expr	*e;

	if ((e = expr(b, "objref")) == NULL)
		return;
	nftnl_expr_set_u32(e, NFTNL_EXPR_OBJREF_IMM_TYPE, NFT_OBJECT_COUNTER);
	if (nftnl_expr_set_str(e, NFTNL_EXPR_OBJREF_IMM_NAME, name) == -1)
		b->failed = 1;
}

static void
is_family(struct build *b, uint8_t family)
{
	uint8_t	 proto = family == 4 ? NFPROTO_IPV4 : NFPROTO_IPV6;

	meta(b, NFT_META_NFPROTO);
	cmp(b, NFT_CMP_EQ, &proto, sizeof(proto));
}

static void
is_l4(struct build *b, uint8_t proto)
{
	meta(b, NFT_META_L4PROTO);
	cmp(b, NFT_CMP_EQ, &proto, sizeof(proto));
}

static void
daddr(struct build *b, uint8_t family)
{
	payload(b, NFT_PAYLOAD_NETWORK_HEADER,
	    family == 4 ? DADDR4_OFF : DADDR6_OFF, family == 4 ? 4 : 16,
	    NFT_REG_1);
}

static void
daddr_prefix(struct build *b, const struct fw_term *t)
{
	uint8_t		 m[16] = { 0 }, a[16];
	uint32_t	 len = t->addr.family == 4 ? 4 : 16, i;

	for (i = 0; i < t->plen; i++)
		m[i / 8] |= (uint8_t)(0x80 >> (i % 8));
	for (i = 0; i < len; i++)
		a[i] = t->addr.a[i] & m[i];
	is_family(b, t->addr.family);
	daddr(b, t->addr.family);
	if (t->plen != len * 8)
		mask(b, m, len);
	cmp(b, NFT_CMP_EQ, a, len);
}

static void
pinned(struct build *b, const struct fw_term *t)
{
	is_family(b, t->addr.family);
	is_l4(b, L4_TCP);
	daddr(b, t->addr.family);
	/* The port follows the address in the next 32-bit register. */
	payload(b, NFT_PAYLOAD_TRANSPORT_HEADER, DPORT_OFF, 2,
	    t->addr.family == 4 ? NFT_REG32_01 : NFT_REG_2);
	lookup(b, t->name, 0);
}

static void
not_syn(struct build *b)
{
	static const uint8_t	 m = TCPF_SYN, none = 0;

	is_l4(b, L4_TCP);
	payload(b, NFT_PAYLOAD_TRANSPORT_HEADER, TCPFLAGS_OFF, 1, NFT_REG_1);
	mask(b, &m, sizeof(m));
	cmp(b, NFT_CMP_EQ, &none, sizeof(none));
}

static void
dport(struct build *b, const struct fw_term *t)
{
	uint16_t	 port = htons(t->port);

	is_l4(b, t->proto);
	payload(b, NFT_PAYLOAD_TRANSPORT_HEADER, DPORT_OFF, 2, NFT_REG_1);
	cmp(b, NFT_CMP_EQ, &port, sizeof(port));
}

static void
put_term(struct build *b, const struct fw_term *t)
{
	switch (t->kind) {
	case FT_SKUIDMAP:
		meta(b, NFT_META_SKUID);
		lookup(b, t->name, 1);
		break;
	case FT_SKUID:
		meta(b, NFT_META_SKUID);
		cmp(b, NFT_CMP_EQ, &t->uid, sizeof(t->uid));
		break;
	case FT_DADDRSET:
		is_family(b, t->addr.family);
		daddr(b, t->addr.family);
		lookup(b, t->name, 0);
		break;
	case FT_FIBSET:
		fib_type(b);
		lookup(b, t->name, 0);
		break;
	case FT_NOTSYN:
		not_syn(b);
		break;
	case FT_PINNED:
		pinned(b, t);
		break;
	case FT_DADDR:
		daddr_prefix(b, t);
		break;
	case FT_DPORT:
		dport(b, t);
		break;
	case FT_TCP:
		is_l4(b, L4_TCP);
		break;
	case FT_COUNTER:
		counter(b, t->name);
		break;
	case FT_ACCEPT:
		verdict(b, NF_ACCEPT, NULL);
		break;
	case FT_RETURN:
		verdict(b, (uint32_t)NFT_RETURN, NULL);
		break;
	case FT_JUMP:
		verdict(b, (uint32_t)NFT_JUMP, t->name);
		break;
	case FT_GOTO:
		verdict(b, (uint32_t)NFT_GOTO, t->name);
		break;
	case FT_RESET:
		reject(b, NFT_REJECT_TCP_RST, 0);
		break;
	case FT_REJECT:
		reject(b, NFT_REJECT_ICMPX_UNREACH,
		    NFT_REJECT_ICMPX_ADMIN_PROHIBITED);
		break;
	}
}

int
put_rule(struct batch *batch, const struct fw_rule *r, uint16_t family)
{
	struct build	 b = { NULL, 0 };
	struct nlmsghdr	*nlh;
	unsigned	 i;
	int		 ret = -1;

	if ((b.rule = nftnl_rule_alloc()) == NULL)
		return (-1);
	if (nftnl_rule_set_str(b.rule, NFTNL_RULE_TABLE, FW_TABLE) == -1 ||
	    nftnl_rule_set_str(b.rule, NFTNL_RULE_CHAIN, r->chain) == -1)
		goto done;
	nftnl_rule_set_u32(b.rule, NFTNL_RULE_FAMILY, family);
	for (i = 0; i < r->n; i++)
		put_term(&b, &r->t[i]);
	if (b.failed || (nlh = batch_add(batch, NFT_MSG_NEWRULE, family,
	    NLM_F_CREATE | NLM_F_APPEND, "rule of chain", r->chain)) == NULL)
		goto done;
	nftnl_rule_nlmsg_build_payload(nlh, b.rule);
	ret = 0;
 done:
	nftnl_rule_free(b.rule);
	return (ret);
}
