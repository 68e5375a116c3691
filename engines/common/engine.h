/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What every engine shares: the start-up order (design 4), the link to the
 * parent on descriptor 3, confinement, logging by message, reload and drain.
 * An engine is a table of handlers and a few callbacks.
 */
#ifndef ENGINE_H
#define ENGINE_H

#include "imsg/link.h"

#define ENGINE_PARENT_FD	3	/* stream socket to the parent */
#define ENGINE_LIFE_FD		4	/* write end of the keeper's pipe */

struct event_base;

struct engine_def {
	enum proc			 proc;
	/* Rows from the parent that are this engine's own (CONF_*, NAME_ADDRS,
	 * ...).  Those common to all (START, PREPARE, ...) are filled in. */
	struct msg_handlers		*parent;
	/* Once, before any message: allocate, libevent is there. */
	void	(*init)(struct event_base *);
	/* A channel to peer arrived (first or replacement).  The engine calls
	 * link_new() with its own ops; the fd is its own from here. */
	void	(*link)(enum proc peer, enum scope, int fd);
	/* A descriptor of the row arrived; closes or keeps it. */
	void	(*fd)(enum fdkind, int fd);
	/* The slice is complete, still unconfined: open databases, load trust
	 * stores, start libraries.  -1: log why and exit. */
	int	(*lockin)(void);
	/* All walls stand everywhere. */
	void	(*start)(void);
	/* Reload, all optional.  prepare: a new slice will follow, hold it
	 * apart; check: 0 or -1 with why; commit: switch; abort: forget. */
	void	(*prepare)(void);
	int	(*check)(char *why, size_t whylen);
	void	(*commit)(void);
	void	(*abort)(void);
	/* Finish; call engine_drained() when done.  NULL: at once. */
	void	(*drain)(void);
};

/* Never returns.  argv: program, scope name ("" or "telegram"). */
void		 engine_main(const struct engine_def *, int argc, char **argv)
		    __attribute__((noreturn));
struct event_base *engine_base(void);
struct link	*engine_parent(void);		/* the link to the parent */
/* For links to siblings: closes, logs, and tells the parent who broke what. */
void		 engine_violation(struct link *, enum msg_verdict, uint16_t);
void		 engine_drained(void);
void		 engine_trim(void);
/* early.c: 0, or the status to exit with. */
int		 engine_early(void);

/* Called in lockin: below this path the engine may go on opening files. */
#define EA_READ		0x01
#define EA_WRITE	0x02	/* and create, remove, rename inside */
#define EA_MOVE		0x04	/* also from one directory to another */
#define EA_REMOVE	0x08	/* remove alone */
int		 engine_allow_path(const char *path, int access);
/* The same for a directory held open (its path may be out of sight). */
int		 engine_allow_fd(int fd, int access);

#endif
