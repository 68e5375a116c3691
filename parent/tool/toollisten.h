/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The tools' way out: listeners, networks, environment.  Part of tool_int.h.
 */
#ifndef PARENT_TOOL_TOOLLISTEN_H
#define PARENT_TOOL_TOOLLISTEN_H

/* --- toollisten.c: the tools' way out ------------------------------------ */
int	 toollisten_open(uint32_t addr, uint16_t port);
int	 toollisten_child(const struct tool_scope *, int sock,
	    const char **what);
int	 toollisten_wait(struct tool_proc *);
void	 toollisten_read(struct tool_proc *);
void	 toollisten_free(struct tool_proc *);
/* Without namespaces: one address a scope, for all its calls. */
uint32_t toollisten_addr(const struct tool_scope *);	/* host order */
int	 toollisten_scope(struct tool_scope *, char *why, size_t);
void	 toollisten_unscope(struct tool_scope *);
/* What the tool is told of it: "ns", "fb" or "fb:3128,8790". */
void	 toollisten_mode(const struct tool_scope *, char *, size_t);

/* --- toolenv.c: of the tool's environment, its way out ------------------- */
void	 toolenv_proxy(const struct tool_scope *, char *envp[], unsigned max);

/* --- toolnet.c: a network kept ready ------------------------------------- */
int	 toolnet_new(struct tool_scope *);
int	 toolnet_take(struct tool_scope *, struct tool_proc *);
void	 toolnet_free(struct tool_scope *);

#endif
