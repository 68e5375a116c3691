/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Any bytes into the decoder of server-sent events: whole, and again in
 * pieces whose size the first byte chooses.  Both must give the same events.
 */
#include <stdlib.h>
#include <string.h>

#include "engines/agent/sse.h"

static int
on_event(void *ctx, const char *p, size_t n)
{
	struct buf	*b = ctx;

	/* The length as well: an event may hold any byte. */
	return (buf_printf(b, "%zu:", n) == -1 || buf_add(b, p, n) == -1);
}

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buf	 a, b;
	struct sse	 s;
	size_t		 off, step;
	const char	*p;

	if (n < 1)
		return (0);
	step = (size_t)data[0] % 37 + 1;
	p = (const char *)data + 1;
	n--;
	buf_init(&a);
	buf_init(&b);
	sse_init(&s, on_event, &a);
	(void)sse_feed(&s, p, n);
	sse_free(&s);
	sse_init(&s, on_event, &b);
	for (off = 0; off < n; off += step)
		(void)sse_feed(&s, p + off, MINIMUM(step, n - off));
	sse_free(&s);
	if (a.len != b.len || (a.len > 0 && memcmp(a.p, b.p, a.len) != 0))
		abort();
	buf_free(&a);
	buf_free(&b);
	return (0);
}
