/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The service manager's socket: a datagram for each change of state.  Run by
 * the parent; nothing is read from there.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "parent/notify.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

static struct {
	struct sockaddr_un	 addr;
	socklen_t		 len;	/* 0: nobody listens */
	uint64_t		 watchdog_us;
} nt;

void
notify_init(void)
{
	const char	*path = getenv("NOTIFY_SOCKET");
	const char	*usec = getenv("WATCHDOG_USEC");
	const char	*pid = getenv("WATCHDOG_PID");
	size_t		 n;

	if (path != NULL && (*path == '/' || *path == '@') &&
	    (n = strlen(path)) < sizeof(nt.addr.sun_path)) {
		nt.addr.sun_family = AF_UNIX;
		memcpy(nt.addr.sun_path, path, n);
		if (*path == '@')
			nt.addr.sun_path[0] = '\0';
		nt.len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
		    n);
		if (usec != NULL && (pid == NULL ||
		    strtoull(pid, NULL, 10) == (unsigned long long)getpid()))
			nt.watchdog_us = strtoull(usec, NULL, 10);
	}
	(void)unsetenv("NOTIFY_SOCKET");
	(void)unsetenv("WATCHDOG_USEC");
	(void)unsetenv("WATCHDOG_PID");
}

static void
notify(const char *text)
{
	int	 s;

	if (nt.len == 0)
		return;
	if ((s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1 ||
	    sendto(s, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT,
	    (const struct sockaddr *)(const void *)&nt.addr, nt.len) == -1)
		log_debug("the service manager does not listen");
	if (s != -1)
		close(s);
}

void
notify_ready(void)
{
	char	 buf[64];

	/* The launcher's pid is not ours when we went to the background. */
	if (str_format(buf, sizeof(buf), "READY=1\nMAINPID=%d\n",
	    (int)getpid()) == 0)
		notify(buf);
}

void
notify_reloading(void)
{
	struct timespec	 ts;
	char		 buf[96];

	if (clock_gettime(CLOCK_MONOTONIC, &ts) == -1 ||
	    str_format(buf, sizeof(buf), "RELOADING=1\nMONOTONIC_USEC=%lld\n",
	    (long long)ts.tv_sec * 1000000 + ts.tv_nsec / 1000) == -1)
		return;
	notify(buf);
}

void
notify_stopping(const char *why)
{
	char	 buf[320];

	if (str_format(buf, sizeof(buf), "STOPPING=1\nSTATUS=%s\n",
	    why) == 0)
		notify(buf);
}

void
notify_alive(void)
{
	notify("WATCHDOG=1\n");
}

uint32_t
notify_interval(void)
{
	return ((uint32_t)MINIMUM(nt.watchdog_us / 2000, 3600000));
}
