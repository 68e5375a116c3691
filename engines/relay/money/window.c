/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Fixed windows of time and the lines that count in them: see window.h.
 * Linked by the relay; pure.
 */
#include "telclauded/lib/util.h"
#include "engines/relay/access.h"
#include "engines/relay/money/window.h"
#include "engines/relay/relay.h"

static const struct {
	uint64_t	 ms;
	const char	*name;
} spans[SP_MAX] = {
	[SP_MINUTE] = { 60000, "minute" },
	[SP_HOUR] = { 3600000, "hour" },
	[SP_DAY] = { DAY_MS, "day" },
};

const char *
span_name(enum span s)
{
	return (spans[s].name);
}

uint64_t
window_of(enum span s, uint64_t now)
{
	return (now / spans[s].ms);
}

uint32_t
window_left_s(enum span s, uint64_t now)
{
	return ((uint32_t)((spans[s].ms - now % spans[s].ms + 999) / 1000));
}

static size_t
add(struct count *v, size_t n, const struct msg_CONF_RATE *r, int64_t kind,
    int64_t who)
{
	const uint32_t	max[SP_MAX] = { r->minute, r->hour, r->day };
	int		s;

	for (s = 0; s < SP_MAX; s++)
		if (max[s] != 0)
			v[n++] = (struct count){ kind, who, (enum span)s,
			    max[s] };
	return (n);
}

/* Of each kind the last line that matches. */
size_t
window_counts(const struct settings *s, int64_t user, enum tier tier,
    struct count v[COUNTS_MAX])
{
	const struct msg_CONF_RATE	*r, *total, *bytier, *person;
	size_t				 i, n = 0;

	total = bytier = person = NULL;
	for (i = 0; i < s->nrates; i++) {
		r = &s->rates[i];
		if (r->kind == LK_TOTAL)
			total = r;
		else if (r->kind == LK_TIER && r->tier == tier)
			bytier = r;
		else if (r->kind == LK_PERSON && access_person(r->any,
		    r->user, r->name, user))
			person = r;
	}
	if (total != NULL)
		n = add(v, n, total, RK_TOTAL, 0);
	if (bytier != NULL)
		n = add(v, n, bytier, RK_TIER(tier), user);
	if (person != NULL)
		n = add(v, n, person, RK_PERSON, user);
	return (n);
}

void
window_words(const struct count *c, char *dst, size_t size)
{
	const char	*what = "messages", *whose = "for one person";
	char		 text[64];

	if (c->kind == RK_TOTAL)
		whose = "for all people together";
	else if (c->kind >= RK_TIER(0)) {
		(void)str_format(text, sizeof(text), "for one person of tier "
		    "%s", tier_name((enum tier)(c->kind - RK_TIER(0))));
		whose = text;
	} else if (c->kind == RK_COMMAND)
		what = "commands";
	else if (c->kind == RK_PRESS)
		what = "presses";
	else if (c->kind == RK_STOP)
		what = "answers to /stop";
	else if (c->kind == RK_CODE)
		what = "codes";
	(void)str_format(dst, size, "at most %u %s %s %s %s", c->max, what,
	    c->span == SP_HOUR ? "an" : "a", span_name(c->span), whose);
}
