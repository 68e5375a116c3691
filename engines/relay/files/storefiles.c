/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Files in the store: parts of albums, what came with a turn, and turns whose
 * files are being sent.  Run by the relay.
 */
#include <string.h>

#include "engines/relay/files/storefiles.h"
#include "engines/relay/store/storesql.h"

static int
there(sqlite3_stmt *st)
{
	if (!sql_next(st))
		return (0);
	sql_end(st);
	return (1);
}

void
store_album_add(const struct album_row *r)
{
	(void)sql_run(ST_ALBUM_ADD, "itiiiiiittttiiitt", r->id, r->grp,
	    strlen(r->grp), r->chat, r->topic, r->user, r->msg,
	    (int64_t)r->group, (int64_t)r->addressed, r->name,
	    strlen(r->name), r->origin, strlen(r->origin), r->text,
	    strlen(r->text), r->files, strlen(r->files), (int64_t)r->qwho,
	    r->qmsg, (int64_t)r->qpart, r->qname, strlen(r->qname), r->qtext,
	    r->qtext == NULL ? (size_t)0 : strlen(r->qtext));
}

void
store_album_del(int64_t id)
{
	(void)sql_run(ST_ALBUM_DEL, "i", id);
}

void
store_album_all(void (*fn)(const struct album_row *, void *), void *ctx)
{
	struct album_row	 r;
	sqlite3_stmt		*st = sql_query(ST_ALBUM_ALL, "");

	while (sql_next(st)) {
		r.id = sqlite3_column_int64(st, 0);
		r.grp = sql_text(st, 1);
		r.chat = sqlite3_column_int64(st, 2);
		r.topic = sqlite3_column_int64(st, 3);
		r.user = sqlite3_column_int64(st, 4);
		r.msg = sqlite3_column_int64(st, 5);
		r.group = sqlite3_column_int(st, 6);
		r.addressed = sqlite3_column_int(st, 7);
		r.name = sql_text(st, 8);
		r.origin = sql_text(st, 9);
		r.text = sql_text(st, 10);
		r.files = sql_text(st, 11);
		r.qwho = sqlite3_column_int(st, 12);
		r.qmsg = sqlite3_column_int64(st, 13);
		r.qpart = sqlite3_column_int(st, 14);
		r.qname = sql_text(st, 15);
		r.qtext = (const char *)sqlite3_column_text(st, 16);
		fn(&r, ctx);
	}
}

void
store_turn_files(uint64_t turn, const char *files, const char *text,
    size_t len, uint32_t taint)
{
	(void)sql_run(ST_TURN_FILES, "itti", (int64_t)turn, files,
	    strlen(files), text, len, (int64_t)taint);
}

int
store_conv_lives(uint64_t conv)
{
	return (there(sql_query(ST_LANE_CONV, "i", (int64_t)conv)));
}

int
store_file_waits(const char *name)
{
	return (there(sql_query(ST_FILE_WAITS, "t", name, strlen(name))));
}

int
store_out_is_file(uint64_t row)
{
	return (there(sql_query(ST_OUT_HAS, "i", (int64_t)row)));
}

void
store_collect_add(const struct collect_row *r)
{
	(void)sql_run(ST_COLLECT_ADD, "iiiiiii", (int64_t)r->turn,
	    (int64_t)r->conv, r->chat, r->topic, r->reply,
	    (int64_t)r->since, (int64_t)r->at);
}

void
store_collect_del(uint64_t turn)
{
	(void)sql_run(ST_COLLECTED_DEL, "i", (int64_t)turn);
	(void)sql_run(ST_COLLECT_DEL, "i", (int64_t)turn);
}

void
store_collect_all(void (*fn)(const struct collect_row *, void *), void *ctx)
{
	struct collect_row	 r;
	sqlite3_stmt		*st = sql_query(ST_COLLECT_ALL, "");

	while (sql_next(st)) {
		r.turn = (uint64_t)sqlite3_column_int64(st, 0);
		r.conv = (uint64_t)sqlite3_column_int64(st, 1);
		r.chat = sqlite3_column_int64(st, 2);
		r.topic = sqlite3_column_int64(st, 3);
		r.reply = sqlite3_column_int64(st, 4);
		r.since = (uint64_t)sqlite3_column_int64(st, 5);
		r.at = (uint64_t)sqlite3_column_int64(st, 6);
		fn(&r, ctx);
	}
}

void
store_collected(uint64_t turn, const char *src)
{
	(void)sql_run(ST_COLLECTED_ADD, "it", (int64_t)turn, src, strlen(src));
}

int
store_collected_has(uint64_t turn, const char *src)
{
	return (there(sql_query(ST_COLLECTED_HAS, "it", (int64_t)turn, src,
	    strlen(src))));
}
