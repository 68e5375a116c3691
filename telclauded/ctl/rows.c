/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Rows of the daemon, one JSON object each: printed as they came, or as a
 * table whose columns are as wide as what is in them.
 */
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "telclauded/ctl/view.h"
#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"

#define CELL	160

struct rows {
	json_t	*list;
};

struct rows *
rows_new(void)
{
	struct rows	*r;

	if ((r = calloc(1, sizeof(*r))) == NULL ||
	    (r->list = json_array()) == NULL) {
		free(r);
		return (NULL);
	}
	return (r);
}

void
rows_free(struct rows *r)
{
	if (r == NULL)
		return;
	json_decref(r->list);
	free(r);
}

void
rows_add(const char *json, size_t len, void *arg)
{
	struct rows	*r = arg;
	json_t		*o;

	if ((o = json_loadb(json, len, 0, NULL)) == NULL ||
	    json_array_append_new(r->list, o) == -1)
		warnx("a row that is not JSON");
}

void
view_done(const struct ctl *c, json_t *id, const char *said)
{
	json_t	*o;

	if (!c->json) {
		printf("%s\n", said);
		json_decref(id);
		return;
	}
	if ((o = json_pack("[{s:s, s:o*, s:s}]", "row", "done", "id", id,
	    "said", said)) == NULL) {
		warnx("done, but that is no JSON");
		return;
	}
	json_dumpf(o, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(o);
}

const json_t *
rows_get(const struct rows *r, size_t i)
{
	return (json_array_get(r->list, i));
}

json_t *
rows_at(struct rows *r, size_t i)
{
	return (json_array_get(r->list, i));
}

json_t *
rows_take(struct rows *r, const char *kind)
{
	const char	*k;
	json_t		*o;
	size_t		 i;

	for (i = 0; i < rows_count(r); i++) {
		o = json_array_get(r->list, i);
		k = json_string_value(json_object_get(o, "row"));
		if (k == NULL || strcmp(k, kind) != 0)
			continue;
		json_incref(o);
		json_array_remove(r->list, i);
		return (o);
	}
	return (NULL);
}

struct rows *
rows_split(struct rows *r, const char *kind)
{
	struct rows	*part;
	json_t		*o;

	if ((part = rows_new()) == NULL)
		return (NULL);
	while ((o = rows_take(r, kind)) != NULL)
		json_array_append_new(part->list, o);
	return (part);
}

size_t
rows_count(const struct rows *r)
{
	return (json_array_size(r->list));
}

void
rows_print_json(const struct rows *r)
{
	json_dumpf(r->list, stdout, JSON_INDENT(2));
	putchar('\n');
}

static void
cell_text(const struct column *c, const json_t *row, char *out, size_t size)
{
	const json_t	*v = json_object_get(row, c->key);

	if (v == NULL || json_is_null(v))
		(void)str_copy(out, "-", size);
	else if (c->format != NULL)
		c->format(v, out, size);
	else if (json_is_string(v))
		text_for_log(text_of(json_string_value(v),
		    json_string_length(v)), out, size);
	else if (json_is_integer(v))
		(void)str_format(out, size, "%" JSON_INTEGER_FORMAT,
		    json_integer_value(v));
	else if (json_is_boolean(v))
		(void)str_copy(out, json_is_true(v) ? "yes" : "no", size);
	else if (json_is_real(v))
		(void)str_format(out, size, "%.2f", json_real_value(v));
	else
		(void)str_copy(out, "?", size);
}

static int
column_width(const struct rows *r, const struct column *c)
{
	char	 cell[CELL];
	size_t	 i;
	int	 w = (int)strlen(c->title), n;

	if (abs(c->width) > w)
		w = abs(c->width);
	for (i = 0; i < rows_count(r); i++) {
		cell_text(c, rows_get(r, i), cell, sizeof(cell));
		n = (int)utf16_len(cell, strlen(cell));
		if (n > w)
			w = n;
	}
	return (c->width < 0 ? w : -w);
}

void
rows_print_table(const struct rows *r, const struct column *c, size_t n,
    const char *empty)
{
	char	 cell[CELL];
	int	 width[16];
	size_t	 i, k;

	if (rows_count(r) == 0) {
		printf("%s\n", empty);
		return;
	}
	for (k = 0; k < n && k < NELEM(width); k++) {
		width[k] = column_width(r, &c[k]);
		/* no trailing blanks after the last column */
		printf("%*s%s", k + 1 == n && width[k] < 0 ? 0 : width[k],
		    c[k].title, k + 1 == n ? "\n" : " ");
	}
	for (i = 0; i < rows_count(r); i++)
		for (k = 0; k < n && k < NELEM(width); k++) {
			cell_text(&c[k], rows_get(r, i), cell, sizeof(cell));
			printf("%*s%s", k + 1 == n && width[k] < 0 ? 0 :
			    width[k], cell, k + 1 == n ? "\n" : " ");
		}
}

void
rows_show(const struct ctl *c, const struct rows *r, const struct column *cols,
    size_t n, const char *empty)
{
	if (c->json)
		rows_print_json(r);
	else if (rows_count(r) > 0 || *empty != '\0')
		rows_print_table(r, cols, n, empty);
}

void
fmt_since(uint64_t ms, char *out, size_t size)
{
	uint64_t	 s = ms / 1000;

	if (s < 60)
		(void)str_format(out, size, "%" PRIu64 "s", s);
	else if (s < 3600)
		(void)str_format(out, size, "%" PRIu64 "m%02" PRIu64 "s",
		    s / 60, s % 60);
	else if (s < 86400)
		(void)str_format(out, size, "%" PRIu64 "h%02" PRIu64 "m",
		    s / 3600, s / 60 % 60);
	else
		(void)str_format(out, size, "%" PRIu64 "d%02" PRIu64 "h",
		    s / 86400, s / 3600 % 24);
}

void
fmt_age(const struct json_t *v, char *out, size_t size)
{
	fmt_since((uint64_t)json_integer_value(v), out, size);
}

void
fmt_kb(const struct json_t *v, char *out, size_t size)
{
	json_int_t	 kb = json_integer_value(v);

	if (kb == 0)
		(void)str_copy(out, "-", size);
	else
		(void)str_format(out, size, "%.1fM", (double)kb / 1024);
}
