/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Sets of the table and what is in them, as netlink messages: closed
 * addresses, uids, and the pins that come and go.  Run by the parent.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <libnftnl/set.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/rtnetlink.h>

#include "firewall/plan.h"
#include "telclauded/lib/util.h"

/* What nft(8) calls the types of a key, so that `nft list' can print it;
 * a concatenation has six bits a type. */
#define KT_IPV4		7
#define KT_IPV6		8
#define KT_PORT		13
#define KT_UID		24
#define KT_FIBTYPE	38
#define KT_JOIN(a, b)	((a) << 6 | (b))
#define KT_VERDICT	0xffffff00u

/* And its notes on byte order, type-length-value: key, data. */
static const uint8_t host_order[] = { 0, 4, 1, 0, 0, 0, 1, 4, 0, 0, 0, 0 };

static const uint32_t local_types[] = { RTN_LOCAL, RTN_BROADCAST,
    RTN_ANYCAST, RTN_MULTICAST };

static struct nftnl_set *
set_new(const char *name, uint16_t family)
{
	struct nftnl_set	*s;

	if ((s = nftnl_set_alloc()) == NULL)
		return (NULL);
	if (nftnl_set_set_str(s, NFTNL_SET_TABLE, FW_TABLE) == -1 ||
	    nftnl_set_set_str(s, NFTNL_SET_NAME, name) == -1) {
		nftnl_set_free(s);
		return (NULL);
	}
	nftnl_set_set_u32(s, NFTNL_SET_FAMILY, family);
	return (s);
}

static void
set_key(struct nftnl_set *s, uint32_t flags, uint32_t type, uint32_t len)
{
	nftnl_set_set_u32(s, NFTNL_SET_FLAGS, flags);
	nftnl_set_set_u32(s, NFTNL_SET_KEY_TYPE, type);
	nftnl_set_set_u32(s, NFTNL_SET_KEY_LEN, len);
}

static void
set_type(struct nftnl_set *s, const struct fw_set *fs)
{
	int	 v4 = fs->family == 4;

	switch (fs->type) {
	case FS_META:
		set_key(s, NFT_SET_INTERVAL | NFT_SET_CONSTANT,
		    v4 ? KT_IPV4 : KT_IPV6, v4 ? 4 : 16);
		break;
	case FS_LOCAL:
		set_key(s, NFT_SET_CONSTANT, KT_FIBTYPE, 4);
		nftnl_set_set_u32(s, NFTNL_SET_DESC_SIZE, NELEM(local_types));
		break;
	case FS_PINS:
		set_key(s, NFT_SET_TIMEOUT, KT_JOIN(v4 ? KT_IPV4 : KT_IPV6,
		    KT_PORT), v4 ? 8 : 20);
		nftnl_set_set_u32(s, NFTNL_SET_DESC_SIZE, FW_PINS_MAX);
		break;
	case FS_UIDS:
	case FS_DENY:
		set_key(s, NFT_SET_MAP, KT_UID, sizeof(uint32_t));
		nftnl_set_set_u32(s, NFTNL_SET_DATA_TYPE, KT_VERDICT);
		nftnl_set_set_u32(s, NFTNL_SET_DATA_LEN, 0);
		nftnl_set_set_u32(s, NFTNL_SET_DESC_SIZE, FW_MAXUIDS);
		break;
	}
	if (fs->type != FS_META && fs->type != FS_PINS)
		(void)nftnl_set_set_data(s, NFTNL_SET_USERDATA, host_order,
		    fs->type == FS_LOCAL ? sizeof(host_order) / 2 :
		    sizeof(host_order));
}

int
put_set(struct batch *b, const struct fw_set *fs, uint16_t family)
{
	struct nftnl_set	*s;
	struct nlmsghdr		*nlh;
	static uint32_t		 id;

	if ((s = set_new(fs->name, family)) == NULL)
		return (-1);
	set_type(s, fs);
	nftnl_set_set_u32(s, NFTNL_SET_ID, ++id);
	nlh = batch_add(b, NFT_MSG_NEWSET, family, NLM_F_CREATE, "set",
	    fs->name);
	if (nlh != NULL)
		nftnl_set_nlmsg_build_payload(nlh, s);
	nftnl_set_free(s);
	return (nlh == NULL ? -1 : 0);
}

static struct nftnl_set_elem *
elem_add(struct nftnl_set *s, const void *key, uint32_t len)
{
	struct nftnl_set_elem	*e;

	if ((e = nftnl_set_elem_alloc()) == NULL)
		return (NULL);
	if (nftnl_set_elem_set(e, NFTNL_SET_ELEM_KEY, key, len) == -1) {
		nftnl_set_elem_free(e);
		return (NULL);
	}
	nftnl_set_elem_add(s, e);
	return (e);
}

/* An interval is its first address and the first one past it. */
static int
elems_prefixes(struct nftnl_set *s, uint8_t family)
{
	struct nftnl_set_elem	*e;
	const struct fw_prefix	*p;
	uint8_t			 end[16];
	uint32_t		 len = family == 4 ? 4 : 16;
	unsigned		 i, k;

	for (i = 0; i < fw_nmeta; i++) {
		p = &fw_meta[i];
		if (p->family != family)
			continue;
		if (elem_add(s, p->a, len) == NULL)
			return (-1);
		memcpy(end, p->a, sizeof(end));
		k = (p->plen - 1) / 8;
		end[k] = (uint8_t)(end[k] + (1 << (7 - (p->plen - 1) % 8)));
		while (end[k] == 0 && k > 0)
			end[--k]++;
		if ((e = elem_add(s, end, len)) == NULL)
			return (-1);
		nftnl_set_elem_set_u32(e, NFTNL_SET_ELEM_FLAGS,
		    NFT_SET_ELEM_INTERVAL_END);
	}
	return (0);
}

static int
elems_uids(struct nftnl_set *s, const struct fw_rules *rules, int deny)
{
	struct nftnl_set_elem	*e;
	char			 chain[FW_NAMELEN];
	uint32_t		 uid;
	unsigned		 i;

	for (i = 0; i < rules->nuids; i++) {
		uid = rules->uids[i].uid;
		str_format(chain, sizeof(chain), "%s%s",
		    deny ? "deny_" : "uid_", rules->uids[i].name);
		if ((e = elem_add(s, &uid, sizeof(uid))) == NULL)
			return (-1);
		nftnl_set_elem_set_u32(e, NFTNL_SET_ELEM_VERDICT,
		    (uint32_t)NFT_GOTO);
		if (nftnl_set_elem_set_str(e, NFTNL_SET_ELEM_CHAIN,
		    chain) == -1)
			return (-1);
	}
	return (0);
}

static int
elems_fill(struct nftnl_set *s, const struct fw_set *fs,
    const struct fw_rules *rules)
{
	unsigned	 i;

	switch (fs->type) {
	case FS_META:
		return (elems_prefixes(s, fs->family));
	case FS_LOCAL:
		for (i = 0; i < NELEM(local_types); i++)
			if (elem_add(s, &local_types[i],
			    sizeof(local_types[i])) == NULL)
				return (-1);
		return (0);
	case FS_UIDS:
	case FS_DENY:
		return (elems_uids(s, rules, fs->type == FS_DENY));
	case FS_PINS:
		break;
	}
	return (0);
}

int
put_elems(struct batch *b, const struct fw_set *fs,
    const struct fw_rules *rules, uint16_t family)
{
	struct nftnl_set	*s;
	struct nlmsghdr		*nlh;
	int			 ret = -1;

	if (fs->type == FS_PINS ||
	    ((fs->type == FS_UIDS || fs->type == FS_DENY) &&
	    rules->nuids == 0))
		return (0);
	if ((s = set_new(fs->name, family)) == NULL)
		return (-1);
	if (elems_fill(s, fs, rules) == 0 &&
	    (nlh = batch_add(b, NFT_MSG_NEWSETELEM, family, NLM_F_CREATE,
	    "contents of set", fs->name)) != NULL) {
		nftnl_set_elems_nlmsg_build_payload(nlh, s);
		ret = 0;
	}
	nftnl_set_free(s);
	return (ret);
}

static int
put_bare(struct batch *b, uint16_t type, const struct fw_set *fs,
    uint16_t family)
{
	struct nlmsghdr	*nlh;

	if ((nlh = batch_add(b, type, family, 0, "set", fs->name)) == NULL)
		return (-1);
	/* Both messages name the set by the same two attributes. */
	_Static_assert(
	    (int)NFTA_SET_TABLE == (int)NFTA_SET_ELEM_LIST_TABLE &&
	    (int)NFTA_SET_NAME == (int)NFTA_SET_ELEM_LIST_SET,
	    "attributes differ");
	mnl_attr_put_strz(nlh, NFTA_SET_TABLE, FW_TABLE);
	mnl_attr_put_strz(nlh, NFTA_SET_NAME, fs->name);
	return (0);
}

int
put_flush(struct batch *b, const struct fw_set *fs, uint16_t family)
{
	return (put_bare(b, NFT_MSG_DELSETELEM, fs, family));
}

int
put_unset(struct batch *b, const struct fw_set *fs, uint16_t family)
{
	return (put_bare(b, NFT_MSG_DELSET, fs, family));
}

static int
pin_message(struct batch *b, uint16_t type, uint16_t family, const char *set,
    const struct netaddr *addr, uint16_t port, uint64_t ttl_ms)
{
	struct nftnl_set_elem	*e;
	struct nftnl_set	*s;
	struct nlmsghdr		*nlh;
	uint8_t			 key[20] = { 0 };
	uint32_t		 alen = addr->family == 4 ? 4 : 16;
	int			 ret = -1;

	memcpy(key, addr->a, alen);
	key[alen] = (uint8_t)(port >> 8);
	key[alen + 1] = (uint8_t)port;
	if ((s = set_new(set, family)) == NULL)
		return (-1);
	if ((e = elem_add(s, key, alen + 4)) == NULL)
		goto done;
	if (type == NFT_MSG_NEWSETELEM)
		nftnl_set_elem_set_u64(e, NFTNL_SET_ELEM_TIMEOUT, ttl_ms);
	if ((nlh = batch_add(b, type, family,
	    type == NFT_MSG_NEWSETELEM ? NLM_F_CREATE : 0, "pin of set",
	    set)) == NULL)
		goto done;
	nftnl_set_elems_nlmsg_build_payload(nlh, s);
	ret = 0;
 done:
	nftnl_set_free(s);
	return (ret);
}

/*
 * Adding what is there does not make it live longer, and deleting what is not
 * there fails: so add, delete, add, all in one transaction.
 */
int
put_pin(struct batch *b, uint16_t family, const char *set,
    const struct netaddr *addr, uint16_t port, uint64_t ttl_ms)
{
	if (pin_message(b, NFT_MSG_NEWSETELEM, family, set, addr, port,
	    ttl_ms) == -1 ||
	    pin_message(b, NFT_MSG_DELSETELEM, family, set, addr, port,
	    0) == -1 ||
	    pin_message(b, NFT_MSG_NEWSETELEM, family, set, addr, port,
	    ttl_ms) == -1)
		return (-1);
	return (0);
}

/* Deleting what has ended fails: so add, delete. */
int
put_unpin(struct batch *b, uint16_t family, const char *set,
    const struct netaddr *addr, uint16_t port)
{
	if (pin_message(b, NFT_MSG_NEWSETELEM, family, set, addr, port,
	    1000) == -1 ||
	    pin_message(b, NFT_MSG_DELSETELEM, family, set, addr, port,
	    0) == -1)
		return (-1);
	return (0);
}
