/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Frames of a hostile tool.  Whatever comes, at any split points, the runner
 * sees one head, data only after it, one end, and nothing out of bounds; and
 * the split points change nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "engines/runner/parse.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

struct seen {
	unsigned	 heads, ends;
	size_t		 bytes;
	uint32_t	 sum;
};

static void
on_head(void *ctx, int is_error, enum out_kind kind, const char *mime)
{
	struct seen *s = ctx;

	if (s->heads++ != 0 || kind >= OUT_KIND_MAX || is_error > 1 ||
	    strlen(mime) >= PARSE_MIME_MAX)
		abort();
}

static void
on_data(void *ctx, const uint8_t *p, size_t n)
{
	struct seen *s = ctx;
	size_t i;

	if (s->heads != 1 || s->ends != 0 || n == 0)
		abort();
	for (i = 0; i < n; i++)
		s->sum = s->sum * 31 + p[i];
	s->bytes += n;
}

static void
on_end(void *ctx, const struct frame_end *e)
{
	struct seen *s = ctx;

	if (s->heads != 1 || s->ends++ != 0 || e->outcome >= RO_MAX ||
	    e->notelen > PARSE_NOTE_MAX || e->cwdlen > JOB_MAXCWD ||
	    strlen(e->cwd) != e->cwdlen)
		abort();
}

static int
feed(const uint8_t *p, size_t n, size_t step, struct seen *s)
{
	static const struct frame_ops ops = { on_head, on_data, on_end };
	struct frame_parser f;
	size_t k;

	memset(&f, 0, sizeof(f));
	memset(s, 0, sizeof(*s));
	for (; n > 0; p += k, n -= k) {
		k = step < n ? step : n;
		if (parse_feed(&f, p, k, &ops, s) == -1)
			return (-1);
	}
	return (0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct seen whole, parts;
	int a, b;

	if (n < 1)
		return (0);
	a = feed(p + 1, n - 1, n, &whole);
	b = feed(p + 1, n - 1, (size_t)(p[0] % 16) + 1, &parts);
	if (a != b || memcmp(&whole, &parts, sizeof(whole)) != 0)
		abort();
	return (0);
}
