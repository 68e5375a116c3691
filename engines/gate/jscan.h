/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * A reader of JSON that comes in pieces: it keeps no value but the one it is
 * in, and tells those that lie within a few objects of the top.  Pure; the
 * bytes are hostile and are never changed.
 */
#ifndef JSCAN_H
#define JSCAN_H

#include <stddef.h>
#include <stdint.h>

#define JS_DEPTH	512	/* deeper is bad */
#define JS_LEVELS	8	/* values this deep are told */
#define JS_KEY		32
#define JS_VALUE	80

enum js_kind { JS_STRING, JS_NUMBER, JS_WORD, JS_LONG };

struct jscan;
/*
 * depth: keys that lead to it, in j->key[0..depth-1]; a place in an array has
 * the key "[".  value is NUL-ended, with escapes undone (what is not ASCII
 * became a byte above 0x7f); JS_LONG: a string or number that did not fit.
 * j->at - j->from: the bytes it takes, quotes and all.
 */
typedef void (*js_fn)(const struct jscan *, unsigned depth, enum js_kind,
    const char *value, void *ctx);

struct jscan {
	js_fn		 fn;
	/* Optional: a string whose key is "type" or "ttl", however deep. */
	void		(*type)(const char *value, void *ctx);
	void		*ctx;
	uint8_t		 state, esc, word;
	uint8_t		 iskey, full;
	uint8_t		 typed;		/* the key before it is one of those */
	unsigned	 uni;
	unsigned	 depth, nval;
	uint64_t	 at, from;	/* of all: here; where a value began */
	uint8_t		 array[JS_DEPTH / 8];
	char		 key[JS_LEVELS][JS_KEY];
	char		 val[JS_VALUE];
};

void		 jscan_init(struct jscan *, js_fn, void *ctx);
void		 jscan_feed(struct jscan *, const char *, size_t);
int		 jscan_bad(const struct jscan *);	/* for tests */
/* The text ended here: 1 when it was one whole value. */
int		 jscan_end(struct jscan *);

#endif
