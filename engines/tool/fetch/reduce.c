/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * A page as Markdown: what a person would read of it, in order, with its
 * headings, lists, links, code and tables.  No script, no style, nothing that
 * is hidden.  No tree and no recursion: how deep a page nests costs nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "engines/tool/fetch/html.h"

#define TABLES_OPEN	32
#define ALT_MAX		300

struct reducer {
	struct md	 md;
	struct survey	 sv;
	CURLU		*base;
	struct buf	 tmp;
	unsigned	 seen;		/* tables so far */
	struct {
		int	 data, rows, heads;
	} table[TABLES_OPEN];
	unsigned	 ntables;	/* may be more than TABLES_OPEN */
	struct hide	 hide;
};

/* An attribute with its references resolved; "" when there is none. */
static const char *
attr(struct reducer *r, const struct token *t, const char *name)
{
	const struct attr *a = lex_attr(t, name);

	r->tmp.len = 0;
	if (a != NULL)
		entity_text(a->val, a->vallen, 1, &r->tmp);
	(void)buf_add(&r->tmp, "", 0);
	return (r->tmp.failed ? "" : r->tmp.p);
}

static unsigned
attr_num(struct reducer *r, const struct token *t, const char *name,
    unsigned dflt)
{
	const char *s = attr(r, t, name);

	if (*s < '0' || *s > '9' || strlen(s) > 6)
		return (dflt);
	return ((unsigned)strtoul(s, NULL, 10));
}

/* --- tags --------------------------------------------------------------- */

static int
in_data(const struct reducer *r)
{
	return (r->ntables > 0 && r->ntables <= TABLES_OPEN &&
	    r->table[r->ntables - 1].data);
}

static void
row_end(struct reducer *r)
{
	if (!in_data(r) || !r->md.row)
		return;
	md_row_end(&r->md, r->table[r->ntables - 1].rows == 0 &&
	    r->table[r->ntables - 1].heads);
	r->table[r->ntables - 1].rows += r->md.cells > 0;
}

static void
on_table(struct reducer *r, unsigned index)
{
	row_end(r);
	md_break(&r->md, 2);
	if (++r->ntables > TABLES_OPEN)
		return;
	memset(&r->table[r->ntables - 1], 0, sizeof(r->table[0]));
	r->table[r->ntables - 1].data = index < SURVEY_TABLES &&
	    r->sv.data[index] && r->md.pre == 0;
}

static void
on_cell(struct reducer *r, int head)
{
	if (!in_data(r)) {
		md_break(&r->md, 1);
		return;
	}
	if (!r->md.row)
		md_row(&r->md);
	md_cell(&r->md);
	r->table[r->ntables - 1].heads |= head;
}

static void
on_link(struct reducer *r, const struct token *t)
{
	const char *href;
	char *url;

	md_close(&r->md, MD_LINK);
	if (lex_attr(t, "href") == NULL)
		return;
	href = attr(r, t, "href");
	if ((url = url_link(r->base, href, strlen(href))) != NULL)
		md_open(&r->md, MD_LINK, url);
	free(url);
}

static void
on_image(struct reducer *r, const struct token *t)
{
	const char *alt = attr(r, t, "alt");

	if (r->md.pre > 0 || alt[strspn(alt, " \t\r\n")] == '\0')
		return;
	md_text(&r->md, "(image: ", 8);
	md_text(&r->md, alt, utf8_prefix(alt, strlen(alt), ALT_MAX));
	md_text(&r->md, ")", 1);
}

/* "language-c", as highlighters name it. */
static void
language(struct reducer *r, const struct token *t)
{
	static const char *const heads[] = { "language-", "lang-",
	    "highlight-source-" };
	const char *s, *p;
	size_t i, n;

	s = attr(r, t, "class");
	for (i = 0; i < NELEM(heads); i++)
		if ((p = strstr(s, heads[i])) != NULL) {
			p += strlen(heads[i]);
			n = strspn(p, "abcdefghijklmnopqrstuvwxyz0123456789+#"
			    "-");
			if (n > 0 && n < sizeof(r->md.lang)) {
				memcpy(r->md.lang, p, n);
				r->md.lang[n] = '\0';
			}
			return;
		}
}

static void
on_block(struct reducer *r, enum what w)
{
	/* A heading that was not ended ends here. */
	if (w == W_BLOCK && r->md.heading && r->md.lead == NULL)
		md_heading(&r->md, 0);
	md_break(&r->md, w == W_BLOCK ? 2 : 1);
}

static void
on_row(struct reducer *r)
{
	row_end(r);
	if (in_data(r))
		md_row(&r->md);
	else
		md_break(&r->md, 1);
}

static void
on_break(struct md *m)
{
	if (m->pre > 0)
		md_text(m, "\n", 1);
	else
		md_break(m, MINIMUM(m->want + 1, 2));
}

/* What begins a shape: lists, tables, code. */
static void
on_shape(struct reducer *r, const struct token *t, const struct element *e)
{
	struct md *m = &r->md;

	switch (e->what) {
	case W_LIST:
		md_push(m, (enum md_level)e->arg, attr_num(r, t, "start", 1));
		break;
	case W_ITEM:
		md_item(m, attr_num(r, t, "value", 0));
		break;
	case W_QUOTE:
		md_push(m, MD_QUOTE, 0);
		break;
	case W_PRE:
		md_pre(m, "");
		language(r, t);
		break;
	case W_TABLE:
		on_table(r, r->seen - 1);
		break;
	case W_ROW:
		on_row(r);
		break;
	case W_CELL:
		on_cell(r, e->arg);
		break;
	default:
		break;
	}
}

static void
on_start(struct reducer *r, const struct token *t)
{
	const struct element *e = element(t);
	struct md *m = &r->md;

	switch (e->what) {
	case W_BLOCK:
	case W_LINE:
	case W_DIALOG:
		on_block(r, e->what);
		break;
	case W_DD:
		md_break(m, 1);
		md_text(m, ": ", 2);
		break;
	case W_HEAD:
		md_heading(m, (unsigned)e->arg);
		break;
	case W_MARK:
		if (m->pre > 0 && m->code.len == 0 && e->arg == MD_CODE)
			language(r, t);
		md_open(m, (enum md_mark)e->arg, NULL);
		break;
	case W_LINK:
		on_link(r, t);
		break;
	case W_IMG:
		on_image(r, t);
		break;
	case W_BR:
		on_break(m);
		break;
	case W_HR:
		md_line(m, "---");
		break;
	case W_Q:
		md_text(m, "\"", 1);
		break;
	default:
		on_shape(r, t, e);
	}
}

static void
on_end(struct reducer *r, const struct token *t)
{
	const struct element *e = element(t);
	struct md *m = &r->md;

	switch (e->what) {
	case W_BLOCK:
	case W_LINE:
	case W_DIALOG:
		md_break(m, e->what == W_BLOCK ? 2 : 1);
		break;
	case W_DD:
		md_break(m, 1);
		break;
	case W_HEAD:
		md_heading(m, 0);
		break;
	case W_MARK:
		md_close(m, (enum md_mark)e->arg);
		break;
	case W_LINK:
		md_close(m, MD_LINK);
		break;
	case W_LIST:
		md_pop(m, (enum md_level)e->arg);
		break;
	case W_QUOTE:
		md_pop(m, MD_QUOTE);
		break;
	case W_PRE:
		md_pre_end(m);
		break;
	case W_TABLE:
		row_end(r);
		r->ntables -= r->ntables > 0;
		md_break(m, 2);
		break;
	case W_ROW:
		row_end(r);
		break;
	case W_Q:
		md_text(m, "\"", 1);
		break;
	default:
		break;
	}
}

static void
on_text(struct reducer *r, const struct token *t)
{
	if (t->literal || memchr(t->p, '&', t->len) == NULL) {
		md_text(&r->md, t->p, t->len);
		return;
	}
	r->tmp.len = 0;
	entity_text(t->p, t->len, 0, &r->tmp);
	if (!r->tmp.failed)
		md_text(&r->md, r->tmp.p, r->tmp.len);
}

static CURLU *
base_of(CURLU *url, const char *own)
{
	CURLU *u = url == NULL ? curl_url() : curl_url_dup(url);

	/* A base that is none is ignored. */
	if (u != NULL && own[0] != '\0')
		(void)curl_url_set(u, CURLUPART_URL, own, 0);
	return (u);
}

int
html_reduce(const char *p, size_t len, CURLU *url, size_t max,
    struct page *page)
{
	struct reducer *r;
	struct lexer l;
	struct token t;

	buf_init(&page->title);
	buf_init(&page->text);
	if ((r = calloc(1, sizeof(*r))) == NULL)
		return (-1);
	buf_init(&r->tmp);
	buf_init(&r->hide.tmp);
	r->sv.title = &page->title;
	survey_page(p, len, &r->sv);
	r->base = base_of(url, r->sv.base);
	md_init(&r->md, &page->text, max);
	lex_init(&l, p, len);
	while (!r->md.full && lex_next(&l, &t)) {
		if (t.type == TK_START && lex_is(&t, "table"))
			r->seen++;
		if (hide_token(&r->hide, &t))
			continue;
		if (t.type == TK_TEXT)
			on_text(r, &t);
		else if (t.type == TK_START)
			on_start(r, &t);
		else
			on_end(r, &t);
	}
	md_end(&r->md);
	page->cut = r->md.full;
	curl_url_cleanup(r->base);
	buf_free(&r->tmp);
	buf_free(&r->hide.tmp);
	free(r);
	return (page->text.failed || page->title.failed ? -1 : 0);
}

void
page_free(struct page *p)
{
	buf_free(&p->title);
	buf_free(&p->text);
}
