/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Signals to processes of other users, also in a container that gives no
 * CAP_KILL: the kernel lets a user signal its own, and the parent may be any
 * user for the one call.  Meanwhile its real and saved users stay root, so
 * that nobody of that user can signal or trace it.
 */
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "parent/signal.h"
#include "telclauded/lib/log.h"

#define SAME	((uid_t)-1)

int
signal_send(pid_t pid, uid_t uid, int sig)
{
	int	 r, saved;

	if ((r = kill(pid, sig)) == 0 || errno != EPERM || uid == 0)
		return (r);
	if (setresuid(SAME, uid, SAME) == -1)
		return (-1);
	r = kill(pid, sig);
	saved = errno;
	/* Without root there is no parent. */
	if (setresuid(SAME, 0, SAME) == -1)
		fatal("setresuid");
	errno = saved;
	return (r);
}
