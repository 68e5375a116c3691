/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The translation of telclaude.json on any bytes: an error, or text that is
 * grammatical, whatever its values, with a map of as many lines.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "telclauded/conf/conf_int.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* "printed configuration:LINE: what", and what begins so. */
static int
says(const char *note, const char *what)
{
	const char	*s;

	s = strstr(note, ": ");
	return (s != NULL && strncmp(s + 2, what, strlen(what)) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf_notes	 n;
	struct jsonmap		 map = { NULL, 0 };
	char			*text;
	size_t			 i, lines = 0;

	if (size > 20000)
		return (0);
	memset(&n, 0, sizeof(n));
	text = conf_json((const char *)data, size, "x", &n, &map);
	if ((text == NULL) != (n.errors.n > 0))
		abort();
	for (i = 0; text != NULL && text[i] != '\0'; i++)
		lines += text[i] == '\n';
	if (text != NULL && lines != map.n)
		abort();
	if (text != NULL)
		conf_free(conf_reparse(text, strlen(text), &n));
	for (i = 0; text != NULL && i < n.errors.n; i++)
		if (says(n.errors.v[i], "unknown keyword") ||
		    says(n.errors.v[i], "this string has no") ||
		    says(n.errors.v[i], "this { is never")) {
			(void)fprintf(stderr, "%s\n%s\n", text,
			    n.errors.v[i]);
			abort();
		}
	free(text);
	jsonmap_free(&map);
	conf_notes_free(&n);
	return (0);
}
