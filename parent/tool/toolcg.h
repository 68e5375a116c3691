/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The tools' control groups, and who makes processes inside them.  Part of
 * tool_int.h.
 */
#ifndef PARENT_TOOL_TOOLCG_H
#define PARENT_TOOL_TOOLCG_H

#include <sys/types.h>

#include <stdint.h>

struct tool_scope;
struct tool_child;

struct tool_cg {
	char		 name[32];
	int		 v2;		/* calls are made below it, or -1 */
	int		 v1[3];		/* one a controller, or -1 */
	int		 events;	/* counts out-of-memory kills, or -1 */
	uint64_t	 ooms;		/* as they were counted last */
	unsigned	 calls;
	unsigned	 done[64], ndone;	/* groups not removed yet */
};

/* --- toolcg.c: control groups -------------------------------------------- */
void	 toolcg_scope(struct tool_scope *);
void	 toolcg_unscope(struct tool_scope *);
int	 toolcg_join(const struct tool_scope *);
int	 toolcg_inherited(const struct tool_scope *);
int	 toolcg_call(struct tool_scope *, unsigned *number);
void	 toolcg_kill(const struct tool_scope *, unsigned number);
void	 toolcg_done(struct tool_scope *, unsigned number);
void	 toolcg_sweep(struct tool_scope *);
uint64_t toolcg_ooms(const struct tool_scope *);

/* --- toolfork.c ---------------------------------------------------------- */
int	 toolfork_new(struct tool_scope *);
pid_t	 toolfork_make(struct tool_scope *, const struct tool_child *);
int	 toolfork_reaped(struct tool_scope *, pid_t);	/* 1: it was */
void	 toolfork_end(struct tool_scope *);

#endif
