/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * A copy of an open database, made a little at a time so that nobody waits
 * for it.  Included by store*.c only.
 */
#ifndef COMMON_STORECOPY_H
#define COMMON_STORECOPY_H

#include <sqlite3.h>

struct event_base;

struct storecopy {
	struct event_base *base;
	sqlite3		*db;		/* to be copied; written on meanwhile */
	const char	*dir, *file;	/* the copy lies beside it, unnamed */
	const char	*mark;		/* run in the copy, or NULL */
	void		(*before)(void);	/* end transactions, or NULL */
};

/*
 * done() is called once, later: with a descriptor to read the copy from (its
 * own from then on), or with -1 and the reason.  0, or -1 with a reason: one
 * is being made already.  Strings stay the caller's.
 */
int	 storecopy_begin(const struct storecopy *,
	    void (*done)(int fd, const char *why, void *), void *ctx,
	    const char **why);
void	 storecopy_stop(void);	/* before the database is closed */

#endif
