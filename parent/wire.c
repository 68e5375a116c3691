/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Channels between engines, as links.def allows them: made when both ends
 * are there, made anew when one of them comes back.  Run by the parent.
 */
#include <sys/socket.h>

#include <string.h>
#include <unistd.h>

#include "imsg/links.def"
#include "parent/parent.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

static const struct { enum proc a, b; } pairs[] = {
#define L(x, y)	{ PROC_##x, PROC_##y },
	LINK_TABLE(L)
#undef L
};

static int
pair_new(int s[2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0, s) == -1) {
		log_warn("socketpair");
		return (-1);
	}
	return (0);
}

static int
send_end(struct engine *e, enum proc peer, enum scope scope, int fd)
{
	struct msg_CONF_LINK	 m;

	memset(&m, 0, sizeof(m));
	m.peer = (uint8_t)peer;
	m.scope = (uint8_t)scope;
	return (msg_send_CONF_LINK(e->link, 0, fd, &m) == 0 ? -1 : 0);
}

static int
wire_pair(struct engine *a, struct engine *b)
{
	enum scope	 scope;
	int		 s[2];

	/* Both ends hear the scope of the channel: the scoped end's. */
	scope = a->row->scope != SCOPE_NONE ? a->row->scope : b->row->scope;
	if (pair_new(s) == -1)
		return (-1);
	if (send_end(a, b->row->proc, scope, s[0]) == -1)
		log_warnx("cannot wire %s to %s", a->name, b->name);
	if (send_end(b, a->row->proc, scope, s[1]) == -1)
		log_warnx("cannot wire %s to %s", b->name, a->name);
	return (0);
}

static int
configured(const struct engine *e)
{
	return (e->link != NULL && (e->state == ES_CONFIG ||
	    e->state == ES_READY || e->state == ES_RUN));
}

/* Different scopes share no channel. */
static int
may_talk(const struct engine *a, const struct engine *b)
{
	return (a->row->scope == SCOPE_NONE || b->row->scope == SCOPE_NONE ||
	    a->row->scope == b->row->scope);
}

/* Does the table give these two a channel? */
int
wire_have(const struct engine *x, const struct engine *y)
{
	unsigned	 i;

	if (x == y || !may_talk(x, y))
		return (0);
	for (i = 0; i < NELEM(pairs); i++)
		if ((pairs[i].a == x->row->proc &&
		    pairs[i].b == y->row->proc) ||
		    (pairs[i].a == y->row->proc &&
		    pairs[i].b == x->row->proc))
			return (1);
	return (0);
}

void
wire_engine(struct engine *e)
{
	struct engine	*o;
	unsigned	 i;

	for (i = 0; i < e->p->nengines; i++) {
		o = &e->p->engines[i];
		if (configured(o) && wire_have(e, o) &&
		    wire_pair(e, o) == -1) {
			/* The next try is a new life of it. */
			engine_kill(e, "could not be wired to %s", o->name);
			return;
		}
	}
}

int
wire_ctl(struct engine *e)
{
	unsigned	 i;
	int		 s[2];

	for (i = 0; i < NELEM(pairs); i++)
		if (pairs[i].a == PROC_CTL && pairs[i].b == e->row->proc)
			break;
	if (i == NELEM(pairs) || e->state != ES_RUN || pair_new(s) == -1)
		return (-1);
	if (send_end(e, PROC_CTL, e->row->scope, s[0]) == -1) {
		close(s[1]);
		return (-1);
	}
	return (s[1]);
}
