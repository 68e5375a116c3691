/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * From a name to a pinned address: check the asker's row, ask the resolver,
 * range-check what it says, pin, answer.  Run by the parent; trusts neither
 * the asker nor the resolver.
 */
#include <sys/queue.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "parent/names.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

#define LOOKUPS_MAX	8
#define WAITERS_MAX	16
/* The engine connects until its time is over; the pin ends a little later. */
#define PIN_GRACE	15

struct waiter {
	struct engine	*e;
	uint32_t	 id;
	enum scope	 scope;
	uint16_t	 port;
};

struct lookup {
	TAILQ_ENTRY(lookup) entry;
	char		 host[254];
	uint32_t	 id;		/* of the RESOLVE */
	struct waiter	 w[WAITERS_MAX];
	unsigned	 nw;
};

struct names {
	TAILQ_HEAD(, lookup) open;
	unsigned	 n;
};

struct names *
names_new(void)
{
	struct names	*n;

	if ((n = calloc(1, sizeof(*n))) != NULL)
		TAILQ_INIT(&n->open);
	return (n);
}

static void
lookup_free(struct names *n, struct lookup *k)
{
	TAILQ_REMOVE(&n->open, k, entry);
	n->n--;
	free(k);
}

void
names_free(struct names *n)
{
	struct lookup	*k;

	if (n == NULL)
		return;
	while ((k = TAILQ_FIRST(&n->open)) != NULL)
		lookup_free(n, k);
	free(n);
}

static void
refuse(struct engine *e, uint32_t id, enum name_err err)
{
	struct msg_NAME_ADDRS	 m;

	memset(&m, 0, sizeof(m));
	m.err = (uint8_t)err;
	if (e->link != NULL)
		msg_send_NAME_ADDRS(e->link, id, -1, &m);
}

/*
 * What of an answer may be pinned.  A tool's name gets all or nothing: one
 * address that it may not have makes the answer a lie.
 */
static void
usable(struct engine *e, const struct name_verdict *v, uint16_t port,
    const struct addrs *a, struct addrs *out)
{
	unsigned	 i;

	memset(out, 0, sizeof(*out));
	for (i = 0; i < a->n && i < ADDRS_MAX; i++) {
		if (names_addr_ok(e->p->conf, v, e->row->proc, &a->a[i],
		    port))
			out->a[out->n++] = a->a[i];
		else if (names_strict(e->row->proc)) {
			out->n = 0;
			return;
		}
	}
}

static void
say_private(struct engine *e, const struct name_verdict *v, const char *host)
{
	if (!engine_may_log(e))
		return;
	if (v->way == NW_API)
		log_warnx("%s: %s has only private addresses; to mean one, "
		    "write the address itself in `api'", e->name, host);
	else
		log_warnx("%s: %s has an address that %s does not open; "
		    "refused", e->name, host, v->why);
	audit_event(e->p, "address_refused", "%s: %s", e->name, host);
}

/* Pins what may be pinned and answers with exactly that. */
static void
answer(struct engine *e, uint32_t id, const struct name_verdict *v,
    uint16_t port, const struct addrs *a, uint32_t ttl, const char *host)
{
	struct parent		*p = e->p;
	struct msg_NAME_ADDRS	 m;
	struct addrs		 good;
	unsigned		 i;

	usable(e, v, port, a, &good);
	if (good.n == 0) {
		say_private(e, v, host);
		refuse(e, id, NE_PRIVATE);
		return;
	}
	memset(&m, 0, sizeof(m));
	m.ttl = ttl;
	for (i = 0; i < good.n; i++) {
		if (p->fw != NULL && fw_pin(p->fw, e->fwname, &good.a[i],
		    port, ttl + PIN_GRACE) == -1) {
			log_warn("firewall: cannot pin %s port %u for %s",
			    host, port, e->name);
			continue;
		}
		m.addrs.a[m.addrs.n++] = good.a[i];
	}
	if (m.addrs.n == 0) {
		refuse(e, id, NE_BROKEN);
		return;
	}
	e->pinned = now_ms() + ((uint64_t)ttl + PIN_GRACE) * 1000;
	if (e->link != NULL)
		msg_send_NAME_ADDRS(e->link, id, -1, &m);
}

static struct lookup *
lookup_find(struct names *n, const char *host)
{
	struct lookup	*k;

	TAILQ_FOREACH(k, &n->open, entry)
		if (strcasecmp(k->host, host) == 0)
			return (k);
	return (NULL);
}

static struct lookup *
lookup_new(struct parent *p, const char *host)
{
	struct engine		*r = table_find(p, PROC_RESOLVER, SCOPE_NONE);
	struct msg_RESOLVE	 m;
	struct lookup		*k;

	if (r == NULL || r->state != ES_RUN || r->link == NULL ||
	    (k = calloc(1, sizeof(*k))) == NULL)
		return (NULL);
	memset(&m, 0, sizeof(m));
	if (str_copy(k->host, host, sizeof(k->host)) == -1 ||
	    str_copy(m.host, host, sizeof(m.host)) == -1 ||
	    (k->id = msg_send_RESOLVE(r->link, 0, -1, &m)) == 0) {
		free(k);
		return (NULL);
	}
	TAILQ_INSERT_TAIL(&p->names->open, k, entry);
	p->names->n++;
	return (k);
}

void
names_need(struct engine *e, const struct msg_NAME_NEED *m, uint32_t id)
{
	struct parent		*p = e->p;
	struct lookup		*k;
	struct name_verdict	 v;
	struct addrs		 lit;

	names_judge(p->conf, e->row->proc, (enum scope)m->scope, m->host,
	    m->port, &v);
	if (v.way == NW_NONE) {
		if (engine_may_log(e)) {
			log_warnx("%s asked for a name that is not in its "
			    "row; refused", e->name);
			audit_event(p, "name_refused", "%s: port %u of %s",
			    e->name, m->port, m->host);
		}
		refuse(e, id, NE_REFUSED);
		return;
	}
	if (names_literal(m->host, &lit) > 0) {
		answer(e, id, &v, m->port, &lit, NAME_TTL_MAX, m->host);
		return;
	}
	if ((k = lookup_find(p->names, m->host)) == NULL) {
		if (p->names->n >= LOOKUPS_MAX) {
			refuse(e, id, NE_BUSY);
			return;
		}
		if ((k = lookup_new(p, m->host)) == NULL) {
			refuse(e, id, NE_BROKEN);
			return;
		}
	}
	if (k->nw == WAITERS_MAX) {
		refuse(e, id, NE_BUSY);
		return;
	}
	k->w[k->nw].e = e;
	k->w[k->nw].id = id;
	k->w[k->nw].scope = (enum scope)m->scope;
	k->w[k->nw].port = m->port;
	k->nw++;
}

void
names_resolved(struct engine *r, const struct msg_RESOLVED *m, uint32_t id)
{
	struct names	*n = r->p->names;
	struct lookup	*k;
	struct waiter	*w;
	struct name_verdict v;
	unsigned	 i;

	TAILQ_FOREACH(k, &n->open, entry)
		if (k->id == id)
			break;
	if (k == NULL)
		return;
	for (i = 0; i < k->nw; i++) {
		w = &k->w[i];
		/* Again: a reload may have taken the name out meanwhile. */
		names_judge(r->p->conf, w->e->row->proc, w->scope, k->host,
		    w->port, &v);
		if (v.way == NW_NONE)
			refuse(w->e, w->id, NE_REFUSED);
		else if (m->err != NE_OK || m->addrs.n == 0)
			refuse(w->e, w->id, m->err != NE_OK &&
			    m->err < NE_MAX ? m->err : NE_NOTFOUND);
		else
			answer(w->e, w->id, &v, w->port, &m->addrs,
			    names_ttl(m->ttl), k->host);
	}
	lookup_free(n, k);
}

void
names_lost(struct engine *e)
{
	struct names	*n = e->p->names;
	struct lookup	*k, *next;
	unsigned	 i, j;

	for (k = TAILQ_FIRST(&n->open); k != NULL; k = next) {
		next = TAILQ_NEXT(k, entry);
		for (i = j = 0; i < k->nw; i++) {
			if (e->row->proc == PROC_RESOLVER)
				refuse(k->w[i].e, k->w[i].id, NE_BROKEN);
			else if (k->w[i].e != e)
				k->w[j++] = k->w[i];
		}
		k->nw = j;
		/* A reload may have moved the name: nobody waits, forget. */
		if (e->row->proc == PROC_RESOLVER)
			lookup_free(n, k);
	}
}
