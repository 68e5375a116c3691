/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The twin of an engine, from main() to its end: what the parent's argv asks
 * for instead of work.  It raises its walls one by one and tries the acts of
 * selftest.def behind each; a child, made before, stands behind the real
 * filter, and must die of it.  It has no links and no secrets, reads
 * nothing, tells the parent what came of it and ends.
 */
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engines/common/cage.h"
#include "engines/common/engine.h"
#include "engines/common/selftest.h"

enum { ARG_WORD = 2, ARG_WORDS, ARG_STATE, ARG_CONTROL, ARG_MAX };

static struct self_rec	 recs[SELF_RECS];
static unsigned		 nrecs;
static struct self_ctx	 self;

int
selftest_asked(int argc, char **argv)
{
	return (argc == ARG_MAX && strcmp(argv[ARG_WORD], SELFTEST_WORD) == 0);
}

void
selftest_note(uint8_t pass, uint8_t act, uint16_t err)
{
	if (nrecs == SELF_RECS)
		_exit(20);
	recs[nrecs].pass = pass;
	recs[nrecs].act = act;
	recs[nrecs++].err = err;
}

static void
flush(int fd)
{
	const char	*p = (const char *)recs;
	size_t		 left = nrecs * sizeof(recs[0]);
	ssize_t		 n;

	while (left > 0) {
		if ((n = write(fd, p, left)) == -1 && errno != EINTR)
			_exit(21);
		if (n > 0) {
			p += n;
			left -= (size_t)n;
		}
	}
	nrecs = 0;
}

/* The parent looks at us once more, and lets go by closing. */
void
selftest_end(int fd, enum self_layer layer, int err)
{
	char	 c;

	selftest_note(SP_END, (uint8_t)layer, (uint16_t)err);
	flush(fd);
	while (read(fd, &c, 1) == -1 && errno == EINTR)
		;
	_exit(0);
}

void
selftest_pass(const struct self_ctx *c, enum self_pass pass)
{
	struct self_want	 w;
	int			 a;

	for (a = 0; a < SA_MAX; a++) {
		self_want(c, (enum self_act)a, pass, &w);
		if (w.n == 0)
			continue;
		/* Should it work, nobody is left to say how it went. */
		if (a == SA_EXEC)
			flush(ENGINE_PARENT_FD);
		selftest_note((uint8_t)pass, (uint8_t)a,
		    (uint16_t)self_act(c, (enum self_act)a));
	}
}

/*
 * Behind the real filter, on top of the parent's soft base: a trap goes
 * before an errno.  The call is in no engine's rules, nor in the base's.
 */
static void __attribute__((noreturn))
die_of_it(void)
{
	const struct cage_prog	*own;

	if ((own = cage_find(proc_name(self.proc))) == NULL ||
	    cage_seccomp(own) == -1)
		_exit(22);
	(void)syscall(SYS_personality, 0xffffffffUL);
	_exit(23);
}

/*
 * Before the limit on processes.  The victim borrows our memory until it is
 * dead, as copying that of a large engine takes longer than all acts.
 */
void
selftest_begin(enum proc proc, char **argv)
{
	self.proc = proc;
	if (self_parse(&self, argv[ARG_WORDS]) == -1)
		_exit(26);
	self.state = argv[ARG_STATE];
	self.control = argv[ARG_CONTROL];
	self.tmp = self.workspace = "/";
	self.abi = cage_landlock_abi();
	self.fds = ENGINE_LIFE_FD + 1;
	/* A core, even an unwanted one, would take the borrower along. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1 ||
	    (self.child = vfork()) == -1)
		_exit(27);
	if (self.child == 0)
		die_of_it();
}

static void
victim_judge(void)
{
	int	 status;

	while (waitpid(self.child, &status, 0) == -1)
		if (errno != EINTR)
			_exit(28);
	selftest_note(SP_KILL, SK_FILTER, (uint16_t)status);
}

void
selftest_engine(enum cage_net net)
{
	const struct cage_prog	*real, *soft;
	const char		*name = proc_name(self.proc);

	selftest_pass(&self, SP_OPEN);
	if (cage_landlock(NULL, 0, net) == -1)
		selftest_end(ENGINE_PARENT_FD, SL_LANDLOCK, errno);
	selftest_pass(&self, SP_LANDLOCK);
	victim_judge();
	real = cage_find(name);
	soft = cage_soft(name);
	if (real == NULL || soft == NULL || cage_compare(real, soft) == -1)
		selftest_end(ENGINE_PARENT_FD, SL_FILTER, EUCLEAN);
	if (cage_seccomp(soft) == -1)
		selftest_end(ENGINE_PARENT_FD, SL_FILTER, errno);
	selftest_pass(&self, SP_FILTER);
	selftest_end(ENGINE_PARENT_FD, SL_FILTER, 0);
}
