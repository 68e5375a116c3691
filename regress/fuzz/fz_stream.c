/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Any bytes as the answer of the model server: decoder, blocks, and the
 * content that would go back, which must always be a JSON array.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "engines/agent/reply.h"
#include "engines/agent/sse.h"

static void
on_text(void *ctx, const char *p, size_t n)
{
	(void)ctx;
	if (!str_isutf8(p, n))
		abort();
}

static void
on_tool(void *ctx, const struct blk *b)
{
	(void)ctx;
	if (b->open || b->id == NULL || b->name == NULL)
		abort();
}

static const struct reply_cb	 cb = { on_text, NULL, NULL, on_tool };

static int
on_event(void *ctx, const char *p, size_t n)
{
	return (reply_event(ctx, p, n));
}

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct reply	 r;
	struct sse	 s;
	struct buf	 b;
	json_t		*v;
	int		 k;

	reply_init(&r, &cb, NULL);
	sse_init(&s, on_event, &r);
	(void)sse_feed(&s, (const char *)data, n);
	buf_init(&b);
	if ((k = reply_content(&r, &b)) > 0) {
		v = json_loadb(b.p, b.len, JSON_ALLOW_NUL, NULL);
		if (json_array_size(v) != (size_t)k)
			abort();
		json_decref(v);
	}
	if (reply_calls(&r) > k)
		abort();
	buf_free(&b);
	sse_free(&s);
	reply_free(&r);
	return (0);
}
