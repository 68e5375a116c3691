/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * A backup from anybody: members, manifest and, where those hold, the parts.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "telclauded/ctl/archive.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* The sums of a fuzzed part are never right: made so, to get behind them. */
static void
manifest(struct archive *a)
{
	struct tar_member	 m;
	struct buf		 b;
	const char		*why;
	size_t			 i;

	for (i = 0; i < a->n; i++) {
		crypto_hash_sha256(a->parts[i].sha, a->parts[i].m.p,
		    a->parts[i].m.size);
		a->parts[i].schema = archive_schema(a->parts[i].m.p,
		    a->parts[i].m.size);
		a->parts[i].named = 0;
	}
	buf_init(&b);
	if (manifest_put(&b, a->parts, a->n) == -1)
		abort();
	m.p = (const uint8_t *)b.p;
	m.size = b.len;
	if (manifest_get(a, &m, &why) == -1)
		abort();
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct archive	 a;
	struct tar_member	 m;
	const char		*why;
	char			 words[256];
	uint8_t			*own;
	size_t			 off = 0;
	int			 r, i;

	memset(&a, 0, sizeof(a));
	if ((own = malloc(n + 1)) == NULL)
		return (0);
	memcpy(own, p, n);
	a.map = own;
	a.len = n;
	while ((r = tar_next(own, n, &off, &m, &why)) == 1) {
		if (m.p < own || m.p + m.size > own + n ||
		    !tar_name_ok(m.name))
			abort();
		if (strcmp(m.name, ARCHIVE_MANIFEST) == 0) {
			(void)manifest_get(&a, &m, &why);
			continue;
		}
		for (i = 0; i < (int)a.n; i++)
			if (strcmp(a.parts[i].m.name, m.name) == 0)
				break;
		if (i == (int)a.n && a.n < ARCHIVE_PARTS)
			a.parts[a.n++].m = m;
	}
	if (r == -1 && why == NULL)
		abort();
	manifest(&a);
	for (i = 0; i < (int)a.n; i++) {
		m = a.parts[i].m;
		if (strstr(m.name, ".db") != NULL)
			(void)store_check(m.name, own + (m.p - own), m.size,
			    words, sizeof(words));
	}
	(void)check_audit(&a, words, sizeof(words));
	free(own);
	return (0);
}
