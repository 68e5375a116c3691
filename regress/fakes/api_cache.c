/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Token counts as the real server's prompt cache makes them: tools, system
 * and messages are one sequence of blocks; a block marked cache_control
 * stores the sequence up to it; the longest stored prefix is read.  A token
 * is four bytes here.
 */
#include <stdlib.h>
#include <string.h>

#include "regress/fakes/api.h"

#define STORED_MAX	4096

static uint64_t	 stored[STORED_MAX];
static size_t	 nstored;

struct walk {
	uint64_t	 h;
	int64_t		 bytes;		/* so far */
	int64_t		 read, marked;	/* bytes at the best hit, last mark */
	uint64_t	 marks[4];
	unsigned	 nmarks;
};

uint64_t
api_hash(uint64_t h, const void *p, size_t n)
{
	const unsigned char	*s = p;

	while (n-- > 0)
		h = (h ^ *s++) * 1099511628211ULL;
	return (h);
}

static int
is_stored(uint64_t h)
{
	size_t	 i;

	for (i = 0; i < nstored && i < STORED_MAX; i++)
		if (stored[i] == h)
			return (1);
	return (0);
}

static void
unit(struct walk *w, const char *where, const json_t *block)
{
	json_t	*copy;
	char	*s;
	int	 marked;

	copy = json_copy((json_t *)(uintptr_t)block);
	marked = json_is_object(json_object_get(copy, "cache_control"));
	json_object_del(copy, "cache_control");
	s = json_dumps(copy, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
	json_decref(copy);
	w->h = api_hash(w->h, where, strlen(where));
	w->h = api_hash(w->h, s, strlen(s));
	w->bytes += (int64_t)strlen(s);
	free(s);
	if (is_stored(w->h))
		w->read = w->bytes;
	if (marked && w->nmarks < NELEM(w->marks)) {
		w->marks[w->nmarks++] = w->h;
		w->marked = w->bytes;
	}
}

/* A bare string is the same to the cache as one text block. */
static void
units(struct walk *w, const char *where, const json_t *v)
{
	json_t	*b;
	size_t	 i;

	if (json_is_string(v)) {
		b = json_pack("{s:s,s:s}", "type", "text", "text",
		    json_string_value(v));
		unit(w, where, b);
		json_decref(b);
	} else
		json_array_foreach(v, i, b)
			unit(w, where, b);
}

void
api_usage(const json_t *body, struct usage *u)
{
	struct walk	 w;
	json_t		*m;
	size_t		 i;

	memset(&w, 0, sizeof(w));
	w.h = API_HASH0;
	w.h = api_hash(w.h, jstr(body, "model"), strlen(jstr(body, "model")));
	units(&w, "tools", json_object_get(body, "tools"));
	units(&w, "system", json_object_get(body, "system"));
	json_array_foreach(json_object_get(body, "messages"), i, m)
		units(&w, jstr(m, "role"), json_object_get(m, "content"));
	if (w.read > w.marked)
		w.marked = w.read;
	for (i = 0; i < w.nmarks; i++)
		if (!is_stored(w.marks[i]))
			stored[nstored++ % STORED_MAX] = w.marks[i];
	u->read = w.read / 4;
	u->written = (w.marked - w.read) / 4;
	u->in = (w.bytes - w.marked) / 4 + 3;
}
