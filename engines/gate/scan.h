/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What gate reads of a request and of an answer, on the side: which model,
 * how many tokens.  Pure; both are hostile, neither is changed.
 */
#ifndef SCAN_H
#define SCAN_H

#include "engines/gate/jscan.h"

/* --- bodyscan.c: a request for messages ----------------------------------- */
#define SCAN_MODELS	4
#define SCAN_MODEL	64
#define SEARCHES_MAX	1000

struct bodyscan {
	struct jscan	 j;
	char		 model[SCAN_MODELS][SCAN_MODEL];
	unsigned	 nmodel;
	int		 anymodel;	/* it may be any: none, odd, too many */
	uint64_t	 max_tokens;	/* the largest that was named */
	int		 anymax;	/* it may be as many as there can be */
	int		 points;	/* to what is not in its length */
	int		 caches;	/* asks for some of it to be kept ... */
	int		 hour;		/* ... for an hour, which costs more */
	/* Pictures cost what they show, not what they weigh; of other files
	 * the server reads more than their bytes tell. */
	uint64_t	 files, filebytes;
	uint64_t	 pdfs;
	int		 notimage;	/* some of these are no pictures */
	/* Searches of the server, each of which brings text in. */
	uint64_t	 searchers, bounds;
	uint64_t	 searches;	/* at most */
};
/* readable 0: the body is compressed, nothing can be known. */
void		 bodyscan_init(struct bodyscan *, int readable);
void		 bodyscan_feed(struct bodyscan *, const char *, size_t);
void		 bodyscan_end(struct bodyscan *);

/* --- usage.c: an answer -------------------------------------------------- */
struct usage {
	uint64_t	 in, out, cached, written, searches;
	uint64_t	 written_1h;	/* of written: kept for an hour */
};
enum usage_form { UF_NONE, UF_JSON, UF_SSE };
struct usagescan {
	struct jscan	 j;
	struct usage	 u;
	enum usage_form	 form;
	int		 line;		/* SSE: bytes of "data:" matched */
	int		 gotout;	/* a final count was there */
	int		 stopped;	/* SSE: message_stop was there */
	char		 model[SCAN_MODEL];
};
/* By the value of content-type; a content-encoding makes it UF_NONE. */
enum usage_form	 usage_form(const char *type, size_t n, int encoded);
void		 usage_init(struct usagescan *, enum usage_form);
void		 usage_feed(struct usagescan *, const char *, size_t);
/* The answer ended whole: 1 when the counts are those of all of it. */
int		 usage_end(struct usagescan *);

#endif
