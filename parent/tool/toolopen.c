/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Opens a directory that the configuration names, component by component: a
 * symbolic link is followed only where root made it.  Else a tool, or the
 * owner of a workspace, could turn a path inside it to files of others, and
 * the next start would give them away.  Run by the parent as root.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "parent/tool/tool_int.h"
#include "telclauded/lib/util.h"

#define LINKS_MAX	40
#define STEP		(O_PATH | O_NOFOLLOW | O_CLOEXEC)

static void
close_keep(int fd)
{
	int e = errno;

	close(fd);
	errno = e;
}

/* Takes the first component off; NULL at the end. */
static const char *
next_part(char *rest, char part[NAME_MAX + 1])
{
	size_t skip = strspn(rest, "/"), n = strcspn(rest + skip, "/");

	if (n == 0)
		return (NULL);
	n = MINIMUM(n, (size_t)NAME_MAX);	/* then it is not found */
	memcpy(part, rest + skip, n);
	part[n] = '\0';
	memmove(rest, rest + skip + n, strlen(rest + skip + n) + 1);
	return (part);
}

/* What the link says, before what is left to walk; 1: from the root. */
static int
link_in(int fd, char rest[PATH_MAX])
{
	char to[PATH_MAX], joined[PATH_MAX];
	ssize_t n;

	if ((n = readlinkat(fd, "", to, sizeof(to) - 1)) == -1)
		return (-1);
	to[n] = '\0';
	if (str_format(joined, sizeof(joined), "%s%s", to, rest) == -1 ||
	    str_copy(rest, joined, PATH_MAX) == -1) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	return (to[0] == '/');
}

static int
step(int at, const char *part, char rest[PATH_MAX], unsigned *links)
{
	struct stat st;
	int fd, r;

	if ((fd = openat(at, part, STEP)) == -1)
		goto fail;
	if (fstat(fd, &st) == -1)
		goto fail;
	if (!S_ISLNK(st.st_mode)) {
		close(at);
		return (fd);
	}
	if (st.st_uid != 0 || ++*links > LINKS_MAX) {
		errno = ELOOP;
		goto fail;
	}
	if ((r = link_in(fd, rest)) == -1)
		goto fail;
	close(fd);
	if (r == 0)
		return (at);
	close(at);
	return (open("/", STEP));
fail:
	r = errno;
	if (fd != -1)
		close(fd);
	close(at);
	errno = r;
	return (-1);
}

/* O_PATH; ELOOP when somebody else's link is on the way. */
int
toolopen(const char *path)
{
	char rest[PATH_MAX], part[NAME_MAX + 1];
	unsigned links = 0;
	int fd;

	if (str_copy(rest, path, sizeof(rest)) == -1) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	fd = open("/", STEP);
	while (fd != -1 && next_part(rest, part) != NULL)
		fd = step(fd, part, rest, &links);
	return (fd);
}

/*
 * O_PATH, no link at all on the way: what openat2(2) does at once.  A service
 * manager that refuses set-id files to us refuses that call whole.
 */
int
toolopen_nolinks(const char *path)
{
	char rest[PATH_MAX], part[NAME_MAX + 1];
	struct stat st;
	int at, fd;

	if (str_copy(rest, path, sizeof(rest)) == -1) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	fd = open(path[0] == '/' ? "/" : ".", STEP);
	while (fd != -1 && next_part(rest, part) != NULL) {
		at = fd;
		fd = openat(at, part, STEP);
		if (fd != -1 && (fstat(fd, &st) == -1 ||
		    S_ISLNK(st.st_mode))) {
			close(fd);
			fd = -1;
			errno = ELOOP;
		}
		close_keep(at);
	}
	return (fd);
}

int
tool_program(const char *dir, const char *name, char *why, size_t len)
{
	char path[PATH_MAX];
	int fd = -1;

	if (str_format(path, sizeof(path), "%s/%s", dir, name) == -1)
		errno = ENAMETOOLONG;
	else
		fd = open(path, O_PATH | O_CLOEXEC);
	if (fd == -1)
		(void)str_format(why, len, "%s: %s", path, strerror(errno));
	return (fd);
}
