/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * A body as text: HTML reduced, other text as it is, anything else named and
 * refused.
 */
#include <string.h>
#include <strings.h>

#include "engines/tool/fetch/fetch.h"

#define SNIFF		1024

static int
ends(const char *s, const char *tail)
{
	size_t n = strlen(s), k = strlen(tail);

	return (n >= k && strcmp(s + n - k, tail) == 0);
}

static int
type_html(const char *t)
{
	return (strcmp(t, "text/html") == 0 ||
	    strcmp(t, "application/xhtml+xml") == 0);
}

static int
type_text(const char *t)
{
	static const char *const known[] = { "application/json",
	    "application/xml", "application/javascript", "application/yaml",
	    "application/x-yaml", "application/toml", "application/sql",
	    "application/x-javascript", "application/ecmascript",
	    "application/x-ndjson", "application/jsonl", "application/x-sh",
	    "application/x-httpd-php", "application/graphql",
	    "application/x-tex", "application/rtf", "message/rfc822",
	    "application/x-www-form-urlencoded", "application/typescript" };
	size_t i;

	for (i = 0; i < NELEM(known); i++)
		if (strcmp(t, known[i]) == 0)
			return (1);
	return (strncmp(t, "text/", 5) == 0 || ends(t, "+json") ||
	    ends(t, "+xml") || ends(t, "+yaml"));
}

/* No type, or one that says nothing: the bytes decide. */
static int
type_open(const char *t)
{
	return (t[0] == '\0' || strcmp(t, "application/octet-stream") == 0 ||
	    strcmp(t, "binary/octet-stream") == 0);
}

int
show_wants(const struct reply *r)
{
	if (r->status >= 300 && r->status < 400)
		return (0);
	return (type_html(r->type) || type_text(r->type) ||
	    type_open(r->type));
}

static int
looks_html(const char *p, size_t len)
{
	size_t i;

	len = MINIMUM(len, (size_t)SNIFF);
	for (i = 0; i < len; i++)
		if (p[i] == '<' && ((len - i >= 14 && strncasecmp(p + i,
		    "<!doctype html", 14) == 0) || (len - i >= 5 &&
		    strncasecmp(p + i, "<html", 5) == 0)))
			return (1);
	return (0);
}

static int
looks_binary(const char *p, size_t len, int charset)
{
	if (charset == charset_find("utf-16le", 8) ||
	    charset == charset_find("utf-16be", 8))
		return (0);
	return (memchr(p, '\0', MINIMUM(len, (size_t)SNIFF)) != NULL);
}

static enum fetch_end
refuse(const struct reply *r, struct buf *out)
{
	buf_printf(out, "The address holds %s",
	    type_open(r->type) ? "binary data" : r->type);
	if (r->length >= 0)
		buf_printf(out, " (%lld bytes)", (long long)r->length);
	else if (!r->cut && r->body.len > 0)
		buf_printf(out, " (%zu bytes)", r->body.len);
	buf_puts(out, ", which cannot be shown as text.");
	return (FE_TYPE);
}

static void
show_html(const struct url *u, const struct buf *in, size_t max,
    struct buf *out, int *cut)
{
	struct page page;

	if (html_reduce(in->p, in->len, u->u, max, &page) == -1)
		out->failed = 1;
	if (page.title.len > 0)
		buf_printf(out, "Title: %s\n\n", page.title.p);
	if (page.text.len > 0)
		(void)buf_add(out, page.text.p, page.text.len);
	else
		buf_puts(out, "(The page has no text of its own. Scripts may "
		    "make some; they are not run.)");
	*cut = page.cut;
	page_free(&page);
}

enum fetch_end
show_body(const struct url *u, struct reply *r, size_t max, struct buf *out)
{
	const char *p = r->body.len > 0 ? r->body.p : "";
	int id, html, cut = 0;
	struct buf text;
	size_t n;

	html = type_html(r->type) || (type_open(r->type) &&
	    looks_html(p, r->body.len));
	id = charset_guess(p, r->body.len, r->charset, html);
	if (!show_wants(r) || (!html && looks_binary(p,
	    r->body.len, id)))
		return (refuse(r, out));
	if (r->body.len == 0) {
		buf_puts(out, "(The page is empty.)");
		return (FE_OK);
	}
	buf_init(&text);
	if (charset_utf8(id, p, r->body.len, &text) == -1)
		out->failed = 1;
	else if (html)
		show_html(u, &text, max, out, &cut);
	else {
		n = utf8_prefix(text.p, text.len, max);
		clean_text(out, text.p, n);
		cut = n < text.len;
	}
	buf_free(&text);
	if (cut)
		buf_puts(out, "\n\n[cut here: the page goes on]");
	else if (r->cut)
		buf_printf(out, "\n\n[cut here: only the first %u MB were "
		    "fetched]", BODY_MAX >> 20);
	return (out->failed ? FE_BROKEN : FE_OK);
}
