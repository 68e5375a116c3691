/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Where to end a message: how much Markdown renders to at most so many units,
 * cut where a reader would cut, with a fence carried over.  Pure, run by the
 * relay.  What fits is measured by rendering, never guessed.
 */
#include <string.h>

#include "engines/relay/mdint.h"

#define WINDOW		8192	/* bytes always looked at */
#define FENCE_MAX	40	/* an opening line we carry over */

struct fence {
	char		 c;		/* '`' or '~', 0: none open */
	size_t		 n;
	const char	*line;		/* the opening line */
	size_t		 len;
};

static uint32_t
units(const char *src, size_t len)
{
	struct md_text t;
	uint32_t u;

	if (md_render(src, len, &t) == -1)
		return (UINT32_MAX);
	u = t.units;
	md_free(&t);
	return (u);
}

/* One line of Markdown: does it open or close a fence? */
static void
fence_line(struct fence *f, const char *s, size_t n)
{
	const char *line = s, *end = s + n;
	size_t run;
	char c;

	while (s < end && (*s == ' ' || *s == '\t'))
		s++;
	if (s == end || (*s != '`' && *s != '~'))
		return;
	c = *s;
	for (run = 0; s < end && *s == c; s++)
		run++;
	if (run < 3)
		return;
	if (f->c == 0) {
		if (c == '`' && memchr(s, '`', (size_t)(end - s)) != NULL)
			return;
		f->c = c;
		f->n = run;
		f->line = line;
		f->len = n;
		return;
	}
	while (s < end && (*s == ' ' || *s == '\t' || *s == '\r'))
		s++;
	if (c == f->c && run >= f->n && s == end)
		f->c = 0;
}

static struct fence
fence_at(const char *src, size_t len)
{
	struct fence f = { 0 };
	const char *p = src, *nl, *end = src + len;

	/* A line that is cut can open a fence but not be told from text. */
	while (p < end && (nl = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		fence_line(&f, p, (size_t)(nl - p));
		p = nl + 1;
	}
	return (f);
}

static size_t
back_to_char(const char *s, size_t at)
{
	size_t k;

	for (k = 0; k < 3 && at > 0 && ((unsigned char)s[at] & 0xc0) == 0x80;
	    k++)
		at--;
	return (at);
}

/* How much of src is worth looking at: what clearly renders to more than max,
 * or all of it.  Twice, for markup that is cut in its middle is shown as it
 * is.  A long answer is cut many times; each cut must cost what it cuts, not
 * what is left. */
static size_t
window(const char *src, size_t len, uint32_t max)
{
	size_t n = MAXIMUM((size_t)max * 4, (size_t)WINDOW), at;

	for (; n < len; n *= 2) {
		at = back_to_char(src, n);
		if (units(src, at) > max * 2)
			return (at);
	}
	return (len);
}

/* Largest start of src that renders within max, about: the last step of
 * md_fit() makes sure. */
static size_t
largest(const char *src, size_t len, uint32_t max)
{
	size_t lo = 0, hi = len, mid;

	while (hi - lo > 1) {
		mid = back_to_char(src, lo + (hi - lo) / 2);
		if (mid <= lo)
			break;
		if (units(src, mid) <= max)
			lo = mid;
		else
			hi = mid;
	}
	return (lo);
}

static int
sentence_end(const char *s, size_t at)
{
	return (at >= 2 && s[at - 1] == ' ' && strchr(".!?", s[at - 2]) !=
	    NULL && s[at - 2] != '\0');
}

/*
 * Cut in front of `at', in [floor, at]: the best kind of place that there is.
 * Inside a fence only line ends are good places.
 */
static size_t
good_place(const char *s, size_t floor, size_t at, int fenced)
{
	size_t i, line = 0, sentence = 0, space = 0;

	for (i = at; i > floor; i--) {
		if (i >= 2 && s[i - 1] == '\n' && s[i - 2] == '\n')
			return (i);
		if (line == 0 && s[i - 1] == '\n')
			line = i;
		if (sentence == 0 && sentence_end(s, i))
			sentence = i;
		if (space == 0 && s[i - 1] == ' ')
			space = i;
	}
	if (line != 0)
		return (line);
	if (fenced)
		return (at);
	return (sentence != 0 ? sentence : space != 0 ? space : at);
}

static void
carry_over(const struct fence *f, char *carry, size_t size)
{
	const char *s = f->line;
	size_t n = f->len;

	carry[0] = '\0';
	if (f->c == 0)
		return;
	while (n > 0 && (*s == ' ' || *s == '\t')) {
		s++;
		n--;
	}
	while (n > 0 && (s[n - 1] == '\r' || s[n - 1] == ' '))
		n--;
	/* A long info string is not worth repeating; the fence is. */
	if (n > FENCE_MAX || n + 2 > size)
		n = MINIMUM(f->n, size - 2);
	memcpy(carry, s, n);
	carry[n] = '\n';
	carry[n + 1] = '\0';
}

/* White space behind the cut is shown by neither part. */
static size_t
past_blank(const char *s, size_t at, size_t len, int fenced)
{
	if (fenced)
		return (at);
	while (at < len && (s[at] == '\n' || s[at] == '\r'))
		at++;
	return (at);
}

size_t
md_fit(const char *src, size_t len, uint32_t max, char *carry,
    size_t carrysize)
{
	struct fence f;
	size_t top, cut, most;

	carry[0] = '\0';
	most = window(src, len, max);
	if (most == len && units(src, len) <= max)
		return (len);
	top = largest(src, most, max);
	while (top > 0) {
		f = fence_at(src, top);
		cut = good_place(src, top - top / 5, top, f.c != 0);
		f = fence_at(src, cut);
		if (units(src, cut) <= max)
			break;
		/* Markup that only now is whole: a little less, then. */
		top = back_to_char(src, top - 1 - top / 64);
	}
	if (top == 0)
		return (0);
	carry_over(&f, carry, carrysize);
	return (past_blank(src, cut, len, f.c != 0));
}
