/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Files in the queue of messages, for outbox.c and outboxio.c.
 */
#ifndef OUT_BOXFILE_H
#define OUT_BOXFILE_H

#include <stddef.h>
#include <stdint.h>

#include "engines/relay/tg/api.h"

struct buf;
struct out;
struct outmsg;

void	 boxfile_body(struct buf *, const struct outmsg *);
char	*boxfile_rewrite(const char *, size_t, int mark, int plain,
	    size_t *);
int	 boxfile_there(const struct out *);	/* its copy */
struct api_call	*boxfile_start(struct out *, api_fn);
void	 boxfile_end(struct out *);		/* of one request */
void	 boxfile_free(struct out *);		/* and of its row */
/* A refused photo, voice or film may go as a document: 1. */
int	 boxfile_again(const struct out *);
/* Says so in the chat. */
void	 boxfile_dropped(const struct out *, const char *why);
void	 boxfile_gone(uint64_t row);	/* its row is gone: so is the copy */

#endif
