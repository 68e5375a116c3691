/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What a conversation has of its own in the view, /tmp and HOME, and what one
 * call's tier takes away, each in a namespace of its own.  Run as root by a
 * helper and by the child that becomes the tool; distrusts what earlier calls
 * did to the directories.
 */
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "parent/tool/tool_int.h"
#include "telclauded/lib/util.h"

/*
 * A mount that an earlier call may have moved, with the directory it lies in,
 * and put something else in its place: it must be the one.
 */
static int
place_open(const char *path, dev_t dev, ino_t ino)
{
	struct stat st;
	int fd;

	fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return (-1);
	if (fstat(fd, &st) == 0 && st.st_dev == dev && st.st_ino == ino)
		return (fd);
	close(fd);
	errno = ESTALE;
	return (-1);
}

static int
path_open(const struct tool_path *p)
{
	return (place_open(p->path, p->dev, p->ino));
}

/* What the view has below /tmp comes back on top of the new one. */
static int
private_take(const struct tool_scope *sc, int trees[])
{
	unsigned i;
	int fd, e;

	for (i = 0; i < sc->npaths; i++)
		trees[i] = -1;
	for (i = 0; i < sc->npaths; i++) {
		if ((sc->paths[i].flags & (TP_PRIVATE | TP_CONV)) !=
		    TP_PRIVATE)
			continue;
		if ((fd = path_open(&sc->paths[i])) == -1)
			return (-1);
		trees[i] = open_tree(fd, "", OPEN_TREE_CLONE |
		    OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
		e = errno;
		close(fd);
		errno = e;
		if (trees[i] == -1)
			return (-1);
	}
	return (0);
}

static int
private_put(const struct tool_scope *sc, int trees[])
{
	unsigned order[TOOL_PATHS_MAX], i, k;
	const struct tool_path *p;
	int t;

	toolview_order(sc, order);
	for (k = 0; k < sc->npaths; k++) {
		i = order[k];
		p = &sc->paths[i];
		if ((t = trees[i]) == -1)
			continue;
		if (!toolview_nested(sc, p) &&
		    toolview_point(p->path, p->flags & TP_FILE) == -1)
			return (-1);
		trees[i] = -1;		/* that closes it */
		if (toolview_attach(t, p->path) == -1)
			return (-1);
	}
	return (0);
}

/* Directories that belong to the tool; root here may lack CAP_CHOWN. */
static int
make_owned(const struct tool_scope *sc)
{
	int r;

	setfsgid(sc->gid);
	setfsuid(sc->uid);
	r = mkdir("/tmp/own/home", 0700) == -1 ||
	    mkdir("/tmp/own/shm", 0700) == -1 ? -1 : 0;
	setfsuid(0);
	setfsgid(0);
	return (r);
}

/*
 * One quota for all of a conversation's own: /tmp, HOME and /dev/shm.  /tmp
 * is root's with the sticky bit, so that what is mounted below it cannot be
 * moved away.
 */
static int
private_mount(const struct tool_scope *sc)
{
	char opt[96];

	umask(0);
	snprintf(opt, sizeof(opt), "size=%llu,nr_inodes=256k,mode=0755",
	    (unsigned long long)(sc->limits.tmp ? sc->limits.tmp :
	    512ull << 20));
	if (mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, opt) == -1 ||
	    mkdir("/tmp/tmp", 01777) == -1 || mkdir("/tmp/own", 01777) == -1 ||
	    make_owned(sc) == -1 ||
	    mount("/tmp/own/home", TOOL_HOME, NULL, MS_BIND, NULL) == -1 ||
	    mount("/tmp/own/shm", "/dev/shm", NULL, MS_BIND, NULL) == -1)
		return (-1);
	umask(022);
	return (mount("/tmp/tmp", "/tmp", NULL, MS_BIND, NULL));
}

int
toolview_private(const struct tool_scope *sc, const char **what)
{
	int trees[TOOL_PATHS_MAX], r = -1, e;
	unsigned i;

	*what = "paths below /tmp";
	if (private_take(sc, trees) == 0) {
		*what = "private tmpfs";
		r = private_mount(sc);
	}
	if (r == 0) {
		*what = "paths below /tmp";
		r = private_put(sc, trees);
	}
	/* The table is shared with the parent: nothing may stay open. */
	e = errno;
	for (i = 0; i < sc->npaths; i++)
		if (trees[i] != -1)
			close(trees[i]);
	errno = e;
	return (r);
}

/* A detached mount goes with the descriptor's path, through /proc. */
static int
path_hide(int fd)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return (umount2(path, MNT_DETACH));
}

/* The outbox of the conversation, for a call that may not write. */
static int
media_close(const struct tool_child *c, const struct tool_path *p, unsigned k)
{
	struct mount_attr ro = { .attr_set = MOUNT_ATTR_RDONLY };
	char path[PATH_MAX];
	int fd, r;

	if (c->media[k].ino == 0)
		return (0);
	if (toolmedia_path(p, c->conv, path, sizeof(path)) == -1 ||
	    (fd = place_open(path, c->media[k].dev, c->media[k].ino)) == -1)
		return (-1);
	r = mount_setattr(fd, "", AT_EMPTY_PATH, &ro, sizeof(ro));
	close(fd);
	return (r);
}

static int
media_call(const struct tool_child *c, const char **what)
{
	const struct tool_path *p;
	unsigned i, k = 0;

	for (i = 0; i < c->sc->npaths && k < TOOL_MEDIA; i++) {
		p = &c->sc->paths[i];
		if ((p->flags & TP_CONV) == 0)
			continue;
		*what = p->path;
		if ((p->flags & TP_WRITE) && c->tier == TIER_READ_ONLY &&
		    media_close(c, p, k) == -1)
			return (-1);
		k++;
	}
	return (0);
}

/* One call: its own /proc, and what its tier may not. */
int
toolview_call(const struct tool_child *c, const char **what)
{
	const struct tool_scope *sc = c->sc;
	enum tier tier = c->tier;
	struct mount_attr ro = { .attr_set = MOUNT_ATTR_RDONLY };
	unsigned order[TOOL_PATHS_MAX], i;
	const struct tool_path *p;
	int fd, hide, r;

	*what = "/proc";
	if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC |
	    MS_RDONLY, "hidepid=2") == -1)
		return (-1);
	/* What lies in another goes before it does. */
	toolview_order(sc, order);
	for (i = sc->npaths; i-- > 0;) {
		p = &sc->paths[order[i]];
		if (p->flags & TP_CONV)
			continue;
		hide = (p->flags & TP_FULL) && tier != TIER_FULL_ACCESS;
		*what = p->path;
		if (!hide && ((p->flags & TP_WRITE) == 0 ||
		    tier != TIER_READ_ONLY))
			continue;
		if ((fd = path_open(p)) == -1)
			return (-1);
		r = hide ? path_hide(fd) : mount_setattr(fd, "",
		    AT_EMPTY_PATH, &ro, sizeof(ro));
		close(fd);
		if (r == -1)
			return (-1);
	}
	return (media_call(c, what));
}
