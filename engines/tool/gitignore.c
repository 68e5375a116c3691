/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * gitignore(5): nested files, negation, directory-only and anchored patterns.
 * The files come with repositories and are believed to hold anything.
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engines/tool/tool.h"

#define IGNORE_SIZE_MAX	(256u << 10)
#define PATTERNS_MAX	4096

struct pattern {
	char	*text;
	int	 negate, dir_only, anchored;
};

struct ignore {
	struct ignore	*above;
	char		*dir;		/* "" or "a/b/": where it stands */
	size_t		 dirlen;
	struct pattern	*v;
	size_t		 n;
};

/* Trailing spaces go unless quoted; returns the new length. */
static size_t
trim(const char *p, size_t len)
{
	size_t n;

	if (len > 0 && p[len - 1] == '\r')
		len--;
	while (len > 0 && (p[len - 1] == ' ' || p[len - 1] == '\t')) {
		for (n = 0; n + 1 < len && p[len - 2 - n] == '\\'; n++)
			;
		if (n % 2 == 1)
			break;
		len--;
	}
	return (len);
}

static void
line_parse(struct ignore *ig, const char *p, size_t len)
{
	struct pattern pt = { 0 }, *v;

	len = trim(p, len);
	if (len == 0 || *p == '#' || ig->n >= PATTERNS_MAX ||
	    memchr(p, '\0', len) != NULL)
		return;
	if (*p == '!') {
		pt.negate = 1;
		p++;
		len--;
	}
	if (len > 0 && p[len - 1] == '/') {
		pt.dir_only = 1;
		len--;
	}
	if (len > 0 && *p == '/') {
		pt.anchored = 1;
		p++;
		len--;
	}
	if (len == 0)
		return;
	if (memchr(p, '/', len) != NULL)
		pt.anchored = 1;
	if ((pt.text = strndup(p, len)) == NULL)
		return;
	v = reallocarray(ig->v, ig->n + 1, sizeof(*v));
	if (v == NULL) {
		free(pt.text);
		return;
	}
	ig->v = v;
	ig->v[ig->n++] = pt;
}

struct ignore *
ignore_parse(struct ignore *above, const char *dir, const char *text,
    size_t len)
{
	const char *end = text + len, *nl;
	struct ignore *ig;

	if ((ig = calloc(1, sizeof(*ig))) == NULL ||
	    (ig->dir = strdup(dir)) == NULL) {
		free(ig);
		return (NULL);
	}
	ig->above = above;
	ig->dirlen = strlen(dir);
	for (; text < end; text = nl + 1) {
		nl = memchr(text, '\n', (size_t)(end - text));
		if (nl == NULL)
			nl = end;
		line_parse(ig, text, (size_t)(nl - text));
	}
	return (ig);
}

/* The .gitignore of a directory on top of `above', or `above' itself. */
struct ignore *
ignore_load(struct ignore *above, int dirfd, const char *dir)
{
	struct ignore *ig = NULL;
	struct stat st;
	char *text;
	ssize_t n;
	int fd;

	fd = openat(dirfd, ".gitignore", O_RDONLY | O_CLOEXEC | O_NONBLOCK |
	    O_NOFOLLOW);
	if (fd == -1)
		return (above);
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 &&
	    st.st_size <= IGNORE_SIZE_MAX &&
	    (text = malloc((size_t)st.st_size)) != NULL) {
		n = read(fd, text, (size_t)st.st_size);
		if (n > 0)
			ig = ignore_parse(above, dir, text, (size_t)n);
		free(text);
	}
	close(fd);
	return (ig != NULL ? ig : above);
}

void
ignore_free_one(struct ignore *ig)
{
	size_t i;

	for (i = 0; i < ig->n; i++)
		free(ig->v[i].text);
	free(ig->v);
	free(ig->dir);
	free(ig);
}

/* A file and all above it. */
void
ignore_free(struct ignore *ig)
{
	struct ignore *above;

	for (; ig != NULL; ig = above) {
		above = ig->above;
		ignore_free_one(ig);
	}
}

/* path is relative to where the first file of the chain stands.  The
 * deepest file with an opinion decides, and in it the last pattern. */
int
ignore_match(const struct ignore *ig, const char *path, int is_dir)
{
	const char *base = strrchr(path, '/'), *rel;
	const struct pattern *p;
	size_t i;

	base = base == NULL ? path : base + 1;
	for (; ig != NULL; ig = ig->above) {
		if (strncmp(path, ig->dir, ig->dirlen) != 0)
			continue;
		rel = path + ig->dirlen;
		for (i = ig->n; i-- > 0;) {
			p = &ig->v[i];
			if (p->dir_only && !is_dir)
				continue;
			if (match_path(p->text, p->anchored ? rel : base))
				return (!p->negate);
		}
	}
	return (0);
}
