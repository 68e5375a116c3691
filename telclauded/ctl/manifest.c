/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The manifest of a backup: JSON that names each part with its size and
 * SHA-256.  Read from archives that may come from anybody.
 */
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "telclauded/ctl/archive.h"

#define MANIFEST_MAX	(64u << 10)

int
manifest_put(struct buf *b, const struct part *v, size_t n)
{
	char	 host[128] = "", hex[2 * crypto_hash_sha256_BYTES + 1];
	size_t	 i;

	(void)gethostname(host, sizeof(host) - 1);
	(void)buf_printf(b, "{\n  \"format\": %d,\n  \"program\": "
	    "\"telclauded %s\",\n  \"made_ms\": %llu,\n  \"host\": ",
	    ARCHIVE_FORMAT, TC_VERSION, (unsigned long long)wall_ms());
	(void)buf_json_str(b, host, strlen(host));
	(void)buf_puts(b, ",\n  \"parts\": [");
	for (i = 0; i < n; i++) {
		hex_encode(v[i].sha, sizeof(v[i].sha), hex);
		(void)buf_printf(b, "%s\n    {\"name\": \"%s\", \"size\": "
		    "%llu, \"sha256\": \"%s\"", i == 0 ? "" : ",",
		    v[i].m.name, (unsigned long long)v[i].m.size, hex);
		if (v[i].schema >= 0)
			(void)buf_printf(b, ", \"schema\": %lld",
			    (long long)v[i].schema);
		(void)buf_puts(b, "}");
	}
	(void)buf_puts(b, "\n  ]\n}\n");
	return (b->failed ? -1 : 0);
}

static struct part *
find(struct archive *a, const char *name)
{
	size_t	 i;

	for (i = 0; name != NULL && i < a->n; i++)
		if (strcmp(a->parts[i].m.name, name) == 0)
			return (&a->parts[i]);
	return (NULL);
}

static int
part_get(struct archive *a, json_t *o, const char **why)
{
	struct part	*p;
	const char	*hex = json_string_value(json_object_get(o, "sha256"));
	char		 mine[2 * crypto_hash_sha256_BYTES + 1];
	json_t		*schema = json_object_get(o, "schema");

	*why = "its manifest names a part twice, or one that is not there";
	if ((p = find(a, json_string_value(json_object_get(o,
	    "name")))) == NULL || p->named++)
		return (-1);
	*why = "a part is not what its manifest says";
	crypto_hash_sha256(p->sha, p->m.p, p->m.size);
	hex_encode(p->sha, sizeof(p->sha), mine);
	p->schema = json_is_integer(schema) ? json_integer_value(schema) : -1;
	if (hex == NULL || strcmp(hex, mine) != 0 ||
	    json_integer_value(json_object_get(o, "size")) !=
	    (json_int_t)p->m.size ||
	    p->schema != archive_schema(p->m.p, p->m.size))
		return (-1);
	return (0);
}

static void
word(json_t *o, const char *key, char *out, size_t size)
{
	const char	*s = json_string_value(json_object_get(o, key));

	if (s == NULL || str_copy(out, s, size) == -1)
		out[0] = '\0';
}

int
manifest_get(struct archive *a, const struct tar_member *m, const char **why)
{
	json_t	*o, *parts, *v;
	size_t	 i;
	int	 r = -1;

	*why = "its manifest is damaged";
	if (m->size > MANIFEST_MAX || (o = json_loadb((const char *)m->p,
	    m->size, JSON_REJECT_DUPLICATES, NULL)) == NULL)
		return (-1);
	parts = json_object_get(o, "parts");
	word(o, "host", a->host, sizeof(a->host));
	word(o, "program", a->program, sizeof(a->program));
	a->made_ms = (uint64_t)json_integer_value(json_object_get(o,
	    "made_ms"));
	if (json_integer_value(json_object_get(o, "format")) !=
	    ARCHIVE_FORMAT)
		*why = "it is of another release";
	else if (json_array_size(parts) != a->n)
		*why = "its manifest names other parts";
	else
		r = 0;
	/* As many as there are, and each but once: every member is named. */
	json_array_foreach(parts, i, v) {
		if (r == 0)
			r = part_get(a, v, why);
	}
	json_decref(o);
	return (r);
}
