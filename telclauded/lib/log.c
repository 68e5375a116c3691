/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Logging: format, level, sink.  Run by every process; control bytes in a
 * line are escaped so that no text can forge a second one.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "telclauded/lib/log.h"

#define LOG_LINE	1024

static const char	*log_proc = "telclauded";
static enum log_level	 log_min = LOGL_INFO;
static log_sink_fn	 log_out;

static const char *const level_names[LOGL_MAX] = { "debug", "info", "warn",
    "error" };

void
log_init(const char *procname)
{
	log_proc = procname;
}

void
log_sink(log_sink_fn fn)
{
	log_out = fn;
}

void
log_level(enum log_level l)
{
	log_min = l;
}

enum log_level
log_getlevel(void)
{
	return (log_min);
}

int
log_level_byname(const char *s)
{
	int	 i;

	for (i = 0; i < LOGL_MAX; i++)
		if (strcmp(s, level_names[i]) == 0)
			return (i);
	return (-1);
}

const char *
log_level_name(enum log_level l)
{
	return ((unsigned)l < LOGL_MAX ? level_names[l] : "?");
}

static void
log_escape(const char *in, char *out, size_t size)
{
	static const char	 hex[] = "0123456789abcdef";
	size_t			 n = 0;
	unsigned char		 c;

	for (; *in != '\0' && n + 5 < size; in++) {
		c = (unsigned char)*in;
		if (c >= 0x20 && c != 0x7f) {
			out[n++] = (char)c;
			continue;
		}
		out[n++] = '\\';
		out[n++] = 'x';
		out[n++] = hex[c >> 4];
		out[n++] = hex[c & 15];
	}
	out[n] = '\0';
}

void
log_put(enum log_level level, const char *line)
{
	char	 esc[LOG_LINE + 8], out[LOG_LINE + 64];
	int	 n;

	if (level < log_min)
		return;
	log_escape(line, esc, sizeof(esc));
	if (log_out != NULL) {
		log_out(level, esc);
		return;
	}
	n = snprintf(out, sizeof(out), "%s: %s%s\n", log_proc,
	    level >= LOGL_ERROR ? "error: " : "", esc);
	if (n > 0)
		(void)!write(STDERR_FILENO, out,
		    (size_t)n < sizeof(out) ? (size_t)n : sizeof(out) - 1);
}

static void __attribute__((format(printf, 3, 0)))
log_v(enum log_level level, int err, const char *fmt, va_list ap)
{
	char	 line[LOG_LINE];
	size_t	 n;
	int	 saved = errno;

	if (level >= log_min) {
		if (vsnprintf(line, sizeof(line), fmt, ap) < 0)
			line[0] = '\0';
		n = strlen(line);
		if (err != 0 && n + 4 < sizeof(line))
			(void)snprintf(line + n, sizeof(line) - n, ": %s",
			    strerror(err));
		log_put(level, line);
	}
	errno = saved;
}

#define LOG_BODY(level, err) do {					\
	va_list	 ap;							\
									\
	va_start(ap, fmt);						\
	log_v(level, err, fmt, ap);					\
	va_end(ap);							\
} while (0)

void
log_debug(const char *fmt, ...)
{
	LOG_BODY(LOGL_DEBUG, 0);
}

void
log_info(const char *fmt, ...)
{
	LOG_BODY(LOGL_INFO, 0);
}

void
log_warn(const char *fmt, ...)
{
	LOG_BODY(LOGL_WARN, errno);
}

void
log_warnx(const char *fmt, ...)
{
	LOG_BODY(LOGL_WARN, 0);
}

void
log_error(const char *fmt, ...)
{
	LOG_BODY(LOGL_ERROR, 0);
}

void
fatal(const char *fmt, ...)
{
	LOG_BODY(LOGL_ERROR, errno);
	exit(1);
}

void
fatalx(const char *fmt, ...)
{
	LOG_BODY(LOGL_ERROR, 0);
	exit(1);
}
