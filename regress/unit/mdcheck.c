/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The server's rules for entities, as we read its documentation.
 */
#include <string.h>

#include "regress/unit/mdcheck.h"
#include "telclauded/lib/util.h"

/* Byte offset of a UTF-16 offset; -1: beyond the end, or inside a pair. */
static long
byte_at(const struct md_text *t, uint32_t unit)
{
	uint32_t u = 0;
	size_t i;

	for (i = 0; i < t->len && u < unit; i++)
		if (((unsigned char)t->s[i] & 0xc0) != 0x80)
			u += (unsigned char)t->s[i] >= 0xf0 ? 2 : 1;
	while (i < t->len && ((unsigned char)t->s[i] & 0xc0) == 0x80)
		i++;
	return (u == unit ? (long)i : -1);
}

static int
code(enum md_kind k)
{
	return (k == MD_CODE || k == MD_PRE);
}

static const char *
pair(const struct md_entity *a, const struct md_entity *b)
{
	uint32_t ae = a->off + a->len, be = b->off + b->len;

	if (b->off < a->off || (b->off == a->off && be > ae))
		return ("not sorted");
	if (b->off >= ae)
		return (NULL);
	if (be > ae)
		return ("partial overlap");
	if (a->kind == b->kind)
		return ("nested in its own kind");
	if (code(a->kind))
		return ("something inside code");
	if (code(b->kind) && a->kind != MD_QUOTE)
		return ("code inside something");
	return (NULL);
}

static const char *
one(const struct md_text *t, const struct md_entity *e)
{
	long from, to;

	if (e->len == 0 || (from = byte_at(t, e->off)) == -1 ||
	    (to = byte_at(t, e->off + e->len)) == -1)
		return ("out of bounds");
	if ((e->kind != MD_PRE && strchr(" \n\t", t->s[from]) != NULL) ||
	    t->s[from] == '\n' || strchr(" \n\t", t->s[to - 1]) != NULL)
		return ("white space at the edge");
	if (e->kind == MD_LINK && (e->arg == NULL || (strncasecmp(e->arg,
	    "http", 4) != 0 && strncasecmp(e->arg, "tg://", 5) != 0)))
		return ("a link to something else");
	if (e->kind != MD_LINK && e->kind != MD_PRE && e->arg != NULL)
		return ("an argument that has no place");
	return (NULL);
}

const char *
md_check(const struct md_text *t)
{
	const char *why;
	unsigned i, k;

	if (t->s == NULL || strlen(t->s) != t->len)
		return ("length");
	if (!str_isutf8(t->s, t->len))
		return ("not UTF-8");
	if (utf16_len(t->s, t->len) != t->units)
		return ("units");
	if (t->len > 0 && strchr(" \n\t", t->s[t->len - 1]) != NULL)
		return ("white space at the end");
	if (t->n > 100)
		return ("too many entities");
	for (i = 0; i < t->n; i++) {
		if ((why = one(t, &t->e[i])) != NULL)
			return (why);
		for (k = i + 1; k < t->n; k++)
			if ((why = pair(&t->e[i], &t->e[k])) != NULL)
				return (why);
	}
	return (NULL);
}
