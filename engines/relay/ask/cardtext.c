/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * A card as text, entities and buttons.  Input is shown whole, cut into
 * pages; nothing can be allowed before all its pages were shown.  Linked by
 * the relay; pure.
 */
#include <inttypes.h>
#include <string.h>

#include "telclauded/lib/util.h"
#include "engines/relay/ask/cardtext.h"
#include "engines/relay/turn/turn.h"

#define UNITS_WORTH	200	/* less room than this is not begun with */

/* A piece of one input on the page that is shown. */
struct piece {
	unsigned	 line;
	const char	*s;
	size_t		 len;
};

void
card_taint(uint32_t taint, char *dst, size_t size)
{
	static const struct { uint32_t bit; const char *word; } words[] = {
		{ TAINT_FORWARD, "a forwarded message" },
		{ TAINT_FILE, "a file that was sent" },
		{ TAINT_WEB, "a web page" },
		{ TAINT_NET, "something from the network" },
		{ TAINT_PROVIDER, "data of a provider" },
	};
	const char	*sep = "has read: ";
	size_t		 i;

	(void)str_copy(dst, "nothing from outside read", size);
	if (taint != 0)
		dst[0] = '\0';
	for (i = 0; i < NELEM(words); i++)
		if (taint & words[i].bit) {
			(void)str_format(dst + strlen(dst), size - strlen(dst),
			    "%s%s", sep, words[i].word);
			sep = ", ";
		}
}

/* --- pages ------------------------------------------------------------- */
/* How much of s fits: whole lines when they do. */
static size_t
piece_fit(const char *s, size_t len, size_t units)
{
	size_t	n = utf8_prefix(s, len, units), i;

	/* No character has more units than bytes; more may still fit. */
	while (n < len) {
		i = utf8_prefix(s, len, n + (units - utf16_len(s, n)));
		if (i <= n || utf16_len(s, i) > units)
			break;
		n = i;
	}
	if (n == len)
		return (n);
	for (i = n; i > n - n / 5; i--)
		if (s[i - 1] == '\n')
			return (i);
	return (n);
}

/* Lays all lines out; what falls on v->page goes to piece. */
static unsigned
card_pages(struct cardview *v, struct piece piece[CARD_CALLS])
{
	struct cardline	*l;
	unsigned	 i, page = 0, np = 0;
	size_t		 used = 0, off, take;

	for (i = 0; i < v->n; i++) {
		l = &v->line[i];
		off = 0;
		do {
			if (used > 0 && CARD_UNITS - used < MINIMUM(
			    (size_t)UNITS_WORTH, l->len - off)) {
				page++;
				used = 0;
			}
			if (off == 0)
				l->first = page;
			take = piece_fit(l->body + off, l->len - off,
			    CARD_UNITS - used);
			if (page == v->page && np < CARD_CALLS) {
				piece[np].line = i;
				piece[np].s = l->body + off;
				piece[np++].len = take;
			}
			used += utf16_len(l->body + off, take);
			off += take;
		} while (off < l->len);
		l->last = page;
	}
	v->pages = page + 1;
	return (np);
}

static void
card_offers(struct cardview *v)
{
	uint64_t	need;
	unsigned	i;

	for (i = 0; i < v->n; i++) {
		need = (UINT64_C(2) << v->line[i].last) -
		    (UINT64_C(1) << v->line[i].first);
		v->line[i].offered = (v->seen & need) == need;
	}
}

/* --- text -------------------------------------------------------------- */
static void
text_piece(struct cardview *v, const struct piece *p)
{
	struct md_entity	*e;
	size_t			 n = p->len, skip;
	const char		*s = p->s;

	/* Marked from its first to its last character that is one. */
	skip = strspn(s, "\n");
	skip = MINIMUM(skip, n);
	while (n > skip && strchr(" \t\n", s[n - 1]) != NULL)
		n--;
	if (n == skip) {
		(void)buf_puts(&v->text, p->len == 0 ? "(nothing)" :
		    "(blanks)");
		return;
	}
	e = &v->e[v->ne++];
	e->kind = MD_PRE;
	e->arg = (char *)(uintptr_t)v->line[p->line].lang;
	if (*e->arg == '\0')
		e->arg = NULL;
	e->off = (uint32_t)utf16_len(v->text.p, v->text.len);
	e->len = (uint32_t)utf16_len(s + skip, n - skip);
	(void)buf_add(&v->text, s + skip, n - skip);
}

static void
text_end(struct cardview *v)
{
	const struct cardline	*l;
	unsigned		 i, open = 0, hidden = 0, later = 0;
	const char		*sep = "\n";

	for (i = 0; i < v->n; i++) {
		l = &v->line[i];
		open += l->open != 0;
		hidden += l->open && !l->offered;
		later += l->open && l->code && !l->prompt;
		if (!l->open || !l->code || !l->offered || !l->prompt)
			continue;
		(void)buf_puts(&v->text, "\nTo allow ");
		if (v->n > 1)
			(void)buf_printf(&v->text, "%u", i + 1);
		else
			(void)buf_puts(&v->text, "this");
		(void)buf_puts(&v->text, ", send the six digits of your "
		    "authenticator.");
	}
	if (later > 0)
		(void)buf_puts(&v->text, v->n > 1 ? "\nA code allows one at a "
		    "time: I ask for the next when that one is answered." :
		    "\nThis takes a code, which I ask for when the one before "
		    "it is answered. Send none for it yet.");
	if (v->pages > 1) {
		(void)buf_printf(&v->text, "%spage %u of %u%s", sep,
		    v->page + 1, v->pages, hidden > 0 ? ", which must all be "
		    "looked at before this can be allowed" : "");
		sep = ", ";
	}
	if (open > 0)
		(void)buf_printf(&v->text, "%s%u:%02u left", sep,
		    v->left_s / 60, v->left_s % 60);
}

static void
text_noticed(struct cardview *v, const struct cardline *l)
{
	if (l->noticed != NULL && l->noticed[0] != '\0')
		(void)buf_printf(&v->text, "\nAsked because %s.", l->noticed);
}

/* Above one of several. */
static void
text_head(struct cardview *v, const struct cardline *l, unsigned n)
{
	(void)buf_printf(&v->text, "%u %s%s%s", n, l->title,
	    l->how[0] != '\0' ? " \xe2\x80\x94 " : "", l->how);
	text_noticed(v, l);
	(void)buf_puts(&v->text, "\n");
}

static void
card_text(struct cardview *v, const struct piece *piece, unsigned np)
{
	const struct cardline	*l;
	unsigned		 i;

	if (v->n == 1) {
		(void)buf_printf(&v->text, "%s, %s", v->line[0].title,
		    v->where);
		text_noticed(v, &v->line[0]);
	} else
		(void)buf_printf(&v->text, "%u calls, %s", v->n, v->where);
	for (i = 0; i < np; i++) {
		l = &v->line[piece[i].line];
		(void)buf_puts(&v->text, "\n");
		if (v->n > 1)
			text_head(v, l, piece[i].line + 1);
		text_piece(v, &piece[i]);
	}
	if (v->n == 1 && v->line[0].how[0] != '\0')
		(void)buf_printf(&v->text, "\n%s", v->line[0].how);
	text_end(v);
}

/* --- buttons ----------------------------------------------------------- */
static void
button(struct buf *b, const char *text, char verb, uint64_t id, int page)
{
	(void)buf_puts(b, b->p[b->len - 1] == '[' ? "{\"text\":" :
	    ",{\"text\":");
	(void)buf_json_str(b, text, strlen(text));
	(void)buf_printf(b, ",\"callback_data\":\"a:%c:%016" PRIx64, verb, id);
	if (page >= 0)
		(void)buf_printf(b, ":%d", page);
	(void)buf_puts(b, "\"}");
}

static void
button_row(struct buf *b, const struct cardview *v, unsigned i)
{
	const struct cardline	*l = &v->line[i];
	char			 n[16] = "", text[64];

	if (v->n > 1)
		(void)str_format(n, sizeof(n), "%u: ", i + 1);
	(void)buf_puts(b, b->p[b->len - 1] == '[' ? "[" : ",[");
	if (l->offered && !l->code) {
		(void)str_format(text, sizeof(text), "%sAllow once", n);
		button(b, text, 'o', l->id, -1);
	}
	if (l->offered && l->hour && !l->code) {
		(void)str_format(text, sizeof(text), v->n > 1 ? "%s%s for 1 h" :
		    "%sAllow %s for 1 h here", n, l->title);
		button(b, text, 'h', l->id, -1);
	}
	(void)str_format(text, sizeof(text), "%sDeny", n);
	button(b, text, 'd', l->id, -1);
	(void)buf_puts(b, "]");
}

static void
button_pages(struct buf *b, const struct cardview *v)
{
	char	text[32];

	(void)buf_puts(b, "[");
	if (v->page > 0) {
		(void)str_format(text, sizeof(text), "\xe2\x97\x82 %u/%u",
		    v->page, v->pages);
		button(b, text, 'p', v->id, (int)v->page - 1);
	}
	if (v->page + 1 < v->pages) {
		(void)str_format(text, sizeof(text), "%u/%u \xe2\x96\xb8",
		    v->page + 2, v->pages);
		button(b, text, 'p', v->id, (int)v->page + 1);
	}
	(void)buf_puts(b, "]");
}

static void
card_markup(struct cardview *v)
{
	struct buf	*b = &v->markup;
	unsigned	 i, open = 0;

	for (i = 0; i < v->n; i++)
		open += v->line[i].open != 0;
	(void)buf_puts(b, "{\"inline_keyboard\":[");
	if (open > 0 && v->pages > 1)
		button_pages(b, v);
	for (i = 0; i < v->n; i++)
		if (v->line[i].open)
			button_row(b, v, i);
	(void)buf_puts(b, "]}");
}

int
card_where_fits(const char *dir)
{
	struct buf	b;
	int		fits;

	buf_init(&b);
	visible_add(&b, dir, strlen(dir), VIS_LINE);
	fits = !b.failed && b.len <= CARD_WHERE;
	buf_free(&b);
	return (fits);
}

int
card_layout(struct cardview *v)
{
	struct piece	piece[CARD_CALLS];
	unsigned	np;

	buf_init(&v->text);
	buf_init(&v->markup);
	v->ne = 0;
	np = card_pages(v, piece);
	if (v->pages > CARD_PAGES)
		return (-1);
	if (v->page >= v->pages) {
		v->page = v->pages - 1;
		np = card_pages(v, piece);
	}
	v->seen |= UINT64_C(1) << v->page;
	card_offers(v);
	card_text(v, piece, np);
	card_markup(v);
	return (v->text.failed || v->markup.failed ? -1 : 0);
}

void
card_layout_free(struct cardview *v)
{
	buf_free(&v->text);
	buf_free(&v->markup);
}
