/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What is pinned: which name, for which engine and scope, until when.  The
 * kernel's sets are the truth for packets; this is why each address is in
 * them, so that it can be shown and taken back.  Run by the parent.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "parent/names/names_int.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

/* The engine connects until its time is over; the pin ends a little later. */
#define PIN_GRACE	15
/* Addresses: of one name, and of one scope of an engine; with two scopes the
 * sets (1024 a family) are never full. */
#define NAME_ADDRS_USED	8
#define SCOPE_ADDRS	448
#define PINS_MAX	1024

static int
same_addr(const struct netaddr *a, const struct netaddr *b)
{
	return (a->family == b->family &&
	    memcmp(a->a, b->a, a->family == 4 ? 4 : 16) == 0);
}

static int
has_addr(const struct pin *k, const struct netaddr *a)
{
	unsigned	 i;

	for (i = 0; i < k->addrs.n; i++)
		if (same_addr(&k->addrs.a[i], a))
			return (1);
	return (0);
}

/* Another name of the same engine that needs this address and port. */
static const struct pin *
other(const struct names *n, const struct pin *k, const struct netaddr *a)
{
	const struct pin	*o;

	TAILQ_FOREACH(o, &n->pins, entry)
		if (o != k && o->proc == k->proc && o->port == k->port &&
		    o->until > now_ms() && has_addr(o, a))
			return (o);
	return (NULL);
}

static void
forget(struct names *n, struct pin *k)
{
	TAILQ_REMOVE(&n->pins, k, entry);
	n->npins--;
	free(k);
}

static void
take_back(struct parent *p, struct pin *k)
{
	unsigned	 i;

	for (i = 0; p->fw != NULL && i < k->addrs.n; i++)
		if (other(p->names, k, &k->addrs.a[i]) == NULL &&
		    fw_unpin(p->fw, k->fwname, &k->addrs.a[i],
		    k->port) == -1)
			log_warn("firewall: cannot take back a pin of %s",
			    k->host);
	forget(p->names, k);
}

static struct pin *
find(struct names *n, enum proc proc, enum scope scope, const char *host,
    uint16_t port)
{
	struct pin	*k;

	TAILQ_FOREACH(k, &n->pins, entry)
		if (k->proc == proc && k->scope == scope && k->port == port &&
		    strcasecmp(k->host, host) == 0)
			return (k);
	return (NULL);
}

struct pin *
pins_find(struct names *n, enum proc proc, enum scope scope,
    const char *host, uint16_t port)
{
	struct pin	*k = find(n, proc, scope, host, port);

	return (k != NULL && k->until > now_ms() ? k : NULL);
}

void
pins_asked(struct names *n, enum proc proc, enum scope scope,
    const char *host, uint16_t port)
{
	struct pin	*k = pins_find(n, proc, scope, host, port);

	if (k != NULL)
		k->asked++;
}

/* Room for more addresses of this scope: the least lately asked for go. */
static void
make_room(struct parent *p, enum proc proc, enum scope scope, unsigned more)
{
	struct names	*n = p->names;
	struct pin	*k, *next;
	unsigned	 sum = more;

	for (k = TAILQ_FIRST(&n->pins); k != NULL; k = next) {
		next = TAILQ_NEXT(k, entry);
		if (k->until + PIN_GRACE * 1000 < now_ms())
			forget(n, k);
		else if (k->proc == proc && k->scope == scope)
			sum += k->addrs.n;
	}
	for (k = TAILQ_FIRST(&n->pins); k != NULL && sum > SCOPE_ADDRS;
	    k = next) {
		next = TAILQ_NEXT(k, entry);
		if (k->proc != proc || k->scope != scope)
			continue;
		sum -= k->addrs.n;
		take_back(p, k);
	}
	if (n->npins >= PINS_MAX)
		take_back(p, TAILQ_FIRST(&n->pins));
}

/* Never shorter than another name that has the address was promised. */
static uint32_t
pin_seconds(const struct names *n, const struct pin *k,
    const struct netaddr *a, uint32_t ttl)
{
	const struct pin	*o;
	uint64_t		 now = now_ms(), s = ttl;

	TAILQ_FOREACH(o, &n->pins, entry)
		if (o != k && o->proc == k->proc && o->port == k->port &&
		    o->until > now && has_addr(o, a))
			s = MAXIMUM(s, (o->until - now) / 1000 + 1);
	return ((uint32_t)s + PIN_GRACE);
}

static struct pin *
pin_new(struct engine *e, enum scope scope, const char *host, uint16_t port)
{
	struct names	*n = e->p->names;
	struct pin	*k;

	if ((k = find(n, e->row->proc, scope, host, port)) != NULL) {
		TAILQ_REMOVE(&n->pins, k, entry);
		TAILQ_INSERT_TAIL(&n->pins, k, entry);
		return (k);
	}
	if ((k = calloc(1, sizeof(*k))) == NULL)
		return (NULL);
	k->proc = e->row->proc;
	k->scope = scope;
	k->port = port;
	(void)str_copy(k->fwname, e->fwname, sizeof(k->fwname));
	(void)str_copy(k->host, host, sizeof(k->host));
	TAILQ_INSERT_TAIL(&n->pins, k, entry);
	n->npins++;
	return (k);
}

void
pins_drop(struct parent *p, enum proc proc, enum scope scope,
    const char *host, uint16_t port)
{
	struct pin	*k = find(p->names, proc, scope, host, port);

	if (k != NULL)
		take_back(p, k);
}

unsigned
pins_add(struct engine *e, enum scope scope, const char *host, uint16_t port,
    struct addrs *a, uint32_t ttl)
{
	struct parent	*p = e->p;
	struct addrs	 done;
	struct pin	*k;
	unsigned	 i;

	if (a->n > NAME_ADDRS_USED)
		a->n = NAME_ADDRS_USED;
	make_room(p, e->row->proc, scope, a->n);
	if ((k = pin_new(e, scope, host, port)) == NULL)
		return (0);
	memset(&done, 0, sizeof(done));
	for (i = 0; i < a->n; i++) {
		if (p->fw != NULL && fw_pin(p->fw, e->fwname, &a->a[i], port,
		    pin_seconds(p->names, k, &a->a[i], ttl)) == -1) {
			log_warn("firewall: cannot pin %s port %u for %s",
			    host, port, e->name);
			continue;
		}
		done.a[done.n++] = a->a[i];
	}
	*a = k->addrs = done;
	k->until = now_ms() + (uint64_t)ttl * 1000;
	e->pinned = MAXIMUM(e->pinned, k->until + PIN_GRACE * 1000);
	if (done.n == 0)
		forget(p->names, k);
	return (done.n);
}

int
pins_closed(const struct names *n, const struct netaddr *a)
{
	const struct pin	*k;
	enum domain_class	 c;

	TAILQ_FOREACH(k, &n->pins, entry) {
		if (k->proc == PROC_EGRESS || !has_addr(k, a))
			continue;
		c = domain_class(k->host);
		if (c != DC_NONE && c != DC_TOOLS)
			return (1);
	}
	return (0);
}

static int
still_ok(const struct parent *p, const struct pin *k)
{
	struct name_verdict	 v;
	unsigned		 i;

	names_judge(p->conf, k->proc, k->scope, k->host, k->port, &v);
	for (i = 0; i < k->addrs.n; i++)
		if (!names_addr_ok(p->conf, &v, k->proc, &k->addrs.a[i],
		    k->port))
			return (0);
	return (v.way != NW_NONE);
}

void
names_recheck(struct parent *p)
{
	struct pin	*k, *next;

	said_clear(p->names);
	for (k = TAILQ_FIRST(&p->names->pins); k != NULL; k = next) {
		next = TAILQ_NEXT(k, entry);
		if (still_ok(p, k))
			continue;
		log_info("%s port %u is no longer open to %s", k->host,
		    k->port, k->fwname);
		take_back(p, k);
	}
}

void
pins_free(struct names *n)
{
	struct pin	*k;

	while ((k = TAILQ_FIRST(&n->pins)) != NULL)
		forget(n, k);
}

void
names_each(struct parent *p, void (*fn)(const struct name_open *, void *),
    void *ctx)
{
	const struct pin	*k;
	struct name_open	 o;
	uint64_t		 now = now_ms();

	TAILQ_FOREACH(k, &p->names->pins, entry) {
		if (k->until <= now)
			continue;
		o.fwname = k->fwname;
		o.host = k->host;
		o.scope = k->scope;
		o.port = k->port;
		o.addrs = &k->addrs;
		o.left_s = (k->until - now) / 1000;
		o.asked = k->asked;
		fn(&o, ctx);
	}
}
