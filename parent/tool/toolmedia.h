/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The inbox and outbox of a conversation.  Part of tool_int.h.
 */
#ifndef PARENT_TOOL_TOOLMEDIA_H
#define PARENT_TOOL_TOOLMEDIA_H

/* Their top directories are made fit for it, once. */
void	 toolmedia_prepare(const struct tool_scope *);
void	 toolmedia_name(uint64_t conv, char dst[TOOL_CONVNAME]);
int	 toolmedia_path(const struct tool_path *, uint64_t conv, char *,
	    size_t);
void	 toolmedia_trees(const struct tool_scope *, struct tool_conv *,
	    int trees[TOOL_MEDIA]);
void	 toolmedia_untree(int trees[TOOL_MEDIA]);
int	 toolmedia_mount(const struct tool_scope *, uint64_t conv,
	    const int trees[TOOL_MEDIA], const char **what);
int	 toolmedia_outbox(const struct tool_scope *, uint64_t conv);
void	 toolmedia_wipe(const struct tool_scope *, uint64_t conv);

#endif
