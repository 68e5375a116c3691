/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * How many tokens the next request of a conversation takes in: what the last
 * answer said it was, and a third of the bytes that came since.  gate knows
 * the body's bytes alone; where a text is denser than usual, this is more and
 * is what counts.  Pure, run by the agent.
 */
#include <string.h>

#include "engines/agent/agent.h"
#include "engines/common/price.h"

/* What calls.c writes before a picture; inside of text it is escaped. */
static const char	 picture[] = "\"source\":{\"type\":\"base64\",";
static const char	 data[] = "\"data\":\"";

static uint64_t
content_tokens(const char *p, size_t n)
{
	const char	*end = p + n, *d, *q;
	uint64_t	 images = 0, bytes = n;

	while ((p = memmem(p, (size_t)(end - p), picture,
	    sizeof(picture) - 1)) != NULL) {
		d = memmem(p, (size_t)(end - p), data, sizeof(data) - 1);
		if (d == NULL)
			break;
		d += sizeof(data) - 1;
		if ((q = memchr(d, '"', (size_t)(end - d))) == NULL)
			break;
		bytes -= (uint64_t)(q - d);
		images++;
		p = q;
	}
	return (bytes / BYTES_A_TOKEN + 1 + images * IMAGE_TOKENS);
}

/* An answer ended: all up to here is counted. */
void
estimate_seen(struct conv *c, const struct usage *u)
{
	c->seen = u->in + u->cached + u->written + u->out;
	c->seen_n = c->n;
}

uint64_t
estimate_next(const struct conv *c)
{
	uint64_t	 n = c->seen;
	unsigned	 i;

	/* Something was left out since: count anew. */
	if (n == 0 || c->n < c->seen_n)
		return (0);
	for (i = c->seen_n; i < c->n; i++)
		n += content_tokens(c->m[i].c.p, c->m[i].c.len);
	return (n);
}
