/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What of a page is not shown: scripts, styles, drawings, and what the page
 * itself hides in its tags.  (It can hide more by style sheets.)  Pure.
 */
#include <string.h>
#include <strings.h>

#include "engines/tool/fetch/html.h"

/* An attribute with its references resolved; "" when there is none. */
static const char *
value(struct hide *h, const struct token *t, const char *name)
{
	const struct attr *a = lex_attr(t, name);

	h->tmp.len = 0;
	if (a != NULL)
		entity_text(a->val, a->vallen, 1, &h->tmp);
	(void)buf_add(&h->tmp, "", 0);
	return (h->tmp.failed ? "" : h->tmp.p);
}

static int
style_hides(const char *s)
{
	char t[256];
	size_t n = 0;

	for (; *s != '\0' && n < sizeof(t) - 1; s++)
		if (*s > ' ')
			t[n++] = *s;
	t[n] = '\0';
	return (strcasestr(t, "display:none") != NULL ||
	    strcasestr(t, "visibility:hidden") != NULL);
}

static int
hidden(struct hide *h, const struct token *t, const struct element *e)
{
	if (t->nattr == 0)
		return (e->what == W_DIALOG);
	if (lex_attr(t, "hidden") != NULL &&
	    strcasecmp(value(h, t, "hidden"), "until-found") != 0)
		return (1);
	if (e->what == W_DIALOG)
		return (lex_attr(t, "open") == NULL);
	/* Ornaments; around more than a word scripts set it and take it. */
	if ((lex_is(t, "span") || lex_is(t, "i") || lex_is(t, "a")) &&
	    strcasecmp(value(h, t, "aria-hidden"), "true") == 0)
		return (1);
	return (lex_attr(t, "style") != NULL &&
	    style_hides(value(h, t, "style")));
}

static void
skip_begin(struct hide *h, const struct token *t, const struct element *e)
{
	if ((e->flags & F_VOID) || t->closed || t->len >= sizeof(h->name))
		return;
	memcpy(h->name, t->p, t->len);
	h->name[t->len] = '\0';
	h->nested = 1;
	h->held = 0;
	h->open = (e->flags & F_OPEN) != 0;
}

/* 1 when the token belongs to what is skipped. */
static int
skipped(struct hide *h, const struct token *t)
{
	const struct element *e;
	int same, p;

	if (h->name[0] == '\0')
		return (0);
	if (t->type == TK_TEXT)
		return (1);
	e = element(t);
	same = lex_is(t, h->name);
	if (t->type == TK_END && same) {
		if (--h->nested == 0)
			h->name[0] = '\0';
		return (1);
	}
	if (!h->open) {
		h->nested += t->type == TK_START && same && !t->closed;
		return (1);
	}
	/* Its end tag may be left out: the next of its kind ends it too, and
	 * the end of what holds it. */
	p = strcasecmp(h->name, "p") == 0;
	if (t->type == TK_START) {
		if (h->held == 0 && (same || (p && (e->flags & F_HOLD)))) {
			h->name[0] = '\0';
			return (0);
		}
		h->held += (e->flags & F_HOLD) != 0;
	} else if (e->flags & F_HOLD) {
		if (h->held == 0) {
			h->name[0] = '\0';
			return (0);
		}
		h->held--;
	}
	return (1);
}

int
hide_token(struct hide *h, const struct token *t)
{
	const struct element *e;

	if (skipped(h, t))
		return (1);
	if (t->type != TK_START)
		return (0);
	e = element(t);
	if (e->what != W_SKIP && !hidden(h, t, e))
		return (0);
	skip_begin(h, t, e);
	return (1);
}
