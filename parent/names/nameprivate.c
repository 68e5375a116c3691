/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Private endpoints: addresses that only the configuration itself opens, by
 * number.  A name among the hosts of an endpoint says which name may be asked
 * for; where it may lead is said by the addresses beside it, never by an
 * answer.  Pure; run by the parent.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "parent/names/names.h"
#include "parent/names/url.h"
#include "telclauded/lib/util.h"

int
private_prefix(const char *s, struct netaddr *a, uint8_t *plen)
{
	char		 host[64], *end;
	const char	*slash = strchr(s, '/');
	unsigned long	 n;

	if (str_format(host, sizeof(host), "%.*s", slash == NULL ?
	    (int)strnlen(s, sizeof(host)) : (int)(slash - s), s) == -1 ||
	    addr_parse(host, a) == -1)
		return (-1);
	*plen = a->family == 4 ? 32 : 128;
	if (slash == NULL)
		return (0);
	n = strtoul(slash + 1, &end, 10);
	if (slash[1] < '0' || slash[1] > '9' || *end != '\0' || n > *plen)
		return (-1);
	*plen = (uint8_t)n;
	return (0);
}

int
private_port(const struct conf_private *x, uint16_t port)
{
	size_t	 i;

	for (i = 0; i < x->nports; i++)
		if (x->ports[i] == port)
			return (1);
	return (0);
}

int
private_names(const struct conf_private *x, const char *host)
{
	size_t	 i;

	for (i = 0; i < x->hosts.n; i++)
		if (strcasecmp(x->hosts.v[i], host) == 0)
			return (1);
	return (0);
}

static int
same_prefix(const struct netaddr *p, uint8_t plen, const struct netaddr *a)
{
	size_t	 whole = plen / 8;
	uint8_t	 mask = (uint8_t)(0xff << (8 - plen % 8));

	if (p->family != a->family || memcmp(p->a, a->a, whole) != 0)
		return (0);
	return (plen % 8 == 0 || (p->a[whole] & mask) == (a->a[whole] & mask));
}

/* Metadata and link-local stay closed, whoever lists them. */
static int
not_meta(const struct netaddr *a, uint16_t port)
{
	struct fw_private	 one;
	struct fw_rules		 r;

	memset(&one, 0, sizeof(one));
	memset(&r, 0, sizeof(r));
	one.addr = *a;
	one.plen = a->family == 4 ? 32 : 128;
	one.port = port;
	r.privates = &one;
	r.nprivates = 1;
	return (fw_addr_ok(&r, a, port));
}

int
private_covers(const struct conf_private *x, const struct netaddr *a,
    uint16_t port)
{
	struct netaddr	 p;
	struct addrs	 lit;
	uint8_t		 plen;
	size_t		 i;
	unsigned	 k;

	if (!private_port(x, port) || !not_meta(a, port))
		return (0);
	for (i = 0; i < x->hosts.n; i++) {
		if (private_prefix(x->hosts.v[i], &p, &plen) == 0) {
			if (same_prefix(&p, plen, a))
				return (1);
			continue;
		}
		names_literal(x->hosts.v[i], &lit);	/* localhost */
		for (k = 0; k < lit.n; k++)
			if (same_prefix(&lit.a[k],
			    lit.a[k].family == 4 ? 32 : 128, a))
				return (1);
	}
	return (0);
}

const struct conf_private *
private_find(const struct conf *c, const struct netaddr *a, uint16_t port)
{
	const struct conf_private	*x;

	TAILQ_FOREACH(x, &c->firewall.privates, entry)
		if (private_covers(x, a, port))
			return (x);
	return (NULL);
}

int
private_url(const char *s, const struct netaddr *a, uint16_t port)
{
	struct addrs	 lit;
	struct url	 u;
	unsigned	 i;

	if (s == NULL || url_parse(s, &u) == -1 || u.port != port)
		return (0);
	names_literal(u.host, &lit);
	for (i = 0; i < lit.n; i++)
		if (same_prefix(&lit.a[i], lit.a[i].family == 4 ? 32 : 128,
		    a))
			return (1);
	return (0);
}

int
private_ours(const struct conf *c, const struct netaddr *a, uint16_t port)
{
	const struct conf_provider	*v;

	if (private_url(c->telegram.api, a, port) ||
	    private_url(c->anthropic.api, a, port) ||
	    private_url(c->openai.api, a, port))
		return (1);
	TAILQ_FOREACH(v, &c->providers, entry)
		if (private_url(v->url, a, port))
			return (1);
	return (0);
}
