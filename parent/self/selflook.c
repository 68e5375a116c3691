/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Looks at a twin from outside: did it come to life at all, and is it what
 * the kernel says a process of its row must be.  Run by the parent.
 */
#include <string.h>

#include "parent/self/self_int.h"
#include "parent/status.h"
#include "parent/tool/toolgrant.h"

/* 1: it never came to its own code; why is told. */
int
selflook_unborn(struct twin *t)
{
	struct tool_scope	*sc = tools_scope(t->s->p, SCOPE_TELEGRAM);
	struct spawn_report	 rep;

	memset(&rep, 0, sizeof(rep));
	if (t->e == NULL) {
		if (t->len == 0 && sc != NULL)
			tool_twin_why(sc, t->pid, t->v.why,
			    sizeof(t->v.why));
		return (t->len == 0);
	}
	if (spawn_read_report(t->report, &rep) == -1) {
		(void)str_copy(t->v.why, "it ended before exec",
		    sizeof(t->v.why));
		return (1);
	}
	t->ns_net = rep.ns[SPN_NET];
	if (rep.step == SPS_NONE)
		return (0);
	(void)str_format(t->v.why, sizeof(t->v.why), "%s: %s",
	    spawn_step_name((enum spawn_step)rep.step), strerror(rep.err));
	return (1);
}

/* First of all: with another user nothing that matches it is its wall. */
int
selflook_user(struct twin *t)
{
	struct kernel_facts	 f;
	int			 i;

	if (status_read(t->pid, &f) == -1)
		return (1);	/* selflook_right() says it */
	for (i = 0; i < 4; i++)
		if (f.uid[i] != t->uid) {
			(void)str_format(t->v.why, sizeof(t->v.why), "%s: the "
			    "kernel says that it runs as another user",
			    self_layer_words(SL_USER));
			return (0);
		}
	return (1);
}

/* As the kernel has it, and not the twin: it waits for us to look. */
int
selflook_right(struct twin *t)
{
	uint64_t	 ns[SPN_MAX];
	int		 filters = t->e != NULL ? 2 : 3;

	if (status_confined(t->pid, t->uid, filters, t->v.why,
	    sizeof(t->v.why)) == -1)
		return (0);
	spawn_namespaces(ns);
	if (t->e != NULL && t->ctx.flags & SF_NONET &&
	    t->ns_net == ns[SPN_NET]) {
		(void)str_format(t->v.why, sizeof(t->v.why), "%s: it is in "
		    "the host's", self_layer_words(SL_NETNS));
		return (0);
	}
	return (1);
}
