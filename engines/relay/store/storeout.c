/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The outbox in the store: a message is here from before it is sent until
 * Telegram has said that it has it.  Run by the relay.
 */
#include <string.h>

#include "engines/relay/store/store.h"
#include "engines/relay/store/storesql.h"

void
store_out_add(const struct out_row *r, uint64_t turn, uint64_t at)
{
	(void)sql_run(ST_OUT_ADD, "iiiiiiiitt", (int64_t)r->id, r->chat,
	    (int64_t)r->kind, (int64_t)r->state, (int64_t)r->ref, r->msgid,
	    (int64_t)turn, (int64_t)at, r->head, r->headlen, r->body, r->len);
}

void
store_out_state(uint64_t id, enum box_state state, int64_t msgid)
{
	(void)sql_run(ST_OUT_STATE, "iii", (int64_t)id, (int64_t)state,
	    msgid);
}

void
store_out_body(uint64_t id, const char *body, size_t len)
{
	(void)sql_run(ST_OUT_BODY, "it", (int64_t)id, body, len);
}

void
store_out_again(uint64_t id)
{
	(void)sql_run(ST_OUT_AGAIN, "i", (int64_t)id);
}

void
store_out_del(uint64_t id)
{
	(void)sql_run(ST_OUT_DEL, "i", (int64_t)id);
}

/*
 * After a restart: a message that may not have been sent takes the text of
 * its last edit; edits of sent ones learn the number; one whose message was
 * refused is a message now; the rest is history.
 */
void
store_out_settle(void)
{
	(void)sql_run(ST_OUT_FOLD, "");
	(void)sql_run(ST_OUT_MSGID, "");
	(void)sql_run(ST_OUT_ALONE, "");
	(void)sql_run(ST_OUT_DROP, "");
}

void
store_out_open(void (*fn)(const struct out_row *, void *), void *ctx)
{
	struct out_row	 r;
	sqlite3_stmt	*st = sql_query(ST_OUT_OPEN, "");

	while (sql_next(st)) {
		memset(&r, 0, sizeof(r));
		r.id = (uint64_t)sqlite3_column_int64(st, 0);
		r.chat = sqlite3_column_int64(st, 1);
		r.kind = (enum box_kind)sqlite3_column_int(st, 2);
		r.state = (enum box_state)sqlite3_column_int(st, 3);
		r.ref = (uint64_t)sqlite3_column_int64(st, 4);
		r.msgid = sqlite3_column_int64(st, 5);
		r.head = sql_text(st, 6);
		r.headlen = (size_t)sqlite3_column_bytes(st, 6);
		r.body = sql_text(st, 7);
		r.len = (size_t)sqlite3_column_bytes(st, 7);
		fn(&r, ctx);
	}
}
