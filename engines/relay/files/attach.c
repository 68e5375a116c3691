/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Lists of attached files: names made harmless, and the JSON they are stored
 * as.  Linked by the relay; pure.
 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "telclauded/lib/util.h"
#include "engines/relay/files/attach.h"

static const struct { const char *field, *words; } kinds[AT_MAX] = {
#define K(id, field, words)	[AT_##id] = { field, words },
	ATTACH_KINDS(K)
#undef K
};

const char *
attach_words(enum attach_kind k)
{
	return ((unsigned)k < AT_MAX ? kinds[k].words : "file");
}

const char *
attach_field(enum attach_kind k)
{
	return (kinds[k].field);
}

/* One character of valid UTF-8; how many bytes. */
static size_t
next_char(const char *s, uint32_t *c)
{
	const unsigned char	*p = (const unsigned char *)s;

	if (p[0] < 0x80) {
		*c = p[0];
		return (1);
	}
	if (p[0] < 0xe0) {
		*c = (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu);
		return (2);
	}
	if (p[0] < 0xf0) {
		*c = (p[0] & 0xfu) << 12 | (p[1] & 0x3fu) << 6 |
		    (p[2] & 0x3fu);
		return (3);
	}
	*c = (p[0] & 7u) << 18 | (p[1] & 0x3fu) << 12 | (p[2] & 0x3fu) << 6 |
	    (p[3] & 0x3fu);
	return (4);
}

/* Marks of direction, invisible and unassigned ones, private use. */
static int
is_shown(uint32_t c)
{
	static const struct { uint32_t from, to; } hidden[] = {
		{ 0x80, 0xa0 }, { 0xad, 0xad }, { 0x34f, 0x34f },
		{ 0x61c, 0x61c }, { 0x115f, 0x1160 }, { 0x17b4, 0x17b5 },
		{ 0x180b, 0x180f }, { 0x2000, 0x200f }, { 0x2028, 0x202f },
		{ 0x205f, 0x206f }, { 0x3000, 0x3000 }, { 0x3164, 0x3164 },
		{ 0xe000, 0xf8ff }, { 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff },
		{ 0xffa0, 0xffa0 }, { 0xfff0, 0xffff },
		{ 0xe0000, 0x10ffff },
	};
	size_t	i;

	if (c < 0x80)
		return (c > ' ' && c != 0x7f &&
		    strchr("\"'`<>[]{}|\\/;&$*?!", (int)c) == NULL);
	for (i = 0; i < NELEM(hidden); i++)
		if (c >= hidden[i].from && c <= hidden[i].to)
			return (0);
	return (1);
}

static const char *
base_name(const char *s)
{
	const char	*p;

	for (p = s; *p != '\0'; p++)
		if ((*p == '/' || *p == '\\') && p[1] != '\0')
			s = p + 1;
	return (s);
}

void
attach_clean(char *dst, size_t size, const char *src)
{
	uint32_t	c;
	size_t		len = 0, n;

	dst[0] = '\0';
	if (!str_isutf8(src, strlen(src)))
		return;
	for (src = base_name(src); *src != '\0'; src += n) {
		n = next_char(src, &c);
		if (c == ' ' && len > 0 && dst[len - 1] != ' ') {
			if (len + 2 < size)
				dst[len++] = ' ';
			continue;
		}
		/* No dot in front: it would be hidden. */
		if (!is_shown(c) || (c == '.' && len == 0))
			continue;
		if (len + n >= size)
			break;
		memcpy(dst + len, src, n);
		len += n;
	}
	while (len > 0 && dst[len - 1] == ' ')
		len--;
	dst[len] = '\0';
}

int
attach_id_ok(const char *s)
{
	size_t	n = strlen(s);

	return (n > 0 && n < ATTACH_ID && strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789-_") == n);
}

int
attach_encode(const struct attach *v, unsigned n, struct buf *b)
{
	json_t		*list = json_array();
	char		*s;
	unsigned	 i;

	for (i = 0; i < n; i++)
		(void)json_array_append_new(list, json_pack(
		    "{s:s,s:I,s:s,s:s,s:I,s:I,s:s,s:s,s:s}", "kind",
		    attach_field(v[i].kind), "msg",
		    (json_int_t)v[i].msg, "id", v[i].id, "name", v[i].name,
		    "size", (json_int_t)v[i].size, "s",
		    (json_int_t)v[i].seconds, "file", v[i].file, "type",
		    v[i].type, "why", v[i].why));
	s = json_dumps(list, JSON_COMPACT);
	json_decref(list);
	if (s == NULL)
		return (-1);
	(void)buf_puts(b, s);
	free(s);
	return (b->failed ? -1 : 0);
}

static int
decode_one(json_t *o, struct attach *a)
{
	const char	*kind, *id, *name, *file, *type, *why;
	json_int_t	 size, s, msg = 0;
	int		 k;

	if (json_unpack(o, "{s:s,s?I,s:s,s:s,s:I,s:I,s:s,s:s,s:s}", "kind",
	    &kind, "msg", &msg, "id", &id, "name", &name, "size", &size, "s",
	    &s, "file", &file, "type", &type, "why", &why) == -1)
		return (-1);
	memset(a, 0, sizeof(*a));
	for (k = 0; k < AT_MAX && strcmp(kinds[k].field, kind) != 0; k++)
		continue;
	if (k == AT_MAX || str_copy(a->id, id, sizeof(a->id)) == -1)
		return (-1);
	a->kind = (enum attach_kind)k;
	a->msg = (int64_t)msg;
	a->size = (int64_t)size;
	a->seconds = (uint32_t)s;
	(void)str_copy(a->name, name, sizeof(a->name));
	(void)str_copy(a->file, file, sizeof(a->file));
	(void)str_copy(a->type, type, sizeof(a->type));
	(void)str_copy(a->why, why, sizeof(a->why));
	return (0);
}

int
attach_decode(const char *s, struct attach *v, unsigned max)
{
	json_t	*list, *o;
	size_t	 i, n = 0;

	if (s == NULL || s[0] == '\0')
		return (0);
	list = json_loads(s, 0, NULL);
	if (!json_is_array(list) || json_array_size(list) > max) {
		json_decref(list);
		return (-1);
	}
	json_array_foreach(list, i, o)
		if (decode_one(o, &v[n]) == 0)
			n++;
	json_decref(list);
	return ((int)n);
}

const char *
attach_size(int64_t n, char *dst, size_t size)
{
	if (n < 1000)
		(void)str_format(dst, size, "%lld bytes", (long long)n);
	else if (n < 1000000)
		(void)str_format(dst, size, "%lld kB",
		    (long long)((n + 500) / 1000));
	else
		(void)str_format(dst, size, "%lld.%lld MB",
		    (long long)(n / 1000000), (long long)(n % 1000000 /
		    100000));
	return (dst);
}
