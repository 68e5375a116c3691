/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The head of a request: what is accepted goes out as one head that any
 * reader understands in one way.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engines/egress/head.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
line(const char *s, size_t n, unsigned *host, unsigned *conn,
    unsigned *framing)
{
	const char *colon = memchr(s, ':', n);
	size_t i;

	for (i = 0; i < n; i++)
		if (((uint8_t)s[i] < ' ' && s[i] != '\t') || s[i] == 0x7f)
			abort();
	if (colon == NULL || colon == s || *s == ' ' || *s == '\t' ||
	    strncasecmp(s, "proxy-", 6) == 0 ||
	    strncasecmp(s, "upgrade:", 8) == 0 ||
	    strncasecmp(s, "te:", 3) == 0)
		abort();
	*host += strncasecmp(s, "host:", 5) == 0;
	*conn += strncasecmp(s, "connection:", 11) == 0;
	*framing += strncasecmp(s, "content-length:", 15) == 0 ||
	    strncasecmp(s, "transfer-encoding:", 18) == 0;
}

static void
judge(const struct head *h, const char *out, size_t n)
{
	const char *s = out, *end = out + n, *nl;
	unsigned host = 0, conn = 0, framing = 0, lines = 0;

	if (n < 4 || memcmp(end - 4, "\r\n\r\n", 4) != 0)
		abort();
	for (; s < end - 2; s = nl + 1, lines++) {
		nl = memchr(s, '\n', (size_t)(end - s));
		if (nl == NULL || nl == s || nl[-1] != '\r')
			abort();
		if (nl - 1 == s)
			abort();	/* the head would end here */
		if (lines > 0)
			line(s, (size_t)(nl - 1 - s), &host, &conn, &framing);
	}
	if (host != 1 || conn != 1 || framing > 1 ||
	    (h->body != BODY_NONE && framing != 1))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char out[HEAD_MAX + HEAD_MORE];
	const char *p = (const char *)data;
	enum reason why = WHY_OK;
	struct head h, again;
	ssize_t r = head_parse(&h, p, n, &why);
	size_t len;

	if (r > (ssize_t)n || r > HEAD_MAX || (r == -1 && why == WHY_OK))
		abort();
	if (r <= 0)
		return (0);
	if (head_parse(&again, p, (size_t)r - 1, &why) != 0)
		abort();
	if (h.to.kind == HOST_NONE || h.to.port == 0 || h.to.host[0] == '\0')
		abort();
	if (h.connect)
		return (0);
	len = head_rewrite(&h, p, out, sizeof(out));
	if (len >= sizeof(out))
		abort();
	judge(&h, out, len);
	return (0);
}
