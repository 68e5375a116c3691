/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * A hash from a 64-bit number to a pointer, for looking up turns, jobs, chats
 * and requests.  Linked by the relay; pure.
 */
#ifndef RELAY_MAP_H
#define RELAY_MAP_H

#include <stddef.h>
#include <stdint.h>

struct map_slot {
	uint64_t	 key;
	void		*val;		/* NULL: free */
};
struct map {
	struct map_slot	*slot;
	size_t		 cap;		/* a power of two, or 0 */
	size_t		 n;
};

void	*map_get(const struct map *, uint64_t);
int	 map_put(struct map *, uint64_t, void *);	/* 0, -1 no memory */
void	*map_del(struct map *, uint64_t);	/* what was there, or NULL */
void	 map_free(struct map *);
/* Walk: start with *i = 0; NULL at the end.  Nothing may be put or deleted
 * meanwhile. */
void	*map_next(const struct map *, size_t *i);
/* All that are there now; fn may put and delete, and what it deletes is left
 * out. */
void	 map_each(const struct map *, void (*fn)(void *val, void *arg),
	    void *arg);

#endif
