/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Requests of hostile HTTP/1.1 clients: the head, and the chunked coding of a
 * body.  Pure; what it returns points into the caller's bytes.  It takes less
 * than RFC 9112 lets a server take, so that no two readers of the same bytes
 * can disagree: CRLF only, no folding, no extensions, one length.
 */
#ifndef HTTPREQ_H
#define HTTPREQ_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#define HTTPREQ_HEAD_MAX	65536
#define HTTPREQ_FIELDS		128
#define HTTPREQ_TARGET_MAX	8192

struct httpreq_field {
	const char	*name, *value;	/* without the space around it */
	size_t		 nname, nvalue;
};

struct httpreq {
	char		 method[16];
	const char	*target;
	size_t		 ntarget;
	struct httpreq_field f[HTTPREQ_FIELDS];
	unsigned	 nf;
	int		 haslen;	/* content-length is there */
	uint64_t	 length;
	int		 chunked;
	int		 close;		/* connection: close */
	int		 expect;	/* expect: 100-continue */
	unsigned	 status;	/* when refused: what to answer */
	const char	*why;		/* and a word about it, fixed text */
};

/*
 * Bytes of the head with its empty line; 0: not all here; -1: it can never
 * become one (a line that ends in a bare LF, or too long).  *seen holds the
 * place between calls with more of the same bytes, 0 at first.
 */
ssize_t		 httpreq_end(const char *, size_t, size_t *seen);
/* The head, whole.  0, or -1 with status and why. */
int		 httpreq_parse(struct httpreq *, const char *, size_t);
int		 httpreq_is(const struct httpreq_field *, const char *name);
/* The only field of that name; NULL: none, or several. */
const struct httpreq_field *httpreq_one(const struct httpreq *,
		    const char *name);
/* Is this word in the comma-separated value, in any case? */
int		 httpreq_has(const struct httpreq_field *, const char *word);

/* --- chunked bodies ----------------------------------------------------- */
enum httpchunk_got { HC_MORE, HC_DATA, HC_END, HC_BAD };
struct httpchunk {
	int		 state;
	unsigned	 digits;
	uint64_t	 left;
};
/*
 * Takes *used of n bytes: HC_DATA with some of the body, HC_MORE when all
 * were taken and more is needed, HC_END behind the last one.  Extensions and
 * trailers are refused.
 */
enum httpchunk_got httpchunk_next(struct httpchunk *, const char *, size_t n,
		    size_t *used, const char **data, size_t *ndata);

#endif
