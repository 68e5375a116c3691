/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Matching of paths against patterns with the rules of gitignore(5), and the
 * braces of shells.  Patterns come from the model and from repositories, so
 * the work is bounded.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "engines/tool/tool.h"

#define STEPS_MAX	200000
#define DEPTH_MAX	512
#define BRACES_MAX	256

struct matcher {
	unsigned	 steps;
	unsigned	 depth;
};

static int match(struct matcher *, const char *, const char *);

static int
in_named_class(const char *name, size_t n, unsigned char ch)
{
	static const struct {
		const char	*name;
		int		(*is)(int);
	} classes[] = {
		{ "alnum", isalnum }, { "alpha", isalpha },
		{ "blank", isblank }, { "cntrl", iscntrl },
		{ "digit", isdigit }, { "graph", isgraph },
		{ "lower", islower }, { "print", isprint },
		{ "punct", ispunct }, { "space", isspace },
		{ "upper", isupper }, { "xdigit", isxdigit },
	};
	size_t i;

	for (i = 0; i < NELEM(classes); i++)
		if (strlen(classes[i].name) == n &&
		    memcmp(classes[i].name, name, n) == 0)
			return (classes[i].is(ch) != 0);
	return (0);
}

/*
 * [...] at p (behind the bracket).  Sets *end behind it; 1 matched, 0 not,
 * -1 no closing bracket: then it is an ordinary character.
 */
static int
match_class(const char *p, unsigned char ch, const char **end)
{
	int negate = 0, hit = 0, first = 1;
	const char *q;

	if (*p == '!' || *p == '^') {
		negate = 1;
		p++;
	}
	for (; *p != '\0' && (*p != ']' || first); first = 0) {
		unsigned char lo, hi;

		if (p[0] == '[' && p[1] == ':' &&
		    (q = strstr(p + 2, ":]")) != NULL) {
			hit |= in_named_class(p + 2, (size_t)(q - p - 2), ch);
			p = q + 2;
			continue;
		}
		if (*p == '\\' && p[1] != '\0')
			p++;
		lo = hi = (unsigned char)*p++;
		if (p[0] == '-' && p[1] != ']' && p[1] != '\0') {
			p++;
			if (*p == '\\' && p[1] != '\0')
				p++;
			hi = (unsigned char)*p++;
		}
		hit |= ch >= lo && ch <= hi;
	}
	if (*p != ']')
		return (-1);
	*end = p + 1;
	return (ch != '/' && hit != negate);
}

/* `**' as a whole component: any number of directories. */
static int
match_stars(struct matcher *m, const char *p, const char *s)
{
	if (*p == '\0')
		return (1);
	if (*p == '/') {
		p++;
		for (;;) {
			if (match(m, p, s))
				return (1);
			if ((s = strchr(s, '/')) == NULL ||
			    m->steps > STEPS_MAX)
				return (0);
			s++;
		}
	}
	for (;; s++) {
		if (match(m, p, s))
			return (1);
		if (*s == '\0' || m->steps > STEPS_MAX)
			return (0);
	}
}

static int
match_star(struct matcher *m, const char *p, const char *s)
{
	for (;; s++) {
		if (match(m, p, s))
			return (1);
		if (*s == '\0' || *s == '/' || m->steps > STEPS_MAX)
			return (0);
	}
}

static int
match_one(const char **pp, unsigned char ch)
{
	const char *p = *pp, *end;
	int r;

	if (*p == '?') {
		*pp = p + 1;
		return (ch != '/');
	}
	if (*p == '[' && (r = match_class(p + 1, ch, &end)) != -1) {
		*pp = end;
		return (r);
	}
	if (*p == '\\' && p[1] != '\0')
		p++;
	*pp = p + 1;
	return ((unsigned char)*p == ch);
}

static int
match_from(struct matcher *m, const char *p, const char *s)
{
	const char *begin = p;

	for (;;) {
		if (++m->steps > STEPS_MAX)
			return (0);
		if (*p == '*') {
			if (p[1] != '*')
				return (match_star(m, p + 1, s));
			if ((p == begin || p[-1] == '/') &&
			    (p[2] == '/' || p[2] == '\0'))
				return (match_stars(m, p + 2, s));
			while (*p == '*')	/* as one of them */
				p++;
			return (match_star(m, p, s));
		}
		if (*s == '\0')
			/* "a/" + "**" also means all below a */
			return (*p == '\0');
		if (*p == '\0' || !match_one(&p, (unsigned char)*s))
			return (0);
		s++;
	}
}

static int
match(struct matcher *m, const char *p, const char *s)
{
	int r;

	if (m->depth >= DEPTH_MAX)
		return (0);
	m->depth++;
	r = match_from(m, p, s);
	m->depth--;
	return (r);
}

int
match_path(const char *pattern, const char *path)
{
	struct matcher m = { 0, 0 };

	return (match(&m, pattern, path));
}

/* --- braces ------------------------------------------------------------ */

struct set {
	char	**v;
	size_t	 n;
	int	 failed;
};

static void
set_add(struct set *s, char *p)
{
	char **v;

	if (p == NULL || s->failed || s->n >= BRACES_MAX ||
	    (v = reallocarray(s->v, s->n + 2, sizeof(*v))) == NULL) {
		free(p);
		s->failed = 1;
		return;
	}
	s->v = v;
	s->v[s->n++] = p;
	s->v[s->n] = NULL;
}

/* The end of the first alternative that starts at p: a comma or brace. */
static const char *
alternative_end(const char *p)
{
	int depth = 0;

	for (; *p != '\0'; p++) {
		if (*p == '\\' && p[1] != '\0')
			p++;
		else if (*p == '{')
			depth++;
		else if (*p == '}' && depth-- == 0)
			return (p);
		else if (*p == ',' && depth == 0)
			return (p);
	}
	return (NULL);
}

static const char *
brace_open(const char *p)
{
	for (; *p != '\0'; p++) {
		if (*p == '\\' && p[1] != '\0')
			p++;
		else if (*p == '{')
			return (p);
	}
	return (NULL);
}

static const char *
brace_close(const char *p)
{
	const char *e;

	for (e = alternative_end(p); e != NULL && *e == ',';
	    e = alternative_end(e + 1))
		;
	return (e);
}

static char *
joined(const char *a, size_t an, const char *b, size_t bn, const char *c)
{
	size_t cn = strlen(c);
	char *p;

	if ((p = malloc(an + bn + cn + 1)) == NULL)
		return (NULL);
	memcpy(p, a, an);
	memcpy(p + an, b, bn);
	memcpy(p + an + bn, c, cn + 1);
	return (p);
}

char **
match_braces(const char *pattern)
{
	const char *open, *close, *p, *e;
	struct set s = { 0 };
	size_t i = 0;

	set_add(&s, strdup(pattern));
	/* Each pass takes the first pair out of one; the rest joins the end. */
	while (!s.failed && i < s.n) {
		char *cur = s.v[i];

		if ((open = brace_open(cur)) == NULL ||
		    (close = brace_close(open + 1)) == NULL) {
			i++;
			continue;
		}
		for (p = open + 1; p <= close; p = e + 1) {
			e = alternative_end(p);
			set_add(&s, joined(cur, (size_t)(open - cur), p,
			    (size_t)(e - p), close + 1));
		}
		s.v[i] = s.v[--s.n];
		s.v[s.n] = NULL;
		free(cur);
	}
	if (s.failed) {
		match_free(s.v);
		return (NULL);
	}
	return (s.v);
}

void
match_free(char **v)
{
	size_t i;

	for (i = 0; v != NULL && v[i] != NULL; i++)
		free(v[i]);
	free(v);
}
