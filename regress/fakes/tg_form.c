/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * multipart/form-data as arguments: each part has one name, text parts are
 * what the same field would be in JSON, a file part becomes {filename type
 * size hex}.  Stricter than RFC 7578: no part twice, nothing before, between
 * or behind.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "regress/fakes/tg.h"

#define HEX_MAX	65536		/* bytes of a file that are shown */

static json_t *
file_value(const char *filename, const char *type, const char *p, size_t n)
{
	char	*hex;
	json_t	*j;
	size_t	 i, k = n < HEX_MAX ? n : HEX_MAX;

	if ((hex = malloc(2 * k + 1)) == NULL)
		abort();
	for (i = 0; i < k; i++)
		sprintf(hex + 2 * i, "%02x", (unsigned char)p[i]);
	hex[2 * k] = '\0';
	j = json_pack("{s:s,s:s,s:I,s:s}", "filename", filename, "type", type,
	    "size", (json_int_t)n, "hex", hex);
	free(hex);
	return (j);
}

/* As the server reads it: numbers, objects and flags by their look. */
static json_t *
text_value(const char *key, const char *p, size_t n)
{
	json_t	*j;

	if (strcmp(key, "caption") == 0)
		return (json_stringn(p, n));
	j = json_loadb(p, n, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
	return (j != NULL ? j : json_stringn(p, n));
}

/* The value of an attribute, in quotes. */
static int
attribute(const char *head, const char *key, char *dst, size_t size)
{
	const char	*p, *q;
	char		 k[32];

	snprintf(k, sizeof(k), " %s=\"", key);
	if ((p = strstr(head, k)) == NULL ||
	    (q = strchr(p + strlen(k), '"')) == NULL ||
	    (size_t)(q - p) - strlen(k) >= size)
		return (-1);
	snprintf(dst, size, "%.*s", (int)((size_t)(q - p) - strlen(k)),
	    p + strlen(k));
	return (0);
}

static const char *
part(json_t *o, const char *head, const char *p, size_t n)
{
	static const char	 cd[] = "Content-Disposition: form-data;";
	char			 key[64], file[256], type[128] = "";
	const char		*t;
	json_t			*v;

	if (strncmp(head, cd, sizeof(cd) - 1) != 0 ||
	    attribute(head, "name", key, sizeof(key)) == -1)
		return ("a part without a name");
	if (json_object_get(o, key) != NULL)
		return ("a part comes twice");
	if (attribute(head, "filename", file, sizeof(file)) == 0) {
		if ((t = strstr(head, "\r\nContent-Type: ")) != NULL)
			snprintf(type, sizeof(type), "%.*s",
			    (int)strcspn(t + 16, "\r"), t + 16);
		if (type[0] == '\0' || file[0] == '\0')
			return ("a file without a type or a name");
		v = file_value(file, type, p, n);
	} else
		v = text_value(key, p, n);
	if (v == NULL || json_object_set_new(o, key, v) == -1)
		return ("a part that is not UTF-8");
	return (NULL);
}

json_t *
tg_form(const char *type, const char *p, size_t n, const char **why)
{
	char		 mark[160], head[1024];
	const char	*b = strstr(type, "boundary="), *end = p + n, *q, *next;
	json_t		*o;
	size_t		 k;

	*why = NULL;
	if (b == NULL || strlen(b + 9) > 70 || strlen(b + 9) < 8) {
		*why = "no boundary, or one of another length";
		return (NULL);
	}
	k = (size_t)snprintf(mark, sizeof(mark), "\r\n--%s", b + 9);
	o = json_object();
	/* The first mark has no end of line before it. */
	if (n < k || memcmp(p, mark + 2, k - 2) != 0)
		*why = "it does not begin with the boundary";
	for (p += k - 2; *why == NULL;) {
		if (end - p == 4 && memcmp(p, "--\r\n", 4) == 0)
			return (o);
		if (end - p < 4 || memcmp(p, "\r\n", 2) != 0 ||
		    (q = memmem(p, (size_t)(end - p), "\r\n\r\n", 4)) ==
		    NULL || (size_t)(q - p) >= sizeof(head) ||
		    (next = memmem(q + 4, (size_t)(end - q - 4), mark, k)) ==
		    NULL) {
			*why = "a part without head or end";
			break;
		}
		snprintf(head, sizeof(head), "%.*s", (int)(q - p - 2), p + 2);
		*why = part(o, head, q + 4, (size_t)(next - q - 4));
		p = next + k;
	}
	json_decref(o);
	return (NULL);
}
