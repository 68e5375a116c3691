/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Open addressing with linear probing; deletion moves later entries back, so
 * there are no tombstones.  Linked by the relay; pure.
 */
#include <stdlib.h>

#include "telclauded/lib/log.h"
#include "engines/relay/map.h"

static size_t
map_home(const struct map *m, uint64_t key)
{
	/* Chat numbers are chosen by others: mix them well. */
	key ^= key >> 33;
	key *= 0xff51afd7ed558ccdULL;
	key ^= key >> 33;
	key *= 0xc4ceb9fe1a85ec53ULL;
	key ^= key >> 33;
	return ((size_t)key & (m->cap - 1));
}

static struct map_slot *
map_find(const struct map *m, uint64_t key)
{
	size_t	i;

	for (i = map_home(m, key); m->slot[i].val != NULL;
	    i = (i + 1) & (m->cap - 1))
		if (m->slot[i].key == key)
			break;
	return (&m->slot[i]);
}

void *
map_get(const struct map *m, uint64_t key)
{
	if (m->cap == 0)
		return (NULL);
	return (map_find(m, key)->val);
}

static int
map_grow(struct map *m)
{
	struct map		 new = { 0 };
	size_t			 i;

	new.cap = m->cap == 0 ? 16 : m->cap * 2;
	new.slot = calloc(new.cap, sizeof(*new.slot));
	if (new.slot == NULL)
		return (-1);
	for (i = 0; i < m->cap; i++)
		if (m->slot[i].val != NULL)
			*map_find(&new, m->slot[i].key) = m->slot[i];
	new.n = m->n;
	free(m->slot);
	*m = new;
	return (0);
}

int
map_put(struct map *m, uint64_t key, void *val)
{
	struct map_slot	*s;

	if ((m->n + 1) * 4 > m->cap * 3 && map_grow(m) == -1)
		return (-1);
	s = map_find(m, key);
	if (s->val == NULL)
		m->n++;
	s->key = key;
	s->val = val;
	return (0);
}

void *
map_del(struct map *m, uint64_t key)
{
	struct map_slot	*s;
	size_t		 i, j, home, mask = m->cap - 1;
	void		*val;

	if (m->cap == 0 || (s = map_find(m, key))->val == NULL)
		return (NULL);
	val = s->val;
	i = (size_t)(s - m->slot);
	for (j = (i + 1) & mask; m->slot[j].val != NULL; j = (j + 1) & mask) {
		home = map_home(m, m->slot[j].key);
		if (((j - home) & mask) < ((j - i) & mask))
			continue;
		m->slot[i] = m->slot[j];
		i = j;
	}
	m->slot[i].val = NULL;
	m->n--;
	return (val);
}

void *
map_next(const struct map *m, size_t *i)
{
	while (*i < m->cap)
		if (m->slot[(*i)++].val != NULL)
			return (m->slot[*i - 1].val);
	return (NULL);
}

void
map_each(const struct map *m, void (*fn)(void *val, void *arg), void *arg)
{
	uint64_t	*keys;
	size_t		 i, n = 0;
	void		*val;

	if (m->n == 0)
		return;
	if ((keys = calloc(m->n, sizeof(*keys))) == NULL)
		fatal("map_each");
	for (i = 0; i < m->cap; i++)
		if (m->slot[i].val != NULL)
			keys[n++] = m->slot[i].key;
	for (i = 0; i < n; i++)
		if ((val = map_get(m, keys[i])) != NULL)
			fn(val, arg);
	free(keys);
}

void
map_free(struct map *m)
{
	free(m->slot);
	m->slot = NULL;
	m->cap = m->n = 0;
}
