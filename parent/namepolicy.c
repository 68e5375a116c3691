/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Who may name what (design 10.6), without any I/O.  Run by the parent; the
 * name comes from an engine that may be hijacked.
 */
#include <string.h>
#include <strings.h>

#include "parent/names.h"
#include "parent/url.h"
#include "telclauded/lib/util.h"

static const char *
api_of(const struct conf *c, enum proc proc)
{
	if (proc == PROC_RELAY && c->telegram.present)
		return (c->telegram.api);
	if (proc == PROC_GATE && c->anthropic.present)
		return (c->anthropic.api);
	return (NULL);
}

int
names_allowed(const struct conf *c, enum proc proc, enum scope scope,
    const char *host, uint16_t port)
{
	const char	*api = api_of(c, proc);
	struct url	 u;

	(void)scope;
	return (api != NULL && url_parse(api, &u) == 0 && u.port == port &&
	    strcasecmp(u.host, host) == 0);
}

unsigned
names_literal(const char *host, struct addrs *a)
{
	memset(a, 0, sizeof(*a));
	if (strcasecmp(host, "localhost") == 0) {
		/* IPv4 first: local servers listen there. */
		addr_parse("127.0.0.1", &a->a[0]);
		addr_parse("::1", &a->a[1]);
		a->n = 2;
	} else if (addr_parse(host, &a->a[0]) == 0)
		a->n = 1;
	return (a->n);
}

static int
same_addr(const struct netaddr *a, const struct netaddr *b)
{
	return (a->family == b->family &&
	    memcmp(a->a, b->a, a->family == 4 ? 4 : 16) == 0);
}

int
names_addr_ok(const struct conf *c, enum proc proc, const struct netaddr *a,
    uint16_t port, int (*public_ok)(const struct fw_rules *,
    const struct netaddr *, uint16_t))
{
	struct fw_rules	 none;
	struct addrs	 lit;
	struct url	 u;
	unsigned	 i;

	memset(&none, 0, sizeof(none));
	if (public_ok(&none, a, port))
		return (1);
	/* One engine's private endpoint is not the other's. */
	if (api_of(c, proc) == NULL || url_parse(api_of(c, proc), &u) == -1 ||
	    u.port != port)
		return (0);
	names_literal(u.host, &lit);
	for (i = 0; i < lit.n; i++)
		if (same_addr(&lit.a[i], a))
			return (1);
	return (0);
}

uint32_t
names_ttl(uint32_t ttl)
{
	return (MAXIMUM(NAME_TTL_MIN, MINIMUM(ttl, NAME_TTL_MAX)));
}
