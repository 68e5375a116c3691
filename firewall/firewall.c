/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The firewall as the parent uses it: apply, pin, ask, close.  Run by the
 * parent with CAP_NET_ADMIN alone; trusts nothing the resolver says about an
 * address.
 */
#include <arpa/inet.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <libnftnl/object.h>
#include <libnftnl/table.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "firewall/apply.h"
#include "telclauded/lib/util.h"

#define PIN_MIN_S	1
#define PIN_MAX_S	86400

struct firewall {
	struct nl	*nl;
	int		 applied;
	int		 only4;
	struct fw_rules	 rules;		/* what the kernel has */
};

struct firewall *
fw_open(void)
{
	struct firewall	*fw;

	if ((fw = calloc(1, sizeof(*fw))) == NULL)
		return (NULL);
	if ((fw->nl = nl_open()) == NULL) {
		free(fw);
		return (NULL);
	}
	return (fw);
}

void
fw_close(struct firewall *fw)
{
	if (fw == NULL)
		return;
	if (fw->applied)
		(void)table_delete(fw->nl,
		    fw->only4 ? NFPROTO_IPV4 : NFPROTO_INET);
	nl_close(fw->nl);
	free(fw->rules.privates);
	free(fw);
}

struct nl *
fw_nl(struct firewall *fw)
{
	return (fw->nl);
}

int
fw_ipv6(const struct firewall *fw)
{
	return (!fw->only4);
}

int
fw_dupfd(struct firewall *fw)
{
	return (fcntl(nl_fd(fw->nl), F_DUPFD_CLOEXEC, 3));
}

uint16_t
plan_family(const struct fw_plan *p)
{
	return (p->only4 ? NFPROTO_IPV4 : NFPROTO_INET);
}

static void
explain(char *why, size_t len, int error, const char *what, const char *name)
{
	if (error == EPERM && what == NULL)
		str_format(why, len, "nftables refused the firewall: "
		    "CAP_NET_ADMIN is missing");
	else if (error == EOPNOTSUPP && what == NULL)
		str_format(why, len, "this kernel has no nf_tables "
		    "(CONFIG_NF_TABLES; modprobe nf_tables)");
	else if (error == EEXIST || error == EPERM)
		str_format(why, len, "nftables has a table \"" FW_TABLE "\" "
		    "already: another telclauded runs here, or somebody made "
		    "one (nft delete table inet " FW_TABLE ")");
	else if (error == ENOENT || error == EOPNOTSUPP ||
	    error == EAFNOSUPPORT || error == EPROTONOSUPPORT)
		str_format(why, len, "this kernel lacks a part of nftables "
		    "that the firewall needs (%s %s: %s)",
		    what != NULL ? what : "table",
		    name != NULL ? name : FW_TABLE, strerror(error));
	else
		str_format(why, len, "nftables refused the firewall at %s %s: "
		    "%s", what != NULL ? what : "table",
		    name != NULL ? name : FW_TABLE, strerror(error));
}

/* Keeps what was applied: the next step starts from it. */
static int
rules_copy(struct fw_rules *dst, const struct fw_rules *src)
{
	struct fw_private	*v = NULL;
	size_t			 n = src->nprivates;

	if (n > 0) {
		if ((v = reallocarray(NULL, n, sizeof(*v))) == NULL)
			return (-1);
		memcpy(v, src->privates, n * sizeof(*v));
	}
	*dst = *src;
	dst->privates = v;
	return (0);
}

static int
apply_family(struct firewall *fw, const struct fw_rules *rules, int only4,
    char *why, size_t whylen)
{
	struct fw_plan	 oldplan, newplan;
	struct step	 from = { &fw->rules, &oldplan };
	struct step	 to = { rules, &newplan };
	const char	*what = NULL, *name = NULL;
	char		 label[FW_NAMELEN];
	int		 ret, saved;

	memset(&oldplan, 0, sizeof(oldplan));
	if (plan_make(&newplan, rules, only4) == -1)
		goto nomem;
	if (fw->applied && plan_make(&oldplan, &fw->rules, only4) == -1) {
		plan_free(&newplan);
		goto nomem;
	}
	ret = step_commit(fw->nl, fw->applied ? &from : NULL, &to, &what,
	    &name, label);
	saved = errno;
	plan_free(&oldplan);
	plan_free(&newplan);
	errno = saved;
	if (ret == -1)
		explain(why, whylen, errno, what, name);
	return (ret);
 nomem:
	str_format(why, whylen, "out of memory for the firewall");
	errno = ENOMEM;
	return (-1);
}

int
fw_apply(struct firewall *fw, const struct fw_rules *rules, char *why,
    size_t whylen)
{
	struct fw_rules	 copy;
	int		 ret;

	if (fw_check(rules, why, whylen) == -1) {
		errno = EINVAL;
		return (-1);
	}
	if (rules_copy(&copy, rules) == -1) {
		str_format(why, whylen, "out of memory for the firewall");
		return (-1);
	}
	ret = apply_family(fw, &copy, fw->only4, why, whylen);
	/* A kernel without IPv6 in nftables: only by the owner's word. */
	if (ret == -1 && rules->ipv6_open && !fw->applied &&
	    (errno == ENOENT || errno == EOPNOTSUPP ||
	    errno == EAFNOSUPPORT || errno == EPROTONOSUPPORT)) {
		ret = apply_family(fw, &copy, 1, why, whylen);
		fw->only4 = ret == 0;
	}
	if (ret == -1) {
		free(copy.privates);
		return (-1);
	}
	free(fw->rules.privates);
	fw->rules = copy;
	fw->applied = 1;
	return (0);
}

static const struct fw_uid *
find_row(const struct firewall *fw, const char *name)
{
	unsigned	 i;

	for (i = 0; i < fw->rules.nuids; i++)
		if (strcmp(fw->rules.uids[i].name, name) == 0)
			return (&fw->rules.uids[i]);
	return (NULL);
}

/* ttl 0: takes the pin back. */
static int
pin_commit(struct firewall *fw, const struct fw_uid *u,
    const struct netaddr *addr, uint16_t port, uint32_t ttl)
{
	struct batch	*b;
	const char	*what, *which;
	char		 set[FW_NAMELEN];
	uint16_t	 family = fw->only4 ? NFPROTO_IPV4 : NFPROTO_INET;
	int		 ret = -1, saved;

	str_format(set, sizeof(set), "%s%u", u->name, addr->family);
	if ((b = batch_new(fw->nl)) == NULL)
		return (-1);
	if ((ttl == 0 ? put_unpin(b, family, set, addr, port) :
	    put_pin(b, family, set, addr, port, (uint64_t)ttl * 1000)) == 0)
		ret = batch_commit(b, &what, &which);
	saved = errno;
	batch_free(b);
	errno = saved;
	return (ret);
}

static const struct fw_uid *
pinned_row(const struct firewall *fw, const char *name)
{
	const struct fw_uid	*u;

	if (!fw->applied || (u = find_row(fw, name)) == NULL ||
	    u->class != FWC_PINNED) {
		errno = EINVAL;
		return (NULL);
	}
	return (u);
}

int
fw_pin(struct firewall *fw, const char *name, const struct netaddr *addr,
    uint16_t port, uint32_t ttl)
{
	const struct fw_uid	*u;

	if ((u = pinned_row(fw, name)) == NULL)
		return (-1);
	if (!addr_ok(&fw->rules, name, addr, port)) {
		errno = EPERM;
		return (-1);
	}
	if (fw->only4 && addr->family == 6)
		return (0);
	ttl = MINIMUM(MAXIMUM(ttl, PIN_MIN_S), PIN_MAX_S);
	return (pin_commit(fw, u, addr, port, ttl));
}

int
fw_unpin(struct firewall *fw, const char *name, const struct netaddr *addr,
    uint16_t port)
{
	const struct fw_uid	*u;

	if ((u = pinned_row(fw, name)) == NULL)
		return (-1);
	if (fw->only4 && addr->family == 6)
		return (0);
	return (pin_commit(fw, u, addr, port, 0));
}

struct tally {
	const struct firewall	*fw;
	struct fw_counter	*out;
	unsigned		 max;
};

static void
fill_counters(struct nlmsghdr *nlh, void *arg)
{
	(void)arg;
	mnl_attr_put_strz(nlh, NFTA_OBJ_TABLE, FW_TABLE);
	mnl_attr_put_u32(nlh, NFTA_OBJ_TYPE, htonl(NFT_OBJECT_COUNTER));
}

static int
read_counter(const struct nlmsghdr *nlh, void *arg)
{
	struct tally		*t = arg;
	struct nftnl_obj	*o;
	const char		*table, *name;
	unsigned		 i;

	if ((o = nftnl_obj_alloc()) == NULL)
		return (MNL_CB_ERROR);
	if (nftnl_obj_nlmsg_parse(nlh, o) == -1)
		goto done;
	table = nftnl_obj_get_str(o, NFTNL_OBJ_TABLE);
	name = nftnl_obj_get_str(o, NFTNL_OBJ_NAME);
	if (table == NULL || name == NULL || strcmp(table, FW_TABLE) != 0)
		goto done;
	for (i = 0; i < t->fw->rules.nuids && i < t->max; i++) {
		if (strcmp(t->fw->rules.uids[i].name, name) != 0)
			continue;
		t->out[i].packets = nftnl_obj_get_u64(o, NFTNL_OBJ_CTR_PKTS);
		t->out[i].bytes = nftnl_obj_get_u64(o, NFTNL_OBJ_CTR_BYTES);
	}
 done:
	nftnl_obj_free(o);
	return (MNL_CB_OK);
}

int
fw_counters(struct firewall *fw, struct fw_counter *out, unsigned max)
{
	struct tally	 t = { fw, out, max };
	unsigned	 i, tries, n = MINIMUM(max, fw->rules.nuids);

	for (i = 0; i < n; i++) {
		memset(&out[i], 0, sizeof(out[i]));
		str_copy(out[i].name, fw->rules.uids[i].name,
		    sizeof(out[i].name));
	}
	/* EINTR: somebody changed another table while we read. */
	for (tries = 0; tries < FW_DUMP_TRIES; tries++) {
		if (nl_query(fw->nl, NFT_MSG_GETOBJ,
		    fw->only4 ? NFPROTO_IPV4 : NFPROTO_INET, NLM_F_DUMP,
		    fill_counters, read_counter, &t) == 0)
			return ((int)n);
		if (errno != EINTR)
			break;
	}
	return (-1);
}

struct ask {
	uint32_t	 portid;
	int		 ours;
};

static void
fill_table(struct nlmsghdr *nlh, void *arg)
{
	(void)arg;
	mnl_attr_put_strz(nlh, NFTA_TABLE_NAME, FW_TABLE);
}

static int
read_table(const struct nlmsghdr *nlh, void *arg)
{
	struct ask		*ask = arg;
	struct nftnl_table	*t;
	const char		*name;

	if ((t = nftnl_table_alloc()) == NULL)
		return (MNL_CB_ERROR);
	if (nftnl_table_nlmsg_parse(nlh, t) == 0 &&
	    (name = nftnl_table_get_str(t, NFTNL_TABLE_NAME)) != NULL &&
	    strcmp(name, FW_TABLE) == 0)
		ask->ours = (nftnl_table_get_u32(t, NFTNL_TABLE_FLAGS) &
		    NFT_TABLE_F_OWNER) != 0 &&
		    nftnl_table_is_set(t, NFTNL_TABLE_OWNER) &&
		    nftnl_table_get_u32(t, NFTNL_TABLE_OWNER) == ask->portid;
	nftnl_table_free(t);
	return (MNL_CB_OK);
}

int
fw_verify(struct firewall *fw)
{
	struct ask	 ask = { nl_portid(fw->nl), 0 };

	if (nl_query(fw->nl, NFT_MSG_GETTABLE,
	    fw->only4 ? NFPROTO_IPV4 : NFPROTO_INET, 0, fill_table,
	    read_table, &ask) == -1)
		return (errno == ENOENT ? 0 : -1);
	return (ask.ours);
}
