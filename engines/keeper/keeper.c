/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * keeper: holds a duplicate of the netlink descriptor that owns the ruleset,
 * so that the rules outlive the parent's death by the instant the others
 * need to die.  Runs as _tckeeper; speaks to the parent only.  Descriptor 4
 * is the reading end of a pipe whose writing end every other process holds:
 * its end of file says that nobody is left.
 */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "engines/common/cage.h"
#include "engines/common/engine.h"
#include "engines/common/selftest.h"
#include "telclauded/lib/log.h"

static struct link	*parent;

static void
on_conf_fd(struct link *l, const struct msg_CONF_FD *m, struct msg_meta *meta)
{
	(void)l;
	if (m->kind != FDK_FIREWALL)
		_exit(3);
	meta->fd = -1;		/* kept open; never read or written */
}

static void
on_conf_end(struct link *l, const struct msg_CONF_END *m,
    struct msg_meta *meta)
{
	struct msg_READY	 ready;
#ifndef TC_SANITIZE
	const struct cage_prog	*prog = cage_find("keeper");

	if (prog == NULL || cage_landlock(NULL, 0, CAGE_NET_NONE) == -1 ||
	    cage_seccomp(prog) == -1)
		_exit(5);
#endif
	(void)m;
	(void)meta;
	memset(&ready, 0, sizeof(ready));
	msg_send_READY(l, 0, -1, &ready);
}

static void
on_start(struct link *l, const struct msg_START *m, struct msg_meta *meta)
{
	(void)m;
	(void)meta;
	link_set_phase(l, PH_RUN);
}

static void
on_drain(struct link *l, const struct msg_DRAIN *m, struct msg_meta *meta)
{
	struct msg_DRAINED	 done;

	(void)m;
	(void)meta;
	memset(&done, 0, sizeof(done));
	msg_send_DRAINED(l, 0, -1, &done);
}

static void
on_ping(struct link *l, const struct msg_PING *m, struct msg_meta *meta)
{
	struct msg_PONG	 pong;

	(void)m;
	memset(&pong, 0, sizeof(pong));
	msg_send_PONG(l, meta->id, -1, &pong);
}

static void
on_loglevel(struct link *l, const struct msg_LOGLEVEL *m,
    struct msg_meta *meta)
{
	(void)l;
	(void)m;
	(void)meta;		/* it never logs */
}

/* Rows of the table that are not for an engine whose row never changes. */
#define NEVER(id)							\
static void								\
never_##id(struct link *l, const struct msg_##id *m,			\
    struct msg_meta *meta)						\
{									\
	(void)l;							\
	(void)m;							\
	(void)meta;							\
	_exit(4);							\
}
NEVER(CONF_LINK)
NEVER(PREPARE)
NEVER(COMMIT)
NEVER(ABORT)

/* The parent is gone: that is when we are needed.  The pipe ends us. */
static void
on_closed(struct link *l)
{
	link_free(l);
	parent = NULL;
}

static void
on_life(evutil_socket_t fd, short what, void *arg)
{
	char	 c;

	(void)what;
	(void)arg;
	if (read(fd, &c, 1) <= 0)
		_exit(0);
}

static const struct msg_handlers handlers = {
	.CONF_LINK = never_CONF_LINK,
	.CONF_FD = on_conf_fd,
	.CONF_END = on_conf_end,
	.START = on_start,
	.PREPARE = never_PREPARE,
	.COMMIT = never_COMMIT,
	.ABORT = never_ABORT,
	.DRAIN = on_drain,
	.PING = on_ping,
	.LOGLEVEL = on_loglevel,
};

static const struct link_ops ops = {
	.handlers = &handlers,
	.closed = on_closed,
};

int
main(int argc, char **argv)
{
	struct msg_HELLO	 hello = { .version = MSG_VERSION };
	struct event_base	*base;
	struct event		*life;
	int			 twin = selftest_asked(argc, argv);

	if (twin)
		selftest_begin(PROC_KEEPER, argv);
	if (getuid() == 0 || engine_early() != 0)
		_exit(2);
	if (twin)
		selftest_engine(CAGE_NET_NONE);
	(void)signal(SIGPIPE, SIG_IGN);
	log_level(LOGL_MAX);
	if ((base = event_base_new()) == NULL ||
	    (life = event_new(base, ENGINE_LIFE_FD, EV_READ | EV_PERSIST,
	    on_life, NULL)) == NULL || event_add(life, NULL) == -1 ||
	    (parent = link_new(base, ENGINE_PARENT_FD, PROC_KEEPER,
	    PROC_PARENT, SCOPE_NONE, &ops, NULL)) == NULL)
		_exit(2);
	link_set_phase(parent, PH_CONFIG);
	msg_send_HELLO(parent, 0, -1, &hello);
	(void)event_base_dispatch(base);
	_exit(6);
}
