/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Tables of the Markdown renderer: Telegram has none, so the cells are
 * collected and set as aligned text of fixed width.  Pure, run by the relay.
 */
#include <stdlib.h>
#include <string.h>

#include "engines/relay/md/mdint.h"

int
md_table_begin(struct md *m, const MD_BLOCK_TABLE_DETAIL *d)
{
	/* md4c fills rows up: many columns times many rows explode. */
	if (d->col_count == 0 || (uint64_t)d->col_count *
	    (d->head_row_count + d->body_row_count) > MD_CELLS)
		return (-1);
	if ((m->table = calloc(1, sizeof(*m->table))) == NULL) {
		m->failed = 1;
		return (-1);
	}
	m->table->cols = d->col_count;
	m->table->heads = d->head_row_count;
	return (0);
}

/* A cell begins; the one before it ends here. */
int
md_table_cell(struct md *m, MD_ALIGN align)
{
	struct md_cells *c = m->table;

	if (c == NULL || c->n == MD_CELLS)
		return (-1);
	c->align[c->n] = (unsigned char)align;
	c->end[c->n++] = c->text.len;
	return (0);
}

static void
spaces(struct md *m, size_t n)
{
	while (n-- > 0)
		md_emit(m, " ", 1);
}

static void
put_cell(struct md *m, const struct md_cells *c, unsigned i, size_t width)
{
	size_t from = c->end[i], to = i + 1 < c->n ? c->end[i + 1] :
	    c->text.len, w, pad;
	const char *s = c->text.p + from;

	w = md_width(s, to - from);
	pad = w < width ? width - w : 0;
	if (c->align[i] == MD_ALIGN_RIGHT)
		spaces(m, pad);
	else if (c->align[i] == MD_ALIGN_CENTER)
		spaces(m, pad / 2);
	if (to > from)
		md_emit(m, s, to - from);
	if ((i + 1) % c->cols == 0)	/* nothing follows in the line */
		return;
	if (c->align[i] == MD_ALIGN_CENTER)
		spaces(m, pad - pad / 2);
	else if (c->align[i] != MD_ALIGN_RIGHT)
		spaces(m, pad);
}

static void
put_rule(struct md *m, const size_t *width, unsigned cols)
{
	unsigned k;
	size_t n;

	for (k = 0; k < cols; k++) {
		if (k > 0)
			md_emit(m, "-+-", 3);
		for (n = width[k]; n > 0; n--)
			md_emit(m, "-", 1);
	}
	md_emit(m, "\n", 1);
}

void
md_table_end(struct md *m)
{
	struct md_cells *c = m->table;
	size_t *width, w, to;
	unsigned i;

	m->table = NULL;
	if (c == NULL)
		return;
	width = calloc(c->cols, sizeof(*width));
	if (width == NULL || buf_puts(&c->text, "") == -1) {
		m->failed = 1;
		goto done;
	}
	for (i = 0; i < c->n; i++) {
		to = i + 1 < c->n ? c->end[i + 1] : c->text.len;
		w = md_width(c->text.p + c->end[i], to - c->end[i]);
		w = MINIMUM(w, (size_t)MD_COLUMN);
		width[i % c->cols] = MAXIMUM(width[i % c->cols], w);
	}
	md_open(m, MD_PRE, NULL);
	m->code = 1;
	for (i = 0; i < c->n; i++) {
		put_cell(m, c, i, width[i % c->cols]);
		if ((i + 1) % c->cols != 0) {
			md_emit(m, " | ", 3);
			continue;
		}
		md_emit(m, "\n", 1);
		if (i + 1 == c->cols * c->heads)
			put_rule(m, width, c->cols);
	}
	m->code = 0;
	md_close(m);
done:
	free(width);
	buf_free(&c->text);
	free(c);
}
