/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The Markdown renderer on any bytes: what comes out keeps the server's rules,
 * and splitting makes progress, stays within the limit and keeps the rules in
 * every part.  The first byte chooses the limit.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "regress/unit/mdcheck.h"
#include "telclauded/lib/util.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
must(const char *src, size_t len, uint32_t max)
{
	struct md_text t;
	const char *why;

	if (md_render(src, len, &t) == -1)
		abort();
	if ((why = md_check(&t)) == NULL && t.units > max)
		why = "over the limit";
	if (why != NULL) {
		(void)fprintf(stderr, "%s\n", why);
		abort();
	}
	md_free(&t);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *s = (const char *)data + 1;
	char carry[64];
	uint32_t max;
	size_t n;

	if (size < 2 || size > 4096)
		return (0);
	max = 16 + data[0];
	size--;
	must(s, size, UINT32_MAX);
	while (size > 0) {
		n = md_fit(s, size, max, carry, sizeof(carry));
		if (n == 0 || n > size || strlen(carry) >= sizeof(carry))
			abort();
		must(s, n, max);
		s += n;
		size -= n;
	}
	return (0);
}
