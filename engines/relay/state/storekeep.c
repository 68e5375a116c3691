/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Old rows, a window of them at a time.  Ids grow with time, so a window
 * whose oldest row is new enough is the end.  Run by the relay.
 */
#include "telclauded/lib/util.h"
#include "engines/relay/store/store.h"
#include "engines/relay/store/storesql.h"

#define WINDOW		256
/* Telegram keeps an update for a day; ours must outlive that to be found. */
#define UPDATES_MS	(48ULL * 3600 * 1000)
#define REFUSED_MS	(30 * DAY_MS)
#define FREE_MIN	256			/* pages: not worth it */

static int64_t
window(enum st look, enum st del, int64_t from, uint64_t before)
{
	sqlite3_stmt	*st;
	int64_t		 last = -1, oldest = 0, n = 0;

	st = sql_query(look, "ii", from, (int64_t)WINDOW);
	if (sql_next(st)) {
		last = sqlite3_column_int64(st, 0);
		oldest = sqlite3_column_int64(st, 1);
		n = sqlite3_column_int64(st, 2);
		sql_end(st);
	}
	if (n == 0 || oldest >= (int64_t)before)
		return (-1);
	(void)sql_run(del, "iii", from, last, (int64_t)before);
	return (n == WINDOW ? last : -1);
}

int64_t
store_keep_turns(int64_t from, uint64_t before)
{
	return (window(ST_KEEP_TURNS, ST_KEEP_TURNS_DEL, from, before));
}

int64_t
store_keep_updates(int64_t from, uint64_t now)
{
	if (now < UPDATES_MS)
		return (-1);
	return (window(ST_KEEP_UPDATES, ST_KEEP_UPDATES_DEL, from,
	    now - UPDATES_MS));
}

int
store_keep_lanes(uint64_t before)
{
	return (sql_run(ST_KEEP_LANES, "ii", (int64_t)before,
	    (int64_t)WINDOW) == WINDOW);
}

void
store_keep_small(uint64_t now)
{
	(void)sql_run(ST_REFUSED_PURGE, "i", (int64_t)(now - REFUSED_MS));
	(void)sql_run(ST_TOTP_PURGE, "i", (int64_t)now);
}

static int64_t
number(enum st id)
{
	sqlite3_stmt	*st = sql_query(id, "");
	int64_t		 n = 0;

	if (sql_next(st)) {
		n = sqlite3_column_int64(st, 0);
		sql_end(st);
	}
	return (n);
}

/* What is free is used again; only much of it goes back to the disk. */
int
store_keep_shrink(void)
{
	sqlite3_stmt	*st;
	int64_t		 idle;

	store_sync();
	idle = number(ST_KEEP_FREE);
	if (idle < FREE_MIN || idle < number(ST_KEEP_PAGES) / 4)
		return (0);
	st = sql_query(ST_KEEP_SHRINK, "");
	while (sql_next(st))
		continue;
	return (number(ST_KEEP_FREE) < idle);
}
