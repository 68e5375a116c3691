/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What people told the bot to remember: brought over from the reference's
 * database, kept, and part of every backup.  Run by the relay.
 */
#include <string.h>

#include "engines/relay/store/store.h"
#include "engines/relay/store/storesql.h"

int
store_memory_add(const struct memory_row *r)
{
	return (sql_run(ST_MEM_ADD, "tttttiiiti", r->id, strlen(r->id),
	    r->category, strlen(r->category), r->content, strlen(r->content),
	    r->source, strlen(r->source), r->trust, strlen(r->trust), r->chat,
	    (int64_t)r->created, (int64_t)r->promoted, r->promoter,
	    strlen(r->promoter), (int64_t)r->posted) > 0);
}

int64_t
store_memory_count(void)
{
	sqlite3_stmt	*st = sql_query(ST_MEM_COUNT, "");
	int64_t		 n = 0;

	if (sql_next(st)) {
		n = sqlite3_column_int64(st, 0);
		sql_end(st);
	}
	return (n);
}
