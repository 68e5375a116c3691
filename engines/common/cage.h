/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Confinement of an engine from inside: Landlock, then the seccomp program
 * that cagegen(1) compiled from cages.def at build time.  The only user of
 * seccomp(2) and landlock_*(2) besides the tool's own setup.
 */
#ifndef CAGE_H
#define CAGE_H

#include <stddef.h>
#include <stdint.h>

#include "imsg/proc.h"

struct sock_filter;

struct cage_prog {
	const char			*name;
	const struct sock_filter	*insns;
	uint16_t			 n;
};
/* Made by cagegen: NULL when the row has no such program. */
const struct cage_prog	*cage_find(const char *name);
/*
 * For the selftest's twin: the same program, but what the real one traps
 * (base: kills) for being in no rule (base: in one) is answered with EPERM
 * (base: SELFTEST_BASE_ERRNO).  NULL when the row has none.
 */
const struct cage_prog	*cage_soft(const char *name);
/* cagecmp.c: 0 when nothing but that differs, else -1. */
int	 cage_compare(const struct cage_prog *real,
	    const struct cage_prog *soft);
/* The name of a system call here, NULL when unknown. */
const char	*cage_call_name(int nr);

/* Does the kernel know this action of a filter?  0 or -1 with errno. */
int	 cage_seccomp_has(uint32_t action);
/* Install: no_new_privs must be set.  0 or -1 with errno. */
int	 cage_seccomp(const struct cage_prog *);

/* Landlock ABI the kernel reports, 0 when there is none. */
int	 cage_landlock_abi(void);

struct cage_path {
	const char	*path;		/* or NULL: use fd */
	int		 fd;
	unsigned	 access;	/* CP_* */
};
#define CP_READ		0x01		/* files and directories below */
#define CP_WRITE	0x02		/* change, create, remove below */
#define CP_EXEC		0x04
#define CP_REFER	0x08		/* rename and link across directories */
#define CP_DEV		0x10		/* read, write, ioctl of device files */
#define CP_LIST		0x20		/* the names in directories below */
#define CP_REMOVE	0x40		/* remove below */
/* TCP by Landlock (ABI 4): nothing of it denied; all; listening only. */
enum cage_net { CAGE_NET_ANY, CAGE_NET_NONE, CAGE_NET_OUT };
/* Deny all file access but these, TCP as said, and (ABI 6) signals and
 * abstract sockets outside.  0 or -1 with errno. */
int	 cage_landlock(const struct cage_path *, size_t, enum cage_net);
/* The same, but TCP may connect to these ports (ABI 4). */
int	 cage_landlock_ports(const struct cage_path *, size_t,
	    enum cage_net, const uint16_t *ports, size_t nports);

#endif
