/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * convert: telclaude.json as telclauded.conf(5) on standard output, what
 * has no meaning here on standard error.  Needs no daemon.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "telclauded/conf/conf.h"
#include "telclauded/ctl/ctl.h"
#include "telclauded/lib/util.h"

#define JSON_MAX	(1u << 20)

static int
file_read(const char *path, struct buf *b)
{
	char	 chunk[4096];
	size_t	 n;
	FILE	*f;
	int	 r = 0;

	if ((f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re")) == NULL) {
		warnx("%s: %s", path, strerror(errno));
		return (-1);
	}
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		if (b->len + n > JSON_MAX || buf_add(b, chunk, n) == -1) {
			warnx("%s: too large", path);
			r = -1;
			break;
		}
	if (ferror(f)) {
		warnx("%s: %s", path, strerror(errno));
		r = -1;
	}
	if (f != stdin)
		(void)fclose(f);
	return (r);
}

int
cmd_convert(struct ctl *c)
{
	struct conf_notes	 notes;
	struct buf		 b;
	char			*text = NULL;
	size_t			 i;
	int			 bad;

	memset(&notes, 0, sizeof(notes));
	buf_init(&b);
	if (file_read(c->argv[0], &b) == 0)
		text = conf_from_json(b.p == NULL ? "" : b.p, b.len,
		    c->argv[0], &notes);
	for (i = 0; i < notes.errors.n; i++)
		fprintf(stderr, "%s\n", notes.errors.v[i]);
	for (i = 0; i < notes.warnings.n; i++)
		fprintf(stderr, "%s\n", notes.warnings.v[i]);
	bad = text == NULL || notes.errors.n > 0;
	if (text != NULL)
		fputs(text, stdout);
	free(text);
	conf_notes_free(&notes);
	buf_free(&b);
	return (bad);
}
