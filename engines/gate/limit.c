/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The counters of each scope: requests a minute, requests at once, money and
 * tokens of a UTC day.  Run by gate; no I/O.
 */
#include "engines/gate/limit.h"
#include "telclauded/lib/util.h"

#define MINUTE		60000000	/* microseconds */
#define DAY		86400000

static struct {
	uint64_t	 full_at;	/* us: when the bucket is full (GCRA) */
	unsigned	 running;
	struct spent	 spent;
	int		 restored;
} scopes[SCOPE_MAX];

unsigned
limit_begin(const struct proxy_conf *c, enum scope s, uint64_t mono_ms)
{
	const struct scope_conf *k = &c->s[s];
	uint64_t now = mono_ms * 1000, cost = 0, at = now;

	if (!k->have)
		return (MINUTE / 1000000);
	if (k->parallel != 0 && scopes[s].running >= k->parallel)
		return (1);
	if (k->per_minute != 0) {
		cost = MINUTE / k->per_minute + 1;
		at = MAXIMUM(scopes[s].full_at, now);
	}
	/* Every cost was rounded up by less than one. */
	if (at + cost > now + MINUTE + k->per_minute)
		return ((unsigned)((at + cost - now - MINUTE) / 1000000 + 1));
	scopes[s].full_at = at + cost;
	scopes[s].running++;
	return (0);
}

void
limit_end(enum scope s)
{
	scopes[s].running--;
}

unsigned
limit_running(enum scope s)
{
	return (scopes[s].running);
}

/* Another day begins with nothing. */
static struct spent *
today(enum scope s, uint64_t wall)
{
	struct spent *p = &scopes[s].spent;

	if (p->day != wall / DAY) {
		p->day = (uint32_t)(wall / DAY);
		p->c.microusd = p->c.tokens = 0;
	}
	return (p);
}

static uint64_t
plus(uint64_t a, uint64_t b)
{
	return (__builtin_add_overflow(a, b, &a) ? UINT64_MAX : a);
}

static void
take_back(struct spent *p, const struct spent *is)
{
	if (p->day != is->day)		/* that day is closed */
		return;
	p->c.microusd -= MINIMUM(p->c.microusd, is->c.microusd);
	p->c.tokens -= MINIMUM(p->c.tokens, is->c.tokens);
}

static int
fits(uint64_t limit, uint64_t had, uint64_t more)
{
	return (limit == 0 || (had <= limit && more <= limit - had));
}

static double
usd(uint64_t micro)
{
	return ((double)micro / 1e6);
}

/* Which limit is in the way, in words; 0 when none is. */
static int
refusal(const struct scope_conf *k, const struct cost *had, struct cost more,
    const char *whose, unsigned wait_s, char *why, size_t size)
{
	uint64_t left;

	if (!fits(k->microusd_day, had->microusd, more.microusd)) {
		left = k->microusd_day - MINIMUM(k->microusd_day,
		    had->microusd);
		(void)str_format(why, size, "this request could cost %.4f usd; "
		    "of the %.2f usd a day for %s, %.4f usd are left. The "
		    "day ends at 00:00 UTC, in %u h %02u min",
		    usd(more.microusd), usd(k->microusd_day), whose, usd(left),
		    wait_s / 3600, wait_s / 60 % 60);
		return (1);
	}
	if (fits(k->tokens_day, had->tokens, more.tokens))
		return (0);
	left = k->tokens_day - MINIMUM(k->tokens_day, had->tokens);
	(void)str_format(why, size, "this request could use %llu tokens; of "
	    "the %llu tokens a day for %s, %llu are left. The day ends at "
	    "00:00 UTC, in %u h %02u min", (unsigned long long)more.tokens,
	    (unsigned long long)k->tokens_day, whose,
	    (unsigned long long)left, wait_s / 3600, wait_s / 60 % 60);
	return (1);
}

int
limit_reserve(const struct proxy_conf *c, struct reserve *r, enum scope s,
    struct cost more, uint64_t wall, char *why, size_t size, unsigned *wait_s)
{
	struct spent *p = today(s, wall);
	struct cost all = { 0, 0 };
	unsigned i;

	r->scope = SCOPE_NONE;
	*wait_s = (unsigned)((DAY - wall % DAY + 999) / 1000);
	for (i = 0; i < SCOPE_MAX; i++) {
		all.microusd = plus(all.microusd,
		    today((enum scope)i, wall)->c.microusd);
		all.tokens = plus(all.tokens,
		    today((enum scope)i, wall)->c.tokens);
	}
	if (refusal(&c->s[s], &p->c, more, scope_name(s), *wait_s, why,
	    size) || refusal(&c->s[SCOPE_NONE], &all, more,
	    "all together", *wait_s, why, size))
		return (-1);
	r->scope = s;
	r->is.day = p->day;
	r->is.c = more;
	p->c.microusd = plus(p->c.microusd, more.microusd);
	p->c.tokens = plus(p->c.tokens, more.tokens);
	return (0);
}

void
limit_add(enum scope s, struct cost more, uint64_t wall)
{
	struct spent *p = today(s, wall);

	p->c.microusd = plus(p->c.microusd, more.microusd);
	p->c.tokens = plus(p->c.tokens, more.tokens);
}

void
limit_settle(struct reserve *r, struct cost used, uint64_t wall)
{
	struct spent *p;

	if (r->scope == SCOPE_NONE)
		return;
	p = today(r->scope, wall);
	/* What began before midnight counts for the day it began in. */
	if (p->day == r->is.day) {
		take_back(p, &r->is);
		p->c.microusd = plus(p->c.microusd, used.microusd);
		p->c.tokens = plus(p->c.tokens, used.tokens);
	}
	r->scope = SCOPE_NONE;
}

void
limit_lower(struct reserve *r, struct cost to, uint64_t wall)
{
	enum scope s = r->scope;

	if (s == SCOPE_NONE)
		return;
	to.microusd = MINIMUM(to.microusd, r->is.c.microusd);
	to.tokens = MINIMUM(to.tokens, r->is.c.tokens);
	limit_settle(r, to, wall);
	r->scope = s;
	r->is.c = to;
}

void
limit_restore(enum scope s, const struct spent *was)
{
	if (!scopes[s].restored)
		scopes[s].spent = *was;
	scopes[s].restored = 1;
}

const struct spent *
limit_spent(enum scope s)
{
	return (&scopes[s].spent);
}
