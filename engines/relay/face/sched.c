/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * When a running answer is shown again (reference 1.12).  Linked by the
 * relay; pure, the clock is an argument.
 */
#include "engines/relay/face/display.h"

#define SCHED_CHARS	50	/* worth an edit at the least interval */
#define SCHED_MAX_MS	5000	/* any text is, after this */
#define SCHED_SLOWEST	10000
#define SCHED_BROKEN	30000
#define SCHED_TOOL_MS	1500	/* a tool this long is worth a message */
#define SCHED_TICK_MS	5000	/* seconds that passed are worth an edit */
#define SCHED_RENEW_MS	20000	/* a draft is gone after 30 s */

static uint64_t
sched_wait(const struct sched *s)
{
	uint64_t	max = SCHED_MAX_MS;

	if (!s->open)
		return (SCHED_TOOL_MS);
	if (s->line || s->fresh >= SCHED_CHARS || (s->draft && s->fresh > 0))
		return (s->every);
	if (s->fresh == 0)
		max = s->ticks ? SCHED_TICK_MS : SCHED_RENEW_MS;
	return (s->every > max ? s->every : max);
}

uint32_t
sched_due(const struct sched *s, uint64_t now)
{
	uint64_t	since = now > s->last ? now - s->last : 0, wait;

	if (s->fresh > 0 && s->first)
		return (0);
	/* Nothing new: only what is open grows old. */
	if (s->fresh == 0 && !s->line && (!s->open ||
	    (!s->ticks && !s->draft)))
		return (SCHED_NEVER);
	wait = sched_wait(s);
	return (since >= wait ? 0 : (uint32_t)(wait - since));
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
