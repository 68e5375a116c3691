/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Decoder of server-sent events: bytes in at any split points, the data of
 * whole events out.  Run by the agent; trusts nothing, keeps no more than its
 * bounds.
 */
#ifndef AGENT_SSE_H
#define AGENT_SSE_H

#include "telclauded/lib/util.h"

#define SSE_MAXEVENT	(8u << 20)	/* a line, and the data of an event */

struct sse {
	struct buf	 line;		/* the part of a line that has come */
	struct buf	 data;
	int		 cr;		/* the last byte was CR: skip one LF */
	int		 begun;		/* past where a BOM may be */
	int		 failed;
	int		 stop;
	/* One event; not 0 stops the decoder for good. */
	int		(*event)(void *, const char *, size_t);
	void		*ctx;
};

void	 sse_init(struct sse *, int (*)(void *, const char *, size_t), void *);
void	 sse_free(struct sse *);
/* 0, or -1 when a bound or memory was exceeded.  Bytes after a stop are
 * ignored. */
int	 sse_feed(struct sse *, const char *, size_t);

#endif
