/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * From a root process to an engine that never ran an instruction as root.
 * Run by the parent; the child it makes trusts nothing but this request.
 */
#ifndef PARENT_SPAWN_H
#define PARENT_SPAWN_H

#include <sys/types.h>
#include <sys/resource.h>

#include <stdint.h>

#define SPAWN_NONET	0x01	/* an empty network namespace, where we can */
#define SPAWN_EMPTYROOT	0x02	/* chroot to nothing, when it is static */
#define SPAWN_ORPHAN	0x04	/* outlives us: the keeper */
#define SPAWN_NOFILES	0x08	/* RLIMIT_FSIZE 0 */

enum spawn_step { SPS_NONE, SPS_SIGNALS, SPS_FDS, SPS_LIMITS, SPS_NETNS,
    SPS_VIEW, SPS_ROOT, SPS_CAPS, SPS_UID, SPS_PROOF, SPS_PDEATH,
    SPS_ORPHANED, SPS_NNP, SPS_SECCOMP, SPS_EXEC, SPS_MAX };
const char	*spawn_step_name(enum spawn_step);

enum spawn_ns { SPN_NET, SPN_MNT, SPN_PID, SPN_IPC, SPN_UTS, SPN_USER,
    SPN_MAX };
extern const char *const spawn_ns_names[SPN_MAX];

/* What the child writes before exec; step is 0 unless it failed. */
struct spawn_report {
	uint8_t		 step;
	uint8_t		 netns;		/* made an empty one */
	uint8_t		 root;		/* sits in the empty root */
	uint8_t		 base;		/* base filter is installed */
	int32_t		 err;
	uint64_t	 ns[SPN_MAX];	/* inode numbers, 0 unknown */
};

struct spawn_req {
	const char	*argv0;		/* program */
	const char	*scope;		/* "" or a scope's name */
	int		 bin;		/* the program */
	int		 link;		/* becomes 3 */
	int		 life;		/* becomes 4 */
	int		 root;		/* O_PATH of the empty root, or -1 */
	int		 view;		/* mount namespace to enter, or -1 */
	uid_t		 uid;
	gid_t		 gid;
	unsigned	 needs;
	rlim_t		 nofile, fsize, data, memlock;
	/* A twin: what it is told (engines/common/selftest.h), else NULL. */
	const char	*const *twin;
};

/* The pid, or -1 with errno; *report gets a descriptor to read the report
 * from, which ends when exec has happened. */
pid_t	 spawn_engine(const struct spawn_req *, int *report);
/* 0: read whole; -1: nothing came. */
int	 spawn_read_report(int fd, struct spawn_report *);
/* Can we make network namespaces; platform.c tries it before the first
 * spawn. */
int	 spawn_can_netns(void);
void	 spawn_set_netns(int);
/* And sit in an empty root. */
int	 spawn_can_chroot(void);
/* The inode numbers of the calling process's namespaces. */
void	 spawn_namespaces(uint64_t ns[SPN_MAX]);
/* 1: no program interpreter, so it runs in an empty root. */
int	 spawn_isstatic(int fd);

#endif
