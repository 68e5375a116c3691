/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What asking for namespaces leaves in the parent's table of descriptors:
 * nothing, whether the kernel has them or refuses on the way.  A helper
 * shares that table.
 */
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <unistd.h>
#include <cmocka.h>

#include "parent/tool/toolspawn.h"
#include "telclauded/lib/util.h"

#define FDS	64

static unsigned
table(uint8_t open[FDS])
{
	unsigned	 n = 0;
	int		 fd;

	for (fd = 0; fd < FDS; fd++)
		n += open[fd] = fcntl(fd, F_GETFD) != -1;
	return (n);
}

static int
refuse(unsigned nr)
{
	struct sock_filter	 f[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog	 prog = { NELEM(f), f };

	return (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ? -1 :
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog));
}

/* How a process ends that asks, with this call refused (0: none). */
static int
asks(unsigned nr)
{
	uint8_t	 before[FDS], after[FDS];
	int	 status, fd;
	pid_t	 pid;

	if ((pid = fork()) == 0) {
		if ((nr != 0 && refuse(nr) == -1) || table(before) < 3)
			_exit(2);
		if (tool_platform()->namespaces && nr != 0)
			_exit(3);
		(void)table(after);
		for (fd = 0; fd < FDS; fd++)
			if (before[fd] != after[fd])
				_exit(100 + fd);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return (-1);
	return (WEXITSTATUS(status));
}

static void
leaves_nothing(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(asks(0), 0);
	assert_int_equal(asks(SYS_mount), 0);
	assert_int_equal(asks(SYS_setns), 0);
	assert_int_equal(asks(SYS_clone), 0);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(leaves_nothing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
