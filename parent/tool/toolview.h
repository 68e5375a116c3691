/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The tools' namespaces and what is mounted in them.  Part of tool_int.h.
 */
#ifndef PARENT_TOOL_TOOLVIEW_H
#define PARENT_TOOL_TOOLVIEW_H

struct tool_child;

/* --- toolns.c: namespaces made by a short-lived helper ------------------- */
int	 toolns_probe(void);		/* 1: mount, pid, net, ipc, uts work */
int	 toolns_idmap(int procfd, const struct tool_path *, uid_t, gid_t);
int	 toolns_idmap_works(const struct tool_path *);
/* A fresh mount namespace that build() furnished, or -1 with errno. */
int	 toolns_hold(int procfd, int (*build)(void *, const char **),
	    void *ctx, char *what, size_t);
int	 toolns_holder(struct tool_scope *, char *why, size_t);
/* namespace fd, or -1 */
int	 toolns_conv(struct tool_scope *, uint64_t conv,
	    const int trees[TOOL_MEDIA]);
int	 toolns_net(struct tool_scope *, int listeners[TOOL_PORTS_MAX]);

/* --- toolview.c: run by those helpers, in the new namespace -------------- */
int	 toolview_clone(int fd, const char *, uint64_t attr, int idmap);
int	 toolview_begin(const char **what);
int	 toolview_end(const char **what);
/* A directory read-only, a small file or a link as a copy. */
int	 toolview_import(const char *src, const char *dst);
int	 toolview_build(const struct tool_scope *, const char **what);
/* A place to mount on; moves a mount there and closes it. */
int	 toolview_point(const char *path, int is_file);
int	 toolview_attach(int tree, const char *path);
void	 toolview_order(const struct tool_scope *, unsigned order[]);
int	 toolview_nested(const struct tool_scope *, const struct tool_path *);

/* --- toolpaths.c: what the configuration names --------------------------- */
int	 toolpaths_open(struct tool_scope *, const struct tool_scope_conf *,
	    char *why, size_t);
void	 toolpaths_close(struct tool_scope *);
int	 toolpaths_trees(struct tool_scope *, const char **what);
void	 toolpaths_untree(struct tool_scope *);

/* --- toolcall.c ---------------------------------------------------------- */
int	 toolview_private(const struct tool_scope *, const char **what);
int	 toolview_call(const struct tool_child *, const char **what);

#endif
