/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The end of a damaged audit log, and texts with credentials in them.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engines/audit/line.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct audit_tail	 t;
	char			*p, *s;
	size_t			 n;

	/* A copy of exactly this size, so that a byte too far is seen. */
	if ((p = malloc(size + 1)) == NULL)
		return (0);
	memcpy(p, data, size);
	if (audit_tail(p, size, (int)(size & 1), &t) == 0 && t.seq == 0 &&
	    size > 0 && !t.damaged)
		abort();
	if ((s = line_redact(p, size, &n)) != NULL && n < 2048 &&
	    memmem(s, n, "-----BEGIN PRIVATE KEY-----", 27) != NULL)
		abort();
	free(s);
	free(p);
	return (0);
}
