/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Prints the built-in names of telclauded.conf(5) in mdoc from the table that
 * domains.c judges by.  Runs during the build.
 */
#include <stdio.h>

#include "telclauded/domains.h"

static void
list(enum domain_class class)
{
	size_t	 i;
	int	 any = 0;

	for (i = 0; i < domain_nrows; i++) {
		if (domain_rows[i].class != class)
			continue;
		printf("%s%s", any ? " ,\n.Li " : ".Li ", domain_rows[i].name);
		any = 1;
	}
	puts(any ? " ." : "none.");
}

int
main(void)
{
	static const struct { enum domain_class class; const char *what; }
	    part[] = {
		{ DC_RELAY, "of the relay alone." },
		{ DC_MODEL, "of the gate alone." },
		{ DC_LOGIN, "of the gate, where\n.Ic login\nis set." },
		{ DC_CLOSED, "of nobody." },
		{ DC_TOOLS, "of the tools, as\n.Ic domain default ." },
	};
	size_t	 i;

	for (i = 0; i < sizeof(part) / sizeof(part[0]); i++) {
		printf(".It Sy %s\nNames %s\n",
		    domain_class_name(part[i].class), part[i].what);
		list(part[i].class);
	}
	return (0);
}
