/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * tunnel EGRESS [NAME=ADDRESS ...]: runs egress behind a parent that allows
 * these names; says the port of its listener and serves until standard input
 * ends.  For benchmarks and for trying clients by hand.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "regress/unit/egress_world.h"
#include "telclauded/lib/log.h"

#define NAMES	16

static void
on_stdin(evutil_socket_t fd, short what, void *arg)
{
	struct ew *w = arg;

	(void)fd;
	(void)what;
	if (getchar() == EOF) {
		ew_stop(w);
		exit(0);
	}
}

int
main(int argc, char **argv)
{
	static struct ew_name names[NAMES];
	static struct ew w = { .names = names };
	const struct msg_CONF_EGRESS set = { .head_ms = 10000,
	    .idle_ms = 300000, .conns = 256, .bytes = 0 };
	struct event *e;
	char *eq;
	int i;

	log_init("tunnel");
	if (argc < 2 || argc - 2 >= NAMES)
		fatalx("usage: tunnel egress [name=address ...]");
	for (i = 2; i < argc; i++) {
		if ((eq = strchr(argv[i], '=')) == NULL)
			fatalx("%s is not name=address", argv[i]);
		*eq = '\0';
		names[i - 2].host = argv[i];
		names[i - 2].ttl = 3600;
		names[i - 2].addrs[0] = eq + 1;
	}
	ew_start(&w, argv[1], &set, 0);
	(void)printf("%u\n", ew_listen(&w, SCOPE_TELEGRAM, 0, 0));
	(void)fflush(stdout);
	if ((e = event_new(w.base, 0, EV_READ | EV_PERSIST, on_stdin, &w)) ==
	    NULL || event_add(e, NULL) == -1)
		fatalx("stdin");
	for (;;)
		ew_run(&w, 3600000, NULL);
}
