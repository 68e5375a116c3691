/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What was used and what is left, in words for people: /usage, and the lines
 * of /status.  Run by the relay.
 */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "telclauded/lib/util.h"
#include "engines/relay/access.h"
#include "engines/relay/cmd/command.h"
#include "engines/relay/money/money.h"
#include "engines/relay/money/storemoney.h"
#include "engines/relay/relay.h"
#include "engines/relay/turn/turn.h"

static void
sum_row(const struct spent *r, void *arg)
{
	struct spent	*s = arg;

	if (s->user != 0 && s->user != r->user)
		return;
	s->in += r->in;
	s->out += r->out;
	s->cached += r->cached;
	s->written += r->written;
	s->microusd += r->microusd;
	s->requests += r->requests;
}

void
usage_sum(uint32_t from, uint32_t to, int64_t user, struct spent *s)
{
	memset(s, 0, sizeof(*s));
	s->user = user;
	store_spent(from, to, sum_row, s);
}

static uint32_t
month_begin(uint64_t now)
{
	time_t		t = (time_t)(now / 1000);
	struct tm	tm;

	if (gmtime_r(&t, &tm) == NULL)
		return (day_of(now));
	return (day_of(now) - (uint32_t)(tm.tm_mday - 1));
}

static void
put_sum(struct buf *b, const char *when, uint32_t from, uint32_t to,
    int64_t user)
{
	struct spent	s;

	usage_sum(from, to, user, &s);
	(void)buf_printf(b, "%s %" PRIu64 " tokens, %.2f usd", when,
	    spent_tokens(&s), (double)s.microusd / 1e6);
}

/* "4.94 of 5.00 usd" and "10 of 20 tokens" of one ceiling. */
static void
put_left(struct buf *b, const struct ledger *l, enum whose w,
    const char *whose)
{
	const struct cost	*max = &l->max[w], *had = &l->had[w];

	if (max->microusd != 0)
		(void)buf_printf(b, "\nLeft today for %s: %.2f of %.2f usd.",
		    whose, (double)ledger_left(max->microusd, had->microusd) /
		    1e6, (double)max->microusd / 1e6);
	if (max->tokens != 0)
		(void)buf_printf(b, "\nLeft today for %s: %" PRIu64 " of %"
		    PRIu64 " tokens.", whose, ledger_left(max->tokens,
		    had->tokens), max->tokens);
}

void
cmd_USAGE(struct turn *t, const char *arg)
{
	uint64_t	now = wall_ms();
	uint32_t	today = day_of(now), month = month_begin(now);
	int		admin = access_admin(relay.set, t->user);
	struct ledger	l;
	struct buf	b;

	(void)arg;
	buf_init(&b);
	put_sum(&b, "You: today", today, today, t->user);
	put_sum(&b, "; this month", month, today, t->user);
	if (admin) {
		put_sum(&b, ".\nAll together: today", today, today, 0);
		put_sum(&b, "; this month", month, today, 0);
	}
	(void)buf_puts(&b, ".");
	if (ledger_today(&l, t->user, SCOPE_TELEGRAM, now)) {
		put_left(&b, &l, WH_PERSON, "you");
		if (admin) {
			put_left(&b, &l, WH_SCOPE, "this agent");
			put_left(&b, &l, WH_TOTAL, "all together");
		}
	} else
		(void)buf_puts(&b, "\nThere is no ceiling.");
	(void)buf_printf(&b, "\nThe day ends at 00:00 UTC, in %u h %02u min.",
	    day_left_s(now) / 3600, day_left_s(now) / 60 % 60);
	command_answer(t, &b);
}

/* A person's own figures; the admin's are those of all. */
void
usage_status(struct buf *b, int64_t user)
{
	uint64_t	now = wall_ms();
	uint32_t	today = day_of(now);
	int		admin = access_admin(relay.set, user);
	struct ledger	l;
	enum whose	w = admin ? WH_TOTAL : WH_PERSON;
	struct count	v[COUNTS_MAX];
	size_t		i, n;

	put_sum(b, admin ? "\nToday, all together:" : "\nToday:", today,
	    today, admin ? 0 : user);
	(void)ledger_today(&l, user, SCOPE_TELEGRAM, now);
	if (l.max[w].microusd != 0)
		(void)buf_printf(b, " of %.2f", (double)l.max[w].microusd /
		    1e6);
	(void)buf_puts(b, ".");
	if (relay.set->r.profile == RP_TEST) {
		(void)buf_puts(b, "\nPROFILE TEST: messages have no limits.");
		return;
	}
	n = window_counts(relay.set, user, access_tier(relay.set, user), v);
	for (i = 0; i < n; i++)
		if (v[i].kind == RK_PERSON)
			(void)buf_printf(b, "\nYour messages: %u of %u this "
			    "%s.", store_rate(v[i].span, window_of(v[i].span,
			    now), v[i].kind, v[i].who), v[i].max,
			    span_name(v[i].span));
}
