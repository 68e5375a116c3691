/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The head of a hostile client's request, and chunked bodies: see httpreq.h.
 * Pure; run by the engines that listen.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "engines/common/httpreq.h"
#include "telclauded/lib/util.h"

static int
refuse(struct httpreq *h, unsigned status, const char *why)
{
	h->status = status;
	h->why = why;
	return (-1);
}

ssize_t
httpreq_end(const char *s, size_t n, size_t *seen)
{
	size_t i;

	for (i = *seen; i < n && i < HTTPREQ_HEAD_MAX; i++) {
		if (s[i] != '\n')
			continue;
		if (i == 0 || s[i - 1] != '\r') {
			*seen = i;
			return (-1);
		}
		if (i >= 3 && s[i - 2] == '\n') {
			*seen = i + 1;
			return ((ssize_t)i + 1);
		}
	}
	*seen = i;
	return (i == HTTPREQ_HEAD_MAX ? -1 : 0);
}

static int
token_char(char c)
{
	return (isalnum((unsigned char)c) ||
	    (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL));
}

int
httpreq_is(const struct httpreq_field *f, const char *name)
{
	return (strlen(name) == f->nname &&
	    strncasecmp(f->name, name, f->nname) == 0);
}

const struct httpreq_field *
httpreq_one(const struct httpreq *h, const char *name)
{
	const struct httpreq_field *f = NULL;
	unsigned i;

	for (i = 0; i < h->nf; i++)
		if (httpreq_is(&h->f[i], name)) {
			if (f != NULL)
				return (NULL);
			f = &h->f[i];
		}
	return (f);
}

static void
trim(const char **s, size_t *n)
{
	while (*n > 0 && (**s == ' ' || **s == '\t')) {
		(*s)++;
		(*n)--;
	}
	while (*n > 0 && ((*s)[*n - 1] == ' ' || (*s)[*n - 1] == '\t'))
		(*n)--;
}

int
httpreq_has(const struct httpreq_field *f, const char *word)
{
	const char *s = f->value, *end = s + f->nvalue, *comma, *w;
	size_t n;

	for (; s <= end; s = comma + 1) {
		comma = memchr(s, ',', (size_t)(end - s));
		if (comma == NULL)
			comma = end;
		w = s;
		n = (size_t)(comma - s);
		trim(&w, &n);
		if (n == strlen(word) && strncasecmp(w, word, n) == 0)
			return (1);
	}
	return (0);
}

/* "METHOD SP target SP HTTP/1.1" */
static int
first_line(struct httpreq *h, const char *s, size_t n)
{
	const char *sp, *target;
	size_t i;

	for (i = 0; i < n && token_char(s[i]); i++)
		;
	if (i == 0 || i >= sizeof(h->method) || i == n || s[i] != ' ')
		return (refuse(h, 400, "the method is none"));
	memcpy(h->method, s, i);
	h->method[i] = '\0';
	target = s + i + 1;
	n -= i + 1;
	if ((sp = memchr(target, ' ', n)) == NULL || sp == target)
		return (refuse(h, 400, "the first line is none of HTTP/1.1"));
	h->target = target;
	h->ntarget = (size_t)(sp - target);
	for (i = 0; i < h->ntarget; i++)
		if (target[i] < 0x21 || target[i] > 0x7e)
			return (refuse(h, 400, "the target has bytes that "
			    "none has"));
	if (h->ntarget > HTTPREQ_TARGET_MAX)
		return (refuse(h, 414, "the target is too long"));
	n -= h->ntarget + 1;
	if (n != 8 || memcmp(sp + 1, "HTTP/", 5) != 0)
		return (refuse(h, 400, "the first line is none of HTTP/1.1"));
	if (memcmp(sp + 6, "1.1", 3) != 0)
		return (refuse(h, 505, "only HTTP/1.1 is spoken here"));
	return (0);
}

static int
field_line(struct httpreq *h, const char *s, size_t n)
{
	struct httpreq_field *f;
	size_t i;

	if (h->nf == HTTPREQ_FIELDS)
		return (refuse(h, 431, "too many header fields"));
	f = &h->f[h->nf];
	for (i = 0; i < n && token_char(s[i]); i++)
		;
	/* Also what begins with a space: a folded line. */
	if (i == 0 || i == n || s[i] != ':')
		return (refuse(h, 400, "a header field without a name"));
	f->name = s;
	f->nname = i;
	f->value = s + i + 1;
	f->nvalue = n - i - 1;
	trim(&f->value, &f->nvalue);
	for (i = 0; i < f->nvalue; i++)
		if ((f->value[i] < 0x20 && f->value[i] != '\t') ||
		    f->value[i] > 0x7e)
			return (refuse(h, 400, "a header field has bytes "
			    "that are not printable ASCII"));
	h->nf++;
	return (0);
}

/* Digits and nothing else, so that nobody reads another number. */
static int
parse_length(const struct httpreq_field *f, uint64_t *len)
{
	uint64_t v = 0;
	size_t i;

	if (f->nvalue == 0 || f->nvalue > 18)
		return (-1);
	for (i = 0; i < f->nvalue; i++) {
		if (!isdigit((unsigned char)f->value[i]))
			return (-1);
		v = v * 10 + (uint64_t)(f->value[i] - '0');
	}
	*len = v;
	return (0);
}

/* What decides where the body ends. */
static int
framing(struct httpreq *h)
{
	const struct httpreq_field *f;
	unsigned i, hosts = 0;

	for (i = 0; i < h->nf; i++) {
		f = &h->f[i];
		if (httpreq_is(f, "host"))
			hosts++;
		else if (httpreq_is(f, "content-length")) {
			if (h->haslen || parse_length(f, &h->length) == -1)
				return (refuse(h, 400, "content-length is "
				    "there twice, or no number"));
			h->haslen = 1;
		} else if (httpreq_is(f, "transfer-encoding")) {
			if (h->chunked || f->nvalue != 7 ||
			    strncasecmp(f->value, "chunked", 7) != 0)
				return (refuse(h, 501, "transfer-encoding "
				    "other than chunked"));
			h->chunked = 1;
		} else if (httpreq_is(f, "connection"))
			h->close |= httpreq_has(f, "close");
		else if (httpreq_is(f, "expect")) {
			if (h->expect || f->nvalue != 12 || strncasecmp(
			    f->value, "100-continue", 12) != 0)
				return (refuse(h, 417, "expect has only one "
				    "value"));
			h->expect = 1;
		}
	}
	if (hosts != 1)
		return (refuse(h, 400, "host is missing, or there twice"));
	if (h->haslen && h->chunked)
		return (refuse(h, 400, "content-length and "
		    "transfer-encoding exclude each other"));
	return (0);
}

int
httpreq_parse(struct httpreq *h, const char *s, size_t n)
{
	const char *cr;
	size_t len;
	int first = 1;

	memset(h, 0, sizeof(*h));
	while (n > 0) {
		cr = memchr(s, '\r', n);
		len = cr == NULL ? n : (size_t)(cr - s);
		if (cr == NULL || n - len < 2 || cr[1] != '\n')
			return (refuse(h, 400, "a line does not end in CRLF"));
		if (len == 0 && !first)
			return (n == 2 ? framing(h) :
			    refuse(h, 400, "bytes behind the head"));
		if ((first ? first_line(h, s, len) : field_line(h, s, len)) ==
		    -1)
			return (-1);
		first = 0;
		s += len + 2;
		n -= len + 2;
	}
	return (refuse(h, 400, "the head has no end"));
}

/* --- chunked bodies ----------------------------------------------------- */
enum { CK_SIZE, CK_SIZE_LF, CK_DATA, CK_DATA_CR, CK_DATA_LF, CK_END_CR,
    CK_END_LF, CK_DONE, CK_BAD };

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return (c - '0');
	if (c >= 'a' && c <= 'f')
		return (c - 'a' + 10);
	return (c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1);
}

/* One byte that is no data: the next state. */
static int
chunk_step(struct httpchunk *c, char b)
{
	int d;

	switch (c->state) {
	case CK_SIZE:
		if ((d = hex_digit(b)) != -1 && c->digits < 8) {
			c->left = c->left << 4 | (unsigned)d;
			c->digits++;
			return (CK_SIZE);
		}
		return (b == '\r' && c->digits > 0 ? CK_SIZE_LF : CK_BAD);
	case CK_SIZE_LF:
		c->digits = 0;
		return (b != '\n' ? CK_BAD : c->left == 0 ? CK_END_CR :
		    CK_DATA);
	case CK_DATA_CR:
		return (b == '\r' ? CK_DATA_LF : CK_BAD);
	case CK_DATA_LF:
		return (b == '\n' ? CK_SIZE : CK_BAD);
	case CK_END_CR:
		return (b == '\r' ? CK_END_LF : CK_BAD);
	case CK_END_LF:
		return (b == '\n' ? CK_DONE : CK_BAD);
	default:
		return (CK_BAD);
	}
}

enum httpchunk_got
httpchunk_next(struct httpchunk *c, const char *s, size_t n, size_t *used,
    const char **data, size_t *ndata)
{
	size_t i = 0;

	while (i < n && c->state != CK_DONE && c->state != CK_BAD) {
		if (c->state == CK_DATA) {
			*data = s + i;
			*ndata = (size_t)MINIMUM((uint64_t)(n - i), c->left);
			c->left -= *ndata;
			if (c->left == 0)
				c->state = CK_DATA_CR;
			*used = i + *ndata;
			return (HC_DATA);
		}
		c->state = chunk_step(c, s[i++]);
	}
	*used = i;
	return (c->state == CK_BAD ? HC_BAD : c->state == CK_DONE ? HC_END :
	    HC_MORE);
}
