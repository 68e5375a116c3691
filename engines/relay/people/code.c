/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Codes that people type.  Linked by the relay; pure.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "telclauded/lib/util.h"
#include "engines/relay/people/code.h"

void
code_make(char *dst, const char *alphabet, unsigned n)
{
	uint32_t	 len = (uint32_t)strlen(alphabet);

	while (n-- > 0)
		*dst++ = alphabet[arc4random_uniform(len)];
	*dst = '\0';
}

int
code_read(const char *s, const char *alphabet, unsigned n, char *dst)
{
	unsigned	 i = 0;
	int		 c;

	for (; *s != '\0'; s++) {
		if (*s == '-' && i > 0 && s[1] != '\0')
			continue;
		c = toupper((unsigned char)*s);
		if (i >= n || c == 0 || strchr(alphabet, c) == NULL)
			return (-1);
		dst[i++] = (char)c;
	}
	dst[i] = '\0';
	return (i == n ? 0 : -1);
}

void
code_show(const char *code, char *dst)
{
	size_t	 n = strlen(code);

	if (n != 8) {
		memcpy(dst, code, n + 1);
		return;
	}
	memcpy(dst, code, 4);
	dst[4] = '-';
	memcpy(dst + 5, code + 4, 5);
}

int
code_equal(const char *a, const char *b)
{
	size_t	 n = strlen(a);

	return (n > 0 && n == strlen(b) && mem_equal(a, b, n));
}
