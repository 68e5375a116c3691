/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * telclaudectl: options, then a sentence.  Run by the administrator.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "telclauded/ctl/ctl.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/paths.h"

#define DEFAULT_SOCKET	RUNTIME_DEFAULT "/" CONTROL_SOCK

static void __attribute__((noreturn))
usage(void)
{
	fprintf(stderr,
	    "usage: telclaudectl [-jV] [-f file] [-s socket] command "
	    "[argument ...]\n");
	sentence_help(0, NULL);
	exit(CTL_USAGE);
}

int
main(int argc, char **argv)
{
	struct ctl	 c = { .socket = DEFAULT_SOCKET };
	int		 ch;

	log_init("telclaudectl");
	while ((ch = getopt(argc, argv, "+f:js:V")) != -1)
		switch (ch) {
		case 'f':
			c.conf = optarg;
			break;
		case 'j':
			c.json = 1;
			break;
		case 's':
			c.socket = optarg;
			break;
		case 'V':
			printf("telclaudectl %s\n", TC_VERSION);
			return (0);
		default:
			usage();
		}
	argc -= optind;
	argv += optind;
	if (argc == 0)
		usage();
	return (sentence_run(&c, argc, argv));
}
