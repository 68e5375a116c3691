/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Headers that gate adds to a request: pure, run by gate.  The beta names come
 * from an agent and may not smuggle a second header in.
 */
#include <ctype.h>
#include <string.h>

#include "engines/gate/gate.h"
#include "telclauded/lib/util.h"

int
gate_auth(struct secret *line, const struct secret *key, int oauth)
{
	const char *name = oauth ? "Authorization: Bearer " : "x-api-key: ";
	size_t i, n = strlen(name);

	if (key->len == 0)
		return (-1);
	for (i = 0; i < key->len; i++)
		if (key->p[i] <= ' ' || key->p[i] > '~')
			return (-1);
	if (secret_alloc(line, n + key->len) == -1)
		return (-1);
	memcpy(line->p, name, n);
	memcpy(line->p + n, key->p, key->len);
	line->p[n + key->len] = '\0';
	return (0);
}

int
gate_beta(char *dst, size_t size, const char *asked, int oauth)
{
	const char *p;

	for (p = asked; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) && strchr("-_., ", *p) == NULL)
			return (-1);
	if (*asked == '\0' && !oauth) {
		dst[0] = '\0';
		return (0);
	}
	/* The agent may have named it too; twice is no harm. */
	return (str_format(dst, size, "anthropic-beta: %s%s%s", asked,
	    *asked != '\0' && oauth ? "," : "", oauth ? OAUTH_BETA : ""));
}
