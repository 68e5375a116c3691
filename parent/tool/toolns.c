/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Namespaces that outlive the process that made them: the scope's view, each
 * conversation's copy of it, and the user namespaces that only carry an id
 * mapping.  A helper shares our descriptor table, so what it opens is ours
 * when it is gone and no descriptor has to be passed.  Run by the parent as
 * root; trusts the configuration only.
 */
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "parent/tool/tool_int.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

#define CALL_NAMESPACES	(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET |	\
			 CLONE_NEWIPC | CLONE_NEWUTS)

/* What a helper says; in memory shared with it. */
struct helped {
	int	 err;
	int	 fd;
	int	 more[TOOL_PORTS_MAX];	/* beside it */
	char	 what[128];
};

struct help {
	struct tool_scope *sc;
	uint64_t	 conv;
	const int	*trees;		/* of its inbox and outbox */
	struct helped	*res;
	int		 procfd;
	int		 sock;		/* user namespace: wait here */
	int		(*build)(void *, const char **);
	void		*ctx;
	int		 more[TOOL_PORTS_MAX];
};

typedef int (*help_fn)(struct help *, const char **);

/* No exit signal: the SIGCHLD loop never sees or reaps a helper. */
static pid_t
help_clone(unsigned long flags)
{
	return ((pid_t)syscall(SYS_clone, flags | CLONE_FILES, 0, 0, 0, 0));
}

static void
help_child(struct help *h, help_fn fn)
{
	const char *what = "";

	toolexec_reset_signals();
	errno = 0;
	if (fn(h, &what) == -1) {
		h->res->err = errno ? errno : EIO;
		(void)str_copy(h->res->what, what, sizeof(h->res->what));
		_exit(1);
	}
	_exit(0);
}

static int
help_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, __WALL) == -1)
		if (errno != EINTR)
			return (-1);
	return (WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1);
}

static struct helped *
helped_new(void)
{
	struct helped *r;
	size_t i;

	r = mmap(NULL, sizeof(*r), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (r == MAP_FAILED)
		return (NULL);
	r->fd = -1;
	for (i = 0; i < NELEM(r->more); i++)
		r->more[i] = -1;
	return (r);
}

/* Signals wait: a helper must not run our handlers. */
static pid_t
help_start(unsigned long flags, struct help *h, help_fn fn)
{
	sigset_t all, old;
	pid_t pid;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	if ((pid = help_clone(flags)) == 0)
		help_child(h, fn);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return (pid);
}

/* Runs fn in a helper; the descriptor it left open, or -1 with errno. */
static int
help_run(unsigned long flags, struct help *h, help_fn fn, char *what,
    size_t whatlen)
{
	int fd = -1, err;
	pid_t pid;
	size_t i;

	if ((h->res = helped_new()) == NULL)
		return (-1);
	if ((pid = help_start(flags, h, fn)) == -1) {
		err = errno;
		(void)str_copy(what, "clone", whatlen);
	} else if (help_wait(pid) == 0) {
		fd = h->res->fd;
		err = 0;
	} else {
		err = h->res->err ? h->res->err : EIO;
		if (h->res->fd != -1)
			close(h->res->fd);
		for (i = 0; i < NELEM(h->res->more); i++)
			if (h->res->more[i] != -1)
				close(h->res->more[i]);
		(void)str_copy(what, h->res->what, whatlen);
	}
	memcpy(h->more, h->res->more, sizeof(h->more));
	munmap(h->res, sizeof(*h->res));
	errno = err;
	return (fd);
}

static int
probe_fn(struct help *h, const char **what)
{
	*what = "mount";
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1)
		return (-1);
	/* To come back to a view takes CAP_SYS_CHROOT too. */
	*what = "setns";
	h->res->fd = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	if (h->res->fd == -1)
		return (-1);
	return (setns(h->res->fd, CLONE_NEWNS));
}

int
toolns_probe(void)
{
	struct help h = { .procfd = -1 };
	char what[128];
	int fd;

	/* Kept, it would keep every file system of today from going. */
	fd = help_run(CALL_NAMESPACES, &h, probe_fn, what, sizeof(what));
	if (fd != -1)
		close(fd);
	return (fd != -1);
}

static int
holder_fn(struct help *h, const char **what)
{
	*what = "namespace";
	h->res->fd = openat(h->procfd, "self/ns/mnt", O_RDONLY | O_CLOEXEC);
	if (h->res->fd == -1)
		return (-1);
	return (h->build(h->ctx, what));
}

int
toolns_hold(int procfd, int (*build)(void *, const char **), void *ctx,
    char *what, size_t whatlen)
{
	struct help h = { .procfd = procfd, .build = build, .ctx = ctx };

	return (help_run(CLONE_NEWNS, &h, holder_fn, what, whatlen));
}

static int
build_scope(void *arg, const char **what)
{
	return (toolview_build(arg, what));
}

int
toolns_holder(struct tool_scope *sc, char *why, size_t whylen)
{
	char what[128] = "";
	const char *tree = "";
	int err;

	sc->holder = -1;
	if (toolpaths_trees(sc, &tree) == -1)
		(void)str_copy(what, tree, sizeof(what));
	else
		sc->holder = toolns_hold(sc->proc_fd, build_scope, sc, what,
		    sizeof(what));
	err = errno;
	toolpaths_untree(sc);
	errno = err;
	if (sc->holder == -1) {
		(void)str_format(why, whylen, "agent %s: cannot build the "
		    "tools' view of the file system: %s: %s",
		    scope_name(sc->scope), what, strerror(errno));
		return (-1);
	}
	return (0);
}

static int
conv_fn(struct help *h, const char **what)
{
	*what = "setns";
	if (setns(h->sc->holder, CLONE_NEWNS) == -1 ||
	    unshare(CLONE_NEWNS) == -1)
		return (-1);
	h->res->fd = openat(h->procfd, "self/ns/mnt", O_RDONLY | O_CLOEXEC);
	if (h->res->fd == -1)
		return (-1);
	if (toolview_private(h->sc, what) == -1)
		return (-1);
	return (toolmedia_mount(h->sc, h->conv, h->trees, what));
}

int
toolns_conv(struct tool_scope *sc, uint64_t conv, const int trees[TOOL_MEDIA])
{
	struct help h = { .sc = sc, .procfd = sc->proc_fd, .conv = conv,
	    .trees = trees };
	char what[128] = "";
	int fd;

	fd = help_run(0, &h, conv_fn, what, sizeof(what));
	if (fd == -1)
		log_warn("tool: private /tmp of a conversation: %s", what);
	return (fd);
}

static int
net_fn(struct help *h, const char **what)
{
	unsigned i;

	*what = "network namespace";
	h->res->fd = openat(h->procfd, "self/ns/net", O_RDONLY | O_CLOEXEC);
	if (h->res->fd == -1 || toolexec_loopback() == -1)
		return (-1);
	for (i = 0; i < h->sc->nports; i++)
		if ((h->res->more[i] = toollisten_open(INADDR_LOOPBACK,
		    h->sc->ports[i])) == -1)
			return (-1);
	return (0);
}

/* A network for a call, with its listeners; or -1. */
int
toolns_net(struct tool_scope *sc, int listeners[TOOL_PORTS_MAX])
{
	struct help h = { .sc = sc, .procfd = sc->proc_fd };
	char what[128] = "";
	int fd;

	fd = help_run(CLONE_NEWNET, &h, net_fn, what, sizeof(what));
	if (fd == -1)
		log_warn("tool: a network kept ready: %s", what);
	else
		memcpy(listeners, h.more, sizeof(h.more));
	return (fd);
}

static int
idmap_fn(struct help *h, const char **what)
{
	char c = 0;

	*what = "user namespace";
	h->res->fd = openat(h->procfd, "self/ns/user", O_RDONLY | O_CLOEXEC);
	if (h->res->fd == -1)
		return (-1);
	/* Its maps are written from outside, while this process lives. */
	if (write(h->sock, &c, 1) != 1 || read(h->sock, &c, 1) != 1)
		return (-1);
	return (0);
}

/*
 * On disk `id', seen as `as'; everybody else but root as they are, so that
 * what the owner may do to the files of others is what the tool may do.
 */
static int
map_write(int procfd, pid_t pid, const char *file, uint32_t id, uint32_t as)
{
	uint32_t lo = MINIMUM(id, as), hi = MAXIMUM(id, as);
	uint32_t first = strcmp(file, "uid_map") == 0;
	char path[64], map[256];
	size_t len = 0;
	ssize_t n;
	int fd;

#define EXTENT(in, out, count) do {					\
	if ((count) > 0)						\
		len += (size_t)snprintf(map + len, sizeof(map) - len,	\
		    "%u %u %u\n", (in), (out), (count));		\
} while (0)
	/* Root among the mapped users would need CAP_SETFCAP. */
	EXTENT(first, first, lo - first);
	EXTENT(id, as, 1u);
	if (hi > lo)
		EXTENT(lo + 1, lo + 1, hi - lo - 1);
	EXTENT(hi + 1, hi + 1, UINT32_MAX - hi - 1);
#undef EXTENT
	snprintf(path, sizeof(path), "%d/%s", pid, file);
	if ((fd = openat(procfd, path, O_WRONLY | O_CLOEXEC)) == -1)
		return (-1);
	n = write(fd, map, len);
	close(fd);
	return (n == (ssize_t)len ? 0 : -1);
}

/* The user namespace that maps the path's owner to the tool, or -1. */
int
toolns_idmap(int procfd, const struct tool_path *p, uid_t uid, gid_t gid)
{
	const struct timeval patience = { .tv_sec = 2 };
	struct help h = { .procfd = procfd };
	int sv[2], fd = -1, ok = 0;
	ssize_t n;
	pid_t pid;
	char c;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) == -1)
		return (-1);
	/* The helper shares our table: its death is no end of file here. */
	(void)setsockopt(sv[0], SOL_SOCKET, SO_RCVTIMEO, &patience,
	    sizeof(patience));
	h.sock = sv[1];
	if ((h.res = helped_new()) == NULL)
		goto out;
	if ((pid = help_start(CLONE_NEWUSER, &h, idmap_fn)) != -1) {
		/* With a time limit a read is not taken up again when a
		 * child ends. */
		while ((n = read(sv[0], &c, 1)) == -1 && errno == EINTR)
			;
		if (n == 1)
			ok = map_write(procfd, pid, "uid_map", p->owner,
			    uid) == 0 && map_write(procfd, pid, "gid_map",
			    p->group, gid) == 0;
		kill(pid, SIGKILL);
		(void)help_wait(pid);
		fd = h.res->fd;
	}
	munmap(h.res, sizeof(*h.res));
	if (!ok && fd != -1) {
		close(fd);
		fd = -1;
	}
out:
	close(sv[0]);
	close(sv[1]);
	return (fd);
}

/* Does this path's file system take the mapping? */
int
toolns_idmap_works(const struct tool_path *p)
{
	struct mount_attr at = { .attr_set = MOUNT_ATTR_IDMAP };
	int t, r;

	if (p->idmap == -1)
		return (0);
	t = open_tree(p->fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC |
	    AT_EMPTY_PATH);
	if (t == -1)
		return (0);
	at.userns_fd = (uint64_t)p->idmap;
	r = mount_setattr(t, "", AT_EMPTY_PATH, &at, sizeof(at));
	close(t);
	return (r == 0);
}
