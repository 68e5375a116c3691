/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Which addresses a name may have, once it was judged why it may be asked
 * for.  Pure; run by the parent on what the resolver says, which it does not
 * trust: no answer opens a range that the configuration did not.
 */
#include <string.h>

#include "parent/names/names.h"
#include "telclauded/lib/util.h"

static int
is_public(const struct netaddr *a, uint16_t port)
{
	struct fw_rules	 none;

	memset(&none, 0, sizeof(none));
	return (fw_addr_ok(&none, a, port));
}

static int
in_provider(const struct conf *c, const struct netaddr *a, uint16_t port)
{
	const struct conf_provider	*x;

	TAILQ_FOREACH(x, &c->providers, entry)
		if (private_url(x->url, a, port))
			return (1);
	return (private_find(c, a, port) != NULL);
}

/* Public, or on the networks a site numbers itself. */
static int
in_site(const struct netaddr *a, uint16_t port)
{
	struct fw_private	 site[NAMES_NSITE];
	struct fw_rules		 r;

	memset(&r, 0, sizeof(r));
	r.privates = site;
	r.nprivates = names_site(site, port);
	return (fw_addr_ok(&r, a, port));
}

unsigned
names_site(struct fw_private site[NAMES_NSITE], uint16_t port)
{
	static const char *const nets[NAMES_NSITE] = { "10.0.0.0/8",
	    "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7" };
	unsigned	 i;

	memset(site, 0, NAMES_NSITE * sizeof(*site));
	for (i = 0; i < NAMES_NSITE; i++) {
		(void)private_prefix(nets[i], &site[i].addr, &site[i].plen);
		site[i].port = port;
	}
	return (NAMES_NSITE);
}

int
names_addr_ok(const struct conf *c, const struct name_verdict *v,
    enum proc proc, const struct netaddr *a, uint16_t port)
{
	switch (v->way) {
	case NW_API:
		/* One engine's private endpoint is not the other's. */
		return (is_public(a, port) || private_url(proc == PROC_RELAY ?
		    c->telegram.api : c->anthropic.api, a, port));
	case NW_LOGIN:
	case NW_DOMAIN:
		return (is_public(a, port));
	case NW_PRIVATE:
		return (v->priv != NULL && private_covers(v->priv, a, port) &&
		    !private_ours(c, a, port));
	case NW_PROVIDER:
		return (in_provider(c, a, port));
	case NW_INTERNAL:
		return (in_site(a, port));
	case NW_NONE:
		break;
	}
	return (0);
}
