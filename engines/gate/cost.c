/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Tokens to money by the prices of the configuration: pure, run by gate.  A
 * model without a price costs as much as the dearest that has one; where no
 * price is configured at all, the dearest there ever was.
 */
#include <string.h>

#include "engines/gate/limit.h"
#include "telclauded/lib/util.h"

#define BYTES_A_TOKEN	3	/* text has more; a bound for what is usual */
/* Searches of the server have a price of their own: 10 usd for 1,000. */
#define SEARCH_NANO	UINT64_C(10000000)

static const struct price dearest = { "", 15000, 75000, 1500, 30000 };

static uint64_t
mul_add(uint64_t sum, uint64_t n, uint64_t price)
{
	uint64_t p;

	if (__builtin_mul_overflow(n, price, &p) ||
	    __builtin_add_overflow(sum, p, &sum))
		return (UINT64_MAX);
	return (sum);
}

/* Rounded up: a limit must not be passed by rounding. */
static uint64_t
micro(uint64_t nano)
{
	return (nano / 1000 + (nano % 1000 != 0));
}

static uint64_t
worst_of(const struct price *p, uint64_t in, uint64_t out)
{
	/* All of it may be written to the cache, which costs more. */
	return (micro(mul_add(mul_add(0, in, MAXIMUM(p->in, p->written)), out,
	    p->out)));
}

static uint64_t
used_of(const struct price *p, const struct usage *u)
{
	uint64_t n = mul_add(0, u->searches, SEARCH_NANO);

	n = mul_add(n, u->in, p->in);
	n = mul_add(n, u->out, p->out);
	n = mul_add(n, u->cached, p->cached);
	n = mul_add(n, u->written, p->written);
	return (micro(n));
}

static const struct price *
price_find(const struct proxy_conf *c, const char *model)
{
	unsigned i;

	for (i = 0; i < c->np; i++)
		if (strcmp(c->p[i].model, model) == 0)
			return (&c->p[i]);
	return (NULL);
}

int
cost_known(const struct proxy_conf *c, const char *model)
{
	return (price_find(c, model) != NULL);
}

static uint64_t
worst_any(const struct proxy_conf *c, uint64_t in, uint64_t out)
{
	uint64_t n, most = c->np == 0 ? worst_of(&dearest, in, out) : 0;
	unsigned i;

	for (i = 0; i < c->np; i++) {
		n = worst_of(&c->p[i], in, out);
		most = MAXIMUM(most, n);
	}
	return (most);
}

struct cost
cost_worst(const struct proxy_conf *c, const struct bodyscan *b,
    uint64_t bytes, int readable)
{
	const struct price *p;
	uint64_t in, out, n, most = 0;
	int any = b->anymodel;
	unsigned i;

	in = bytes / BYTES_A_TOKEN + 1;
	if (!readable || b->points || in > TOKENS_IN_MAX)
		in = TOKENS_IN_MAX;
	out = b->anymax ? TOKENS_OUT_MAX :
	    MINIMUM(b->max_tokens, (uint64_t)TOKENS_OUT_MAX);
	for (i = 0; i < b->nmodel; i++) {
		if ((p = price_find(c, b->model[i])) == NULL) {
			any = 1;
			continue;
		}
		n = worst_of(p, in, out);
		most = MAXIMUM(most, n);
	}
	if (any) {
		n = worst_any(c, in, out);
		most = MAXIMUM(most, n);
	}
	return ((struct cost){ most, in + out });
}

struct cost
cost_used(const struct proxy_conf *c, const char *model,
    const struct usage *u)
{
	const struct price *p = price_find(c, model);
	uint64_t n, most = 0;
	unsigned i;

	if (p == NULL && c->np == 0)
		p = &dearest;
	if (p != NULL)
		most = used_of(p, u);
	else
		for (i = 0; i < c->np; i++) {
			n = used_of(&c->p[i], u);
			most = MAXIMUM(most, n);
		}
	return ((struct cost){ most, u->in + u->out + u->cached +
	    u->written });
}
