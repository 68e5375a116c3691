/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Files that people send, and files that tools made for them.
 */
#ifndef FILES_FILES_H
#define FILES_FILES_H

#include <stddef.h>

#include "engines/relay/route.h"

struct turn;

struct outmsg;

enum passed	 fetch_pass(struct turn *);	/* a step of the route */

/* Sends bytes as a document called name, with m's text as its caption, in the
 * order of the outbox.  They were filtered already.  -1: cannot be sent. */
int		 file_send_bytes(const struct outmsg *m, const char *name,
		    const void *, size_t);

#endif
