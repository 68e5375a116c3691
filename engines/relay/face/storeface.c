/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The tables bot_messages and reactions, and what edits look up.  Run by the
 * relay.
 */
#include <string.h>

#include "engines/relay/face/storeface.h"
#include "engines/relay/store/store.h"
#include "engines/relay/store/storesql.h"

#define KEEP_SENT_MS	(24ULL * 3600 * 1000)

void
store_face_sent(int64_t chat, int64_t msg, int64_t topic, uint32_t taint,
    const char *words, uint64_t at)
{
	(void)sql_run(ST_SENT_ADD, "iiiiti", chat, msg, topic, (int64_t)taint,
	    words, strlen(words), (int64_t)at);
}

void
store_face_taint(int64_t chat, int64_t msg, uint32_t taint)
{
	(void)sql_run(ST_SENT_TAINT, "iii", chat, msg, (int64_t)taint);
}

int
store_face_ours(int64_t chat, int64_t msg, uint32_t *taint)
{
	sqlite3_stmt	*st = sql_query(ST_SENT_GET, "ii", chat, msg);

	if (!sql_next(st))
		return (0);
	*taint = (uint32_t)sqlite3_column_int64(st, 0);
	sql_end(st);
	return (1);
}

void
store_face_unreact(int64_t chat, int64_t msg, int64_t user)
{
	(void)sql_run(ST_REACT_DEL, "iii", chat, msg, user);
}

void
store_face_react(int64_t chat, int64_t msg, int64_t user, const char *emoji,
    uint64_t at)
{
	(void)sql_run(ST_REACT_ADD, "iiiti", chat, msg, user, emoji,
	    strlen(emoji), (int64_t)at);
}

void
store_face_reacted(int64_t chat, int64_t topic, unsigned max,
    void (*fn)(const struct reacted *, void *), void *ctx)
{
	struct reacted	 r;
	sqlite3_stmt	*st;
	int		 n = 0;

	st = sql_query(ST_REACT_NEW, "iii", chat, topic, (int64_t)max);
	while (sql_next(st)) {
		r.msg = sqlite3_column_int64(st, 0);
		r.words = (const char *)sqlite3_column_text(st, 1);
		r.emoji = (const char *)sqlite3_column_text(st, 2);
		r.n = sqlite3_column_int(st, 3);
		r.taint = (uint32_t)sqlite3_column_int64(st, 4);
		if (r.words != NULL && r.emoji != NULL)
			fn(&r, ctx);
		n++;
	}
	if (n > 0)
		(void)sql_run(ST_REACT_TOLD, "ii", chat, topic);
}

uint64_t
store_face_turn(int64_t chat, int64_t msg, uint64_t but, int64_t *user)
{
	sqlite3_stmt	*st;
	uint64_t	 id = 0;

	st = sql_query(ST_TURN_BYMSG, "iii", chat, msg, (int64_t)but);
	if (sql_next(st)) {
		id = (uint64_t)sqlite3_column_int64(st, 0);
		*user = sqlite3_column_int64(st, 1);
		sql_end(st);
	}
	return (id);
}

void
store_face_retext(uint64_t id, const char *text, size_t len, uint32_t taint)
{
	(void)sql_run(ST_TURN_RETEXT, "iti", (int64_t)id, text, len,
	    (int64_t)taint);
}

void
store_face_purge(uint64_t now)
{
	if (now < KEEP_SENT_MS)
		return;
	(void)sql_run(ST_REACT_PURGE, "i", (int64_t)(now - KEEP_SENT_MS));
	(void)sql_run(ST_SENT_PURGE, "i", (int64_t)(now - KEEP_SENT_MS));
}
