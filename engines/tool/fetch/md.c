/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Writes the words of Markdown: white space collapsed, marks opened with the
 * first character they embrace and closed behind the last, what a line begins
 * with.  Nothing is written that does not fit.  Pure.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engines/tool/fetch/html.h"

static const char *const signs[] = {
	[MD_EM] = "*", [MD_STRONG] = "**", [MD_CODE] = "`",
	[MD_STRIKE] = "~~", [MD_LINK] = "["
};

void
md_init(struct md *m, struct buf *out, size_t max)
{
	memset(m, 0, sizeof(*m));
	m->out = out;
	m->max = max;
	buf_init(&m->code);
}

void
md_put(struct md *m, const char *p, size_t n)
{
	if (m->full)
		return;
	if (n > m->max - m->out->len) {
		n = utf8_prefix(p, n, m->max - m->out->len);
		m->full = 1;
	}
	if (buf_add(m->out, p, n) == -1)
		m->full = 1;
}

void
md_puts(struct md *m, const char *s)
{
	md_put(m, s, strlen(s));
}

static void
prefix(struct md *m)
{
	static const char blanks[] = "                ";
	char marker[24];
	unsigned i;

	for (i = 0; i < m->nlevels; i++)
		if (m->level[i].kind == MD_QUOTE)
			md_puts(m, "> ");
		else if (m->level[i].kind == MD_ITEM) {
			if (!m->level[i].due) {
				md_put(m, blanks, m->level[i].width);
				continue;
			}
			if (m->level[i].n > 0)
				snprintf(marker, sizeof(marker), "%u. ",
				    m->level[i].n);
			else
				snprintf(marker, sizeof(marker), "- ");
			md_puts(m, marker);
			m->level[i].due = 0;
		}
}

void
md_line_begin(struct md *m)
{
	if (m->out->len > 0)
		md_put(m, "\n\n", (size_t)m->want);
	m->want = 0;
	m->space = 0;
	prefix(m);
	if (m->lead != NULL)
		md_puts(m, m->lead);
	m->lead = NULL;
}

/* All that is due before the next character. */
void
md_ready(struct md *m)
{
	unsigned i;

	if (m->want > 0 || m->out->len == 0)
		md_line_begin(m);
	if (m->row && m->cells < m->cell) {
		for (; m->cells < m->cell; m->cells++)
			md_puts(m, m->cells == 0 ? "| " : " | ");
		m->space = 0;
	}
	if (m->space)
		md_put(m, " ", 1);
	m->space = 0;
	for (i = 0; i < m->nmarks; i++)
		if (!m->mark[i].out) {
			if (!m->mark[i].silent)
				md_puts(m, signs[m->mark[i].kind]);
			m->mark[i].out = 1;
		}
}

static int
is_blank(const char *p, size_t len, size_t *used)
{
	*used = 1;
	if (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r' ||
	    *p == '\f')
		return (1);
	if (len >= 2 && memcmp(p, "\xc2\xa0", 2) == 0) {
		*used = 2;
		return (1);
	}
	return (0);
}

void
md_code(struct md *m, const char *p, size_t n)
{
	size_t room = m->max > m->code.len ? m->max - m->code.len : 0;

	if (n > room) {
		n = utf8_prefix(p, n, room);
		m->full = 1;
	}
	clean_text(&m->code, p, n);
}

/* The words of a text, what a reader would not see left out. */
void
md_text(struct md *m, const char *p, size_t len)
{
	size_t i = 0, n;

	if (m->pre > 0) {
		md_code(m, p, len);
		return;
	}
	while (i < len && !m->full) {
		if (is_blank(p + i, len - i, &n)) {
			m->space |= m->want == 0 && m->out->len > 0;
			i += n;
			continue;
		}
		if (clean_drops(utf8_get(p + i, len - i, &n))) {
			i += n;
			continue;
		}
		md_ready(m);
		if (m->row && p[i] == '|')
			md_put(m, "\\", 1);
		md_put(m, p + i, n);
		i += n;
	}
}

static void
mark_end(struct md *m, unsigned i)
{
	if (m->mark[i].out && !m->mark[i].silent) {
		if (m->mark[i].kind == MD_LINK) {
			md_puts(m, "](");
			md_puts(m, m->mark[i].url);
			md_puts(m, ")");
		} else
			md_puts(m, signs[m->mark[i].kind]);
	}
	m->mark[i].out = 0;
}

static void
mark_drop(struct md *m)
{
	free(m->mark[--m->nmarks].url);
}

/* A link ends with its paragraph; emphasis goes on in the next one. */
void
md_marks_break(struct md *m)
{
	unsigned i, n;
	int out;

	for (i = m->nmarks; i > 0; i--) {
		out = m->mark[i - 1].out;
		mark_end(m, i - 1);
		if (out && m->mark[i - 1].kind == MD_LINK) {
			free(m->mark[i - 1].url);
			m->mark[i - 1].url = NULL;
		}
	}
	for (i = n = 0; i < m->nmarks; i++)
		if (m->mark[i].kind != MD_LINK || m->mark[i].url != NULL)
			m->mark[n++] = m->mark[i];
	m->nmarks = n;
}

void
md_break(struct md *m, int n)
{
	if (m->pre > 0) {
		if (m->code.len > 0 && m->code.p[m->code.len - 1] != '\n')
			md_code(m, "\n", 1);
		return;
	}
	if (m->row || m->heading) {
		m->space = m->want == 0;
		return;
	}
	if (m->out->len == 0)
		return;
	if (m->want == 0)
		md_marks_break(m);
	/* An item's own paragraph stands beside its marker. */
	if (m->nlevels > 0 && m->level[m->nlevels - 1].due)
		n = 1;
	m->want = MAXIMUM(m->want, n);
	m->space = 0;
}

void
md_open(struct md *m, enum md_mark kind, const char *url)
{
	unsigned i;

	if (m->pre > 0 || m->nmarks == MD_MARKS)
		return;
	memset(&m->mark[m->nmarks], 0, sizeof(m->mark[0]));
	for (i = 0; i < m->nmarks; i++)
		if (m->mark[i].kind == kind || m->mark[i].kind == MD_CODE)
			m->mark[m->nmarks].silent = 1;
	if (url != NULL && (m->mark[m->nmarks].url = strdup(url)) == NULL)
		return;
	m->mark[m->nmarks++].kind = kind;
}

void
md_close(struct md *m, enum md_mark kind)
{
	unsigned i;

	if (m->pre > 0)
		return;
	for (i = m->nmarks; i > 0; i--)
		if (m->mark[i - 1].kind == kind)
			break;
	if (i == 0)
		return;
	while (m->nmarks >= i) {
		mark_end(m, m->nmarks - 1);
		mark_drop(m);
	}
}

void
md_end(struct md *m)
{
	m->row = 0;
	m->pre = MINIMUM(m->pre, 1);
	md_pre_end(m);
	md_marks_break(m);
	while (m->nmarks > 0)
		mark_drop(m);
	buf_free(&m->code);
}
