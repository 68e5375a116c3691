/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The verifier of the audit log on files, for the tests.
 */
#include <fcntl.h>
#include <stdio.h>

#include "engines/audit/chain.h"

int
main(int argc, char **argv)
{
	struct audit_report	 r;
	struct audit_walk	*w;
	int			 fd, i, n = 0;

	if (argc < 2 || (w = audit_walk_new(&r, NULL, NULL)) == NULL)
		return (2);
	for (i = 1; i < argc && n == 0; i++)
		if ((fd = open(argv[i], O_RDONLY)) == -1 ||
		    (n = audit_walk_file(w, fd)) == -1) {
			perror("auditcheck");
			return (2);
		}
	audit_walk_free(w);
	if (n == 0)
		printf("whole: %llu lines, last %llu, %llu repairs\n",
		    (unsigned long long)r.lines, (unsigned long long)r.last,
		    (unsigned long long)r.repairs);
	else
		printf("broken at line %llu: it %s\n",
		    (unsigned long long)r.broken, r.why);
	return (n);
}
