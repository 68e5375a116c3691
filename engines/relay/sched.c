/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * When a running answer is shown again (reference 1.12).  Linked by the
 * relay; pure, the clock is an argument.
 */
#include "engines/relay/display.h"

#define SCHED_CHARS	50	/* worth an edit at the least interval */
#define SCHED_MAX_MS	5000	/* any text is, after this */
#define SCHED_SLOWEST	10000
#define SCHED_BROKEN	30000
#define SCHED_TOOL_MS	1500	/* a tool this long is worth a message */

uint32_t
sched_due(const struct sched *s, uint64_t now)
{
	uint64_t	since = now > s->last ? now - s->last : 0;
	uint64_t	max = s->every > SCHED_MAX_MS ? s->every :
			    SCHED_MAX_MS;

	if (s->fresh > 0 && s->first)
		return (0);
	if (!s->open)
		max = SCHED_TOOL_MS;
	else if (s->line || s->fresh >= SCHED_CHARS)
		max = s->every;
	if (s->fresh == 0 && !s->line)
		return (SCHED_NEVER);
	return (since >= max ? 0 : (uint32_t)(max - since));
}

uint32_t
sched_pace(uint32_t every, int slow, int errors)
{
	if (errors >= 3)
		return (SCHED_BROKEN);
	for (; slow > 0 && every < SCHED_SLOWEST; slow--)
		every = every + every / 2;
	return (every > SCHED_SLOWEST ? SCHED_SLOWEST : every);
}
