/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Credentials that only the word beside them, or how mixed their letters are,
 * tells from other text; and what looks alike and is none: code, paths,
 * checksums.  Run by the relay; pure.
 */
#include <string.h>

#include "telclauded/lib/util.h"
#include "engines/relay/screen/shape.h"

#define VALUE_LEAST	8
#define VALUE_LOOK	64
#define RUN_LOOK	128
#define PATH_PART	12	/* letters a slash, or fewer: it is a path */

/* The last letters of the names, in any case. */
#define LETTER(c)	(1u << ((c) & 0x1f))
#define LAST	(LETTER('d') | LETTER('t') | LETTER('n') | LETTER('l') | \
		LETTER('y'))

#define IS(c, cls)	((shape_class[c] & (cls)) != 0)

static enum find
short_of(const struct view *v)
{
	return (v->eof ? FIND_NO : FIND_MORE);
}

/* Does this end before k, in any case?  _ stands for any byte. */
static int
behind(const struct view *v, size_t k, const char *name)
{
	size_t	n = strlen(name), j;

	if (k < n)
		return (0);
	for (j = 0; j < n; j++)
		if ((v->p[k - n + j] | 0x20) != name[j] && name[j] != '_')
			return (0);
	return (1);
}

/* Where the name before the = or : at i ends.  Marks of Markdown and JSON,
 * and blanks that make a column, may stand between. */
static size_t
name_end(const struct view *v, size_t i)
{
	size_t	k = i;

	while (k > 0 && i - k < SHAPE_SKIP && IS(v->p[k - 1], C_SKIPK))
		k--;
	if (k > 0 && (v->p[k - 1] | 0x20) == 's')
		k--;
	return (k);
}

static int
secret_name(const struct view *v, size_t k)
{
	static const char *const	names[] = { "password", "secret",
	    "token", "credential" };
	static const char *const	words[] = { "donkey", "hockey",
	    "hotkey", "jockey", "lackey", "monkey", "turkey", "whiskey" };
	size_t				n;

	/* No name ends as most words do. */
	if (k == 0 || (LETTER(v->p[k - 1]) & LAST) == 0)
		return (0);
	for (n = 0; n < NELEM(names); n++)
		if (behind(v, k, names[n]))
			return (1);
	if (!behind(v, k, "key"))
		return (0);
	for (n = 0; n < NELEM(words); n++)
		if (behind(v, k, words[n]))
			return (0);
	return (1);
}

/* From the = or : at i to the value: *k; what quotes it: h->quote. */
static enum find
value(const struct view *v, size_t i, size_t *k, struct hit *h)
{
	size_t	e = i + 1, j;

	if (e < v->n && (v->p[e] == '=' || v->p[e] == '>'))
		e++;
	j = shape_span(v, e, C_SKIPV, SHAPE_SKIP);
	if (j == v->n && j < e + SHAPE_SKIP)
		return (short_of(v));
	for (*k = j; e < j; e++)
		if (v->p[e] == '"' || v->p[e] == '\'' || v->p[e] == '`')
			h->quote = v->p[e];
	return (FIND_YES);
}

/* Bytes of the value at k, at most VALUE_LOOK. */
static size_t
value_len(const struct view *v, size_t k, uint8_t quote)
{
	size_t	e = k;

	while (e < v->n && e - k < VALUE_LOOK &&
	    shape_tail(C_NS, quote, e > k ? v->p[e - 1] : 0, v->p[e]))
		e++;
	return (e - k);
}

/* Capitals, small letters and digits in one word: none that people chose. */
static int
all_kinds(const uint8_t *p, size_t n)
{
	unsigned	kinds = 0;
	size_t		i;

	for (i = 0; i < n && kinds != 7; i++)
		if (!IS(p[i], C_ALNUM))
			kinds = 0;
		else if (IS(p[i], C_DIGIT))
			kinds |= 1;
		else
			kinds |= p[i] >= 'a' ? 2 : 4;
	return (kinds == 7);
}

/* A call or a place of a table: the bracket, at i, is closed, or an argument
 * begins behind it; what is in it is a name, not some letters. */
static int
is_call(const uint8_t *p, size_t i, size_t n)
{
	if (i == 0 || all_kinds(p, n))
		return (0);
	return (i + 1 == n || p[i + 1] == '"' || p[i + 1] == '\'' ||
	    p[n - 1] == ',' || memchr(p + i, p[i] == '(' ? ')' : ']',
	    n - i) != NULL);
}

/*
 * Does the value say where to find something: a variable, a call, an address?
 * One with a password or a token in it is no such address.
 */
static int
refers(const uint8_t *p, size_t n)
{
	size_t	i = 0, dots = 0, digits = 0;

	if (p[0] == '$') {
		if (p[1] == '{' || p[1] == '(')
			return (1);
		for (i = 1; i < n && IS(p[i], C_NAME); i++)
			;
		return ((i == n || IS(p[i], C_CLOSE)) && !all_kinds(p, i));
	}
	if (IS(p[0], C_DIGIT))
		return (0);
	for (; i < n && IS(p[i], C_NAME); i++) {
		dots += p[i] == '.';
		digits += IS(p[i], C_DIGIT) != 0;
	}
	if (i == n || p[i] == ',' || p[i] == ';')
		return (dots >= 2 && digits == 0);
	if (p[i] == '(' || p[i] == '[')
		return (is_call(p, i, n));
	return (i > 0 && n - i > 3 && memcmp(p + i, "://", 3) == 0 &&
	    memchr(p + i, '@', n - i) == NULL && !all_kinds(p + i, n - i));
}

enum find
fn_env(const struct view *v, size_t i, size_t k, struct hit *h)
{
	enum find	f;
	size_t		n;

	if (!secret_name(v, name_end(v, i)))
		return (FIND_NO);
	if ((f = value(v, i, &k, h)) != FIND_YES)
		return (f);
	n = value_len(v, k, h->quote);
	if (k + n == v->n && n < VALUE_LOOK && !v->eof)
		return (FIND_MORE);
	if (n < VALUE_LEAST || refers(v->p + k, n) ||
	    !entropy_over(v->p + k, n, BITS(3500), 0))
		return (FIND_NO);
	h->from = k;
	h->end = k + VALUE_LEAST;
	h->tail = C_NS;
	return (FIND_YES);
}

enum find
fn_aws(const struct view *v, size_t i, size_t k, struct hit *h)
{
	enum find	f;

	if (!behind(v, name_end(v, i), "aws_secret_access_key"))
		return (FIND_NO);
	if ((f = value(v, i, &k, h)) != FIND_YES)
		return (f);
	h->from = k;
	f = shape_run(v, k, C_B64EQ, 40, h);
	h->quote = 0;
	return (f);
}

/* The : at i as ssh-keygen and go.sum have it before a checksum. */
static int
checksum(const struct view *v, size_t i)
{
	static const char *const	names[] = { "h1", "sha1", "sha256",
	    "sha384", "sha512", "md5" };
	size_t				n, len;

	for (n = 0; v->p[i] == ':' && n < NELEM(names); n++) {
		len = strlen(names[n]);
		if (behind(v, i, names[n]) && (i == len ||
		    !IS(v->p[i - len - 1], C_ALNUM)))
			return (1);
	}
	return (0);
}

/* Keys of such a length have digits; many short parts make a path. */
static int
looks_random(const uint8_t *p, size_t n)
{
	size_t	i, digits = 0, slashes = 0;

	for (i = 0; i < n; i++) {
		digits += IS(p[i], C_DIGIT) != 0;
		slashes += p[i] == '/';
	}
	return (digits > 0 && slashes * PATH_PART < n);
}

enum find
fn_entropy(const struct view *v, size_t i, size_t k, struct hit *h)
{
	size_t	look = MAXIMUM(v->entropy_len, (size_t)RUN_LOOK);

	(void)k;
	if (v->entropy == 0)
		return (FIND_NO);
	k = shape_span(v, i + 1, C_SKIPV, SHAPE_SKIP);
	if (k == v->n)
		return (short_of(v));
	if (v->p[k] == '=')
		return (FIND_NO);	/* that one comes later */
	h->from = k;
	k = shape_span(v, k, C_RUN, look);
	if (k == v->n && k - h->from < look && !v->eof)
		return (FIND_MORE);
	if (k - h->from < MAXIMUM(v->entropy_len, (size_t)32) ||
	    checksum(v, i) ||
	    !looks_random(v->p + h->from, k - h->from) ||
	    !entropy_over(v->p + h->from, k - h->from, v->entropy, 0))
		return (FIND_NO);
	h->end = k;
	h->tail = C_B64EQ;
	return (FIND_YES);
}
