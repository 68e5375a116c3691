/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The configuration parser on any bytes: it says what is wrong, or what it
 * took is printed as text that is taken as the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "telclauded/conf/conf_int.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf_notes	 n;
	struct conf		*a, *b;
	char			*one, *two;

	if (size > 20000)
		return (0);
	/* An include would read this machine's files. */
	if (memmem(data, size, "include", 7) != NULL)
		return (0);
	memset(&n, 0, sizeof(n));
	a = conf_reparse((const char *)data, size, &n);
	if ((a == NULL) != (n.errors.n > 0))
		abort();
	if (a != NULL) {
		if ((one = conf_print(a)) == NULL ||
		    (b = conf_reparse(one, strlen(one), &n)) == NULL) {
			(void)fprintf(stderr, "%s\n%s\n", one,
			    n.errors.n > 0 ? n.errors.v[0] : "");
			abort();
		}
		if ((two = conf_print(b)) == NULL || strcmp(one, two) != 0) {
			(void)fprintf(stderr, "%s\n---\n%s\n", one, two);
			abort();
		}
		free(one);
		free(two);
		conf_free(b);
	}
	conf_free(a);
	conf_notes_free(&n);
	return (0);
}
