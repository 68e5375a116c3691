/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The verifier of the audit log on a file, for the tests.
 */
#include <fcntl.h>
#include <stdio.h>

#include "engines/audit/chain.h"

int
main(int argc, char **argv)
{
	struct audit_report	 r;
	int			 fd, n;

	if (argc != 2 || (fd = open(argv[1], O_RDONLY)) == -1 ||
	    (n = audit_verify(fd, &r)) == -1) {
		perror("auditcheck");
		return (2);
	}
	if (n == 0)
		printf("whole: %llu lines, last %llu, %llu repairs\n",
		    (unsigned long long)r.lines, (unsigned long long)r.last,
		    (unsigned long long)r.repairs);
	else
		printf("broken at line %llu: it %s\n",
		    (unsigned long long)r.broken, r.why);
	return (n);
}
