/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The counters of each scope: requests a minute, requests at once.  Money is
 * the relay's to count.  Run by gate; no I/O.
 */
#include "engines/gate/limit.h"
#include "telclauded/lib/util.h"

#define MINUTE		60000000	/* microseconds */

static struct {
	uint64_t	 full_at;	/* us: when the bucket is full (GCRA) */
	unsigned	 running;
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
