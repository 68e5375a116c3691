/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Root as somebody else for a few calls.  Run by the parent.
 */
#ifndef PARENT_ASUSER_H
#define PARENT_ASUSER_H

#include <sys/types.h>

/* (uid_t)-1: the group alone.  0 or -1; between the two nothing may return. */
int	 asuser_begin(uid_t, gid_t);
void	 asuser_end(void);	/* keeps errno */
/* kill(2) of a process that runs as uid, with CAP_KILL or without. */
int	 signal_send(pid_t, uid_t, int sig);

#endif
