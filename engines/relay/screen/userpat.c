/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The administrator's patterns.  Run by the relay.  PCRE2's interpreter (its
 * compiler makes code, which the cage forbids) is asked about one place at a
 * time, with a bound on its steps: a small one, and a large one that a text
 * may use rarely.  What passes it counts as a match: a pattern can be slow,
 * but neither stall the relay nor let a text through unread.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/relay.h"
#include "engines/relay/screen/rules.h"

#define STEPS_FEW	32
#define STEPS_MANY	2000
#define SPEND_START	64	/* places of a text that may take many ... */
#define SPEND_EVERY	1024	/* ... and one more each so many bytes */
#define DEPTH_MAX	200
#define HEAP_KB		256

static struct matcher {
	pcre2_match_data	*data;
	pcre2_match_context	*ctx;
} matcher;

static int
matcher_init(void)
{
	if (matcher.ctx != NULL)
		return (0);
	matcher.data = pcre2_match_data_create(1, NULL);
	matcher.ctx = pcre2_match_context_create(NULL);
	if (matcher.data == NULL || matcher.ctx == NULL)
		return (-1);
	(void)pcre2_set_depth_limit(matcher.ctx, DEPTH_MAX);
	(void)pcre2_set_heap_limit(matcher.ctx, HEAP_KB);
	return (0);
}

static int
match(const struct userpat *u, const struct view *v, size_t i, size_t n,
    uint32_t steps)
{
	size_t		from = i > PATTERN_BEHIND ? i - PATTERN_BEHIND : 0;
	uint32_t	opt = PCRE2_ANCHORED | PCRE2_NOTEMPTY;

	if (from > 0)
		opt |= PCRE2_NOTBOL;
	if (n < v->n || !v->eof)
		opt |= PCRE2_NOTEOL;
	/* A window that is full is all a match may have. */
	if (n < i + USER_REACH && !v->eof)
		opt |= PCRE2_PARTIAL_HARD;
	(void)pcre2_set_match_limit(matcher.ctx, steps);
	return (pcre2_match(u->p.code, v->p + from, n - from, i - from, opt,
	    matcher.data, matcher.ctx));
}

static int
too_much(int rc)
{
	return (rc == PCRE2_ERROR_MATCHLIMIT ||
	    rc == PCRE2_ERROR_DEPTHLIMIT || rc == PCRE2_ERROR_HEAPLIMIT ||
	    rc == PCRE2_ERROR_NOMEMORY);
}

static enum find
user_one(struct userpat *u, const struct view *v, size_t i, uint64_t at,
    uint32_t spent, uint32_t *more, struct hit *h)
{
	size_t	n = MINIMUM(v->n, i + USER_REACH), from;
	int	rc;

	rc = match(u, v, i, n, STEPS_FEW);
	if (rc == PCRE2_ERROR_MATCHLIMIT &&
	    spent + *more < SPEND_START + at / SPEND_EVERY) {
		rc = match(u, v, i, n, STEPS_MANY);
		(*more)++;
	}
	if (rc == PCRE2_ERROR_PARTIAL)
		return (FIND_MORE);
	if (rc == PCRE2_ERROR_NOMATCH)
		return (FIND_NO);
	memset(h, 0, sizeof(*h));
	h->from = i;
	if (rc >= 0) {
		from = i > PATTERN_BEHIND ? i - PATTERN_BEHIND : 0;
		h->end = from + pcre2_get_ovector_pointer(matcher.data)[1];
		return (h->end > i ? FIND_YES : FIND_NO);
	}
	/* Too much work, or what it cannot do: up to the next blank. */
	if (!u->told)
		log_warnx("pattern \"%s\" %s; what it would have to look at "
		    "is withheld. Make it simpler", u->name, too_much(rc) ?
		    "takes too many steps" : "cannot be used on some text");
	u->told = 1;
	h->end = i + 1;
	h->tail = C_NS;
	return (FIND_YES);
}

enum find
user_at(struct rules *r, const struct view *v, size_t i, uint64_t at,
    uint32_t *spent, struct hit *h, unsigned *which)
{
	enum find	f = FIND_NO;
	uint32_t	more = 0;
	unsigned	k;

	for (k = 0; k < r->nuser && f == FIND_NO; k++) {
		if (!r->user[k].p.first[v->p[i]] ||
		    (r->user[k].p.line && i > 0 && v->p[i - 1] != '\n'))
			continue;
		*which = k;
		f = user_one(&r->user[k], v, i, at, *spent, &more, h);
	}
	/* Counted once, however often the place is asked about. */
	if (f != FIND_MORE)
		*spent += more;
	return (f);
}

/* --- the rules as they are in force ------------------------------------ */
struct rules *
rules_ref(struct rules *r)
{
	r->refs++;
	return (r);
}

void
rules_unref(struct rules *r)
{
	size_t	i;

	if (r == NULL || --r->refs > 0)
		return;
	for (i = 0; i < r->nuser; i++)
		pattern_free(&r->user[i].p);
	free(r->user);
	free(r);
}

static int
rules_user(struct rules *r, const struct settings *s, char *why, size_t size)
{
	struct userpat	*u;
	char		 text[200];
	size_t		 i;
	int		 c;

	if (s->npatterns == 0)
		return (0);
	r->user = calloc(s->npatterns, sizeof(*r->user));
	if (r->user == NULL || matcher_init() == -1) {
		(void)str_copy(why, "no memory for the patterns", size);
		return (-1);
	}
	for (i = 0; i < s->npatterns; i++) {
		u = &r->user[i];
		(void)str_copy(u->name, s->patterns[i].name, sizeof(u->name));
		if (pattern_compile(&u->p, s->patterns[i].regex, text,
		    sizeof(text)) == -1) {
			(void)str_format(why, size, "pattern \"%s\": %s",
			    u->name, text);
			return (-1);
		}
		r->nuser++;
		for (c = 0; c < 256; c++)
			if (u->p.first[c])
				r->trigger.t[0][c] |= TR_USER;
	}
	return (0);
}

struct rules *
rules_new(const struct settings *s, char *why, size_t size)
{
	struct rules	*r;

	shape_init();
	if ((r = calloc(1, sizeof(*r))) == NULL) {
		(void)str_copy(why, "no memory for the filter", size);
		return (NULL);
	}
	r->refs = 1;
	shape_trigger(&r->trigger);
	if (s != NULL && s->screen.entropy) {
		r->entropy = BITS(s->screen.entropy_millibits);
		r->entropy_len = MINIMUM(s->screen.entropy_len, ENTROPY_MAX);
	}
	if (s != NULL && rules_user(r, s, why, size) == -1) {
		rules_unref(r);
		return (NULL);
	}
	return (r);
}
