/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What msg.c, link.c and stream.c share and nobody else may see.
 */
#ifndef IMSG_LINK_INT_H
#define IMSG_LINK_INT_H

#include "imsg/link.h"

struct streams;

/* Queue one encoded message (header room included); takes fd. */
uint32_t	 link_put(struct link *, enum msg_type, uint32_t id, int fd,
		    uint8_t *, size_t);
/* The scratch buffer messages are encoded in, MSG_MAXLEN bytes. */
uint8_t		*link_scratch(void);

struct streams	*streams_new(struct link *);
void		 streams_free(struct streams *);	/* calls end/gone */
enum msg_verdict streams_input(struct streams *, uint16_t type,
		    const union msg_any *);
struct streams	*link_streams(struct link *);

#endif
