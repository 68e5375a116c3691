/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The file system a tool sees: the scope's view, built once in a namespace of
 * its own.  Run as root by a helper; trusts the configuration only.
 */
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parent/tool/tool_int.h"
#include "telclauded/lib/util.h"

#define COPY_MAX	(4u << 20)
#define BASE_ATTR	(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)

/* Directories of the host's programs: a symbolic link stays one. */
static const char *const program_dirs[] = {
	"usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32"
};

/* The listed part of /etc; telclauded(8) names them.  A directory is bound
 * read-only, a file is copied, a link is made again. */
static const char *const etc_list[] = {
	"ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives",
	"localtime", "timezone", "mime.types", "protocols", "services",
	"ssl/openssl.cnf", "ssl/certs", "ssl/cert.pem", "ca-certificates",
	"pki/tls/certs", "pki/tls/openssl.cnf", "pki/ca-trust/extracted",
	"crypto-policies",
	/* Where packages come from; never auth.conf or apt.conf. */
	"apt/sources.list", "apt/sources.list.d", "apt/trusted.gpg",
	"apt/trusted.gpg.d", "apt/keyrings", "apt/preferences",
	"apt/preferences.d"
};

/* apt-get update and download, without root: in HOME. */
static const char apt_conf[] =
    "Dir::State \"" TOOL_HOME "/apt/\";\n"
    "Dir::Cache \"" TOOL_HOME "/apt/\";\n"
    "Dir::State::status \"/dev/null\";\n";

static const char *const devices[] = {
	"null", "zero", "full", "random", "urandom"
};

static int
make_parents(char *path)
{
	char *p;

	for (p = path + 1; (p = strchr(p, '/')) != NULL; p++) {
		*p = '\0';
		if (mkdir(path, 0755) == -1 && errno != EEXIST) {
			*p = '/';
			return (-1);
		}
		*p = '/';
	}
	return (0);
}

/* A place to mount on; `path' is relative to the new root, "./...". */
int
toolview_point(const char *path, int is_file)
{
	char buf[PATH_MAX];
	int fd;

	if (str_format(buf, sizeof(buf), "%s", path) == -1)
		return (-1);
	if (make_parents(buf) == -1)
		return (-1);
	if (!is_file)
		return (mkdir(buf, 0755) == -1 && errno != EEXIST ? -1 : 0);
	if ((fd = open(buf, O_WRONLY | O_CREAT | O_CLOEXEC, 0644)) == -1)
		return (-1);
	close(fd);
	return (0);
}

/* A clone of the mount at src (or of fd), never what is mounted below it. */
int
toolview_clone(int fd, const char *src, uint64_t attr, int idmap)
{
	struct mount_attr at = { .attr_set = attr };
	int t;

	t = open_tree(fd, src, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC |
	    AT_EMPTY_PATH);
	if (t == -1)
		return (-1);
	if (idmap != -1) {
		at.attr_set |= MOUNT_ATTR_IDMAP;
		at.userns_fd = (uint64_t)idmap;
	}
	if (mount_setattr(t, "", AT_EMPTY_PATH, &at, sizeof(at)) == -1) {
		close(t);
		return (-1);
	}
	return (t);
}

/*
 * What lies in a directory of somebody else's can be turned to another place
 * until it is held: no link on the way is followed.
 */
static int
attach_path(int tree, const char *dst)
{
	int fd, r, e;

	if ((fd = toolopen_nolinks(dst)) == -1)
		return (-1);
	r = move_mount(tree, "", fd, "", MOVE_MOUNT_F_EMPTY_PATH |
	    MOVE_MOUNT_T_EMPTY_PATH);
	e = errno;
	close(fd);
	errno = e;
	return (r);
}

int
toolview_attach(int t, const char *dst)
{
	int r, e;

	r = attach_path(t, dst);
	e = errno;
	close(t);
	errno = e;
	return (r);
}

static int
bind_dir(const char *src, const char *dst, uint64_t attr)
{
	int t;

	if (toolview_point(dst, 0) == -1 ||
	    (t = toolview_clone(AT_FDCWD, src, attr, -1)) == -1)
		return (-1);
	return (toolview_attach(t, dst));
}

static int
put_file(const char *dst, const void *p, size_t len)
{
	char buf[PATH_MAX];
	ssize_t n;
	int fd;

	if (str_format(buf, sizeof(buf), "%s", dst) == -1 ||
	    make_parents(buf) == -1)
		return (-1);
	fd = open(dst, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd == -1)
		return (-1);
	n = write(fd, p, len);
	if (fchmod(fd, 0644) == -1)
		n = -1;
	close(fd);
	return (n == (ssize_t)len ? 0 : -1);
}

static int
copy_file(const char *src, const char *dst, off_t size)
{
	ssize_t n = -1;
	char *p;
	int fd;

	if ((p = malloc((size_t)size + 1)) == NULL)
		return (-1);
	if ((fd = open(src, O_RDONLY | O_CLOEXEC)) != -1) {
		n = read(fd, p, (size_t)size);
		close(fd);
	}
	if (n != size || put_file(dst, p, (size_t)n) == -1)
		n = -1;
	free(p);
	return (n == -1 ? -1 : 0);
}

/* What a host does not have, nobody sees. */
int
toolview_import(const char *src, const char *dst)
{
	char target[PATH_MAX], buf[PATH_MAX];
	struct stat st;
	ssize_t n;

	if (lstat(src, &st) == -1)
		return (errno == ENOENT || errno == ENOTDIR ? 0 : -1);
	if (S_ISLNK(st.st_mode)) {
		if ((n = readlink(src, target, sizeof(target) - 1)) == -1)
			return (-1);
		target[n] = '\0';
		if (str_format(buf, sizeof(buf), "%s", dst) == -1 ||
		    make_parents(buf) == -1)
			return (-1);
		return (symlink(target, dst));
	}
	if (S_ISDIR(st.st_mode))
		return (bind_dir(src, dst, BASE_ATTR | MOUNT_ATTR_RDONLY));
	/* Root makes the copy: what others may not read is not in it. */
	if (S_ISREG(st.st_mode) && st.st_size <= COPY_MAX &&
	    (st.st_mode & S_IROTH))
		return (copy_file(src, dst, st.st_size));
	return (0);
}

static int
build_programs(const char **what)
{
	char src[64], dst[64];
	size_t i;

	for (i = 0; i < NELEM(program_dirs); i++) {
		*what = program_dirs[i];
		snprintf(src, sizeof(src), "/%s", program_dirs[i]);
		snprintf(dst, sizeof(dst), "./%s", program_dirs[i]);
		if (toolview_import(src, dst) == -1)
			return (-1);
	}
	for (i = 0; i < NELEM(etc_list); i++) {
		*what = etc_list[i];
		snprintf(src, sizeof(src), "/etc/%s", etc_list[i]);
		snprintf(dst, sizeof(dst), "./etc/%s", etc_list[i]);
		if (toolview_import(src, dst) == -1)
			return (-1);
	}
	return (0);
}

/* Nothing of the host's users: one line for the tool, one for the rest. */
static int
build_etc(const struct tool_scope *sc, const char **what)
{
	static const char hosts[] = "127.0.0.1\tlocalhost\n"
	    "::1\tlocalhost ip6-localhost\n127.0.1.1\tsandbox\n";
	static const char nss[] = "passwd: files\ngroup: files\n"
	    "hosts: files\nservices: files\nprotocols: files\n";
	char buf[512];
	int n;

	*what = "generated files of /etc";
	n = snprintf(buf, sizeof(buf), "root:x:0:0:root:/:/usr/sbin/nologin\n"
	    "tool:x:%u:%u:telclauded tool:%s:/bin/bash\n"
	    "nobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n",
	    sc->uid, sc->gid, TOOL_HOME);
	if (put_file("./etc/passwd", buf, (size_t)n) == -1)
		return (-1);
	n = snprintf(buf, sizeof(buf), "root:x:0:\ntool:x:%u:\n"
	    "nogroup:x:65534:\n", sc->gid);
	if (put_file("./etc/group", buf, (size_t)n) == -1 ||
	    put_file("./etc/hosts", hosts, sizeof(hosts) - 1) == -1 ||
	    put_file("./etc/nsswitch.conf", nss, sizeof(nss) - 1) == -1 ||
	    put_file("./etc/resolv.conf", "", 0) == -1 ||
	    put_file("./etc/hostname", "sandbox\n", 8) == -1)
		return (-1);
	if (access("./etc/apt", F_OK) == -1)
		return (0);
	return (toolview_point("./etc/apt/apt.conf.d", 0) == -1 ? -1 :
	    put_file("./etc/apt/apt.conf", apt_conf, sizeof(apt_conf) - 1));
}

static int
build_dev(const char **what)
{
	char src[64], dst[64];
	size_t i;
	int t;

	*what = "/dev";
	for (i = 0; i < NELEM(devices); i++) {
		snprintf(src, sizeof(src), "/dev/%s", devices[i]);
		snprintf(dst, sizeof(dst), "./dev/%s", devices[i]);
		t = toolview_clone(AT_FDCWD, src, MOUNT_ATTR_NOSUID |
		    MOUNT_ATTR_NOEXEC, -1);
		if (t == -1 || toolview_point(dst, 1) == -1 ||
		    toolview_attach(t, dst) == -1)
			return (-1);
	}
	if (symlink("/proc/self/fd", "./dev/fd") == -1 ||
	    symlink("/proc/self/fd/0", "./dev/stdin") == -1 ||
	    symlink("/proc/self/fd/1", "./dev/stdout") == -1 ||
	    symlink("/proc/self/fd/2", "./dev/stderr") == -1)
		return (-1);
	return (0);
}

/* What lies in another comes after it, or it would be hidden. */
void
toolview_order(const struct tool_scope *sc, unsigned order[])
{
	unsigned i, j;

	for (i = 0; i < sc->npaths; i++) {
		for (j = i; j > 0 && strlen(sc->paths[order[j - 1]].path) >
		    strlen(sc->paths[i].path); j--)
			order[j] = order[j - 1];
		order[j] = i;
	}
}

/* There already, in a directory of somebody else's: root makes nothing. */
int
toolview_nested(const struct tool_scope *sc, const struct tool_path *p)
{
	const char *s;
	unsigned i;
	size_t n;

	for (i = 0; i < sc->npaths; i++) {
		s = sc->paths[i].path;
		n = strlen(s);
		if (strncmp(p->path, s, n) == 0 && p->path[n] == '/')
			return (1);
	}
	return (0);
}

static int
build_paths(const struct tool_scope *sc, const char **what)
{
	unsigned order[TOOL_PATHS_MAX], i;
	const struct tool_path *p;
	char dst[PATH_MAX];

	toolview_order(sc, order);
	for (i = 0; i < sc->npaths; i++) {
		p = &sc->paths[order[i]];
		*what = p->path;
		if (str_format(dst, sizeof(dst), ".%s", p->path) == -1 ||
		    (!toolview_nested(sc, p) &&
		    toolview_point(dst, p->flags & TP_FILE) == -1) ||
		    ((p->flags & TP_CONV) == 0 &&
		    attach_path(p->tree, dst) == -1))
			return (-1);
	}
	return (0);
}

/*
 * A new root in a fresh mount namespace, and the working directory there.  It
 * is built on /proc, the one directory every host has and no source lies in.
 */
int
toolview_begin(const char **what)
{
	umask(022);
	*what = "new root";
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1 ||
	    mount("tmpfs", "/proc", "tmpfs", MS_NOSUID | MS_NODEV,
	    "mode=0755,size=16m,nr_inodes=4k") == -1)
		return (-1);
	return (chdir("/proc"));
}

/* It becomes the root, read-only; the host's is gone. */
int
toolview_end(const char **what)
{
	struct mount_attr ro = { .attr_set = MOUNT_ATTR_RDONLY };

	*what = "pivot_root";
	if (syscall(SYS_pivot_root, ".", ".") == -1 ||
	    umount2(".", MNT_DETACH) == -1 || chdir("/") == -1)
		return (-1);
	*what = "read-only root";
	return (mount_setattr(AT_FDCWD, "/", 0, &ro, sizeof(ro)));
}

/* The scope's view, in a fresh mount namespace. */
int
toolview_build(const struct tool_scope *sc, const char **what)
{
	static const char *const points[] = {
		"./proc", "./tmp", ("." TOOL_HOME), "./dev/shm"
	};
	size_t i;

	if (toolview_begin(what) == -1)
		return (-1);
	for (i = 0; i < NELEM(points); i++)
		if (toolview_point(points[i], 0) == -1)
			return (-1);
	if (build_programs(what) == -1 || build_etc(sc, what) == -1 ||
	    build_dev(what) == -1 || build_paths(sc, what) == -1)
		return (-1);
	return (toolview_end(what));
}
