/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Every step between fork and exec of an engine, in the one order that
 * works.  Runs as root until step 7; the only file of the parent that calls
 * setresuid, chroot and execveat for engines.  A step that fails is reported
 * through a pipe and ends the child.
 */
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cap-ng.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engines/common/cage.h"
#include "engines/common/engine.h"
#include "parent/caps.h"
#include "engines/common/selftest.h"
#include "parent/spawn.h"
#include "telclauded/lib/util.h"

const char *const spawn_ns_names[SPN_MAX] = { "net", "mnt", "pid", "ipc",
    "uts", "user" };

static const char *const step_names[SPS_MAX] = {
	[SPS_SIGNALS] = "signals", [SPS_FDS] = "descriptors",
	[SPS_LIMITS] = "limits", [SPS_NETNS] = "network namespace",
	[SPS_VIEW] = "view of the file system",
	[SPS_ROOT] = "empty root", [SPS_CAPS] = "capabilities",
	[SPS_UID] = "user", [SPS_PROOF] = "proof that root is gone",
	[SPS_PDEATH] = "parent death signal",
	[SPS_ORPHANED] = "parent is gone", [SPS_NNP] = "no_new_privs",
	[SPS_SECCOMP] = "base filter", [SPS_EXEC] = "exec",
};

/* Where descriptors wait while 0 to 4 are put in place. */
#define FD_HIGH		16
#define SIGNALS_MAX	64
enum { FD_REPORT = ENGINE_LIFE_FD + 1, FD_BIN, FD_VIEW, FD_FIRST_UNUSED };

const char *
spawn_step_name(enum spawn_step s)
{
	if (s <= SPS_NONE || s >= SPS_MAX)
		return ("unknown step");
	return (step_names[s]);
}

void
spawn_namespaces(uint64_t ns[SPN_MAX])
{
	char		 path[40];
	struct stat	 st;
	int		 i;

	for (i = 0; i < SPN_MAX; i++) {
		ns[i] = 0;
		if (str_format(path, sizeof(path), "/proc/self/ns/%s",
		    spawn_ns_names[i]) == 0 && stat(path, &st) == 0)
			ns[i] = st.st_ino;
	}
}

static int	can_netns;

int
spawn_can_netns(void)
{
	return (can_netns);
}

void
spawn_set_netns(int can)
{
	can_netns = can;
}

int
spawn_can_chroot(void)
{
	return (capng_get_caps_process() == 0 &&
	    capng_have_capability(CAPNG_EFFECTIVE, CAP_SYS_CHROOT));
}

int
spawn_isstatic(int fd)
{
	Elf64_Ehdr	 eh;
	Elf64_Phdr	 ph;
	int		 i;

	if (pread(fd, &eh, sizeof(eh), 0) != sizeof(eh) ||
	    memcmp(eh.e_ident, ELFMAG, SELFMAG) != 0 ||
	    eh.e_ident[EI_CLASS] != ELFCLASS64)
		return (0);
	for (i = 0; i < eh.e_phnum; i++) {
		if (pread(fd, &ph, sizeof(ph), (off_t)(eh.e_phoff +
		    (uint64_t)i * sizeof(ph))) != sizeof(ph) ||
		    ph.p_type == PT_INTERP)
			return (0);
	}
	return (1);
}

int
spawn_read_report(int fd, struct spawn_report *r)
{
	struct spawn_report	 got;
	ssize_t			 n;

	/* The second one, if it came, is the failure. */
	if ((n = read(fd, &got, sizeof(got))) != sizeof(got))
		return (-1);
	*r = got;
	if ((n = read(fd, &got, sizeof(got))) == sizeof(got))
		*r = got;
	return (0);
}

/* --- the steps, in order; each 0 or -1 with errno ---------------------- */

static int
step_signals(void)
{
	struct sigaction sa;
	sigset_t	 none;
	int		 i;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = SIG_DFL;
	for (i = 1; i < NSIG; i++) {
		if (i == SIGKILL || i == SIGSTOP)
			continue;
		/* glibc keeps two for itself and refuses them. */
		if (sigaction(i, &sa, NULL) == -1 && errno != EINVAL)
			return (-1);
	}
	sigemptyset(&none);
	umask(077);
	return (sigprocmask(SIG_SETMASK, &none, NULL));
}

/* Away from the low numbers, so that none is overwritten before it moved. */
static int
move_up(int *fd)
{
	if (*fd == -1)
		return (0);
	if ((*fd = fcntl(*fd, F_DUPFD_CLOEXEC, FD_HIGH)) == -1)
		return (-1);
	return (0);
}

static int
step_fds(struct spawn_req *r, int *report)
{
	int	 null;

	if ((null = open("/dev/null", O_RDWR | O_CLOEXEC)) == -1)
		return (-1);
	if (move_up(&null) == -1 || move_up(&r->link) == -1 ||
	    move_up(&r->life) == -1 || move_up(&r->bin) == -1 ||
	    move_up(&r->view) == -1 || move_up(report) == -1)
		return (-1);
	/* The root must not be among what is closed below. */
	if (r->root != -1 && fchdir(r->root) == -1)
		return (-1);
	if (dup2(null, 0) == -1 || dup2(null, 1) == -1 ||
	    dup2(null, 2) == -1 || dup2(r->link, ENGINE_PARENT_FD) == -1 ||
	    dup2(r->life, ENGINE_LIFE_FD) == -1 ||
	    dup3(*report, FD_REPORT, O_CLOEXEC) == -1 ||
	    dup3(r->bin, FD_BIN, O_CLOEXEC) == -1 ||
	    (r->view != -1 && dup3(r->view, FD_VIEW, O_CLOEXEC) == -1))
		return (-1);
	*report = FD_REPORT;
	r->bin = FD_BIN;
	return (close_range(r->view == -1 ? FD_VIEW : FD_FIRST_UNUSED, ~0U,
	    0));
}

static int
lower(int what, rlim_t to)
{
	struct rlimit	 rl;

	/* Without CAP_SYS_RESOURCE a hard limit cannot be raised. */
	if (getrlimit(what, &rl) == -1)
		return (-1);
	if (rl.rlim_max == RLIM_INFINITY || rl.rlim_max > to)
		rl.rlim_max = to;
	rl.rlim_cur = rl.rlim_max;
	return (setrlimit(what, &rl));
}

static int
step_limits(const struct spawn_req *r)
{
	/* RLIMIT_NPROC here would fail exec while an older process of this
	 * uid is still dying: the engine sets it itself. */
	if (lower(RLIMIT_CORE, 0) == -1 ||
	    lower(RLIMIT_MSGQUEUE, 0) == -1 ||
	    lower(RLIMIT_SIGPENDING, SIGNALS_MAX) == -1 ||
	    lower(RLIMIT_MEMLOCK, r->memlock) == -1 ||
	    lower(RLIMIT_NOFILE, r->nofile) == -1 ||
	    lower(RLIMIT_FSIZE, r->fsize) == -1)
		return (-1);
#ifndef TC_SANITIZE
	if (lower(RLIMIT_DATA, r->data) == -1)
		return (-1);
#endif
	return (0);
}

/* Its /proc is not there any more afterwards: so the number comes from here. */
static int
step_view(const struct spawn_req *r, struct spawn_report *rep)
{
	struct stat	 st;

	if (r->view == -1)
		return (0);
	if (fstat(FD_VIEW, &st) == -1 || setns(FD_VIEW, CLONE_NEWNS) == -1)
		return (-1);
	rep->ns[SPN_MNT] = st.st_ino;
	return (close(FD_VIEW));
}

static int
step_root(const struct spawn_req *r)
{
	if (r->needs & SPAWN_EMPTYROOT && r->root != -1) {
		if (chroot(".") == -1)	/* step_fds() went there */
			return (-1);
	}
	return (chdir("/"));
}

/* The bounding set is empty already: the parent's is (caps.c). */
static int
step_caps(void)
{
	capng_clear(CAPNG_SELECT_ALL);
	if (capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED,
	    CAP_SETUID) != 0 || capng_update(CAPNG_ADD, CAPNG_EFFECTIVE |
	    CAPNG_PERMITTED, CAP_SETGID) != 0) {
		errno = EINVAL;
		return (-1);
	}
	if (capng_apply(CAPNG_SELECT_CAPS) != 0 ||
	    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == -1) {
		if (errno == 0)
			errno = EPERM;
		return (-1);
	}
	return (0);
}

static int
step_uid(const struct spawn_req *r)
{
	if (setgroups(0, NULL) == -1 ||
	    setresgid(r->gid, r->gid, r->gid) == -1 ||
	    setresuid(r->uid, r->uid, r->uid) == -1)
		return (-1);
	return (0);
}

static int
step_proof(const struct spawn_req *r)
{
	uid_t	 ru, eu, su;
	gid_t	 rg, eg, sg;
	int	 cap;

	errno = EPERM;
	if (r->uid == 0 || r->gid == 0 || setresuid(0, 0, 0) != -1 ||
	    setresgid(0, 0, 0) != -1)
		return (-1);
	if (getresuid(&ru, &eu, &su) == -1 || getresgid(&rg, &eg, &sg) == -1)
		return (-1);
	errno = EPERM;
	if (ru != r->uid || eu != r->uid || su != r->uid || rg != r->gid ||
	    eg != r->gid || sg != r->gid || getgroups(0, NULL) != 0)
		return (-1);
	if (capng_get_caps_process() != 0 ||
	    capng_have_capabilities(CAPNG_SELECT_CAPS) != CAPNG_NONE)
		return (-1);
	if (!caps_bounds_empty())
		return (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : -1);
	for (cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) != 0)
			return (-1);
	return (0);
}

/* The base filter; the engine adds its own, tighter one. */
static int
step_seccomp(const struct spawn_req *r, struct spawn_report *rep)
{
#ifndef TC_SANITIZE
	const struct cage_prog	*base;

	base = r->twin != NULL ? cage_soft("base") : cage_find("base");
	if (base == NULL) {
		errno = ENOENT;
		return (-1);
	}
	if (cage_seccomp(base) == -1)
		return (-1);
	rep->base = 1;
#else
	(void)r;
	(void)rep;
#endif
	return (0);
}

static int
step_exec(const struct spawn_req *r)
{
	char	 name[32], scope[32], word[] = SELFTEST_WORD;
	char	*argv[3 + 1 + SELFTEST_WORDS], *envp[1];

	if (str_copy(name, r->argv0, sizeof(name)) == -1 ||
	    str_copy(scope, r->scope, sizeof(scope)) == -1)
		return (-1);
	argv[0] = name;
	argv[1] = scope;
	argv[2] = NULL;
	if (r->twin != NULL) {
		argv[2] = word;
		/* execve(2) takes what it does not change without const. */
		memcpy(&argv[3], r->twin, SELFTEST_WORDS * sizeof(*argv));
		argv[3 + SELFTEST_WORDS] = NULL;
	}
	envp[0] = NULL;
	return ((int)syscall(SYS_execveat, r->bin, "", argv, envp,
	    AT_EMPTY_PATH));
}

static void
child_fail(int report, struct spawn_report *rep, enum spawn_step step)
{
	ssize_t	 n;

	rep->step = (uint8_t)step;
	rep->err = errno;
	n = write(report, rep, sizeof(*rep));
	_exit(n == (ssize_t)sizeof(*rep) ? 126 : 127);
}

#define STEP(n, x) do {							\
	if ((x) == -1)							\
		child_fail(report, &rep, (n));				\
} while (0)

static void __attribute__((noreturn))
child(struct spawn_req r, int report, pid_t parent)
{
	struct spawn_report	 rep;

	memset(&rep, 0, sizeof(rep));
	STEP(SPS_SIGNALS, step_signals());
	STEP(SPS_FDS, step_fds(&r, &report));
	STEP(SPS_LIMITS, step_limits(&r));
	if (r.needs & SPAWN_NONET) {
		STEP(SPS_NETNS, unshare(CLONE_NEWNET));
		rep.netns = 1;
	}
	spawn_namespaces(rep.ns);
	STEP(SPS_VIEW, step_view(&r, &rep));
	STEP(SPS_ROOT, step_root(&r));
	rep.root = r.needs & SPAWN_EMPTYROOT && r.root != -1;
	STEP(SPS_CAPS, step_caps());
	STEP(SPS_UID, step_uid(&r));
	STEP(SPS_PROOF, step_proof(&r));
	/* setresuid() clears it, exec keeps it: so here. */
	if (!(r.needs & SPAWN_ORPHAN)) {
		STEP(SPS_PDEATH, prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0));
		if (getppid() != parent) {
			errno = ESRCH;
			child_fail(report, &rep, SPS_ORPHANED);
		}
	}
	STEP(SPS_NNP, prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	STEP(SPS_SECCOMP, step_seccomp(&r, &rep));
	if (write(report, &rep, sizeof(rep)) != (ssize_t)sizeof(rep))
		_exit(127);
	STEP(SPS_EXEC, step_exec(&r));
	_exit(127);
}

pid_t
spawn_engine(const struct spawn_req *r, int *report)
{
	pid_t	 me = getpid(), pid;
	int	 p[2];

	if (pipe2(p, O_CLOEXEC | O_NONBLOCK) == -1)
		return (-1);
	if ((pid = fork()) == -1) {
		close(p[0]);
		close(p[1]);
		return (-1);
	}
	if (pid == 0)
		child(*r, p[1], me);
	close(p[1]);
	*report = p[0];
	return (pid);
}
