/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Directories held open, and names in them.  Run by the relay; follows no
 * link and looks at so many names, whoever made them.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "telclauded/lib/util.h"
#include "engines/relay/files/dirs.h"

#define LOOK_MAX	100000	/* names looked at, at once */

struct file_dirs dirs = { .in = -1, .fresh = -1, .out = -1, .spool = -1 };

const char *
conv_name(uint64_t conv, char dst[CONV_NAME])
{
	(void)str_format(dst, CONV_NAME, "%016" PRIx64, conv);
	return (dst);
}

int
dirs_open(int at, const char *name)
{
	return (openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC));
}

uint64_t
stat_changed(const struct stat *st)
{
	return ((uint64_t)st->st_ctim.tv_sec * 1000 +
	    (uint64_t)st->st_ctim.tv_nsec / 1000000);
}

int
dirs_each(int at, int (*fn)(int, const char *, void *), void *arg)
{
	struct dirent	*d;
	DIR		*dir;
	int		 fd, r = 0;

	if ((fd = dirs_open(at, ".")) == -1)
		return (-1);
	if ((dir = fdopendir(fd)) == NULL) {
		close(fd);
		return (-1);
	}
	while (r == 0 && (d = readdir(dir)) != NULL)
		if (strcmp(d->d_name, ".") != 0 &&
		    strcmp(d->d_name, "..") != 0)
			r = fn(fd, d->d_name, arg);
	closedir(dir);
	return (r);
}

void
dirs_name(char *dst, size_t size)
{
	unsigned char	r[8];
	char		hex[17];

	arc4random_buf(r, sizeof(r));
	hex_encode(r, sizeof(r), hex);
	(void)str_format(dst, size, "%" PRIu64 "-%s", wall_ms(), hex);
}

int
dirs_inbox(uint64_t conv)
{
	char	name[CONV_NAME];

	(void)conv_name(conv, name);
	/* The group is the directory's above, which may be the tools'. */
	if (mkdirat(dirs.in, name, 0750) == -1 && errno != EEXIST)
		return (-1);
	return (dirs_open(dirs.in, name));
}

struct look {
	uint64_t	 bytes;
	unsigned	 n;
};

static int
look_one(int fd, const char *name, void *arg)
{
	struct look	*l = arg;
	struct stat	 st;

	if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(st.st_mode) && st.st_size > 0)
		l->bytes += (uint64_t)st.st_size;
	return (++l->n > LOOK_MAX);
}

uint64_t
dirs_bytes(int at, const char *name)
{
	struct look	l = { 0, 0 };
	int		fd;

	if ((fd = dirs_open(at, name)) == -1)
		return (0);
	(void)dirs_each(fd, look_one, &l);
	close(fd);
	return (l.bytes);
}
