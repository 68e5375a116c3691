/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The head of a request to the proxy: parsed strictly, and written anew for
 * the server.  Pure; the bytes are a tool's.
 */
#ifndef EGRESS_HEAD_H
#define EGRESS_HEAD_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "engines/egress/host.h"
#include "engines/egress/reason.h"

#define HEAD_MAX	16384
#define HEAD_FIELDS	100
/* A head as it goes out is longer by at most this. */
#define HEAD_MORE	(AUTH_MAX + 64)

struct span {
	uint16_t	 off, len;
};

struct field {
	struct span	 name, value;
	uint8_t		 known;		/* one that we look at */
	uint8_t		 drop;		/* not for the server */
};

enum body_kind { BODY_NONE, BODY_LENGTH, BODY_CHUNKED };

struct head {
	struct target	 to;
	int		 connect;
	int		 minor;		/* HTTP/1.minor */
	int		 expect;
	struct span	 method, path;
	enum body_kind	 body;
	uint64_t	 length;
	unsigned	 nfields;
	struct field	 fields[HEAD_FIELDS];
};

/* Length of the head, 0 when it is not whole yet, -1 with a reason.  `to' is
 * set as soon as it is known. */
ssize_t	 head_parse(struct head *, const char *, size_t, enum reason *);
/* The head for the server, of a head that is no CONNECT; its length. */
size_t	 head_rewrite(const struct head *, const char *, char *, size_t);

#endif
