/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Writes the parts of a backup, each directory for the user of its engine.
 * Names were checked when the archive was read: one directory at most, no
 * links, nothing hidden.  Run by root.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "telclauded/ctl/archive.h"
#include "telclauded/ctl/backups.h"
#include "telclauded/ctl/restore.h"

#define NEW	"restore.new"		/* parent/dirs.c looks for it */
#define CONF	ARCHIVE_CONF ".restored"

static const struct {
	const char	*dir, *user;
} owners[] = {
	{ "relay", "_tcrelay" },
	{ "agent-telegram", "_tctgagent" },
	{ "agent-moltbook", "_tcmbagent" },
	{ "totp", "_tctotp" },
	{ "audit", "_tcaudit" },
	{ "vault", "_tcvault" },
};

static int
failed(const char *what)
{
	warnx("%s: %s", what, strerror(errno));
	return (-1);
}

/* The user of DIR/FILE, or NULL. */
static const char *
user_of(const char *name)
{
	size_t	 i, n = strcspn(name, "/");

	for (i = 0; name[n] == '/' && i < NELEM(owners); i++)
		if (strlen(owners[i].dir) == n &&
		    strncmp(owners[i].dir, name, n) == 0)
			return (owners[i].user);
	return (NULL);
}

int
restore_known(const char *name)
{
	return (user_of(name) != NULL);
}

/* Of what is known: 0, or -1 after an error. */
static int
owner(const char *name, uid_t *uid, gid_t *gid)
{
	const char		*user = user_of(name);
	const struct passwd	*pw;

	if (user == NULL || (pw = getpwnam(user)) == NULL) {
		warnx("no user %s: run make install, or systemd-sysusers", user
		    == NULL ? name : user);
		return (-1);
	}
	*uid = pw->pw_uid;
	*gid = pw->pw_gid;
	return (0);
}

/* What is written is what was checked: the archive may be another by now. */
static int
put(int fd, const uint8_t *p, size_t n, const uint8_t *sha)
{
	static uint8_t			 buf[ARCHIVE_CHUNK];
	crypto_hash_sha256_state	 st;
	uint8_t				 now[crypto_hash_sha256_BYTES];
	size_t				 k, off;
	ssize_t				 w;

	crypto_hash_sha256_init(&st);
	for (; n > 0; n -= k, p += k) {
		k = MINIMUM(n, sizeof(buf));
		memcpy(buf, p, k);
		crypto_hash_sha256_update(&st, buf, k);
		for (off = 0; off < k; off += (size_t)w)
			if ((w = write(fd, buf + off, k - off)) == -1)
				return (-1);
	}
	crypto_hash_sha256_final(&st, now);
	errno = ESTALE;
	return (memcmp(now, sha, sizeof(now)) != 0 ? -1 : fsync(fd));
}

static int
file(int dir, const char *name, const struct part *p, uid_t uid, gid_t gid)
{
	int	 fd, r;

	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0600);
	if (fd == -1)
		return (failed(p->m.name));
	r = fchmod(fd, 0600) == -1 || fchown(fd, uid, gid) == -1 ||
	    put(fd, p->m.p, p->m.size, p->sha) == -1 ? failed(p->m.name) : 0;
	close(fd);
	return (r);
}

/* The directory of a part, its owner's when it is complete. */
static int
directory(int new, const char *name, uid_t uid, gid_t gid)
{
	char	 dir[TAR_NAME];
	int	 fd;

	(void)str_format(dir, sizeof(dir), "%.*s", (int)strcspn(name, "/"),
	    name);
	if (mkdirat(new, dir, 0700) == -1 && errno != EEXIST) {
		failed(dir);
		return (-1);
	}
	if ((fd = openat(new, dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC)) == -1 || fchmod(fd, 0700) == -1 ||
	    fchown(fd, uid, gid) == -1) {
		failed(dir);
		if (fd != -1)
			close(fd);
		return (-1);
	}
	return (fd);
}

static int
part(int new, const struct part *p)
{
	const char	*s = strchr(p->m.name, '/');
	uid_t		 uid;
	gid_t		 gid;
	int		 fd, r;

	if (s == NULL)
		return (strcmp(p->m.name, ARCHIVE_CONF) == 0 ?
		    file(new, CONF, p, 0, 0) : 0);
	if (owner(p->m.name, &uid, &gid) == -1 ||
	    (fd = directory(new, p->m.name, uid, gid)) == -1)
		return (-1);
	r = file(fd, s + 1, p, uid, gid);
	if (r == 0 && fsync(fd) == -1)
		r = failed(p->m.name);
	close(fd);
	return (r);
}

/* Backups may lie there, and what a file system has of its own. */
static int
empty(const char *state)
{
	static const char *const	 fine[] = { ".", "..", BACKUP_DIR,
	    "lost+found" };
	struct dirent			*e;
	DIR				*d;
	size_t				 i;
	int				 r = 0;

	if ((d = opendir(state)) == NULL)
		return (failed(state));
	while (r == 0 && (e = readdir(d)) != NULL) {
		for (i = 0; i < NELEM(fine); i++)
			if (strcmp(e->d_name, fine[i]) == 0)
				break;
		if (i < NELEM(fine))
			continue;
		warnx("%s is not empty (%s): move what is in it away first",
		    state, e->d_name);
		r = -1;
	}
	(void)closedir(d);
	return (r);
}

/* One rename a directory; telclauded does not start before the last. */
static int
in_place(int at, int new)
{
	struct dirent	*e;
	DIR		*d;
	int		 fd;

	if ((fd = openat(at, NEW, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1 ||
	    (d = fdopendir(fd)) == NULL)
		return (failed(NEW));
	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.' && renameat(new, e->d_name, at,
		    e->d_name) == -1) {
			failed(e->d_name);
			(void)closedir(d);
			return (-1);
		}
	(void)closedir(d);
	if (fsync(at) == -1 || unlinkat(at, NEW, AT_REMOVEDIR) == -1 ||
	    fsync(at) == -1)
		return (failed(NEW));
	return (0);
}

int
restore_write(const struct archive *a, const char *state)
{
	size_t	 i;
	int	 at = -1, new = -1, r = -1;

	if (mkdir(state, 0711) == -1 && errno != EEXIST)
		return (failed(state));
	if (empty(state) == -1)
		return (-1);
	if ((at = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1 ||
	    mkdirat(at, NEW, 0700) == -1 || (new = openat(at, NEW, O_RDONLY |
	    O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) == -1) {
		failed(state);
		goto done;
	}
	for (i = 0; i < a->n; i++)
		if (part(new, &a->parts[i]) == -1)
			goto done;
	if (fsync(new) == -1)
		failed(NEW);
	else
		r = in_place(at, new);
done:
	if (r == -1)
		fprintf(stderr, "telclaudectl: not restored; remove %s/"
		    NEW " before the next try\n", state);
	if (new != -1)
		close(new);
	if (at != -1)
		close(at);
	return (r);
}
