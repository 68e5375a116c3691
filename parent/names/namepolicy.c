/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Who may name what (design 10.6), without any I/O.  Run by the parent; the
 * name comes from an engine that may be hijacked, for egress with bytes that
 * a tool chose.
 */
#include <string.h>
#include <strings.h>

#include "parent/names/names.h"
#include "parent/names/url.h"
#include "telclauded/lib/util.h"

#define HTTP_PORT	80
#define HTTPS_PORT	443

static void
yes(struct name_verdict *v, enum name_way way, const char *why)
{
	v->way = way;
	v->why = why;
}

static const char *
api_of(const struct conf *c, enum proc proc)
{
	if (proc == PROC_RELAY && c->telegram.present)
		return (c->telegram.api);
	if (proc == PROC_GATE && c->anthropic.present)
		return (c->anthropic.api);
	return (NULL);
}

/* Is host[:port] what this URL names?  port 0: any. */
static int
url_names(const char *s, const char *host, uint16_t port)
{
	struct url	 u;

	return (s != NULL && url_parse(s, &u) == 0 &&
	    (port == 0 || u.port == port) && strcasecmp(u.host, host) == 0);
}

/* --- relay and gate ---------------------------------------------------- */

static void
judge_relay(const struct conf *c, const char *host, uint16_t port,
    struct name_verdict *v)
{
	const struct conf_agent	*a;

	if (url_names(api_of(c, PROC_RELAY), host, port)) {
		yes(v, NW_API, "the api line of telegram");
		return;
	}
	TAILQ_FOREACH(a, &c->agents, entry)
		if (a->remote != NULL && a->port == port && port != 0 &&
		    strcasecmp(a->remote, host) == 0) {
			yes(v, NW_INTERNAL, "a remote line");
			return;
		}
}

static void
judge_gate(const struct conf *c, enum scope scope, const char *host,
    uint16_t port, struct name_verdict *v)
{
	const struct conf_provider	*x;

	if (url_names(api_of(c, PROC_GATE), host, port))
		yes(v, NW_API, "the api line of anthropic");
	else if (c->anthropic.present && c->anthropic.login != NULL &&
	    v->class == DC_LOGIN && domain_valid(host) && port == HTTPS_PORT)
		yes(v, NW_LOGIN, "the login line of anthropic");
	if (v->way != NW_NONE || scope == SCOPE_MOLTBOOK)
		return;
	TAILQ_FOREACH(x, &c->providers, entry)
		if (url_names(x->url, host, port)) {
			yes(v, NW_PROVIDER, "a provider's url");
			return;
		}
}

/* --- egress, for the tools of a scope ---------------------------------- */

/* Never names of the outside, whatever they resolve to. */
static int
is_inside(const char *host)
{
	static const char *const names[] = { "localhost", "*.localhost",
	    "localhost.localdomain", "ip6-localhost", "ip6-loopback",
	    "metadata", "metadata.google.internal", "metadata.goog",
	    "*.metadata.goog", "instance-data", "instance-data.ec2.internal",
	    "kubernetes", "kubernetes.default", "kubernetes.default.svc",
	    "*.kubernetes.default.svc", "host.docker.internal" };
	size_t	 i;

	for (i = 0; i < NELEM(names); i++)
		if (domain_match(names[i], host))
			return (1);
	return (0);
}

/* A host of another engine's row, wherever the configuration put it. */
static int
is_others(const struct conf *c, const char *host)
{
	const struct conf_provider	*x;
	const struct conf_agent		*a;

	if (url_names(c->telegram.api, host, 0) ||
	    url_names(c->anthropic.api, host, 0) ||
	    url_names(c->openai.api, host, 0))
		return (1);
	TAILQ_FOREACH(x, &c->providers, entry)
		if (url_names(x->url, host, 0))
			return (1);
	TAILQ_FOREACH(a, &c->agents, entry)
		if (a->remote != NULL && strcasecmp(a->remote, host) == 0)
			return (1);
	return (0);
}

static int
ports_have(const struct conf_domain *d, uint16_t port)
{
	size_t	 i;

	if (d == NULL || d->nports == 0)
		return (port == HTTPS_PORT || port == HTTP_PORT);
	for (i = 0; i < d->nports; i++)
		if (d->ports[i] == port)
			return (1);
	return (0);
}

static int
line_has(const struct conf_domain *d, const struct name_verdict *v,
    const char *host)
{
	size_t	 i;

	if (d->builtin)
		return (v->class == DC_TOOLS);
	for (i = 0; i < d->names.n; i++)
		if (domain_match(d->names.v[i], host))
			return (1);
	return (0);
}

static void
judge_lines(const struct conf *c, enum scope scope, const char *host,
    uint16_t port, struct name_verdict *v)
{
	const struct conf_domain	*d;

	TAILQ_FOREACH(d, &c->firewall.domains, entry)
		if (line_has(d, v, host))
			v->line = d;
	if (v->line != NULL && v->line->deny)
		v->why = "a deny line";
	else if (v->line != NULL && !ports_have(v->line, port))
		v->why = "the line that names it does not have this port";
	else if (v->line != NULL)
		yes(v, NW_DOMAIN, "an allow line");
	else if (c->firewall.mode != NET_PERMISSIVE ||
	    scope == SCOPE_MOLTBOOK)
		v->why = "no line names it";
	else if (strchr(host, '.') == NULL || !ports_have(NULL, port))
		v->why = "mode permissive opens ports 80 and 443 of public "
		    "hosts";
	else
		yes(v, NW_DOMAIN, "mode permissive");
}

/* 1: an endpoint has the last word on this name. */
static int
judge_private(const struct conf *c, const char *host, uint16_t port,
    struct name_verdict *v)
{
	const struct conf_private	*x;

	TAILQ_FOREACH(x, &c->firewall.privates, entry) {
		if (!private_names(x, host))
			continue;
		v->priv = x;
		if (private_port(x, port)) {
			yes(v, NW_PRIVATE, "a private endpoint");
			return (1);
		}
		v->why = "the private endpoint does not have this port";
	}
	return (v->priv != NULL);
}

/* Numbers and localhost: what an endpoint has, nothing else. */
static void
judge_literal(const struct conf *c, enum scope scope,
    const struct addrs *lit, uint16_t port, struct name_verdict *v)
{
	const struct conf_private	*x = NULL;
	unsigned			 i;

	v->why = "an address, and no private endpoint has it with this port";
	if (scope == SCOPE_MOLTBOOK)
		return;
	for (i = 0; i < lit->n && x == NULL; i++) {
		if (private_ours(c, &lit->a[i], port)) {
			v->why = "it belongs to another engine";
			return;
		}
		x = private_find(c, &lit->a[i], port);
	}
	if ((v->priv = x) != NULL)
		yes(v, NW_PRIVATE, "a private endpoint");
}

static void
judge_egress(const struct conf *c, enum scope scope, const char *host,
    uint16_t port, struct name_verdict *v)
{
	struct addrs	 lit;

	if (conf_agent_find(c, scope) == NULL) {
		v->why = "there is no agent of that scope";
		return;
	}
	if (port == 0) {
		v->why = "0 is no port";
		return;
	}
	if (names_literal(host, &lit) > 0) {
		judge_literal(c, scope, &lit, port, v);
		return;
	}
	if (!domain_valid(host))
		v->why = "not a host name";
	else if (v->class != DC_NONE && v->class != DC_TOOLS)
		v->why = "tools never reach names of this class";
	else if (is_others(c, host))
		v->why = "it belongs to another engine";
	else if (is_inside(host))
		v->why = "not a name of the outside";
	else if (scope == SCOPE_MOLTBOOK || !judge_private(c, host, port, v))
		judge_lines(c, scope, host, port, v);
}

/* ----------------------------------------------------------------------- */

void
names_judge(const struct conf *c, enum proc proc, enum scope scope,
    const char *host, uint16_t port, struct name_verdict *v)
{
	memset(v, 0, sizeof(*v));
	v->class = domain_class(host);
	v->why = "not a name of this engine's row";
	switch (proc) {
	case PROC_RELAY:
		judge_relay(c, host, port, v);
		break;
	case PROC_GATE:
		judge_gate(c, scope, host, port, v);
		break;
	case PROC_EGRESS:
		judge_egress(c, scope, host, port, v);
		break;
	default:
		break;
	}
}

int
names_allowed(const struct conf *c, enum proc proc, enum scope scope,
    const char *host, uint16_t port)
{
	struct name_verdict	 v;

	names_judge(c, proc, scope, host, port, &v);
	return (v.way != NW_NONE);
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

uint32_t
names_ttl(uint32_t ttl)
{
	return (MAXIMUM(NAME_TTL_MIN, MINIMUM(ttl, NAME_TTL_MAX)));
}

int
names_strict(enum proc proc)
{
	return (proc == PROC_EGRESS);
}
