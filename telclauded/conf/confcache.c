/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Secrets that came from the environment, kept by the parent as sealed
 * memfds: the environment block is wiped, and a reload finds them here.
 */
#include <string.h>
#include <unistd.h>

#include "telclauded/conf/conf_int.h"
#include "telclauded/lib/util.h"

static struct cached {
	char	 name[65];
	int	 fd;
} cache[96];
static size_t ncache;

int
conf_cached(const char *name)
{
	size_t	 i;

	for (i = 0; i < ncache; i++)
		if (strcmp(cache[i].name, name) == 0)
			return (cache[i].fd);
	return (-1);
}

/* Takes fd. */
int
conf_cache_put(const char *name, int fd)
{
	size_t	 i;

	for (i = 0; i < ncache; i++)
		if (strcmp(cache[i].name, name) == 0)
			break;
	if (i == NELEM(cache) || (i == ncache &&
	    str_copy(cache[i].name, name, sizeof(cache[i].name)) == -1)) {
		close(fd);
		return (-1);
	}
	if (i == ncache)
		ncache++;
	else
		close(cache[i].fd);
	cache[i].fd = fd;
	return (0);
}
