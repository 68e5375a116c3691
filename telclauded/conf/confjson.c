/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * telclaude.json to telclauded.conf(5).  The native parser judges the values;
 * here only types matter.  Each line of the result remembers the path and the
 * line it comes from, so that its errors name those.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "telclauded/conf/confjson.h"
#include "telclauded/conf/confput.h"
#include "telclauded/conf/confjson.def"

static void
out_note(struct out *o, struct strlist *l, const struct jnode *n,
    const char *msg)
{
	char	 path[512];

	json5_path(n, path, sizeof(path));
	if (note_printf(l, "%s:%d: %s: %s", o->name, n->line,
	    path[0] == '\0' ? "(top)" : path, msg) == -1)
		o->failed = 1;
}

void
out_err(struct out *o, const struct jnode *n, const char *msg)
{
	out_note(o, &o->notes->errors, n, msg);
}

/* Remembers where the line that ends here came from. */
static void
out_from(struct out *o, const struct jnode *n)
{
	struct jsonline	*v;
	char		 path[512];

	if (o->map == NULL)
		return;
	v = reallocarray(o->map->v, o->map->n + 1, sizeof(*v));
	if (v == NULL) {
		o->failed = 1;
		return;
	}
	o->map->v = v;
	v[o->map->n].line = n->line;
	v[o->map->n].path = strdup(json5_path(n, path, sizeof(path)));
	if (v[o->map->n++].path == NULL)
		o->failed = 1;
}

void
out_line(struct out *o, const struct jnode *n, const char *text)
{
	buf_printf(&o->b, "%s%s\n", o->block[0] == '\0' ? "" : "\t", text);
	out_from(o, n);
}

/* Opens a block, after closing the one before; "" only closes. */
void
out_block(struct out *o, const struct jnode *n, const char *block)
{
	if (strcmp(o->block, block) == 0)
		return;
	if (o->block[0] != '\0') {
		o->block = "";
		out_line(o, n, "}");
	}
	if (block[0] != '\0') {
		buf_printf(&o->b, "%s {\n", block);
		out_from(o, n);
	}
	o->block = block;
}

void
out_ignored(struct out *o, const struct jnode *n, const char *why)
{
	char	 path[512], line[1024];

	json5_path(n, path, sizeof(path));
	str_format(line, sizeof(line), "# %s: %s", path, why);
	for (char *s = line; *s != '\0'; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			*s = '?';
	out_line(o, n, line);
	out_note(o, &o->notes->warnings, n, why);
}

static const char *
type_names(int types)
{
	return (types & T(J_OBJ) ? "must be an object" :
	    types & T(J_ARR) ? "must be an array" :
	    types & T(J_NUM) ? "must be a number" :
	    types & T(J_BOOL) ? "must be true or false" :
	    "must be a string");
}

struct jnode *
out_sub(struct out *o, struct jnode *n, const char *key, int types)
{
	struct jnode	*c;

	if ((c = json5_get(n, key)) == NULL)
		return (NULL);
	if (c->type != J_NULL && (types & T(c->type)) == 0) {
		if (c->used != 2)
			out_err(o, c, type_names(types));
		c->used = 2;
		return (NULL);
	}
	c->used = 1;
	return (c->type == J_NULL ? NULL : c);
}

struct jnode *
out_get(struct out *o, const char *path, int types)
{
	struct jnode	*n = o->root;
	char		 key[64];
	size_t		 len;

	for (; n != NULL; path += len + 1) {
		len = strcspn(path, ".");
		str_format(key, sizeof(key), "%.*s", (int)len, path);
		if (path[len] == '\0')
			return (out_sub(o, n, key, types));
		n = out_sub(o, n, key, T(J_OBJ));
	}
	return (NULL);
}

int
put_jstr(struct out *o, struct buf *b, const struct jnode *n)
{
	const char	*s;

	if (n->type == J_NUM)
		return (put_jnum(o, b, n, 1));
	if (n->type != J_STR) {
		out_err(o, n, "must be a string");
		return (-1);
	}
	for (s = n->str; *s != '\0'; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f) {
			out_err(o, n, "has a control character");
			return (-1);
		}
	put_quoted(b, n->str);
	return (0);
}

/* Whole numbers as such, others with at most six digits after the point. */
int
put_jnum(struct out *o, struct buf *b, const struct jnode *n, double scale)
{
	long long	 whole;
	double		 v = n->num * scale;
	char		 s[64];
	size_t		 len;

	if (n->type != J_NUM) {
		out_err(o, n, "must be a number");
		return (-1);
	}
	if (fabs(v) < 9007199254740992.0 && (whole = (long long)v,
	    !(v < (double)whole) && !(v > (double)whole))) {
		buf_printf(b, "%lld", whole);
		return (0);
	}
	if (fabs(v) > 1e15) {
		out_err(o, n, "this number is too large");
		return (-1);
	}
	str_format(s, sizeof(s), "%.6f", v);
	for (len = strlen(s); s[len - 1] == '0'; len--)
		;
	buf_add(b, s, len - (s[len - 1] == '.'));
	return (0);
}

int
put_jlist(struct out *o, struct buf *b, struct jnode *n)
{
	struct jnode	*c;

	buf_puts(b, "{");
	for (c = n->child; c != NULL; c = c->next) {
		c->used = 1;
		buf_puts(b, " ");
		if (put_jstr(o, b, c) == -1)
			return (-1);
	}
	buf_puts(b, " }");
	return (0);
}

/* A word of "a b=c", or NULL. */
static int
put_jword(struct out *o, struct buf *b, const struct jnode *n,
    const char *values)
{
	char	 why[256];
	size_t	 len, k = strlen(n->str);

	for (const char *v = values; *v != '\0'; v += len + (v[len] == ' ')) {
		len = strcspn(v, " ");
		if (k == 0 || k > len || strncmp(v, n->str, k) != 0)
			continue;
		if (k == len)
			return (buf_add(b, v, len));
		if (v[k] == '=')
			return (buf_add(b, v + k + 1, len - k - 1));
	}
	str_format(why, sizeof(why), "must be one of: %s", values);
	out_err(o, n, why);
	return (-1);
}

static void
row_bool(struct out *o, const struct jrow *r, const struct jnode *n)
{
	const char	*bar = strchr(r->values, '|');
	char		 line[128];

	if (n->num != 0)
		str_format(line, sizeof(line), "%.*s",
		    (int)(bar - r->values), r->values);
	else
		str_copy(line, bar + 1, sizeof(line));
	if (line[0] == '-')
		out_ignored(o, n, line + 1);
	else if (line[0] != '\0')
		out_line(o, n, line);
}

static int
row_value(struct out *o, const struct jrow *r, struct buf *b,
    struct jnode *n)
{
	switch (r->kind) {
	case K_STR:
		return (put_jstr(o, b, n));
	case K_NUM:
		return (put_jnum(o, b, n,
		    r->values == NULL ? 1 : strtod(r->values, NULL)));
	case K_WORD:
		return (put_jword(o, b, n, r->values));
	case K_STRS:
		return (put_jlist(o, b, n));
	default:
		return (-1);
	}
}

static void
row(struct out *o, const struct jrow *r)
{
	static const int types[] = { T(J_STR), T(J_NUM), T(J_BOOL), T(J_STR),
	    T(J_ARR), T(J_OBJ) | T(J_ARR) | T(J_STR) | T(J_NUM) | T(J_BOOL) };
	const char	*s;
	struct jnode	*n;
	struct buf	 b;
	int		 bad = 0;

	if ((n = out_get(o, r->path, types[r->kind])) == NULL)
		return;
	out_block(o, n, r->block);
	if (r->kind == K_IGNORED) {
		out_ignored(o, n, r->values);
		n->used = 3;		/* with all below it */
		return;
	}
	if (r->kind == K_BOOL) {
		row_bool(o, r, n);
		return;
	}
	if (r->kind == K_STRS && n->child == NULL)
		return;
	buf_init(&b);
	for (s = r->stmt; *s != '\0' && !bad; s++)
		if (s[0] == '%' && s[1] == 's') {
			bad = row_value(o, r, &b, n) == -1;
			s++;
		} else
			buf_add(&b, s, 1);
	if (!bad && b.p != NULL)
		out_line(o, n, b.p);
	if (b.p != NULL)
		explicit_bzero(b.p, b.len);
	buf_free(&b);
}

static void
rows(struct out *o, const char *block)
{
	size_t	 i;

	for (i = 0; i < NELEM(jrows); i++)
		if (strcmp(jrows[i].block, block) == 0)
			row(o, &jrows[i]);
}

/* Names what nothing above asked for; the values are not shown. */
static void
unknown(struct out *o, struct jnode *n)
{
	struct jnode	*c;

	for (c = n->child; c != NULL; c = c->next) {
		if (c->used == 0)
			out_ignored(o, c, "unknown, ignored");
		else if (c->used == 1)
			unknown(o, c);
	}
}

static void
translate(struct out *o)
{
	struct jnode	*n;

	o->block = "";
	buf_puts(&o->b, "# translated from telclaude.json\n");
	out_from(o, o->root);
	rows(o, "");
	if ((n = out_get(o, "telegram", T(J_OBJ))) != NULL)
		out_block(o, n, "telegram");
	rows(o, "telegram");
	json_chats(o);
	out_block(o, o->root, "");
	json_people(o);
	json_filter(o);
	if (n != NULL)
		out_block(o, n, "agent telegram");
	rows(o, "agent telegram");
	json_moltbook(o);
	rows(o, "totp");
	json_network(o);
	json_providers(o);
	json_media(o);
	rows(o, "openai");
	out_block(o, o->root, "");
	unknown(o, o->root);
}

/* malloc'd native text, or NULL with notes; map may be NULL. */
char *
conf_json(const char *json, size_t len, const char *name,
    struct conf_notes *notes, struct jsonmap *map)
{
	struct out	 o;
	const char	*why;
	size_t		 errors = notes->errors.n;
	int		 line;

	memset(&o, 0, sizeof(o));
	buf_init(&o.b);
	o.name = name;
	o.notes = notes;
	o.map = map;
	if (!conf_istext(json, len, &line, &why) ||
	    (o.root = json5_parse(json, len, &line, &why)) == NULL) {
		note_printf(&notes->errors, "%s:%d: %s", name, line, why);
		return (NULL);
	}
	if (o.root->type != J_OBJ)
		out_err(&o, o.root, "must be an object");
	else
		translate(&o);
	json5_free(o.root);
	if (o.failed || o.b.failed)
		note_add(&notes->errors, "no memory");
	if (notes->errors.n != errors) {
		if (o.b.p != NULL)
			explicit_bzero(o.b.p, o.b.len);
		buf_free(&o.b);
		return (NULL);
	}
	return (o.b.p);
}

char *
conf_from_json(const char *json, size_t len, const char *name,
    struct conf_notes *notes)
{
	return (conf_json(json, len, name, notes, NULL));
}

void
jsonmap_free(struct jsonmap *m)
{
	size_t	 i;

	for (i = 0; i < m->n; i++)
		free(m->v[i].path);
	free(m->v);
	m->v = NULL;
	m->n = 0;
}
