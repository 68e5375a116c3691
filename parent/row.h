/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Pieces of a row of `show': one JSON object, its kind in "row".
 */
#ifndef PARENT_ROW_H
#define PARENT_ROW_H

#include <string.h>

#include "imsg/link.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"

static inline void
add_str(struct buf *b, const char *key, const char *value)
{
	buf_printf(b, ",\"%s\":", key);
	if (value == NULL)
		buf_puts(b, "null");
	else
		buf_json_str(b, value, strlen(value));
}

static inline void
add_num(struct buf *b, const char *key, uint64_t n)
{
	buf_printf(b, ",\"%s\":%llu", key, (unsigned long long)n);
}

static inline void
add_bool(struct buf *b, const char *key, int v)
{
	buf_printf(b, ",\"%s\":%s", key, v ? "true" : "false");
}

static inline void
row_begin(struct buf *b, const char *kind)
{
	buf_init(b);
	buf_puts(b, "{\"row\":");
	buf_json_str(b, kind, strlen(kind));
}

static inline void
row_send(struct buf *b, struct link *l)
{
	struct msg_CTL_ROW	 m;

	buf_puts(b, "}");
	if (!b->failed) {
		m.json = text_of(b->p, b->len);
		if (msg_send_CTL_ROW(l, 0, -1, &m) == 0)
			log_debug("control: a row did not fit");
	}
	buf_free(b);
}

#endif
