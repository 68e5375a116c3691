/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Entities of the Markdown renderer: opened and closed as byte ranges of the
 * output, then trimmed, cut apart where code lies, sorted and counted in
 * UTF-16 units.  Pure, run by the relay.
 */
#include <stdlib.h>
#include <string.h>

#include "engines/relay/md/mdint.h"

void
md_open(struct md *m, int kind, char *arg)
{
	struct md_span *s;

	if (m->nopen == MD_DEPTH) {
		m->over++;
		free(arg);
		return;
	}
	s = &m->open[m->nopen++];
	memset(s, 0, sizeof(*s));
	s->kind = kind;
	s->arg = arg;
}

int
md_isopen(const struct md *m, int kind)
{
	unsigned i;

	for (i = 0; i < m->nopen; i++)
		if (m->open[i].kind == kind)
			return (1);
	return (0);
}

static int
add_done(struct md *m, const struct md_span *s)
{
	struct md_span *v;
	unsigned n;

	if (m->ndone == m->capdone) {
		n = m->capdone == 0 ? 16 : m->capdone * 2;
		if ((v = reallocarray(m->done, n, sizeof(*v))) == NULL) {
			m->failed = 1;
			return (-1);
		}
		m->done = v;
		m->capdone = n;
	}
	m->done[m->ndone++] = *s;
	return (0);
}

void
md_close(struct md *m)
{
	struct md_span *s;

	if (m->over > 0) {
		m->over--;
		return;
	}
	if (m->nopen == 0)
		return;
	s = &m->open[--m->nopen];
	s->to = m->out.len;
	if (s->kind == -1 || !s->placed || s->to <= s->from ||
	    m->ndone > 4 * MD_ENTITIES || add_done(m, s) == -1)
		free(s->arg);
}

static int
blank(char c)
{
	return (c == ' ' || c == '\n' || c == '\t');
}

/* A code block keeps the indent of its first line. */
static void
trim(const char *t, size_t len, struct md_span *s)
{
	if (s->to > len)
		s->to = len;
	while (s->from < s->to && (s->kind == MD_PRE ? t[s->from] == '\n' :
	    blank(t[s->from])))
		s->from++;
	while (s->to > s->from && blank(t[s->to - 1]))
		s->to--;
}

static int
iscode(const struct md_span *s)
{
	return (s->kind == MD_PRE || s->kind == MD_CODE);
}

/*
 * Nothing but a quote or a link may share characters with code.  m->done grows
 * by what is left behind each piece of code.
 */
static void
cut_code(struct md *m)
{
	struct md_span rest;
	const struct md_span *c;
	unsigned i, k, n = m->ndone;

	for (k = 0; k < n; k++) {
		if (!iscode(&m->done[k]))
			continue;
		for (i = 0; i < m->ndone; i++) {
			c = &m->done[k];
			rest = m->done[i];
			if (rest.kind > MD_STRIKE || rest.to <= c->from ||
			    rest.from >= c->to)
				continue;
			m->done[i].to = MAXIMUM(rest.from, MINIMUM(rest.to,
			    c->from));
			rest.from = c->to;
			if (rest.from < rest.to)
				(void)add_done(m, &rest);
		}
	}
}

static int
by_place(const void *a, const void *b)
{
	const struct md_span *x = a, *y = b;

	if (x->from != y->from)
		return (x->from < y->from ? -1 : 1);
	if (x->to != y->to)
		return (x->to > y->to ? -1 : 1);
	/* Same place: the quote is outermost, code innermost. */
	if ((x->kind == MD_QUOTE) != (y->kind == MD_QUOTE))
		return (x->kind == MD_QUOTE ? -1 : 1);
	return (x->kind - y->kind);
}

int
md_entities(struct md *m, struct md_text *t)
{
	struct md_span *s;
	size_t at = 0;
	uint32_t units = 0;
	unsigned i;

	for (i = 0; i < m->ndone; i++)
		trim(t->s, t->len, &m->done[i]);
	cut_code(m);
	for (i = 0; i < m->ndone; i++)
		trim(t->s, t->len, &m->done[i]);
	if (m->failed || (t->e = calloc(MD_ENTITIES, sizeof(*t->e))) == NULL)
		return (-1);
	if (m->ndone > 0)
		qsort(m->done, m->ndone, sizeof(*m->done), by_place);
	for (i = 0; i < m->ndone; i++) {
		s = &m->done[i];
		if (s->from >= s->to)
			continue;
		if (t->n == MD_ENTITIES) {
			t->lost++;
			continue;
		}
		units += (uint32_t)utf16_len(t->s + at, s->from - at);
		at = s->from;
		t->e[t->n].kind = (enum md_kind)s->kind;
		t->e[t->n].off = units;
		t->e[t->n].len = (uint32_t)utf16_len(t->s + s->from,
		    s->to - s->from);
		t->e[t->n].arg = s->arg;
		s->arg = NULL;
		t->n++;
	}
	return (0);
}

void
md_spans_free(struct md *m)
{
	unsigned i;

	for (i = 0; i < m->ndone; i++)
		free(m->done[i].arg);
	for (i = 0; i < m->nopen; i++)
		free(m->open[i].arg);
	free(m->done);
}
