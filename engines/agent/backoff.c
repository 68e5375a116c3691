/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * How long to leave the server alone after a failure.  Pure.
 */
#include "engines/agent/agent.h"

#define FIRST_MS	500
#define MOST_MS		60000
#define PATIENCE_MS	(15 * 60 * 1000)

/* tries: failures in a row, from 1.  The jitter spreads chats that failed
 * together; what the server asks for is the least. */
uint32_t
backoff_ms(unsigned tries, uint32_t retry_ms, uint32_t random)
{
	uint32_t	 ms;

	ms = tries > 8 ? MOST_MS : FIRST_MS << (tries > 0 ? tries - 1 : 0);
	ms = MINIMUM(ms, (uint32_t)MOST_MS);
	ms = ms / 2 + random % (ms / 2 + 1);
	if (retry_ms > PATIENCE_MS)
		retry_ms = PATIENCE_MS;
	if (retry_ms > 0 && ms < retry_ms)
		ms = retry_ms + random % 250;
	return (ms);
}
