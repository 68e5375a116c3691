/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * A directory for one test, its log, and looks at its databases from outside.
 */
#ifndef STORE_WORLD_H
#define STORE_WORLD_H

#include <stddef.h>
#include <stdint.h>

extern char	 sw_dir[64];		/* of this test */
extern char	 sw_log[8192];		/* what was logged in it */

int	 sw_setup(void **);
int	 sw_teardown(void **);
const char *sw_path(const char *file);
void	 sw_write(const char *file, const void *, size_t);
/* A database that another program makes here, from SQL or a file of it. */
void	 sw_sql(const char *file, const char *sql);
void	 sw_sqlfile(const char *file, const char *path);
int64_t	 sw_int(const char *file, const char *sql);	/* -1: not to be had */
int	 sw_there(const char *file);
int	 sw_logged(const char *);
/* Runs it in a process of its own; its wait status. */
int	 sw_child(void (*)(void));

#endif
