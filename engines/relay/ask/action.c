/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The input of a tool call as a person reads it: a command as it is, an edit
 * as a small diff, content as content, and every other member by its name, so
 * that nothing that the tool will read is left out.  The JSON is read with the
 * flags the tool reads it with.  Linked by the relay; pure.
 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "telclauded/lib/util.h"
#include "engines/relay/ask/cardtext.h"

#define DIFF_AROUND	2	/* lines that stay, shown before and after */

static void
add_string(struct buf *b, const json_t *v, enum visible how)
{
	visible_add(b, json_string_value(v), json_string_length(v), how);
}

/* "name: value", for what has no form of its own. */
static void
add_member(struct buf *b, const char *key, const json_t *v)
{
	char	*s;

	visible_add(b, key, strlen(key), VIS_LINE);
	(void)buf_puts(b, ": ");
	if (json_is_string(v))
		add_string(b, v, VIS_LINE);
	else if ((s = json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT)) != NULL) {
		visible_add(b, s, strlen(s), VIS_LINE);
		free(s);
	} else
		b->failed = 1;
	(void)buf_puts(b, "\n");
}

/* All but those named; NULL ends the list. */
static void
add_others(struct buf *b, json_t *o, const char *const *but)
{
	const char	*key;
	json_t		*v;
	int		 i;

	json_object_foreach(o, key, v) {
		for (i = 0; but[i] != NULL; i++)
			if (strcmp(but[i], key) == 0)
				break;
		if (but[i] == NULL)
			add_member(b, key, v);
	}
}

/* --- a diff ------------------------------------------------------------ */
struct lines {
	const char	*s;
	size_t		 len;
	size_t		 n;
};

static struct lines
lines_of(const json_t *v)
{
	struct lines	 l;
	size_t		 i;

	l.s = json_string_value(v);
	l.len = json_string_length(v);
	for (i = 0, l.n = 1; i < l.len; i++)
		l.n += l.s[i] == '\n';
	if (l.len == 0)
		l.n = 0;
	return (l);
}

/* Takes a line from the front; its length, without its end. */
static size_t
line_next(struct lines *l, const char **s)
{
	const char	*end = memchr(l->s, '\n', l->len);
	size_t		 n = end == NULL ? l->len : (size_t)(end - l->s);

	*s = l->s;
	l->s += end == NULL ? n : n + 1;
	l->len -= end == NULL ? n : n + 1;
	l->n--;
	return (n);
}

/* Takes one from the back. */
static size_t
line_last(struct lines *l, const char **s)
{
	size_t	n = l->len;

	while (n > 0 && l->s[n - 1] != '\n')
		n--;
	*s = l->s + n;
	l->len = l->len - n;
	l->n--;
	return (l->len);
}

static size_t
same_before(struct lines a, struct lines b)
{
	const char	*p, *q;
	size_t		 n = 0, m;

	while (a.n > 0 && b.n > 0) {
		m = line_next(&a, &p);
		if (m != line_next(&b, &q) || memcmp(p, q, m) != 0)
			break;
		n++;
	}
	return (n);
}

static size_t
same_after(struct lines a, struct lines b, size_t before)
{
	const char	*p, *q, *as = a.s, *bs = b.s;
	size_t		 n = 0, m;

	while (a.n > before && b.n > before) {
		m = line_last(&a, &p);
		if (m != line_last(&b, &q) || memcmp(p, q, m) != 0)
			break;
		n++;
		/* What is left ends before the line break in between. */
		a.len = p > as ? (size_t)(p - as) - 1 : 0;
		b.len = q > bs ? (size_t)(q - bs) - 1 : 0;
	}
	return (n);
}

void
action_lines(const json_t *from, const json_t *to, size_t *plus, size_t *minus)
{
	struct lines	a = lines_of(from), z = lines_of(to);
	size_t		before = same_before(a, z);
	size_t		same = before + same_after(a, z, before);

	*plus += z.n - same;
	*minus += a.n - same;
}

static void
add_lines(struct buf *b, struct lines *l, size_t n, const char *sign)
{
	const char	*s;
	size_t		 len;

	for (; n > 0; n--) {
		len = line_next(l, &s);
		(void)buf_puts(b, sign);
		visible_add(b, s, len, VIS_LINE);
		(void)buf_puts(b, "\n");
	}
}

static void
skip_lines(struct buf *b, struct lines *l, size_t n)
{
	const char	*s;
	size_t		 i;

	if (n == 0)
		return;
	for (i = 0; i < n; i++)
		(void)line_next(l, &s);
	(void)buf_printf(b, " \xe2\x80\xa6 %zu line%s as before\n", n,
	    n == 1 ? "" : "s");
}

static void
add_diff(struct buf *b, const json_t *from, const json_t *to)
{
	struct lines	 a = lines_of(from), z = lines_of(to);
	size_t		 before = same_before(a, z);
	size_t		 after = same_after(a, z, before);
	size_t		 cut = before > DIFF_AROUND ? before - DIFF_AROUND : 0;
	const char	*s;
	size_t		 i;

	skip_lines(b, &a, cut);
	add_lines(b, &a, before - cut, " ");
	add_lines(b, &a, a.n - after, "-");
	for (i = 0; i < before; i++)
		(void)line_next(&z, &s);
	add_lines(b, &z, z.n - after, "+");
	cut = MINIMUM(after, (size_t)DIFF_AROUND);
	add_lines(b, &a, cut, " ");
	skip_lines(b, &a, after - cut);
}

/* One replacement; -1: it has not what one needs. */
static int
add_edit(struct buf *b, json_t *o, const char *const *but)
{
	const json_t	*from = json_object_get(o, "old_string");
	const json_t	*to = json_object_get(o, "new_string");

	if (!json_is_string(from) || !json_is_string(to))
		return (-1);
	add_others(b, o, but);
	add_diff(b, from, to);
	return (0);
}

/* --- the tools --------------------------------------------------------- */
static const char *const none[] = { NULL };

static int
action_bash(struct buf *b, json_t *o)
{
	static const char *const but[] = { "command", NULL };
	const json_t		*v = json_object_get(o, "command");

	if (!json_is_string(v))
		return (-1);
	add_string(b, v, VIS_TEXT);
	if (json_object_size(o) > 1) {
		(void)buf_puts(b, "\n\n");
		add_others(b, o, but);
	}
	return (0);
}

static int
action_write(struct buf *b, json_t *o)
{
	static const char *const but[] = { "content", NULL };
	const json_t		*v = json_object_get(o, "content");

	if (!json_is_string(v))
		return (-1);
	add_others(b, o, but);
	(void)buf_puts(b, "\n");
	add_string(b, v, VIS_TEXT);
	return (0);
}

static int
action_edit(struct buf *b, json_t *o)
{
	static const char *const but[] = { "old_string", "new_string", NULL };

	return (add_edit(b, o, but));
}

static int
action_edits(struct buf *b, json_t *o)
{
	static const char *const top[] = { "edits", NULL };
	static const char *const but[] = { "old_string", "new_string", NULL };
	json_t			*edits = json_object_get(o, "edits"), *e;
	size_t			 i;

	if (!json_is_array(edits))
		return (-1);
	add_others(b, o, top);
	json_array_foreach(edits, i, e) {
		(void)buf_printf(b, "@@ %zu of %zu @@\n", i + 1,
		    json_array_size(edits));
		if (!json_is_object(e) || add_edit(b, e, but) == -1)
			return (-1);
	}
	return (0);
}

static const struct {
	int		(*fn)(struct buf *, json_t *);
	const char	*lang;
} actions[TOOL_MAX] = {
	[TOOL_BASH] = { action_bash, "bash" },
	[TOOL_WRITE] = { action_write, "" },
	[TOOL_EDIT] = { action_edit, "diff" },
	[TOOL_MULTIEDIT] = { action_edits, "diff" },
};

int
action_text(enum tool tool, const char *args, size_t len, struct buf *b,
    const char **lang)
{
	json_t	*o;

	*lang = "";
	if (len > CARD_INPUT_MAX || json_too_deep(args, len, JSON_DEPTH))
		return (-1);
	o = json_loadb(args, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL,
	    NULL);
	if (!json_is_object(o)) {
		json_decref(o);
		return (-1);
	}
	/* What lacks what its tool needs is shown as it is. */
	if (actions[tool].fn == NULL || actions[tool].fn(b, o) == -1) {
		buf_drain(b, b->len);
		add_others(b, o, none);
	} else
		*lang = actions[tool].lang;
	json_decref(o);
	while (b->len > 0 && b->p[b->len - 1] == '\n')
		b->p[--b->len] = '\0';
	return (b->failed ? -1 : 0);
}
