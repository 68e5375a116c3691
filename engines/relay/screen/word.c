/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Long words of a text: runs of letters that may be something in base64, hex
 * or %XX.  base64 that is broken into lines is one word.  Run by the relay;
 * pure.
 */
#include "telclauded/lib/util.h"
#include "engines/relay/screen/redact.h"

#define LINE_LEAST	40	/* of base64 that goes on in the next line */
#define ESCAPES_LEAST	3

#define IS(c, cls)	((shape_class[c] & (cls)) != 0)

/*
 * The next run of WORD_LEAST and more, or one that touches the end of what is
 * known.  What a run cannot reach over is skipped, from its far end.
 */
size_t
word_next(struct redactor *r, const struct view *v)
{
	const uint8_t	*p = v->p;
	size_t		 k = r->word, b;

	if (r->open)
		return (r->part);
	while (k + WORD_LEAST <= v->n) {
		for (b = k + WORD_LEAST; b > k && shape_word[p[b - 1]]; b--)
			;
		if (b == k) {
			r->word = k;
			return (k + WORD_LEAD);
		}
		k = b;
	}
	/* Too short for one, unless the one at the end grows. */
	for (b = v->n; b > k && shape_word[p[b - 1]]; b--)
		;
	r->word = b;
	return (v->eof ? v->n : MINIMUM(b + WORD_LEAD, v->n));
}

/* Does base64 go on in the next line?  Then *k is where. */
static enum find
next_line(const struct view *v, size_t line, size_t *k)
{
	size_t	e = *k, i;

	if (e - line < LINE_LEAST)
		return (FIND_NO);
	for (i = line; i < e; i++)
		if (!IS(v->p[i], C_B64))
			return (FIND_NO);
	if (v->p[e] == '\r')
		e++;
	if (e < v->n && v->p[e] != '\n')
		return (FIND_NO);
	e++;
	if (e >= v->n)
		return (v->eof ? FIND_NO : FIND_MORE);
	*k = e;
	return (IS(v->p[e], C_B64) ? FIND_YES : FIND_NO);
}

/* The end of the word at ws, or of a part of it: *end. */
static enum find
extent(const struct view *v, size_t ws, size_t *end, int *whole)
{
	size_t		e = ws, line = ws, next;
	enum find	f;

	for (;;) {
		while (e < v->n && e - ws < WORD_PART && IS(v->p[e], C_WORD))
			e++;
		*end = e;
		*whole = 1;
		if (e - ws >= WORD_PART) {
			*whole = 0;
			return (FIND_YES);
		}
		if (e == v->n)
			return (v->eof ? FIND_YES : FIND_MORE);
		next = e;
		f = next_line(v, line, &next);
		if (f != FIND_YES)
			return (f == FIND_MORE ? FIND_MORE : FIND_YES);
		e = line = next;
	}
}

static void
found(struct redactor *r, size_t from, size_t end, uint64_t set,
    enum form form, int whole)
{
	struct mark	m = { .form = (uint8_t)form, .user = -1 };
	unsigned	row;

	if (set == 0)
		return;
	r->found[form] |= set;
	row = (unsigned)__builtin_ctzll(set);
	m.h.from = r->open ? from : MAXIMUM(from, r->word + WORD_LEAD);
	m.h.end = end;
	m.h.row = (uint8_t)row;
	if (!whole)
		m.h.tail = C_WORD;
	letgo_mark(r, &m);
}

/* Runs of base64 and of hex inside the word; [a, b) is all of it. */
static void
look_runs(struct redactor *r, const struct view *v, size_t a, size_t b,
    int whole)
{
	size_t		i = a, e, pad;
	uint64_t	set;

	while (i < b) {
		for (e = i; e < b && (IS(v->p[e], C_B64) ||
		    v->p[e] == '\n' || v->p[e] == '\r'); e++)
			;
		if (e - i >= WORD_LEAST) {
			set = decode_base64(r->rules, v->p + i, e - i);
			for (pad = e; pad < b && pad - e < 2 &&
			    v->p[pad] == '='; pad++)
				;
			found(r, i, pad, set, FORM_BASE64, whole || e < b);
		}
		i = e + 1;
	}
	for (i = a; i < b; i = e + 1) {
		for (e = i; e < b && IS(v->p[e], C_HEX); e++)
			;
		if (e - i >= WORD_LEAST) {
			set = decode_hex(r->rules, v->p + i, e - i);
			found(r, i, e, set, FORM_HEX, whole || e < b);
		}
	}
}

static unsigned
escapes(const struct view *v, size_t a, size_t b)
{
	unsigned	n = 0;

	for (; a + 2 < b; a++)
		n += v->p[a] == '%' && IS(v->p[a + 1], C_HEX) &&
		    IS(v->p[a + 2], C_HEX);
	return (n);
}

enum find
word_at(struct redactor *r, const struct view *v)
{
	size_t	ws = r->open ? r->part : r->word, end;
	int	whole;

	if (extent(v, ws, &end, &whole) == FIND_MORE)
		return (FIND_MORE);
	if (end - ws >= WORD_LEAST) {
		look_runs(r, v, ws, end, whole);
		if (escapes(v, ws, end) >= ESCAPES_LEAST)
			found(r, ws, end, decode_url(r->rules, v->p + ws,
			    end - ws), FORM_URL, whole);
	}
	r->open = !whole;
	if (whole)
		r->word = end;
	else
		r->part = end - WORD_OVER;
	return (FIND_YES);
}
