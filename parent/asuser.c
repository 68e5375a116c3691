/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Root as somebody else for a few calls: what belongs to a user is opened,
 * made and signalled as that user, so that the parent needs neither CAP_KILL
 * nor CAP_CHOWN nor CAP_DAC_*, and a container or unit need not give them.
 * Meanwhile its real and saved users stay root: nobody of that user can signal
 * or trace it.
 */
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "parent/asuser.h"
#include "telclauded/lib/log.h"

#define SAME	((uid_t)-1)

int
asuser_begin(uid_t uid, gid_t gid)
{
	if (setresgid((gid_t)-1, gid, (gid_t)-1) == -1)
		return (-1);
	if (uid == SAME || setresuid(SAME, uid, SAME) == 0)
		return (0);
	asuser_end();
	return (-1);
}

void
asuser_end(void)
{
	int	 saved = errno;

	/* Without root there is no parent. */
	if (setresuid(SAME, 0, SAME) == -1 ||
	    setresgid((gid_t)-1, 0, (gid_t)-1) == -1)
		fatal("cannot be root again");
	errno = saved;
}

int
signal_send(pid_t pid, uid_t uid, int sig)
{
	int	 r;

	if ((r = kill(pid, sig)) == 0 || errno != EPERM || uid == 0)
		return (r);
	if (asuser_begin(uid, 0) == -1)
		return (-1);
	r = kill(pid, sig);
	asuser_end();
	return (r);
}
