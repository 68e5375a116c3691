/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * From a name to a pinned address: check the asker's row, ask the resolver,
 * range-check what it says, pin, answer.  Run by the parent; trusts neither
 * the asker nor the resolver.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "parent/fw/fw.h"
#include "parent/names/names_int.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

#define LOOKUPS_MAX	40
#define LOOKUPS_TOOLS	32	/* of them: relay and gate keep a few */

struct names *
names_new(void)
{
	struct names	*n;

	if ((n = calloc(1, sizeof(*n))) != NULL) {
		TAILQ_INIT(&n->open);
		TAILQ_INIT(&n->said);
		TAILQ_INIT(&n->pins);
	}
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
	said_clear(n);
	pins_free(n);
	free(n);
}

static void
refuse(const struct waiter *w, const char *host, enum name_err err)
{
	struct msg_NAME_ADDRS	 m;

	if (w->test != NULL) {
		fwtest_done(w->test, NULL, err);
		return;
	}
	if (w->id == 0) {
		internal_done(w->e->p, host, w->port, err);
		return;
	}
	memset(&m, 0, sizeof(m));
	m.err = (uint8_t)err;
	if (w->e->link != NULL)
		msg_send_NAME_ADDRS(w->e->link, w->id, -1, &m);
}

/* --- an answer --------------------------------------------------------- */

/*
 * What of an answer may be pinned.  A tool's name gets all or nothing: one
 * address that it may not have makes the answer a lie.
 */
static void
usable(const struct waiter *w, const struct name_verdict *v,
    const struct addrs *a, struct addrs *out)
{
	struct parent	*p = w->e->p;
	enum proc	 proc = w->e->row->proc;
	unsigned	 i;

	memset(out, 0, sizeof(*out));
	for (i = 0; i < a->n && i < ADDRS_MAX; i++) {
		if (names_addr_ok(p->conf, v, proc, &a->a[i], w->port) &&
		    (!names_strict(proc) ||
		    !pins_closed(p->names, &a->a[i])))
			out->a[out->n++] = a->a[i];
		else if (names_strict(proc)) {
			out->n = 0;
			return;
		}
	}
}

static void
say_refused(const struct waiter *w, const struct name_verdict *v,
    const char *host)
{
	if (!engine_may_log(w->e))
		return;
	if (v->way == NW_API)
		log_warnx("%s: %s has only private addresses; to mean one, "
		    "write the address itself in `api'", w->e->name, host);
	else
		log_warnx("%s: %s has an address that %s does not open; "
		    "refused", w->e->name, host, v->why);
	audit_event(w->e->p, "address_refused", "%s: %s port %u",
	    w->e->name, host, w->port);
}

/* Pins what may be pinned and answers with exactly that. */
static void
answer(const struct waiter *w, const char *host, const struct addrs *a,
    uint32_t ttl)
{
	struct parent		*p = w->e->p;
	struct msg_NAME_ADDRS	 m;
	struct name_verdict	 v;

	if (w->test != NULL) {
		fwtest_done(w->test, a, NE_OK);
		return;
	}
	memset(&m, 0, sizeof(m));
	/* Now, not when it was asked: a reload may lie between. */
	names_judge(p->conf, w->e->row->proc, w->scope, host, w->port, &v);
	if (v.way == NW_NONE) {
		refuse(w, host, NE_REFUSED);
		return;
	}
	usable(w, &v, a, &m.addrs);
	if (m.addrs.n == 0) {
		pins_drop(p, w->e->row->proc, w->scope, host, w->port);
		say_refused(w, &v, host);
		refuse(w, host, NE_PRIVATE);
		return;
	}
	if (pins_add(w->e, w->scope, host, w->port, &m.addrs, ttl) == 0) {
		refuse(w, host, NE_BROKEN);
		return;
	}
	m.ttl = ttl;
	if (w->id == 0)
		internal_done(p, host, w->port, NE_OK);
	else if (w->e->link != NULL)
		msg_send_NAME_ADDRS(w->e->link, w->id, -1, &m);
}

/* --- a question -------------------------------------------------------- */

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
lookup_new(struct parent *p, const char *host, enum proc asker)
{
	struct engine		*r = table_find(p, PROC_RESOLVER, SCOPE_NONE);
	struct msg_RESOLVE	 m;
	struct lookup		*k;

	if (r == NULL || r->state != ES_RUN || r->link == NULL ||
	    (k = calloc(1, sizeof(*k))) == NULL)
		return (NULL);
	memset(&m, 0, sizeof(m));
	k->asker = asker;
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

/* May one more be looked up for this asker? */
static int
may_look(struct names *n, const struct waiter *w)
{
	const struct lookup	*k;
	unsigned		 tools = 0;

	if (n->n >= LOOKUPS_MAX)
		return (0);
	if (w->e->row->proc != PROC_EGRESS)
		return (1);
	TAILQ_FOREACH(k, &n->open, entry)
		tools += k->asker == PROC_EGRESS;
	return (tools < LOOKUPS_TOOLS && said_may_ask(n, w->scope));
}

static void
look_up(const struct waiter *w, const char *host)
{
	struct parent	*p = w->e->p;
	struct lookup	*k = lookup_find(p->names, host);

	if (k == NULL && !may_look(p->names, w)) {
		refuse(w, host, NE_BUSY);
		return;
	}
	if (k == NULL &&
	    (k = lookup_new(p, host, w->e->row->proc)) == NULL) {
		refuse(w, host, NE_BROKEN);
		return;
	}
	if (k->nw == WAITERS_MAX) {
		refuse(w, host, NE_BUSY);
		return;
	}
	k->w[k->nw++] = *w;
}

/* A tool's second use of a name costs no question, and no rule. */
static int
from_memory(const struct waiter *w, const char *host)
{
	struct names		*n = w->e->p->names;
	struct msg_NAME_ADDRS	 m;
	struct addrs		 a;
	struct pin		*k;
	uint32_t		 ttl;

	if (w->e->row->proc != PROC_EGRESS || !said_get(n, host, &a, &ttl))
		return (0);
	k = pins_find(n, w->e->row->proc, w->scope, host, w->port);
	if (k == NULL || k->until < now_ms() + (uint64_t)ttl * 1000) {
		answer(w, host, &a, ttl);
		return (1);
	}
	memset(&m, 0, sizeof(m));
	m.ttl = ttl;
	m.addrs = k->addrs;
	if (w->e->link != NULL)
		msg_send_NAME_ADDRS(w->e->link, w->id, -1, &m);
	return (1);
}

static void
ask(const struct waiter *w, const char *host)
{
	struct parent	*p = w->e->p;
	struct addrs	 lit;

	if (names_literal(host, &lit) > 0)
		answer(w, host, &lit, NAME_TTL_MAX);
	else if (!from_memory(w, host))
		look_up(w, host);
	pins_asked(p->names, w->e->row->proc, w->scope, host, w->port);
}

/* Tools try what they like: written down, at a bounded rate. */
static void
tell_refused(const struct waiter *w, const char *host, const char *why)
{
	struct names	*n = w->e->p->names;
	unsigned	*lost = &n->untold[(unsigned)w->scope < SCOPE_MAX ?
			    w->scope : SCOPE_NONE];

	if (!said_may_tell(n, w->scope)) {
		(*lost)++;
		return;
	}
	if (*lost > 0)
		audit_event(w->e->p, "name_refused", "%s: %u more for %s",
		    w->e->name, *lost, scope_name(w->scope));
	*lost = 0;
	audit_event(w->e->p, "name_refused", "%s for %s: port %u of %s: %s",
	    w->e->name, scope_name(w->scope), w->port, host, why);
}

void
names_need(struct engine *e, const struct msg_NAME_NEED *m, uint32_t id)
{
	struct parent		*p = e->p;
	struct waiter		 w = { e, id, (enum scope)m->scope,
				    m->port, NULL };
	struct name_verdict	 v;

	names_judge(p->conf, e->row->proc, w.scope, m->host, m->port, &v);
	if (v.way != NW_NONE) {
		ask(&w, m->host);
		return;
	}
	if (e->row->proc == PROC_EGRESS)
		tell_refused(&w, m->host, v.why);
	else if (engine_may_log(e)) {
		log_warnx("%s asked for a name that is not in its row; "
		    "refused", e->name);
		audit_event(p, "name_refused", "%s: port %u of %s", e->name,
		    m->port, m->host);
	}
	refuse(&w, m->host, NE_REFUSED);
}

void
names_pin(struct engine *e, enum scope scope, const char *host,
    uint16_t port)
{
	struct waiter	 w = { e, 0, scope, port, NULL };

	ask(&w, host);
}

void
names_test(struct parent *p, struct fwtest *t, enum proc proc,
    enum scope scope, const char *host, uint16_t port)
{
	struct waiter	 w = { table_find(p, proc, SCOPE_NONE), 0, scope,
			    port, t };
	struct addrs	 lit;

	if (w.e == NULL)
		fwtest_done(t, NULL, NE_BROKEN);
	else if (names_literal(host, &lit) > 0)
		fwtest_done(t, &lit, NE_OK);
	else
		look_up(&w, host);
}

void
names_resolved(struct engine *r, const struct msg_RESOLVED *m, uint32_t id)
{
	struct names	*n = r->p->names;
	struct lookup	*k;
	struct pin	*pin;
	struct waiter	*w;
	uint32_t	 ttl = names_ttl(m->ttl);
	unsigned	 i;

	TAILQ_FOREACH(k, &n->open, entry)
		if (k->id == id)
			break;
	if (k == NULL)
		return;
	if (m->err == NE_OK && m->addrs.n > 0 && k->asker == PROC_EGRESS)
		said_put(n, k->host, &m->addrs, ttl);
	for (i = 0; i < k->nw; i++) {
		w = &k->w[i];
		if (m->err != NE_OK || m->addrs.n == 0) {
			refuse(w, k->host, m->err != NE_OK &&
			    m->err < NE_MAX ? m->err : NE_NOTFOUND);
			continue;
		}
		answer(w, k->host, &m->addrs, ttl);
		if (w->test != NULL)
			continue;
		pin = pins_find(n, w->e->row->proc, w->scope, k->host,
		    w->port);
		if (pin != NULL)
			pin->asked++;
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
			if (e->row->proc == PROC_RESOLVER ||
			    (k->w[i].e == e && k->w[i].test != NULL))
				refuse(&k->w[i], k->host, NE_BROKEN);
			else if (k->w[i].e != e)
				k->w[j++] = k->w[i];
		}
		k->nw = j;
		/* A reload may have moved the name: nobody waits, forget. */
		if (e->row->proc == PROC_RESOLVER)
			lookup_free(n, k);
	}
}
