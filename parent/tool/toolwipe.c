/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Where there are no namespaces: a conversation's directory goes when it is
 * wiped.  A child of the parent removes it as the tools' user, outside their
 * walls, so it follows no link and no path that a tool could turn; the parent
 * waits for the rename alone.
 */
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "parent/tool/tool_int.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

#define TRASH		"trash."
#define DEPTH_MAX	32	/* what lies deeper comes up and goes later */
#define WAIT_MS		2000

static unsigned	 trashed;	/* names of this child's own */

static int
is_trash(const char *s)
{
	return (strncmp(s, TRASH, sizeof(TRASH) - 1) == 0);
}

/* Under a name no conversation has; 0 or -1. */
static int
to_trash(int fd, const char *name, int top)
{
	char to[64];

	(void)str_format(to, sizeof(to), TRASH "%d.%u.%llu", (int)getpid(),
	    trashed++, (unsigned long long)now_ms());
	return (renameat(fd, name, top, to));
}

/* A directory to read, also one that its maker closed; never a link. */
static int
dir_open(int at, const char *name)
{
	char path[40];
	int fd, p;

	fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC);
	if (fd != -1 || errno != EACCES)
		return (fd);
	p = openat(at, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (p == -1)
		return (-1);
	(void)str_format(path, sizeof(path), "/proc/self/fd/%d", p);
	(void)chmod(path, 0700);
	close(p);
	return (openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC));
}

static void
remove_in(int fd, int top, unsigned depth)
{
	struct dirent *d;
	DIR *dir;
	int sub;

	(void)fchmod(fd, 0700);
	if ((dir = fdopendir(fd)) == NULL) {
		close(fd);
		return;
	}
	while ((d = readdir(dir)) != NULL) {
		if (strcmp(d->d_name, ".") == 0 ||
		    strcmp(d->d_name, "..") == 0 ||
		    unlinkat(fd, d->d_name, 0) == 0 ||
		    unlinkat(fd, d->d_name, AT_REMOVEDIR) == 0)
			continue;
		if (depth == DEPTH_MAX) {
			(void)to_trash(fd, d->d_name, top);
			continue;
		}
		if ((sub = dir_open(fd, d->d_name)) == -1)
			continue;
		remove_in(sub, top, depth + 1);
		(void)unlinkat(fd, d->d_name, AT_REMOVEDIR);
	}
	closedir(dir);
}

/* One pass over the trash; how many of it went. */
static unsigned
empty_trash(int top)
{
	struct dirent *d;
	unsigned n = 0;
	DIR *dir;
	int fd, sub;

	fd = openat(top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1 || (dir = fdopendir(fd)) == NULL)
		return (0);
	while ((d = readdir(dir)) != NULL) {
		if (!is_trash(d->d_name))
			continue;
		if ((sub = dir_open(top, d->d_name)) != -1)
			remove_in(sub, top, 0);
		if (unlinkat(top, d->d_name, AT_REMOVEDIR) == 0 ||
		    unlinkat(top, d->d_name, 0) == 0)
			n++;
	}
	closedir(dir);
	return (n);
}

static void
all_to_trash(int top)
{
	struct dirent *d;
	DIR *dir;
	int fd;

	fd = openat(top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1 || (dir = fdopendir(fd)) == NULL)
		return;
	while ((d = readdir(dir)) != NULL)
		if (strcmp(d->d_name, ".") != 0 &&
		    strcmp(d->d_name, "..") != 0 && !is_trash(d->d_name))
			(void)to_trash(top, d->d_name, top);
	closedir(dir);
}

static void
wipe_child(const struct tool_scope *sc, const char *name, int out, int done,
    int wait)
{
	const char *what;
	int top;

	toolexec_reset_signals();
	top = open(sc->tmpdir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC);
	if (top == -1 || toolexec_drop(sc->uid, sc->gid, &what) == -1 ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL) == -1)
		_exit(1);
	if (name == NULL)
		all_to_trash(top);
	else
		(void)to_trash(top, name, top);
	if (!wait)
		close(done);
	/* What is the tools' there the relay cannot remove. */
	if (out != -1 && (out = openat(out, ".", O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC)) != -1)
		remove_in(out, top, 0);
	while (empty_trash(top) > 0)
		;
	_exit(0);
}

/* The hunt for strays must know it. */
static void
remember(struct tool_scope *sc, pid_t pid)
{
	unsigned i;

	for (i = 0; i < NELEM(sc->wipers); i++)
		if (sc->wipers[i] == 0) {
			sc->wipers[i] = pid;
			return;
		}
}

static void
wipe(struct tool_scope *sc, const char *name, int out, int wait)
{
	struct pollfd p = { .events = POLLIN };
	sigset_t all, old;
	uint64_t now, end;
	pid_t pid;
	int fd[2];

	if (pipe2(fd, O_CLOEXEC) == -1) {
		log_warn("tool: wipe");
		return;
	}
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	if ((pid = fork()) == 0) {
		close(fd[0]);
		wipe_child(sc, name, out, fd[1], wait);
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	close(fd[1]);
	if (pid == -1)
		log_warn("tool: wipe");
	else {
		remember(sc, pid);
		p.fd = fd[0];
		/* A child that ends meanwhile is no answer. */
		end = now_ms() + WAIT_MS;
		while ((now = now_ms()) < end && poll(&p, 1,
		    (int)(end - now)) == -1 && errno == EINTR)
			;
	}
	close(fd[0]);
}

void
toolwipe_conv(struct tool_scope *sc, uint64_t conv)
{
	char name[TOOL_CONVNAME];
	int out = toolmedia_outbox(sc, conv);

	toolmedia_name(conv, name);
	wipe(sc, name, out, 0);
	if (out != -1)
		close(out);
}

void
toolwipe_all(struct tool_scope *sc, int wait)
{
	wipe(sc, NULL, -1, wait);
}

int
toolwipe_reaped(struct tool_scope *sc, pid_t pid)
{
	unsigned i;

	for (i = 0; i < NELEM(sc->wipers); i++)
		if (sc->wipers[i] == pid) {
			sc->wipers[i] = 0;
			return (1);
		}
	return (0);
}
