/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Sentinel and pid file, both held under flock so that a checker can tell a
 * living parent from a file that one left behind.  Run by the parent.
 */
#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parent/fw/sentinel.h"
#include "parent/procfs.h"
#include "telclauded/lib/util.h"

#define PID_FILE	"telclauded.pid"

/* Field 22 of stat(5); field 2 may hold spaces and parentheses. */
static const char *
start_time(const char *stat)
{
	const char	*s;
	int		 i;

	if ((s = strrchr(stat, ')')) == NULL)
		return (NULL);
	for (i = 2; i < 22; i++) {
		if ((s = strchr(s, ' ')) == NULL)
			return (NULL);
		s++;
	}
	return (*s >= '0' && *s <= '9' ? s : NULL);
}

int
sentinel_text(pid_t pid, const char *stat, const char *bootid, char *out,
    size_t len)
{
	const char	*start;

	if ((start = start_time(stat)) == NULL || *bootid == '\0')
		return (-1);
	return (str_format(out, len, "%d %.*s %.*s\n", (int)pid,
	    (int)strspn(start, "0123456789"), start,
	    (int)strcspn(bootid, "\n"), bootid));
}

static int
locked_file(const char *path)
{
	int	 fd;

	fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd == -1)
		return (-1);
	/* The umask of a service manager must not hide it from checkers. */
	if (flock(fd, LOCK_EX | LOCK_NB) == -1 || fchmod(fd, 0644) == -1) {
		close(fd);
		return (-1);
	}
	return (fd);
}

static int
overwrite(int fd, const char *text)
{
	size_t	 len = strlen(text);

	return (ftruncate(fd, 0) == -1 ||
	    pwrite(fd, text, len, 0) != (ssize_t)len ? -1 : 0);
}

int
sentinel_set(const char *dir)
{
	char	 path[1024], stat[1024], boot[64], text[160];
	int	 fd;

	if (str_format(path, sizeof(path), "%s/" SENTINEL_FILE, dir) == -1) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	if (procfs_read("self/stat", stat, sizeof(stat)) == -1 ||
	    procfs_read("sys/kernel/random/boot_id", boot,
	    sizeof(boot)) == -1)
		return (-1);
	errno = EIO;
	if (sentinel_text(getpid(), stat, boot, text, sizeof(text)) == -1)
		return (-1);
	if ((fd = locked_file(path)) == -1)
		return (-1);
	if (overwrite(fd, text) == -1) {
		(void)unlink(path);
		close(fd);
		return (-1);
	}
	return (fd);
}

static void
remove_locked(const char *dir, const char *name, int fd)
{
	char	 path[1024];

	if (fd == -1)
		return;
	if (str_format(path, sizeof(path), "%s/%s", dir, name) == 0)
		(void)unlink(path);
	close(fd);
}

void
sentinel_clear(const char *dir, int fd)
{
	remove_locked(dir, SENTINEL_FILE, fd);
}

int
pidfile_open(const char *dir, pid_t *other)
{
	char	 path[1024], text[32];
	int	 fd;

	*other = 0;
	if (str_format(path, sizeof(path), "%s/" PID_FILE, dir) == -1) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	if ((fd = locked_file(path)) == -1 && errno == EWOULDBLOCK) {
		if (procfs_read(path, text, sizeof(text)) == 0)
			*other = (pid_t)strtol(text, NULL, 10);
		errno = EWOULDBLOCK;
	}
	return (fd);
}

int
pidfile_write(int fd)
{
	char	 text[32];

	if (str_format(text, sizeof(text), "%d\n", (int)getpid()) == -1)
		return (-1);
	return (overwrite(fd, text));
}

void
pidfile_remove(const char *dir, int fd)
{
	remove_locked(dir, PID_FILE, fd);
}
