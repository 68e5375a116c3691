/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The log: stderr, syslog or a file, with the name of the process that
 * speaks.  Run by the parent alone; lines come escaped from log_put() or
 * text_for_log().
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "parent/logout.h"
#include "telclauded/lib/util.h"

#define DEV_LOG		"/dev/log"

static struct {
	int	 to_syslog;
	int	 file;		/* -1: none */
	int	 to_stderr;
	int	 foreground;
} out = { 0, -1, 1, 1 };

static const struct { const char *name; int code; } facilities[] = {
	{ "auth", LOG_AUTH }, { "authpriv", LOG_AUTHPRIV },
	{ "cron", LOG_CRON }, { "daemon", LOG_DAEMON }, { "ftp", LOG_FTP },
	{ "kern", LOG_KERN }, { "lpr", LOG_LPR }, { "mail", LOG_MAIL },
	{ "news", LOG_NEWS }, { "syslog", LOG_SYSLOG }, { "user", LOG_USER },
	{ "uucp", LOG_UUCP },
	{ "local0", LOG_LOCAL0 }, { "local1", LOG_LOCAL1 },
	{ "local2", LOG_LOCAL2 }, { "local3", LOG_LOCAL3 },
	{ "local4", LOG_LOCAL4 }, { "local5", LOG_LOCAL5 },
	{ "local6", LOG_LOCAL6 }, { "local7", LOG_LOCAL7 },
};

static const int priorities[LOGL_MAX] = { LOG_DEBUG, LOG_INFO, LOG_WARNING,
    LOG_ERR };

int
logout_facility(const char *name)
{
	size_t	 i;

	for (i = 0; i < NELEM(facilities); i++)
		if (name != NULL && strcmp(facilities[i].name, name) == 0)
			return (facilities[i].code);
	return (-1);
}

static void
sink(enum log_level level, const char *line)
{
	logout_line(level, NULL, line);
}

int
logout_open(enum log_target target, const char *arg, int foreground)
{
	int	 fd = -1, fac;

	if (target == LOGT_FILE && !foreground &&
	    (fd = open(arg, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC |
	    O_NOCTTY | O_NOFOLLOW, 0640)) == -1)
		return (-1);
	if (out.file != -1)
		close(out.file);
	out.file = fd;
	out.foreground = foreground;
	out.to_syslog = target == LOGT_SYSLOG && !foreground;
	if (out.to_syslog) {
		fac = logout_facility(arg);
		openlog("telclauded", LOG_PID | LOG_NDELAY,
		    fac == -1 ? LOG_DAEMON : fac);
	}
	/* A container has no /dev/log: a line that nobody takes is no log. */
	out.to_stderr = foreground || target == LOGT_STDERR ||
	    (out.to_syslog && access(DEV_LOG, F_OK) == -1);
	log_sink(sink);
	/* The journal takes stderr of a unit for facility daemon. */
	if (foreground && (target == LOGT_FILE || (target == LOGT_SYSLOG &&
	    strcmp(arg, "daemon") != 0)))
		log_warnx("log to %s %s: nothing goes there, for -d (the "
		    "unit's way too) logs to standard error",
		    target == LOGT_FILE ? "file" : "syslog", arg);
	return (0);
}

void
logout_detached(void)
{
	int	 null;

	if (out.to_stderr)
		return;
	if ((null = open("/dev/null", O_RDWR | O_CLOEXEC)) == -1)
		return;
	(void)dup2(null, STDIN_FILENO);
	(void)dup2(null, STDOUT_FILENO);
	(void)dup2(null, STDERR_FILENO);
	if (null > STDERR_FILENO)
		close(null);
}

static void
write_line(int fd, int date, enum log_level level, const char *who,
    const char *line)
{
	struct tm	 tm;
	char		 stamp[32], buf[1300];
	time_t		 now = time(NULL);
	int		 n;

	if (localtime_r(&now, &tm) == NULL || strftime(stamp, sizeof(stamp),
	    date ? "%Y-%m-%dT%H:%M:%S%z" : "%H:%M:%S", &tm) == 0)
		stamp[0] = '\0';
	n = snprintf(buf, sizeof(buf), "%s %s: %s%s\n", stamp, who,
	    level >= LOGL_ERROR ? "error: " : "", line);
	if (n <= 0)
		return;
	if ((size_t)n >= sizeof(buf)) {
		n = sizeof(buf) - 1;
		buf[n - 1] = '\n';
	}
	if (write(fd, buf, (size_t)n) == -1)
		return;		/* a full disk must not stop a chat */
}

void
logout_line(enum log_level level, const char *who, const char *line)
{
	if (who == NULL)
		who = "telclauded";
	if (out.to_stderr)
		write_line(STDERR_FILENO, 0, level, who, line);
	if (out.file != -1)
		write_line(out.file, 1, level, who, line);
	if (out.to_syslog)
		syslog(priorities[level], "%s: %s", who, line);
}
