/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The observer's circuit breaker on disk, so that a restart asks no server
 * that just failed.  Run by the relay.
 */
#include <string.h>

#include "engines/relay/screen/observe.h"
#include "engines/relay/store/storesql.h"

static const char	name[] = "observer";

void
store_breaker(struct breaker *b)
{
	sqlite3_stmt	*st;

	memset(b, 0, sizeof(*b));
	st = sql_query(ST_BREAKER_GET, "t", name, sizeof(name) - 1);
	if (!sql_next(st))
		return;
	b->state = sqlite3_column_int(st, 0) == BR_CLOSED ? BR_CLOSED :
	    sqlite3_column_int(st, 0) == BR_HALF ? BR_HALF : BR_OPEN;
	b->failures = (unsigned)sqlite3_column_int(st, 1);
	b->successes = (unsigned)sqlite3_column_int(st, 2);
	b->opened = (uint64_t)sqlite3_column_int64(st, 3);
	sql_end(st);
}

void
store_set_breaker(const struct breaker *b)
{
	(void)sql_run(ST_BREAKER_SET, "tiiii", name, sizeof(name) - 1,
	    (int64_t)b->state, (int64_t)b->failures, (int64_t)b->successes,
	    (int64_t)b->opened);
}
