/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Command lines of any form: what is noticed is said in plain words, what is
 * noticed of names alone is noticed with the commands too, and a name behind
 * any of it, on a line of its own, is not lost where nothing is open.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "telclauded/lib/util.h"
#include "engines/relay/ask/careful.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
must(int good, const char *why)
{
	if (good)
		return;
	(void)fprintf(stderr, "%s\n", why);
	abort();
}

static int
look(const char *p, size_t n, int words)
{
	char	why[CAREFUL_WHY];
	size_t	i;
	int	r = careful_command(p, n, words, why);

	must(r == 0 || r == 1, "neither yes nor no");
	must(memchr(why, '\0', sizeof(why)) != NULL, "no end");
	must(!r || strncmp(why, "it ", 3) == 0, "no words");
	for (i = 0; r && why[i] != '\0'; i++)
		must(why[i] >= ' ' && why[i] < 0x7f, "not plain");
	return (r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char	open[] = "\\'\"`$(){}<#";
	struct buf		b;
	size_t			i;
	int			closed = 1;

	if (look((const char *)data, size, 0))
		must(look((const char *)data, size, 1), "more is less");
	for (i = 0; i < size; i++)
		closed &= data[i] != '\0' && strchr(open, data[i]) == NULL;
	buf_init(&b);
	(void)buf_add(&b, data, size);
	(void)buf_puts(&b, "\ncat .env");
	must(b.failed || !closed || look(b.p, b.len, 0), "a name is lost");
	buf_free(&b);
	return (0);
}
