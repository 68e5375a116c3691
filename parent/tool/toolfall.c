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
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parent/asuser.h"
#include "parent/tool/tool_int.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

#ifndef LANDLOCK_CREATE_RULESET_VERSION
#define LANDLOCK_CREATE_RULESET_VERSION	(1U << 0)
#endif
#define LANDLOCK_NEEDED	3	/* the first that refuses truncation */
#define LANDLOCK_TCP	4	/* the first that knows TCP ports */
#define ROUNDS_MAX	64

int
toolfall_landlock(void)
{
	long v;

	v = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	return (v > 0 ? (int)v : 0);
}

/*
 * Whose process this is, or -1: none, or dead already.  The owner of its
 * directory does not say it: that is root for one that is not dumpable, and
 * a tool may make itself so.
 */
static int
uid_of(const struct tool_scope *sc, pid_t pid, uid_t *uid)
{
	char path[32], text[1024];
	const char *s;
	ssize_t n;
	int fd;

	(void)str_format(path, sizeof(path), "%d/status", pid);
	if ((fd = openat(sc->proc_fd, path, O_RDONLY | O_CLOEXEC)) == -1)
		return (-1);
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return (-1);
	text[n] = '\0';
	if (strstr(text, "\nState:\tZ") != NULL ||
	    (s = strstr(text, "\nUid:\t")) == NULL)
		return (-1);
	*uid = (uid_t)strtoul(s + 6, NULL, 10);
	return (0);
}

/* Everybody of the tools' own user; 0, or -1 when they do not end. */
static int
kill_by_uid(const struct tool_scope *sc)
{
	unsigned rounds, n;
	struct dirent *d;
	uid_t uid;
	pid_t pid;
	DIR *dir;
	int fd;

	for (rounds = 0; rounds < ROUNDS_MAX; rounds++) {
		n = 0;
		fd = openat(sc->proc_fd, ".", O_RDONLY | O_DIRECTORY |
		    O_CLOEXEC);
		if (fd == -1 || (dir = fdopendir(fd)) == NULL)
			return (-1);
		while ((d = readdir(dir)) != NULL) {
			pid = (pid_t)strtol(d->d_name, NULL, 10);
			if (pid > 0 && uid_of(sc, pid, &uid) == 0 &&
			    uid == sc->uid &&
			    signal_send(pid, uid, SIGKILL) == 0)
				n++;
		}
		closedir(dir);
		if (n == 0)
			return (0);
		(void)usleep(2000);	/* they need a moment to be gone */
	}
	errno = EBUSY;
	return (-1);
}

/*
 * What a tool has detached outlives a parent that is killed (design 10.7),
 * but for two cases: the parent is process 1, with which all of its
 * namespace ends; or the tools' user is theirs alone, and whoever is left of
 * it is killed before the first tool runs.
 */
static int
no_survivors(const struct tool_scope *sc, char *why, size_t whylen)
{
	if (getpid() == 1)
		return (0);
	if (sc->as_owner) {
		(void)str_format(why, whylen, "agent %s: without namespaces "
		    "(CAP_SYS_ADMIN) telclauded must be process 1 of its "
		    "container, or workspace %s must belong to the tools' own "
		    "user (chown %u): else tools could outlive it",
		    scope_name(sc->scope), sc->paths[0].path, sc->own_uid);
		return (-1);
	}
	if (TAILQ_EMPTY(&tool_scopes) && kill_by_uid(sc) == -1) {
		(void)str_format(why, whylen, "agent %s: processes of an "
		    "earlier run, uid %u, cannot be ended: %s",
		    scope_name(sc->scope), sc->uid, strerror(errno));
		return (-1);
	}
	return (0);
}

/*
 * A person's uid is not ours to shut in: there Landlock must know the ports
 * that a tool may connect to, and the firewall where those lead.
 */
static int
way_holds(int person)
{
	return (!person || toolfall_landlock() >= LANDLOCK_TCP);
}

void
tool_way(enum scope scope, uid_t tool_uid, const char *workspace,
    struct tool_way *w)
{
	struct tool_scope sc = { .scope = scope };
	struct stat st;
	int fd;

	memset(w, 0, sizeof(*w));
	if (tool_platform()->namespaces || (fd = toolopen(workspace)) == -1)
		return;
	if (fstat(fd, &st) == 0 && way_holds(st.st_uid != tool_uid)) {
		w->addr = toollisten_addr(&sc);
		w->uid = st.st_uid;
		w->person = st.st_uid != tool_uid;
	}
	close(fd);
}

int
tool_way_fits(const struct tool_scope *sc, const struct tool_way *w)
{
	if (sc->ndoors == 0)
		return (1);
	return (w->addr == toollisten_addr(sc) && w->uid == sc->uid &&
	    w->person == sc->as_owner);
}

static int
way_open(struct tool_scope *sc, char *why, size_t whylen)
{
	if (way_holds(sc->as_owner))
		return (toollisten_scope(sc, why, whylen));
	log_warnx("agent %s: tools run as uid %u and Landlock %d cannot tell "
	    "ports: they have no network. Give the workspace to the tools' "
	    "own user (chown %u), or run Linux 6.7 or later",
	    scope_name(sc->scope), sc->uid, toolfall_landlock(), sc->own_uid);
	return (0);
}

/*
 * Where conversations live: root's, for a tool may change the modes of what
 * is its user's, and closed it would be the end of all the scope's tools.
 */
static int
tmpdir_make(const struct tool_scope *sc)
{
	struct stat st;
	int fd, r = -1;

	/* Of the group while it is made, or it would take CAP_CHOWN. */
	if (asuser_begin((uid_t)-1, sc->gid) == -1)
		return (-1);
	fd = -1;
	if (mkdir(sc->tmpdir, 0700) == 0 || errno == EEXIST)
		fd = open(sc->tmpdir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
		    O_CLOEXEC);
	if (fd != -1 && fstat(fd, &st) == 0 && ((st.st_uid == 0 &&
	    st.st_gid == sc->gid) || fchown(fd, st.st_uid == 0 ? (uid_t)-1 : 0,
	    sc->gid) == 0))
		r = fchmod(fd, 0770);
	if (fd != -1)
		close(fd);
	asuser_end();
	return (r);
}

/* A conversation's directory, made by the tool that is to be; its alone. */
int
toolfall_own(const char *dir)
{
	struct stat st;

	if (mkdir(dir, 0700) == 0)
		return (0);
	if (errno != EEXIST || lstat(dir, &st) == -1)
		return (-1);
	if (!S_ISDIR(st.st_mode) || st.st_uid != getuid()) {
		errno = EPERM;
		return (-1);
	}
	return (0);
}

/*
 * Landlock alone stands between a tool and its owner's other files here, so
 * it must know truncation.  Orphans of tools are to become our children.
 */
int
toolfall_prepare(struct tool_scope *sc, const char *runtime, char *why,
    size_t whylen)
{
	if (toolfall_landlock() < LANDLOCK_NEEDED) {
		(void)str_format(why, whylen, "agent %s: without namespaces "
		    "(CAP_SYS_ADMIN) tools need Landlock 3 (Linux 6.2); this "
		    "kernel has %d", scope_name(sc->scope),
		    toolfall_landlock());
		return (-1);
	}
	if (no_survivors(sc, why, whylen) == -1)
		return (-1);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) == -1 ||
	    asprintf(&sc->tmpdir, "%s/tmp-%s", runtime,
	    scope_name(sc->scope)) == -1) {
		sc->tmpdir = NULL;
		(void)str_format(why, whylen, "agent %s: %s",
		    scope_name(sc->scope), strerror(errno));
		return (-1);
	}
	if (tmpdir_make(sc) == -1) {
		(void)str_format(why, whylen, "agent %s: %s: %s",
		    scope_name(sc->scope), sc->tmpdir, strerror(errno));
		return (-1);
	}
	/* A run that was killed left its conversations' files. */
	if (TAILQ_EMPTY(&tool_scopes))
		toolwipe_all(sc, 0);
	return (way_open(sc, why, whylen));
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

/* Of any scope: during a reload two of them have the same user. */
static int
is_tool(pid_t pid)
{
	const struct tool_scope *sc;
	const struct tool_proc *p;
	unsigned i;

	TAILQ_FOREACH(sc, &tool_scopes, all) {
		TAILQ_FOREACH(p, &sc->procs, entry)
			if (p->pid == pid)
				return (1);
		for (i = 0; i < NELEM(sc->wipers); i++)
			if (sc->wipers[i] == pid)
				return (1);
	}
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
		/* Dead ones are the SIGCHLD loop's. */
		if (is_tool(pid) || uid_of(sc, pid, &uid) == -1 ||
		    uid != sc->uid)
			continue;
		if (signal_send(pid, uid, SIGKILL) == 0 &&
		    waitpid(pid, NULL, 0) == pid)
			n++;
	}
	fclose(f);
	return (n);
}

/*
 * A dead tool's descendants are our children now: killing one may hand us
 * its children in turn.  Bounded, so that a fork bomb cannot hold the parent:
 * 1 says that there may be more.
 */
int
toolfall_strays(const struct tool_scope *sc)
{
	unsigned total = 0, n, rounds = 0;

	do {
		n = strays_once(sc);
		total += n;
	} while (n > 0 && ++rounds < ROUNDS_MAX);
	if (total > 0)
		log_debug("tool: killed %u left behind", total);
	return (n > 0);
}
