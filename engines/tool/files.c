/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Files for the tools: opened without waiting for anybody, read whole within
 * a bound, replaced so that a reader sees the old or the new and never half.
 * Whether a path may be touched is the kernel's word, not ours.
 */
#include <sys/random.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engines/tool/tool.h"

#define MODE_KEPT	01777	/* set-id bits are never given */

static const char *
kind_name(mode_t m)
{
	if (S_ISDIR(m))
		return ("a directory");
	if (S_ISFIFO(m))
		return ("a named pipe");
	if (S_ISSOCK(m))
		return ("a socket");
	return ("a device");
}

/* Words for what the kernel answered. */
static const char *
open_words(int err)
{
	switch (err) {
	case ENOENT:
		return ("no such file (ENOENT)");
	case EACCES:
	case EPERM:
		return ("not allowed by the kernel (EACCES)");
	case EROFS:
		return ("read-only for this tier (EROFS)");
	default:
		return (strerror(err));
	}
}

int
file_open(struct call *c, const char *path, off_t *size)
{
	struct stat st;
	int fd;

	/* A pipe or device must not hold the call: look before reading. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd == -1 || fstat(fd, &st) == -1)
		fail(c, "%s: %s", path, open_words(errno));
	if (!S_ISREG(st.st_mode))
		fail(c, "%s is %s, not a file", path, kind_name(st.st_mode));
	*size = st.st_size;
	return (fd);
}

int
is_binary(const char *p, size_t len)
{
	return (memchr(p, '\0', MINIMUM(len, 8192)) != NULL);
}

char *
file_load(struct call *c, const char *path, size_t *len, mode_t *mode)
{
	struct stat st;
	off_t size;
	ssize_t n;
	char *p;
	int fd;

	fd = file_open(c, path, &size);
	if (size > FILE_TEXT_MAX)
		fail(c, "%s has %lld bytes; at most %u are edited", path,
		    (long long)size, FILE_TEXT_MAX);
	if (fstat(fd, &st) == -1 || (p = malloc((size_t)size + 1)) == NULL)
		fail(c, "%s: %s", path, strerror(errno));
	*len = 0;
	while (*len < (size_t)size && (n = read(fd, p + *len,
	    (size_t)size - *len)) > 0)
		*len += (size_t)n;
	close(fd);
	p[*len] = '\0';
	if (mode != NULL)
		*mode = st.st_mode & MODE_KEPT;
	return (p);
}

static void
parents_make(struct call *c, const char *path)
{
	char dir[PATH_MAX], *p;

	(void)str_copy(dir, path, sizeof(dir));
	for (p = dir + 1; (p = strchr(p, '/')) != NULL; p++) {
		*p = '\0';
		/* Most exist; those we may not make exist, or open says so. */
		if (mkdir(dir, 0777) == -1 && errno != EEXIST &&
		    access(dir, F_OK) == -1)
			fail(c, "cannot create directory %s: %s", dir,
			    open_words(errno));
		*p = '/';
	}
}

static int
write_all(int fd, const char *p, size_t len)
{
	ssize_t n;

	while (len > 0) {
		if ((n = write(fd, p, len)) == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return (-1);
		p += n;
		len -= (size_t)n;
	}
	return (0);
}

/* A name beside the file that nobody has. */
static int
temp_open(const char *path, char *temp, size_t size, mode_t mode)
{
	const char *slash = strrchr(path, '/');
	size_t dir = slash == NULL ? 0 : (size_t)(slash - path) + 1;
	uint32_t r;
	int fd, tries;

	for (tries = 0; tries < 8; tries++) {
		if (getrandom(&r, sizeof(r), 0) != sizeof(r))
			return (-1);
		if (str_format(temp, size, "%.*s.tc%08x.tmp", (int)dir, path,
		    r) == -1) {
			errno = ENAMETOOLONG;
			return (-1);
		}
		fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		    mode);
		if (fd != -1 || errno != EEXIST)
			return (fd);
	}
	return (-1);
}

/* Where the directory takes no new file, or the file is a mount itself. */
static int
write_in_place(const char *path, const void *p, size_t len)
{
	int fd, r, e;

	if ((fd = open(path, O_WRONLY | O_CLOEXEC | O_TRUNC)) == -1)
		return (-1);
	r = write_all(fd, p, len);
	e = errno;
	close(fd);
	errno = e;
	return (r);
}

static int
replace(const char *path, const void *p, size_t len, int exists, mode_t mode)
{
	char temp[PATH_MAX];
	int fd, e;

	fd = temp_open(path, temp, sizeof(temp), exists ? 0600 : 0666);
	if (fd == -1)
		return (exists && (errno == EACCES || errno == EPERM) ?
		    write_in_place(path, p, len) : -1);
	if (write_all(fd, p, len) == -1 ||
	    (exists && fchmod(fd, mode) == -1) || fsync(fd) == -1) {
		e = errno;
		close(fd);
		unlink(temp);
		errno = e;
		return (-1);
	}
	close(fd);
	if (rename(temp, path) == -1) {
		e = errno;
		unlink(temp);
		if (e == EBUSY && exists)
			return (write_in_place(path, p, len));
		errno = e;
		return (-1);
	}
	return (0);
}

void
file_replace(struct call *c, const char *path, const void *p, size_t len,
    int *created)
{
	char real[PATH_MAX];
	const char *target = path;
	struct stat st;
	int exists;

	exists = stat(path, &st) == 0;
	if (!exists && errno != ENOENT && errno != ENOTDIR)
		fail(c, "%s: %s", path, open_words(errno));
	if (exists && !S_ISREG(st.st_mode))
		fail(c, "%s is %s, not a file", path, kind_name(st.st_mode));
	/* A link stays a link: what it names is replaced. */
	if (exists && realpath(path, real) != NULL)
		target = real;
	else if (lstat(path, &st) == 0 && S_ISLNK(st.st_mode))
		fail(c, "%s is a link to nothing", path);
	if (!exists)
		parents_make(c, path);
	if (replace(target, p, len, exists, st.st_mode & MODE_KEPT) == -1)
		fail(c, "%s was not written: %s", path,
		    errno == ENOSPC ? "no space is left (ENOSPC)" :
		    errno == EFBIG ? "larger than the file limit (EFBIG)" :
		    open_words(errno));
	*created = !exists;
}
