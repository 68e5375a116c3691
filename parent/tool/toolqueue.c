/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Grants that wait.  Without pid namespaces the tools of a scope share a
 * user, and a Landlock before ABI 6 lets one signal another: there they run
 * one after the other, and the relay has its answer when its turn comes.  Run
 * by the parent; a grant holds numbers only.
 */
#include <sys/queue.h>

#include <errno.h>
#include <stdlib.h>

#include "parent/tool/toolslot.h"

#define WAITING_MAX	64

struct waiting {
	TAILQ_ENTRY(waiting) entry;
	struct msg_TOOL_GRANT m;
	uint32_t	 id;		/* of the request, for its answer */
};

static TAILQ_HEAD(, waiting) queue = TAILQ_HEAD_INITIALIZER(queue);
static unsigned nwaiting;

static void
unlist(struct waiting *w, struct msg_TOOL_GRANT *m, uint32_t *id)
{
	TAILQ_REMOVE(&queue, w, entry);
	nwaiting--;
	if (m != NULL)
		*m = w->m;
	if (id != NULL)
		*id = w->id;
	free(w);
}

int
toolqueue_put(const struct msg_TOOL_GRANT *m, uint32_t id)
{
	struct waiting	*w;

	TAILQ_FOREACH(w, &queue, entry)
		if (w->m.job == m->job)
			return (EEXIST);
	if (nwaiting >= WAITING_MAX)
		return (EAGAIN);
	if ((w = calloc(1, sizeof(*w))) == NULL)
		return (ENOMEM);
	w->m = *m;
	w->id = id;
	TAILQ_INSERT_TAIL(&queue, w, entry);
	nwaiting++;
	return (0);
}

int
toolqueue_take(enum scope scope, struct msg_TOOL_GRANT *m, uint32_t *id)
{
	struct waiting	*w;

	TAILQ_FOREACH(w, &queue, entry)
		if (w->m.scope == scope) {
			unlist(w, m, id);
			return (1);
		}
	return (0);
}

/* scope SCOPE_NONE: whatever scope it is of. */
int
toolqueue_drop(uint64_t job, enum scope scope, uint32_t *id)
{
	struct waiting	*w;

	TAILQ_FOREACH(w, &queue, entry)
		if (w->m.job == job && (scope == SCOPE_NONE ||
		    w->m.scope == scope)) {
			unlist(w, NULL, id);
			return (1);
		}
	return (0);
}

int
toolqueue_waits(enum scope scope)
{
	const struct waiting	*w;

	TAILQ_FOREACH(w, &queue, entry)
		if (w->m.scope == scope)
			return (1);
	return (0);
}

void
toolqueue_flush(void)
{
	while (!TAILQ_EMPTY(&queue))
		unlist(TAILQ_FIRST(&queue), NULL, NULL);
}
