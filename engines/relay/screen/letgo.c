/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What of a text goes out: everything outside of what was found, and one
 * marker for each stretch that is hidden.  Run by the relay; pure.
 */
#include <string.h>

#include "telclauded/lib/util.h"
#include "engines/relay/screen/redact.h"

#define CLOSERS	3	/* bytes that close what opened before a value */

/* It joins what is hidden now. */
static void
join(struct redactor *r, const struct hit *h)
{
	if (h->end > r->red_end)
		r->red_end = h->end;
	if (h->end > r->red_sure)
		r->red_sure = h->end;
	if ((h->tail & C_NS) != 0)
		r->quote = (r->tail & C_NS) == 0 || r->quote == h->quote ?
		    h->quote : 0;
	r->tail |= h->tail;
	if (h->block != BLOCK_NONE)
		r->red_block = 1;
}

/* Two marks become one that hides both and all between; a guess is no name
 * for what is certain. */
static void
merge(struct mark *a, const struct mark *b)
{
	if (a->user < 0 && shape_loose(a->h.row) && a->h.from == b->h.from) {
		a->h.row = b->h.row;
		a->form = b->form;
		a->user = b->user;
	}
	if (b->h.block != BLOCK_NONE)
		a->h.block = b->h.block;
	a->h.end = MAXIMUM(a->h.end, b->h.end);
	if (a->h.quote != b->h.quote)
		a->h.quote = 0;
	a->h.tail |= b->h.tail;
}

void
letgo_mark(struct redactor *r, const struct mark *m)
{
	unsigned	i;

	for (i = 0; i < r->nnext && r->next[i].h.from < m->h.from; i++)
		;
	if (i < r->nnext && r->next[i].h.from == m->h.from) {
		merge(&r->next[i], m);
		return;
	}
	if (r->nnext == NELEM(r->next)) {
		/* So many at once are one. */
		if (i > 0)
			merge(&r->next[i - 1], m);
		else {
			merge(&r->next[0], m);
			r->next[0].h.from = m->h.from;
		}
		return;
	}
	memmove(&r->next[i + 1], &r->next[i], (r->nnext - i) *
	    sizeof(r->next[0]));
	r->next[i] = *m;
	r->nnext++;
}

static struct hit
take(struct redactor *r)
{
	struct hit	h = r->next[0].h;

	r->nnext--;
	memmove(&r->next[0], &r->next[1], r->nnext * sizeof(r->next[0]));
	return (h);
}

static void
put(struct redactor *r, size_t from, size_t to, struct buf *out)
{
	size_t	n;

	if (r->silent || r->withheld || to <= from)
		return;
	/* A pause fell in here: what came after it is a paragraph. */
	if (r->gap && from <= r->seam && r->seam < to) {
		n = r->seam - from;
		(void)buf_add(out, r->b.p + from, n);
		if (r->b.p[r->seam] != '\n')
			(void)buf_puts(out, "\n\n");
		from = r->seam;
		r->gap = 0;
	}
	(void)buf_add(out, r->b.p + from, to - from);
}

static void
begin(struct redactor *r, struct buf *out)
{
	static const char *const	 forms[FORM_MAX] = { "", "base64(",
	    "hex(", "urlencoded(" };
	const struct mark		*m = &r->next[0];
	const char			*name;
	struct hit			 h;

	if (!r->silent && !r->withheld) {
		if (r->gap && r->gone == r->seam) {
			(void)buf_puts(out, "\n\n");
			r->gap = 0;
		}
		name = m->user >= 0 ? r->rules->user[m->user].name :
		    shape_name(m->h.row);
		(void)buf_printf(out, "[REDACTED:%s%s%s]", m->user >= 0 ?
		    "user:" : forms[m->form], name,
		    m->form != FORM_PLAIN ? ")" : "");
	}
	r->red = 1;
	r->tail = 0;
	r->quote = 0;
	r->red_end = r->red_sure = 0;
	r->red_block = 0;
	h = take(r);
	join(r, &h);
}

/* A quote, a bracket, a full stop behind an unquoted value is not of it. */
static void
finish(struct redactor *r, struct buf *out)
{
	size_t	j = r->gone;

	r->red = 0;
	if ((r->tail & (C_NS | C_TOKDOT)) == 0 || r->quote != 0)
		return;
	while (j > r->red_sure && r->gone - j < CLOSERS &&
	    (shape_class[(uint8_t)r->b.p[j - 1]] & C_CLOSE) != 0)
		j--;
	put(r, j, r->gone, out);
}

/* 1: gone moved, or what was hidden came to its end. */
static int
hide(struct redactor *r, size_t upto, int eof, struct buf *out)
{
	const uint8_t	*p = (const uint8_t *)r->b.p;
	struct hit	 h;

	while (r->nnext > 0 && (r->next[0].h.from < r->red_end ||
	    r->next[0].h.from < r->gone)) {
		h = take(r);
		join(r, &h);
	}
	if (r->gone < r->red_end) {
		r->gone = MINIMUM(r->red_end, upto);
		return (r->gone == r->red_end);
	}
	if (r->red_block && r->block != BLOCK_NONE)
		return (0);
	if (r->gone >= upto) {
		if (eof)
			finish(r, out);
		return (0);
	}
	if (shape_tail(r->tail, r->quote, p[r->gone - 1], p[r->gone]))
		r->red_end = r->gone + 1;
	else
		finish(r, out);
	return (1);
}

void
letgo(struct redactor *r, size_t upto, int eof, struct buf *out)
{
	size_t	k;

	for (;;) {
		if (r->red) {
			if (!hide(r, upto, eof, out))
				return;
			continue;
		}
		if (r->gone >= upto)
			return;
		k = upto;
		/* A pause may have shown more than was decided. */
		if (r->nnext > 0 && r->next[0].h.from < k)
			k = MAXIMUM(r->next[0].h.from, r->gone);
		put(r, r->gone, k, out);
		r->gone = k;
		if (k < upto)
			begin(r, out);
	}
}
