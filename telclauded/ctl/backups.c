/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * See backups.h.  Run by root.
 */
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "telclauded/ctl/backups.h"
#include "telclauded/lib/util.h"

#define D		"[0-9]"
#define PATTERN		"telclaude-" D D D D D D D D "-" D D D D D D ".tar"
#define ROOM_LEFT	(16u << 20)	/* that others go on with */

int
backup_dir(const char *state, char *out, size_t size, char *why,
    size_t whylen)
{
	struct stat	 st;

	if (str_format(out, size, "%s/" BACKUP_DIR, state) == -1)
		errno = ENAMETOOLONG;
	else if ((mkdir(out, 0700) == 0 || errno == EEXIST) &&
	    lstat(out, &st) == 0) {
		if (S_ISDIR(st.st_mode) && st.st_uid == 0 &&
		    (st.st_mode & 077) == 0)
			return (0);
		(void)str_format(why, whylen, "%s must be a directory of "
		    "root's, mode 0700", out);
		return (-1);
	}
	(void)str_format(why, whylen, "%s: %s", out, strerror(errno));
	return (-1);
}

int
backup_syncdir(const char *file)
{
	char		 dir[1024];
	const char	*s = strrchr(file, '/');
	int		 fd, r;

	(void)str_format(dir, sizeof(dir), "%.*s", s == NULL ? 1 :
	    s == file ? 1 : (int)(s - file), s == NULL ? "." : file);
	if ((fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return (-1);
	r = fsync(fd);
	close(fd);
	return (r);
}

/* Names that backup gives, and no other: what somebody called alike is
 * theirs. */
static int
dated(const char *name)
{
	return (fnmatch(PATTERN, name, 0) == 0);
}

static int
ours(const struct dirent *d)
{
	return (dated(d->d_name));
}

static int
unfinished(const struct dirent *d)
{
	return (fnmatch(PATTERN ".new", d->d_name, 0) == 0);
}

static void
prune(const char *dir, int fd, const char *name)
{
	if (unlinkat(fd, name, 0) == -1)
		warnx("%s/%s: %s", dir, name, strerror(errno));
}

void
backup_sweep(const char *dir)
{
	struct dirent	**v;
	int		  n, i, at, fd;

	if ((at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return;
	n = scandir(dir, &v, unfinished, alphasort);
	for (i = 0; i < n; i++) {
		/* Who still writes to it has it locked. */
		fd = openat(at, v[i]->d_name, O_RDONLY | O_NOFOLLOW |
		    O_CLOEXEC | O_NONBLOCK);
		if (fd != -1 && flock(fd, LOCK_EX | LOCK_NB) == 0)
			prune(dir, at, v[i]->d_name);
		if (fd != -1)
			close(fd);
		free(v[i]);
	}
	if (n != -1)
		free(v);
	close(at);
}

void
backup_prune(const char *dir, uint32_t keep, const char *path)
{
	const char	 *just = strrchr(path, '/');
	struct dirent	**v;
	int		  n, i, fd;

	just = just == NULL ? path : just + 1;
	if (keep == 0 || (fd = open(dir, O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC)) == -1)
		return;
	/* Their names sort by time. */
	if ((n = scandir(dir, &v, ours, alphasort)) == -1) {
		close(fd);
		return;
	}
	if (n > 0 && strcmp(v[n - 1]->d_name, just) != 0)
		warnx("%s/%s is dated later than the backup just made: is the "
		    "clock right?", dir, v[n - 1]->d_name);
	for (i = 0; i < n; i++) {
		if (n - i > (int)keep && strcmp(v[i]->d_name, just) != 0)
			prune(dir, fd, v[i]->d_name);
		free(v[i]);
	}
	free(v);
	close(fd);
}

/* --- room ------- */
/* The files of one engine: all of them, and the largest. */
static void
weigh(int at, const char *name, uint64_t *sum, uint64_t *most)
{
	struct dirent	*e;
	struct stat	 st;
	DIR		*d;
	int		 fd;

	if ((fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC)) == -1)
		return;
	if ((d = fdopendir(fd)) == NULL) {
		close(fd);
		return;
	}
	while ((e = readdir(d)) != NULL)
		if (fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode)) {
			*sum += (uint64_t)st.st_size;
			*most = MAXIMUM(*most, (uint64_t)st.st_size);
		}
	(void)closedir(d);
}

int
backup_room(const char *state, const char *path, char *why, size_t whylen)
{
	const char	*s = strrchr(path, '/');
	struct statvfs	 v;
	struct dirent	*e;
	char		 dir[1024];
	uint64_t	 need = ROOM_LEFT, most = 0, room;
	DIR		*d;

	(void)str_format(dir, sizeof(dir), "%.*s", s == NULL ? 1 :
	    s == path ? 1 : (int)(s - path), s == NULL ? "." : path);
	if (statvfs(dir, &v) == -1 || (d = opendir(state)) == NULL)
		return (0);		/* what follows says why */
	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.' && strcmp(e->d_name, BACKUP_DIR) != 0)
			weigh(dirfd(d), e->d_name, &need, &most);
	(void)closedir(d);
	/* An engine's copy of its database lies beside it meanwhile. */
	need += most;
	room = (uint64_t)v.f_bavail * v.f_frsize;
	if (room >= need)
		return (0);
	(void)str_format(why, whylen, "%s has %llu MB left and a backup takes "
	    "up to %llu MB: make room, or name a file on another disk", dir,
	    (unsigned long long)(room >> 20),
	    (unsigned long long)((need >> 20) + 1));
	return (-1);
}
