/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * One line of the audit log as JSON, in the reference's field names.  Pure.
 */
#ifndef AUDIT_LINE_H
#define AUDIT_LINE_H

#include "engines/audit/chain.h"
#include "imsg/msg.h"
#include "telclauded/lib/util.h"

/* Adds the line, with its newline, to the buffer.  0, or -1: no memory. */
int	 line_format(struct buf *, const struct msg_AUDIT_LINE *,
	    uint64_t seq, uint64_t now_ms, const uint8_t prev[AUDIT_HASHLEN]);
/* Its first members, and its last with the newline. */
void	 line_begin(struct buf *, uint64_t seq, uint64_t now_ms,
	    const char *event);
void	 line_end(struct buf *, const uint8_t prev[AUDIT_HASHLEN]);
/* Replaces what looks like a credential by [REDACTED:what]; the last wall,
 * the relay filters before.  malloc'd, or NULL. */
char	*line_redact(const char *, size_t len, size_t *outlen);

#endif
