/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The circuit breaker of the observer: five failures in a row open it for
 * half a minute; then one question at a time, and two answers close it.  Run
 * by the relay; pure.
 */
#include "engines/relay/screen/verdict.h"

int
breaker_may(struct breaker *b, uint64_t now)
{
	if (b->state == BR_CLOSED)
		return (1);
	if (b->state == BR_OPEN) {
		/* A clock that was set back must not keep it open. */
		if (now < b->opened)
			b->opened = now;
		if (now - b->opened < BREAKER_OPEN_MS)
			return (0);
		b->state = BR_HALF;
		b->successes = 0;
		b->probing = 0;
	}
	if (b->probing)
		return (0);
	b->probing = 1;
	return (1);
}

void
breaker_ok(struct breaker *b)
{
	b->failures = 0;
	b->probing = 0;
	if (b->state == BR_HALF && ++b->successes >= BREAKER_SUCCESSES)
		b->state = BR_CLOSED;
}

void
breaker_fail(struct breaker *b, uint64_t now)
{
	b->probing = 0;
	if (b->state == BR_CLOSED && ++b->failures < BREAKER_FAILURES)
		return;
	/* Those asked before it opened tell nothing new. */
	if (b->state != BR_OPEN)
		b->opened = now;
	b->state = BR_OPEN;
	b->failures = 0;
}

void
breaker_unasked(struct breaker *b)
{
	b->probing = 0;
}
