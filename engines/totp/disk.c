/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Small files of the state directory: read whole, replaced atomically.  Run
 * by totp.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "engines/totp/disk.h"
#include "telclauded/lib/util.h"

ssize_t
disk_read_fd(int fd, uint8_t *buf, size_t size)
{
	struct stat	 st;
	ssize_t		 n = 0;
	size_t		 got = 0;

	/* What could keep us waiting is no file of ours. */
	if (fstat(fd, &st) == -1)
		return (-1);
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return (-1);
	}
	while (got < size && (n = read(fd, buf + got, size - got)) > 0)
		got += (size_t)n;
	return (n == -1 ? -1 : (ssize_t)got);
}

ssize_t
disk_read(int dirfd, const char *name, uint8_t *buf, size_t size)
{
	ssize_t	 n;
	int	 fd, saved;

	if ((fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
	    O_CLOEXEC)) == -1)
		return (-1);
	n = disk_read_fd(fd, buf, size);
	saved = errno;
	close(fd);
	errno = saved;
	return (n);
}

static int
write_new(int fd, const uint8_t *buf, size_t n)
{
	size_t	 off = 0;
	ssize_t	 w;

	while (off < n) {
		if ((w = write(fd, buf + off, n - off)) <= 0) {
			if (w == 0)
				errno = ENOSPC;
			return (-1);
		}
		off += (size_t)w;
	}
	return (fsync(fd));
}

/* Under a name of its own first, then in place of the old one. */
int
disk_replace(int dirfd, const char *name, const uint8_t *buf, size_t n)
{
	char	 tmp[NAME_MAX];
	int	 fd, r, saved;

	if (str_format(tmp, sizeof(tmp), "%s.new", name) == -1) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	if ((fd = openat(dirfd, tmp, O_WRONLY | O_CREAT | O_TRUNC |
	    O_NOFOLLOW | O_CLOEXEC, 0600)) == -1)
		return (-1);
	r = write_new(fd, buf, n);
	saved = errno;
	close(fd);
	if (r == 0 && renameat(dirfd, tmp, dirfd, name) == 0)
		return (fsync(dirfd));
	if (r == 0)
		saved = errno;
	(void)unlinkat(dirfd, tmp, 0);
	errno = saved;
	return (-1);
}
