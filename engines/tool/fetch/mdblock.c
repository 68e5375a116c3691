/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Writes the shapes of Markdown: headings, lists, quotations, tables, code.
 * Lists and quotations are prefixes of lines; what is due is written with the
 * next word, so that empty ones leave nothing.  Pure.
 */
#include <string.h>

#include "engines/tool/fetch/html.h"

#define CELLS_MAX	64

void
md_line(struct md *m, const char *s)
{
	md_break(m, 2);
	if (m->row || m->heading || m->pre > 0)
		return;
	md_ready(m);
	md_puts(m, s);
	md_break(m, 2);
}

void
md_heading(struct md *m, unsigned n)
{
	static const char *const leads[] = { "# ", "## ", "### ", "#### ",
	    "##### ", "###### " };

	if (m->row || m->pre > 0 || (n == 0 && !m->heading))
		return;
	m->heading = 0;
	m->lead = NULL;
	md_break(m, 2);
	if (n == 0)
		return;
	m->lead = leads[n - 1];
	m->heading = 1;
}

void
md_push(struct md *m, enum md_level kind, unsigned n)
{
	int nested = m->nlevels > 0 && kind != MD_QUOTE;

	if (m->row || m->pre > 0 || m->over > 0 || m->nlevels == MD_LEVELS) {
		m->over++;
		return;
	}
	md_heading(m, 0);
	m->want = MAXIMUM(m->want == 2 && nested ? 1 : m->want, 1);
	md_break(m, nested ? 1 : 2);
	m->level[m->nlevels].kind = kind;
	m->level[m->nlevels].n = n;
	m->level[m->nlevels].width = 0;
	m->level[m->nlevels++].due = 0;
}

/* The innermost list or quotation of that kind, and what is open in it. */
void
md_pop(struct md *m, enum md_level kind)
{
	unsigned i;

	if (m->over > 0) {
		m->over--;
		return;
	}
	for (i = m->nlevels; i > 0; i--)
		if (m->level[i - 1].kind == kind)
			break;
	if (i == 0)
		return;
	md_heading(m, 0);
	m->nlevels = i - 1;
	md_break(m, m->nlevels > 0 && kind != MD_QUOTE ? 1 : 2);
}

void
md_item(struct md *m, unsigned n)
{
	unsigned i, up;

	if (m->over > 0 || m->row || m->pre > 0) {
		md_break(m, 1);
		return;
	}
	md_heading(m, 0);
	/* The one before ends, unless a list began in it. */
	for (i = m->nlevels; i > 0 && m->level[i - 1].kind != MD_UL &&
	    m->level[i - 1].kind != MD_OL; i--)
		if (m->level[i - 1].kind == MD_ITEM) {
			m->nlevels = i - 1;
			break;
		}
	md_break(m, 1);
	if (m->nlevels == MD_LEVELS)
		return;
	up = m->nlevels;
	m->level[up].kind = MD_ITEM;
	m->level[up].n = 0;
	m->level[up].width = 2;
	m->level[up].due = 1;
	if (up > 0 && m->level[up - 1].kind == MD_OL) {
		if (n == 0)
			n = m->level[up - 1].n;
		m->level[up].n = n;
		m->level[up - 1].n = n + 1;
		m->level[up].width = n > 99 ? 5 : n > 9 ? 4 : 3;
	}
	m->nlevels++;
}

void
md_row(struct md *m)
{
	if (m->pre > 0)
		return;
	m->row = 0;
	md_break(m, 1);
	m->row = 1;
	m->cell = m->cells = 0;
}

void
md_cell(struct md *m)
{
	if (!m->row)
		return;
	if (m->cell < CELLS_MAX)
		m->cell++;
	m->space = 1;
}

void
md_row_end(struct md *m, int header)
{
	unsigned i, n = m->cell;

	if (!m->row)
		return;
	if (m->cells > 0) {
		md_marks_break(m);
		for (; m->cells < n; m->cells++)
			md_puts(m, " | ");
		md_puts(m, " |");
	}
	m->row = 0;
	m->space = 0;
	md_break(m, 1);
	if (m->cells == 0 || !header)
		return;
	md_line_begin(m);
	for (i = 0; i < n; i++)
		md_puts(m, i == 0 ? "| ---" : " | ---");
	md_puts(m, " |");
	md_break(m, 1);
}

void
md_pre(struct md *m, const char *lang)
{
	if (m->pre++ > 0)
		return;
	m->code.len = 0;
	(void)str_copy(m->lang, lang, sizeof(m->lang));
}

/* More ticks than any run of them in the code. */
static unsigned
ticks(const struct buf *b)
{
	unsigned run = 0, most = 2;
	size_t i;

	for (i = 0; i < b->len; i++) {
		run = b->p[i] == '`' ? run + 1 : 0;
		most = MAXIMUM(most, run);
	}
	return (most + 1);
}

void
md_pre_end(struct md *m)
{
	static const char fence[] = "````````````````";
	unsigned n;
	char *p, *nl;
	int row = m->row;

	if (m->pre == 0 || --m->pre > 0)
		return;
	while (m->code.len > 0 && strchr(" \t\n", m->code.p[m->code.len - 1]))
		m->code.p[--m->code.len] = '\0';
	if (m->code.len == 0)
		return;
	p = m->code.p + (m->code.p[0] == '\n');
	n = MINIMUM(ticks(&m->code), (unsigned)sizeof(fence) - 1);
	m->row = 0;		/* a cell with code is none */
	md_heading(m, 0);
	md_break(m, 2);
	md_line_begin(m);
	md_put(m, fence, n);
	md_puts(m, m->lang);
	for (; p != NULL; p = nl == NULL ? NULL : nl + 1) {
		nl = strchr(p, '\n');
		m->want = 1;
		md_line_begin(m);
		md_put(m, p, nl == NULL ? strlen(p) : (size_t)(nl - p));
	}
	m->want = 1;
	md_line_begin(m);
	md_put(m, fence, n);
	md_break(m, 2);
	m->row = row;
}
