/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The only ways from an outsider's bytes (struct text) to something a program
 * uses.  Each filter's name says what the result is good for.
 */
#ifndef LIB_TEXT_H
#define LIB_TEXT_H

#include "imsg/msg.h"

struct text text_of(const char *, size_t);	/* marks bytes as tainted */

/* For a log line or a terminal: control bytes, bad UTF-8 and bidi controls
 * escaped; cut with "..." at size.  Returns dst. */
const char	*text_for_log(struct text, char *dst, size_t size);
/* For storage or a JSON string: a malloc'd, NUL-terminated, valid UTF-8 copy
 * (bad sequences and NUL become U+FFFD), *len its length. */
char		*text_utf8(struct text, size_t *len);
/* Raw bytes for a decoder that is itself a filter (JSON parser, file). */
const uint8_t	*text_raw(struct text, size_t *len);

#endif
