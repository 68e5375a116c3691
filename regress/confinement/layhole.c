/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Doubles without one of their own layers, for layers.t: which one is said
 * when they are linked (--wrap).  Their filter answers where the real one
 * kills, so that one life is enough for all acts; a twin of the selftest has
 * the real one's.  Never installed.
 */
#include <stddef.h>

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

const struct cage_prog	*__real_cage_find(const char *);
const struct cage_prog	*__wrap_cage_find(const char *);
const struct cage_prog *
__wrap_cage_find(const char *name)
{
	return (twin ? __real_cage_find(name) : cage_soft(name));
}

int	 __wrap_cage_landlock(const struct cage_path *, size_t,
	    enum cage_net);
int
__wrap_cage_landlock(const struct cage_path *p, size_t n, enum cage_net net)
{
	(void)p;
	(void)n;
	(void)net;
	return (0);
}

int	 __wrap_cage_landlock_ports(const struct cage_path *, size_t,
	    enum cage_net, const uint16_t *, size_t);
int
__wrap_cage_landlock_ports(const struct cage_path *p, size_t n,
    enum cage_net net, const uint16_t *ports, size_t nports)
{
	(void)ports;
	(void)nports;
	return (__wrap_cage_landlock(p, n, net));
}

int	 __wrap_cage_seccomp(const struct cage_prog *);
int
__wrap_cage_seccomp(const struct cage_prog *prog)
{
	(void)prog;
	return (0);
}
