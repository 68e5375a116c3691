/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What the firewall exempts from the private ranges, and for which engine:
 * an api line's own address for its engine, providers for the gate, private
 * endpoints for the tools' tunnel, a site's networks for remote lines.  Run
 * by the parent.
 */
#include <stdlib.h>
#include <string.h>

#include "parent/fw/fw.h"
#include "parent/names/names.h"
#include "parent/names/url.h"
#include "telclauded/lib/util.h"

#define PRIVATES_MAX	1024

struct adding {
	struct fw_rules	*r;
	const char	*who;
	char		*why;
	size_t		 len;
};

static int
add(struct adding *x, const struct netaddr *a, uint8_t plen, uint16_t port)
{
	struct fw_private	*p;
	struct fw_rules		*r = x->r;

	if (r->nprivates == PRIVATES_MAX) {
		str_format(x->why, x->len, "more than %d private addresses "
		    "and ports: write prefixes", PRIVATES_MAX);
		return (-1);
	}
	p = &r->privates[r->nprivates++];
	memset(p, 0, sizeof(*p));
	str_copy(p->who, x->who, sizeof(p->who));
	p->addr = *a;
	p->plen = plen;
	p->port = port;
	return (0);
}

static int
add_host(struct adding *x, const char *host, uint16_t port)
{
	struct netaddr	 a;
	struct addrs	 lit;
	uint8_t		 plen;
	unsigned	 i;

	if (private_prefix(host, &a, &plen) == 0)
		return (add(x, &a, plen, port));
	names_literal(host, &lit);	/* localhost; a name has none */
	for (i = 0; i < lit.n; i++)
		if (add(x, &lit.a[i], lit.a[i].family == 4 ? 32 : 128,
		    port) == -1)
			return (-1);
	return (0);
}

/*
 * A URL that names an address (or localhost) means it, also when that
 * address is private: it is opened, with its port.  A name is never a reason
 * to open a private address.
 */
static int
add_url(struct adding *x, const char *key, const char *s)
{
	struct url	 u;

	if (s == NULL)
		return (0);
	if (url_parse(s, &u) == -1) {
		str_format(x->why, x->len, "%s \"%s\" is not "
		    "http(s)://HOST[:PORT]", key, s);
		return (-1);
	}
	return (add_host(x, u.host, u.port));
}

/* The tunnel's; the gate's too, for a provider that is named. */
static int
add_endpoints(struct adding *x, const struct conf *c, uint16_t port)
{
	const struct conf_private	*e;
	size_t				 i, k;

	TAILQ_FOREACH(e, &c->firewall.privates, entry)
		for (i = 0; i < e->hosts.n; i++)
			for (k = 0; k < e->nports; k++)
				if ((port == 0 || e->ports[k] == port) &&
				    add_host(x, e->hosts.v[i],
				    e->ports[k]) == -1)
					return (-1);
	return (0);
}

static int
add_providers(struct adding *x, const struct conf *c)
{
	const struct conf_provider	*v;
	struct url			 u;
	struct addrs			 lit;

	TAILQ_FOREACH(v, &c->providers, entry) {
		if (add_url(x, "provider url", v->url) == -1)
			return (-1);
		if (v->url != NULL && url_parse(v->url, &u) == 0 &&
		    names_literal(u.host, &lit) == 0 &&
		    add_endpoints(x, c, u.port) == -1)
			return (-1);
	}
	return (0);
}

static int
add_remotes(struct adding *x, const struct conf *c)
{
	const struct conf_agent	*a;
	struct fw_private	 site[NAMES_NSITE];
	unsigned		 i, n;

	TAILQ_FOREACH(a, &c->agents, entry) {
		if (a->remote == NULL || a->port == 0)
			continue;
		n = names_site(site, a->port);
		for (i = 0; i < n; i++)
			if (add(x, &site[i].addr, site[i].plen,
			    a->port) == -1)
				return (-1);
	}
	return (0);
}

int
fwprivate_make(const struct conf *c, struct fw_rules *r, char *why,
    size_t len)
{
	struct adding	 relay = { r, "relay", why, len };
	struct adding	 gate = { r, "gate", why, len };
	struct adding	 egress = { r, "egress", why, len };

	/* Most have few: the rest of the pages is never touched. */
	if ((r->privates = calloc(PRIVATES_MAX, sizeof(*r->privates))) ==
	    NULL) {
		str_format(why, len, "no memory");
		return (-1);
	}
	if (c->telegram.present && (add_url(&relay, "api",
	    c->telegram.api) == -1 || add_remotes(&relay, c) == -1))
		return (-1);
	if (c->anthropic.present && (add_url(&gate, "api",
	    c->anthropic.api) == -1 || add_providers(&gate, c) == -1))
		return (-1);
	return (add_endpoints(&egress, c, 0));
}
