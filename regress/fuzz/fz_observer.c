/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The observer's answer, which is a model's, and the word lists, whose text
 * is anybody's.
 */
#include <stdlib.h>
#include <string.h>

#include "telclauded/lib/util.h"
#include "engines/relay/screen/verdict.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct verdict	v;
	struct buf	b;

	if (verdict_answer((const char *)p, n, &v) == 0 &&
	    (v.class > SC_BLOCK || v.pct > 100 ||
	    memchr(v.why, '\0', sizeof(v.why)) == NULL))
		abort();
	(void)verdict_lists((const char *)p, n, &v);
	if (v.class > SC_BLOCK || v.pct > 100)
		abort();
	/* What is asked is JSON, whatever the message. */
	buf_init(&b);
	verdict_question(&b, "m", "t", (const char *)p, n);
	if (b.failed || b.p[0] != '{' || b.p[b.len - 1] != '}')
		abort();
	buf_free(&b);
	return (0);
}
