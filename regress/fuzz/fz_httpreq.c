/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Requests of hostile clients: head, chunks, route, and the fields that would
 * go on; a field of the server's answer.  Whatever comes out may hold no byte
 * that begins another line, and no credential of the client.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engines/gate/proxy.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check_fields(const struct httpreq *h)
{
	static const char *const never[] = { "authorization:", "x-api-key:",
	    "cookie:", "proxy-", "transfer-encoding:", "content-length:",
	    "host:", "connection:", "x_api_key:", NULL };
	struct buf b;
	const char *p;
	int i, k, n;

	buf_init(&b);
	n = proxy_fields(h, 1, &b);
	for (i = 0, p = b.p; i < n; i++, p += strlen(p) + 1) {
		if (p >= b.p + b.len || strpbrk(p, "\r\n") != NULL)
			abort();
		for (k = 0; never[k] != NULL; k++)
			if (strncasecmp(p, never[k], strlen(never[k])) == 0)
				abort();
	}
	if (n >= 0 && p != b.p + b.len)
		abort();
	buf_free(&b);
}

static void
head(const char *s, size_t n)
{
	struct httpreq h;
	struct route r;
	size_t seen = 0, i;
	ssize_t len;

	len = httpreq_end(s, n, &seen);
	if (len == 0 && n >= HTTPREQ_HEAD_MAX)
		abort();
	if (len <= 0)
		return;
	if (httpreq_parse(&h, s, (size_t)len) == -1) {
		if (h.status < 400 || h.status > 599 || h.why == NULL)
			abort();
		return;
	}
	if ((h.haslen && h.chunked) || h.nf == 0)
		abort();
	proxy_route(&r, h.target, h.ntarget);
	if (r.path != PP_NONE)
		for (i = 0; i < r.ntarget && r.target[i] != '?'; i++)
			if (strchr("%#\\;", r.target[i]) != NULL)
				abort();
	check_fields(&h);
}

/* All at once and byte by byte. */
static void
chunks(const char *s, size_t n)
{
	struct httpchunk a = { 0 }, b = { 0 };
	size_t at = 0, used, nd = 0, total[2] = { 0, 0 };
	const char *d;
	int r = HC_MORE, q = HC_MORE;

	while (at < n && r != HC_END && r != HC_BAD) {
		r = httpchunk_next(&a, s + at, n - at, &used, &d, &nd);
		if (used > n - at || (r == HC_DATA && (nd == 0 || d < s ||
		    d + nd > s + n)))
			abort();
		at += used;
		total[0] += r == HC_DATA ? nd : 0;
	}
	for (at = 0; at < n && q != HC_END && q != HC_BAD; at += used) {
		q = httpchunk_next(&b, s + at, 1, &used, &d, &nd);
		total[1] += q == HC_DATA ? nd : 0;
	}
	if (total[0] != total[1] || (r == HC_END) != (q == HC_END) ||
	    (r == HC_BAD) != (q == HC_BAD))
		abort();
}

static void
answer(const char *s, size_t n)
{
	struct answer_head a = { 0 };

	answer_field(&a, s, n);
	answer_field(&a, s, n);
	if (a.fields.len > 2 * (n + 2) || (a.haslen && a.nlen != 1))
		abort();
	if (a.fields.len > 0 && (memchr(a.fields.p, '\r', n) != NULL ||
	    memchr(a.fields.p, '\n', n) != NULL))
		abort();
	buf_free(&a.fields);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *s = (const char *)data + 1;

	if (size < 1)
		return (0);
	switch (data[0] % 3) {
	case 0:
		head(s, size - 1);
		break;
	case 1:
		chunks(s, size - 1);
		break;
	default:
		answer(s, size - 1);
	}
	return (0);
}
