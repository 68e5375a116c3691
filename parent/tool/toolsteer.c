/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What engines say of tools that run or may run soon: kill, wipe, have one
 * ready; and what an engine's death means for them.  Run by the parent, which
 * takes numbers from them and nothing else.
 */
#include <errno.h>
#include <string.h>

#include "parent/tool/toolgrant.h"
#include "parent/tool/toolslot.h"

#define INFO_MAX	64	/* as many as may run */

/* Nobody is left to read their output, or to hear of their end. */
void
tools_lost(struct parent *p, enum proc proc, enum scope scope)
{
	struct slot	*s;
	int		 i;

	if (proc != PROC_RELAY && proc != PROC_RUNNER)
		return;
	/* A new relay knows nothing of what the old one asked for. */
	if (proc == PROC_RELAY)
		toolqueue_flush();
	for (i = 0; p->tools != NULL && i < SCOPE_MAX; i++) {
		s = &p->tools->slot[i];
		if (proc == PROC_RUNNER && s->scope != scope)
			continue;
		if (s->now != NULL)
			tool_kill_all(s->now);
		if (s->old != NULL)
			tool_kill_all(s->old);
	}
}

/* Egress or gate runs, for the first time or again. */
void
tools_engine_up(struct engine *e)
{
	struct slot	*s;
	int		 i;

	for (i = 0; e->p->tools != NULL && i < SCOPE_MAX; i++) {
		s = &e->p->tools->slot[i];
		tooldoor_again(e, s->now);
		tooldoor_again(e, s->old);
	}
}

/* Said for every turn; whether a call follows is the model's choice. */
void
tools_soon(struct engine *e, const struct msg_TOOL_SOON *m)
{
	struct parent	*p = e->p;

	if (p->tools == NULL || m->scope >= SCOPE_MAX ||
	    (m->tier == TIER_SOCIAL) != (m->scope == SCOPE_MOLTBOOK) ||
	    p->tools->slot[m->scope].now == NULL || p->state != PS_RUN)
		return;
	tool_soon(p->tools->slot[m->scope].now, m->conv, m->tier);
}

/* The relay kills in every scope, a runner in its own; what waits for its
 * turn is answered instead. */
void
tools_kill(struct engine *e, const struct msg_TOOL_KILL *m)
{
	struct slot	*s;
	uint32_t	 id;
	int		 i;

	if (toolqueue_drop(m->job, e->row->proc == PROC_RUNNER ?
	    e->row->scope : SCOPE_NONE, &id)) {
		tools_answer(e->p, m->job, id, ECANCELED, -1);
		return;
	}
	for (i = 0; e->p->tools != NULL && i < SCOPE_MAX; i++) {
		s = &e->p->tools->slot[i];
		if (e->row->proc == PROC_RUNNER && s->scope != e->row->scope)
			continue;
		if ((s->now != NULL && tool_kill(s->now, m->job) == 0) ||
		    (s->old != NULL && tool_kill(s->old, m->job) == 0))
			return;
	}
}

/*
 * The relay knows whose call it was.  Where all calls of a scope share a
 * listener, it may have been any that runs.
 */
void
tools_net(struct engine *e, const struct msg_TOOL_NET *m)
{
	struct engine		*r = table_find(e->p, PROC_RELAY, SCOPE_NONE);
	struct msg_TOOL_NET	 one = *m;
	struct tool_info	 v[2 * INFO_MAX];
	const struct slot	*s;
	unsigned		 i, n = 0;

	if (r == NULL || r->link == NULL || r->state != ES_RUN)
		return;
	if (m->job != 0) {
		msg_send_TOOL_NET(r->link, 0, -1, m);
		return;
	}
	if (e->p->tools == NULL || m->scope >= SCOPE_MAX)
		return;
	s = &e->p->tools->slot[m->scope];
	if (s->now != NULL)
		n = tool_list(s->now, v, INFO_MAX);
	if (s->old != NULL)
		n += tool_list(s->old, v + n, INFO_MAX);
	for (i = 0; i < n; i++) {
		one.job = v[i].job;
		msg_send_TOOL_NET(r->link, 0, -1, &one);
	}
}

void
tools_wipe(struct engine *e, const struct msg_CONV_WIPE *m)
{
	struct slot	*s;

	if (m->scope >= SCOPE_MAX || e->p->tools == NULL)
		return;
	s = &e->p->tools->slot[m->scope];
	if (s->now != NULL)
		tool_conv_wipe(s->now, m->conv);
	if (s->old != NULL)
		tool_conv_wipe(s->old, m->conv);
}
