/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Opens a backup: mapped, cut into members, compared with its manifest.  The
 * file may come from anybody.
 */
#include <sys/mman.h>
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "telclauded/ctl/archive.h"

#define HEAD_MIN	100	/* of a database (SQLite file format, 1.3) */
#define HEAD_VERSION	60

int64_t
archive_schema(const uint8_t *p, size_t n)
{
	static const char	 magic[16] = "SQLite format 3";

	if (n < HEAD_MIN || memcmp(p, magic, sizeof(magic)) != 0)
		return (-1);
	p += HEAD_VERSION;
	return ((int64_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3]);
}

static int
map(struct archive *a, const char *path)
{
	struct stat	 st;
	int		 fd;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) == -1 ||
	    fstat(fd, &st) == -1) {
		warnx("%s: %s", path, strerror(errno));
		if (fd != -1)
			close(fd);
		return (-1);
	}
	if (!S_ISREG(st.st_mode) || st.st_size < TAR_BLOCK) {
		warnx("%s: not a backup", path);
		close(fd);
		return (-1);
	}
	a->len = (size_t)st.st_size;
	a->map = mmap(NULL, a->len, PROT_READ | PROT_WRITE, MAP_PRIVATE |
	    MAP_NORESERVE, fd, 0);
	close(fd);
	if (a->map != MAP_FAILED)
		return (0);
	a->map = NULL;
	warnx("%s: %s", path, strerror(errno));
	return (-1);
}

static int
add(struct archive *a, const struct tar_member *m, const char **why)
{
	size_t	 i;

	*why = "two members of one name";
	for (i = 0; i < a->n; i++)
		if (strcmp(a->parts[i].m.name, m->name) == 0)
			return (-1);
	*why = "too many members";
	if (a->n == ARCHIVE_PARTS)
		return (-1);
	a->parts[a->n++].m = *m;
	return (0);
}

static int
members(struct archive *a, const char **why)
{
	struct tar_member	 m, manifest = { .p = NULL };
	size_t			 off = 0;
	int			 r;

	while ((r = tar_next(a->map, a->len, &off, &m, why)) == 1) {
		/* It is the last: who was cut has none. */
		if (manifest.p != NULL) {
			*why = "its manifest is not the last member";
			return (-1);
		}
		if (strcmp(m.name, ARCHIVE_MANIFEST) == 0)
			manifest = m;
		else if (add(a, &m, why) == -1)
			return (-1);
	}
	if (r == 0 && manifest.p == NULL) {
		*why = "it has no manifest";
		return (-1);
	}
	return (r == -1 ? -1 : manifest_get(a, &manifest, why));
}

int
archive_open(struct archive *a, const char *path)
{
	const char	*why = "no reason";

	memset(a, 0, sizeof(*a));
	if (map(a, path) == -1)
		return (-1);
	if (members(a, &why) == 0)
		return (0);
	warnx("%s: not a backup, or damaged: %s", path, why);
	archive_close(a);
	return (-1);
}

void
archive_close(struct archive *a)
{
	if (a->map != NULL)
		(void)munmap(a->map, a->len);
	memset(a, 0, sizeof(*a));
}
