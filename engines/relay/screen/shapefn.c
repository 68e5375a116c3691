/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Credentials that are more than a prefix and a run of letters.  Run by the
 * relay; pure.  Each looks at a bounded number of bytes.
 */
#include <string.h>

#include "telclauded/lib/util.h"
#include "engines/relay/screen/shape.h"

#define LABEL_MAX	64
#define SEED_LOOK	128
#define URL_PART	256
#define JWT_HEAD	1024

#define IS(c, cls)	((shape_class[c] & (cls)) != 0)
#define span		shape_span

/* How the text ends at k: there is no more, or it has not come yet. */
static enum find
short_of(const struct view *v)
{
	return (v->eof ? FIND_NO : FIND_MORE);
}

size_t
shape_span(const struct view *v, size_t k, uint32_t cls, size_t most)
{
	size_t	end = k + most;

	while (k < end && k < v->n && IS(v->p[k], cls))
		k++;
	return (k);
}

/* The literal s at k? */
static enum find
literal(const struct view *v, size_t k, const char *s)
{
	size_t	len = strlen(s), n = MINIMUM(len, v->n - MINIMUM(k, v->n));

	if (memcmp(v->p + MINIMUM(k, v->n), s, n) != 0)
		return (FIND_NO);
	return (n < len ? short_of(v) : FIND_YES);
}

/* --- private keys in armour -------------------------------------------- */
static enum find
armour(const struct view *v, size_t k, const char *what, struct hit *h)
{
	size_t		e = span(v, k, C_LABEL, LABEL_MAX), n = strlen(what);
	enum find	f;

	if (e == v->n && e < k + LABEL_MAX)
		return (short_of(v));
	if (e - k < n || memcmp(v->p + e - n, what, n) != 0)
		return (FIND_NO);
	if ((f = literal(v, e, "-----")) == FIND_YES)
		h->end = e + 5;
	return (f);
}

enum find
fn_pem(const struct view *v, size_t i, size_t k, struct hit *h)
{
	(void)i;
	return (armour(v, k, "PRIVATE KEY", h));
}

enum find
fn_pgp(const struct view *v, size_t i, size_t k, struct hit *h)
{
	(void)i;
	return (armour(v, k, "PRIVATE KEY BLOCK", h));
}

static unsigned
sextet(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return (c - 'A');
	if (c >= 'a' && c <= 'z')
		return (c - 'a' + 26);
	if (c >= '0' && c <= '9')
		return (c - '0' + 52);
	return (c == '+' || c == '-' ? 62 : 63);
}

/*
 * "ssh-rsa" in base64 and the length of what follows: a public key has its
 * short exponent there, what an agent is given the long modulus.
 */
enum find
fn_agentrsa(const struct view *v, size_t i, size_t k, struct hit *h)
{
	uint32_t	len = 0;
	size_t		j;
	enum find	f;

	(void)k;
	if ((f = shape_run(v, i, C_B64, 60, h)) != FIND_YES)
		return (f);
	/* bits 88 to 120 of the run */
	for (j = 14; j < 20; j++)
		len = len << 6 | sextet(v->p[i + j]);
	h->tail = C_B64EQ;
	return (len > 64 && len < 4096 ? FIND_YES : FIND_NO);
}

/* --- ours and Telegram's ----------------------------------------------- */
/* v3:<scope>:<32 hex>:<ms>:<ms>:<signature> */
enum find
fn_session(const struct view *v, size_t i, size_t k, struct hit *h)
{
	static const struct { uint32_t cls; size_t least, most; } part[] = {
		{ C_TOK, 1, 32 }, { C_HEX, 32, 32 }, { C_DIGIT, 10, 16 },
		{ C_DIGIT, 10, 16 } };
	size_t	j, e;

	(void)i;
	for (j = 0; j < NELEM(part); j++) {
		e = span(v, k, part[j].cls, part[j].most);
		if (e == v->n)
			return (short_of(v));
		if (e - k < part[j].least || v->p[e] != ':')
			return (FIND_NO);
		k = e + 1;
	}
	return (shape_run(v, k, C_TOK, 40, h));
}

enum find
fn_telegram(const struct view *v, size_t i, size_t k, struct hit *h)
{
	(void)k;
	k = span(v, i, C_DIGIT, 11);
	if (k == v->n && k - i < 11)
		return (short_of(v));
	if (k - i < 8 || k - i > 10 || v->p[k] != ':')
		return (FIND_NO);
	return (shape_run(v, k + 1, C_TOK, 32, h));
}

/* Mostly the alphabet in its order: nobody's secret. */
static int
in_order(const uint8_t *p, size_t n)
{
	size_t	i, next = 0;

	for (i = 1; i < n; i++)
		next += p[i] == (p[i - 1] == 'Z' ? '2' : p[i - 1] == '7' ?
		    'A' : p[i - 1] + 1);
	return (next * 2 > n);
}

enum find
fn_totp(const struct view *v, size_t i, size_t k, struct hit *h)
{
	(void)k;
	if (i > 0 && i != v->seam && IS(v->p[i - 1], C_UP32))
		return (FIND_NO);
	k = span(v, i, C_UP32, SEED_LOOK);
	if (k == v->n && k - i < SEED_LOOK && !v->eof)
		return (FIND_MORE);
	if (k - i < 32 || in_order(v->p + i, k - i) ||
	    !entropy_over(v->p + i, k - i, BITS(4000), 1))
		return (FIND_NO);
	h->end = k;
	h->tail = C_UP32;
	return (FIND_YES);
}

/* --- Google's file of a service account -------------------------------- */
/* From behind a member's name to the inside of its string. */
static enum find
json_string_at(const struct view *v, size_t *k)
{
	size_t	e = span(v, *k, C_SKIPK, SHAPE_SKIP);

	if (e == v->n)
		return (short_of(v));
	if (v->p[e] != ':')
		return (FIND_NO);
	for (e++; e < v->n && e - *k < 32 && (v->p[e] == ' ' ||
	    v->p[e] == '\t' || v->p[e] == '\n' || v->p[e] == '\r'); e++)
		;
	if (e == v->n)
		return (short_of(v));
	*k = e + 1;
	return (v->p[e] == '"' ? FIND_YES : FIND_NO);
}

/* Hides nothing itself: end == from. */
enum find
fn_gcptype(const struct view *v, size_t i, size_t k, struct hit *h)
{
	enum find	f;

	if ((f = json_string_at(v, &k)) == FIND_YES &&
	    (f = literal(v, k, "service_account\"")) == FIND_YES) {
		*v->gcp = 1;
		h->from = h->end = i;
	}
	return (f);
}

enum find
fn_gcpkey(const struct view *v, size_t i, size_t k, struct hit *h)
{
	enum find	f;

	(void)i;
	if (!*v->gcp)
		return (FIND_NO);
	if ((f = json_string_at(v, &k)) == FIND_YES) {
		h->from = k;
		f = shape_run(v, k, C_BODY, 8, h);
	}
	return (f);
}

/* --- services ---------------------------------------------------------- */
enum find
fn_slack(const struct view *v, size_t i, size_t k, struct hit *h)
{
	(void)i;
	if (k == v->n)
		return (short_of(v));
	if (strchr("baprsecd", v->p[k]) == NULL || v->p[k] == '\0')
		return (FIND_NO);
	if (++k == v->n)
		return (short_of(v));
	if (v->p[k] != '-' && v->p[k] != '.')
		return (FIND_NO);
	return (shape_run(v, k + 1, v->p[k] == '-' ? C_DASH : C_TOKDOT, 10,
	    h));
}

enum find
fn_sendgrid(const struct view *v, size_t i, size_t k, struct hit *h)
{
	enum find	f;

	(void)i;
	if ((f = shape_run(v, k, C_TOK, 22, h)) != FIND_YES ||
	    (f = literal(v, k + 22, ".")) != FIND_YES)
		return (f);
	return (shape_run(v, k + 23, C_TOK, 43, h));
}

enum find
fn_twilio(const struct view *v, size_t i, size_t k, struct hit *h)
{
	enum find	f;

	(void)k;
	if ((f = literal(v, i, "SK")) != FIND_YES)
		return (f);
	return (shape_run(v, i + 2, C_LOWHEX, 32, h));
}

enum find
fn_jwt(const struct view *v, size_t i, size_t k, struct hit *h)
{
	size_t		e = span(v, k, C_TOK, JWT_HEAD);
	enum find	f;

	(void)i;
	if (e == v->n && e - k < JWT_HEAD)
		return (short_of(v));
	if (e == k || (f = literal(v, e, ".eyJ")) == FIND_NO)
		return (FIND_NO);
	if (f == FIND_YES)
		f = shape_run(v, e + 4, C_TOK, 1, h);
	h->tail = C_TOKDOT;
	return (f);
}

/*
 * scheme://user:password@ of a prefix that ends at k; the password is hidden,
 * and does not hold a character of not_in.
 */
static enum find
url_password(const struct view *v, size_t k, const char *not_in, struct hit *h)
{
	size_t		e, at = 0;
	enum find	f;

	for (e = k; e < v->n && e - k < 8 && ((v->p[e] >= 'a' &&
	    v->p[e] <= 'z') || v->p[e] == '+'); e++)
		;
	if ((f = literal(v, e, "://")) != FIND_YES)
		return (f);
	k = e + 3;
	for (e = k; e < v->n && e - k < URL_PART && IS(v->p[e], C_NS) &&
	    strchr(":/@\"'`", v->p[e]) == NULL; e++)
		;
	if (e == v->n)
		return (e - k < URL_PART ? short_of(v) : FIND_NO);
	if (e - k == URL_PART || v->p[e] != ':')
		return (FIND_NO);
	k = e + 1;
	for (e = k; e < v->n && e - k < URL_PART && IS(v->p[e], C_NS) &&
	    strchr(not_in, v->p[e]) == NULL; e++)
		if (v->p[e] == '@')
			at = e;
	if (e == v->n && e - k < URL_PART && !v->eof)
		return (FIND_MORE);
	h->from = k;
	h->end = at;
	if (e - k == URL_PART && at <= k) {
		h->end = e;
		h->tail = C_NS;
	}
	return (h->end > k ? FIND_YES : FIND_NO);
}

/* mongodb+srv://user:password@ and its like. */
enum find
fn_url(const struct view *v, size_t i, size_t k, struct hit *h)
{
	(void)i;
	return (url_password(v, k, "\"'`<>", h));
}

/* Of the web: behind the first / all is a path, and may hold an @. */
enum find
fn_weburl(const struct view *v, size_t i, size_t k, struct hit *h)
{
	(void)i;
	return (url_password(v, k, "\"'`<>/?#", h));
}
