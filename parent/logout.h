/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Where the log goes.  Run by the parent alone; lines come escaped.
 */
#ifndef PARENT_LOGOUT_H
#define PARENT_LOGOUT_H

#include "telclauded/conf/conf.h"
#include "telclauded/lib/log.h"

/* Until it is called, and in the foreground always: stderr.  0, or -1 with
 * errno when a log file cannot be opened (the old target stays). */
int	 logout_open(enum log_target, const char *arg, int foreground);
/* The launcher is gone: no more stderr, unless there is nothing else. */
void	 logout_detached(void);
void	 logout_line(enum log_level, const char *who, const char *line);
/* LOG_DAEMON and so on, or -1. */
int	 logout_facility(const char *);

#endif
