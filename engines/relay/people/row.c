/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Rows for telclaudectl.  Run by the relay.
 */
#include <inttypes.h>
#include <string.h>

#include "engines/relay/people/row.h"

void
row_begin(struct buf *b, const char *row)
{
	buf_init(b);
	(void)buf_printf(b, "{\"row\":\"%s\"", row);
}

void
row_str(struct buf *b, const char *key, const char *v)
{
	(void)buf_printf(b, ",\"%s\":", key);
	(void)buf_json_str(b, v, strlen(v));
}

void
row_int(struct buf *b, const char *key, int64_t v)
{
	(void)buf_printf(b, ",\"%s\":%" PRId64, key, v);
}

void
row_bool(struct buf *b, const char *key, int v)
{
	(void)buf_printf(b, ",\"%s\":%s", key, v ? "true" : "false");
}

void
row_end(struct link *l, struct buf *b)
{
	(void)buf_puts(b, "}");
	ctl_row(l, b);
}
