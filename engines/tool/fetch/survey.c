/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * A first look over a whole page: its title, the base of its links, and which
 * of its tables hold data (the others only arrange things).  Pure.
 */
#include <string.h>

#include "engines/tool/fetch/html.h"

#define DEPTH		32
#define TITLE_MAX	300

struct shape {
	unsigned index;
	int	 layout, heads, cells, most;
};
struct look {
	struct survey	*s;
	struct shape	 open[DEPTH];
	unsigned	 depth;		/* may be more than DEPTH */
	int		 svg, title;	/* 2: was there */
	int		 based;
};

static struct shape *
top(struct look *k)
{
	return (k->depth > 0 && k->depth <= DEPTH ? &k->open[k->depth - 1] :
	    NULL);
}

static void
table_begin(struct look *k)
{
	struct shape *t;

	if ((t = top(k)) != NULL)
		t->layout = 1;		/* one in another */
	k->depth++;
	if ((t = top(k)) != NULL) {
		memset(t, 0, sizeof(*t));
		t->index = k->s->ntables;
	}
	k->s->ntables++;
}

static void
table_end(struct look *k)
{
	struct shape *t = top(k);

	if (t != NULL && t->index < SURVEY_TABLES)
		k->s->data[t->index] = !t->layout && t->most > 1;
	if (k->depth > 0)
		k->depth--;
}

static int
one_of(const struct token *t, const char *const *names)
{
	for (; *names != NULL; names++)
		if (lex_is(t, *names))
			return (1);
	return (0);
}

static void
base(struct look *k, const struct token *t)
{
	const struct attr *a = lex_attr(t, "href");
	struct buf b;

	if (a == NULL || k->based)
		return;
	k->based = 1;
	buf_init(&b);
	entity_text(a->val, a->vallen, 1, &b);
	if (b.failed || b.len == 0 || strlen(b.p) != b.len ||
	    str_copy(k->s->base, b.p, sizeof(k->s->base)) == -1)
		k->s->base[0] = '\0';
	buf_free(&b);
}

static void
start(struct look *k, const struct token *t)
{
	static const char *const cells[] = { "td", "th", NULL };
	static const char *const blocks[] = { "p", "h1", "h2", "h3", "h4",
	    "pre", "blockquote", "form", "hr", NULL };
	struct shape *s = top(k);

	if (lex_is(t, "table"))
		table_begin(k);
	else if (lex_is(t, "svg"))
		k->svg += !t->closed;
	else if (lex_is(t, "title"))
		k->title += k->svg == 0 && k->title == 0;
	else if (lex_is(t, "base"))
		base(k, t);
	else if (s == NULL)
		return;
	else if (lex_is(t, "tr"))
		s->cells = 0;
	else if (one_of(t, cells)) {
		s->heads |= lex_is(t, "th");
		s->cells++;
		s->most = MAXIMUM(s->most, s->cells);
	} else if (!s->heads && one_of(t, blocks))
		s->layout = 1;
}

/* The words of a title, in one line. */
static void
title(struct look *k, const struct token *t)
{
	struct buf b;
	size_t i, n;

	k->title = 2;
	buf_init(&b);
	entity_text(t->p, t->len, 0, &b);
	for (i = 0; i < b.len; i++)
		if (b.p[i] > 0 && b.p[i] <= ' ')
			b.p[i] = ' ';
	for (i = n = 0; i < b.len; i++)
		if (b.p[i] != ' ' || (n > 0 && b.p[n - 1] != ' '))
			b.p[n++] = b.p[i];
	while (n > 0 && b.p[n - 1] == ' ')
		n--;
	if (n > 0)
		clean_text(k->s->title, b.p, utf8_prefix(b.p, n, TITLE_MAX));
	buf_free(&b);
}

void
survey_page(const char *p, size_t len, struct survey *s)
{
	struct look k = { .s = s };
	struct lexer l;
	struct token t;

	lex_init(&l, p, len);
	while (lex_next(&l, &t)) {
		if (t.type == TK_START)
			start(&k, &t);
		else if (t.type == TK_TEXT) {
			if (k.title == 1)
				title(&k, &t);
		} else if (lex_is(&t, "table"))
			table_end(&k);
		else if (lex_is(&t, "svg"))
			k.svg -= k.svg > 0;
		else if (lex_is(&t, "title") && k.title == 1)
			k.title = 2;
	}
	while (k.depth > 0)
		table_end(&k);
}
