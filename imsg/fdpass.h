/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Descriptors beside a few bytes, for a child that has no link yet.  Both
 * ends hold a SOCK_SEQPACKET pair: one call, one message.
 */
#ifndef IMSG_FDPASS_H
#define IMSG_FDPASS_H

#include <sys/types.h>

#include <stddef.h>

#define FDPASS_MAX	8

/* Neither blocks.  Sends len > 0 bytes with n descriptors; 0 or -1. */
int	 fdpass_send(int sock, const void *, size_t len, const int *fds,
	    unsigned n);
/* What came: bytes, 0 at the end, -1 with errno.  At most max descriptors,
 * all close-on-exec; more is EPROTO, and none is kept. */
ssize_t	 fdpass_recv(int sock, void *, size_t len, int *fds, unsigned max,
	    unsigned *n);

#endif
