/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Strict checks of JSON objects against tables of fields, and the few
 * accessors the fakes use.  Pure.
 */
#include <stdio.h>
#include <string.h>

#include "regress/fakes/fake.h"

static const char *const typenames[] = {
	"Integer", "Number", "String", "Boolean", "Object", "Array",
	"Integer or String", "String or Array", "anything",
};

static int
type_ok(const json_t *v, enum ftype t)
{
	switch (t) {
	case FT_INT:
		return (json_is_integer(v));
	case FT_NUM:
		return (json_is_number(v));
	case FT_STR:
		return (json_is_string(v));
	case FT_BOOL:
		return (json_is_boolean(v));
	case FT_OBJ:
		return (json_is_object(v));
	case FT_ARR:
		return (json_is_array(v));
	case FT_ID:
		return (json_is_integer(v) || json_is_string(v));
	case FT_TEXTS:
		return (json_is_string(v) || json_is_array(v));
	case FT_ANY:
		return (1);
	}
	return (0);
}

int
fields_check(const json_t *o, const struct field *f, size_t n, char *why,
    size_t size)
{
	json_t		*v;
	const char	*k;
	size_t		 i;

	if (!json_is_object(o)) {
		snprintf(why, size, "not an object");
		return (-1);
	}
	for (i = 0; i < n; i++)
		if ((f[i].flags & F_REQ) &&
		    json_object_get(o, f[i].name) == NULL) {
			snprintf(why, size, "%s: Field required", f[i].name);
			return (-1);
		}
	/* jansson's iteration wants a non-const object and changes nothing */
	for (void *it = json_object_iter((json_t *)(uintptr_t)o); it != NULL;
	    it = json_object_iter_next((json_t *)(uintptr_t)o, it)) {
		k = json_object_iter_key(it);
		v = json_object_iter_value(it);
		for (i = 0; i < n && strcmp(f[i].name, k) != 0; i++)
			continue;
		if (i == n) {
			snprintf(why, size,
			    "%s: Extra inputs are not permitted", k);
			return (-1);
		}
		if (json_is_null(v) && (f[i].flags & F_NULL))
			continue;
		if (!type_ok(v, f[i].type)) {
			snprintf(why, size, "%s: Input should be %s", k,
			    typenames[f[i].type]);
			return (-1);
		}
	}
	return (0);
}

const char *
jstr(const json_t *o, const char *k)
{
	const char	*s;

	s = json_string_value(json_object_get(o, k));
	return (s != NULL ? s : "");
}

int64_t
jint(const json_t *o, const char *k, int64_t def)
{
	const json_t	*v;

	v = json_object_get(o, k);
	return (json_is_integer(v) ? json_integer_value(v) : def);
}

int
jbool(const json_t *o, const char *k, int def)
{
	const json_t	*v;

	v = json_object_get(o, k);
	return (json_is_boolean(v) ? json_is_true(v) : def);
}

/* The JSON parser has checked that s is UTF-8. */
size_t
utf16_units(const char *s, size_t len)
{
	size_t	 i, n;

	for (i = n = 0; i < len; i++) {
		if (((unsigned char)s[i] & 0xc0) != 0x80)
			n++;
		if (((unsigned char)s[i] & 0xf8) == 0xf0)
			n++;
	}
	return (n);
}
