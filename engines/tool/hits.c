/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Paths found, the newest file first.
 */
#include <stdlib.h>
#include <string.h>

#include "engines/tool/tool.h"

/* The paths lie in one buffer that still grows: by offset until sorted. */
int
hits_add(struct hits *h, const char *path, const struct timespec *mtime)
{
	struct hit *v;

	v = reallocarray(h->v, h->n + 1, sizeof(*v));
	if (v == NULL)
		return (-1);
	h->v = v;
	v[h->n].at = h->paths.len;
	v[h->n].mtime = *mtime;
	if (buf_add(&h->paths, path, strlen(path) + 1) == -1)
		return (-1);
	h->n++;
	return (0);
}

static int
newer_first(const void *a, const void *b)
{
	const struct hit *x = a, *y = b;

	if (x->mtime.tv_sec != y->mtime.tv_sec)
		return (x->mtime.tv_sec < y->mtime.tv_sec ? 1 : -1);
	if (x->mtime.tv_nsec != y->mtime.tv_nsec)
		return (x->mtime.tv_nsec < y->mtime.tv_nsec ? 1 : -1);
	return (strcmp(x->path, y->path));
}

void
hits_sort(struct hits *h)
{
	size_t i;

	for (i = 0; i < h->n; i++)
		h->v[i].path = h->paths.p + h->v[i].at;
	if (h->n > 0)
		qsort(h->v, h->n, sizeof(*h->v), newer_first);
}
