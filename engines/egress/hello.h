/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The first bytes of TLS, judged before any goes out.  Pure; the bytes are a
 * tool's, or a server's.
 */
#ifndef EGRESS_HELLO_H
#define EGRESS_HELLO_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "engines/egress/host.h"
#include "engines/egress/reason.h"

#define HELLO_MAX	16384	/* with its record headers */

/*
 * A ClientHello that names just this server: its length with record headers,
 * 0 when more bytes are needed, -1 with a reason when it is not one.
 */
ssize_t	 hello_check(const uint8_t *, size_t, const struct target *,
	    enum reason *);

/*
 * A client that was told to try again sends records of no effect (a cipher
 * change, early data) and a second ClientHello.  Length of all of them, 0 or
 * -1 as above.
 */
ssize_t	 hello_again(const uint8_t *, size_t, const struct target *,
	    enum reason *);

/* What a server's first bytes are. */
enum hello_answer { HA_MORE, HA_OTHER, HA_RETRY, HA_BAD };
#define HELLO_ANSWER	43	/* so many bytes are enough to tell */
enum hello_answer hello_answer(const uint8_t *, size_t);

#endif
