/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Logging for every process.  The parent writes to stderr, syslog or a file;
 * engines hand their lines to a sink (a LOG message).  Lower case, no
 * trailing dot; log_warn() and fatal() add errno.
 */
#ifndef LIB_LOG_H
#define LIB_LOG_H

#include <stdarg.h>

enum log_level { LOGL_DEBUG, LOGL_INFO, LOGL_WARN, LOGL_ERROR, LOGL_MAX };

typedef void (*log_sink_fn)(enum log_level, const char *line);

void	 log_init(const char *procname);	/* to stderr until told else */
void	 log_sink(log_sink_fn);			/* NULL: stderr again */
void	 log_level(enum log_level);
enum log_level log_getlevel(void);
int	 log_level_byname(const char *);	/* -1 when unknown */
const char *log_level_name(enum log_level);
/* One line as it is, control bytes escaped. */
void	 log_put(enum log_level, const char *line);

void	 log_debug(const char *, ...) __attribute__((format(printf, 1, 2)));
void	 log_info(const char *, ...) __attribute__((format(printf, 1, 2)));
void	 log_warn(const char *, ...) __attribute__((format(printf, 1, 2)));
void	 log_warnx(const char *, ...) __attribute__((format(printf, 1, 2)));
void	 log_error(const char *, ...) __attribute__((format(printf, 1, 2)));
void	 fatal(const char *, ...)
	    __attribute__((noreturn, format(printf, 1, 2)));
void	 fatalx(const char *, ...)
	    __attribute__((noreturn, format(printf, 1, 2)));

#endif
