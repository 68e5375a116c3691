/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The file that says "the firewall stands and a living parent holds it".
 * Run by the parent.
 */
#ifndef PARENT_FW_SENTINEL_H
#define PARENT_FW_SENTINEL_H

#include <sys/types.h>

#include <stddef.h>

#define SENTINEL_FILE	"firewall-active"

/* "PID STARTTIME BOOTID\n" from the text of /proc/PID/stat; 0 or -1. */
int	 sentinel_text(pid_t, const char *stat, const char *bootid, char *,
	    size_t);
/* Writes and locks DIR/firewall-active.  The descriptor that holds the lock,
 * or -1 with errno. */
int	 sentinel_set(const char *dir);
void	 sentinel_clear(const char *dir, int fd);

/* DIR/telclauded.pid, locked: -1 with errno; EWOULDBLOCK: *other runs. */
int	 pidfile_open(const char *dir, pid_t *other);
int	 pidfile_write(int fd);
void	 pidfile_remove(const char *dir, int fd);

#endif
