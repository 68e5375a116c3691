/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Directories and the audit file: made, owned and checked at start, while
 * root may still give files away.  Run by the parent; distrusts what it
 * finds inside directories that engines own.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "parent/asuser.h"
#include "parent/parent.h"
#include "telclauded/lib/util.h"

#define EMPTY_ROOT	"empty"
#define AUDIT_FILE	"audit.log"

static int
failed(char *why, size_t len, const char *what, const char *name)
{
	str_format(why, len, "%s %s: %s%s", what, name, strerror(errno),
	    errno != EPERM ? "" : "; make it so by hand (chown), or give "
	    "CAP_CHOWN");
	return (-1);
}

/* All components; the last one is left for its caller to judge. */
static int
make_all(const char *path, mode_t mode)
{
	char	 buf[1024];
	char	*s;

	if (str_copy(buf, path, sizeof(buf)) == -1 || buf[0] != '/') {
		errno = EINVAL;
		return (-1);
	}
	for (s = buf + 1; (s = strchr(s, '/')) != NULL; *s++ = '/') {
		*s = '\0';
		if (mkdir(buf, 0755) == -1 && errno != EEXIST)
			return (-1);
	}
	if (mkdir(buf, mode) == -1 && errno != EEXIST)
		return (-1);
	return (0);
}

/* A directory of root's own that nobody else can write to. */
static int
root_dir(const char *path, mode_t mode, char *why, size_t len)
{
	struct stat	 st;
	int		 fd;

	if (make_all(path, mode) == -1)
		return (failed(why, len, "directory", path));
	if ((fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1 ||
	    fstat(fd, &st) == -1) {
		failed(why, len, "directory", path);
		goto fail;
	}
	if (st.st_uid != 0 || st.st_mode & (S_IWGRP | S_IWOTH)) {
		str_format(why, len, "directory %s can be written by others; "
		    "it must be root's, mode %04o", path, (unsigned)mode);
		goto fail;
	}
	/* Engines pass through to their own directory. */
	if ((st.st_mode & mode) != mode &&
	    fchmod(fd, (st.st_mode & 07777) | mode) == -1) {
		failed(why, len, "mode of", path);
		goto fail;
	}
	return (fd);
fail:
	if (fd != -1)
		close(fd);
	return (-1);
}

/*
 * What is right already needs no capability to be made so: tmpfiles.d(5) may
 * have done it.  The name is that of fd in a directory of root's.
 */
static int
give(int at, const char *name, int fd, const struct engine *e, mode_t mode)
{
	struct stat	 st;
	int		 r;

	if (fstat(fd, &st) == -1)
		return (-1);
	if ((st.st_uid != e->uid || st.st_gid != e->gid) &&
	    fchownat(fd, "", e->uid, e->gid, AT_EMPTY_PATH) == -1)
		return (-1);
	if ((st.st_mode & 07777) == mode)
		return (0);
	if (asuser_begin(e->uid, e->gid) == -1)
		return (-1);
	r = fchmodat(at, name, mode, 0);
	asuser_end();
	return (r);
}

/* An engine's own directory, below one of root's. */
static int
own_dir(int at, const struct engine *e, char *why, size_t len)
{
	const char	*name = e->row->state;
	int		 fd;

	if (mkdirat(at, name, 0700) == -1 && errno != EEXIST)
		return (failed(why, len, "state directory", name));
	if ((fd = openat(at, name, O_PATH | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC)) == -1)
		return (failed(why, len, "state directory", name));
	if (give(at, name, fd, e, 0700) == -1) {
		failed(why, len, "owner of state directory", name);
		close(fd);
		return (-1);
	}
	return (fd);
}

#define AUDIT_FLAGS	(O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW |	\
			 O_NONBLOCK | O_CLOEXEC)

/*
 * As the engine, that owns it; as root where only root can make it.  The file
 * may lie in the engine's directory: a link somewhere else, symbolic or hard,
 * must not make root give that file away.
 */
static int
audit_file(int dir, const char *path, const struct engine *e)
{
	int	 fd;

	if (asuser_begin(e->uid, e->gid) == -1)
		return (-1);
	fd = openat(dir, path, AUDIT_FLAGS, 0600);
	asuser_end();
	if (fd == -1 && (errno == EACCES || errno == EPERM))
		fd = openat(dir, path, AUDIT_FLAGS, 0600);
	return (fd);
}

static int
give_file(int fd, const struct engine *e)
{
	struct stat	 st;
	int		 r;

	if (fstat(fd, &st) == -1)
		return (-1);
	if ((st.st_uid != e->uid || st.st_gid != e->gid) &&
	    fchown(fd, e->uid, e->gid) == -1)
		return (-1);
	if ((st.st_mode & 07777) == 0600)
		return (0);
	if (asuser_begin(e->uid, e->gid) == -1)
		return (-1);
	r = fchmod(fd, 0600);
	asuser_end();
	return (r);
}

static int
audit_open(struct parent *p, int dir, const struct engine *e, char *why,
    size_t len)
{
	const char	*path = p->conf->audit_file;
	struct stat	 st;
	int		 fd;

	if (path == NULL) {
		path = AUDIT_FILE;
	} else {
		dir = AT_FDCWD;
	}
	fd = audit_file(dir, path, e);
	if (fd == -1 || fstat(fd, &st) == -1) {
		failed(why, len, "audit file", path);
		goto fail;
	}
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1 ||
	    (st.st_uid != 0 && st.st_uid != e->uid)) {
		str_format(why, len, "audit file %s is not a plain file of "
		    "root or %s", path, e->row->user);
		goto fail;
	}
	if (give_file(fd, e) == -1) {
		failed(why, len, "owner of audit file", path);
		goto fail;
	}
	p->audit_fd = fd;
	return (0);
fail:
	if (fd != -1)
		close(fd);
	return (-1);
}

static int
runtime_make(struct parent *p, char *why, size_t len)
{
	int	 fd, root;

	if ((fd = root_dir(p->conf->runtime, 0755, why, len)) == -1)
		return (-1);
	if (mkdirat(fd, EMPTY_ROOT, 0555) == -1 && errno != EEXIST) {
		failed(why, len, "empty root below", p->conf->runtime);
		close(fd);
		return (-1);
	}
	root = openat(fd, EMPTY_ROOT, O_PATH | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC);
	close(fd);
	if (root == -1)
		return (failed(why, len, "empty root below",
		    p->conf->runtime));
	p->empty_root = root;
	return (0);
}

/*
 * inbox and outbox: the relay's.  Tools see what is theirs in them through an
 * id-mapped mount, or as the directory's group (toolmedia.c), which is left
 * as it is.
 */
static int
media_give(int at, const char *name, int fd, const struct engine *relay)
{
	struct stat	 st;

	if (fstat(fd, &st) == -1)
		return (-1);
	if (st.st_uid == relay->uid && (st.st_mode & 0777) == 0711)
		return (0);
	return (give(at, name, fd, relay, 0711));
}

/* One that the administrator chose must be the relay's already. */
static int
media_chosen(const char *word, const char *path, const struct engine *relay,
    char *why, size_t len)
{
	struct stat	 st;
	int		 fd;

	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1 || fstat(fd, &st) == -1) {
		str_format(why, len, "media %s \"%s\": %s", word, path,
		    strerror(errno));
		if (fd != -1)
			close(fd);
		return (-1);
	}
	close(fd);
	if (st.st_uid == relay->uid && (st.st_mode & S_IWOTH) == 0)
		return (0);
	str_format(why, len, "media %s \"%s\" must belong to %s and be "
	    "closed to writing by others (chown, chmod 711)", word, path,
	    relay->row->user);
	return (-1);
}

static int
media_one(const struct conf *c, int dir, const char *name, const char *path,
    const struct engine *relay, char *why, size_t len)
{
	char	 usual[1024];
	int	 fd, r;

	if (str_format(usual, sizeof(usual), "%s/media/%s", c->state,
	    name) == -1 || strcmp(path, usual) != 0)
		return (media_chosen(name, path, relay, why, len));
	fd = -1;
	if (mkdirat(dir, name, 0711) == 0 || errno == EEXIST)
		fd = openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW |
		    O_CLOEXEC);
	r = fd == -1 ? -1 : media_give(dir, name, fd, relay);
	if (r == -1)
		(void)failed(why, len, "directory media of", name);
	if (fd != -1)
		close(fd);
	return (r);
}

static int
media_make(const struct conf *c, int at, const struct engine *relay,
    char *why, size_t len)
{
	int	 dir, r;

	if (mkdirat(at, "media", 0711) == -1 && errno != EEXIST)
		return (failed(why, len, "directory", "media"));
	if ((dir = openat(at, "media", O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC)) == -1)
		return (failed(why, len, "directory", "media"));
	r = media_one(c, dir, "inbox", c->media.inbox, relay, why, len);
	if (r == 0)
		r = media_one(c, dir, "outbox", c->media.outbox, relay, why,
		    len);
	close(dir);
	return (r);
}

/* telclaudectl restore leaves it when it does not come to its end. */
static int
half_restored(int at, const char *state, char *why, size_t len)
{
	if (faccessat(at, "restore.new", F_OK, AT_SYMLINK_NOFOLLOW) == -1)
		return (0);
	str_format(why, len, "a restore into %s did not come to its end: "
	    "empty the directory and restore again", state);
	return (-1);
}

int
dirs_make(struct parent *p, char *why, size_t len)
{
	struct engine	*e;
	unsigned	 i;
	int		 at, fd;

	if (runtime_make(p, why, len) == -1 ||
	    (at = root_dir(p->conf->state, 0711, why, len)) == -1)
		return (-1);
	if (half_restored(at, p->conf->state, why, len) == -1) {
		close(at);
		return (-1);
	}
	for (i = 0; i < p->nengines; i++) {
		e = &p->engines[i];
		if (e->row->state == NULL)
			continue;
		if ((fd = own_dir(at, e, why, len)) == -1)
			goto fail;
		if (e->row->proc == PROC_RELAY &&
		    media_make(p->conf, at, e, why, len) == -1) {
			close(fd);
			goto fail;
		}
		if (e->row->proc == PROC_AUDIT &&
		    audit_open(p, fd, e, why, len) == -1) {
			close(fd);
			goto fail;
		}
		close(fd);
	}
	close(at);
	return (0);
fail:
	close(at);
	return (-1);
}
