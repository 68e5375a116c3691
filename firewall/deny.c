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
	{ 6, 96, { 0 } },			/* ::, ::1, v4-compatible */
	{ 6, 96, { [10] = 0xff, [11] = 0xff } }, /* v4-mapped */
	{ 6, 96, { [8] = 0xff, [9] = 0xff } },	/* v4-translated (SIIT) */
	{ 6, 48, { 0x00, 0x64, 0xff, 0x9b, 0x00, 0x01 } }, /* local NAT64 */
	{ 6, 64, { 0x01, 0x00 } },		/* discard */
	{ 6, 32, { 0x20, 0x01 } },		/* Teredo, a v4 inside */
	{ 6, 16, { 0x20, 0x02 } },		/* 6to4, a v4 inside */
	{ 6, 7, { 0xfc } },			/* unique local */
	{ 6, 10, { 0xfe, 0xc0 } },		/* site local */
	{ 6, 8, { 0xff } },			/* multicast */
};

/* RFC 6052: what is below it is an IPv4 address in the last four bytes. */
static const uint8_t nat64[12] = { 0x00, 0x64, 0xff, 0x9b };

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

/* The IPv4 address inside a NAT64 one; 0 when it is none. */
static int
nat64_inner(const struct netaddr *addr, struct netaddr *v4)
{
	if (addr->family != 6 || memcmp(addr->a, nat64, sizeof(nat64)) != 0)
		return (0);
	memset(v4, 0, sizeof(*v4));
	v4->family = 4;
	memcpy(v4->a, addr->a + 12, 4);
	return (1);
}

int
addr_is_meta(const struct netaddr *addr)
{
	struct netaddr	 v4;

	if (nat64_inner(addr, &v4))
		return (in_table(fw_meta, fw_nmeta, &v4));
	return (in_table(fw_meta, fw_nmeta, addr));
}

int
addr_is_denied(const struct netaddr *addr)
{
	struct netaddr	 v4;

	if (addr->family != 4 && addr->family != 6)
		return (1);
	if (addr_is_meta(addr))
		return (1);
	if (nat64_inner(addr, &v4))
		return (in_table(denied, NELEM(denied), &v4));
	return (in_table(denied, NELEM(denied), addr));
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
