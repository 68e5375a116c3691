/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Where a request's body ends, and where an answer's head begins.  Pure; the
 * bytes are a tool's and a server's.
 */
#ifndef EGRESS_BODY_H
#define EGRESS_BODY_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "engines/egress/head.h"

struct body {
	enum body_kind	 kind;
	uint64_t	 left;		/* of the length, or of the chunk */
	uint8_t		 at;		/* enum in body.c */
	uint8_t		 digits;
	int		 done;
};

void	 body_init(struct body *, enum body_kind, uint64_t length);
/* How many of these bytes belong to the body; -1: they do not fit it.
 * `done' is set when it is whole: what follows is not part of it. */
ssize_t	 body_take(struct body *, const uint8_t *, size_t);

/*
 * An answer as it passes.  Behind the status line of the last head (those of
 * 1xx come before it) a line is put in that says the connection ends.  The
 * field that tells our own words from a server's is nobody else's to send.
 */
#define ANSWER_FIELD	"X-Telclauded"
struct answer {
	uint8_t		 at;		/* enum in body.c */
	char		 line[12];	/* HTTP/1.1 200 */
	uint8_t		 nline;
	uint8_t		 ends;		/* of an empty line seen so far */
	uint8_t		 same;		/* of that field's name in this line */
	unsigned	 interim;	/* bytes of 1xx heads */
};

/* -1: this is no answer of HTTP.  *put: after so many of these bytes, or past
 * them all when it is not in there. */
int	 answer_pass(struct answer *, const uint8_t *, size_t, size_t *put);
int	 answer_begun(const struct answer *);	/* past that line */
int	 answer_headed(const struct answer *);	/* past its whole head */

#endif
