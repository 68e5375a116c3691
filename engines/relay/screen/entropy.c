/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Shannon entropy of a few bytes, in integers.  Run by the relay; pure.
 */
#include "engines/relay/screen/shape.h"

/* log2(n) in Q16: the exponent, then a bit a squaring. */
static uint64_t
log2_q16(uint32_t n)
{
	unsigned	e = 31 - (unsigned)__builtin_clz(n);
	uint64_t	r = (uint64_t)e << 16, x = (uint64_t)n << (31 - e);
	int		bit;

	for (bit = 15; bit >= 0; bit--) {
		x = x * x >> 31;
		if (x >= 1ULL << 32) {
			x >>= 1;
			r |= 1ULL << bit;
		}
	}
	return (r);
}

/* By how much the sum of n * log2(n) grows with one more of n. */
static uint32_t	grows[ENTROPY_MAX];
static uint32_t	sums[ENTROPY_MAX + 1];

void
entropy_init(void)
{
	uint32_t	n;

	for (n = 1; n <= ENTROPY_MAX; n++) {
		sums[n] = n == 1 ? 0 : (uint32_t)(n * log2_q16(n));
		grows[n - 1] = sums[n] - sums[n - 1];
	}
}

int
entropy_over(const uint8_t *p, size_t n, uint32_t bits, int orequal)
{
	uint16_t	count[256] = { 0 };
	uint64_t	sum = 0;
	size_t		i;

	if (n == 0 || n > ENTROPY_MAX)
		return (0);
	/* n * H = n log n - sum of c log c */
	for (i = 0; i < n; i++)
		sum += grows[count[p[i]]++];
	sum = sums[n] - sum;
	return (orequal ? sum >= n * bits : sum > n * bits);
}
