/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Copies of files that are to be sent.  What is looked through is what is
 * sent: the copy, which nobody else can write.
 */
#ifndef FILES_SPOOL_H
#define FILES_SPOOL_H

#include <stddef.h>
#include <stdint.h>

#include "engines/relay/files/sniff.h"

struct filesearch;
struct outmsg;

struct spool {
	int		 fd;
	uint64_t	 row;
	struct sniff	 sniff;
	struct filesearch *search;	/* NULL: was looked through before */
};

/* 0, -1 and why.  look: what is written is looked through. */
int	 spool_new(struct spool *, int look, char *why, size_t);
int	 spool_write(struct spool *, const void *, size_t);
void	 spool_drop(struct spool *);		/* it is not sent */
/* Looked through and queued as m says, or dropped with -1 and why.
 * as_document: never as a picture, sound or film. */
int	 spool_send(struct spool *, const struct outmsg *m, const char *name,
	    int as_document, char *why, size_t);
int	 spool_open(uint64_t row, uint64_t *size);	/* for sending */

#endif
