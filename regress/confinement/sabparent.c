/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * telclauded with holes, for selftest.t, layers.t and the bench:
 * TC_SABOTAGE=LAYER:NAME leaves a layer out of one twin (of the firewall: out
 * of the rules), or the whole selftest; LAYER:* leaves it out of everybody,
 * with no selftest to see it, and a base filter that answers instead of
 * killing.  Linked with --wrap; never installed.
 */
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cap-ng.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engines/common/cage.h"
#include "parent/fw/fw.h"
#include "parent/parent.h"
#include "parent/self/selftest.h"
#include "parent/tool/tool_int.h"

#define STRANGER	7777	/* nobody's number */

/* Who is being made; "" a real one.  NULL: this is the parent itself. */
static const char	*twin;
static int		 spawned;

static int
everybody(void)
{
	const char	*s = getenv("TC_SABOTAGE");
	size_t		 n = s == NULL ? 0 : strlen(s);

	return (n > 2 && strcmp(s + n - 2, ":*") == 0);
}

static int
holed(const char *layer, const char *name)
{
	const char	*s = getenv("TC_SABOTAGE");
	size_t		 n = strlen(layer);

	if (s == NULL || name == NULL || strncmp(s, layer, n) != 0 ||
	    s[n] != ':')
		return (0);
	return (everybody() || strcmp(s + n + 1, name) == 0);
}

int	 __real_selftest_begin_all(struct parent *, char *, size_t);
int	 __wrap_selftest_begin_all(struct parent *, char *, size_t);
int
__wrap_selftest_begin_all(struct parent *p, char *why, size_t len)
{
	if (everybody() || holed("selftest", "all"))
		return (0);
	return (__real_selftest_begin_all(p, why, len));
}

pid_t	 __real_spawn_engine(const struct spawn_req *, int *);
pid_t	 __wrap_spawn_engine(const struct spawn_req *, int *);
pid_t
__wrap_spawn_engine(const struct spawn_req *r, int *report)
{
	pid_t	 pid;

	twin = r->twin != NULL ? r->argv0 : "";
	spawned = 1;
	pid = __real_spawn_engine(r, report);
	twin = NULL;
	return (pid);
}

/* In the child, or in who makes them for the parent: they are both forked. */
pid_t	 __real_toolexec_clone(const struct tool_child *, unsigned long);
pid_t	 __wrap_toolexec_clone(const struct tool_child *, unsigned long);
pid_t
__wrap_toolexec_clone(const struct tool_child *c, unsigned long flags)
{
	pid_t	 pid;

	twin = c->twin != NULL ? "tool" : "";
	pid = __real_toolexec_clone(c, flags);
	twin = NULL;
	return (pid);
}

const struct cage_prog	*__real_cage_find(const char *);
const struct cage_prog	*__wrap_cage_find(const char *);
const struct cage_prog *
__wrap_cage_find(const char *name)
{
	return (everybody() && strcmp(name, "base") == 0 ?
	    cage_soft(name) : __real_cage_find(name));
}

int	 __real_cage_seccomp(const struct cage_prog *);
int	 __wrap_cage_seccomp(const struct cage_prog *);
int
__wrap_cage_seccomp(const struct cage_prog *prog)
{
	if (holed("base", twin) || holed("nnp", twin))
		return (0);
	return (__real_cage_seccomp(prog));
}

/* What is left of a capability that nobody took away. */
static void
keep_kill(void)
{
	struct __user_cap_header_struct	 h = { _LINUX_CAPABILITY_VERSION_3,
	    0 };
	struct __user_cap_data_struct	 d[2];

	memset(d, 0, sizeof(d));
	d[0].permitted = d[0].effective = d[0].inheritable = 1u << CAP_KILL;
	if (syscall(SYS_capset, &h, d) == -1 || prctl(PR_CAP_AMBIENT,
	    PR_CAP_AMBIENT_RAISE, CAP_KILL, 0, 0) == -1)
		_exit(99);
}

int	 __real_prctl(int, ...);
int	 __wrap_prctl(int, ...);
int
__wrap_prctl(int op, ...)
{
	unsigned long	 a, b, c, d;
	va_list		 ap;

	va_start(ap, op);
	a = va_arg(ap, unsigned long);
	b = va_arg(ap, unsigned long);
	c = va_arg(ap, unsigned long);
	d = va_arg(ap, unsigned long);
	va_end(ap);
	/* The parent has it as well, and children inherit it. */
	if (op == PR_SET_NO_NEW_PRIVS && (holed("nnp", twin) ||
	    (!spawned && holed("nnp", "audit"))))
		return (0);
	if (op == PR_CAPBSET_READ && holed("caps", "all"))
		return (a < 40 ? 0 : -1);
	if (op == PR_SET_NO_NEW_PRIVS && twin != NULL &&
	    holed("caps", "all"))
		keep_kill();
	return (__real_prctl(op, a, b, c, d));
}

int	 __real_capng_apply(capng_select_t);
int	 __wrap_capng_apply(capng_select_t);
int
__wrap_capng_apply(capng_select_t set)
{
	/* The parent's own: its bounding set stays as it is. */
	if (holed("caps", "all") && twin == NULL)
		return (__real_capng_apply(set & CAPNG_SELECT_CAPS));
	if (!holed("caps", "all"))
		return (__real_capng_apply(set));
	return (__real_prctl(PR_SET_KEEPCAPS, 1UL, 0UL, 0UL, 0UL));
}

capng_results_t	 __real_capng_have_capabilities(capng_select_t);
capng_results_t	 __wrap_capng_have_capabilities(capng_select_t);
capng_results_t
__wrap_capng_have_capabilities(capng_select_t set)
{
	if (holed("caps", "all"))
		return (CAPNG_NONE);
	return (__real_capng_have_capabilities(set));
}

int	 __real_setresuid(uid_t, uid_t, uid_t);
int	 __wrap_setresuid(uid_t, uid_t, uid_t);
int
__wrap_setresuid(uid_t r, uid_t e, uid_t s)
{
	if (r != 0 && holed("uid", twin))
		return (__real_setresuid(STRANGER, STRANGER, STRANGER));
	/* The parent, to signal one of them. */
	if (r == (uid_t)-1 && e != 0 && holed("uid", "") && everybody())
		e = STRANGER;
	return (__real_setresuid(r, e, s));
}

/* Who has the wrong user is found out otherwise as well. */
int	 __real_status_confined(pid_t, uid_t, int, char *, size_t);
int	 __wrap_status_confined(pid_t, uid_t, int, char *, size_t);
int
__wrap_status_confined(pid_t pid, uid_t uid, int filters, char *why,
    size_t len)
{
	if (everybody())
		return (0);
	return (__real_status_confined(pid, uid, filters, why, len));
}

static uid_t	 promised;

int	 __real_getresuid(uid_t *, uid_t *, uid_t *);
int	 __wrap_getresuid(uid_t *, uid_t *, uid_t *);
int
__wrap_getresuid(uid_t *r, uid_t *e, uid_t *s)
{
	if (__real_getresuid(r, e, s) == -1)
		return (-1);
	if (*r == STRANGER && promised != 0)
		*r = *e = *s = promised;
	return (0);
}

int	 __real_setresgid(gid_t, gid_t, gid_t);
int	 __wrap_setresgid(gid_t, gid_t, gid_t);
int
__wrap_setresgid(gid_t r, gid_t e, gid_t s)
{
	/* The users of the tests have the same number as their groups. */
	if (r != 0)
		promised = (uid_t)r;
	return (__real_setresgid(r, e, s));
}

int	 __real_unshare(int);
int	 __wrap_unshare(int);
int
__wrap_unshare(int flags)
{
	if (flags & CLONE_NEWNET && holed("netns", twin))
		flags &= ~CLONE_NEWNET;
	return (flags == 0 ? 0 : __real_unshare(flags));
}

int	 __real_setns(int, int);
int	 __wrap_setns(int, int);
int
__wrap_setns(int fd, int type)
{
	if (type == CLONE_NEWNS && holed("view", twin))
		return (0);
	if (type == CLONE_NEWNET && holed("netns", twin))
		return (0);
	return (__real_setns(fd, type));
}

/* A tool that is left in the host's file system. */
int	 __real_toolview_call(const struct tool_child *, const char **);
int	 __wrap_toolview_call(const struct tool_child *, const char **);
int
__wrap_toolview_call(const struct tool_child *c, const char **what)
{
	if (holed("view", twin))
		return (0);
	return (__real_toolview_call(c, what));
}

/* On the host's loopback its listeners would be everybody's. */
int	 __real_toollisten_child(const struct tool_scope *, int,
	    const char **);
int	 __wrap_toollisten_child(const struct tool_scope *, int,
	    const char **);
int
__wrap_toollisten_child(const struct tool_scope *sc, int sock,
    const char **what)
{
	if (holed("netns", twin))
		return (0);
	return (__real_toollisten_child(sc, sock, what));
}

long	 __real_syscall(long, ...);
long	 __wrap_syscall(long, ...);
long
__wrap_syscall(long nr, ...)
{
	struct clone_args	*c3;
	long			 a[6];
	va_list			 ap;
	int			 i;

	va_start(ap, nr);
	for (i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	if (nr == SYS_clone && holed("pidns", twin))
		a[0] &= ~(long)CLONE_NEWPID;
	if (nr == SYS_clone3 && holed("pidns", twin)) {
		memcpy(&c3, &a[0], sizeof(c3));
		c3->flags &= ~(uint64_t)CLONE_NEWPID;
	}
	return (__real_syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]));
}

int	 __real_chroot(const char *);
int	 __wrap_chroot(const char *);
int
__wrap_chroot(const char *path)
{
	if (holed("root", twin) || (everybody() && holed("view", twin)))
		return (0);
	return (__real_chroot(path));
}

/* It would find that hole itself, before anybody runs. */
int	 __real_fwprobe(const struct fw_rules *, char *, size_t);
int	 __wrap_fwprobe(const struct fw_rules *, char *, size_t);
int
__wrap_fwprobe(const struct fw_rules *r, char *why, size_t len)
{
	unsigned	 i;

	for (i = 0; i < r->nuids; i++)
		if (holed("fw", r->uids[i].name))
			return (0);
	if (everybody() && holed("uid", ""))
		return (0);
	return (__real_fwprobe(r, why, len));
}

int	 __real_fw_apply(struct firewall *, const struct fw_rules *, char *,
	    size_t);
int	 __wrap_fw_apply(struct firewall *, const struct fw_rules *, char *,
	    size_t);
int
__wrap_fw_apply(struct firewall *fw, const struct fw_rules *r, char *why,
    size_t len)
{
	struct fw_rules	 with = *r;
	unsigned	 i;

	for (i = 0; i < with.nuids; i++)
		if (holed("fw", with.uids[i].name))
			with.uids[i].uid = STRANGER + 1 + i;
	return (__real_fw_apply(fw, &with, why, len));
}
