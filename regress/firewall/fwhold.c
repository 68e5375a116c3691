/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * A maker and a keeper for the tests: applies one row, gives a duplicate of
 * the descriptor to a child without privileges, and both wait.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "firewall/firewall.h"

int
main(int argc, char **argv)
{
	static struct fw_rules	 rules;
	struct firewall		*fw;
	char			 why[256];
	uid_t			 uid;
	pid_t			 pid;
	int			 fd;

	if (argc != 2 || (fw = fw_open()) == NULL)
		return (1);
	uid = (uid_t)strtoul(argv[1], NULL, 10);
	memcpy(rules.uids[0].name, "relay", sizeof("relay"));
	rules.uids[0].uid = 4901;
	rules.uids[0].class = FWC_PINNED;
	rules.nuids = 1;
	if (fw_apply(fw, &rules, why, sizeof(why)) == -1) {
		fprintf(stderr, "%s\n", why);
		return (1);
	}
	if ((fd = fw_dupfd(fw)) == -1 || (pid = fork()) == -1)
		return (1);
	if (pid == 0) {
		int	 i;

		for (i = 3; i < 64; i++)
			if (i != fd)
				close(i);
		if (setresgid(uid, uid, uid) == -1 ||
		    setresuid(uid, uid, uid) == -1)
			_exit(1);
		pause();
		_exit(0);
	}
	close(fd);
	usleep(50000);
	printf("maker %d\nheld %d\n", (int)getpid(), (int)pid);
	fflush(stdout);
	pause();
	return (0);
}
