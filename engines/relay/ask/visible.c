/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Text of the model made visible: what is shown and what would run must read
 * the same.  Control and bidi characters, blanks that are none, letters of
 * another script inside a Latin word, and white space that pushes the rest
 * out of sight are shown as what they are.  Linked by the relay; pure.
 */
#include <string.h>

#include "telclauded/lib/util.h"
#include "engines/relay/ask/cardtext.h"

#define BLANKS_MAX	40	/* in a row */
#define LINES_MAX	4	/* empty, in a row */
#define MARKS_MAX	3	/* on one letter */

struct range { uint32_t from, to; };

/* Nothing to see, or not what it seems. */
static const struct range hidden[] = {
	{ 0x00, 0x1f }, { 0x7f, 0xa0 }, { 0xad, 0xad }, { 0x34f, 0x34f },
	{ 0x61c, 0x61c }, { 0x115f, 0x1160 }, { 0x1680, 0x1680 },
	{ 0x17b4, 0x17b5 }, { 0x180b, 0x180f }, { 0x2000, 0x200f },
	{ 0x2028, 0x202f }, { 0x205f, 0x206f }, { 0x27e6, 0x27e7 },
	{ 0x2800, 0x2800 }, { 0x3000, 0x3000 }, { 0x3164, 0x3164 },
	{ 0xd800, 0xf8ff }, { 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff },
	{ 0xff01, 0xff5e }, { 0xffa0, 0xffa0 }, { 0xfff0, 0xfffb },
	{ 0xfffe, 0xffff }, { 0x13430, 0x1345f }, { 0x1bca0, 0x1bca3 },
	{ 0x1d173, 0x1d17a }, { 0x1d400, 0x1d7ff }, { 0xe0000, 0x10ffff },
};

/* Written from right to left: what stands beside them on the screen does not
 * stand beside them in the bytes. */
static const struct range turning[] = {
	{ 0x590, 0x8ff }, { 0xfb1d, 0xfdff }, { 0xfe70, 0xfefe },
	{ 0x10800, 0x10fff }, { 0x1e800, 0x1efff },
};

/* They pile up on the letter before them. */
static const struct range marks[] = {
	{ 0x300, 0x36f }, { 0x483, 0x489 }, { 0x591, 0x5c7 },
	{ 0x610, 0x61a }, { 0x64b, 0x65f }, { 0x6d6, 0x6ed },
	{ 0x8d3, 0x8ff }, { 0xe31, 0xe3a }, { 0xe47, 0xe4e },
	{ 0x1ab0, 0x1aff }, { 0x1dc0, 0x1dff }, { 0x20d0, 0x20ff },
	{ 0x302a, 0x302f }, { 0x3099, 0x309a }, { 0xa66f, 0xa67d },
	{ 0xfe20, 0xfe2f },
};

/* Scripts with letters that look Latin. */
static const struct range alike[] = {
	{ 0x131, 0x131 }, { 0x17f, 0x17f }, { 0x1c0, 0x1c3 },
	{ 0x250, 0x2af }, { 0x370, 0x3ff }, { 0x400, 0x58f },
	{ 0x10a0, 0x10ff }, { 0x13a0, 0x13ff }, { 0x1d00, 0x1d7f },
	{ 0x1f00, 0x1fff }, { 0x2100, 0x218f }, { 0x2c60, 0x2cff },
	{ 0xa4d0, 0xa4ff }, { 0xa640, 0xa69f }, { 0xa720, 0xa7ff },
	{ 0xab30, 0xabbf }, { 0x10280, 0x1034f }, { 0x10400, 0x1047f },
};

static int
in(const struct range *r, size_t n, uint32_t c)
{
	size_t	i;

	for (i = 0; i < n; i++)
		if (c >= r[i].from && c <= r[i].to)
			return (1);
	return (0);
}

/* One character: its length; -1 in *c for a byte that belongs to none. */
static size_t
next(const char *s, size_t n, int32_t *c)
{
	const unsigned char	*p = (const unsigned char *)s;
	size_t			 len, i;

	*c = p[0];
	if (p[0] < 0x80)
		return (1);
	len = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
	if (len > n || !str_isutf8(s, len)) {
		*c = -1;
		return (1);
	}
	*c = p[0] & (0xff >> (len + 1));
	for (i = 1; i < len; i++)
		*c = *c << 6 | (p[i] & 0x3f);
	return (len);
}

static int
is_letter(int32_t c)
{
	return ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'));
}

/* Length of the word here; *mixed: Latin and what only looks so. */
static size_t
word(const char *s, size_t n, int *mixed)
{
	size_t	i, len;
	int32_t	c;
	int	latin = 0, other = 0;

	for (i = 0; i < n; i += len) {
		len = next(s + i, n - i, &c);
		if (c < 0 || (c < 0x80 && !is_letter(c) && c != '_' &&
		    (c < '0' || c > '9')))
			break;
		latin |= is_letter(c);
		other |= in(alike, NELEM(alike), (uint32_t)c);
	}
	*mixed = latin && other;
	return (i);
}

/* Is there something on this line whose place they could change?  Alone, with
 * blanks and digits, they say nothing to a shell. */
static int
line_turns(const char *s, size_t n, enum visible v)
{
	size_t	i, len;
	int32_t	c;
	int	rtl = 0, other = 0;

	for (i = 0; i < n && (v == VIS_LINE || s[i] != '\n'); i += len) {
		len = next(s + i, n - i, &c);
		if (c > 0x7f && in(turning, NELEM(turning), (uint32_t)c))
			rtl = 1;
		else if (c != ' ' && c != '\t' && (c < '0' || c > '9'))
			other = 1;
	}
	return (rtl && other);
}

/* turns: letters written from right to left are shown as numbers. */
static void
add_word(struct buf *b, const char *s, size_t n, int turns)
{
	unsigned	nmarks = 0;
	size_t		len, i;
	int32_t		c;
	int		mixed;

	(void)word(s, n, &mixed);
	for (i = 0; i < n; i += len) {
		len = next(s + i, n - i, &c);
		nmarks = in(marks, NELEM(marks), (uint32_t)c) ? nmarks + 1 : 0;
		if (in(hidden, NELEM(hidden), (uint32_t)c) ||
		    nmarks > MARKS_MAX || (mixed &&
		    in(alike, NELEM(alike), (uint32_t)c)) || (turns &&
		    in(turning, NELEM(turning), (uint32_t)c)))
			(void)buf_printf(b, "\xe2\x9f\xa6U+%04X\xe2\x9f\xa7",
			    (unsigned)c);
		else
			(void)buf_add(b, s + i, len);
	}
}

static void
add_other(struct buf *b, int32_t c, const char *s)
{
	if (c < 0)
		(void)buf_printf(b, "\xe2\x9f\xa6" "byte %02X\xe2\x9f\xa7",
		    (unsigned)(unsigned char)*s);
	else if (c < ' ' || c == 0x7f)
		(void)buf_printf(b, "\xe2\x9f\xa6U+%04X\xe2\x9f\xa7",
		    (unsigned)c);
	else
		(void)buf_add(b, s, 1);
}

/* White space from here on; what would push the rest away is told. */
static size_t
add_space(struct buf *b, const char *s, size_t n, enum visible v)
{
	size_t	i, end = 0, lines = 0;

	for (i = 0; i < n && (s[i] == ' ' || (v == VIS_TEXT &&
	    (s[i] == '\t' || s[i] == '\n'))); i++)
		if (s[i] == '\n') {
			lines++;
			end = i + 1;
		}
	if (lines > LINES_MAX + 1)
		(void)buf_printf(b, "\n\xe2\x9f\xa6%zu empty lines"
		    "\xe2\x9f\xa7\n", lines - 1);
	else
		(void)buf_add(b, s, end);
	if (i - end > BLANKS_MAX)
		(void)buf_printf(b, "\xe2\x9f\xa6%zu blanks\xe2\x9f\xa7",
		    i - end);
	else
		(void)buf_add(b, s + end, i - end);
	return (i);
}

void
visible_add(struct buf *b, const char *s, size_t n, enum visible v)
{
	size_t	len;
	int32_t	c;
	int	mixed, ends, turns = line_turns(s, n, v);

	while (n > 0) {
		if (*s == ' ' || (v == VIS_TEXT && (*s == '\t' ||
		    *s == '\n')))
			len = add_space(b, s, n, v);
		else if ((len = word(s, n, &mixed)) > 0)
			add_word(b, s, len, turns);
		else {
			len = next(s, n, &c);
			add_other(b, c, s);
		}
		/* Blanks may begin the line and come with its end. */
		ends = v == VIS_TEXT && memchr(s, '\n', len) != NULL;
		s += len;
		n -= len;
		if (ends)
			turns = line_turns(s, n, v);
	}
}
