/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Arguments of a call: exactly the names and types of the tool's table, or an
 * answer that says what is wrong.  The model wrote them; nothing is trusted.
 */
#include <limits.h>
#include <string.h>

#include "engines/tool/tool.h"

static const char *
type_name(enum arg_type t)
{
	static const char *const names[] = { "a string", "a whole number",
	    "true or false", "a list" };

	return (names[t]);
}

static int
type_ok(enum arg_type t, const json_t *v)
{
	switch (t) {
	case ARG_STRING:
		return (json_is_string(v));
	case ARG_INT:
		return (json_is_integer(v));
	case ARG_BOOL:
		return (json_is_boolean(v));
	case ARG_ARRAY:
		return (json_is_array(v));
	}
	return (0);
}

static const struct arg *
arg_find(const struct arg *table, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(table[i].name, name) == 0)
			return (&table[i]);
	return (NULL);
}

int
args_judge(json_t *o, const struct arg *table, size_t n, char *why,
    size_t whylen)
{
	const struct arg *a;
	const char *name;
	json_t *v;
	size_t i;

	json_object_foreach(o, name, v) {
		if ((a = arg_find(table, n, name)) == NULL) {
			(void)str_format(why, whylen, "unknown argument "
			    "\"%.64s\"", name);
			return (-1);
		}
		if (!type_ok(a->type, v)) {
			(void)str_format(why, whylen, "argument \"%s\" must "
			    "be %s", name, type_name(a->type));
			return (-1);
		}
	}
	for (i = 0; i < n; i++)
		if (table[i].required &&
		    json_object_get(o, table[i].name) == NULL) {
			(void)str_format(why, whylen, "argument \"%s\" is "
			    "missing", table[i].name);
			return (-1);
		}
	return (0);
}

void
args_check(struct call *c, const struct arg *table, size_t n)
{
	char why[160];

	if (args_judge(c->args, table, n, why, sizeof(why)) == -1)
		fail(c, "%s: %s", tool_name(c->tool), why);
}

const char *
arg_string(struct call *c, const char *name, size_t *len)
{
	const json_t *v = json_object_get(c->args, name);

	if (v == NULL)
		return (NULL);
	if (len != NULL)
		*len = json_string_length(v);
	else if (strlen(json_string_value(v)) != json_string_length(v))
		fail(c, "argument \"%s\" holds a NUL", name);
	return (json_string_value(v));
}

int64_t
arg_int(struct call *c, const char *name, int64_t dflt, int64_t min,
    int64_t max)
{
	const json_t *v = json_object_get(c->args, name);
	json_int_t n;

	if (v == NULL)
		return (dflt);
	n = json_integer_value(v);
	if (n < min || n > max)
		fail(c, "argument \"%s\" must be from %lld to %lld", name,
		    (long long)min, (long long)max);
	return (n);
}

int
arg_bool(struct call *c, const char *name, int dflt)
{
	const json_t *v = json_object_get(c->args, name);

	return (v == NULL ? dflt : json_is_true(v));
}

const char *
arg_path(struct call *c, const char *name)
{
	const char *s = arg_string(c, name, NULL);

	if (s == NULL)
		return (NULL);
	if (s[0] == '\0')
		fail(c, "argument \"%s\" is empty", name);
	if (strlen(s) >= PATH_MAX)
		fail(c, "argument \"%s\" is too long for a path", name);
	return (s);
}
