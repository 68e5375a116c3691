/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What the model server charges and how tokens are estimated: agent and gate
 * count alike.
 */
#ifndef COMMON_PRICE_H
#define COMMON_PRICE_H

#include <stdint.h>

#define BYTES_A_TOKEN	3	/* text has more; a bound for what is usual */
#define IMAGE_TOKENS	5000	/* of the largest picture the server reads */
/* Searches of the server have a price of their own: 10 usd for 1,000. */
#define SEARCH_NANO	UINT64_C(10000000)

/* Counts are bounded and prices are nano-usd a token, so only an absurd price
 * can overflow: then the most there is. */
static inline uint64_t
mul_add(uint64_t sum, uint64_t n, uint64_t price)
{
	uint64_t	 p;

	if (__builtin_mul_overflow(n, price, &p) ||
	    __builtin_add_overflow(sum, p, &sum))
		return (UINT64_MAX);
	return (sum);
}

/* To micro-usd, rounded up: a limit must not be passed by rounding. */
static inline uint64_t
price_micro(uint64_t nano)
{
	return (nano / 1000 + (nano % 1000 != 0));
}

/* What a line of the configuration leaves out is not free. */
static inline uint64_t
price_cached(uint64_t in, uint64_t cached)
{
	return (cached != 0 ? cached : in);
}

static inline uint64_t
price_written(uint64_t in, uint64_t written)
{
	return (written != 0 ? written : in + in / 4 + (in % 4 != 0));
}

#endif
