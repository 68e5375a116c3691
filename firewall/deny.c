/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Which addresses no name may open.  Pure; run by the parent on what the
 * resolver says, which it does not trust.
 */
#include <string.h>

#include "firewall/plan.h"
#include "telclauded/lib/util.h"

/*
 * Closed always, to everybody, whatever the configuration says: where clouds
 * keep credentials, and link-local.
 */
const struct fw_prefix fw_meta[] = {
	{ 4, 32, { 100, 100, 100, 200 } },
	{ 4, 32, { 168, 63, 129, 16 } },
	{ 4, 16, { 169, 254 } },
	{ 6, 128, { 0xfd, 0x00, 0x00, 0x42, [15] = 0x42 } },
	{ 6, 128, { 0xfd, 0x00, 0x0e, 0xc2, [15] = 0x23 } },
	{ 6, 128, { 0xfd, 0x00, 0x0e, 0xc2, [14] = 0x02, [15] = 0x54 } },
	{ 6, 128, { 0xfd, 0x20, 0x00, 0xce, [14] = 0x02, [15] = 0x54 } },
	{ 6, 10, { 0xfe, 0x80 } },
};
const unsigned fw_nmeta = NELEM(fw_meta);

/* Closed unless a private endpoint names address and port. */
static const struct fw_prefix denied[] = {
	{ 4, 8, { 0 } },			/* this network */
	{ 4, 8, { 10 } },
	{ 4, 10, { 100, 64 } },			/* carrier NAT */
	{ 4, 8, { 127 } },
	{ 4, 12, { 172, 16 } },
	{ 4, 24, { 192, 0, 0 } },		/* protocol assignments */
	{ 4, 24, { 192, 88, 99 } },		/* 6to4 relays */
	{ 4, 16, { 192, 168 } },
	{ 4, 15, { 198, 18 } },			/* benchmarking */
	{ 4, 4, { 224 } },			/* multicast */
	{ 4, 4, { 240 } },			/* reserved, broadcast */
	{ 6, 23, { 0x20, 0x01 } },		/* protocols: Teredo, ORCHID */
	{ 6, 16, { 0x20, 0x02 } },		/* 6to4, a v4 inside */
	{ 6, 20, { 0x3f, 0xff } },		/* documentation */
};

/*
 * Of IPv6 only global unicast is open at all.  That leaves out ::, ::1,
 * v4-compatible, v4-mapped, v4-translated, local NAT64, discard, segment
 * routing, unique local, site local, link local, multicast, and whatever
 * comes next.
 */
static const uint8_t global6[1] = { 0x20 };
#define GLOBAL6_LEN	3

/* RFC 6052: what is below it is an IPv4 address in the last four bytes. */
static const uint8_t nat64[12] = { 0x00, 0x64, 0xff, 0x9b };
static const uint8_t local64[6] = { 0x00, 0x64, 0xff, 0x9b, 0x00, 0x01 };

int
prefix_match(const uint8_t *prefix, uint8_t plen, const uint8_t *a)
{
	size_t		 whole = plen / 8;
	uint8_t		 mask;

	if (memcmp(prefix, a, whole) != 0)
		return (0);
	if (plen % 8 == 0)
		return (1);
	mask = (uint8_t)(0xff << (8 - plen % 8));
	return ((prefix[whole] & mask) == (a[whole] & mask));
}

static int
in_table(const struct fw_prefix *t, size_t n, const struct netaddr *addr)
{
	size_t	 i;

	for (i = 0; i < n; i++)
		if (t[i].family == addr->family &&
		    prefix_match(t[i].a, t[i].plen, addr->a))
			return (1);
	return (0);
}

static struct netaddr
v4_at(const struct netaddr *addr, const unsigned at[4], uint8_t flip)
{
	struct netaddr	 v4;
	unsigned	 i;

	memset(&v4, 0, sizeof(v4));
	v4.family = 4;
	for (i = 0; i < 4; i++)
		v4.a[i] = addr->a[at[i]] ^ flip;
	return (v4);
}

static int
is_nat64(const struct netaddr *addr)
{
	return (addr->family == 6 &&
	    memcmp(addr->a, nat64, sizeof(nat64)) == 0);
}

/* An interface identifier with an IPv4 address in it (ISATAP). */
static int
is_isatap(const struct netaddr *addr)
{
	return (addr->family == 6 && (addr->a[8] & 0xfd) == 0 &&
	    addr->a[9] == 0 && addr->a[10] == 0x5e && addr->a[11] == 0xfe);
}

/*
 * The IPv4 addresses that an IPv6 address stands for, in any of the forms
 * that a router or a translator on the way might undo; how many.
 */
static unsigned
inner(const struct netaddr *addr, struct netaddr v4[3])
{
	static const unsigned	 last[4] = { 12, 13, 14, 15 };
	static const unsigned	 to4[4] = { 2, 3, 4, 5 };
	static const unsigned	 server[4] = { 4, 5, 6, 7 };
	static const unsigned	 in48[4] = { 6, 7, 9, 10 };
	const uint8_t		*a = addr->a;
	unsigned		 n = 0;

	if (addr->family != 6)
		return (0);
	if (a[0] == 0x20 && a[1] == 0x02)
		v4[n++] = v4_at(addr, to4, 0);
	else if (a[0] == 0x20 && a[1] == 0x01 && a[2] == 0 && a[3] == 0) {
		v4[n++] = v4_at(addr, server, 0);
		v4[n++] = v4_at(addr, last, 0xff);
	} else if (memcmp(a, local64, sizeof(local64)) == 0) {
		v4[n++] = v4_at(addr, in48, 0);
		v4[n++] = v4_at(addr, last, 0);
	} else if (a[0] == 0 || is_isatap(addr))
		/* mapped, compatible, translated, NAT64, ISATAP */
		v4[n++] = v4_at(addr, last, 0);
	return (n);
}

int
addr_is_meta(const struct netaddr *addr)
{
	struct netaddr	 v4[3];
	unsigned	 i, n = inner(addr, v4);

	for (i = 0; i < n; i++)
		if (in_table(fw_meta, fw_nmeta, &v4[i]))
			return (1);
	return (in_table(fw_meta, fw_nmeta, addr));
}

int
addr_is_denied(const struct netaddr *addr)
{
	struct netaddr	 v4[3];

	if (addr->family != 4 && addr->family != 6)
		return (1);
	if (addr_is_meta(addr))
		return (1);
	if (is_nat64(addr) || is_isatap(addr)) {
		(void)inner(addr, v4);
		if (in_table(denied, NELEM(denied), &v4[0]))
			return (1);
	}
	if (is_nat64(addr))
		return (0);
	return (in_table(denied, NELEM(denied), addr) ||
	    (addr->family == 6 &&
	    !prefix_match(global6, GLOBAL6_LEN, addr->a)));
}

int
addr_is_private(const struct fw_rules *rules, const char *who,
    const struct netaddr *addr, uint16_t port)
{
	const struct fw_private	*p;
	unsigned		 i;

	for (i = 0; i < rules->nprivates; i++) {
		p = &rules->privates[i];
		if (who != NULL && p->who[0] != '\0' &&
		    strcmp(p->who, who) != 0)
			continue;
		if (p->addr.family == addr->family && p->port == port &&
		    prefix_match(p->addr.a, p->plen, addr->a))
			return (1);
	}
	return (0);
}

int
addr_ok(const struct fw_rules *rules, const char *who,
    const struct netaddr *addr, uint16_t port)
{
	if (port == 0 || (addr->family != 4 && addr->family != 6))
		return (0);
	if (addr_is_meta(addr))
		return (0);
	if (addr_is_private(rules, who, addr, port))
		return (1);
	return (!addr_is_denied(addr));
}

int
fw_addr_ok(const struct fw_rules *rules, const struct netaddr *addr,
    uint16_t port)
{
	return (addr_ok(rules, NULL, addr, port));
}
