/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The end of a damaged audit log, and texts with credentials in them.
 */
#include <sys/mman.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engines/audit/line.h"
#include "engines/audit/seal.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Nobody has the key of these. */
static void
seals(const char *p, size_t n)
{
	static const uint8_t	 prev[32], pub[SEAL_PUBLEN] = { 1 };
	uint8_t			 hash[32];
	uint64_t		 seq;

	if (seal_check(p, n, prev, pub) == SEAL_GOOD ||
	    seal_note_parse(p, n, pub, &seq, hash) == 0)
		abort();
}

static void
walk(const char *p, size_t n)
{
	struct audit_report	 r;
	struct audit_walk	*w;
	int			 fd;

	if ((fd = memfd_create("log", 0)) == -1)
		return;
	w = audit_walk_new(&r, NULL, NULL);
	if (w != NULL && write(fd, p, n) == (ssize_t)n &&
	    lseek(fd, 0, SEEK_SET) == 0 && audit_walk_file(w, fd) == 0 &&
	    r.lines == 0 && n > 0)
		abort();
	audit_walk_free(w);
	close(fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct audit_tail	 t;
	char			*p, *s;
	size_t			 n;

	/* A copy of exactly this size, so that a byte too far is seen. */
	if ((p = malloc(size + 1)) == NULL)
		return (0);
	memcpy(p, data, size);
	if (audit_tail(p, size, (int)(size & 1), &t) == 0 && t.seq == 0 &&
	    size > 0 && !t.damage.any)
		abort();
	if ((s = line_redact(p, size, &n)) != NULL && n < 2048 &&
	    memmem(s, n, "-----BEGIN PRIVATE KEY-----", 27) != NULL)
		abort();
	free(s);
	seals(p, size);
	walk(p, size);
	free(p);
	return (0);
}
