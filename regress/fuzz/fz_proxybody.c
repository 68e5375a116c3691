/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Bodies and answers end at the same byte however they were cut.
 */
#include <stdlib.h>
#include <string.h>

#include "engines/egress/body.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Bytes taken, -1 broken; *done. */
static ssize_t
take(enum body_kind kind, uint64_t len, const uint8_t *p, size_t n,
    size_t step, int *done)
{
	struct body b;
	size_t off = 0, part;
	ssize_t r;

	body_init(&b, kind, len);
	while (off < n && !b.done) {
		part = step < n - off ? step : n - off;
		if ((r = body_take(&b, p + off, part)) == -1)
			return (-1);
		if ((size_t)r > part || ((size_t)r < part && !b.done))
			abort();
		off += (size_t)r;
	}
	*done = b.done;
	return ((ssize_t)off);
}

/* Where the line goes in; -1 broken, n + 1 not at all. */
static ssize_t
place(const uint8_t *p, size_t n, size_t step)
{
	struct answer a;
	size_t off, part, put, at = n + 1;

	memset(&a, 0, sizeof(a));
	for (off = 0; off < n; off += part) {
		part = step < n - off ? step : n - off;
		if (answer_pass(&a, p + off, part, &put) == -1)
			return (-1);
		if (put <= part) {
			if (at <= n || !answer_begun(&a) || put == 0)
				abort();
			at = off + put;
		}
	}
	return ((ssize_t)at);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	int one = 0, many = 0;
	ssize_t a, b;

	if (n == 0)
		return (0);
	switch (p[0]) {
	case 0:
		a = take(BODY_CHUNKED, 0, p + 1, n - 1, n, &one);
		b = take(BODY_CHUNKED, 0, p + 1, n - 1, 1, &many);
		break;
	case 1:
		a = place(p + 1, n - 1, n);
		b = place(p + 1, n - 1, 1);
		break;
	default:
		a = take(BODY_LENGTH, p[0], p + 1, n - 1, n, &one);
		b = take(BODY_LENGTH, p[0], p + 1, n - 1, 3, &many);
		if (a > p[0])
			abort();
	}
	if (a != b || (a != -1 && one != many))
		abort();
	return (0);
}
