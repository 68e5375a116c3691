/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Frames of a tool process taken apart, at any split points.  The bytes are
 * the most hostile of the family: a tool runs what a model wrote.
 */
#ifndef RUNNER_PARSE_H
#define RUNNER_PARSE_H

#include <stddef.h>
#include <stdint.h>

#include "imsg/job.h"

#define PARSE_NOTE_MAX	512
#define PARSE_MIME_MAX	64

struct frame_end {
	int		 is_error;
	enum run_outcome outcome;
	char		 note[PARSE_NOTE_MAX + 1];
	size_t		 notelen;
	char		 cwd[JOB_MAXCWD + 1];
	size_t		 cwdlen;
};

struct frame_ops {
	void	(*head)(void *ctx, int is_error, enum out_kind,
		    const char *mime);
	void	(*data)(void *ctx, const uint8_t *, size_t);
	void	(*end)(void *ctx, const struct frame_end *);
};

struct frame_parser {
	uint8_t		 hdr[FRAME_HDRLEN];
	size_t		 hdrlen;
	uint8_t		 type;		/* of the frame being read */
	uint32_t	 left;		/* of its bytes */
	int		 begun, ended;
	uint8_t		 small[4 + PARSE_NOTE_MAX + JOB_MAXCWD];
	size_t		 fill;		/* of a HEAD or END */
};

/* 0, or -1 when the bytes are not frames; then never feed it again. */
int	 parse_feed(struct frame_parser *, const uint8_t *, size_t,
	    const struct frame_ops *, void *ctx);

#endif
