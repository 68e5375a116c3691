/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Tool processes on the relay's grant.  Run by the parent.
 */
#ifndef PARENT_TOOLGRANT_H
#define PARENT_TOOLGRANT_H

#include "parent/parent.h"

int	 tools_apply(struct parent *, const struct conf *, char *why, size_t);
void	 tools_commit(struct parent *);
void	 tools_abort(struct parent *);
void	 tools_free(struct parent *);
int	 tools_reaped(struct parent *, pid_t, int status, uint32_t maxrss_kb);
void	 tools_lost(struct parent *, enum proc, enum scope);
void	 tools_grant(struct engine *, const struct msg_TOOL_GRANT *, uint32_t);
void	 tools_soon(struct engine *, const struct msg_TOOL_SOON *);
void	 tools_kill(struct engine *, const struct msg_TOOL_KILL *);
void	 tools_wipe(struct engine *, const struct msg_CONV_WIPE *);
unsigned tools_running(const struct parent *);
void	 tools_engine_up(struct engine *);

/* toolkey.c */
char	*toolkey_make(const struct conf *, const struct conf_agent *);
unsigned toolkey_ports(const struct conf *, uint16_t[TOOL_PORTS_MAX]);

/* tooldoor.c */
void	 tooldoor_open(struct parent *, const struct tool_listener *);
void	 tooldoor_close(struct parent *, enum scope, uint64_t job);
void	 tooldoor_again(struct engine *, struct tool_scope *);

#endif
