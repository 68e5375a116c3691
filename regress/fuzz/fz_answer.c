/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Answers of name servers, merged: bounds and errors agree whatever they say.
 */
#include <stdint.h>
#include <stdlib.h>

#include <ares.h>

#include "engines/resolver/answer.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct answer	 a;
	struct addrs	 out;
	uint32_t	 ttl;
	uint8_t		 err;
	size_t		 cut;

	if (size < 1 || size > 65536)
		return (0);
	cut = 1 + (size - 1) * data[0] / 255;
	answer_init(&a);
	answer_add(&a, 4, ARES_SUCCESS, data + 1, (int)(cut - 1));
	answer_add(&a, 6, ARES_SUCCESS, data + cut, (int)(size - cut));
	err = answer_finish(&a, &out, &ttl);
	if (out.n > ADDRS_MAX || ttl < TTL_MIN || ttl > TTL_MAX ||
	    (err == NE_OK) != (out.n > 0))
		abort();
	return (0);
}
