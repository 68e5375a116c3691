/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The one ledger of money and tokens.  gate asks before a request leaves; its
 * worst case is set aside against person, scope and all in one transaction,
 * and gate hears so when that is on disk.  What came of it settles it; what
 * nobody can tell of counts as spent.  Run by the relay.
 *
 * gate is believed about costs: it holds the key and could spend without
 * asking.  It is not believed about people: whose a turn is, we know.
 */
#include <stdlib.h>
#include <string.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"
#include "engines/relay/map.h"
#include "engines/relay/money/money.h"
#include "engines/relay/money/storemoney.h"
#include "engines/relay/relay.h"
#include "engines/relay/store/store.h"
#include "engines/relay/tg/poll.h"
#include "engines/relay/turn/queue.h"
#include "engines/relay/turn/turn.h"

#define OPEN_MAX	4096		/* requests of gate at once */

struct open {
	struct held	 h;
	uint32_t	 ask;		/* gate's question */
	int		 stored;	/* ceilings hold: it is on disk */
};
static struct map	opens;		/* by id */

static uint64_t
bounded(uint64_t v)
{
	return (MINIMUM(v, (uint64_t)COST_MAX));
}

/* --- who pays ----------------------------------------------------------- */
static void
row_user(const struct turn_row *r, void *arg)
{
	*(int64_t *)arg = r->user;
}

/* The one person whose turns run; 0: nobody's, or several people's. */
static void
lane_user(struct lane *l, void *arg)
{
	int64_t	*user = arg;

	if (l->run == NULL)
		return;
	if (*user == -1)
		*user = l->run->user;
	else if (*user != l->run->user)
		*user = 0;
}

/*
 * Whose request it is.  Without namespaces the tools of a scope share one
 * listener, which knows no turn (0): then it is the person's whose turns run,
 * when they are one person's; else nobody's, and it leaves only where no
 * ceiling of a person could be dodged so.  A turn that does not run pays for
 * nothing.
 */
static const char *
payer(const struct msg_SPEND_NEED *m, int64_t *user)
{
	const struct turn	*t;

	*user = 0;
	if (m->scope == SCOPE_NONE) {	/* our own, about a message */
		if (!store_turn_get(m->turn, row_user, user))
			return ("it belongs to no message");
		return (NULL);
	}
	if (m->scope != SCOPE_TELEGRAM)
		return (NULL);
	if (m->turn != 0) {
		t = turn_find(m->turn);
		if (t == NULL || t->over || !turn_is_running(t->state) ||
		    t->state == T_STOPPING)
			return ("its turn does not run any more");
		*user = t->user;
		return (NULL);
	}
	*user = -1;
	lane_each(lane_user, user);
	if (*user == -1)
		*user = 0;
	if (*user == 0 && ledger_by_person(relay.set))
		return ("it cannot be told whose it is, and people have "
		    "ceilings (`spend user')");
	return (NULL);
}

/* --- the ledger of a day ------------------------------------------------ */
static void
add_spent(const struct spent *s, void *arg)
{
	ledger_add(arg, s->user, s->scope, (struct cost){ s->microusd,
	    spent_tokens(s) });
}

static void
add_open(struct ledger *l, uint32_t day)
{
	struct open	*o;
	size_t		 i = 0;

	while ((o = map_next(&opens, &i)) != NULL)
		if (o->h.day == day)
			ledger_add(l, o->h.user, o->h.scope, o->h.c);
}

int
ledger_today(struct ledger *l, int64_t user, enum scope scope, uint64_t now)
{
	int	any = ledger_init(l, relay.set, user, scope);

	if (any) {
		store_spent(day_of(now), day_of(now), add_spent, l);
		add_open(l, day_of(now));
	}
	return (any);
}

const char *
spend_nothing_left(int64_t user, char *why, size_t size)
{
	struct ledger	l;
	uint64_t	now = wall_ms();
	uint32_t	wait;

	if (!ledger_today(&l, user, SCOPE_TELEGRAM, now) ||
	    ledger_refuse(&l, (struct cost){ 1, 1 }, now, why, size,
	    &wait) == 0)
		return (NULL);
	return (why);
}

/* --- asked -------------------------------------------------------------- */
static void
answer(uint32_t ask, uint64_t id, const char *why, uint32_t wait_s)
{
	struct msg_SPEND_GRANT	g;

	memset(&g, 0, sizeof(g));
	g.err = why[0] != '\0';
	g.id = id;
	g.wait_s = wait_s;
	g.why = text_of(why, MINIMUM(strlen(why), (size_t)512));
	if (relay.gate != NULL)
		msg_send_SPEND_GRANT(relay.gate, ask, -1, &g);
}

/* It is on disk: the request may leave. */
static void
granted(uint64_t id)
{
	struct open	*o = map_get(&opens, id);

	if (o != NULL)
		answer(o->ask, id, "", 0);
}

static int
set_aside(const struct msg_SPEND_NEED *m, int64_t user, enum scope scope,
    uint32_t ask, int stored, uint64_t now)
{
	struct open	*o;

	if (opens.n >= OPEN_MAX || (o = calloc(1, sizeof(*o))) == NULL)
		return (-1);
	o->h.id = relay_id();
	o->h.day = day_of(now);
	o->h.user = user;
	o->h.scope = scope;
	o->h.c.microusd = bounded(m->microusd);
	o->h.c.tokens = bounded(m->tokens);
	o->ask = ask;
	o->stored = stored;
	if (map_put(&opens, o->h.id, o) == -1) {
		free(o);
		return (-1);
	}
	if (stored) {
		store_held_add(&o->h);
		store_after(granted, o->h.id);
	} else
		granted(o->h.id);
	return (0);
}

void
spend_need_at(const struct msg_SPEND_NEED *m, uint32_t ask, uint64_t now)
{
	const char	*why;
	struct ledger	 l;
	enum scope	 scope = (enum scope)m->scope;
	int64_t		 user;
	uint32_t	 wait;
	char		 text[512];
	int		 any;

	if (scope == SCOPE_NONE)
		scope = SCOPE_TELEGRAM;
	if ((why = payer(m, &user)) != NULL) {
		(void)str_format(text, sizeof(text), "nobody can pay for this "
		    "request: %s", why);
		answer(ask, 0, text, 1);
		return;
	}
	any = ledger_today(&l, user, scope, now);
	if (any && ledger_refuse(&l, (struct cost){ bounded(m->microusd),
	    bounded(m->tokens) }, now, text, sizeof(text), &wait) == -1)
		answer(ask, 0, text, wait);
	else if (set_aside(m, user, scope, ask, any, now) == -1)
		answer(ask, 0, "the relay has no room for another request",
		    1);
}

void
spend_on_need(struct link *l, const struct msg_SPEND_NEED *m,
    struct msg_meta *meta)
{
	if (l == relay.gate)
		spend_need_at(m, meta->id, wall_ms());
}

/* --- settled ------------------------------------------------------------ */
/* It counts for the day it began in. */
static void
settle(struct open *o, const struct msg_SPEND_DONE *m)
{
	struct spent	s;

	memset(&s, 0, sizeof(s));
	s.day = o->h.day;
	s.user = o->h.user;
	s.scope = o->h.scope;
	s.in = bounded(m->in);
	s.out = bounded(m->out);
	s.cached = bounded(m->cached);
	s.written = bounded(m->written);
	s.microusd = bounded(m->microusd);
	if (o->stored)
		store_held_del(o->h.id);
	if (s.microusd != 0 || spent_tokens(&s) != 0)
		store_spent_add(&s);
	free(o);
}

void
spend_on_done(struct link *l, const struct msg_SPEND_DONE *m,
    struct msg_meta *meta)
{
	struct open	*o;

	(void)l;
	(void)meta;
	/* Of one that an earlier relay set aside: it counted as spent. */
	if ((o = map_del(&opens, m->id)) == NULL)
		return;
	settle(o, m);
	poll_report();
}

void
spend_gate_gone(void)
{
	struct msg_SPEND_DONE	 m;
	struct map		 old = opens;
	struct open		*o;
	size_t			 i = 0;

	memset(&opens, 0, sizeof(opens));
	while ((o = map_next(&old, &i)) != NULL) {
		memset(&m, 0, sizeof(m));
		m.in = o->h.c.tokens;
		m.microusd = o->h.c.microusd;
		settle(o, &m);
	}
	map_free(&old);
}

static void
recovered(const struct held *h, void *arg)
{
	struct spent	s;

	memset(&s, 0, sizeof(s));
	s.day = h->day;
	s.user = h->user;
	s.scope = h->scope;
	s.in = h->c.tokens;
	s.microusd = h->c.microusd;
	store_spent_add(&s);
	(*(unsigned *)arg)++;
}

void
spend_recover(void)
{
	unsigned	n = 0;

	store_held(recovered, &n);
	if (n > 0) {
		store_held_clear();
		log_info("%u request%s to the model had no answer when the "
		    "last run ended: counted as spent", n, n == 1 ? "" : "s");
	}
}

void
money_start(void)
{
	spend_recover();
	rate_start();
}
