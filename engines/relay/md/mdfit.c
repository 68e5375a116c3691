/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Where to end a message: how much Markdown renders to at most so many units,
 * cut where a reader would cut, with a fence carried over.  Pure, run by the
 * relay.  What fits is measured by rendering, never guessed.
 */
#include <string.h>

#include "engines/relay/md/mdint.h"

#define WINDOW		8192	/* bytes always looked at */
#define FENCE_MAX	40	/* an opening line we carry over */

struct fence {
	char		 c;		/* '`' or '~', 0: none open */
	size_t		 n;
	const char	*line;		/* the opening line from the fence on */
	size_t		 len;
	int		 quote;		/* in a quote */
	size_t		 indent;	/* in a list's item: its column */
};

static uint32_t
units(const char *src, size_t len)
{
	struct md_text t;
	uint32_t u;

	if (md_render(src, len, &t) == -1)
		return (UINT32_MAX);
	u = t.lost > 0 ? UINT32_MAX : t.units;
	md_free(&t);
	return (u);
}

static const char *
past_blanks(const char *s, const char *end)
{
	while (s < end && (*s == ' ' || *s == '\t' || *s == '\r'))
		s++;
	return (s);
}

/* Past the mark of a list's item, or s. */
static const char *
past_mark(const char *s, const char *end)
{
	const char *p = s;

	if (p < end && (*p == '-' || *p == '+' || *p == '*'))
		p++;
	else {
		while (p < end && p - s < 9 && *p >= '0' && *p <= '9')
			p++;
		if (p == s || p == end || (*p != '.' && *p != ')'))
			return (s);
		p++;
	}
	return (p < end && (*p == ' ' || *p == '\t') ? p : s);
}

/* Where the text of a line begins, behind marks of quotes and of items. */
static const char *
past_marks(struct fence *f, const char *line, const char *end)
{
	const char *s = line, *p;

	f->quote = 0;
	f->indent = 0;
	for (;;) {
		s = past_blanks(s, end);
		if (s < end && *s == '>') {
			f->quote = 1;
			s++;
		} else if ((p = past_mark(s, end)) != s) {
			s = past_blanks(p, end);
			f->indent = f->quote ? 0 : (size_t)(s - line);
		} else
			return (s);
	}
}

/* A fence ends with the quote or the item that it is in. */
static const char *
inside(struct fence *f, const char *line, const char *end)
{
	const char *s = past_blanks(line, end);

	if (f->c != 0 && ((f->quote && (s == end || *s != '>')) ||
	    (s < end && (size_t)(s - line) < f->indent)))
		f->c = 0;
	if (f->c == 0)
		return (past_marks(f, line, end));
	while (f->quote && s < end && *s == '>')
		s = past_blanks(s + 1, end);
	return (s);
}

/* One line of Markdown: does it open or close a fence? */
static void
fence_line(struct fence *f, const char *s, size_t n)
{
	const char *line, *end = s + n;
	size_t run;
	char c;

	line = s = inside(f, s, end);
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
		f->len = (size_t)(end - line);
		return;
	}
	s = past_blanks(s, end);
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
	/* The lines that follow are of the quote, too. */
	if (f->quote) {
		memcpy(carry, "> ", 2);
		carry += 2;
		size -= 2;
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

/* --- what a cut must not fall into ------------------------------------- */
/* Past a code span, a link or strong text that begins at i; i when there is
 * none, or it has no end. */
static size_t
inline_end(const char *s, size_t i, size_t len)
{
	size_t n, k;

	if (s[i] == '`') {
		for (n = 0; i + n < len && s[i + n] == '`'; n++)
			;
		for (k = i + n; k + n <= len; k++)
			if (s[k - 1] != '`' && memcmp(s + k, s + i, n) == 0 &&
			    (k + n == len || s[k + n] != '`'))
				return (k + n);
		return (i);
	}
	if (s[i] == '*' && i + 2 < len && s[i + 1] == '*') {
		for (k = i + 3; k + 2 <= len; k++)
			if (s[k] == '*' && s[k + 1] == '*')
				return (k + 2);
		return (i);
	}
	for (k = i + 1; k < len && s[k] != ']' && s[k] != '['; k++)
		;
	if (k + 1 >= len || s[k] != ']' || s[k + 1] != '(')
		return (i);
	while (k < len && s[k] != ')' && s[k] != '\n')
		k++;
	return (k < len && s[k] == ')' ? k + 1 : i);
}

/* In front of what the cut would halve, unless that leaves too little. */
static size_t
whole_inline(const char *s, size_t floor, size_t cut, size_t len)
{
	size_t i, end, from = cut, para;

	while (from > 1 && (s[from - 1] != '\n' || s[from - 2] != '\n') &&
	    cut - from < WINDOW)
		from--;
	for (para = cut; para + 1 < len && para - cut < WINDOW &&
	    (s[para] != '\n' || s[para + 1] != '\n'); para++)
		;
	for (i = from; i < cut; i++) {
		if (s[i] == '\\') {
			i++;
			continue;
		}
		if (strchr("`[*", s[i]) == NULL || s[i] == '\0')
			continue;
		/* A fence: what is in it is looked at elsewhere. */
		if (len - i >= 3 && memcmp(s + i, "```", 3) == 0) {
			while (i + 1 < len && s[i + 1] == '`')
				i++;
			continue;
		}
		end = inline_end(s, i, para);
		if (end > cut)
			return (i > floor ? i : cut);
		/* Inside of strong text there may be links. */
		if (end > i)
			i = s[i] == '*' ? i + 1 : end - 1;
	}
	return (cut);
}

static size_t
line_len(const char *s, size_t at, size_t len)
{
	const char *nl = memchr(s + at, '\n', len - at);

	return (nl == NULL ? len - at : (size_t)(nl - (s + at)) + 1);
}

/* Rows of a table behind the cut get its head again, when that is short. */
static void
carry_table(const char *s, size_t cut, size_t len, uint32_t max, char *carry,
    size_t size)
{
	size_t top = cut, at, head, rule, i;

	if (cut == 0 || cut == len || s[cut - 1] != '\n' || s[cut] != '|')
		return;
	do {
		for (at = top - 1; at > 0 && s[at - 1] != '\n'; at--)
			;
		if (s[at] != '|')
			break;
		top = at;
	} while (top > 0);
	head = top < cut ? line_len(s, top, cut) : 0;
	rule = top + head < cut ? line_len(s, top + head, cut) : 0;
	/* A head, its rule, and a row of this part. */
	if (rule == 0 || top + head + rule >= cut || head + rule >= size ||
	    head + rule > max / 4)
		return;
	for (i = top + head; i < top + head + rule; i++)
		if (strchr("|-: \r\n", s[i]) == NULL)
			return;
	memcpy(carry, s + top, head + rule);
	carry[head + rule] = '\0';
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
	size_t top, cut, most, whole;

	carry[0] = '\0';
	most = window(src, len, max);
	if (most == len && units(src, len) <= max)
		return (len);
	top = largest(src, most, max);
	while (top > 0) {
		f = fence_at(src, top);
		cut = good_place(src, top - top / 5, top, f.c != 0);
		f = fence_at(src, cut);
		whole = f.c != 0 ? cut : whole_inline(src, top / 2, cut, most);
		if (whole != cut && fence_at(src, whole).c == 0)
			cut = whole;
		if (units(src, cut) <= max)
			break;
		/* Markup that only now is whole: a little less, then. */
		top = back_to_char(src, top - 1 - top / 64);
	}
	if (top == 0)
		return (0);
	carry_over(&f, carry, carrysize);
	if (f.c == 0)
		carry_table(src, cut, len, max, carry, carrysize);
	return (past_blank(src, cut, len, f.c != 0));
}
