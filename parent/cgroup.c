/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Control groups: version 2 where it was given to us with its controllers
 * (a unit with Delegate=, a container with a writable tree), version 1 for
 * what is there alone.  One directory a run, below our own group and locked,
 * so that a later run can tell what a killed one left.  Run by the parent as
 * root; trusts the kernel's own files.
 */
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parent/cgroup.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

#define GONE_TRIES	50
#define GONE_US		2000
#define RUN_PREFIX	"telclauded-"
#define FAMILY		"family"	/* we and the engines, in version 2 */

static struct cgroups mine = { -1, 0, { -1, -1, -1 } };
static int own[CG_CTLS + 1] = { -1, -1, -1, -1 };	/* last: version 2 */
static char run_name[32];
static const char *const ctl_names[CG_CTLS] = { "memory", "pids", "cpu" };

int
cgroup_write(int dir, const char *file, const char *text)
{
	size_t len = strlen(text);
	ssize_t n;
	int fd;

	if ((fd = openat(dir, file, O_WRONLY | O_CLOEXEC)) == -1)
		return (-1);
	n = write(fd, text, len);
	close(fd);
	return (n == (ssize_t)len ? 0 : -1);
}

static int
cgroup_read(int dir, const char *file, char *buf, size_t len)
{
	ssize_t n;
	int fd;

	if ((fd = openat(dir, file, O_RDONLY | O_CLOEXEC)) == -1)
		return (-1);
	n = read(fd, buf, len - 1);
	close(fd);
	buf[n > 0 ? n : 0] = '\0';
	return (n < 0 ? -1 : 0);
}

/* --- where we are -------------------------------------------------------- */

/* Is word one of a list with commas? */
static int
listed(const char *list, const char *word)
{
	size_t n = strlen(word);
	const char *p;

	for (p = list; (p = strstr(p, word)) != NULL; p += n)
		if ((p == list || p[-1] == ',') && (p[n] == '\0' ||
		    p[n] == ',' || p[n] == '\n'))
			return (1);
	return (0);
}

/* Our group in the hierarchy of ctl, NULL for version 2: its path. */
static int
my_path(const char *ctl, char *path, size_t len)
{
	char line[PATH_MAX + 64], *list, *p;
	int found = 0;
	FILE *f;

	if ((f = fopen("/proc/self/cgroup", "re")) == NULL)
		return (-1);
	while (!found && fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if ((list = strchr(line, ':')) == NULL ||
		    (p = strchr(++list, ':')) == NULL)
			continue;
		*p++ = '\0';
		found = (ctl == NULL ? list[0] == '\0' : listed(list, ctl)) &&
		    strstr(p, "/..") == NULL && str_copy(path, p, len) == 0;
	}
	fclose(f);
	return (found ? 0 : -1);
}

/* One line of mountinfo: the mount's root and place, if it is the one. */
static int
mount_is(char *line, const char *ctl, const char **root, const char **at)
{
	char *w[5], *save = line, *p;
	size_t i;

	if ((p = strstr(line, " - ")) == NULL)
		return (0);
	*p = '\0';
	p += 3;
	for (i = 0; i < NELEM(w); i++)
		if ((w[i] = strsep(&save, " ")) == NULL)
			return (0);
	*root = w[3];
	*at = w[4];
	if (ctl == NULL)
		return (strncmp(p, "cgroup2 ", 8) == 0);
	if (strncmp(p, "cgroup ", 7) != 0 || (p = strrchr(p, ' ')) == NULL)
		return (0);
	return (listed(p + 1, ctl));
}

/* Our own group as a directory, or -1. */
static int
my_dir(const char *ctl)
{
	char path[PATH_MAX], line[2 * PATH_MAX], dir[2 * PATH_MAX];
	const char *root, *at;
	int fd = -1;
	size_t n;
	FILE *f;

	if (my_path(ctl, path, sizeof(path)) == -1 ||
	    (f = fopen("/proc/self/mountinfo", "re")) == NULL)
		return (-1);
	while (fd == -1 && fgets(line, sizeof(line), f) != NULL) {
		if (!mount_is(line, ctl, &root, &at))
			continue;
		n = strcmp(root, "/") == 0 ? 0 : strlen(root);
		if (strncmp(path, root, n) != 0 ||
		    str_format(dir, sizeof(dir), "%s%s", at, path + n) == -1)
			continue;
		fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	fclose(f);
	return (fd);
}

/* --- what is left of others ---------------------------------------------- */

static void
kill_members(int dir)
{
	char text[4096], *p, *next;
	pid_t pid;

	if (cgroup_write(dir, "cgroup.kill", "1") == 0 ||
	    cgroup_read(dir, "cgroup.procs", text, sizeof(text)) == -1)
		return;
	for (p = text; (pid = (pid_t)strtol(p, &next, 10)) > 0; p = next)
		if (pid != getpid())
			(void)kill(pid, SIGKILL);
}

/* What is left dies with the one that made it; it may take a moment. */
int
cgroup_remove(int dir, const char *name)
{
	struct dirent *d;
	int fd, r = -1, e;
	DIR *h;

	if (unlinkat(dir, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return (0);
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return (-1);
	kill_members(fd);
	if ((h = fdopendir(fd)) == NULL) {
		close(fd);
		return (-1);
	}
	while ((d = readdir(h)) != NULL)
		if (d->d_type == DT_DIR && d->d_name[0] != '.')
			(void)cgroup_remove(fd, d->d_name);
	r = unlinkat(dir, name, AT_REMOVEDIR);
	e = errno;
	closedir(h);
	errno = e;
	return (r);
}

/* At the end of a scope: the dead in it need a moment to be gone. */
int
cgroup_remove_wait(int dir, const char *name)
{
	unsigned i;

	for (i = 0; i < GONE_TRIES; i++) {
		if (cgroup_remove(dir, name) == 0)
			return (0);
		if (errno != EBUSY && errno != ENOTEMPTY)
			break;
		(void)usleep(GONE_US);
	}
	return (-1);
}

/* Whose maker lives holds a lock on it. */
static void
sweep(int dir)
{
	struct dirent *d;
	int fd, free_now;
	DIR *h;

	if ((fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return;
	if ((h = fdopendir(fd)) == NULL) {
		close(fd);
		return;
	}
	while ((d = readdir(h)) != NULL) {
		if (strncmp(d->d_name, RUN_PREFIX, strlen(RUN_PREFIX)) != 0)
			continue;
		fd = openat(dir, d->d_name, O_RDONLY | O_DIRECTORY |
		    O_CLOEXEC);
		if (fd == -1)
			continue;
		free_now = flock(fd, LOCK_EX | LOCK_NB) == 0;
		close(fd);
		if (free_now)
			(void)cgroup_remove(dir, d->d_name);
	}
	closedir(h);
}

/* --- our own ------------------------------------------------------------- */

static int
run_make(int dir)
{
	int fd;

	sweep(dir);
	if (mkdirat(dir, run_name, 0755) == -1 && errno != EEXIST)
		return (-1);
	fd = openat(dir, run_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd != -1)
		(void)flock(fd, LOCK_EX | LOCK_NB);
	return (fd);
}

/* Nobody but this process: then the group is ours to divide. */
static int
alone(int dir)
{
	char text[64];

	return (cgroup_read(dir, "cgroup.procs", text, sizeof(text)) == 0 &&
	    (text[0] == '\0' || (pid_t)strtol(text, NULL, 10) == getpid()) &&
	    strchr(text, '\n') == strrchr(text, '\n'));
}

/*
 * A group that gives controllers to others may have no process itself: we
 * move to a leaf before it does.  The root of all has no such rule.
 */
static void
v2_controllers(int dir, int run)
{
	char have[256], word[16], *p;
	int c, leaf;

	if (cgroup_read(dir, "cgroup.controllers", have, sizeof(have)) == -1)
		return;
	for (p = have; *p != '\0'; p++)
		if (*p == ' ')
			*p = ',';
	for (c = 0; c < CG_CTLS && !listed(have, ctl_names[c]); c++)
		;
	if (c == CG_CTLS)
		return;
	if (faccessat(dir, "cgroup.type", F_OK, 0) == 0) {
		if (!alone(dir) || mkdirat(run, FAMILY, 0755) == -1 ||
		    (leaf = openat(run, FAMILY, O_RDONLY | O_DIRECTORY |
		    O_CLOEXEC)) == -1)
			return;
		if (cgroup_write(leaf, "cgroup.procs", "0") == -1)
			log_debug("cgroup: cannot move to %s", FAMILY);
		close(leaf);
	}
	for (c = 0; c < CG_CTLS; c++) {
		(void)str_format(word, sizeof(word), "+%s", ctl_names[c]);
		if (listed(have, ctl_names[c]) &&
		    cgroup_write(dir, "cgroup.subtree_control", word) == 0 &&
		    cgroup_write(run, "cgroup.subtree_control", word) == 0)
			mine.in_v2 |= 1u << c;
	}
}

void
cgroup_init(void)
{
	unsigned char rnd[8] = { 0 };
	int c;

	if (run_name[0] != '\0')
		return;
	if (getrandom(rnd, sizeof(rnd), 0) == -1)
		log_debug("getrandom: %s", strerror(errno));
	(void)str_format(run_name, sizeof(run_name), RUN_PREFIX
	    "%02x%02x%02x%02x%02x%02x%02x%02x", rnd[0], rnd[1], rnd[2],
	    rnd[3], rnd[4], rnd[5], rnd[6], rnd[7]);
	if ((own[CG_CTLS] = my_dir(NULL)) != -1 &&
	    (mine.v2 = run_make(own[CG_CTLS])) != -1)
		v2_controllers(own[CG_CTLS], mine.v2);
	for (c = 0; c < CG_CTLS; c++)
		if ((mine.in_v2 & 1u << c) == 0 &&
		    (own[c] = my_dir(ctl_names[c])) != -1)
			mine.v1[c] = run_make(own[c]);
}

const struct cgroups *
cgroup_mine(void)
{
	return (&mine);
}

unsigned
cgroup_limits(void)
{
	unsigned v = mine.in_v2;
	int c;

	for (c = 0; c < CG_CTLS; c++)
		if (mine.v1[c] != -1)
			v |= 1u << c;
	return (v);
}

int
cgroup_version(void)
{
	return (mine.in_v2 != 0 ? 2 : cgroup_limits() != 0 ? 1 : 0);
}

/*
 * The topmost group of a hierarchy can be written by nobody, and what goes
 * past that was dropped since; but it is ours to permit.
 */
static void
run_drop(int dir)
{
	struct stat st;

	if (unlinkat(dir, run_name, AT_REMOVEDIR) == 0 || errno != EACCES ||
	    fstat(dir, &st) == -1 || fchmod(dir, 0755) == -1)
		return;
	(void)unlinkat(dir, run_name, AT_REMOVEDIR);
	if (fchmod(dir, st.st_mode & 0777) == -1)
		log_debug("cgroup: mode: %s", strerror(errno));
}

static void
end_one(int *run, int *dir, int family)
{
	if (*run != -1)
		close(*run);
	if (*dir != -1) {
		/* Where we are in it ourselves it stays for the next run. */
		if (!family)
			(void)cgroup_remove_wait(*dir, run_name);
		run_drop(*dir);
		close(*dir);
	}
	*run = *dir = -1;
}

void
cgroup_end(void)
{
	int c;

	end_one(&mine.v2, &own[CG_CTLS], mine.in_v2 != 0);
	for (c = 0; c < CG_CTLS; c++)
		end_one(&mine.v1[c], &own[c], 0);
	mine.in_v2 = 0;
	run_name[0] = '\0';
}
