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
#define LIVE_STATE	40	/* bytes of a time */
#define LIVE_BEGIN	"\xe2\x96\xb8 "
#define LIVE_REST	"\xe2\x80\xa6 "
#define LIVE_BETWEEN	" \xc2\xb7 "

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

/* " 12 s", " — asks" or nothing. */
static void
live_state(const struct live_call *c, uint64_t now, char *dst, size_t size)
{
	uint64_t	ms;

	dst[0] = '\0';
	ms = c->state == LV_ENDED ? c->took :
	    c->state == LV_RUNS && now > c->at ? now - c->at : 0;
	if (c->state == LV_ASKS)
		(void)str_copy(dst, " \xe2\x80\x94 asks", size);
	else if (ms >= LIVE_WORTH_MS)
		(void)str_format(dst, size, " %llu s",
		    (unsigned long long)(ms / 1000));
}

/* Marks what of these fits into what is left of room, the newest first. */
static void
live_choose(const struct live *l, int ended, uint64_t now, size_t *room,
    int *in)
{
	char		end[LIVE_STATE];
	size_t		len;
	unsigned	i;

	for (i = l->n; i-- > 0;) {
		if ((l->c[i].state == LV_ENDED) != ended)
			continue;
		live_state(&l->c[i], now, end, sizeof(end));
		len = sizeof(LIVE_BETWEEN) - 1 + strlen(l->c[i].label) +
		    strlen(end);
		if (len > *room)
			return;
		*room -= len;
		in[i] = 1;
	}
}

void
live_text(const struct live *l, uint64_t now, char *dst, size_t size)
{
	char		end[LIVE_STATE];
	size_t		len = 0, room = size - sizeof(LIVE_BEGIN LIVE_REST);
	unsigned	i, n = 0;
	int		in[LIVE_MAX] = { 0 };

	dst[0] = '\0';
	if (l->n == 0 || size <= sizeof(LIVE_BEGIN LIVE_REST))
		return;
	/* What runs or asks now is what one wants to know. */
	live_choose(l, 0, now, &room, in);
	live_choose(l, 1, now, &room, in);
	for (i = 0; i < l->n; i++)
		n += in[i] != 0;
	(void)str_format(dst, size, "%s%s", LIVE_BEGIN,
	    l->more > 0 || n < l->n ? LIVE_REST : "");
	for (i = 0, n = 0; i < l->n; i++) {
		if (!in[i])
			continue;
		live_state(&l->c[i], now, end, sizeof(end));
		len = strlen(dst);
		(void)str_format(dst + len, size - len, "%s%s%s",
		    n++ > 0 ? LIVE_BETWEEN : "", l->c[i].label, end);
	}
}
