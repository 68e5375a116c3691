/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * HTML cut into tags and text, after the tokenization rules of the standard:
 * what a browser takes for a tag, a comment or the inside of a script is
 * taken for it here.  No tree is built, no byte is looked at twice: time is
 * linear and memory constant whatever the page does.  Pure.
 */
#include <string.h>
#include <strings.h>

#include "engines/tool/fetch/html.h"

static int
is_space(int c)
{
	return (c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r');
}

static int
is_alpha(int c)
{
	return ((c | 32) >= 'a' && (c | 32) <= 'z');
}

void
lex_init(struct lexer *l, const char *p, size_t len)
{
	memset(l, 0, sizeof(*l));
	l->p = len > 0 ? p : "";
	l->end = l->p + len;
}

static size_t
left(const struct lexer *l)
{
	return ((size_t)(l->end - l->p));
}

/* To behind the next c, or to the end. */
static void
skip_past(struct lexer *l, int c)
{
	const char *q = memchr(l->p, c, left(l));

	l->p = q == NULL ? l->end : q + 1;
}

/* Behind "<!--": up to -->, --!>, or one of the short forms. */
static void
skip_comment(struct lexer *l)
{
	const char *q = l->p;

	if (left(l) >= 1 && q[0] == '>') {
		l->p++;
		return;
	}
	if (left(l) >= 2 && q[0] == '-' && q[1] == '>') {
		l->p += 2;
		return;
	}
	while ((q = memchr(q, '-', (size_t)(l->end - q))) != NULL) {
		if (l->end - q >= 3 && memcmp(q, "-->", 3) == 0) {
			l->p = q + 3;
			return;
		}
		if (l->end - q >= 4 && memcmp(q, "--!>", 4) == 0) {
			l->p = q + 4;
			return;
		}
		q++;
	}
	l->p = l->end;
}

static void
attr_value(struct lexer *l, struct attr *a)
{
	const char *q;
	char quote;

	a->val = l->p;
	if (l->p == l->end)
		return;
	quote = *l->p;
	if (quote == '"' || quote == '\'') {
		a->val = ++l->p;
		q = memchr(l->p, quote, left(l));
		a->vallen = q == NULL ? left(l) : (size_t)(q - l->p);
		l->p = q == NULL ? l->end : q + 1;
		return;
	}
	while (l->p < l->end && !is_space(*l->p) && *l->p != '>')
		l->p++;
	a->vallen = (size_t)(l->p - a->val);
}

/* The rest of a tag; 0 when the page ends in it, which makes it none. */
static int
tag_rest(struct lexer *l, struct token *t)
{
	struct attr a;

	for (;;) {
		t->closed = 0;
		for (; l->p < l->end && (is_space(*l->p) || *l->p == '/');
		    l->p++)
			t->closed = *l->p == '/';
		if (l->p == l->end)
			return (0);
		if (*l->p == '>') {
			l->p++;
			return (1);
		}
		memset(&a, 0, sizeof(a));
		a.name = l->p++;	/* a first = belongs to the name */
		while (l->p < l->end && !is_space(*l->p) && *l->p != '/' &&
		    *l->p != '>' && *l->p != '=')
			l->p++;
		a.namelen = (size_t)(l->p - a.name);
		while (l->p < l->end && is_space(*l->p))
			l->p++;
		if (l->p < l->end && *l->p == '=') {
			l->p++;
			while (l->p < l->end && is_space(*l->p))
				l->p++;
			/* "<a href=>" has none. */
			if (l->p < l->end && *l->p != '>')
				attr_value(l, &a);
		}
		if (t->nattr < ATTRS_MAX)
			t->attr[t->nattr++] = a;
	}
}

static void
raw_begin(struct lexer *l, const struct token *t)
{
	static const char *const raws[] = { "script", "style", "xmp",
	    "iframe", "noembed", "noframes", "noscript", "title",
	    "textarea", "plaintext" };
	size_t i;

	for (i = 0; i < NELEM(raws); i++)
		if (strlen(raws[i]) == t->len &&
		    strncasecmp(raws[i], t->p, t->len) == 0) {
			(void)str_copy(l->raw, raws[i], sizeof(l->raw));
			l->rcdata = l->raw[0] == 't';
		}
}

/* What lies before the end tag of the element we are in. */
static void
raw_text(struct lexer *l, struct token *t)
{
	size_t n = strlen(l->raw);
	const char *q = l->p;

	t->type = TK_TEXT;
	t->p = l->p;
	t->literal = !l->rcdata;
	if (l->raw[0] == 'p')		/* plaintext has no end tag */
		q = l->end;
	while ((q = memchr(q, '<', (size_t)(l->end - q))) != NULL) {
		if ((size_t)(l->end - q) > n + 2 && q[1] == '/' &&
		    strncasecmp(q + 2, l->raw, n) == 0 &&
		    (is_space(q[n + 2]) || q[n + 2] == '/' ||
		    q[n + 2] == '>'))
			break;
		q++;
	}
	l->p = q == NULL ? l->end : q;
	t->len = (size_t)(l->p - t->p);
	l->raw[0] = '\0';
}

/* At '<': 1 a token, 0 nothing to show, -1 it is just a character. */
static int
markup(struct lexer *l, struct token *t)
{
	const char *p = l->p;
	size_t n = left(l);

	if (n >= 2 && (p[1] == '!' || p[1] == '?')) {
		if (n >= 4 && memcmp(p, "<!--", 4) == 0) {
			l->p += 4;
			skip_comment(l);
		} else
			skip_past(l, '>');
		return (0);
	}
	t->type = n >= 2 && p[1] == '/' ? TK_END : TK_START;
	p += t->type == TK_END ? 2 : 1;
	if (p >= l->end || !is_alpha(*p)) {
		if (t->type == TK_START || p >= l->end)
			return (-1);
		skip_past(l, '>');	/* "</3>" is a comment */
		return (0);
	}
	t->p = p;
	while (p < l->end && !is_space(*p) && *p != '/' && *p != '>')
		p++;
	t->len = (size_t)(p - t->p);
	l->p = p;
	if (!tag_rest(l, t))
		return (0);
	if (t->type == TK_START)
		raw_begin(l, t);
	return (1);
}

int
lex_next(struct lexer *l, struct token *t)
{
	const char *q;
	int r;

	while (l->p < l->end) {
		t->nattr = 0;
		t->literal = 0;
		if (l->raw[0] != '\0') {
			raw_text(l, t);
			return (1);
		}
		r = -1;
		if (*l->p == '<' && (r = markup(l, t)) == 1)
			return (1);
		if (r == 0)
			continue;
		t->type = TK_TEXT;
		t->p = l->p;
		q = memchr(l->p + 1, '<', left(l) - 1);
		l->p = q == NULL ? l->end : q;
		t->len = (size_t)(l->p - t->p);
		return (1);
	}
	return (0);
}

const struct attr *
lex_attr(const struct token *t, const char *name)
{
	size_t n = strlen(name);
	unsigned i;

	for (i = 0; i < t->nattr; i++)
		if (t->attr[i].namelen == n &&
		    strncasecmp(t->attr[i].name, name, n) == 0)
			return (&t->attr[i]);
	return (NULL);
}

int
lex_is(const struct token *t, const char *name)
{
	return (strlen(name) == t->len &&
	    strncasecmp(name, t->p, t->len) == 0);
}
