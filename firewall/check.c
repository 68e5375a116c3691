/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Is a set of rules one that may be applied?  Pure; run by the parent before
 * anything reaches the kernel.
 */
#include <string.h>

#include "firewall/plan.h"
#include "telclauded/lib/util.h"

/* Names become names of chains and sets: letters, digits, underscore. */
static int
user_ok(const char *name, size_t size)
{
	size_t	 len = strnlen(name, size);

	if (len == 0 || len == size || name[0] < 'a' || name[0] > 'z')
		return (0);
	return (strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == len);
}

/* Every set and chain but those of uids has one of these names. */
static int
name_taken(const char *name)
{
	static const char *const ours[] = { "meta", "ours", "uids", "deny" };
	size_t			 i;

	for (i = 0; i < NELEM(ours); i++)
		if (strcmp(name, ours[i]) == 0)
			return (1);
	return (0);
}

static int
check_uids(const struct fw_rules *rules, char *why, size_t whylen)
{
	const struct fw_uid	*u;
	unsigned		 i, k;

	for (i = 0; i < rules->nuids; i++) {
		u = &rules->uids[i];
		if (!user_ok(u->name, sizeof(u->name)) || name_taken(u->name)) {
			str_format(why, whylen,
			    "row %u of the firewall has no usable name", i);
			return (-1);
		}
		/* A rule on root would cut the host off. */
		if (u->uid == 0 || u->uid == (uid_t)-1) {
			str_format(why, whylen,
			    "%s has uid %u, which the firewall never touches",
			    u->name, (unsigned)u->uid);
			return (-1);
		}
		for (k = 0; k < i; k++) {
			if (rules->uids[k].uid != u->uid &&
			    strcmp(rules->uids[k].name, u->name) != 0)
				continue;
			str_format(why, whylen,
			    "%s and %s share a uid or a name in the firewall",
			    rules->uids[k].name, u->name);
			return (-1);
		}
	}
	return (0);
}

static int
check_privates(const struct fw_rules *rules, char *why, size_t whylen)
{
	const struct fw_private	*p;
	unsigned		 i;

	for (i = 0; i < rules->nprivates; i++) {
		p = &rules->privates[i];
		if (p->port != 0 &&
		    ((p->addr.family == 4 && p->plen <= 32) ||
		    (p->addr.family == 6 && p->plen <= 128)))
			continue;
		str_format(why, whylen,
		    "private endpoint %u has no port or no prefix", i + 1);
		return (-1);
	}
	return (0);
}

/* A rule that looks at strangers must be as narrow as it was meant. */
static int
check_doors(const struct fw_rules *rules, char *why, size_t whylen)
{
	const struct fw_door	*d;
	unsigned		 i, k;

	for (i = 0; i < rules->ndoors; i++) {
		d = &rules->doors[i];
		if (d->addr.family != 4 || d->addr.a[0] != 127 ||
		    d->uid == 0 || d->nports > FW_DOORPORTS)
			break;
		for (k = 0; k < d->nports && d->ports[k].port != 0; k++)
			;
		if (k < d->nports)
			break;
	}
	if (i == rules->ndoors)
		return (0);
	str_format(why, whylen, "the tools' way out is not on the loopback "
	    "of a user of their own");
	return (-1);
}

static int
check_nameservers(const struct addrs *ns, char *why, size_t whylen)
{
	unsigned	 i, usable = 0;

	for (i = 0; i < ns->n; i++)
		if (!addr_is_meta(&ns->a[i]))
			usable++;
	if (ns->n == 0 || usable > 0)
		return (0);
	str_format(why, whylen, "every name server is a link-local or "
	    "metadata address, and those stay closed: set resolver { ADDRESS } "
	    "in the firewall block");
	return (-1);
}

int
fw_check(const struct fw_rules *rules, char *why, size_t whylen)
{
	if (rules->nuids > FW_MAXUIDS || rules->nameservers.n > ADDRS_MAX ||
	    rules->ndoors > NELEM(rules->doors)) {
		str_format(why, whylen, "too many uids in the firewall");
		return (-1);
	}
	if (check_uids(rules, why, whylen) == -1 ||
	    check_privates(rules, why, whylen) == -1 ||
	    check_doors(rules, why, whylen) == -1)
		return (-1);
	return (check_nameservers(&rules->nameservers, why, whylen));
}
