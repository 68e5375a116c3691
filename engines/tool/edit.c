/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Edit and MultiEdit: exact replacement of text.  What is not there, or there
 * more than once, is refused with the count; line ends and mode stay.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engines/tool/tool.h"

static const struct arg edit_args[] = {
	{ "file_path", ARG_STRING, 1 },
	{ "old_string", ARG_STRING, 1 },
	{ "new_string", ARG_STRING, 1 },
	{ "replace_all", ARG_BOOL, 0 },
};
static const struct arg multi_args[] = {
	{ "file_path", ARG_STRING, 1 },
	{ "edits", ARG_ARRAY, 1 },
};
static const struct arg one_args[] = {
	{ "old_string", ARG_STRING, 1 },
	{ "new_string", ARG_STRING, 1 },
	{ "replace_all", ARG_BOOL, 0 },
};

#define EDITS_MAX	500

struct str {
	char	*p;
	size_t	 len;
};

struct edit {
	struct call	*call;
	const char	*path;
	const char	*which;		/* "" or "edit 3: " */
	struct str	 text;		/* the file as it will be */
	int		 crlf;		/* its lines end so */
	unsigned	 done, added, removed;
};

static unsigned
count_lines(struct str s)
{
	unsigned n = 0;
	size_t i;

	for (i = 0; i < s.len; i++)
		n += s.p[i] == '\n';
	return (n + (s.len > 0 && s.p[s.len - 1] != '\n'));
}

/* More than half of the line ends have a CR. */
static int
uses_crlf(struct str s)
{
	size_t i, lf = 0, crlf = 0;

	for (i = 0; i < s.len; i++)
		if (s.p[i] == '\n') {
			lf++;
			crlf += i > 0 && s.p[i - 1] == '\r';
		}
	return (lf > 0 && crlf * 2 > lf);
}

static struct str
to_crlf(struct call *c, struct str in)
{
	struct str out = { malloc(in.len * 2 + 1), 0 };
	size_t i;

	if (out.p == NULL)
		fail(c, "out of memory");
	for (i = 0; i < in.len; i++) {
		if (in.p[i] == '\n' && (i == 0 || in.p[i - 1] != '\r'))
			out.p[out.len++] = '\r';
		out.p[out.len++] = in.p[i];
	}
	return (out);
}

static const char *
find(struct str hay, size_t from, struct str needle)
{
	if (needle.len == 0 || from > hay.len)
		return (NULL);
	return (memmem(hay.p + from, hay.len - from, needle.p, needle.len));
}

static unsigned
count(struct str hay, struct str needle)
{
	const char *p;
	unsigned n = 0;
	size_t at = 0;

	while ((p = find(hay, at, needle)) != NULL) {
		n++;
		at = (size_t)(p - hay.p) + needle.len;
	}
	return (n);
}

static void
substitute(struct edit *e, struct str old, struct str new, unsigned n)
{
	struct str out;
	const char *p;
	size_t at = 0, len;

	if (new.len > old.len && n > (FILE_TEXT_MAX * 2u) /
	    (new.len - old.len + 1))
		fail(e->call, "%s%s would become too large", e->which,
		    e->path);
	out.len = 0;
	out.p = malloc(e->text.len + n * (new.len > old.len ?
	    new.len - old.len : 0) + 1);
	if (out.p == NULL)
		fail(e->call, "out of memory");
	while ((p = find(e->text, at, old)) != NULL) {
		len = (size_t)(p - e->text.p) - at;
		memcpy(out.p + out.len, e->text.p + at, len);
		memcpy(out.p + out.len + len, new.p, new.len);
		out.len += len + new.len;
		at += len + old.len;
	}
	memcpy(out.p + out.len, e->text.p + at, e->text.len - at);
	out.len += e->text.len - at;
	free(e->text.p);
	e->text = out;
	e->done += n;
	e->removed += n * count_lines(old);
	e->added += n * count_lines(new);
}

static void
apply(struct edit *e, struct str old, struct str new, int all)
{
	struct str o = { NULL, 0 }, w = { NULL, 0 };
	unsigned n;

	if (old.len == new.len && memcmp(old.p, new.p, old.len) == 0)
		fail(e->call, "%sold_string and new_string are the same; "
		    "nothing to do", e->which);
	if (old.len == 0)
		fail(e->call, "%sold_string is empty, but %s has content; "
		    "use Write to replace it", e->which, e->path);
	if (e->crlf) {
		/* A file of mixed line ends may have it as it was given. */
		o = to_crlf(e->call, old);
		if (count(e->text, o) > 0)
			old = o;
		new = w = to_crlf(e->call, new);
	}
	n = count(e->text, old);
	if (n == 0)
		fail(e->call, "%sold_string was not found in %s (0 matches); "
		    "nothing was changed. It must match exactly, white space "
		    "included", e->which, e->path);
	if (n > 1 && !all)
		fail(e->call, "%sold_string was found %u times in %s; nothing "
		    "was changed. Give more of the text around it, or "
		    "replace_all", e->which, n, e->path);
	substitute(e, old, new, n);
	free(o.p);
	free(w.p);
}

static struct str
json_str(json_t *o, const char *name)
{
	json_t *v = json_object_get(o, name);
	struct str s = { NULL, json_string_length(v) };

	/* Never written through; the struct serves both uses. */
	memcpy(&s.p, &(const char *){ json_string_value(v) }, sizeof(s.p));
	return (s);
}

static void
load(struct edit *e)
{
	e->text.p = file_load(e->call, e->path, &e->text.len, NULL);
	if (is_binary(e->text.p, e->text.len))
		fail(e->call, "%s is a binary file; it is not edited",
		    e->path);
	e->crlf = uses_crlf(e->text);
}

static void
save(struct edit *e)
{
	char text[320];
	int created;

	file_replace(e->call, e->path, e->text.p, e->text.len, &created);
	(void)str_format(text, sizeof(text), "%s %.180s: %u replacement%s, "
	    "+%u -%u lines", created ? "created" : "edited", e->path, e->done,
	    e->done == 1 ? "" : "s", e->added, e->removed);
	out_write(e->call, text, strlen(text));
	out_end(e->call, 0, RO_OK);
}

/* An empty old_string makes a file that is not there, or fills an empty. */
static int
creates(struct edit *e, json_t *o)
{
	struct str new = json_str(o, "new_string");

	if (json_str(o, "old_string").len != 0)
		return (0);
	if (access(e->path, F_OK) == 0) {
		load(e);
		if (e->text.len > 0)
			return (0);
	}
	e->text = new;
	e->added = count_lines(new);
	e->done = 1;
	return (1);
}

void
tool_edit(struct call *c)
{
	struct edit e = { .call = c, .which = "" };

	args_check(c, edit_args, NELEM(edit_args));
	e.path = arg_path(c, "file_path");
	if (!creates(&e, c->args)) {
		load(&e);
		apply(&e, json_str(c->args, "old_string"),
		    json_str(c->args, "new_string"),
		    arg_bool(c, "replace_all", 0));
	}
	save(&e);
	fail(c, "unreachable");
}

void
tool_multiedit(struct call *c)
{
	struct edit e = { .call = c, .which = "" };
	char which[32], why[160];
	json_t *list, *o;
	size_t i;

	args_check(c, multi_args, NELEM(multi_args));
	e.path = arg_path(c, "file_path");
	list = json_object_get(c->args, "edits");
	if (json_array_size(list) == 0 || json_array_size(list) > EDITS_MAX)
		fail(c, "edits must hold 1 to %d edits", EDITS_MAX);
	json_array_foreach(list, i, o) {
		if (!json_is_object(o))
			fail(c, "edit %zu is not an object", i + 1);
		if (args_judge(o, one_args, NELEM(one_args), why,
		    sizeof(why)) == -1)
			fail(c, "edit %zu: %s", i + 1, why);
	}
	e.which = which;
	json_array_foreach(list, i, o) {
		snprintf(which, sizeof(which), "edit %zu: ", i + 1);
		if (i == 0 && creates(&e, o))
			continue;
		if (i == 0)
			load(&e);
		apply(&e, json_str(o, "old_string"),
		    json_str(o, "new_string"),
		    json_is_true(json_object_get(o, "replace_all")));
	}
	save(&e);
	fail(c, "unreachable");
}
