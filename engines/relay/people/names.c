/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Who is who, in memory.  Run by the relay; no I/O.
 */
#include <stdlib.h>
#include <string.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/map.h"
#include "engines/relay/people/names.h"

static struct map	links;		/* number -> struct named */
static struct map	bans;		/* chat or number -> itself, there */
static struct map	pairs;
static char		there;

const struct named *
named_get(int64_t user)
{
	return (map_get(&links, (uint64_t)user));
}

int
named_is(int64_t user, const char *name)
{
	const struct named	*p = map_get(&links, (uint64_t)user);

	return (p != NULL && strcmp(p->name, name) == 0);
}

int64_t
named_holder(const char *name)
{
	const struct named	*p;
	size_t			 i = 0;

	while ((p = map_next(&links, &i)) != NULL)
		if (strcmp(p->name, name) == 0)
			return (p->user);
	return (0);
}

void
named_put(int64_t user, const char *name, const char *totp)
{
	struct named	*p = map_get(&links, (uint64_t)user);

	if (p == NULL && ((p = calloc(1, sizeof(*p))) == NULL ||
	    map_put(&links, (uint64_t)user, p) == -1))
		fatal("named_put");
	p->user = user;
	(void)str_copy(p->name, name, sizeof(p->name));
	(void)str_copy(p->totp, totp, sizeof(p->totp));
}

void
named_del(int64_t user)
{
	free(map_del(&links, (uint64_t)user));
}

static void
set_put(struct map *m, int64_t id)
{
	if (map_put(m, (uint64_t)id, &there) == -1)
		fatal("names");
}

int
banned_any(void)
{
	return (bans.n > 0);
}

int
banned(int64_t id)
{
	return (id != 0 && map_get(&bans, (uint64_t)id) != NULL);
}

void
banned_put(int64_t id)
{
	set_put(&bans, id);
}

void
banned_del(int64_t id)
{
	(void)map_del(&bans, (uint64_t)id);
}

int
paired(int64_t chat)
{
	return (map_get(&pairs, (uint64_t)chat) != NULL);
}

void
paired_put(int64_t chat)
{
	set_put(&pairs, chat);
}

void
paired_del(int64_t chat)
{
	(void)map_del(&pairs, (uint64_t)chat);
}

void
names_forget(void)
{
	struct named	*p;
	size_t		 i = 0;

	while ((p = map_next(&links, &i)) != NULL)
		free(p);
	map_free(&links);
	map_free(&bans);
	map_free(&pairs);
}
