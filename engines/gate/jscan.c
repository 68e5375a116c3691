/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * JSON in pieces: see jscan.h.  Pure, run by gate on bodies of hostile clients
 * and of the server.  As strict as RFC 8259 but for what is inside a number:
 * what this reader takes for bad, another may take for something else.
 */
#include <string.h>

#include "engines/gate/jscan.h"

enum { ST_VALUE, ST_FIRST, ST_KEY, ST_KEYONLY, ST_COLON, ST_AFTER, ST_STRING,
    ST_ESC, ST_UNI, ST_WORD, ST_END, ST_BAD };

void
jscan_init(struct jscan *j, js_fn fn, void *ctx)
{
	memset(j, 0, sizeof(*j));
	j->fn = fn;
	j->ctx = ctx;
	j->state = ST_VALUE;
}

int
jscan_bad(const struct jscan *j)
{
	return (j->state == ST_BAD);
}

static int
is_array(const struct jscan *j)
{
	return (j->array[(j->depth - 1) / 8] >> (j->depth - 1) % 8 & 1);
}

static void
begin(struct jscan *j)
{
	j->nval = 0;
	j->full = 0;
	j->from = j->at;
}

static void
put(struct jscan *j, char c)
{
	if (j->nval < sizeof(j->val) - 1)
		j->val[j->nval++] = c;
	else
		j->full = 1;
}

static void
value_done(struct jscan *j, enum js_kind kind)
{
	j->val[j->nval] = '\0';
	if (j->depth >= 1 && j->depth <= JS_LEVELS)
		j->fn(j, j->depth, j->full ? JS_LONG : kind, j->val, j->ctx);
	j->state = j->depth == 0 ? ST_END : ST_AFTER;
}

static void
open_container(struct jscan *j, int array)
{
	unsigned i = j->depth;

	if (i == JS_DEPTH) {
		j->state = ST_BAD;
		return;
	}
	j->depth++;
	if (array)
		j->array[i / 8] |= (uint8_t)(1u << i % 8);
	else
		j->array[i / 8] &= (uint8_t)~(1u << i % 8);
	if (i < JS_LEVELS)
		memcpy(j->key[i], "[", 2);
	j->state = array ? ST_FIRST : ST_KEY;
}

static void
close_container(struct jscan *j, int array)
{
	if (j->depth == 0 || is_array(j) != array) {
		j->state = ST_BAD;
		return;
	}
	j->depth--;
	j->state = j->depth == 0 ? ST_END : ST_AFTER;
}

/* A value begins, or what stands in its place. */
static void
value_begin(struct jscan *j, char c)
{
	if (c != '"')
		j->typed = 0;
	if (c == '{' || c == '[')
		open_container(j, c == '[');
	else if (c == ']' && j->state == ST_FIRST)
		close_container(j, 1);
	else if (c == '"') {
		begin(j);
		j->iskey = 0;
		j->state = ST_STRING;
	} else if (c == '-' || (c >= '0' && c <= '9') || c == 't' ||
	    c == 'f' || c == 'n') {
		begin(j);
		put(j, c);
		j->word = c >= 'a';
		j->state = ST_WORD;
	} else
		j->state = ST_BAD;
}

static void
key_begin(struct jscan *j, char c)
{
	if (c == '}' && j->state == ST_KEY)
		close_container(j, 0);
	else if (c == '"') {
		begin(j);
		j->iskey = 1;
		j->state = ST_STRING;
	} else
		j->state = ST_BAD;
}

static int
key_is(const struct jscan *j, const char *s)
{
	return (j->nval == strlen(s) && memcmp(j->val, s, j->nval) == 0);
}

static void
string_done(struct jscan *j)
{
	unsigned i = j->depth - 1;

	if (!j->iskey) {
		j->val[j->nval] = '\0';
		if (j->typed && !j->full && j->type != NULL)
			j->type(j->val, j->ctx);
		j->typed = 0;
		value_done(j, JS_STRING);
		return;
	}
	j->typed = !j->full && (key_is(j, "type") || key_is(j, "ttl"));
	if (i < JS_LEVELS) {
		/* A key that does not fit is none of those anyone asks for;
		 * neither is one with a NUL inside: unicode() puts 0xff
		 * for it. */
		if (j->full || j->nval >= JS_KEY)
			j->nval = 0;
		memcpy(j->key[i], j->val, j->nval);
		j->key[i][j->nval] = '\0';
	}
	j->state = ST_COLON;
}

static void
escape(struct jscan *j, char c)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *p;

	if (c == 'u') {
		j->esc = 0;
		j->uni = 0;
		j->state = ST_UNI;
		return;
	}
	if (c == '\0' || (p = strchr(from, c)) == NULL) {
		j->state = ST_BAD;
		return;
	}
	put(j, to[p - from]);
	j->state = ST_STRING;
}

static void
unicode(struct jscan *j, char c)
{
	unsigned d;

	if (c >= '0' && c <= '9')
		d = (unsigned)(c - '0');
	else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		d = (unsigned)((c | 0x20) - 'a' + 10);
	else {
		j->state = ST_BAD;
		return;
	}
	j->uni = j->uni << 4 | d;
	if (++j->esc < 4)
		return;
	put(j, j->uni == 0 || j->uni > 0x7e ? (char)0xff : (char)j->uni);
	j->state = ST_STRING;
}

static void
string_byte(struct jscan *j, char c)
{
	if (c == '"')
		string_done(j);
	else if (c == '\\')
		j->state = ST_ESC;
	else if ((unsigned char)c < 0x20)
		j->state = ST_BAD;
	else
		put(j, c);
}

static int
word_is(const struct jscan *j, const char *w)
{
	return (j->nval == strlen(w) && memcmp(j->val, w, j->nval) == 0);
}

/* Numbers and true, false, null; 1 when c was part of it. */
static int
word_byte(struct jscan *j, char c)
{
	if (j->word ? c >= 'a' && c <= 'z' : (c >= '0' && c <= '9') ||
	    c == '.' || c == 'e' || c == 'E' || c == '+' || c == '-') {
		put(j, c);
		return (1);
	}
	if (!j->word)
		value_done(j, JS_NUMBER);
	else if (word_is(j, "true") || word_is(j, "false") ||
	    word_is(j, "null"))
		value_done(j, JS_WORD);
	else
		j->state = ST_BAD;
	return (0);
}

static void
after(struct jscan *j, char c)
{
	if (c == ',')
		j->state = is_array(j) ? ST_VALUE : ST_KEYONLY;
	else if (c == ']' || c == '}')
		close_container(j, c == ']');
	else
		j->state = ST_BAD;
}

static void
byte(struct jscan *j, char c)
{
	switch (j->state) {
	case ST_STRING:
		string_byte(j, c);
		return;
	case ST_ESC:
		escape(j, c);
		return;
	case ST_UNI:
		unicode(j, c);
		return;
	case ST_WORD:
		if (word_byte(j, c) || j->state == ST_BAD)
			return;
		break;		/* c is behind the value */
	case ST_BAD:
		return;
	}
	if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
		return;
	switch (j->state) {
	case ST_VALUE:
	case ST_FIRST:
		value_begin(j, c);
		break;
	case ST_KEY:
	case ST_KEYONLY:
		key_begin(j, c);
		break;
	case ST_COLON:
		j->state = c == ':' ? ST_VALUE : ST_BAD;
		break;
	case ST_AFTER:
		after(j, c);
		break;
	default:
		j->state = ST_BAD;	/* something behind the end */
	}
}

void
jscan_feed(struct jscan *j, const char *p, size_t n)
{
	const uint64_t start = j->at;
	size_t i;

	for (i = 0; i < n && j->state != ST_BAD; i++) {
		/* Most of a body is text inside strings nobody asks for. */
		if (j->state == ST_STRING && j->full) {
			while (i < n && p[i] != '"' && p[i] != '\\' &&
			    (unsigned char)p[i] >= 0x20)
				i++;
			if (i == n)
				break;
		}
		j->at = start + i;
		byte(j, p[i]);
	}
	j->at = start + n;
}

int
jscan_end(struct jscan *j)
{
	if (j->state == ST_WORD)
		(void)word_byte(j, ' ');
	return (j->state == ST_END);
}
