/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Tools where there are no namespaces (a container without CAP_SYS_ADMIN):
 * a directory a conversation, and the hunt for what a dead tool left behind.
 * Run by the parent; trusts nothing a tool made.
 */
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parent/toolint.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

#ifndef LANDLOCK_CREATE_RULESET_VERSION
#define LANDLOCK_CREATE_RULESET_VERSION	(1U << 0)
#endif
#define LANDLOCK_NEEDED	3	/* the first that refuses truncation */

int
toolfall_landlock(void)
{
	long v;

	v = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	return (v > 0 ? (int)v : 0);
}

/*
 * Landlock alone stands between a tool and its owner's other files here, so
 * it must know truncation.  Orphans of tools are to become our children.
 */
int
toolfall_prepare(struct tool_scope *sc, const char *runtime, char *why,
    size_t whylen)
{
	struct stat st;

	if (toolfall_landlock() < LANDLOCK_NEEDED) {
		(void)str_format(why, whylen, "agent %s: without namespaces "
		    "(CAP_SYS_ADMIN) tools need Landlock 3 (Linux 6.2); this "
		    "kernel has %d", scope_name(sc->scope),
		    toolfall_landlock());
		return (-1);
	}
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) == -1 ||
	    asprintf(&sc->tmpdir, "%s/tmp-%s", runtime,
	    scope_name(sc->scope)) == -1) {
		sc->tmpdir = NULL;
		(void)str_format(why, whylen, "agent %s: %s",
		    scope_name(sc->scope), strerror(errno));
		return (-1);
	}
	if ((mkdir(sc->tmpdir, 0700) == -1 && errno != EEXIST) ||
	    lstat(sc->tmpdir, &st) == -1 || !S_ISDIR(st.st_mode) ||
	    (st.st_uid != sc->uid &&
	    lchown(sc->tmpdir, sc->uid, sc->gid) == -1)) {
		(void)str_format(why, whylen, "agent %s: %s: %s",
		    scope_name(sc->scope), sc->tmpdir, strerror(errno));
		return (-1);
	}
	return (0);
}

unsigned
toolfall_count(int procfd, uid_t uid)
{
	char path[300];
	struct dirent *d;
	struct stat st;
	unsigned n = 0;
	DIR *dir;
	int fd;

	fd = openat(procfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1 || (dir = fdopendir(fd)) == NULL) {
		if (fd != -1)
			close(fd);
		return (0);
	}
	while ((d = readdir(dir)) != NULL) {
		if (d->d_name[0] < '1' || d->d_name[0] > '9')
			continue;
		snprintf(path, sizeof(path), "%s/task", d->d_name);
		if (fstatat(procfd, path, &st, 0) == 0 && st.st_uid == uid &&
		    st.st_nlink > 2)
			n += (unsigned)st.st_nlink - 2;
	}
	closedir(dir);
	return (n);
}

static int
is_tool(const struct tool_scope *sc, pid_t pid)
{
	const struct tool_proc *p;

	TAILQ_FOREACH(p, &sc->procs, entry)
		if (p->pid == pid)
			return (1);
	return (0);
}

static int
uid_of(const struct tool_scope *sc, pid_t pid, uid_t *uid)
{
	char path[32];
	struct stat st;

	snprintf(path, sizeof(path), "%d", pid);
	if (fstatat(sc->proc_fd, path, &st, 0) == -1)
		return (-1);
	*uid = st.st_uid;
	return (0);
}

/* One look at our children; how many strays of this scope were killed. */
static unsigned
strays_once(const struct tool_scope *sc)
{
	char path[64];
	unsigned n = 0;
	uid_t uid;
	pid_t pid;
	FILE *f;
	int fd;

	snprintf(path, sizeof(path), "self/task/%d/children", getpid());
	fd = openat(sc->proc_fd, path, O_RDONLY | O_CLOEXEC);
	if (fd == -1 || (f = fdopen(fd, "r")) == NULL) {
		if (fd != -1)
			close(fd);
		return (0);
	}
	while (fscanf(f, "%d", &pid) == 1) {
		if (is_tool(sc, pid) || uid_of(sc, pid, &uid) == -1 ||
		    uid != sc->uid)
			continue;
		if (kill(pid, SIGKILL) == 0 &&
		    waitpid(pid, NULL, 0) == pid)
			n++;
	}
	fclose(f);
	return (n);
}

/*
 * A dead tool's descendants are our children now: killing one may hand us
 * its children in turn.  Bounded, so that a fork bomb cannot hold the parent;
 * the next reaped tool goes on with the rest.
 */
void
toolfall_strays(const struct tool_scope *sc)
{
	unsigned total = 0, n, rounds = 0;

	do {
		n = strays_once(sc);
		total += n;
	} while (n > 0 && ++rounds < 64);
	if (total > 0)
		log_debug("tool: killed %u left behind", total);
}

static int
wipe_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	if (type == FTW_DP || type == FTW_DNR)
		(void)rmdir(path);
	else
		(void)unlink(path);
	return (0);
}

/* As the tool's user, in a child: root may lack the right to do it. */
void
toolfall_wipe(const struct tool_scope *sc, uint64_t conv)
{
	const char *what;
	char dir[64];
	pid_t pid;

	snprintf(dir, sizeof(dir), "./%016llx", (unsigned long long)conv);
	if ((pid = fork()) == -1) {
		log_warn("tool: wipe");
		return;
	}
	if (pid == 0) {
		toolexec_reset_signals();
		if (chdir(sc->tmpdir) == -1 ||
		    toolexec_drop(sc->uid, sc->gid, &what) == -1)
			_exit(1);
		(void)nftw(dir, wipe_one, 16, FTW_DEPTH | FTW_PHYS);
		_exit(0);
	}
	while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		;
}
