/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * How long to wait before trying again (reference 1.2).  Linked by the relay;
 * pure.
 */
#include "imsg/msg.h"
#include "telclauded/lib/util.h"
#include "engines/relay/tg/backoff.h"

uint32_t
backoff_ms(const struct msg_CONF_RELAY *c, unsigned n, uint32_t rnd)
{
	uint64_t	ms = c->retry_min_ms, span;

	if (ms > c->retry_max_ms)
		ms = c->retry_max_ms;
	for (; n > 1 && ms < c->retry_max_ms; n--) {
		ms = ms * c->retry_factor_pct / 100 + 1;
		if (c->retry_factor_pct <= 100)
			break;
	}
	if (ms > c->retry_max_ms)
		ms = c->retry_max_ms;
	/* plus or minus jitter, evenly */
	span = ms * MINIMUM(c->retry_jitter_pct, 100u) / 100;
	if (span > 0)
		ms = ms - span + rnd % (2 * span + 1);
	return ((uint32_t)MINIMUM(ms, UINT32_MAX));
}

/*
 * The server answers an empty poll after poll_s.  What has not come within
 * less than a second period is a dead connection, so that the next poll is
 * out before two periods have passed.
 */
uint32_t
poll_total_ms(uint32_t poll_s)
{
	uint32_t	slack = poll_s * 800;

	if (poll_s == 0)
		return (10000);
	return (poll_s * 1000 + MINIMUM(slack, 10000u));
}
