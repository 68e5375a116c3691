/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What a turn used, and what that costs by the prices of the configuration.
 */
#include "engines/agent/agent.h"

/* Searches of the server have a price of their own: 10 usd for 1,000. */
#define SEARCH_NANO	UINT64_C(10000000)

void
usage_add(struct usage *sum, const struct usage *u)
{
	sum->in += u->in;
	sum->out += u->out;
	sum->cached += u->cached;
	sum->written += u->written;
	sum->searches += u->searches;
}

/* Counts are bounded (2^32 an answer) and prices are nano-usd a token, so
 * only an absurd price can overflow: then the most there is. */
static uint64_t
mul_add(uint64_t sum, uint64_t n, uint64_t price)
{
	uint64_t	 p;

	if (__builtin_mul_overflow(n, price, &p) ||
	    __builtin_add_overflow(sum, p, &sum))
		return (UINT64_MAX);
	return (sum);
}

uint64_t
cost_microusd(const struct usage *u, const struct msg_CONF_MODEL *m)
{
	uint64_t	 n = mul_add(0, u->searches, SEARCH_NANO);

	if (m != NULL) {
		n = mul_add(n, u->in, m->in_nano);
		n = mul_add(n, u->out, m->out_nano);
		n = mul_add(n, u->cached, m->cached_nano);
		n = mul_add(n, u->written, m->written_nano);
	}
	/* Rounded up: a limit must not be passed by rounding. */
	return (n / 1000 + (n % 1000 != 0));
}
