/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * From the parent's clone(2) to the tool program's execveat(2): descriptors,
 * view, capabilities, user, limits, in the one order that works.  Every step
 * is checked; the first that fails is told on the error socket and ends the
 * child.  Runs as root until toolexec_drop(); reads nothing from outside.
 */
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <linux/capability.h>
#include <linux/sched.h>
#include <net/if.h>
#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engines/common/cage.h"
#include "engines/common/selftest.h"
#include "imsg/fdpass.h"
#include "parent/cgroup.h"
#include "parent/tool/tool_int.h"
#include "telclauded/lib/util.h"

#define CALL_NAMESPACES	(CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS)
#define CAPS_ASKED	64	/* more than any kernel has */
#define NOFILE_WANTED	4096
#define OOM_SCORE	"500"

/* Descriptors of the child: 3 to 7 are the tool's, the rest end with exec. */
enum { FD_JOB = 3, FD_OUT, FD_LIFE, FD_OOM, FD_FETCH, FD_ERR, FD_TOOL, FD_NS,
    FD_NET, FD_END };

static const int catchable[] = {
	SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGCHLD, SIGUSR1, SIGUSR2,
	SIGALRM
};

void
toolexec_reset_signals(void)
{
	sigset_t none;
	size_t i;

	for (i = 0; i < NELEM(catchable); i++)
		(void)signal(catchable[i], SIG_DFL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static void
child_fail(const char *what)
{
	char line[192];
	int n;

	n = snprintf(line, sizeof(line), "%s: %s", what, strerror(errno));
	if (n > 0)
		(void)fdpass_send(FD_ERR, line, MINIMUM((size_t)n,
		    sizeof(line) - 1), NULL, 0);
	_exit(125);
}

/* All sources above the targets first, then each to its number. */
static int
place_fds(const struct tool_child *c)
{
	int src[FD_END], i;

	for (i = 0; i < FD_END; i++)
		src[i] = -1;
	src[0] = src[1] = src[2] = c->sc->null_fd;
	src[FD_JOB] = c->job;
	src[FD_OUT] = c->out;
	src[FD_LIFE] = c->sc->life_fd;
	src[FD_OOM] = c->sc->cg.events;
	src[FD_FETCH] = c->sc->fetch_fd;
	src[FD_ERR] = c->err;
	src[FD_TOOL] = c->sc->tool_fd;
	src[FD_NS] = c->ns;
	src[FD_NET] = c->net;
	for (i = 0; i < FD_END; i++)
		if (src[i] != -1 &&
		    (src[i] = fcntl(src[i], F_DUPFD_CLOEXEC, 32)) == -1)
			return (-1);
	for (i = 0; i < FD_END; i++) {
		if (src[i] == -1)
			close(i);
		else if (dup3(src[i], i, i >= FD_ERR ? O_CLOEXEC : 0) == -1)
			return (-1);
	}
	return ((int)syscall(SYS_close_range, FD_END, ~0U, 0));
}

int
toolexec_loopback(void)
{
	struct ifreq ifr;
	int s, r;

	s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s == -1)
		return (-1);
	memset(&ifr, 0, sizeof(ifr));
	(void)str_copy(ifr.ifr_name, "lo", sizeof(ifr.ifr_name));
	ifr.ifr_flags = IFF_UP | IFF_RUNNING;
	r = ioctl(s, SIOCSIFFLAGS, &ifr);
	close(s);
	return (r);
}

static int
enter_view(const struct tool_child *c, const char **what)
{
	*what = "conversation's namespace";
	if (setns(FD_NS, CLONE_NEWNS) == -1 ||
	    unshare(CALL_NAMESPACES | (c->net == -1 ? CLONE_NEWNET : 0)) == -1)
		return (-1);
	close(FD_NS);
	*what = "network";
	if (c->net != -1 && (setns(FD_NET, CLONE_NEWNET) == -1 ||
	    close(FD_NET) == -1))
		return (-1);
	if (toolview_call(c, what) == -1)
		return (-1);
	*what = "loopback";
	if (c->net == -1 && (toolexec_loopback() == -1 ||
	    toollisten_child(c->sc, FD_ERR, what) == -1))
		return (-1);
	/* Refused under ProtectHostname=: then it keeps the host's. */
	*what = "host name";
	return (sethostname("sandbox", 7) == -1 && errno != EPERM ? -1 : 0);
}

static int
drop_caps(void)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct none[2];
	int cap;

	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	/* The parent emptied its bounding set: then nothing is left to do.
	 * Where it could not, its no_new_privs stands in. */
	for (cap = 0; cap < CAPS_ASKED; cap++)
		if (prctl(PR_CAPBSET_READ, cap) == 1 &&
		    prctl(PR_CAPBSET_DROP, cap) == -1 && (errno != EPERM ||
		    prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1))
			return (-1);
	memset(none, 0, sizeof(none));
	/* Permitted ones must last until the user is changed. */
	if (syscall(SYS_capget, &h, none) == -1)
		return (-1);
	none[0].inheritable = none[1].inheritable = 0;
	return ((int)syscall(SYS_capset, &h, none));
}

static int
no_caps_left(void)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2];

	memset(d, 0, sizeof(d));
	if (syscall(SYS_capget, &h, d) == -1)
		return (0);
	return ((d[0].permitted | d[1].permitted | d[0].effective |
	    d[1].effective | d[0].inheritable | d[1].inheritable) == 0);
}

/* Root for good behind us, and proof of it. */
int
toolexec_drop(uid_t uid, gid_t gid, const char **what)
{
	*what = "capabilities";
	if (drop_caps() == -1)
		return (-1);
	*what = "user";
	if (uid == 0 || gid == 0) {
		errno = EPERM;
		return (-1);
	}
	if (setgroups(0, NULL) == -1 || setresgid(gid, gid, gid) == -1 ||
	    setresuid(uid, uid, uid) == -1)
		return (-1);
	*what = "proof that root is gone";
	if (setresuid(0, 0, 0) != -1 || setresgid(0, 0, 0) != -1 ||
	    !no_caps_left()) {
		errno = EPERM;
		return (-1);
	}
	return (0);
}

static int
limit(int what, uint64_t n)
{
	struct rlimit r;

	if (getrlimit(what, &r) == -1)
		return (-1);
	r.rlim_cur = r.rlim_max = MINIMUM((rlim_t)n, r.rlim_max);
	return (setrlimit(what, &r));
}

static int
set_limits(const struct tool_limits *l, unsigned others, const char **what)
{
	*what = "limits";
	if (limit(RLIMIT_CORE, 0) == -1 ||
	    limit(RLIMIT_NOFILE, NOFILE_WANTED) == -1 ||
	    limit(RLIMIT_MEMLOCK, 64 * 1024) == -1 ||
	    limit(RLIMIT_MSGQUEUE, 0) == -1)
		return (-1);
	if (l->memory != 0 && limit(RLIMIT_DATA, l->memory) == -1)
		return (-1);
	if (l->file != 0 && limit(RLIMIT_FSIZE, l->file) == -1)
		return (-1);
	/* After the user is set: before, exec could fail (platform.md). */
	if (l->processes != 0 && limit(RLIMIT_NPROC,
	    (uint64_t)l->processes + others) == -1)
		return (-1);
	return (0);
}

/* The signal covers the parent's death from here on; the pipe, until here. */
static int
die_with_parent(const char **what)
{
	struct pollfd p = { .fd = FD_ERR };

	*what = "parent death signal";
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1)
		return (-1);
	if (poll(&p, 1, 0) == 1 && (p.revents & (POLLERR | POLLHUP)))
		_exit(1);
	return (0);
}

/*
 * The program learns its walls from its arguments, for it must stand behind
 * Landlock before it hears of the job:
 *	tool ns|fb[:PORT,...] SCOPE TIER HOME TMP PATH...
 *						PATH: [rw]x/absolute
 * A twin of the selftest has its words before those.
 */
#define ARGS_FIXED	6
#define TOOLENV_MAX	32

/* [rw]x/absolute; of inbox and outbox the conversation's own. */
static void
path_word(const struct tool_child *c, const struct tool_path *p, char *dst,
    size_t size)
{
	char conv[TOOL_CONVNAME + 1] = "";

	if (p->flags & TP_CONV) {
		conv[0] = '/';
		toolmedia_name(c->conv, conv + 1);
	}
	(void)str_format(dst, size, "%c%c%s%s",
	    (p->flags & TP_WRITE) && c->tier != TIER_READ_ONLY ? 'w' : 'r',
	    p->flags & TP_FILE ? 'f' : 'd', p->path, conv);
}

static void
exec_tool(const struct tool_child *c)
{
	static char home[1100], tmp[1100], ehome[1110], etmp[1110];
	static char spec[TOOL_PATHS_MAX][1056];
	char *argv[ARGS_FIXED + 1 + SELFTEST_WORDS + TOOL_PATHS_MAX + 1];
	char tier[24], sname[24], word[] = SELFTEST_WORD;
	static char name[] = "tool", mode[40];
	static char path[] = "PATH=/usr/local/bin:/usr/bin:/bin:/usr/local/"
	    "games:/usr/games:/usr/local/sbin:/usr/sbin:/sbin";
	/* Of a locale only this differs from C, and each one is a file. */
	static char lang[] = "LC_CTYPE=C.UTF-8", user[] = "USER=tool";
	static char logname[] = "LOGNAME=tool", shell[] = "SHELL=/bin/bash";
	static char term[] = "TERM=dumb";
	char *envp[TOOLENV_MAX] = { path, ehome, lang, etmp, user, logname,
	    shell, term };
	const struct tool_path *p;
	unsigned i, n = 0;

	if (c->sc->namespaces) {
		(void)str_copy(home, TOOL_HOME, sizeof(home));
		(void)str_copy(tmp, "/tmp", sizeof(tmp));
	} else {
		(void)str_format(tmp, sizeof(tmp), "%s/%016llx",
		    c->sc->tmpdir, (unsigned long long)c->conv);
		(void)str_copy(home, tmp, sizeof(home));
	}
	(void)str_format(ehome, sizeof(ehome), "HOME=%s", home);
	(void)str_format(etmp, sizeof(etmp), "TMPDIR=%s", tmp);
	(void)str_copy(tier, tier_name(c->tier), sizeof(tier));
	(void)str_copy(sname, scope_name(c->sc->scope), sizeof(sname));
	argv[n++] = name;
	if (c->twin != NULL) {
		argv[n++] = word;
		memcpy(&argv[n], c->twin, SELFTEST_WORDS * sizeof(*argv));
		n += SELFTEST_WORDS;
	}
	toollisten_mode(c->sc, mode, sizeof(mode));
	argv[n++] = mode;
	argv[n++] = sname;
	argv[n++] = tier;
	argv[n++] = home;
	argv[n++] = tmp;
	for (i = 0; i < c->sc->npaths; i++) {
		p = &c->sc->paths[i];
		if ((p->flags & TP_FULL) && c->tier != TIER_FULL_ACCESS)
			continue;
		path_word(c, p, spec[i], sizeof(spec[i]));
		argv[n++] = spec[i];
	}
	argv[n] = NULL;
	toolenv_proxy(c->sc, envp, TOOLENV_MAX);
	execveat(FD_TOOL, "", argv, envp, AT_EMPTY_PATH);
}

/*
 * A service manager shields the parent from the killer of the memory-hungry;
 * a tool must not have that from it.  It cannot write the file itself: its
 * /proc is read-only, or out of its reach.
 */
static void
first_to_go(int procfd)
{
	int fd;

	fd = openat(procfd, "self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	if (fd == -1)
		return;
	(void)!write(fd, OOM_SCORE, sizeof(OOM_SCORE) - 1);
	close(fd);
}

/* What no tool may try, whatever the program makes of its own filter. */
static int
base_filter(void)
{
#ifndef TC_SANITIZE
	const struct cage_prog *base;

	if ((base = cage_find("tool_base")) == NULL) {
		errno = ENOENT;
		return (-1);
	}
	return (cage_seccomp(base));
#else
	return (0);
#endif
}

static void
child_main(const struct tool_child *c)
{
	const char *what = "descriptors";
	unsigned others = 0;
	char dir[1100];

	toolexec_reset_signals();
	umask(022);
	first_to_go(c->sc->proc_fd);
	/* The owner's own processes count against the limit as well. */
	if (c->sc->as_owner)
		others = toolfall_count(c->sc->proc_fd, c->sc->uid);
	if (c->join && cgroup_write(c->cg, "cgroup.procs", "0") == -1)
		_exit(125);
	if (place_fds(c) == -1)
		_exit(125);
	if (c->sc->namespaces && enter_view(c, &what) == -1)
		child_fail(what);
	if (toolexec_drop(c->sc->uid, c->sc->gid, &what) == -1 ||
	    set_limits(&c->sc->limits, others, &what) == -1 ||
	    die_with_parent(&what) == -1)
		child_fail(what);
	if (!c->sc->namespaces) {
		(void)str_format(dir, sizeof(dir), "%s/%016llx",
		    c->sc->tmpdir, (unsigned long long)c->conv);
		if (toolfall_own(dir) == -1)
			child_fail(dir);
	}
	if (chdir(c->sc->paths[0].path) == -1)
		child_fail(c->sc->paths[0].path);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		child_fail("no_new_privs");
	if (base_filter() == -1)
		child_fail("base filter");
	exec_tool(c);
	child_fail("exec of the tool program");
}

/* Born in its control group; elsewhere only where clone3(2) is forbidden. */
static pid_t
clone_child(struct tool_child *c, unsigned long flags)
{
	struct clone_args a = { .flags = flags | CLONE_INTO_CGROUP,
	    .cgroup = (uint64_t)c->cg };
	pid_t pid;

	/* With CLONE_PARENT the signal is that of who clones. */
	if ((flags & CLONE_PARENT) == 0)
		a.exit_signal = SIGCHLD;
	c->join = 0;
	if (c->cg != -1) {
		pid = (pid_t)syscall(SYS_clone3, &a, sizeof(a));
		if (pid != -1 || (errno != ENOSYS && errno != EPERM))
			return (pid);
		c->join = 1;
	}
	return ((pid_t)syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0));
}

pid_t
toolexec_clone(const struct tool_child *child, unsigned long flags)
{
	struct tool_child c = *child;
	sigset_t all, old;
	pid_t pid;

	/* The others are made by the child: the parent does not wait. */
	if (c.sc->namespaces)
		flags |= CLONE_NEWPID;
	/* Signals wait: the child must not run the parent's handlers. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	pid = clone_child(&c, flags);
	if (pid == 0)
		child_main(&c);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return (pid);
}
