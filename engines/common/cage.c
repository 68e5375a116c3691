/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Installing a seccomp program, and the last words of a process that its own
 * filter stops: the name of the call goes to the log, then the process dies
 * of SIGSYS.  The only caller of seccomp(2).
 */
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engines/common/cage.h"
#include "telclauded/lib/log.h"


/*
 * The filter's default action is a trap: the call is not made and this runs,
 * on the process's own stack, with SIGSYS blocked.  Whatever it does that the
 * filter stops again makes the kernel kill the process by SIGSYS, so there is
 * no way back to the code that tried.  Its log line may be lost; the wait
 * status is not.
 */
static void
cage_trapped(int sig, siginfo_t *si, void *uc)
{
	const char	*name;

	(void)sig;
	(void)uc;
	name = cage_call_name(si->si_syscall);
	log_error("blocked system call %s (%d)", name == NULL ? "?" : name,
	    si->si_syscall);
	for (;;)
		(void)syscall(SYS_reboot, 0, 0, 0, 0);
}

int
cage_seccomp(const struct cage_prog *prog)
{
	struct sigaction	 sa;
	struct sock_fprog	 fp;

	memset(&sa, 0, sizeof(sa));
	sa.sa_sigaction = cage_trapped;
	sa.sa_flags = SA_SIGINFO;
	sigfillset(&sa.sa_mask);
	if (sigaction(SIGSYS, &sa, NULL) == -1)
		return (-1);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return (-1);
	memset(&fp, 0, sizeof(fp));
	fp.len = prog->n;
	/* The kernel's struct lacks const; it copies the program. */
	memcpy(&fp.filter, &prog->insns, sizeof(fp.filter));
	return ((int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &fp));
}

int
cage_seccomp_has(uint32_t action)
{
	return ((int)syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0,
	    &action));
}
