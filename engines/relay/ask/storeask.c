/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Cards and requests in the store: what must be told after a restart, and to
 * who presses a button of long ago.  Run by the relay.
 */
#include <string.h>

#include "telclauded/lib/util.h"
#include "engines/relay/ask/card.h"
#include "engines/relay/store/store.h"
#include "engines/relay/store/storesql.h"

#define KEEP_MS	(2 * DAY_MS)	/* to tell who presses late */

void
store_card_set(uint64_t row, int64_t chat, const char *body, size_t len)
{
	(void)sql_run(ST_CARD_SET, "iit", (int64_t)row, chat, body, len);
}

void
store_card_del(uint64_t row)
{
	(void)sql_run(ST_CARD_DEL, "i", (int64_t)row);
}

void
store_cards(void (*fn)(uint64_t, int64_t, const char *, size_t, void *),
    void *ctx)
{
	sqlite3_stmt	*st = sql_query(ST_CARD_ALL, "");

	while (sql_next(st))
		fn((uint64_t)sqlite3_column_int64(st, 0),
		    sqlite3_column_int64(st, 1), sql_text(st, 2),
		    (size_t)sqlite3_column_bytes(st, 2), ctx);
}

void
store_cards_clear(void)
{
	(void)sql_run(ST_CARD_CLEAR, "");
}

void
store_asked_add(uint64_t id, int64_t chat, uint64_t at)
{
	static unsigned	n;

	if (n++ % 64 == 0)
		(void)sql_run(ST_ASKED_PURGE, "i", (int64_t)(at - KEEP_MS));
	(void)sql_run(ST_ASKED_ADD, "iii", (int64_t)id, chat, (int64_t)at);
}

void
store_asked_how(uint64_t id, const char *how)
{
	(void)sql_run(ST_ASKED_HOW, "it", (int64_t)id, how, strlen(how));
}

int
store_asked_get(uint64_t id, int64_t chat, char *how, size_t size)
{
	sqlite3_stmt	*st = sql_query(ST_ASKED_GET, "ii", (int64_t)id, chat);

	if (!sql_next(st))
		return (-1);
	(void)str_copy(how, sql_text(st, 0), size);
	sql_end(st);
	return (0);
}

void
store_asked_settle(const char *how)
{
	(void)sql_run(ST_ASKED_SETTLE, "t", how, strlen(how));
}

/* --- requests ---------------------------------------------------------- */
void
store_request_add(const struct request_row *r, const char *nonce)
{
	(void)sql_run(ST_REQUEST_ADD, "itiiii", (int64_t)r->turn, nonce,
	    strlen(nonce), r->chat, r->user, (int64_t)r->tier,
	    (int64_t)r->at);
}

static void
request_row(sqlite3_stmt *st, struct request_row *r)
{
	r->turn = (uint64_t)sqlite3_column_int64(st, 0);
	r->chat = sqlite3_column_int64(st, 1);
	r->user = sqlite3_column_int64(st, 2);
	r->tier = (enum tier)sqlite3_column_int(st, 3);
	r->at = (uint64_t)sqlite3_column_int64(st, 4);
	r->approved = sqlite3_column_int(st, 5);
}

int
store_request_get(uint64_t turn, struct request_row *r, char nonce[17])
{
	sqlite3_stmt	*st = sql_query(ST_REQUEST_GET, "i", (int64_t)turn);

	if (!sql_next(st))
		return (-1);
	request_row(st, r);
	(void)str_copy(nonce, sql_text(st, 6), 17);
	sql_end(st);
	return (0);
}

int
store_request_find(const char *nonce, struct request_row *r)
{
	sqlite3_stmt	*st;

	st = sql_query(ST_REQUEST_FIND, "t", nonce, strlen(nonce));
	if (!sql_next(st))
		return (-1);
	request_row(st, r);
	sql_end(st);
	return (0);
}

int
store_request_approve(uint64_t turn)
{
	return (sql_run(ST_REQUEST_OK, "i", (int64_t)turn) == 1);
}

void
store_request_del(uint64_t turn)
{
	(void)sql_run(ST_REQUEST_DEL, "i", (int64_t)turn);
}

void
store_requests_purge(void)
{
	(void)sql_run(ST_REQUEST_PURGE, "");
}

void
store_requests(void (*fn)(const struct request_row *, void *), void *ctx)
{
	sqlite3_stmt		*st = sql_query(ST_REQUEST_ALL, "");
	struct request_row	 r;

	while (sql_next(st)) {
		request_row(st, &r);
		fn(&r, ctx);
	}
}
