/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Small files of the state directory: read whole, replaced atomically.
 */
#ifndef TOTP_DISK_H
#define TOTP_DISK_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

/* At most size bytes of a regular file; -1 with errno. */
ssize_t	 disk_read(int dirfd, const char *name, uint8_t *buf, size_t size);
ssize_t	 disk_read_fd(int fd, uint8_t *buf, size_t size);
/* On the disk when it returns 0; the old one stays with -1 and errno. */
int	 disk_replace(int dirfd, const char *name, const uint8_t *, size_t);

#endif
