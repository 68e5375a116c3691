/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Commands that change something: reload, stop, log.
 */
#include <err.h>
#include <stdio.h>
#include <string.h>

#include "telclauded/ctl/view.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

static int
ctl_do(struct ctl *c, enum ctl_verb verb, uint8_t arg, const char *done)
{
	struct client	*cl;
	char		 why[1024];
	int		 down, r;

	if ((cl = client_open(c->socket, &down)) == NULL)
		return (down ? CTL_DOWN : 1);
	r = client_do(cl, verb, arg, why, sizeof(why));
	client_close(cl);
	if (r != 0) {
		warnx("%s", why[0] == '\0' ? "refused" : why);
		return (1);
	}
	view_done(c, NULL, why[0] == '\0' ? done : why);
	return (0);
}

int
cmd_reload(struct ctl *c)
{
	return (ctl_do(c, DO_RELOAD, 0, "reloaded"));
}

int
cmd_stop(struct ctl *c)
{
	return (ctl_do(c, DO_STOP, 0, "stopping"));
}

int
cmd_log(struct ctl *c)
{
	int	 level;

	if ((level = log_level_byname(c->argv[0])) == -1) {
		warnx("log: no level %s: debug, info, warn or error",
		    c->argv[0]);
		return (CTL_USAGE);
	}
	return (ctl_do(c, DO_LOGLEVEL, (uint8_t)level, "ok"));
}
