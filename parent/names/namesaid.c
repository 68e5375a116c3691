/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What the resolver said lately, so that the tools' tunnel pays for a name
 * once; and how many names a scope may have looked up, for a name is also a
 * message to whoever serves it.  Run by the parent.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "parent/names/names_int.h"
#include "telclauded/lib/util.h"

#define SAID_MAX	256
#define ASK_BURST	60
#define ASK_MS		1000	/* one more name each */
#define LEAST_MS	2000	/* what holds shorter is asked for again */

static struct said *
find(struct names *n, const char *host)
{
	struct said	*s;

	TAILQ_FOREACH(s, &n->said, entry)
		if (strcasecmp(s->host, host) == 0)
			return (s);
	return (NULL);
}

static void
drop(struct names *n, struct said *s)
{
	TAILQ_REMOVE(&n->said, s, entry);
	n->nsaid--;
	free(s);
}

void
said_put(struct names *n, const char *host, const struct addrs *a,
    uint32_t ttl)
{
	struct said	*s;

	if ((s = find(n, host)) != NULL)
		drop(n, s);
	else if (n->nsaid == SAID_MAX)
		drop(n, TAILQ_FIRST(&n->said));
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return;
	(void)str_copy(s->host, host, sizeof(s->host));
	s->addrs = *a;
	s->until = now_ms() + (uint64_t)ttl * 1000;
	TAILQ_INSERT_TAIL(&n->said, s, entry);
	n->nsaid++;
}

int
said_get(struct names *n, const char *host, struct addrs *a, uint32_t *ttl)
{
	uint64_t	 now = now_ms();
	struct said	*s;

	if ((s = find(n, host)) == NULL)
		return (0);
	if (s->until < now + LEAST_MS) {
		drop(n, s);
		return (0);
	}
	*a = s->addrs;
	*ttl = (uint32_t)((s->until - now) / 1000);
	return (1);
}

void
said_clear(struct names *n)
{
	struct said	*s;

	while ((s = TAILQ_FIRST(&n->said)) != NULL)
		drop(n, s);
}

static int
take(struct bucket *b)
{
	uint64_t	 now = now_ms(), more = (now - b->ms) / ASK_MS;

	if (b->ms == 0 || b->left + more >= ASK_BURST) {
		b->left = ASK_BURST;
		b->ms = now;
	} else {
		b->left += (unsigned)more;
		b->ms += more * ASK_MS;
	}
	if (b->left == 0)
		return (0);
	b->left--;
	return (1);
}

int
said_may_ask(struct names *n, enum scope scope)
{
	return (take(&n->buckets[scope]));
}

int
said_may_tell(struct names *n, enum scope scope)
{
	return (take(&n->told[(unsigned)scope < SCOPE_MAX ? scope :
	    SCOPE_NONE]));
}
