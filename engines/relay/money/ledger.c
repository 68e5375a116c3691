/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The arithmetic of ceilings: see ledger.h.  Sums stop at the largest number
 * instead of beginning anew at 0.  Linked by the relay; pure.
 */
#include <string.h>

#include "telclauded/lib/util.h"
#include "engines/relay/access.h"
#include "engines/relay/money/ledger.h"
#include "engines/relay/relay.h"

static uint64_t
plus(uint64_t a, uint64_t b)
{
	return (__builtin_add_overflow(a, b, &a) ? UINT64_MAX : a);
}

uint32_t
day_left_s(uint64_t now)
{
	return ((uint32_t)((DAY_MS - now % DAY_MS + 999) / 1000));
}

uint64_t
spent_tokens(const struct spent *s)
{
	return (plus(plus(s->in, s->out), plus(s->cached, s->written)));
}

/* The last line that matches a person wins, as a whole. */
int
ledger_init(struct ledger *l, const struct settings *s, int64_t user,
    enum scope scope)
{
	const struct msg_CONF_SPEND	*r;
	struct cost			*to;
	size_t				 i;
	int				 any = 0;

	memset(l, 0, sizeof(*l));
	l->user = user;
	l->scope = scope;
	for (i = 0; i < s->nspends; i++) {
		r = &s->spends[i];
		to = NULL;
		if (r->kind == LK_TOTAL)
			to = &l->max[WH_TOTAL];
		else if (r->kind == LK_SCOPE && r->scope == scope)
			to = &l->max[WH_SCOPE];
		else if (r->kind == LK_PERSON && user != 0 &&
		    access_person(r->any, r->user, r->name, user))
			to = &l->max[WH_PERSON];
		if (to != NULL)
			*to = (struct cost){ r->microusd, r->tokens };
	}
	for (i = 0; i < WH_MAX; i++)
		any |= l->max[i].microusd != 0 || l->max[i].tokens != 0;
	return (any);
}

int
ledger_by_person(const struct settings *s)
{
	size_t	i;

	for (i = 0; i < s->nspends; i++)
		if (s->spends[i].kind == LK_PERSON)
			return (1);
	return (0);
}

void
ledger_add(struct ledger *l, int64_t user, enum scope scope, struct cost c)
{
	const int	mine[WH_MAX] = {
		[WH_PERSON] = l->user != 0 && user == l->user,
		[WH_SCOPE] = scope == l->scope,
		[WH_TOTAL] = 1,
	};
	int		i;

	for (i = 0; i < WH_MAX; i++) {
		if (!mine[i])
			continue;
		l->had[i].microusd = plus(l->had[i].microusd, c.microusd);
		l->had[i].tokens = plus(l->had[i].tokens, c.tokens);
	}
}

uint64_t
ledger_left(uint64_t max, uint64_t had)
{
	return (max - MINIMUM(max, had));
}

static const char *
whose_words(enum whose w, enum scope scope)
{
	if (w == WH_PERSON)
		return ("one person");
	return (w == WH_TOTAL ? "all together" : scope_name(scope));
}

static int
fits(uint64_t max, uint64_t had, uint64_t more)
{
	return (max == 0 || more <= ledger_left(max, had));
}

static double
usd(uint64_t micro)
{
	return ((double)micro / 1e6);
}

/* Why a ceiling is in the way, or NULL. */
static const char *
over_usd(uint64_t max, uint64_t had, uint64_t more, const char *of,
    char *why, size_t size)
{
	uint64_t	left = ledger_left(max, had);

	if (fits(max, had, more))
		return (NULL);
	if (left == 0)
		(void)str_format(why, size, "the %.2f usd a day for %s are "
		    "used up", usd(max), of);
	else
		(void)str_format(why, size, "this request could cost %.4f "
		    "usd; of the %.2f usd a day for %s, %.4f usd are left",
		    usd(more), usd(max), of, usd(left));
	return (why);
}

static const char *
over_tokens(uint64_t max, uint64_t had, uint64_t more, const char *of,
    char *why, size_t size)
{
	uint64_t	left = ledger_left(max, had);

	if (fits(max, had, more))
		return (NULL);
	if (left == 0)
		(void)str_format(why, size, "the %llu tokens a day for %s are "
		    "used up", (unsigned long long)max, of);
	else
		(void)str_format(why, size, "this request could use %llu "
		    "tokens; of the %llu tokens a day for %s, %llu are left",
		    (unsigned long long)more, (unsigned long long)max, of,
		    (unsigned long long)left);
	return (why);
}

int
ledger_refuse(const struct ledger *l, struct cost more, uint64_t now,
    char *why, size_t size, uint32_t *wait_s)
{
	const struct cost	*max, *had;
	const char		*of, *no = NULL;
	char			 text[256];
	int			 i;

	*wait_s = day_left_s(now);
	for (i = 0; i < WH_MAX && no == NULL; i++) {
		max = &l->max[i];
		had = &l->had[i];
		of = whose_words((enum whose)i, l->scope);
		no = over_usd(max->microusd, had->microusd, more.microusd, of,
		    text, sizeof(text));
		if (no == NULL)
			no = over_tokens(max->tokens, had->tokens,
			    more.tokens, of, text, sizeof(text));
	}
	if (no == NULL)
		return (0);
	(void)str_format(why, size, "%s. The day ends at 00:00 UTC, in %u h "
	    "%02u min (%u s)", no, *wait_s / 3600, *wait_s / 60 % 60,
	    *wait_s);
	return (-1);
}
