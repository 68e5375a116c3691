/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The file system an engine sees: the libraries it was linked with and the
 * state directory, in a mount namespace that the parent makes once.  /proc,
 * /home, /run and the programs of the host are not in it, whatever Landlock
 * says.  Run by the parent as root; trusts the configuration only.
 */
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "parent/parent.h"
#include "parent/tool/tool_int.h"
#include "telclauded/lib/util.h"

/* The loader, libraries, the time zone, what OpenSSL reads at its start. */
static const char *const imports[] = {
	"/lib", "/lib32", "/lib64", "/libx32", "/usr/lib", "/usr/lib32",
	"/usr/lib64", "/usr/libx32", "/usr/local/lib", "/usr/local/lib64",
	"/etc/ld.so.cache", "/etc/localtime", "/usr/share/zoneinfo",
	"/etc/ssl/openssl.cnf", "/etc/pki/tls/openssl.cnf",
	"/etc/crypto-policies",
};
static const char *const devices[] = { "/dev/null", "/dev/urandom" };

/* With what is mounted below it: a volume may hold one engine's state. */
static int
bind_state(const char *path, const char **what)
{
	struct mount_attr at = { .attr_set = MOUNT_ATTR_NOSUID |
	    MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC };
	char dst[PATH_MAX];
	int t;

	*what = path;
	if (str_format(dst, sizeof(dst), ".%s", path) == -1) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	if ((t = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE |
	    OPEN_TREE_CLOEXEC | AT_RECURSIVE)) == -1)
		return (-1);
	if (mount_setattr(t, "", AT_EMPTY_PATH | AT_RECURSIVE, &at,
	    sizeof(at)) == -1 || toolview_point(dst, 0) == -1) {
		close(t);
		return (-1);
	}
	return (toolview_attach(t, dst));
}

static int
bind_device(const char *path, const char **what)
{
	char dst[64];
	int t;

	*what = path;
	if (str_format(dst, sizeof(dst), ".%s", path) == -1 ||
	    (t = toolview_clone(AT_FDCWD, path, MOUNT_ATTR_NOSUID |
	    MOUNT_ATTR_NOEXEC, -1)) == -1)
		return (-1);
	if (toolview_point(dst, 1) == -1) {
		close(t);
		return (-1);
	}
	return (toolview_attach(t, dst));
}

/* What lies in the state directory is there already. */
static int
bind_media(const struct conf *c, const char *path, const char **what)
{
	size_t n = strlen(c->state);

	if (path == NULL || (strncmp(path, c->state, n) == 0 &&
	    path[n] == '/'))
		return (0);
	return (bind_state(path, what));
}

static int
build(void *arg, const char **what)
{
	const struct conf *c = arg;
	char dst[64];
	size_t i;

	if (toolview_begin(what) == -1)
		return (-1);
	for (i = 0; i < NELEM(imports); i++) {
		*what = imports[i];
		if (str_format(dst, sizeof(dst), ".%s", imports[i]) == -1 ||
		    toolview_import(imports[i], dst) == -1)
			return (-1);
	}
	for (i = 0; i < NELEM(devices); i++)
		if (bind_device(devices[i], what) == -1)
			return (-1);
	/* Another engine finds directories of the relay's there, closed. */
	if (bind_state(c->state, what) == -1 ||
	    bind_media(c, c->media.inbox, what) == -1 ||
	    bind_media(c, c->media.outbox, what) == -1)
		return (-1);
	return (toolview_end(what));
}

int
engview_make(struct parent *p, char *why, size_t len)
{
	char what[128] = "";
	int procfd;

	p->view = -1;
	if (!tool_platform()->namespaces)
		return (0);
	if ((procfd = open("/proc", O_PATH | O_DIRECTORY |
	    O_CLOEXEC)) != -1) {
		p->view = toolns_hold(procfd, build, p->conf, what,
		    sizeof(what));
		close(procfd);
	}
	if (p->view != -1)
		return (0);
	str_format(why, len, "cannot build the engines' view of the file "
	    "system: %s: %s", what, strerror(errno));
	return (-1);
}
