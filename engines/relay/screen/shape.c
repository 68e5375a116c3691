/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Credentials by their shape: the table, and the quick look that passes over
 * ordinary text three bytes at a time.  Run by the relay; pure.
 */
#include <string.h>

#include "telclauded/lib/util.h"
#include "engines/relay/screen/shape.h"
#include "engines/relay/screen/shapes.def"

enum { NOCASE = 1, WORD = 2, LOOSE = 4, BLOCK = 8, PUTTY = 16 };
#define CRIT	SEV_CRITICAL
#define HIGH	SEV_HIGH
#define ROWBITS	57

struct shape {
	const char	*name;
	uint8_t		 sev, flags, len, least;
	const char	*prefix;
	uint64_t	 cls;		/* a row without prefix: its trigger */
	shape_fn	*fn;
};

static const struct shape shapes[] = {
#define R(name, sev, flags, prefix, cls, least)				\
	{ name, sev, flags, sizeof(prefix) - 1, least, prefix, cls, NULL },
#define F(name, sev, flags, prefix, fn)					\
	{ name, sev, flags, sizeof(prefix) - 1, 0, prefix, 0, fn },
#define T(name, sev, flags, trigger, fn)				\
	{ name, sev, flags, 0, 0, NULL, trigger, fn },
	SHAPES(R, F, T)
#undef R
#undef F
#undef T
};
_Static_assert(NELEM(shapes) <= SHAPE_ROWS, "rows are bits of a set");
_Static_assert(NELEM(shapes) <= ROWBITS, "rows_of has room");

uint32_t		shape_class[256];
uint8_t			shape_word[256];
static uint8_t		rows_of[64][2], nrows_of[64];	/* of each bit */
static uint64_t		shape_bit[NELEM(shapes)];
static uint8_t		lower[256];

static void
class_add(const char *set, uint32_t cls)
{
	for (; *set != '\0'; set++)
		shape_class[(uint8_t)*set] |= cls;
}

static void
class_init(void)
{
	const uint32_t	alnum = C_ALNUM | C_TOK | C_TOKDOT | C_DASH | C_B64 |
	    C_B64EQ | C_WORD | C_BODY | C_RUN | C_NAME;
	int		c;

	for (c = 0; c < 256; c++) {
		lower[c] = (uint8_t)(c >= 'A' && c <= 'Z' ? c + 32 : c);
		if (c >= '0' && c <= '9')
			shape_class[c] |= alnum | C_DIGIT | C_LOWHEX | C_HEX |
			    C_UPD | C_LABEL;
		if (c >= 'a' && c <= 'z')
			shape_class[c] |= alnum;
		if (c >= 'A' && c <= 'Z')
			shape_class[c] |= alnum | C_UP32 | C_UPD | C_LABEL;
		if (c > ' ' && c != 0x7f)
			shape_class[c] |= C_NS;
		if ((c >= ' ' && c < 0x7f) || c == '\n' || c == '\t' ||
		    c == '\r')
			shape_class[c] |= C_PRINT;
	}
	class_add("abcdef", C_LOWHEX | C_HEX);
	class_add("ABCDEF", C_HEX);
	class_add("234567", C_UP32);
	class_add("_-", C_TOK | C_TOKDOT | C_B64 | C_B64EQ | C_WORD);
	class_add("-", C_DASH | C_BODY);
	class_add(".", C_TOKDOT);
	class_add("+/", C_B64 | C_B64EQ | C_WORD | C_BODY | C_RUN);
	class_add("=", C_B64EQ | C_WORD | C_BODY | C_RUN);
	class_add("_.", C_NAME);
	class_add("%.~", C_WORD);
	class_add(" ", C_LABEL);
	class_add("\\ \r\n", C_BODY);
	class_add(" \t\"'`*_])>", C_SKIPK);
	class_add(" \t\"'`*([<{", C_SKIPV);
	class_add("\"'`*_])}>.,;:!?", C_CLOSE);
	for (c = 0; c < 256; c++)
		shape_word[c] = (shape_class[c] & C_WORD) != 0;
}

void
shape_init(void)
{
	unsigned	i, bit, n = 0;

	if (shape_bit[0] != 0)
		return;
	class_init();
	entropy_init();
	for (i = 0; i < NELEM(shapes); i++) {
		bit = n % ROWBITS;
		if (shapes[i].len == 0)
			bit = (unsigned)__builtin_ctzll(shapes[i].cls);
		shape_bit[i] = 1ULL << bit;
		n += shapes[i].len != 0;
		rows_of[bit][nrows_of[bit]++] = (uint8_t)i;
	}
}

static void
trigger_class(struct trigger *t, int at, uint32_t cls, uint64_t bit)
{
	int	c;

	for (c = 0; c < 256; c++)
		if (cls == 0 || (shape_class[c] & cls) != 0)
			t->t[at][c] |= bit;
}

void
shape_trigger(struct trigger *t)
{
	unsigned	i;
	int		at, c;

	memset(t, 0, sizeof(*t));
	for (i = 0; i < NELEM(shapes); i++)
		for (at = 0; at < 3 && shapes[i].len != 0; at++) {
			c = (uint8_t)shapes[i].prefix[at];
			t->t[at][c] |= shape_bit[i];
			if ((shapes[i].flags & NOCASE) == 0)
				continue;
			c = lower[c];
			t->t[at][c] |= shape_bit[i];
			if (c >= 'a' && c <= 'z')
				t->t[at][c - 32] |= shape_bit[i];
		}
	for (at = 0; at < 3; at++) {
		trigger_class(t, at, C_DIGIT, TR_DIGIT);
		trigger_class(t, at, C_UP32, TR_CAPS);
	}
	t->t[0]['S'] |= TR_TWILIO;
	t->t[1]['K'] |= TR_TWILIO;
	trigger_class(t, 2, C_LOWHEX, TR_TWILIO);
	t->t[0]['='] |= TR_SEP | TR_NAMED;
	t->t[0][':'] |= TR_SEP | TR_NAMED;
	trigger_class(t, 1, 0, TR_NAMED);
	trigger_class(t, 2, 0, TR_NAMED);
	trigger_class(t, 1, C_SKIPV | C_B64EQ, TR_SEP);
	trigger_class(t, 2, C_SKIPV | C_B64EQ, TR_SEP);
	/* Whose first bytes these are is not known here. */
	trigger_class(t, 1, 0, TR_USER);
	trigger_class(t, 2, 0, TR_USER);
}

uint64_t
shape_may(const struct trigger *t, const struct view *v, size_t i)
{
	uint64_t	m = t->t[0][v->p[i]];

	if (i + 1 < v->n)
		m &= t->t[1][v->p[i + 1]];
	if (i + 2 < v->n)
		m &= t->t[2][v->p[i + 2]];
	return (m);
}

size_t
shape_skip(const struct trigger *t, const struct view *v, size_t i,
    size_t stop, uint64_t want)
{
	const uint8_t	*p = v->p;
	uint64_t	 one, two;	/* what the last one and two allow */

	if (i < stop && i + 2 < v->n) {
		one = t->t[0][p[i + 1]] & want;
		two = t->t[0][p[i]] & want & t->t[1][p[i + 1]];
		for (; i < stop && i + 2 < v->n; i++) {
			if ((two & t->t[2][p[i + 2]]) != 0)
				return (i);
			two = one & t->t[1][p[i + 2]];
			one = t->t[0][p[i + 2]] & want;
		}
	}
	for (; i < stop; i++)
		if ((shape_may(t, v, i) & want) != 0)
			return (i);
	return (stop);
}

enum find
shape_run(const struct view *v, size_t k, uint32_t cls, size_t least,
    struct hit *h)
{
	size_t	end = k + least;

	for (; k < end && k < v->n; k++)
		if ((shape_class[v->p[k]] & cls) == 0)
			return (FIND_NO);
	if (k < end)
		return (v->eof ? FIND_NO : FIND_MORE);
	h->end = end;
	h->tail = cls;
	return (FIND_YES);
}

/* FIND_YES: the whole prefix is there. */
static enum find
at_prefix(const struct view *v, size_t i, const struct shape *s)
{
	size_t	n = MINIMUM((size_t)s->len, v->n - i), k;

	if ((s->flags & NOCASE) == 0) {
		if (memcmp(v->p + i, s->prefix, n) != 0)
			return (FIND_NO);
	} else
		for (k = 0; k < n; k++)
			if (lower[v->p[i + k]] !=
			    lower[(uint8_t)s->prefix[k]])
				return (FIND_NO);
	if (n < s->len)
		return (v->eof ? FIND_NO : FIND_MORE);
	return (FIND_YES);
}

static enum find
at_row(const struct view *v, size_t i, const struct shape *s, struct hit *h)
{
	enum find	f;
	size_t		k = i + s->len;

	if ((s->flags & WORD) != 0 && i > 0 && i != v->seam &&
	    (shape_class[v->p[i - 1]] & C_ALNUM) != 0)
		return (FIND_NO);
	memset(h, 0, sizeof(*h));
	h->from = i;
	h->row = (uint8_t)(s - shapes);
	if (s->len != 0 && (f = at_prefix(v, i, s)) != FIND_YES)
		return (f);
	f = s->fn != NULL ? s->fn(v, i, k, h) :
	    shape_run(v, k, (uint32_t)s->cls, s->least, h);
	if (f == FIND_YES && (s->flags & (BLOCK | PUTTY)) != 0) {
		h->tail = 0;
		h->block = (s->flags & PUTTY) != 0 ? BLOCK_PUTTY : BLOCK_PEM;
	}
	return (f);
}

enum find
shape_at(const struct view *v, size_t i, uint64_t may, int loose,
    struct hit *h)
{
	const struct shape	*s;
	unsigned		 bit, k;
	enum find		 f;

	for (; may != 0; may &= may - 1) {
		bit = (unsigned)__builtin_ctzll(may);
		for (k = 0; k < nrows_of[bit]; k++) {
			s = &shapes[rows_of[bit][k]];
			if (!loose && (s->flags & LOOSE) != 0)
				continue;
			if ((f = at_row(v, i, s, h)) != FIND_NO)
				return (f);
		}
	}
	return (FIND_NO);
}

int
shape_tail(uint32_t tail, uint8_t quote, uint8_t prev, uint8_t c)
{
	uint32_t	cls = shape_class[c] & tail;

	if ((cls & ~C_NS) != 0)
		return (1);
	return (cls != 0 && (quote == 0 || c != quote || prev == '\\'));
}

const char *
shape_name(unsigned row)
{
	return (shapes[row].name);
}

enum severity
shape_severity(unsigned row)
{
	return (shapes[row].sev);
}

int
shape_loose(unsigned row)
{
	return ((shapes[row].flags & LOOSE) != 0);
}
