/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What this kernel and container can hold us with, asked by system call
 * before anything is built.  Without one of these there is no start; the line
 * names it and what to do.  Run by the parent as root.
 */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engines/common/cage.h"
#include "parent/caps.h"
#include "parent/platform.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

#define GET_MDWE	66		/* PR_GET_MDWE, Linux 6.3 */

static struct platform	plat;

/* --- system call filters ----------------------------------------------- */

static int
filters_there(char *why, size_t len)
{
	static const struct {
		uint32_t	 action;
		const char	*name;
	} need[] = {
		{ SECCOMP_RET_KILL_PROCESS, "KILL_PROCESS" },
		{ SECCOMP_RET_TRAP, "TRAP" },
		{ SECCOMP_RET_ERRNO, "ERRNO" },
	};
	size_t	 i;

	for (i = 0; i < NELEM(need); i++) {
		if (cage_seccomp_has(need[i].action) == 0)
			continue;
		if (errno == EOPNOTSUPP)
			str_format(why, len, "seccomp: this kernel has no "
			    "filter action %s (Linux 4.14 has): no start",
			    need[i].name);
		else
			str_format(why, len, "seccomp: no system call filters "
			    "here (%s), no start: the kernel needs "
			    "CONFIG_SECCOMP_FILTER, a container's own filter "
			    "must allow seccomp(2)", strerror(errno));
		return (-1);
	}
	return (0);
}

/* --- Landlock ---------------------------------------------------------- */

static int
landlock_there(char *why, size_t len)
{
	const char	*what;

	if ((plat.landlock = cage_landlock_abi()) > 0)
		return (0);
	switch (errno) {
	case EOPNOTSUPP:
		what = "it is built in and was not enabled at boot: add "
		    "landlock to the list of the kernel parameter lsm=";
		break;
	case ENOSYS:
		what = "the kernel lacks it (CONFIG_SECURITY_LANDLOCK, Linux "
		    "5.13), or a container's own filter hides it";
		break;
	default:
		what = "a container's own system call filter must allow "
		    "landlock_create_ruleset(2)";
	}
	str_format(why, len, "landlock: not available (%s), no start: %s",
	    strerror(errno), what);
	return (-1);
}

/* --- users, and what else a child must try ------------------------------ */

/* Which step the child could not take. */
enum { US_OK, US_GROUPS, US_GID, US_UID, US_BACK, US_MAX };

/* Saved ids bring root back, until the last row takes them along. */
static int
try_users(const struct parent *p, unsigned *row)
{
	const struct engine	*e;
	unsigned		 i;

	if (setgroups(0, NULL) == -1)
		return (US_GROUPS);
	for (i = 0; i < p->nengines; i++) {
		e = &p->engines[i];
		*row = i;
		if (setresgid(e->gid, e->gid, 0) == -1)
			return (US_GID);
		if (setresgid(0, 0, 0) == -1)
			return (US_BACK);
		if (setresuid(e->uid, e->uid, 0) == -1)
			return (US_UID);
		if (setresuid(0, 0, 0) == -1)
			return (US_BACK);
	}
	e = &p->engines[*row];
	if (setresgid(e->gid, e->gid, e->gid) == -1)
		return (US_GID);
	if (setresuid(e->uid, e->uid, e->uid) == -1)
		return (US_UID);
	/* Root must be gone for good. */
	return (setresuid(0, 0, 0) == -1 && getuid() == e->uid &&
	    setresgid(0, 0, 0) == -1 && getgid() == e->gid ? US_OK : US_BACK);
}

struct tried {
	int		 step, err, netns;
	unsigned	 row;
};

static int
users_child(const struct parent *p, struct tried *t)
{
	int	 fd[2];
	ssize_t	 n;
	pid_t	 pid;

	memset(t, 0, sizeof(*t));
	if (pipe2(fd, O_CLOEXEC) == -1)
		return (-1);
	if ((pid = fork()) == 0) {
		t->netns = unshare(CLONE_NEWNET) == 0;
		t->step = try_users(p, &t->row);
		t->err = errno;
		_exit(write(fd[1], t, sizeof(*t)) == sizeof(*t) ? 0 : 1);
	}
	close(fd[1]);
	n = pid == -1 ? -1 : read(fd[0], t, sizeof(*t));
	close(fd[0]);
	while (pid != -1 && waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		;
	return (n == sizeof(*t) ? 0 : -1);
}

static int
users_switch(const struct parent *p, char *why, size_t len)
{
	static const char *const what[US_MAX] = {
		[US_GROUPS] = "supplementary groups cannot be dropped",
		[US_GID] = "cannot become its group",
		[US_UID] = "cannot become it",
		[US_BACK] = "root comes and goes in a way it must not",
	};
	struct tried		 t;
	const struct engine	*e;

	if (users_child(p, &t) == -1) {
		str_format(why, len, "users: the process that tries to become "
		    "them died; no start");
		return (-1);
	}
	spawn_set_netns(t.netns);
	if (t.step == US_OK)
		return (0);
	e = &p->engines[t.row];
	str_format(why, len, "users: %s (%s, uid %u): %s, no start: %s",
	    t.step < US_MAX ? what[t.step] : "?", e->row->user, e->uid,
	    strerror(t.err), t.err == EINVAL ?
	    "this user namespace does not map the number; a rootless "
	    "container needs a range that holds it (/etc/subuid)" :
	    "give CAP_SETUID and CAP_SETGID, and no filter that refuses "
	    "setresuid(2)");
	return (-1);
}

/* --- the smaller ones -------------------------------------------------- */

int
platform_memfd(char *why, size_t len)
{
	int	 fd, r;

	fd = memfd_create("probe", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	r = fd == -1 ? -1 : fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL |
	    F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK);
	if (r == -1)
		str_format(why, len, "memfd: memory files cannot be sealed "
		    "here (%s), and secrets travel in nothing else; no start: "
		    "the kernel needs CONFIG_MEMFD_CREATE", strerror(errno));
	if (fd != -1)
		close(fd);
	return (r == -1 ? -1 : 0);
}

/* Who starts us may have keys in a session keyring: our children would
 * possess them.  Refused or not there, nobody of us can use keys either. */
static void
keyring_leave(void)
{
	(void)syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
}

static int
inet6_there(void)
{
	int	 s;

	s = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s == -1)
		return (errno != EAFNOSUPPORT);
	close(s);
	return (1);
}

int
platform_probe(struct parent *p, char *why, size_t len)
{
	if (filters_there(why, len) == -1 || landlock_there(why, len) == -1 ||
	    users_switch(p, why, len) == -1)
		return (-1);
	keyring_leave();
	plat.mdwe = prctl(GET_MDWE, 0, 0, 0, 0) >= 0;
	plat.chroot = capng_get_caps_process() == 0 &&
	    capng_have_capability(CAPNG_EFFECTIVE, CAP_SYS_CHROOT);
	plat.init = getpid() == 1;
	/* What cannot be made needs no filter. */
	plat.ipv6 = inet6_there();
	if (!plat.ipv6)
		p->rules.ipv6_open = 1;
	return (0);
}

void
platform_ipv6(const struct fw_rules *rules, char *why, size_t len)
{
	struct fw_rules	 only4 = *rules;
	struct firewall	*fw;
	char		 was[256], cause[200];

	if (rules->ipv6_open || (fw = fw_open()) == NULL)
		return;
	only4.ipv6_open = 1;
	if (fw_apply(fw, &only4, cause, sizeof(cause)) == 0 &&
	    str_copy(was, why, sizeof(was)) == 0)
		str_format(why, len, "IPv6 is up and cannot be filtered, no "
		    "start: turn it off (ipv6.disable=1), or say \"firewall { "
		    "ipv6 open }\", or TELCLAUDE_IPV6_FAIL_CLOSED=0 (%s)",
		    was);
	fw_close(fw);
}

void
platform_facts(const struct parent *p, struct platform *f)
{
	const struct tool_platform	*t = tool_platform();
	const struct conf_agent		*a;

	*f = plat;
	f->netns = spawn_can_netns();
	f->bounds = caps_bounds_empty();
	f->ipv6_filter = p->fw == NULL || fw_ipv6(p->fw);
	f->namespaces = t->namespaces;
	f->idmap = t->idmap;
	f->cgroup = t->cgroup;
	TAILQ_FOREACH(a, &p->conf->agents, entry)
		f->tools |= a->remote == NULL;
}

static void
say(const char *layer, const char *means, void *arg)
{
	(void)arg;
	log_warnx("weaker: %s: %s", layer, means);
}

void
platform_say(const struct parent *p)
{
	struct platform	 f;

	platform_facts(p, &f);
	(void)platform_weaker(&f, say, NULL);
}
