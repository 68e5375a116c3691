/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The check of a ClientHello: a verdict never depends on how the bytes were
 * cut, and what passes names the server.
 */
#include <stdlib.h>
#include <string.h>

#include "engines/egress/hello.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

typedef ssize_t	(*check)(const uint8_t *, size_t, const struct target *,
		    enum reason *);

static void
cut(check fn, const uint8_t *p, size_t n, const struct target *t)
{
	enum reason why = WHY_OK, early = WHY_OK;
	ssize_t r = fn(p, n, t, &why), e;
	size_t i, step = n / 64 + 1;

	if (r > (ssize_t)n || r > HELLO_MAX || (r == -1 && why == WHY_OK))
		abort();
	/* With less it waits, or already says what it will say. */
	for (i = 0; i < n; i += step) {
		e = fn(p, i, t, &early);
		if (e > 0 && (e != r || i < (size_t)r))
			abort();
		if (e == -1 && r != -1)
			abort();
	}
	if (r > 0 && (size_t)r <= n && fn(p, (size_t)r, t, &early) != r)
		abort();
	if (r > 0 && fn(p, (size_t)r - 1, t, &early) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct target name = { "api.test", 443, HOST_NAME };
	struct target addr = { "127.0.0.1", 443, HOST_V4 };

	cut(hello_check, p, n, &name);
	cut(hello_check, p, n, &addr);
	cut(hello_again, p, n, &name);
	if (n < HELLO_ANSWER && hello_answer(p, n) == HA_RETRY)
		abort();
	return (0);
}
