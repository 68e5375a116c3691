/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Which engine answers at which port of the tools, and the telling: LISTEN
 * with a socket when a call begins or the engine starts again, UNLISTEN when
 * the call is over.  Run by the parent; a connection that comes before waits
 * in the socket.
 */
#include <fcntl.h>
#include <string.h>

#include "parent/parent.h"
#include "parent/tool/toolgrant.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

#define DOORS_MAX	16384	/* bytes; each word that waits holds a socket */

static const struct {
	uint16_t	 port;
	enum proc	 proc;
} doors[] = {
	{ PORT_EGRESS,		PROC_EGRESS },
	{ PORT_ANTHROPIC,	PROC_GATE },
};

enum proc
tooldoor_proc(uint16_t port)
{
	size_t	 i;

	for (i = 0; i < NELEM(doors); i++)
		if (doors[i].port == port)
			return (doors[i].proc);
	return (PROC_MAX);
}

static struct engine *
engine_ready(struct parent *p, enum proc proc)
{
	struct engine	*e = table_find(p, proc, SCOPE_NONE);

	if (e == NULL || e->state != ES_RUN || e->link == NULL)
		return (NULL);
	if (link_queued(e->link) > DOORS_MAX) {
		engine_kill(e, "does not read what it is sent");
		return (NULL);
	}
	return (e);
}

static void
door_tell(struct engine *e, const struct tool_listener *l)
{
	struct msg_LISTEN	 m;
	int			 fd;

	if ((fd = fcntl(l->fd, F_DUPFD_CLOEXEC, 0)) == -1) {
		log_warn("tool: no way out for job %llu",
		    (unsigned long long)l->job);
		return;
	}
	memset(&m, 0, sizeof(m));
	m.scope = (uint8_t)l->scope;
	m.job = l->job;
	m.conv = l->conv;
	m.turn = l->turn;
	m.port = l->port;
	(void)msg_send_LISTEN(e->link, 0, fd, &m);
}

void
tooldoor_open(struct parent *p, const struct tool_listener *l)
{
	struct engine	*e;
	size_t		 i;

	for (i = 0; i < NELEM(doors); i++)
		if (doors[i].port == l->port &&
		    (e = engine_ready(p, doors[i].proc)) != NULL)
			door_tell(e, l);
}

void
tooldoor_close(struct parent *p, enum scope scope, uint64_t job)
{
	struct msg_UNLISTEN	 m;
	struct engine		*e;
	size_t			 i;

	memset(&m, 0, sizeof(m));
	m.scope = (uint8_t)scope;
	m.job = job;
	for (i = 0; i < NELEM(doors); i++)
		if ((e = engine_ready(p, doors[i].proc)) != NULL)
			(void)msg_send_UNLISTEN(e->link, 0, -1, &m);
}

static void
again(const struct tool_listener *l, void *arg)
{
	struct engine	*e = arg;
	size_t		 i;

	for (i = 0; i < NELEM(doors); i++)
		if (doors[i].port == l->port &&
		    doors[i].proc == e->row->proc && e->link != NULL)
			door_tell(e, l);
}

void
tooldoor_again(struct engine *e, struct tool_scope *sc)
{
	if (sc != NULL)
		tool_listeners(sc, again, e);
}
