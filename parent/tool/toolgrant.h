/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Tool processes on the relay's grant.  Run by the parent.
 */
#ifndef PARENT_TOOL_TOOLGRANT_H
#define PARENT_TOOL_TOOLGRANT_H

#include "parent/parent.h"

int	 tools_apply(struct parent *, const struct conf *,
	    const struct fw_rules *, char *why, size_t);
void	 tools_commit(struct parent *);
void	 tools_abort(struct parent *);
void	 tools_free(struct parent *);
int	 tools_reaped(struct parent *, pid_t, int status, uint32_t maxrss_kb);
/* Past toolcode.c: a digest that is left binds the call to its bytes. */
void	 tools_granted(struct engine *, const struct msg_TOOL_GRANT *,
	    uint32_t id);
unsigned tools_running(const struct parent *);
/* To the relay: the job socket, or why there is none. */
void	 tools_answer(struct parent *, uint64_t job, uint32_t id, int err,
	    int fd);

/* toolcode.c: whether a code was given for it comes before all else */
void	 tools_grant(struct engine *, const struct msg_TOOL_GRANT *, uint32_t);
void	 tools_coded(const struct msg_TOTP_OK *);

/* toolsteer.c */
void	 tools_engine_up(struct engine *);
void	 tools_lost(struct parent *, enum proc, enum scope);
void	 tools_soon(struct engine *, const struct msg_TOOL_SOON *);
void	 tools_kill(struct engine *, const struct msg_TOOL_KILL *);
void	 tools_net(struct engine *, const struct msg_TOOL_NET *);
void	 tools_wipe(struct engine *, const struct msg_CONV_WIPE *);
/* The one that serves now, or NULL. */
struct tool_scope *tools_scope(struct parent *, enum scope);

/* fwdoor.c */
void	 fwdoor_add(struct fw_rules *, const struct conf *,
	    const struct conf_agent *, uid_t tool_uid);
int	 fwdoor_fits(const struct fw_rules *, const struct tool_scope *);

/* toolkey.c */
char	*toolkey_make(const struct conf *, const struct conf_agent *);
const char **toolkey_list(const struct strlist *);	/* NULL-ended */
int	 toolkey_owner_ok(struct parent *, const struct conf_agent *,
	    char *why, size_t);
unsigned toolkey_ports(const struct conf *, uint16_t[TOOL_PORTS_MAX]);

/* tooldoor.c */
enum proc tooldoor_proc(uint16_t port);
void	 tooldoor_open(struct parent *, const struct tool_listener *);
void	 tooldoor_close(struct parent *, enum scope, uint64_t job);
void	 tooldoor_again(struct engine *, struct tool_scope *);

#endif
