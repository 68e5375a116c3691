/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The model's Markdown to Telegram text and entities, driven by md4c's events.
 * Pure, run by the relay on bytes it does not trust: whatever comes in, what
 * goes out is valid UTF-8 with entities the server cannot object to.  What
 * cannot be rendered (memory, absurd tables) is shown as it was written.
 */
#include <stdlib.h>
#include <string.h>

#include "engines/relay/md/mdint.h"

#define MARK_ITEM	"• "
#define MARK_OPEN	"☐ "
#define MARK_DONE	"☑ "
#define RULE		"──────────"

static const char *const kinds[MD_KIND_MAX] = {
	[MD_BOLD] = "bold", [MD_ITALIC] = "italic",
	[MD_STRIKE] = "strikethrough", [MD_CODE] = "code", [MD_PRE] = "pre",
	[MD_LINK] = "text_link", [MD_QUOTE] = "blockquote",
};

const char *
md_kind_name(enum md_kind k)
{
	return ((unsigned)k < MD_KIND_MAX ? kinds[k] : "?");
}

/* A block begins or ends: at least so many line ends before the next text. */
static void
md_block(struct md *m, unsigned nl)
{
	m->nl = MAXIMUM(m->nl, nl);
}

static void
place(struct md *m, int quotes)
{
	unsigned i;

	for (i = 0; i < m->nopen; i++) {
		if (m->open[i].placed || (quotes && m->open[i].kind !=
		    MD_QUOTE))
			continue;
		m->open[i].placed = 1;
		m->open[i].from = m->out.len;
	}
}

static void
indent(struct md *m, unsigned depth)
{
	while (depth-- > 0)
		(void)buf_add(&m->out, "  ", 2);
}

/* What is owed before text: line ends, then the item's mark. */
static void
settle(struct md *m)
{
	unsigned depth = m->nlists;

	if (m->nl > 0 && m->out.len > 0) {
		(void)buf_add(&m->out, "\n\n", MINIMUM(m->nl, 2u));
		if (depth > 0 && (m->bullet || !m->code))
			indent(m, m->bullet ? depth - 1 : depth);
	}
	m->nl = 0;
	if (m->bullet) {
		place(m, 1);
		(void)buf_puts(&m->out, m->mark);
		m->bullet = 0;
		if (m->code)
			(void)buf_add(&m->out, "\n", 1);
	}
	place(m, 0);
}

void
md_emit(struct md *m, const char *s, size_t n)
{
	struct buf *b = m->table != NULL ? &m->table->text : &m->out;

	if (n == 0)
		return;
	if (b->len + n > m->most) {
		m->failed = 1;
		return;
	}
	if (m->table == NULL)
		settle(m);
	(void)buf_add(b, s, n);
}

static void
item(struct md *m, const MD_BLOCK_LI_DETAIL *d)
{
	struct md_list *l = m->nlists > 0 ? &m->lists[m->nlists - 1] : NULL;

	md_block(m, 1);
	if (d->is_task)
		(void)str_copy(m->mark, d->task_mark == ' ' ? MARK_OPEN :
		    MARK_DONE, sizeof(m->mark));
	else if (l != NULL && l->ordered)
		(void)str_format(m->mark, sizeof(m->mark), "%u. ", l->next++);
	else
		(void)str_copy(m->mark, MARK_ITEM, sizeof(m->mark));
	m->bullet = 1;
}

static void
list(struct md *m, int ordered, unsigned start)
{
	md_block(m, m->nlists > 0 ? 1 : 2);
	if (m->nlists == MD_DEPTH) {
		m->overlists++;
		return;
	}
	m->lists[m->nlists].ordered = ordered;
	m->lists[m->nlists++].next = start;
}

static int
enter_block(MD_BLOCKTYPE type, void *detail, void *arg)
{
	struct md *m = arg;

	switch (type) {
	case MD_BLOCK_QUOTE:
		md_block(m, 2);
		md_open(m, m->quotes++ == 0 ? MD_QUOTE : -1, NULL);
		break;
	case MD_BLOCK_UL:
		list(m, 0, 0);
		break;
	case MD_BLOCK_OL:
		list(m, 1, ((MD_BLOCK_OL_DETAIL *)detail)->start);
		break;
	case MD_BLOCK_LI:
		item(m, detail);
		break;
	case MD_BLOCK_HR:
		md_block(m, 2);
		md_emit(m, RULE, strlen(RULE));
		md_block(m, 2);
		break;
	case MD_BLOCK_H:
		md_block(m, 2);
		md_open(m, MD_BOLD, NULL);
		break;
	case MD_BLOCK_CODE:
		md_block(m, m->nlists > 0 ? 1 : 2);
		md_open(m, MD_PRE, md_language(&((MD_BLOCK_CODE_DETAIL *)
		    detail)->lang));
		m->code = 1;
		break;
	case MD_BLOCK_P:
		md_block(m, m->bullet ? 1 : 2);
		break;
	case MD_BLOCK_TABLE:
		md_block(m, 2);
		return (md_table_begin(m, detail));
	case MD_BLOCK_TH:
	case MD_BLOCK_TD:
		return (md_table_cell(m, ((MD_BLOCK_TD_DETAIL *)
		    detail)->align));
	default:
		break;
	}
	return (0);
}

static int
leave_block(MD_BLOCKTYPE type, void *detail, void *arg)
{
	struct md *m = arg;

	(void)detail;
	switch (type) {
	case MD_BLOCK_QUOTE:
		m->quotes--;
		md_close(m);
		md_block(m, 2);
		break;
	case MD_BLOCK_UL:
	case MD_BLOCK_OL:
		if (m->overlists > 0)
			m->overlists--;
		else if (m->nlists > 0)
			m->nlists--;
		md_block(m, m->nlists > 0 ? 1 : 2);
		break;
	case MD_BLOCK_LI:
		if (m->bullet)		/* an empty item still shows */
			settle(m);
		md_block(m, 1);
		break;
	case MD_BLOCK_P:
		md_block(m, m->nlists > 0 ? 1 : 2);
		break;
	case MD_BLOCK_CODE:
		m->code = 0;
		/* The last line end of the code is the block's. */
		while (m->out.len > 0 && m->out.p[m->out.len - 1] == '\n')
			m->out.len--;
		md_close(m);
		md_block(m, m->nlists > 0 ? 1 : 2);
		break;
	case MD_BLOCK_H:
		md_close(m);
		md_block(m, 2);
		break;
	case MD_BLOCK_TABLE:
		md_table_end(m);
		md_block(m, 2);
		break;
	default:
		break;
	}
	return (0);
}

static const struct buf *
shown_text(const struct md *m)
{
	return (m->table != NULL ? &m->table->text : &m->out);
}

static void
link_enter(struct md *m, const MD_ATTRIBUTE *href)
{
	char *url;

	if (m->links++ > 0) {		/* an image inside a link */
		md_open(m, -1, NULL);
		return;
	}
	if ((url = md_attr(href)) == NULL)
		m->failed = 1;
	m->url = url;
	if (m->table == NULL)
		settle(m);
	m->linkat = shown_text(m)->len;
	if (url != NULL && m->table == NULL && md_linkable(url))
		md_open(m, MD_LINK, strdup(url));
	else
		md_open(m, -1, NULL);
}

/* Does the text say the address already? */
static int
same_url(const char *url, const char *shown, size_t n)
{
	if (strncmp(url, "mailto:", 7) == 0)
		url += 7;
	return (strlen(url) == n && memcmp(url, shown, n) == 0);
}

/* What cannot be a link in Telegram is written out. */
static void
link_leave(struct md *m)
{
	const char *shown;
	size_t n;
	char *url;

	if (--m->links > 0) {
		md_close(m);
		return;
	}
	url = m->url;
	m->url = NULL;
	n = shown_text(m)->len - m->linkat;
	if (url != NULL && n == 0)
		md_emit(m, url, strlen(url));
	md_close(m);
	if (url != NULL && n > 0 && (m->table != NULL || !md_linkable(url))) {
		shown = shown_text(m)->p + m->linkat;
		if (url[0] != '\0' && !same_url(url, shown, n)) {
			md_emit(m, " (", 2);
			md_emit(m, url, strlen(url));
			md_emit(m, ")", 1);
		}
	}
	free(url);
}

static int
enter_span(MD_SPANTYPE type, void *detail, void *arg)
{
	struct md *m = arg;
	int kind = -1;

	switch (type) {
	case MD_SPAN_A:
		link_enter(m, &((MD_SPAN_A_DETAIL *)detail)->href);
		return (0);
	case MD_SPAN_IMG:
		link_enter(m, &((MD_SPAN_IMG_DETAIL *)detail)->src);
		return (0);
	case MD_SPAN_EM:
		kind = MD_ITALIC;
		break;
	case MD_SPAN_STRONG:
		kind = MD_BOLD;
		break;
	case MD_SPAN_DEL:
		kind = MD_STRIKE;
		break;
	case MD_SPAN_CODE:
		/* Inside a link the link is worth more. */
		kind = md_isopen(m, MD_LINK) ? -1 : MD_CODE;
		break;
	default:
		break;
	}
	if (m->table != NULL || md_isopen(m, kind))
		kind = -1;
	md_open(m, kind, NULL);
	return (0);
}

static int
leave_span(MD_SPANTYPE type, void *detail, void *arg)
{
	struct md *m = arg;

	(void)detail;
	if (type == MD_SPAN_A || type == MD_SPAN_IMG)
		link_leave(m);
	else
		md_close(m);
	return (m->failed ? -1 : 0);
}

static int
on_text(MD_TEXTTYPE type, const MD_CHAR *s, MD_SIZE n, void *arg)
{
	struct md *m = arg;
	char ref[8];
	size_t k;

	switch (type) {
	case MD_TEXT_NULLCHAR:
		md_emit(m, "\xef\xbf\xbd", 3);
		break;
	case MD_TEXT_BR:
	case MD_TEXT_SOFTBR:
		if (m->table != NULL)
			md_emit(m, " ", 1);
		else
			md_block(m, 1);
		break;
	case MD_TEXT_ENTITY:
		if ((k = md_charref(s, n, ref)) > 0)
			md_emit(m, ref, k);
		else
			md_emit(m, s, n);
		break;
	default:
		md_emit(m, s, n);
	}
	return (m->out.failed || m->failed ? -1 : 0);
}

static const MD_PARSER parser = {
	.flags = MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH | MD_FLAG_TASKLISTS |
	    MD_FLAG_NOHTML | MD_FLAG_NOINDENTEDCODEBLOCKS,
	.enter_block = enter_block,
	.leave_block = leave_block,
	.enter_span = enter_span,
	.leave_span = leave_span,
	.text = on_text,
};

static void
take_text(struct md_text *t, char *s, size_t len)
{
	while (len > 0 && strchr(" \n\t", s[len - 1]) != NULL)
		len--;
	s[len] = '\0';
	t->s = s;
	t->len = len;
	t->units = (uint32_t)utf16_len(s, len);
}

int
md_render(const char *src, size_t len, struct md_text *t)
{
	struct md m;
	char *clean;
	size_t n;
	int rc;

	memset(t, 0, sizeof(*t));
	memset(&m, 0, sizeof(m));
	if ((clean = md_clean(src, len, &n)) == NULL)
		return (-1);
	buf_init(&m.out);
	m.most = n * MD_GROWS + MD_LEAST;
	/* md4c before 0.5.0 looks past a text that ends within a line. */
	clean[n] = '\n';
	rc = md_parse(clean, (MD_SIZE)(n + 1), &parser, &m);
	if (rc == 0 && !m.failed && buf_puts(&m.out, "") == 0) {
		take_text(t, m.out.p, m.out.len);
		buf_init(&m.out);
		rc = md_entities(&m, t);
	} else
		rc = -1;
	buf_free(&m.out);
	free(m.url);
	if (m.table != NULL) {
		buf_free(&m.table->text);
		free(m.table);
	}
	md_spans_free(&m);
	if (rc == 0) {
		free(clean);
		return (0);
	}
	md_free(t);
	take_text(t, clean, n);		/* as it was written */
	return (0);
}

void
md_free(struct md_text *t)
{
	unsigned i;

	for (i = 0; i < t->n; i++)
		free(t->e[i].arg);
	free(t->e);
	free(t->s);
	memset(t, 0, sizeof(*t));
}
