/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What the kernel says about a process.  Run by the parent.
 */
#ifndef PARENT_STATUS_H
#define PARENT_STATUS_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

struct kernel_facts {
	uid_t		 uid[4];	/* real, effective, saved, fs */
	gid_t		 gid[4];
	int		 groups;	/* supplementary */
	uint64_t	 cap_inh, cap_prm, cap_eff, cap_bnd, cap_amb;
	int		 nnp, seccomp, filters;
	uint64_t	 rss_kb;
	char		 state;		/* as proc(5) has it: R S D T t Z */
};

/* From the text of /proc/PID/status; 0, or -1 when a line is missing. */
int	 status_parse(const char *text, struct kernel_facts *);
int	 status_read(pid_t, struct kernel_facts *);	/* 0 or -1, errno */
/* Proportional share in kB; 0 where the kernel keeps it from us. */
uint64_t status_pss(pid_t);
/* Is it confined as claimed?  0, or -1 and what is not. */
int	 status_confined(pid_t, uid_t, int filters, char *why, size_t);

#endif
