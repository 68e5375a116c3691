/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Counts of messages and of money in the relay's database.  Run by the relay.
 */
#include <string.h>

#include "telclauded/lib/util.h"
#include "engines/relay/money/storemoney.h"
#include "engines/relay/store/store.h"
#include "engines/relay/store/storesql.h"

#define HOURS	"rate_hours"	/* of service, counted while it runs */

/* How long a window is remembered behind its end, in hours. */
static const uint64_t keep_h[SP_MAX] = {
	[SP_MINUTE] = 26, [SP_HOUR] = 50, [SP_DAY] = 200,
};

uint32_t
store_rate(enum span s, uint64_t window, int64_t kind, int64_t who)
{
	sqlite3_stmt	*st;
	int64_t		 n = 0;

	st = sql_query(ST_RATE_GET, "iiii", (int64_t)s, (int64_t)window, kind,
	    who);
	if (sql_next(st)) {
		n = sqlite3_column_int64(st, 0);
		sql_end(st);
	}
	return ((uint32_t)MINIMUM(n, (int64_t)UINT32_MAX));
}

void
store_rate_add(enum span s, uint64_t window, int64_t kind, int64_t who)
{
	(void)sql_run(ST_RATE_ADD, "iiii", (int64_t)s, (int64_t)window, kind,
	    who);
}

void
store_rate_now(enum span s, uint64_t window,
    void (*fn)(int64_t, int64_t, uint32_t, void *), void *ctx)
{
	sqlite3_stmt	*st;

	st = sql_query(ST_RATE_NOW, "ii", (int64_t)s, (int64_t)window);
	while (sql_next(st))
		fn(sqlite3_column_int64(st, 0), sqlite3_column_int64(st, 1),
		    (uint32_t)sqlite3_column_int64(st, 2), ctx);
}

void
store_rate_purge(uint64_t now)
{
	int64_t	hours = store_meta(HOURS, 0) + 1;
	int	s;

	store_set_meta(HOURS, hours);
	for (s = 0; s < SP_MAX; s++)
		if (now > keep_h[s] * 3600000)
			(void)sql_run(ST_RATE_PURGE, "iii", (int64_t)s,
			    (int64_t)window_of((enum span)s, now -
			    keep_h[s] * 3600000), hours - (int64_t)keep_h[s]);
}

void
store_held_add(const struct held *h)
{
	(void)sql_run(ST_HELD_ADD, "iiiiii", (int64_t)h->id, (int64_t)h->day,
	    h->user, (int64_t)h->scope, (int64_t)h->c.microusd,
	    (int64_t)h->c.tokens);
}

void
store_held_del(uint64_t id)
{
	(void)sql_run(ST_HELD_DEL, "i", (int64_t)id);
}

void
store_held_clear(void)
{
	(void)sql_run(ST_HELD_CLEAR, "");
}

void
store_held(void (*fn)(const struct held *, void *), void *ctx)
{
	sqlite3_stmt	*st = sql_query(ST_HELD_ALL, "");
	struct held	 h;

	while (sql_next(st)) {
		memset(&h, 0, sizeof(h));
		h.id = (uint64_t)sqlite3_column_int64(st, 0);
		h.day = (uint32_t)sqlite3_column_int64(st, 1);
		h.user = sqlite3_column_int64(st, 2);
		h.scope = (enum scope)sqlite3_column_int(st, 3);
		h.c.microusd = (uint64_t)sqlite3_column_int64(st, 4);
		h.c.tokens = (uint64_t)sqlite3_column_int64(st, 5);
		fn(&h, ctx);
	}
}

/* Each is bounded, and a row holds at most so many of them: sums stay far
 * below what SQLite's integers hold. */
static int64_t
fig(uint64_t v)
{
	return ((int64_t)MINIMUM(v, (uint64_t)COST_MAX));
}

void
store_spent_add(const struct spent *s)
{
	(void)sql_run(ST_SPENT_ADD, "iiiiiiii", (int64_t)s->day, s->user,
	    (int64_t)s->scope, fig(s->in), fig(s->out), fig(s->cached),
	    fig(s->written), fig(s->microusd));
}

void
store_spent(uint32_t from, uint32_t to,
    void (*fn)(const struct spent *, void *), void *ctx)
{
	sqlite3_stmt	*st;
	struct spent	 s;

	st = sql_query(ST_SPENT_DAYS, "ii", (int64_t)from, (int64_t)to);
	while (sql_next(st)) {
		s.day = (uint32_t)sqlite3_column_int64(st, 0);
		s.user = sqlite3_column_int64(st, 1);
		s.scope = (enum scope)sqlite3_column_int(st, 2);
		s.in = (uint64_t)sqlite3_column_int64(st, 3);
		s.out = (uint64_t)sqlite3_column_int64(st, 4);
		s.cached = (uint64_t)sqlite3_column_int64(st, 5);
		s.written = (uint64_t)sqlite3_column_int64(st, 6);
		s.microusd = (uint64_t)sqlite3_column_int64(st, 7);
		s.requests = (uint64_t)sqlite3_column_int64(st, 8);
		fn(&s, ctx);
	}
}

void
store_spent_purge(uint32_t before)
{
	(void)sql_run(ST_SPENT_PURGE, "i", (int64_t)before);
}
