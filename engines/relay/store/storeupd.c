/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Updates seen, chats refused, open second factors: the small tables of the
 * store.  Run by the relay.
 */
#include <string.h>

#include "engines/relay/store/store.h"
#include "engines/relay/store/storesql.h"

int
store_update(int64_t id, int64_t chat, int64_t user, uint64_t at,
    enum upd_state state)
{
	return (sql_run(ST_UPD_ADD, "iiiii", id, chat, user, (int64_t)at,
	    (int64_t)state) > 0);
}

int64_t
store_next_update(uint64_t *at)
{
	sqlite3_stmt	*st;
	int64_t		 id = -1;

	*at = 0;
	st = sql_query(ST_UPD_NEXT, "");
	if (sql_next(st)) {
		id = sqlite3_column_int64(st, 0);
		*at = (uint64_t)sqlite3_column_int64(st, 1);
		sql_end(st);
	}
	return (id + 1);
}

void
store_other_bot(void)
{
	(void)sql_run(ST_UPD_FORGET, "");
	(void)sql_run(ST_TURN_NOMSG, "");
	(void)sql_run(ST_SENT_FORGET, "");
	(void)sql_run(ST_REACT_FORGET, "");
}

void
store_refused(int64_t chat, const char *name, uint64_t at)
{
	(void)sql_run(ST_REFUSED, "iti", chat, name, strlen(name),
	    (int64_t)at);
}

uint64_t
store_totp_until(const char *user)
{
	sqlite3_stmt	*st;
	uint64_t	 until = 0;

	st = sql_query(ST_TOTP_GET, "t", user, strlen(user));
	if (sql_next(st)) {
		until = (uint64_t)sqlite3_column_int64(st, 0);
		sql_end(st);
	}
	return (until);
}

void
store_set_totp(const char *user, uint64_t until)
{
	(void)sql_run(ST_TOTP_SET, "ti", user, strlen(user), (int64_t)until);
}
