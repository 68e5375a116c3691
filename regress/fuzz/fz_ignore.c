/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * A repository's .gitignore and a model's pattern: the first line is the
 * path, the rest the file; the path is also matched and expanded as one.
 */
#include <stdlib.h>
#include <string.h>

#include "engines/tool/tool.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct ignore *above, *ig;
	const uint8_t *nl;
	char *path, **v;
	size_t i, len;

	if (n == 0 || n > 4096 || (nl = memchr(p, '\n', n)) == NULL)
		return (0);
	len = (size_t)(nl - p);
	if ((path = strndup((const char *)p, len)) == NULL)
		return (0);
	p += len + 1;
	n -= len + 1;
	above = ignore_parse(NULL, "", (const char *)p, n);
	ig = ignore_parse(above, "a/", (const char *)p, n / 2);
	(void)ignore_match(ig, path, 0);
	(void)ignore_match(ig, path, 1);
	ignore_free_one(ig);
	ignore_free_one(above);
	if ((v = match_braces(path)) != NULL)
		for (i = 0; v[i] != NULL; i++)
			(void)match_path(v[i], path);
	match_free(v);
	free(path);
	return (0);
}
