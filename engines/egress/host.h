/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Whom a request names: host names and addresses as text, and the authority
 * of a request.  Pure; the bytes are a tool's.
 */
#ifndef EGRESS_HOST_H
#define EGRESS_HOST_H

#include <stddef.h>
#include <stdint.h>

#define HOST_MAX	253
/* An authority as text: brackets, colon, port. */
#define AUTH_MAX	(HOST_MAX + 2 + 6)

enum host_kind { HOST_NONE, HOST_NAME, HOST_V4, HOST_V6 };

struct target {
	char		 host[HOST_MAX + 1];	/* small letters, no brackets */
	uint16_t	 port;
	uint8_t		 kind;			/* enum host_kind */
};

/* host, host:port, [v6], [v6]:port; port 0: one must be there.  0 or -1. */
int	 host_authority(struct target *, const char *, size_t, uint16_t port);
/* The same host and port?  1 or 0. */
int	 host_same(const struct target *, const struct target *);
/* As it is written in a Host field; the port is left out when it is that. */
void	 host_format(const struct target *, uint16_t port, char *, size_t);

#endif
