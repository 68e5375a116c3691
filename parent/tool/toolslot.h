/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The scopes of tools as the parent serves them, and the grants that wait;
 * what toolgrant.c, toolsteer.c and toolqueue.c share.  Linked by the parent
 * alone.
 */
#ifndef PARENT_TOOL_TOOLSLOT_H
#define PARENT_TOOL_TOOLSLOT_H

#include "parent/parent.h"

/* After a reload that changed it, the old one serves until its last call. */
struct slot {
	enum scope	 scope;
	struct tool_scope *now, *old, *next;
	char		*key, *nextkey;	/* what it was made from */
	uint32_t	 call_ms, nextcall_ms;
};

struct tools {
	struct parent	*p;
	int		 tool_fd, fetch_fd;
	struct slot	 slot[SCOPE_MAX];
};

/* toolqueue.c: where a scope runs one tool at a time, the next ones' grants.
 * 0 or an errno. */
int	 toolqueue_put(const struct msg_TOOL_GRANT *, uint32_t id);
/* The first of a scope, or that of a job; 1: there was one. */
int	 toolqueue_take(enum scope, struct msg_TOOL_GRANT *, uint32_t *id);
int	 toolqueue_drop(uint64_t job, enum scope, uint32_t *id);
int	 toolqueue_waits(enum scope);
void	 toolqueue_flush(void);

#endif
