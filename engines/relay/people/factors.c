/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Under which of a person's names their second factor is.  Run by the relay;
 * no I/O.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/access.h"
#include "engines/relay/map.h"
#include "engines/relay/people/factors.h"
#include "engines/relay/relay.h"

struct found {
	int64_t		 user;
	struct factors	 f;
	unsigned	 i;
};

static struct map	founds;		/* number -> struct found */

static void
add(struct factors *f, const char *name)
{
	unsigned	 i;

	for (i = 0; i < f->n; i++)
		if (strcmp(f->name[i], name) == 0)
			return;
	(void)str_copy(f->name[f->n++], name, NAME_MAX_LEN);
}

void
factors_of(const struct settings *s, int64_t user, struct factors *f)
{
	const struct named	*p = named_get(user);
	char			 number[24];

	memset(f, 0, sizeof(*f));
	/* Who had a factor before the link keeps that one. */
	if (p != NULL && strcmp(p->totp, p->name) != 0)
		add(f, p->totp);
	if (access_admin(s, user))
		add(f, NAME_ADMIN);
	if (p != NULL)
		add(f, p->name);
	(void)str_format(number, sizeof(number), "%" PRId64, user);
	add(f, number);
}

void
factors_found(int64_t user, const struct factors *f, unsigned i)
{
	struct found	*p = map_get(&founds, (uint64_t)user);

	if (p == NULL && ((p = calloc(1, sizeof(*p))) == NULL ||
	    map_put(&founds, (uint64_t)user, p) == -1))
		fatal("factors_found");
	p->user = user;
	p->f = *f;
	p->i = i;
}

unsigned
factors_known(int64_t user, const struct factors *f)
{
	const struct found	*p = map_get(&founds, (uint64_t)user);

	return (p != NULL && memcmp(&p->f, f, sizeof(*f)) == 0 ? p->i : 0);
}

/* The one that was found stays so: a code of it that is gone opens nothing,
 * and who has no session open is asked about by all names anyway. */
void
factors_changed(const char *name)
{
	struct found	*p;
	size_t		 i = 0;
	unsigned	 j;

	while ((p = map_next(&founds, &i)) != NULL)
		for (j = 0; j < p->i; j++)
			if (strcmp(p->f.name[j], name) == 0)
				p->i = j;
}
