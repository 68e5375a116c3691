/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What the server gave out and gets back in the next request: ids of tool
 * calls with their input, and signatures of thinking.  A client must return
 * them as they were.
 */
#include <sys/random.h>

#include <stdio.h>
#include <string.h>

#include "regress/fakes/api.h"

static json_t	*issued;

void
api_id(char *s, size_t size, const char *prefix)
{
	static const char abc[] =
	    "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
	unsigned char	 rnd[22];
	size_t		 i, n;

	n = (size_t)snprintf(s, size, "%s", prefix);
	if (getrandom(rnd, sizeof(rnd), 0) != (ssize_t)sizeof(rnd))
		memset(rnd, 7, sizeof(rnd));
	for (i = 0; i < sizeof(rnd) && n + 1 < size; i++)
		s[n++] = abc[rnd[i] % (sizeof(abc) - 1)];
	s[n] = '\0';
}

void
api_issued(const json_t *b)
{
	if (issued == NULL)
		issued = json_object();
	json_object_set_new(issued, jstr(b, "id"), json_pack("{s:O,s:O}",
	    "name", json_object_get(b, "name"), "input",
	    json_object_get(b, "input")));
}

int
api_issued_same(const json_t *b)
{
	const json_t	*was;

	was = json_object_get(issued, jstr(b, "id"));
	return (was != NULL &&
	    json_equal(json_object_get(was, "name"),
	    json_object_get(b, "name")) &&
	    json_equal(json_object_get(was, "input"),
	    json_object_get(b, "input")));
}

void
api_signature(const char *thinking, char *s, size_t size)
{
	uint64_t	 h;

	h = api_hash(API_HASH0, thinking, strlen(thinking));
	snprintf(s, size, "EqQBCkYIBxgCKkB%016llxFakeSignature",
	    (unsigned long long)h);
}
