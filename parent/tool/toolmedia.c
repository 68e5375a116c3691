/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Inbox and outbox: tools see the directory of their own conversation there
 * and nothing else.  The directories are the relay's; where the tools' user
 * cannot be mapped to it, they are of the tools' group.  Run by the parent as
 * root; the numbers of conversations come from the relay.
 */
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "parent/asuser.h"
#include "parent/tool/tool_int.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

#define TOP_MODE	0711
#define GROUP_MODE	(S_ISGID | TOP_MODE)

void
toolmedia_name(uint64_t conv, char dst[TOOL_CONVNAME])
{
	(void)str_format(dst, TOOL_CONVNAME, "%016llx",
	    (unsigned long long)conv);
}

/* As the tool is told of it. */
int
toolmedia_path(const struct tool_path *p, uint64_t conv, char *dst,
    size_t size)
{
	char name[TOOL_CONVNAME];

	toolmedia_name(conv, name);
	return (str_format(dst, size, "%s/%s", p->path, name));
}

/*
 * What is made below has the group of the tools: for where they are not
 * mapped to the owner.  As the owner, which needs no capability.
 */
static int
group_give(const struct tool_scope *sc, const struct tool_path *p)
{
	struct stat st;
	int fd, r = -1;

	if (asuser_begin(p->owner, sc->gid) == -1)
		return (-1);
	fd = openat(p->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd != -1 && fstat(fd, &st) == 0 && (st.st_gid == sc->gid ||
	    fchown(fd, (uid_t)-1, sc->gid) == 0))
		r = (st.st_mode & 07777) == GROUP_MODE ? 0 :
		    fchmod(fd, GROUP_MODE);
	if (fd != -1)
		close(fd);
	asuser_end();
	return (r);
}

void
toolmedia_prepare(const struct tool_scope *sc)
{
	const struct tool_path *p;
	unsigned i;

	for (i = 0; i < sc->npaths; i++) {
		p = &sc->paths[i];
		if ((p->flags & TP_CONV) && p->idmap == -1 &&
		    p->owner != sc->uid && group_give(sc, p) == -1)
			log_warn("agent %s: %s cannot be given to the tools' "
			    "group: they do not see what is in it",
			    scope_name(sc->scope), p->path);
	}
}

/* The conversation's, made as the owner's; O_PATH, or -1. */
static int
conv_open(const struct tool_path *p, uint64_t conv)
{
	char name[TOOL_CONVNAME];
	mode_t mask;

	toolmedia_name(conv, name);
	if (asuser_begin(p->owner, p->group) == -1)
		return (-1);
	mask = umask(0);
	(void)mkdirat(p->fd, name, p->flags & TP_WRITE ? 0770 : 0750);
	(void)umask(mask);
	asuser_end();
	return (openat(p->fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC));
}

/*
 * Which directories they are, and their mounts where there are namespaces.
 * Without one the tool finds nothing at that place.
 */
void
toolmedia_trees(const struct tool_scope *sc, struct tool_conv *c,
    int trees[TOOL_MEDIA])
{
	const struct tool_path *p;
	unsigned i, k = 0;
	struct stat st;
	uint64_t attr;
	int fd;

	for (i = 0; i < sc->npaths && k < TOOL_MEDIA; i++) {
		p = &sc->paths[i];
		if ((p->flags & TP_CONV) == 0)
			continue;
		trees[k] = -1;
		attr = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
		    MOUNT_ATTR_NOEXEC |
		    (p->flags & TP_WRITE ? 0 : MOUNT_ATTR_RDONLY);
		fd = conv_open(p, c->id);
		if (fd != -1 && fstat(fd, &st) == 0 &&
		    st.st_uid == p->owner) {
			c->media[k].dev = st.st_dev;
			c->media[k].ino = st.st_ino;
			if (sc->namespaces)
				trees[k] = toolview_clone(fd, "", attr,
				    p->idmap);
		}
		if (c->media[k].ino == 0 ||
		    (sc->namespaces && trees[k] == -1)) {
			log_warn("agent %s: no directory of a conversation "
			    "in %s", scope_name(sc->scope), p->path);
			c->media[k].ino = 0;
		}
		if (fd != -1)
			close(fd);
		k++;
	}
}

/* A small file system with one directory in it, to be read only. */
static int
frame(uint64_t conv)
{
	struct mount_attr ro = { .attr_set = MOUNT_ATTR_RDONLY };
	char name[TOOL_CONVNAME];
	int fs, m = -1, e;

	if ((fs = fsopen("tmpfs", FSOPEN_CLOEXEC)) == -1)
		return (-1);
	if (fsconfig(fs, FSCONFIG_SET_STRING, "size", "64k", 0) == 0 &&
	    fsconfig(fs, FSCONFIG_SET_STRING, "mode", "0755", 0) == 0 &&
	    fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
		m = fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID |
		    MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	e = errno;
	close(fs);
	errno = e;
	toolmedia_name(conv, name);
	if (m != -1 && (mkdirat(m, name, 0755) == -1 ||
	    mount_setattr(m, "", AT_EMPTY_PATH, &ro, sizeof(ro)) == -1)) {
		e = errno;
		close(m);
		m = -1;
		errno = e;
	}
	return (m);
}

/*
 * In the conversation's own mount namespace.  The frame also covers what a
 * workspace around it would show of others.
 */
int
toolmedia_mount(const struct tool_scope *sc, uint64_t conv,
    const int trees[TOOL_MEDIA], const char **what)
{
	const struct tool_path *p;
	char path[PATH_MAX];
	unsigned i, k = 0;
	int f;

	for (i = 0; i < sc->npaths && k < TOOL_MEDIA; i++) {
		p = &sc->paths[i];
		if ((p->flags & TP_CONV) == 0)
			continue;
		*what = p->path;
		if (((p->flags & TP_PRIVATE) && !toolview_nested(sc, p) &&
		    toolview_point(p->path, 0) == -1) ||
		    (f = frame(conv)) == -1 ||
		    toolview_attach(f, p->path) == -1)
			return (-1);
		if (trees[k] != -1 && (toolmedia_path(p, conv, path,
		    sizeof(path)) == -1 ||
		    toolview_attach(fcntl(trees[k], F_DUPFD_CLOEXEC, 3),
		    path) == -1))
			return (-1);
		k++;
	}
	return (0);
}

void
toolmedia_untree(int trees[TOOL_MEDIA])
{
	unsigned k;

	for (k = 0; k < TOOL_MEDIA; k++)
		if (trees[k] != -1)
			close(trees[k]);
}

/* O_PATH of its outbox, when it is there: for who empties it. */
int
toolmedia_outbox(const struct tool_scope *sc, uint64_t conv)
{
	char name[TOOL_CONVNAME];
	unsigned i;

	toolmedia_name(conv, name);
	for (i = 0; i < sc->npaths; i++)
		if ((sc->paths[i].flags & (TP_CONV | TP_WRITE)) ==
		    (TP_CONV | TP_WRITE))
			return (openat(sc->paths[i].fd, name, O_PATH |
			    O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
	return (-1);
}

/* The relay empties them; what is empty already goes at once. */
void
toolmedia_wipe(const struct tool_scope *sc, uint64_t conv)
{
	const struct tool_path *p;
	char name[TOOL_CONVNAME];
	unsigned i;

	toolmedia_name(conv, name);
	for (i = 0; i < sc->npaths; i++) {
		p = &sc->paths[i];
		if ((p->flags & TP_CONV) == 0 ||
		    asuser_begin(p->owner, p->group) == -1)
			continue;
		(void)unlinkat(p->fd, name, AT_REMOVEDIR);
		asuser_end();
	}
}
