/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Names and the addresses the parent opened for them.  Part of egress.  The
 * parent alone decides; what it said is kept as long as it said, and a refusal
 * for moments.  Connections go to these addresses and no others.
 */
#include <stdlib.h>
#include <string.h>

#include "engines/common/engine.h"
#include "engines/egress/egress.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

#define NAMES_MAX	1024	/* over what can be open at once */
#define MARGIN_MS	2000	/* the firewall's clock is not ours */
#define REFUSED_MS	2000
/* Questions of one scope: at once, and a second in the long run. */
#define OPEN_MAX	64
#define BURST		200
#define PER_S		20

struct name {
	TAILQ_ENTRY(name) entry;
	enum scope	 scope;
	struct target	 to;
	uint32_t	 id;		/* of the NAME_NEED, 0: answered */
	uint64_t	 until;
	uint8_t		 err;		/* enum name_err */
	struct addrs	 addrs;
	TAILQ_HEAD(, waiter) waiters;
};
static TAILQ_HEAD(namelist, name) names = TAILQ_HEAD_INITIALIZER(names);
static unsigned	 nnames;
static struct bucket {
	uint64_t	 ms;
	uint64_t	 left;
	unsigned	 open;
} buckets[SCOPE_MAX];

static enum reason
name_reason(const struct name *n)
{
	static const enum reason	 r[NE_MAX] = {
		[NE_OK] = WHY_OK,
		[NE_REFUSED] = WHY_DENIED,
		[NE_NOTFOUND] = WHY_NOTFOUND,
		[NE_SERVERS] = WHY_SERVERS,
		[NE_PRIVATE] = WHY_PRIVATE,
		[NE_BUSY] = WHY_BUSY,
		[NE_BROKEN] = WHY_BROKEN,
	};

	if (n->err >= NE_MAX)
		return (WHY_BROKEN);
	return (n->err == NE_OK && n->addrs.n == 0 ? WHY_NOTFOUND : r[n->err]);
}

static int
may_ask(enum scope s)
{
	struct bucket	*b = &buckets[s];
	uint64_t	 now = now_ms(), add = (now - b->ms) * PER_S / 1000;

	if (b->ms == 0 || add > 0) {
		b->left = b->ms == 0 ? BURST : MINIMUM(b->left + add,
		    (uint64_t)BURST);
		b->ms = now;
	}
	if (b->left == 0 || b->open >= OPEN_MAX)
		return (0);
	b->left--;
	return (1);
}

static int
name_ask(struct name *n)
{
	struct msg_NAME_NEED	 m;

	memset(&m, 0, sizeof(m));
	m.scope = (uint8_t)n->scope;
	m.port = n->to.port;
	if (str_copy(m.host, n->to.host, sizeof(m.host)) == -1 ||
	    (n->id = msg_send_NAME_NEED(engine_parent(), 0, -1, &m)) == 0)
		return (-1);
	buckets[n->scope].open++;
	return (0);
}

static void
name_free(struct name *n)
{
	if (n->id != 0) {
		link_forget(engine_parent(), n->id);
		buckets[n->scope].open--;
	}
	TAILQ_REMOVE(&names, n, entry);
	nnames--;
	free(n);
}

/* The one that was not used for the longest time makes room. */
static int
make_room(void)
{
	struct name	*n;

	if (nnames < NAMES_MAX)
		return (1);
	TAILQ_FOREACH_REVERSE(n, &names, namelist, entry)
		if (n->id == 0)
			break;
	if (n == NULL)
		return (0);
	name_free(n);
	return (1);
}

static struct name *
name_find(enum scope scope, const struct target *t)
{
	struct name	*n;

	TAILQ_FOREACH(n, &names, entry)
		if (n->scope == scope && host_same(&n->to, t))
			break;
	if (n == NULL || n->id != 0 || now_ms() < n->until)
		return (n);
	name_free(n);
	return (NULL);
}

static struct name *
name_new(enum scope scope, const struct target *t, int must,
    enum reason *why)
{
	struct name	*n;

	*why = WHY_BUSY;
	if (!must && !may_ask(scope))
		return (NULL);
	*why = WHY_NOROOM;
	if (!make_room() || (n = calloc(1, sizeof(*n))) == NULL)
		return (NULL);
	n->scope = scope;
	n->to = *t;
	TAILQ_INIT(&n->waiters);
	*why = WHY_BROKEN;
	if (name_ask(n) == -1) {
		free(n);
		return (NULL);
	}
	TAILQ_INSERT_HEAD(&names, n, entry);
	nnames++;
	return (n);
}

int
names_get(struct waiter *w, enum scope scope, const struct target *t,
    int must, struct addrs *a, enum reason *why)
{
	struct name	*n = name_find(scope, t);

	if (n == NULL && (n = name_new(scope, t, must, why)) ==
	    NULL)
		return (-1);
	if (n->id == 0) {
		TAILQ_REMOVE(&names, n, entry);
		TAILQ_INSERT_HEAD(&names, n, entry);
		if ((*why = name_reason(n)) != WHY_OK)
			return (-1);
		*a = n->addrs;
		return (1);
	}
	w->name = n;
	TAILQ_INSERT_TAIL(&n->waiters, w, entry);
	return (0);
}

void
names_forget(struct waiter *w)
{
	if (w->name == NULL)
		return;
	TAILQ_REMOVE(&w->name->waiters, w, entry);
	w->name = NULL;
}

/* Everybody who waits goes on, or is refused. */
static void
name_tell(struct name *n, enum reason why)
{
	struct waiter	*w;

	while ((w = TAILQ_FIRST(&n->waiters)) != NULL) {
		names_forget(w);
		conn_named(w, &n->addrs, why);
	}
}

void
names_answer(const struct msg_NAME_ADDRS *m, uint32_t id)
{
	struct name	*n;
	uint64_t	 ttl = (uint64_t)m->ttl * 1000;

	TAILQ_FOREACH(n, &names, entry)
		if (id != 0 && n->id == id)
			break;
	if (n == NULL)
		return;
	n->id = 0;
	buckets[n->scope].open--;
	n->err = m->err;
	n->addrs = m->addrs;
	n->until = now_ms();
	if (name_reason(n) != WHY_OK)
		n->until += m->err == NE_BUSY ? 0 : REFUSED_MS;
	else
		n->until += ttl > 2 * MARGIN_MS ? ttl - MARGIN_MS : ttl;
	name_tell(n, name_reason(n));
}

void
names_renew(void)
{
	struct name	*n, *next;

	for (n = TAILQ_FIRST(&names); n != NULL; n = next) {
		next = TAILQ_NEXT(n, entry);
		if (n->id == 0) {
			name_free(n);
			continue;
		}
		/* What is on its way was said before the switch. */
		link_forget(engine_parent(), n->id);
		buckets[n->scope].open--;
		if (name_ask(n) == -1) {
			n->id = 0;
			name_tell(n, WHY_BROKEN);
			name_free(n);
		}
	}
}
