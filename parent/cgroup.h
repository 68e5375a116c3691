/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * A place of our own in the control groups, where the tools' limits and their
 * killing live.  Run by the parent at its start.
 */
#ifndef PARENT_CGROUP_H
#define PARENT_CGROUP_H

enum cg_ctl { CG_MEMORY, CG_PIDS, CG_CPU, CG_CTLS };

struct cgroups {
	int	 v2;		/* our directory there, or -1 */
	unsigned in_v2;		/* 1 << cg_ctl: works there */
	int	 v1[CG_CTLS];	/* else our directory there, or -1 */
};

/* Finds and makes it; cleans what a run that was killed left.  Before the
 * first child is made: we may move to a group of our own. */
void	 cgroup_init(void);
const struct cgroups *cgroup_mine(void);
int	 cgroup_version(void);	/* of the limits: 2, 1 or 0 */
unsigned cgroup_limits(void);	/* 1 << cg_ctl: these are held */
void	 cgroup_end(void);

/* A small file of a group; 0 or -1. */
int	 cgroup_write(int dir, const char *file, const char *text);
/* Ends who is in it, then removes it; -1 while somebody is dying. */
int	 cgroup_remove(int dir, const char *name);
int	 cgroup_remove_wait(int dir, const char *name);

#endif
