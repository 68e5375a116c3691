/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * From one plan to the next in one transaction: what both have stays as it
 * is, with its pins and counts; all rules are written anew.  Run by the
 * parent.
 */
#include <errno.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <libnftnl/chain.h>
#include <libnftnl/object.h>
#include <libnftnl/table.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "firewall/apply.h"

static int
put_table(struct batch *b, uint16_t family, int fresh)
{
	struct nftnl_table	*t;
	struct nlmsghdr		*nlh;

	if ((t = nftnl_table_alloc()) == NULL)
		return (-1);
	nftnl_table_set_u32(t, NFTNL_TABLE_FLAGS, NFT_TABLE_F_OWNER);
	/* Never take over a table that was there before us. */
	nlh = batch_add(b, NFT_MSG_NEWTABLE, family,
	    fresh ? NLM_F_CREATE | NLM_F_EXCL : NLM_F_CREATE, "table",
	    FW_TABLE);
	if (nlh != NULL &&
	    nftnl_table_set_str(t, NFTNL_TABLE_NAME, FW_TABLE) == 0)
		nftnl_table_nlmsg_build_payload(nlh, t);
	nftnl_table_free(t);
	return (nlh == NULL ? -1 : 0);
}

static int
put_chain(struct batch *b, const struct fw_chain *fc, uint16_t family,
    uint16_t type)
{
	struct nftnl_chain	*c;
	struct nlmsghdr		*nlh = NULL;

	if ((c = nftnl_chain_alloc()) == NULL)
		return (-1);
	if (nftnl_chain_set_str(c, NFTNL_CHAIN_TABLE, FW_TABLE) == -1 ||
	    nftnl_chain_set_str(c, NFTNL_CHAIN_NAME, fc->name) == -1)
		goto done;
	if (fc->base && type == NFT_MSG_NEWCHAIN) {
		if (nftnl_chain_set_str(c, NFTNL_CHAIN_TYPE, "filter") == -1)
			goto done;
		nftnl_chain_set_u32(c, NFTNL_CHAIN_HOOKNUM, NF_INET_LOCAL_OUT);
		nftnl_chain_set_s32(c, NFTNL_CHAIN_PRIO, fc->prio);
	}
	if ((nlh = batch_add(b, type, family,
	    type == NFT_MSG_NEWCHAIN ? NLM_F_CREATE : 0, "chain",
	    fc->name)) != NULL)
		nftnl_chain_nlmsg_build_payload(nlh, c);
 done:
	nftnl_chain_free(c);
	return (nlh == NULL ? -1 : 0);
}

static int
put_counter(struct batch *b, const char *name, uint16_t family, uint16_t type)
{
	struct nftnl_obj	*o;
	struct nlmsghdr		*nlh;

	if ((o = nftnl_obj_alloc()) == NULL)
		return (-1);
	nftnl_obj_set_str(o, NFTNL_OBJ_TABLE, FW_TABLE);
	nftnl_obj_set_str(o, NFTNL_OBJ_NAME, name);
	nftnl_obj_set_u32(o, NFTNL_OBJ_TYPE, NFT_OBJECT_COUNTER);
	if (type == NFT_MSG_NEWOBJ) {
		nftnl_obj_set_u64(o, NFTNL_OBJ_CTR_PKTS, 0);
		nftnl_obj_set_u64(o, NFTNL_OBJ_CTR_BYTES, 0);
	}
	nlh = batch_add(b, type, family,
	    type == NFT_MSG_NEWOBJ ? NLM_F_CREATE : 0, "counter", name);
	if (nlh != NULL)
		nftnl_obj_nlmsg_build_payload(nlh, o);
	nftnl_obj_free(o);
	return (nlh == NULL ? -1 : 0);
}

/* Every rule of the table at once. */
static int
put_norules(struct batch *b, uint16_t family)
{
	struct nlmsghdr	*nlh;

	if ((nlh = batch_add(b, NFT_MSG_DELRULE, family, 0, "rules of table",
	    FW_TABLE)) == NULL)
		return (-1);
	mnl_attr_put_strz(nlh, NFTA_RULE_TABLE, FW_TABLE);
	return (0);
}

static int
has_row(const struct fw_rules *rules, const char *name)
{
	unsigned	 i;

	for (i = 0; i < rules->nuids; i++)
		if (strcmp(rules->uids[i].name, name) == 0)
			return (1);
	return (0);
}

/* Nothing may lead anywhere while chains come and go. */
static int
clear_old(struct batch *b, const struct fw_plan *old)
{
	uint16_t	 family = plan_family(old);
	unsigned	 i;

	if (put_norules(b, family) == -1)
		return (-1);
	for (i = 0; i < old->nsets; i++)
		if ((old->sets[i].type == FS_UIDS ||
		    old->sets[i].type == FS_DENY) &&
		    put_flush(b, &old->sets[i], family) == -1)
			return (-1);
	return (0);
}

static int
drop_old(struct batch *b, const struct step *from, const struct step *to)
{
	const struct fw_plan	*p = from->plan;
	uint16_t		 family = plan_family(p);
	unsigned		 i;

	for (i = 0; i < p->nchains; i++)
		if (plan_chain(to->plan, p->chains[i].name) == NULL &&
		    put_chain(b, &p->chains[i], family,
		    NFT_MSG_DELCHAIN) == -1)
			return (-1);
	for (i = 0; i < p->nsets; i++)
		if (plan_set(to->plan, p->sets[i].name) == NULL &&
		    put_unset(b, &p->sets[i], family) == -1)
			return (-1);
	for (i = 0; i < from->rules->nuids; i++)
		if (!has_row(to->rules, from->rules->uids[i].name) &&
		    put_counter(b, from->rules->uids[i].name, family,
		    NFT_MSG_DELOBJ) == -1)
			return (-1);
	return (0);
}

/* Counters, sets and chains that are new; then what the sets hold. */
static int
add_new(struct batch *b, const struct step *from, const struct step *to)
{
	const struct fw_plan	*p = to->plan;
	const char		*name;
	uint16_t		 family = plan_family(p);
	unsigned		 i;
	int			 there;

	for (i = 0; i < to->rules->nuids; i++) {
		name = to->rules->uids[i].name;
		if ((from == NULL || !has_row(from->rules, name)) &&
		    put_counter(b, name, family, NFT_MSG_NEWOBJ) == -1)
			return (-1);
	}
	for (i = 0; i < p->nchains; i++)
		if ((from == NULL ||
		    plan_chain(from->plan, p->chains[i].name) == NULL) &&
		    put_chain(b, &p->chains[i], family,
		    NFT_MSG_NEWCHAIN) == -1)
			return (-1);
	for (i = 0; i < p->nsets; i++) {
		there = from != NULL &&
		    plan_set(from->plan, p->sets[i].name) != NULL;
		if (!there && put_set(b, &p->sets[i], family) == -1)
			return (-1);
		if (there && p->sets[i].type != FS_UIDS &&
		    p->sets[i].type != FS_DENY)
			continue;
		if (put_elems(b, &p->sets[i], to->rules, family) == -1)
			return (-1);
	}
	return (0);
}

int
step_commit(struct nl *nl, const struct step *from, const struct step *to,
    const char **what, const char **name, char label[FW_NAMELEN])
{
	struct batch	*b;
	uint16_t	 family = plan_family(to->plan);
	unsigned	 i;
	int		 ret = -1;

	*what = *name = NULL;
	if ((b = batch_new(nl)) == NULL)
		return (-1);
	if (put_table(b, family, from == NULL) == -1 ||
	    (from != NULL && clear_old(b, from->plan) == -1) ||
	    add_new(b, from, to) == -1)
		goto done;
	for (i = 0; i < to->plan->nrules; i++)
		if (put_rule(b, &to->plan->rules[i], family) == -1)
			goto done;
	if (from != NULL && drop_old(b, from, to) == -1)
		goto done;
	ret = batch_commit(b, what, name);
	if (*name != NULL) {
		memcpy(label, *name, FW_NAMELEN);
		*name = label;
	}
 done:
	batch_free(b);
	return (ret);
}

int
table_delete(struct nl *nl, uint16_t family)
{
	struct batch	*b;
	struct nlmsghdr	*nlh;
	const char	*what, *name;
	int		 ret = -1;

	if ((b = batch_new(nl)) == NULL)
		return (-1);
	if ((nlh = batch_add(b, NFT_MSG_DELTABLE, family, 0, "table",
	    FW_TABLE)) != NULL) {
		mnl_attr_put_strz(nlh, NFTA_TABLE_NAME, FW_TABLE);
		ret = batch_commit(b, &what, &name);
	}
	batch_free(b);
	return (ret);
}
