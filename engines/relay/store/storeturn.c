/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Turns (messages to the agent, from queued to done) and lanes (the
 * conversation of each chat) in the store.  Run by the relay.
 */
#include <string.h>

#include "engines/relay/store/store.h"
#include "engines/relay/store/storesql.h"

void
store_turn_add(const struct turn_row *r)
{
	(void)sql_run(ST_TURN_ADD, "iiiiiiiiiittit", (int64_t)r->id, r->chat,
	    r->topic, r->user, r->msg, (int64_t)r->conv, (int64_t)r->at,
	    (int64_t)r->resumes, (int64_t)r->group, (int64_t)r->state,
	    r->name, strlen(r->name), r->text, r->len, (int64_t)r->taint,
	    r->files == NULL ? "" : r->files,
	    r->files == NULL ? (size_t)0 : strlen(r->files));
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
	r->name = sql_text(st, 10);
	r->text = sql_text(st, 11);
	r->len = (size_t)sqlite3_column_bytes(st, 11);
	r->taint = (uint32_t)sqlite3_column_int64(st, 12);
	r->files = sql_text(st, 13);
}

int
store_turn_get(uint64_t id, void (*fn)(const struct turn_row *, void *),
    void *ctx)
{
	struct turn_row	 r;
	sqlite3_stmt	*st;

	st = sql_query(ST_TURN_GET, "i", (int64_t)id);
	if (!sql_next(st))
		return (0);
	turn_row(st, &r);
	fn(&r, ctx);
	sql_end(st);
	return (1);
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
store_lane(int64_t chat, int64_t topic,
    void (*fn)(const struct lane_row *, void *), void *ctx)
{
	struct lane_row	 r;
	sqlite3_stmt	*st;

	st = sql_query(ST_LANE_GET, "ii", chat, topic);
	if (!sql_next(st))
		return (0);
	r.conv = (uint64_t)sqlite3_column_int64(st, 0);
	r.used = (uint64_t)sqlite3_column_int64(st, 1);
	r.cwd = sql_text(st, 2);
	r.model = sql_text(st, 3);
	r.taint = (uint32_t)sqlite3_column_int64(st, 4);
	r.hold = (uint64_t)sqlite3_column_int64(st, 5);
	r.drop = (uint64_t)sqlite3_column_int64(st, 6);
	fn(&r, ctx);
	sql_end(st);
	return (1);
}

void
store_set_lane(int64_t chat, int64_t topic, const struct lane_row *r)
{
	(void)sql_run(ST_LANE_SET, "iiiibtiii", chat, topic, (int64_t)r->conv,
	    (int64_t)r->used, r->cwd, strlen(r->cwd), r->model,
	    strlen(r->model), (int64_t)r->taint, (int64_t)r->hold,
	    (int64_t)r->drop);
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
