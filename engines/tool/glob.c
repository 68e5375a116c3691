/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Glob: names of files by pattern, the newest first.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engines/tool/tool.h"

#define SHOWN_MAX	1000

static const struct arg args[] = {
	{ "pattern", ARG_STRING, 1 },
	{ "path", ARG_STRING, 0 },
};

struct glob {
	char		**patterns;
	struct hits	 hits;
};

static int
on_file(const struct walk_entry *e, void *ctx)
{
	struct glob *g = ctx;
	struct stat st;
	size_t i;

	for (i = 0; g->patterns[i] != NULL; i++)
		if (match_path(g->patterns[i], e->rel))
			break;
	if (g->patterns[i] == NULL ||
	    fstatat(e->dirfd, e->name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return (0);
	return (hits_add(&g->hits, e->path, &st.st_mtim) == -1);
}

/*
 * The part of an absolute or climbing pattern that has no wildcard is where
 * to look; the rest is matched below it.
 */
static const char *
split(const char *pattern, char *dir, size_t size)
{
	size_t plain = strcspn(pattern, "*?[{\\"), n;

	for (n = plain; n > 0 && pattern[n - 1] != '/'; n--)
		;
	if (n == 0 || (pattern[0] != '/' && strncmp(pattern, "..", 2) != 0 &&
	    strncmp(pattern, "./", 2) != 0))
		return (pattern);
	if (str_format(dir, size, "%.*s", (int)n, pattern) == -1)
		return (pattern);
	return (pattern + n);
}

static void
show(struct call *c, struct glob *g)
{
	size_t i, len, left = c->output_max > 128 ? c->output_max - 128 : 0;
	char note[128];

	hits_sort(&g->hits);
	for (i = 0; i < g->hits.n && i < SHOWN_MAX; i++) {
		if ((len = strlen(g->hits.v[i].path) + 1) > left)
			break;
		left -= len;
		out_write(c, g->hits.v[i].path, len - 1);
		out_write(c, "\n", 1);
	}
	if (i < g->hits.n) {
		(void)str_format(note, sizeof(note), "[%zu more; narrow the "
		    "pattern or the path]\n", g->hits.n - i);
		out_write(c, note, strlen(note));
	}
	out_end(c, 0, RO_OK);
}

void
tool_glob(struct call *c)
{
	struct glob g = { 0 };
	const char *pattern, *start;
	char dir[PATH_MAX];

	args_check(c, args, NELEM(args));
	pattern = arg_string(c, "pattern", NULL);
	if (pattern[0] == '\0')
		fail(c, "argument \"pattern\" is empty");
	if (strlen(pattern) >= PATH_MAX)
		fail(c, "argument \"pattern\" is too long");
	if ((start = arg_path(c, "path")) == NULL)
		start = ".";
	if (strcmp(start, ".") == 0) {
		(void)str_copy(dir, start, sizeof(dir));
		pattern = split(pattern, dir, sizeof(dir));
		start = dir;
	}
	if ((g.patterns = match_braces(pattern)) == NULL)
		fail(c, "argument \"pattern\" has too many alternatives");
	if (walk(c, start, on_file, &g) == -1)
		fail(c, "%s: %s", start, errno == ENOTDIR ?
		    "not a directory" : strerror(errno));
	if (g.hits.n == 0) {
		out_write(c, "No files found", 14);
		out_end(c, 0, RO_OK);
	}
	show(c, &g);
	fail(c, "unreachable");
}
