/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * All regular files below a directory in order of name, as Glob and Grep see
 * them: without .git, without what .gitignore files exclude, never through a
 * symbolic link.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engines/tool/tool.h"

#define DEPTH_MAX	128

struct walker {
	struct call	*call;
	walk_fn		 fn;
	void		*ctx;
	char		 path[PATH_MAX * 2];	/* for the user */
	size_t		 start;		/* where rel begins in it */
	char		 rule[PATH_MAX * 2];	/* for the rules */
};

struct name {
	const char	*s;
	unsigned char	 type;
};

struct names {
	struct name	*v;
	size_t		 n;
	struct buf	 bytes;		/* type, name, NUL; and so on */
};

static int
name_cmp(const void *a, const void *b)
{
	const struct name *x = a, *y = b;

	return (strcmp(x->s, y->s));
}

static void
names_collect(int dirfd, struct names *l)
{
	struct dirent *d;
	DIR *dir;
	int fd;

	if ((fd = dup(dirfd)) == -1)
		return;
	if ((dir = fdopendir(fd)) == NULL) {
		close(fd);
		return;
	}
	while ((d = readdir(dir)) != NULL) {
		if (strcmp(d->d_name, ".") == 0 ||
		    strcmp(d->d_name, "..") == 0)
			continue;
		if (buf_add(&l->bytes, &d->d_type, 1) == -1 ||
		    buf_add(&l->bytes, d->d_name, strlen(d->d_name) + 1) == -1)
			break;
		l->n++;
	}
	closedir(dir);
}

static void
names_read(int dirfd, struct names *l)
{
	const char *p;
	size_t i;

	memset(l, 0, sizeof(*l));
	buf_init(&l->bytes);
	names_collect(dirfd, l);
	l->v = calloc(l->n + 1, sizeof(*l->v));
	if (l->v == NULL || l->bytes.failed) {
		l->n = 0;
		return;
	}
	p = l->bytes.p;
	for (i = 0; i < l->n; i++) {
		l->v[i].type = (unsigned char)*p++;
		l->v[i].s = p;
		p += strlen(p) + 1;
	}
	qsort(l->v, l->n, sizeof(*l->v), name_cmp);
}

static unsigned char
type_of(int dirfd, const struct name *nm)
{
	struct stat st;

	if (nm->type != DT_UNKNOWN)
		return (nm->type);
	if (fstatat(dirfd, nm->s, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return (DT_UNKNOWN);
	return (S_ISDIR(st.st_mode) ? DT_DIR : S_ISREG(st.st_mode) ? DT_REG :
	    DT_UNKNOWN);
}

static int walk_dir(struct walker *, int, struct ignore *, unsigned);

static int
walk_entry_do(struct walker *w, int dirfd, const struct name *nm,
    struct ignore *ig, unsigned depth)
{
	struct walk_entry e;
	unsigned char type = type_of(dirfd, nm);
	int fd, r;

	if ((type != DT_DIR && type != DT_REG) ||
	    (type == DT_DIR && strcmp(nm->s, ".git") == 0) ||
	    ignore_match(ig, w->rule, type == DT_DIR))
		return (0);
	if (type == DT_REG) {
		e = (struct walk_entry){ .path = w->path,
		    .rel = w->path + w->start, .dirfd = dirfd,
		    .name = nm->s };
		return (w->fn(&e, w->ctx));
	}
	if (depth >= DEPTH_MAX)
		return (0);
	fd = openat(dirfd, nm->s, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC);
	if (fd == -1)
		return (0);	/* what may not be read is not there */
	r = walk_dir(w, fd, ig, depth + 1);
	close(fd);
	return (r);
}

static int
push(char *buf, size_t size, size_t at, const char *name)
{
	size_t n = strlen(name);

	if (at + n + 2 > size)
		return (-1);
	memcpy(buf + at, name, n + 1);
	return (0);
}

static int
walk_dir(struct walker *w, int dirfd, struct ignore *above, unsigned depth)
{
	size_t i, plen = strlen(w->path), rlen = strlen(w->rule);
	struct ignore *ig;
	struct names l;
	int r = 0;

	/* Below the start both end in a slash here. */
	if (depth > 0) {
		(void)push(w->path, sizeof(w->path), plen++, "/");
		(void)push(w->rule, sizeof(w->rule), rlen++, "/");
	}
	ig = ignore_load(above, dirfd, w->rule);
	names_read(dirfd, &l);
	for (i = 0; i < l.n; i++) {
		if (r == 0 && push(w->path, sizeof(w->path), plen,
		    l.v[i].s) == 0 && push(w->rule, sizeof(w->rule), rlen,
		    l.v[i].s) == 0)
			r = walk_entry_do(w, dirfd, &l.v[i], ig, depth);
	}
	free(l.v);
	buf_free(&l.bytes);
	w->path[plen] = w->rule[rlen] = '\0';
	if (ig != above)
		ignore_free_one(ig);
	return (r);
}

/*
 * Rules that stand above the start, from the workspace down.  Fills w->rule
 * with the start as those see it.
 */
static struct ignore *
rules_above(struct walker *w, const char *start)
{
	char real[PATH_MAX], ws[PATH_MAX], *rel, *p;
	struct ignore *ig = NULL;
	size_t n;
	int fd;

	w->rule[0] = '\0';
	if (realpath(start, real) == NULL ||
	    realpath(w->call->place->workspace, ws) == NULL)
		return (NULL);
	n = strlen(ws);
	if (strncmp(real, ws, n) != 0 || real[n] != '/')
		return (NULL);	/* it is the workspace, or outside */
	rel = real + n + 1;
	for (p = rel; p != NULL; p = strchr(p, '/')) {
		if (p != rel)
			p++;
		(void)str_format(w->rule, sizeof(w->rule), "%.*s",
		    (int)(p - rel), rel);
		p[-1] = '\0';
		fd = open(real, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		p[-1] = '/';
		if (fd == -1)
			continue;
		ig = ignore_load(ig, fd, w->rule);
		close(fd);
	}
	(void)str_format(w->rule, sizeof(w->rule), "%s/", rel);
	return (ig);
}

int
walk(struct call *c, const char *start, walk_fn fn, void *ctx)
{
	static struct walker w;
	struct ignore *ig;
	size_t n;
	int fd, r;

	w.call = c;
	w.fn = fn;
	w.ctx = ctx;
	fd = open(start, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return (-1);
	if (strcmp(start, ".") == 0)
		w.path[0] = '\0';
	else {
		if (str_format(w.path, PATH_MAX, "%s", start) == -1) {
			errno = ENAMETOOLONG;
			return (-1);
		}
		n = strlen(w.path);
		if (n > 0 && w.path[n - 1] != '/')
			(void)str_copy(w.path + n, "/", 2);
	}
	w.start = strlen(w.path);
	ig = rules_above(&w, start);
	r = walk_dir(&w, fd, ig, 0);
	close(fd);
	ignore_free(ig);
	return (r == -1 ? -1 : 0);
}
