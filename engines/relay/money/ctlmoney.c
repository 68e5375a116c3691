/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * telclaudectl limits and usage: rows of what is counted and what was used.
 * Run by the relay.
 */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "telclauded/lib/util.h"
#include "engines/relay/access.h"
#include "engines/relay/cmd/ctlask.h"
#include "engines/relay/money/money.h"
#include "engines/relay/money/storemoney.h"
#include "engines/relay/relay.h"

#define DAYS_MAX	400
#define PEOPLE_MAX	512		/* rows of one window, shown */

struct rate_rows {
	struct link	*l;
	enum span	 span;
	uint64_t	 now;
	unsigned	 n;
};

/* --- limits -------------------------------------------------------------- */
static void
row_begin(struct buf *b, const char *limit, const char *line, int64_t who)
{
	buf_init(b);
	(void)buf_printf(b, "{\"limit\":\"%s\",\"line\":\"%s\"", limit, line);
	if (who != 0)
		(void)buf_printf(b, ",\"who\":%" PRId64, who);
	else
		(void)buf_puts(b, ",\"who\":null");
}

static void
rate_row(struct link *l, const char *line, int64_t who, enum span s,
    uint32_t used, uint32_t max, uint64_t now)
{
	struct buf	b;

	row_begin(&b, "rate", line, who);
	(void)buf_printf(&b, ",\"window\":\"%s\",\"unit\":\"messages\","
	    "\"used\":%u,\"max\":%u,\"left\":%u,\"ends_s\":%u}", span_name(s),
	    used, max, max - MINIMUM(max, used), window_left_s(s, now));
	ctl_row(l, &b);
}

/* A count of a person in this window, beside the line it comes under. */
static void
rate_used(int64_t kind, int64_t who, uint32_t n, void *arg)
{
	struct rate_rows	*r = arg;
	struct count		 v[COUNTS_MAX];
	enum tier		 tier = access_tier(relay.set, who);
	char			 line[32] = "user";
	size_t			 i, nv;

	if (kind == RK_TOTAL || who == 0 || r->n >= PEOPLE_MAX)
		return;
	if (kind >= RK_TIER(0)) {
		tier = (enum tier)(kind - RK_TIER(0));
		if (tier >= TIER_MAX)
			return;
		(void)str_format(line, sizeof(line), "tier %s",
		    tier_name(tier));
	}
	nv = window_counts(relay.set, who, tier, v);
	for (i = 0; i < nv; i++)
		if (v[i].kind == kind && v[i].span == r->span) {
			rate_row(r->l, line, who, r->span, n, v[i].max,
			    r->now);
			r->n++;
		}
}

static void
show_rates(struct link *l, uint64_t now)
{
	struct rate_rows	r = { .l = l, .now = now };
	struct count		 v[COUNTS_MAX];
	uint64_t		 w;
	size_t			 i, n;
	int			 s;

	n = window_counts(relay.set, 0, TIER_NONE, v);
	for (s = 0; s < SP_MAX; s++) {
		r.span = (enum span)s;
		w = window_of(r.span, now);
		for (i = 0; i < n; i++)
			if (v[i].kind == RK_TOTAL && v[i].span == r.span)
				rate_row(l, "total", 0, r.span,
				    store_rate(r.span, w, RK_TOTAL, 0),
				    v[i].max, now);
		r.n = 0;
		store_rate_now(r.span, w, rate_used, &r);
	}
}

static void
spend_row(struct link *l, const char *line, int64_t who,
    const struct cost *max, const struct cost *had, uint64_t now)
{
	struct buf	b;

	if (max->microusd != 0) {
		row_begin(&b, "spend", line, who);
		(void)buf_printf(&b, ",\"window\":\"day\",\"unit\":\"usd\","
		    "\"used\":%.6f,\"max\":%.6f,\"left\":%.6f,\"ends_s\":%u}",
		    (double)had->microusd / 1e6, (double)max->microusd / 1e6,
		    (double)ledger_left(max->microusd, had->microusd) / 1e6,
		    day_left_s(now));
		ctl_row(l, &b);
	}
	if (max->tokens != 0) {
		row_begin(&b, "spend", line, who);
		(void)buf_printf(&b, ",\"window\":\"day\",\"unit\":"
		    "\"tokens\",\"used\":%" PRIu64 ",\"max\":%" PRIu64
		    ",\"left\":%" PRIu64 ",\"ends_s\":%u}", had->tokens,
		    max->tokens, ledger_left(max->tokens, had->tokens),
		    day_left_s(now));
		ctl_row(l, &b);
	}
}

struct people {
	int64_t		 v[PEOPLE_MAX];
	size_t		 n;
};

/* Rows come in the order of people. */
static void
each_person(const struct spent *s, void *arg)
{
	struct people	*p = arg;

	if (s->user != 0 && p->n < PEOPLE_MAX &&
	    (p->n == 0 || p->v[p->n - 1] != s->user))
		p->v[p->n++] = s->user;
}

static void
show_ceilings(struct link *l, uint64_t now)
{
	static struct people	people;
	struct ledger		g;
	char			line[32];
	size_t			i;
	int			s;

	(void)ledger_today(&g, 0, SCOPE_TELEGRAM, now);
	spend_row(l, "total", 0, &g.max[WH_TOTAL], &g.had[WH_TOTAL], now);
	for (s = SCOPE_NONE + 1; s < SCOPE_MAX; s++) {
		(void)ledger_today(&g, 0, (enum scope)s, now);
		(void)str_format(line, sizeof(line), "agent %s",
		    scope_name((enum scope)s));
		spend_row(l, line, 0, &g.max[WH_SCOPE], &g.had[WH_SCOPE],
		    now);
	}
	people.n = 0;
	store_spent(day_of(now), day_of(now), each_person, &people);
	for (i = 0; i < people.n; i++) {
		(void)ledger_today(&g, people.v[i], SCOPE_TELEGRAM, now);
		spend_row(l, "user", people.v[i], &g.max[WH_PERSON],
		    &g.had[WH_PERSON], now);
	}
}

void
ctl_limits(struct ctlreq *r)
{
	uint64_t	now = wall_ms();

	if (relay.set->r.profile != RP_TEST)
		show_rates(r->l, now);
	show_ceilings(r->l, now);
	ctl_end(r->l, r->id, 0, "");
}

/* --- usage --------------------------------------------------------------- */
static void
usage_row(const struct spent *s, void *arg)
{
	time_t		t = (time_t)s->day * 86400;
	struct tm	tm;
	struct buf	b;
	char		day[16] = "?";

	if (gmtime_r(&t, &tm) != NULL)
		(void)strftime(day, sizeof(day), "%Y-%m-%d", &tm);
	buf_init(&b);
	(void)buf_printf(&b, "{\"day\":\"%s\",\"user\":%" PRId64
	    ",\"scope\":\"%s\",\"requests\":%" PRIu64 ",\"in\":%" PRIu64
	    ",\"out\":%" PRIu64 ",\"cached\":%" PRIu64 ",\"written\":%" PRIu64
	    ",\"tokens\":%" PRIu64 ",\"microusd\":%" PRIu64 "}", day, s->user,
	    s->scope < SCOPE_MAX ? scope_name(s->scope) : "?", s->requests,
	    s->in, s->out, s->cached, s->written, spent_tokens(s),
	    s->microusd);
	ctl_row(arg, &b);
}

void
ctl_usage(struct ctlreq *r)
{
	uint32_t	today = day_of(wall_ms());

	if (r->a < 1 || r->a > DAYS_MAX) {
		ctl_end(r->l, r->id, 1, "days are 1 to 400");
		return;
	}
	store_spent(today - MINIMUM(today, (uint32_t)r->a - 1), today,
	    usage_row, r->l);
	ctl_end(r->l, r->id, 0, "");
}
