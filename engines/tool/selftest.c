/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The twin of a tool: behind the walls of its tier it tries what is
 * forbidden, tells the parent and ends.  The parent's argv asks for it; no
 * job is read.
 */
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "engines/common/cage.h"
#include "engines/common/selftest.h"
#include "engines/tool/tool.h"

static struct self_ctx self;

/* Between Landlock and the filter. */
static void
landlocked(void)
{
	selftest_pass(&self, SP_LANDLOCK);
}

/* Dead, but not reaped: it can still be signalled, or not. */
static pid_t
child_made(void)
{
	pid_t pid;

	if ((pid = fork()) == 0)
		_exit(0);
	return (pid);
}

/* A filter for one architecture must not be stepped over by another's. */
static void
foreign(void)
{
#ifdef __x86_64__
	long nr = 20;		/* getpid(2) of i386 */
	int status;
	pid_t pid;

	if ((pid = fork()) == 0) {
		__asm__ volatile ("int $0x80" : "+a" (nr) : :
		    "memory", "cc");
		_exit(0);
	}
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return;
	selftest_note(SP_KILL, SK_FOREIGN, (uint16_t)status);
#endif
}

static void __attribute__((noreturn))
twin(struct place *p, char **words)
{
	self.proc = PROC_TOOL;
	self.tier = p->tier;
	if (self_parse(&self, words[0]) == -1)
		_exit(30);
	self.state = words[1];
	self.control = words[2];
	self.tmp = p->tmp;
	self.workspace = p->workspace;
	self.abi = cage_landlock_abi();
	self.fds = TOOL_FETCH_FD + 1;
	if ((self.child = child_made()) == -1)
		_exit(31);
	selftest_pass(&self, SP_OPEN);
	p->landlocked = landlocked;
	if (confine(p) == -1)
		selftest_end(TOOL_OUT_FD, SL_FILTER, errno);
	selftest_pass(&self, SP_FILTER);
	foreign();
	selftest_end(TOOL_OUT_FD, SL_FILTER, 0);
}

void
selftest_maybe(int argc, char **argv)
{
	static struct place place;

	if (argc <= 1 + SELFTEST_WORDS || strcmp(argv[1], SELFTEST_WORD) != 0)
		return;
	place_parse(&place, argc - 1 - SELFTEST_WORDS,
	    argv + 1 + SELFTEST_WORDS);
	twin(&place, argv + 2);
}
