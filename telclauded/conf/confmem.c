/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Memory of a parse.  Words live in a pool that is wiped as a whole, since
 * any of them may be a secret.  When memory runs out the parse ends at once
 * (longjmp to conf_parse()), so that the setters need no error paths.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "telclauded/conf/conf_int.h"

struct pool {
	struct pool	*next;
	size_t		 size;
	max_align_t	 mem[];
};

void *
conf_alloc(struct parse *p, size_t n)
{
	struct pool	*b;

	if ((b = calloc(1, sizeof(*b) + n)) == NULL)
		longjmp(p->oom, 1);
	b->size = n;
	b->next = p->pool;
	p->pool = b;
	return (b->mem);
}

void
conf_pool_free(struct parse *p)
{
	struct pool	*b;

	while ((b = p->pool) != NULL) {
		p->pool = b->next;
		explicit_bzero(b->mem, b->size);
		free(b);
	}
}

char *
conf_strndup(struct parse *p, const char *s, size_t n)
{
	char	*d;

	d = conf_alloc(p, n + 1);
	memcpy(d, s, n);
	return (d);
}

/* The rest makes what conf_free() frees. */
void *
conf_zalloc(struct parse *p, size_t n)
{
	void	*v;

	if ((v = calloc(1, n)) == NULL)
		longjmp(p->oom, 1);
	return (v);
}

char *
conf_dup(struct parse *p, const char *s)
{
	char	*d;

	if ((d = strdup(s)) == NULL)
		longjmp(p->oom, 1);
	return (d);
}

void *
conf_grow(struct parse *p, void *v, size_t n, size_t size)
{
	void	*new;

	if ((new = reallocarray(v, n, size)) == NULL)
		longjmp(p->oom, 1);
	return (new);
}

void
conf_append(struct parse *p, struct strlist *l, const char *s)
{
	l->v = conf_grow(p, l->v, l->n + 1, sizeof(*l->v));
	l->v[l->n] = conf_dup(p, s);
	l->n++;
}

int
note_add(struct strlist *l, const char *s)
{
	char	**v;

	if ((v = reallocarray(l->v, l->n + 1, sizeof(*v))) == NULL)
		return (-1);
	l->v = v;
	if ((v[l->n] = strdup(s)) == NULL)
		return (-1);
	l->n++;
	return (0);
}

int
note_printf(struct strlist *l, const char *fmt, ...)
{
	va_list	 ap;
	char	*s;
	int	 r;

	va_start(ap, fmt);
	r = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (r == -1)
		return (-1);
	r = note_add(l, s);
	free(s);
	return (r);
}

void
strlist_free(struct strlist *l)
{
	size_t	 i;

	for (i = 0; i < l->n; i++)
		free(l->v[i]);
	free(l->v);
	l->v = NULL;
	l->n = 0;
}
