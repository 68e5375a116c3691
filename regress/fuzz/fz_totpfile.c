/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The file of second factors, before any key: what is read is written back
 * to the same bytes.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engines/totp/file.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct tf	 f;
	static uint8_t		 out[TF_MAX];
	size_t			 n;

	if (tf_read(data, size, &f) == -1)
		return (0);
	n = tf_write(&f, out);
	if (n != size || memcmp(out, data, n) != 0)
		abort();
	return (0);
}
