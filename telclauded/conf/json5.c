/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * A small reader of JSON5.  Refuses what has no use in a configuration: NaN,
 * infinities, a key that comes twice, U+0000.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "telclauded/conf/json5.h"
#include "telclauded/lib/util.h"

struct reader {
	const char	*p, *end;
	int		 line;
	int		 depth;
	unsigned	 nodes;
	const char	*why;
};

static int	 value(struct reader *, struct jnode *);

static int
fail(struct reader *r, const char *why)
{
	if (r->why == NULL)
		r->why = why;
	return (-1);
}

static int
cur(const struct reader *r)
{
	return (r->p < r->end ? (unsigned char)*r->p : -1);
}

static int
comment(struct reader *r)
{
	if (r->p[1] == '/') {
		while (cur(r) != -1 && cur(r) != '\n')
			r->p++;
		return (0);
	}
	for (r->p += 2; r->end - r->p >= 2; r->p++) {
		if (r->p[0] == '*' && r->p[1] == '/') {
			r->p += 2;
			return (0);
		}
		if (*r->p == '\n')
			r->line++;
	}
	return (fail(r, "a comment is never closed"));
}

static int
space(struct reader *r)
{
	int	 c;

	while ((c = cur(r)) != -1) {
		if (c == '/' && r->end - r->p >= 2 &&
		    (r->p[1] == '/' || r->p[1] == '*')) {
			if (comment(r) == -1)
				return (-1);
			continue;
		}
		if (c == 0xef && r->end - r->p >= 3 &&
		    memcmp(r->p, "\xef\xbb\xbf", 3) == 0) {
			r->p += 3;
			continue;
		}
		if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
			break;
		if (c == '\n')
			r->line++;
		r->p++;
	}
	return (0);
}

static int
hex(struct reader *r, int digits, unsigned *v)
{
	int	 c;

	for (*v = 0; digits > 0; digits--, r->p++) {
		c = cur(r);
		if (c >= '0' && c <= '9')
			c -= '0';
		else if (c >= 'a' && c <= 'f')
			c -= 'a' - 10;
		else if (c >= 'A' && c <= 'F')
			c -= 'A' - 10;
		else
			return (fail(r, "a bad escape in a string"));
		*v = *v << 4 | (unsigned)c;
	}
	return (0);
}

static int
put_utf8(struct buf *b, unsigned u)
{
	char	 s[4];
	size_t	 n = 0;

	if (u < 0x80)
		s[n++] = (char)u;
	else if (u < 0x800)
		s[n++] = (char)(0xc0 | u >> 6);
	else if (u < 0x10000) {
		s[n++] = (char)(0xe0 | u >> 12);
		s[n++] = (char)(0x80 | (u >> 6 & 0x3f));
	} else {
		s[n++] = (char)(0xf0 | u >> 18);
		s[n++] = (char)(0x80 | (u >> 12 & 0x3f));
		s[n++] = (char)(0x80 | (u >> 6 & 0x3f));
	}
	if (u >= 0x80)
		s[n++] = (char)(0x80 | (u & 0x3f));
	return (buf_add(b, s, n));
}

static int
unicode(struct reader *r, struct buf *b, int digits)
{
	unsigned	 u, low;

	if (hex(r, digits, &u) == -1)
		return (-1);
	if (u >= 0xd800 && u < 0xdc00) {
		if (r->end - r->p < 6 || r->p[0] != '\\' || r->p[1] != 'u')
			return (fail(r, "half a surrogate pair"));
		r->p += 2;
		if (hex(r, 4, &low) == -1)
			return (-1);
		if (low < 0xdc00 || low > 0xdfff)
			return (fail(r, "half a surrogate pair"));
		u = 0x10000 + ((u - 0xd800) << 10) + (low - 0xdc00);
	} else if (u >= 0xdc00 && u < 0xe000)
		return (fail(r, "half a surrogate pair"));
	if (u == 0)
		return (fail(r, "U+0000 in a string"));
	return (put_utf8(b, u));
}

static int
escape(struct reader *r, struct buf *b)
{
	static const char	 from[] = "bfnrtv", to[] = "\b\f\n\r\t\v";
	const char		*s;
	int			 c;

	if ((c = cur(r)) == -1)
		return (fail(r, "a string is never closed"));
	r->p++;
	if (c == 'u' || c == 'x')
		return (unicode(r, b, c == 'u' ? 4 : 2));
	if (c == '\r' && cur(r) == '\n')
		c = *r->p++;
	if (c == '\n') {			/* the string goes on */
		r->line++;
		return (0);
	}
	if (c >= '0' && c <= '9')
		return (fail(r, "a bad escape in a string"));
	if ((s = strchr(from, c)) != NULL)
		return (buf_add(b, &to[s - from], 1));
	return (buf_add(b, r->p - 1, 1));
}

/* A quoted string; malloc'd, or NULL. */
static char *
string(struct reader *r)
{
	struct buf	 b;
	int		 c, q;

	q = *r->p++;
	buf_init(&b);
	while ((c = cur(r)) != q) {
		if (c == -1 || c == '\n') {
			fail(r, "a string is never closed");
			goto bad;
		}
		r->p++;
		if (c == '\\' ? escape(r, &b) == -1 :
		    buf_add(&b, r->p - 1, 1) == -1)
			goto bad;
	}
	r->p++;
	if (buf_add(&b, "", 1) == -1) {
		fail(r, "no memory");
		goto bad;
	}
	return (b.p);
bad:
	fail(r, "no memory");
	buf_free(&b);
	return (NULL);
}

static int
isname(int c, int first)
{
	return ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    c == '_' || c == '$' || c >= 0x80 ||
	    (!first && c >= '0' && c <= '9'));
}

static size_t
name_len(const struct reader *r)
{
	const char	*s;

	for (s = r->p; s < r->end; s++)
		if (!isname((unsigned char)*s, s == r->p))
			break;
	return ((size_t)(s - r->p));
}

static int
number(struct reader *r, struct jnode *n)
{
	char	 buf[64];
	char	*end;
	size_t	 len = 0;

	while (len < sizeof(buf) - 1 && r->p + len < r->end &&
	    strchr("+-.0123456789abcdefABCDEFxX", r->p[len]) != NULL &&
	    r->p[len] != '\0') {
		buf[len] = r->p[len];
		len++;
	}
	buf[len] = '\0';
	n->type = J_NUM;
	n->num = strtod(buf, &end);
	if (len == 0 || *end != '\0' || !isfinite(n->num))
		return (fail(r, "not a value: strings need quotes"));
	r->p += len;
	return (0);
}

static struct jnode *
add(struct reader *r, struct jnode *parent)
{
	struct jnode	*n;

	if (++r->nodes > JSON5_NODES || (n = calloc(1, sizeof(*n))) == NULL) {
		fail(r, "too many values");
		return (NULL);
	}
	n->parent = parent;
	n->line = r->line;
	if (parent->last != NULL) {
		n->index = parent->last->index + 1;
		parent->last->next = n;
	} else
		parent->child = n;
	parent->last = n;
	return (n);
}

static int
member(struct reader *r, struct jnode *obj)
{
	struct jnode	*n, *old;
	char		*key;
	size_t		 len;

	if (cur(r) == '"' || cur(r) == '\'')
		key = string(r);
	else if ((len = name_len(r)) > 0) {
		if ((key = strndup(r->p, len)) == NULL)
			return (fail(r, "no memory"));
		r->p += len;
	} else
		return (fail(r, "expected a key or }"));
	if (key == NULL)
		return (-1);
	old = json5_get(obj, key);
	if ((n = add(r, obj)) == NULL) {
		free(key);
		return (-1);
	}
	n->key = key;
	if (old != NULL)
		return (fail(r, "this key comes twice"));
	if (space(r) == -1)
		return (-1);
	if (cur(r) != ':')
		return (fail(r, "expected : after the key"));
	r->p++;
	return (value(r, n));
}

static int
container(struct reader *r, struct jnode *n, int close)
{
	struct jnode	*item;

	if (++r->depth > JSON5_DEPTH)
		return (fail(r, "nested too deeply"));
	for (r->p++;; r->p++) {
		if (space(r) == -1)
			return (-1);
		if (cur(r) == close)
			break;
		if (close == '}') {
			if (member(r, n) == -1)
				return (-1);
		} else if ((item = add(r, n)) == NULL || value(r, item) == -1)
			return (-1);
		if (space(r) == -1)
			return (-1);
		if (cur(r) == close)
			break;
		if (cur(r) != ',')
			return (fail(r, cur(r) == -1 ? "the file ends inside "
			    "a { or [" : close == '}' ? "expected , or }" :
			    "expected , or ]"));
	}
	r->p++;
	r->depth--;
	return (0);
}

static int
word(struct reader *r, struct jnode *n, const char *w, enum jtype t,
    double v)
{
	size_t	 len = name_len(r);

	if (len != strlen(w) || strncmp(r->p, w, len) != 0)
		return (-1);
	r->p += len;
	n->type = t;
	n->num = v;
	return (0);
}

static int
value(struct reader *r, struct jnode *n)
{
	if (space(r) == -1)
		return (-1);
	n->line = r->line;
	switch (cur(r)) {
	case '{':
		n->type = J_OBJ;
		return (container(r, n, '}'));
	case '[':
		n->type = J_ARR;
		return (container(r, n, ']'));
	case '"':
	case '\'':
		n->type = J_STR;
		return ((n->str = string(r)) == NULL ? -1 : 0);
	case -1:
		return (fail(r, "the file ends where a value should be"));
	}
	if (word(r, n, "true", J_BOOL, 1) == 0 ||
	    word(r, n, "false", J_BOOL, 0) == 0 ||
	    word(r, n, "null", J_NULL, 0) == 0)
		return (0);
	return (number(r, n));
}

struct jnode *
json5_parse(const char *s, size_t len, int *line, const char **why)
{
	struct reader	 r = { s, s + len, 1, 0, 0, NULL };
	struct jnode	*root;

	*why = "no memory";
	*line = 1;
	if ((root = calloc(1, sizeof(*root))) == NULL)
		return (NULL);
	if (value(&r, root) == 0 && space(&r) == 0 && cur(&r) != -1)
		fail(&r, "something follows the last }");
	if (r.why == NULL)
		return (root);
	*why = r.why;
	*line = r.line;
	json5_free(root);
	return (NULL);
}

void
json5_free(struct jnode *n)
{
	struct jnode	*c, *next;

	if (n == NULL)
		return;
	for (c = n->child; c != NULL; c = next) {
		next = c->next;
		json5_free(c);
	}
	if (n->str != NULL)
		explicit_bzero(n->str, strlen(n->str));
	free(n->str);
	free(n->key);
	free(n);
}

struct jnode *
json5_get(const struct jnode *n, const char *key)
{
	struct jnode	*c;

	if (n == NULL || n->type != J_OBJ)
		return (NULL);
	for (c = n->child; c != NULL; c = c->next)
		if (c->key != NULL && strcmp(c->key, key) == 0)
			return (c);
	return (NULL);
}

const char *
json5_path(const struct jnode *n, char *buf, size_t size)
{
	char	 up[512];

	if (n->parent == NULL) {
		str_copy(buf, "", size);
		return (buf);
	}
	json5_path(n->parent, up, sizeof(up));
	if (n->parent->type == J_ARR)
		str_format(buf, size, "%s[%zu]", up, n->index);
	else
		str_format(buf, size, "%s%s%s", up, up[0] == '\0' ? "" : ".",
		    n->key);
	return (buf);
}
