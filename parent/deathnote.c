/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Why an engine died, in words: signal, exit status, the system call its
 * cage stopped, the step before exec that failed, its last log line.  Run by
 * the parent; reads records the kernel wrote.
 */
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engines/common/cage.h"
#include "parent/parent.h"
#include "telclauded/lib/util.h"

#define OWN_WORDS	"blocked system call "
#define KMSG_RECORD	8192
#define KMSG_MANY	100000
#define KMSG_SLACK_MS	500		/* two clocks, nearly the same */

/* Opened while CAP_SYSLOG is there; -1 where the kernel has no log. */
int
death_kmsg(void)
{
	return (open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC));
}

/* The number after " key=", or -1. */
static long
field(const char *rec, const char *key)
{
	const char	*s;

	if ((s = strstr(rec, key)) == NULL)
		return (-1);
	s += strlen(key);
	if (*s < '0' || *s > '9')
		return (-1);
	return (strtol(s, NULL, 10));
}

/*
 * Audit record 1326 is written by the kernel before the process is gone.  It
 * is found by uid, which is the engine's alone: the pid in it is the one of
 * the outermost namespace.  Other programs may write to the log too, but not
 * records of the kernel's facility (0).
 */
static long
blocked_call(int kmsg, const struct engine *e)
{
	char		 rec[KMSG_RECORD];
	const char	*us;
	ssize_t		 n;
	long		 nr = -1;
	int		 i;

	/* From the oldest record on: two may have died together. */
	if (kmsg == -1 || lseek(kmsg, 0, SEEK_SET) == -1)
		return (-1);
	for (i = 0; i < KMSG_MANY; i++) {
		if ((n = read(kmsg, rec, sizeof(rec) - 1)) == -1) {
			if (errno == EPIPE)	/* overwritten meanwhile */
				continue;
			break;
		}
		rec[n] = '\0';
		/* "level,sequence,microseconds,flags;audit: type=1326 ..." */
		if (strtol(rec, NULL, 10) >> 3 != 0 ||
		    strstr(rec, "type=1326 ") == NULL ||
		    field(rec, " uid=") != (long)e->uid ||
		    (us = strchr(rec, ',')) == NULL ||
		    (us = strchr(us + 1, ',')) == NULL)
			continue;
		if (strtoull(us + 1, NULL, 10) / 1000 + KMSG_SLACK_MS >=
		    e->since)
			nr = field(rec, " syscall=");
	}
	return (nr);
}

static void
words_sigsys(const struct engine *e, int kmsg, char *buf, size_t len)
{
	const char	*name;
	size_t		 n = strlen(OWN_WORDS);
	long		 nr;

	/* Its own trap could still say so (engines/common); what the kernel
	 * logged is then only the way it chose to die. */
	if (strncmp(e->last, OWN_WORDS, n) == 0)
		str_format(buf, len, "its cage stopped the system call %s",
		    e->last + n);
	else if ((nr = blocked_call(kmsg, e)) == -1)
		str_format(buf, len, "its cage stopped a system call "
		    "(the kernel did not say which)");
	else if ((name = cage_call_name((int)nr)) != NULL)
		str_format(buf, len, "its cage stopped the system call %s",
		    name);
	else
		str_format(buf, len, "its cage stopped system call %ld", nr);
}

static void
words_signal(const struct engine *e, int kmsg, char *buf, size_t len)
{
	int	 sig = WTERMSIG(e->status);

	if (sig == SIGSYS)
		words_sigsys(e, kmsg, buf, len);
	else if (e->why[0] != '\0')
		str_copy(buf, e->why, len);
	else
		str_format(buf, len, "signal %d (%s)", sig, strsignal(sig));
}

void
death_words(const struct engine *e, int kmsg, char *buf, size_t len)
{
	char	 what[240];
	int	 status = e->status & 0xffff;

	if (e->rep.step != SPS_NONE)
		str_format(what, sizeof(what), "%s: %s (before exec)",
		    spawn_step_name(e->rep.step), strerror(e->rep.err));
	else if (WIFSIGNALED(status))
		words_signal(e, kmsg, what, sizeof(what));
	else
		str_format(what, sizeof(what), "%s%sexit status %d",
		    e->why, e->why[0] != '\0' ? ", " : "",
		    WEXITSTATUS(status));
	if (e->last[0] != '\0' &&
	    strncmp(e->last, OWN_WORDS, strlen(OWN_WORDS)) != 0)
		str_format(buf, len, "%s; its last line: %s", what, e->last);
	else
		str_copy(buf, what, len);
}
