/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What the HTTP client parses itself: header lines of a server, base URLs, and
 * the index of a PEM file.
 */
#include <stdlib.h>
#include <string.h>

#include "engines/common/http_int.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
lines(const char *s, size_t n)
{
	struct http_head h = { 0 };
	const char *nl;
	size_t k;

	while (n > 0) {
		nl = memchr(s, '\n', n);
		k = nl == NULL ? n : (size_t)(nl - s) + 1;
		if (http_head_line(&h, s, k, 784111767) == -1)
			return;
		if (h.retry_ms > 3600000 || h.status < 0 || h.status > 999 ||
		    strlen(h.reqid) >= sizeof(h.reqid) ||
		    !http_clean(h.reqid, 0))
			abort();
		s += k;
		n -= k;
	}
}

static void
url(const char *s, size_t n)
{
	struct http_url u;
	char *z = strndup(s, n);

	if (z != NULL && http_url_parse(z, &u) == 0 && (u.host[0] == '\0' ||
	    u.port == 0 || strlen(u.base) > n || !http_clean(u.base, 0)))
		abort();
	free(z);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *s = (const char *)data + 1;

	if (size < 1)
		return (0);
	switch (data[0] % 3) {
	case 0:
		lines(s, size - 1);
		break;
	case 1:
		url(s, size - 1);
		break;
	default:
		trust_probe(s, size - 1);
	}
	return (0);
}
