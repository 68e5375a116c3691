/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * egress: the tools' tunnel to allowed names.  Runs as _tcegress without a
 * file, a secret or TLS; trusts the parent alone.
 */
#include <string.h>
#include <unistd.h>

#include "engines/common/engine.h"
#include "telclauded/lib/log.h"

static void
on_conf_egress(struct link *l, const struct msg_CONF_EGRESS *m,
    struct msg_meta *x)
{
	(void)l;
	(void)m;
	(void)x;
}

static void
on_name_addrs(struct link *l, const struct msg_NAME_ADDRS *m,
    struct msg_meta *x)
{
	(void)l;
	(void)m;
	(void)x;
}

static void
on_listen(struct link *l, const struct msg_LISTEN *m, struct msg_meta *x)
{
	(void)l;
	(void)m;
	(void)x;
}

static void
on_unlisten(struct link *l, const struct msg_UNLISTEN *m, struct msg_meta *x)
{
	(void)l;
	(void)m;
	(void)x;
}

static void
egress_link(enum proc peer, enum scope scope, int fd)
{
	(void)scope;
	if (peer != PROC_AUDIT)
		fatalx("a channel to %s has no place here", proc_name(peer));
	close(fd);
}

int
main(int argc, char **argv)
{
	static struct msg_handlers	 h = {
		.CONF_EGRESS = on_conf_egress,
		.NAME_ADDRS = on_name_addrs,
		.LISTEN = on_listen,
		.UNLISTEN = on_unlisten,
	};
	static const struct engine_def	 def = {
		.proc = PROC_EGRESS,
		.parent = &h,
		.link = egress_link,
	};

	engine_main(&def, argc, argv);
}
