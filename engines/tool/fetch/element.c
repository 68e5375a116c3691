/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The elements of HTML that mean something to a reader.  Pure.
 */
#include <stdlib.h>
#include <string.h>

#include "engines/tool/fetch/html.h"

static const struct element elements[] = {	/* in the order of strcmp(3) */
	{ "a", W_LINK, 0, 0 }, { "address", W_BLOCK, 0, 0 },
	{ "annotation", W_SKIP, 0, 0 }, { "area", W_NONE, 0, F_VOID },
	{ "article", W_BLOCK, 0, F_HOLD }, { "aside", W_BLOCK, 0, F_HOLD },
	{ "audio", W_SKIP, 0, 0 }, { "b", W_MARK, MD_STRONG, 0 },
	{ "base", W_NONE, 0, F_VOID }, { "blockquote", W_QUOTE, 0, F_HOLD },
	{ "body", W_NONE, 0, F_HOLD }, { "br", W_BR, 0, F_VOID },
	{ "canvas", W_SKIP, 0, 0 }, { "caption", W_LINE, 0, 0 },
	{ "center", W_BLOCK, 0, F_HOLD }, { "code", W_MARK, MD_CODE, 0 },
	{ "col", W_NONE, 0, F_VOID }, { "datalist", W_SKIP, 0, 0 },
	{ "dd", W_DD, 0, F_OPEN }, { "del", W_MARK, MD_STRIKE, 0 },
	{ "details", W_BLOCK, 0, F_HOLD }, { "dialog", W_DIALOG, 0, 0 },
	{ "dir", W_LIST, MD_UL, F_HOLD }, { "div", W_LINE, 0, F_HOLD },
	{ "dl", W_BLOCK, 0, F_HOLD }, { "dt", W_LINE, 0, F_OPEN },
	{ "em", W_MARK, MD_EM, 0 }, { "embed", W_NONE, 0, F_VOID },
	{ "fieldset", W_BLOCK, 0, F_HOLD }, { "figcaption", W_LINE, 0, 0 },
	{ "figure", W_BLOCK, 0, F_HOLD }, { "footer", W_BLOCK, 0, F_HOLD },
	{ "form", W_BLOCK, 0, F_HOLD }, { "h1", W_HEAD, 1, 0 },
	{ "h2", W_HEAD, 2, 0 }, { "h3", W_HEAD, 3, 0 },
	{ "h4", W_HEAD, 4, 0 }, { "h5", W_HEAD, 5, 0 },
	{ "h6", W_HEAD, 6, 0 }, { "header", W_BLOCK, 0, F_HOLD },
	{ "hr", W_HR, 0, F_VOID }, { "i", W_MARK, MD_EM, 0 },
	{ "iframe", W_SKIP, 0, 0 }, { "img", W_IMG, 0, F_VOID },
	{ "input", W_NONE, 0, F_VOID }, { "kbd", W_MARK, MD_CODE, 0 },
	{ "legend", W_LINE, 0, 0 }, { "li", W_ITEM, 0, F_OPEN },
	{ "link", W_NONE, 0, F_VOID }, { "listing", W_PRE, 0, 0 },
	{ "main", W_BLOCK, 0, F_HOLD }, { "menu", W_LIST, MD_UL, F_HOLD },
	{ "meta", W_NONE, 0, F_VOID }, { "nav", W_BLOCK, 0, F_HOLD },
	{ "noembed", W_SKIP, 0, 0 }, { "noframes", W_SKIP, 0, 0 },
	{ "noscript", W_SKIP, 0, 0 }, { "object", W_SKIP, 0, 0 },
	{ "ol", W_LIST, MD_OL, F_HOLD }, { "option", W_LINE, 0, F_OPEN },
	{ "p", W_BLOCK, 0, F_OPEN }, { "param", W_NONE, 0, F_VOID },
	{ "pre", W_PRE, 0, F_HOLD }, { "q", W_Q, 0, 0 },
	{ "s", W_MARK, MD_STRIKE, 0 }, { "samp", W_MARK, MD_CODE, 0 },
	{ "script", W_SKIP, 0, 0 }, { "section", W_BLOCK, 0, F_HOLD },
	{ "select", W_SKIP, 0, 0 }, { "source", W_NONE, 0, F_VOID },
	{ "strike", W_MARK, MD_STRIKE, 0 },
	{ "strong", W_MARK, MD_STRONG, 0 }, { "style", W_SKIP, 0, 0 },
	{ "summary", W_LINE, 0, 0 }, { "svg", W_SKIP, 0, 0 },
	{ "table", W_TABLE, 0, F_HOLD }, { "tbody", W_NONE, 0, F_HOLD },
	{ "td", W_CELL, 0, F_OPEN }, { "template", W_SKIP, 0, 0 },
	{ "textarea", W_SKIP, 0, 0 }, { "tfoot", W_NONE, 0, F_HOLD },
	{ "th", W_CELL, 1, F_OPEN }, { "thead", W_NONE, 0, F_HOLD },
	{ "title", W_SKIP, 0, 0 }, { "tr", W_ROW, 0, F_OPEN },
	{ "track", W_NONE, 0, F_VOID }, { "tt", W_MARK, MD_CODE, 0 },
	{ "ul", W_LIST, MD_UL, F_HOLD }, { "video", W_SKIP, 0, 0 },
	{ "wbr", W_NONE, 0, F_VOID }
};

static int
element_cmp(const void *key, const void *e)
{
	return (strcmp(key, ((const struct element *)e)->name));
}

const struct element *
element(const struct token *t)
{
	static const struct element other = { "", W_NONE, 0, 0 };
	const struct element *e;
	char name[16];
	size_t i;

	if (t->len >= sizeof(name))
		return (&other);
	for (i = 0; i < t->len; i++)
		name[i] = t->p[i] >= 'A' && t->p[i] <= 'Z' ?
		    (char)(t->p[i] | 32) : t->p[i];
	name[t->len] = '\0';
	e = bsearch(name, elements, NELEM(elements), sizeof(elements[0]),
	    element_cmp);
	return (e == NULL ? &other : e);
}
