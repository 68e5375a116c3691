/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What a turn used, and what that costs by the prices of the configuration.
 */
#include "engines/agent/agent.h"
#include "engines/common/price.h"

void
usage_add(struct usage *sum, const struct usage *u)
{
	sum->in += u->in;
	sum->out += u->out;
	sum->cached += u->cached;
	sum->written += u->written;
	sum->searches += u->searches;
}

uint64_t
cost_microusd(const struct usage *u, const struct msg_CONF_MODEL *m)
{
	uint64_t	 n = mul_add(0, u->searches, SEARCH_NANO);

	if (m != NULL) {
		n = mul_add(n, u->in, m->in_nano);
		n = mul_add(n, u->out, m->out_nano);
		n = mul_add(n, u->cached, price_cached(m->in_nano,
		    m->cached_nano));
		n = mul_add(n, u->written, price_written(m->in_nano,
		    m->written_nano));
	}
	return (price_micro(n));
}
