/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * A hostile tool for layers.t, in the real one's place: raises the walls of
 * its tier and then does what the test writes into its memory (evil_box, as in
 * evilengine.c), one act a line (evilact.c).  It never reads its job: the
 * calls that it is for last until they are killed.
 */
#include <sys/prctl.h>

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engines/tool/tool.h"
#include "regress/confinement/evil.h"
#include "telclauded/lib/util.h"

#define LOOK_NS		2000000

struct evil_box	 evil_box;

static char	 script[16384];

static void
run(void)
{
	char	*next = script, *line, *args;
	size_t	 len = 0;
	int	 err, n;

	(void)str_copy(script, evil_box.text, sizeof(script));
	evil_box.text[0] = '\0';
	while ((line = strsep(&next, "\n")) != NULL) {
		if (*line == '\0')
			continue;
		args = line;
		(void)strsep(&args, " ");
		err = evil_act(line, args == NULL ? line + strlen(line) :
		    args);
		n = snprintf(evil_box.text + len, sizeof(evil_box.text) - len,
		    "%s\n", err == 0 ? "0" : err == -1 ? "no command" :
		    strerrorname_np(err));
		len += n > 0 ? (size_t)n : 0;
	}
}

int
main(int argc, char **argv)
{
	static struct place	 place;
	const struct timespec	 ts = { 0, LOOK_NS };

	(void)prctl(PR_SET_DUMPABLE, 0);
	selftest_maybe(argc, argv);
	place_parse(&place, argc, argv);
	if (confine(&place) == -1)
		return (124);
	for (;;) {
		(void)nanosleep(&ts, NULL);
		if (evil_box.state != 1)
			continue;
		run();
		evil_box.state = 2;
	}
}
