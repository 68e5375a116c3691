/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The directories the configuration gives to tools: opened once, as root,
 * judged, and paired with the id mapping that makes their owner's files the
 * tool's.  Run by the parent; trusts the configuration only.
 */
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parent/tool/tool_int.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

/* Places of the view itself: nothing may be mounted on or below them. */
static const char *const reserved[] = {
	"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32",
	"/etc", "/dev", "/proc", "/sys", TOOL_HOME
};

static int
below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return (strncmp(path, dir, n) == 0 &&
	    (path[n] == '\0' || path[n] == '/'));
}

/* Absolute, and spelt the one way the tool will see it. */
static int
path_plain(const char *s)
{
	const char *p;

	if (s[0] != '/' || s[1] == '\0' || strlen(s) >= 1024)
		return (0);
	for (p = s; p != NULL; p = strchr(p + 1, '/')) {
		if (p[1] == '/' || p[1] == '\0')
			return (0);
		if (below(p, "/.") || below(p, "/.."))
			return (0);
	}
	return (1);
}

static const char *
path_judge(const char *s)
{
	size_t i;

	if (!path_plain(s))
		return ("is not a plain absolute path");
	if (strcmp(s, "/tmp") == 0)
		return ("is where tools have their own files");
	for (i = 0; i < NELEM(reserved); i++)
		if (below(s, reserved[i]))
			return ("lies where the tools' system files are");
	return (NULL);
}

static int
path_add(struct tool_scope *sc, const char *word, const char *s,
    unsigned flags, char *why, size_t whylen)
{
	struct tool_path *p;
	struct statvfs vfs;
	const char *bad;
	struct stat st;

	if (sc->npaths == TOOL_PATHS_MAX)
		bad = "is one path too many";
	else
		bad = path_judge(s);
	if (bad != NULL) {
		(void)str_format(why, whylen, "agent %s: %s \"%s\" %s",
		    scope_name(sc->scope), word, s, bad);
		return (-1);
	}
	p = &sc->paths[sc->npaths];
	p->idmap = -1;
	p->fd = toolopen(s);
	if (p->fd == -1 || fstat(p->fd, &st) == -1) {
		(void)str_format(why, whylen, "agent %s: %s \"%s\": %s",
		    scope_name(sc->scope), word, s, errno == ENOENT ?
		    "there is no such directory" : errno == ELOOP ?
		    "leads through a symbolic link that is not root's: name "
		    "the directory itself" : errno == EACCES ?
		    "closed to root here: by ProtectHome= of the unit, or for "
		    "want of CAP_DAC_READ_SEARCH; see PLATFORMS in "
		    "telclauded(8)" : strerror(errno));
		if (p->fd != -1)
			close(p->fd);
		return (-1);
	}
	if (flags & TP_WRITE && fstatvfs(p->fd, &vfs) == 0 &&
	    vfs.f_flag & ST_RDONLY)
		log_warnx("agent %s: %s \"%s\" is mounted read-only: nothing "
		    "can be written there. Under systemd ReadWritePaths= of "
		    "the unit must name it", scope_name(sc->scope), word, s);
	sc->npaths++;	/* from here toolpaths_close() has it */
	p->flags = flags | (S_ISDIR(st.st_mode) ? 0 : TP_FILE) |
	    (below(s, "/tmp") ? TP_PRIVATE : 0);
	p->dev = st.st_dev;
	p->ino = st.st_ino;
	p->owner = st.st_uid;
	p->group = st.st_gid;
	if ((p->path = strdup(s)) == NULL)
		return (-1);
	return (0);
}

static int
workspace_add(struct tool_scope *sc, const char *s, char *why, size_t whylen)
{
	const struct tool_path *p;
	const char *bad = NULL;

	if (path_add(sc, "workspace", s, TP_WORKSPACE | TP_WRITE, why,
	    whylen) == -1) {
		if (access(s, F_OK) == -1 && errno == ENOENT)
			(void)str_format(why, whylen, "agent %s: workspace "
			    "\"%s\": there is no such directory; make it, "
			    "owned by the user tools shall act as: install -d "
			    "-o USER -g GROUP %s", scope_name(sc->scope), s,
			    s);
		return (-1);
	}
	p = &sc->paths[0];
	if (p->flags & TP_FILE)
		bad = "is not a directory";
	else if (p->owner == 0)
		bad = "belongs to root: tools act as the owner of the "
		    "workspace and never as root. Give it to a "
		    "user: chown USER:GROUP";
	if (bad != NULL) {
		(void)str_format(why, whylen, "agent %s: workspace \"%s\" %s",
		    scope_name(sc->scope), s, bad);
		return (-1);
	}
	return (0);
}

static int
list_add(struct tool_scope *sc, const char *word, const char *const *list,
    unsigned flags, char *why, size_t whylen)
{
	for (; list != NULL && *list != NULL; list++)
		if (path_add(sc, word, *list, flags, why, whylen) == -1)
			return (-1);
	return (0);
}

/* Owners other than root become the tool; equal pairs share a mapping. */
static void
idmaps_make(struct tool_scope *sc, const struct tool_scope_conf *c)
{
	unsigned i, j;

	for (i = 0; i < sc->npaths; i++) {
		struct tool_path *p = &sc->paths[i];

		if (p->owner == 0 || (p->owner == c->uid &&
		    p->group == c->gid))
			continue;
		for (j = 0; j < i && p->idmap == -1; j++)
			if (sc->paths[j].idmap != -1 &&
			    sc->paths[j].owner == p->owner &&
			    sc->paths[j].group == p->group)
				p->idmap = fcntl(sc->paths[j].idmap,
				    F_DUPFD_CLOEXEC, 20);
		if (p->idmap == -1)
			p->idmap = toolns_idmap(sc->proc_fd, p, c->uid,
			    c->gid);
	}
}

static void
idmap_drop(struct tool_path *p)
{
	if (p->idmap != -1)
		close(p->idmap);
	p->idmap = -1;
}

/* Where the file system cannot map: the owner's own id, said aloud. */
static void
identity_choose(struct tool_scope *sc, const struct tool_scope_conf *c)
{
	const struct tool_path *ws = &sc->paths[0];
	unsigned i;

	if (sc->namespaces)
		idmaps_make(sc, c);
	sc->uid = sc->own_uid = c->uid;
	sc->gid = c->gid;
	if (sc->namespaces && ((ws->owner == c->uid && ws->group == c->gid) ||
	    toolns_idmap_works(ws))) {
		tool_plat.idmap = 1;
		for (i = 1; i < sc->npaths; i++)
			if (sc->paths[i].idmap != -1 &&
			    !toolns_idmap_works(&sc->paths[i])) {
				log_warnx("agent %s: no id-mapped mount for "
				    "%s: tools see it with the rights of "
				    "others", scope_name(sc->scope),
				    sc->paths[i].path);
				idmap_drop(&sc->paths[i]);
			}
		return;
	}
	tool_plat.idmap = 0;
	for (i = 0; i < sc->npaths; i++)
		idmap_drop(&sc->paths[i]);
	sc->as_owner = ws->owner != c->uid;
	sc->uid = ws->owner;
	sc->gid = ws->group;
	log_info("agent %s: no id-mapped mount for %s here: tools run as its "
	    "owner, uid %u", scope_name(sc->scope), ws->path, ws->owner);
}

int
toolpaths_open(struct tool_scope *sc, const struct tool_scope_conf *c,
    char *why, size_t whylen)
{
	const char *inbox[] = { c->inbox, NULL };
	const char *outbox[] = { c->outbox, NULL };

	if (workspace_add(sc, c->workspace, why, whylen) == -1 ||
	    list_add(sc, "read", c->read, 0, why, whylen) == -1 ||
	    list_add(sc, "write", c->write, TP_WRITE | TP_FULL, why,
	    whylen) == -1 ||
	    list_add(sc, "inbox", inbox, TP_CONV, why, whylen) == -1 ||
	    list_add(sc, "outbox", outbox, TP_CONV | TP_WRITE, why,
	    whylen) == -1)
		return (-1);
	identity_choose(sc, c);
	toolmedia_prepare(sc);
	if (sc->gid == 0) {
		(void)str_format(why, whylen, "agent %s: workspace \"%s\" "
		    "belongs to root's group, and tools run as its owner "
		    "here: give it a group of the owner's (chgrp)",
		    scope_name(sc->scope), c->workspace);
		return (-1);
	}
	return (0);
}

void
toolpaths_close(struct tool_scope *sc)
{
	unsigned i;

	for (i = 0; i < sc->npaths; i++) {
		idmap_drop(&sc->paths[i]);
		close(sc->paths[i].fd);
		free(sc->paths[i].path);
	}
	sc->npaths = 0;
}

/*
 * A descriptor of a mount can be cloned only in the mount namespace it was
 * opened in: so this happens in the parent, before the helper leaves it.
 */
int
toolpaths_trees(struct tool_scope *sc, const char **what)
{
	struct tool_path *p;
	uint64_t attr;
	unsigned i;

	for (i = 0; i < sc->npaths; i++)
		sc->paths[i].tree = -1;
	for (i = 0; i < sc->npaths; i++) {
		p = &sc->paths[i];
		*what = p->path;
		if (p->flags & TP_CONV)
			continue;
		attr = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
		if ((p->flags & TP_WRITE) == 0)
			attr |= MOUNT_ATTR_RDONLY;
		p->tree = toolview_clone(p->fd, "", attr, p->idmap);
		if (p->tree == -1)
			return (-1);
	}
	return (0);
}

void
toolpaths_untree(struct tool_scope *sc)
{
	unsigned i;

	for (i = 0; i < sc->npaths; i++) {
		if (sc->paths[i].tree != -1)
			close(sc->paths[i].tree);
		sc->paths[i].tree = -1;
	}
}
