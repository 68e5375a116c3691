/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The output filter.  Run by the relay on what the model and tools say.
 */
#include <stdlib.h>

#include "telclauded/lib/util.h"
#include "engines/relay/screen/filter.h"

struct redactor { int unused; };

int
filter_setup(const struct settings *s, char *why, size_t size)
{
	(void)s;
	(void)why;
	(void)size;
	return (0);
}

int
filter_text(const char *p, size_t n, struct buf *out)
{
	(void)buf_add(out, p, n);
	return (0);
}

struct redactor *
redact_new(void)
{
	return (calloc(1, sizeof(struct redactor)));
}

void
redact_feed(struct redactor *r, const char *p, size_t n, struct buf *out)
{
	(void)r;
	(void)buf_add(out, p, n);
}

int
redact_finish(struct redactor *r, struct buf *out)
{
	(void)out;
	free(r);
	return (0);
}

int
filter_file(int fd, const char *name, char *why, size_t size)
{
	(void)fd;
	(void)name;
	(void)why;
	(void)size;
	return (-1);
}
