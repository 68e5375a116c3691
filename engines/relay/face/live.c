/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The line of what the agent does.  Linked by the relay; pure; the labels are
 * made from the model's words by label.c and only ever text.
 */
#include <string.h>

#include "telclauded/lib/util.h"
#include "engines/relay/face/live.h"

#define LIVE_WORTH_MS	1000	/* shorter times are not worth a number */

void
live_clear(struct live *l)
{
	memset(l, 0, sizeof(*l));
}

static struct live_call *
live_find(struct live *l, uint64_t job)
{
	unsigned	i;

	for (i = 0; i < l->n; i++)
		if (l->c[i].job == job)
			return (&l->c[i]);
	return (NULL);
}

/* Room for one more: the oldest that has ended goes, else the oldest. */
static struct live_call *
live_room(struct live *l)
{
	unsigned	i = 0;

	if (l->n < LIVE_MAX)
		return (&l->c[l->n++]);
	while (i < l->n - 1 && l->c[i].state != LV_ENDED)
		i++;
	if (l->c[i].state != LV_ENDED)
		i = 0;
	memmove(&l->c[i], &l->c[i + 1], (l->n - 1 - i) * sizeof(l->c[0]));
	l->more++;
	return (&l->c[l->n - 1]);
}

void
live_put(struct live *l, uint64_t job, const char *label,
    enum live_state state, uint64_t now)
{
	struct live_call	*c = live_find(l, job);

	if (c == NULL)
		c = live_room(l);
	c->job = job;
	c->at = now;
	c->took = 0;
	c->state = state;
	memset(c->label, 0, sizeof(c->label));
	memcpy(c->label, label, utf8_prefix(label, strlen(label),
	    sizeof(c->label) - 1));
}

int
live_end(struct live *l, uint64_t job, uint64_t now)
{
	struct live_call	*c = live_find(l, job);

	if (c == NULL || c->state == LV_ENDED)
		return (0);
	c->took = c->state == LV_RUNS && now > c->at ?
	    (uint32_t)MINIMUM(now - c->at, UINT32_MAX) : 0;
	c->state = LV_ENDED;
	return (1);
}

int
live_runs(const struct live *l)
{
	unsigned	i;

	for (i = 0; i < l->n; i++)
		if (l->c[i].state == LV_RUNS)
			return (1);
	return (0);
}

void
live_text(const struct live *l, uint64_t now, char *dst, size_t size)
{
	const struct live_call	*c;
	uint64_t		 ms;
	char			 end[40];
	size_t			 len = 0;
	unsigned		 i;

	dst[0] = '\0';
	for (i = 0; i < l->n; i++) {
		c = &l->c[i];
		ms = c->state == LV_ENDED ? c->took :
		    c->state == LV_RUNS && now > c->at ? now - c->at : 0;
		end[0] = '\0';
		if (c->state == LV_ASKS)
			(void)str_copy(end, " \xe2\x80\x94 asks", sizeof(end));
		else if (ms >= LIVE_WORTH_MS)
			(void)str_format(end, sizeof(end), " %llu s",
			    (unsigned long long)(ms / 1000));
		if (str_format(dst + len, size - len, "%s%s%s", i > 0 ?
		    " \xc2\xb7 " : l->more > 0 ? "\xe2\x96\xb8 \xe2\x80\xa6 " :
		    "\xe2\x96\xb8 ", c->label, end) == -1) {
			dst[len] = '\0';
			break;
		}
		len = strlen(dst);
	}
}
