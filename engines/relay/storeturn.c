/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Turns (messages to the agent, from queued to done) and lanes (the
 * conversation of each chat) in the store.  Run by the relay.
 */
#include <string.h>

#include "engines/relay/store.h"
#include "engines/relay/storesql.h"

void
store_turn_add(const struct turn_row *r)
{
	(void)sql_run(ST_TURN_ADD, "iiiiiiiiiitt", (int64_t)r->id, r->chat,
	    r->topic, r->user, r->msg, (int64_t)r->conv, (int64_t)r->at,
	    (int64_t)r->resumes, (int64_t)r->group, (int64_t)r->state,
	    r->name, strlen(r->name), r->text, r->len);
}

void
store_turn_state(uint64_t id, enum turn_row_state state, uint64_t at)
{
	(void)sql_run(ST_TURN_STATE, "iii", (int64_t)id, (int64_t)state,
	    (int64_t)at);
}

void
store_turn_conv(uint64_t id, uint64_t conv)
{
	(void)sql_run(ST_TURN_CONV, "ii", (int64_t)id, (int64_t)conv);
}

static void
turn_row(sqlite3_stmt *st, struct turn_row *r)
{
	memset(r, 0, sizeof(*r));
	r->id = (uint64_t)sqlite3_column_int64(st, 0);
	r->chat = sqlite3_column_int64(st, 1);
	r->topic = sqlite3_column_int64(st, 2);
	r->user = sqlite3_column_int64(st, 3);
	r->msg = sqlite3_column_int64(st, 4);
	r->conv = (uint64_t)sqlite3_column_int64(st, 5);
	r->at = (uint64_t)sqlite3_column_int64(st, 6);
	r->resumes = (uint64_t)sqlite3_column_int64(st, 7);
	r->group = sqlite3_column_int(st, 8);
	r->state = (enum turn_row_state)sqlite3_column_int(st, 9);
	r->name = (const char *)sqlite3_column_text(st, 10);
	r->text = (const char *)sqlite3_column_text(st, 11);
	r->len = (size_t)sqlite3_column_bytes(st, 11);
	if (r->name == NULL)
		r->name = "";
	if (r->text == NULL)
		r->text = "";
}

int
store_turn_get(uint64_t id, void (*fn)(const struct turn_row *, void *),
    void *ctx)
{
	struct turn_row	 r;
	sqlite3_stmt	*st;

	st = sql_query(ST_TURN_GET, "i", (int64_t)id);
	if (!sql_next(st))
		return (-1);
	turn_row(st, &r);
	fn(&r, ctx);
	sql_end(st);
	return (0);
}

static void
turn_each(sqlite3_stmt *st, void (*fn)(const struct turn_row *, void *),
    void *ctx)
{
	struct turn_row	r;

	while (sql_next(st)) {
		turn_row(st, &r);
		fn(&r, ctx);
	}
}

void
store_turn_open(void (*fn)(const struct turn_row *, void *), void *ctx)
{
	turn_each(sql_query(ST_TURN_OPEN, ""), fn, ctx);
}

void
store_turn_recent(unsigned max, void (*fn)(const struct turn_row *, void *),
    void *ctx)
{
	turn_each(sql_query(ST_TURN_RECENT, "i", (int64_t)max), fn, ctx);
}

int
store_lane(int64_t chat, int64_t topic, uint64_t *conv, uint64_t *used,
    char *cwd, size_t size)
{
	sqlite3_stmt	*st;
	const void	*p;
	size_t		 n;

	st = sql_query(ST_LANE_GET, "ii", chat, topic);
	if (!sql_next(st))
		return (0);
	*conv = (uint64_t)sqlite3_column_int64(st, 0);
	*used = (uint64_t)sqlite3_column_int64(st, 1);
	p = sqlite3_column_blob(st, 2);
	n = (size_t)sqlite3_column_bytes(st, 2);
	cwd[0] = '\0';
	if (p != NULL && n < size) {
		memcpy(cwd, p, n);
		cwd[n] = '\0';
	}
	sql_end(st);
	return (1);
}

void
store_set_lane(int64_t chat, int64_t topic, uint64_t conv, uint64_t used,
    const char *cwd, size_t len)
{
	(void)sql_run(ST_LANE_SET, "iiiib", chat, topic, (int64_t)conv,
	    (int64_t)used, cwd, len);
}

void
store_lanes(void (*fn)(int64_t, int64_t, uint64_t, uint64_t, void *),
    void *ctx)
{
	sqlite3_stmt	*st = sql_query(ST_LANE_ALL, "");

	while (sql_next(st))
		fn(sqlite3_column_int64(st, 0), sqlite3_column_int64(st, 1),
		    (uint64_t)sqlite3_column_int64(st, 2),
		    (uint64_t)sqlite3_column_int64(st, 3), ctx);
}
