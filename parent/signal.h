/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Signals to processes of other users.  Run by the parent.
 */
#ifndef PARENT_SIGNAL_H
#define PARENT_SIGNAL_H

#include <sys/types.h>

/* kill(2) of a process that runs as uid, with CAP_KILL or without. */
int	 signal_send(pid_t, uid_t, int sig);

#endif
