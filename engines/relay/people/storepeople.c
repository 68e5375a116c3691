/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * People in the store.  Run by the relay.
 */
#include <string.h>

#include "engines/relay/people/storepeople.h"
#include "engines/relay/store/storesql.h"

void
store_link_set(const struct link_row *r)
{
	(void)sql_run(ST_LINK_SET, "ittii", r->user, r->name,
	    strlen(r->name), r->totp, strlen(r->totp), (int64_t)r->at, r->by);
}

void
store_link_del(int64_t user)
{
	(void)sql_run(ST_LINK_DEL, "i", user);
}

void
store_links(void (*fn)(const struct link_row *, void *), void *ctx)
{
	sqlite3_stmt	*st = sql_query(ST_LINK_ALL, "");
	struct link_row	 r;

	while (sql_next(st)) {
		r.user = sqlite3_column_int64(st, 0);
		r.name = sql_text(st, 1);
		r.totp = sql_text(st, 2);
		r.at = (uint64_t)sqlite3_column_int64(st, 3);
		r.by = sqlite3_column_int64(st, 4);
		fn(&r, ctx);
	}
}

void
store_code_add(enum code_kind kind, const struct code_row *r)
{
	(void)sql_run(ST_CODE_ADD, "ittii", (int64_t)kind, r->code,
	    strlen(r->code), r->name, strlen(r->name), (int64_t)r->until,
	    r->by);
}

int
store_code_del(int64_t id)
{
	return (sql_run(ST_CODE_DEL, "i", id) > 0);
}

void
store_codes(enum code_kind kind, uint64_t now, uint64_t ttl,
    void (*fn)(const struct code_row *, void *), void *ctx)
{
	sqlite3_stmt	*st;
	struct code_row	 r;

	st = sql_query(ST_CODE_LIVE, "iii", (int64_t)kind, (int64_t)now,
	    (int64_t)ttl);
	while (sql_next(st)) {
		r.id = sqlite3_column_int64(st, 0);
		r.code = sql_text(st, 1);
		r.name = sql_text(st, 2);
		r.until = (uint64_t)sqlite3_column_int64(st, 3);
		r.by = sqlite3_column_int64(st, 4);
		fn(&r, ctx);
	}
}

void
store_claim_set(const struct claim_row *r)
{
	(void)sql_run(ST_CLAIM_SET, "ittii", r->user, r->code,
	    strlen(r->code), r->name, strlen(r->name), (int64_t)r->until,
	    (int64_t)r->state);
}

void
store_claim_state(int64_t user, enum claim_state state)
{
	(void)sql_run(ST_CLAIM_STATE, "ii", user, (int64_t)state);
}

void
store_claim_clear(void)
{
	(void)sql_run(ST_CLAIM_CLEAR, "");
}

void
store_claims(void (*fn)(const struct claim_row *, void *), void *ctx)
{
	sqlite3_stmt		*st = sql_query(ST_CLAIM_ALL, "");
	struct claim_row	 r;

	while (sql_next(st)) {
		r.user = sqlite3_column_int64(st, 0);
		r.code = sql_text(st, 1);
		r.name = sql_text(st, 2);
		r.until = (uint64_t)sqlite3_column_int64(st, 3);
		r.state = (enum claim_state)sqlite3_column_int(st, 4);
		fn(&r, ctx);
	}
}

void
store_ban_set(int64_t id, uint64_t at, const char *reason)
{
	(void)sql_run(ST_BAN_SET, "iit", id, (int64_t)at, reason,
	    strlen(reason));
}

void
store_ban_del(int64_t id)
{
	(void)sql_run(ST_BAN_DEL, "i", id);
}

void
store_bans(void (*fn)(int64_t, uint64_t, const char *, void *), void *ctx)
{
	sqlite3_stmt	*st = sql_query(ST_BAN_ALL, "");

	while (sql_next(st))
		fn(sqlite3_column_int64(st, 0),
		    (uint64_t)sqlite3_column_int64(st, 1), sql_text(st, 2),
		    ctx);
}

void
store_pair_set(const struct pair_row *r)
{
	(void)sql_run(ST_PAIR_SET, "ittii", r->chat, r->name,
	    strlen(r->name), r->who, strlen(r->who), (int64_t)r->at, r->by);
}

void
store_pair_del(int64_t chat)
{
	(void)sql_run(ST_PAIR_DEL, "i", chat);
}

void
store_pairs(void (*fn)(const struct pair_row *, void *), void *ctx)
{
	sqlite3_stmt	*st = sql_query(ST_PAIR_ALL, "");
	struct pair_row	 r;

	while (sql_next(st)) {
		r.chat = sqlite3_column_int64(st, 0);
		r.name = sql_text(st, 1);
		r.who = sql_text(st, 2);
		r.at = (uint64_t)sqlite3_column_int64(st, 3);
		r.by = sqlite3_column_int64(st, 4);
		fn(&r, ctx);
	}
}

int64_t
store_try(int64_t kind, int64_t who, int64_t now, int64_t window,
    int64_t *since)
{
	sqlite3_stmt	*st;
	int64_t		 n = INT64_MAX;

	*since = now;
	(void)sql_run(ST_TRY_ADD, "iiii", kind, who, now, window);
	st = sql_query(ST_TRY_GET, "ii", kind, who);
	if (sql_next(st)) {
		n = sqlite3_column_int64(st, 0);
		*since = sqlite3_column_int64(st, 1);
		sql_end(st);
	}
	return (n);
}

void
store_people_purge(uint64_t now, int64_t since)
{
	(void)sql_run(ST_CODE_PURGE, "i", (int64_t)now);
	(void)sql_run(ST_TRY_PURGE, "i", since);
}
