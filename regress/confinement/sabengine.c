/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Holes for the twin of an engine or a tool, for selftest.t: which of them a
 * program has is said when it is linked (--wrap).  Never installed.
 */
#include <sys/resource.h>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>

#include "engines/common/cage.h"
#include "engines/common/selftest.h"

static int	 twin;

int	 __real_selftest_asked(int, char **);
int	 __wrap_selftest_asked(int, char **);
int
__wrap_selftest_asked(int argc, char **argv)
{
	return (twin = __real_selftest_asked(argc, argv));
}

/* Landlock: not raised. */
int	 __wrap_cage_landlock(const struct cage_path *, size_t, int);
int
__wrap_cage_landlock(const struct cage_path *p, size_t n, int net_none)
{
	(void)p;
	(void)n;
	(void)net_none;
	return (0);
}

int	 __wrap_cage_landlock_ports(const struct cage_path *, size_t, int,
	    const uint16_t *, size_t);
int
__wrap_cage_landlock_ports(const struct cage_path *p, size_t n, int net_none,
    const uint16_t *ports, size_t nports)
{
	(void)ports;
	(void)nports;
	return (__wrap_cage_landlock(p, n, net_none));
}

/* The filter: the last one is not installed. */
int	 __real_cage_seccomp(const struct cage_prog *);
int	 __wrap_cage_seccomp(const struct cage_prog *);
int
__wrap_cage_seccomp(const struct cage_prog *prog)
{
	if (twin ? prog == cage_soft(prog->name) :
	    strncmp(prog->name, "tool", 4) == 0)
		return (0);
	return (__real_cage_seccomp(prog));
}

/* The real filter of the twin's child: one that lets everything pass. */
const struct cage_prog	*__real_cage_find(const char *);
const struct cage_prog	*__wrap_cage_find(const char *);
const struct cage_prog *
__wrap_cage_find(const char *name)
{
	static const struct sock_filter	 all = { BPF_RET | BPF_K, 0, 0,
	    SECCOMP_RET_ALLOW };
	static const struct cage_prog	 pass = { "pass", &all, 1 };

	return (twin && strcmp(name, "base") != 0 ? &pass :
	    __real_cage_find(name));
}

/* The twin's filter: not the real one's likeness. */
const struct cage_prog	*__real_cage_soft(const char *);
const struct cage_prog	*__wrap_cage_soft(const char *);
const struct cage_prog *
__wrap_cage_soft(const char *name)
{
	(void)name;
	return (__real_cage_soft("gate"));
}

/* The limit on processes: not set. */
int	 __real_setrlimit(__rlimit_resource_t, const struct rlimit *);
int	 __wrap_setrlimit(__rlimit_resource_t, const struct rlimit *);
int
__wrap_setrlimit(__rlimit_resource_t what, const struct rlimit *rl)
{
	return (twin && what == RLIMIT_NPROC ? 0 : __real_setrlimit(what, rl));
}
