/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What SQL telclaudectl knows about databases in a backup: are they whole and
 * ours?  The bytes may come from anybody; nothing of them is run.
 */
#include <string.h>

#include "engines/agent/store.h"
#include "engines/relay/store/storever.h"
#include "telclauded/ctl/archive.h"
#include "telclauded/ctl/storeview.h"

/* Where a file says whether it is in WAL mode (SQLite file format, 1.3). */
#define HEAD_WRITE	18
#define HEAD_READ	19

static const struct {
	const char	*file;
	int		 version;
	const char	*tables[6];
} known[] = {
	{ STORE_FILE, STORE_SCHEMA, { "meta", "updates", "turns", "lanes",
	    "outbox" } },
	{ "transcript.db", STORE_VERSION, { "conversations", "messages" } },
};

sqlite3 *
store_view(uint8_t *p, size_t n, char *why, size_t whylen)
{
	sqlite3	*db = NULL;

	if (archive_schema(p, n) == -1) {
		(void)str_copy(why, "it is not a database", whylen);
		return (NULL);
	}
	/* There is no WAL beside bytes in memory. */
	p[HEAD_WRITE] = p[HEAD_READ] = 1;
	if (sqlite3_open_v2(":memory:", &db, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK &&
	    sqlite3_deserialize(db, "main", p, (sqlite3_int64)n,
	    (sqlite3_int64)n, SQLITE_DESERIALIZE_READONLY) == SQLITE_OK &&
	    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1,
	    NULL) == SQLITE_OK && sqlite3_exec(db, "PRAGMA trusted_schema="
	    "OFF;PRAGMA cell_size_check=ON;PRAGMA query_only=ON", NULL, NULL,
	    NULL) == SQLITE_OK)
		return (db);
	(void)str_format(why, whylen, "it does not open: %s",
	    db == NULL ? "no memory" : sqlite3_errmsg(db));
	sqlite3_close(db);
	return (NULL);
}

int
store_has(sqlite3 *db, const char *table)
{
	sqlite3_stmt	*st;
	int		 there = 0;

	if (sqlite3_prepare_v2(db, "SELECT 1 FROM sqlite_schema WHERE "
	    "type='table' AND name=?1", -1, &st, NULL) != SQLITE_OK)
		return (0);
	if (sqlite3_bind_text(st, 1, table, -1, SQLITE_STATIC) == SQLITE_OK)
		there = sqlite3_step(st) == SQLITE_ROW;
	sqlite3_finalize(st);
	return (there);
}

static int
whole(sqlite3 *db, char *why, size_t whylen)
{
	sqlite3_stmt	*st;
	const char	*s;
	int		 r = -1;

	(void)str_copy(why, "it is damaged", whylen);
	if (sqlite3_prepare_v2(db, "PRAGMA integrity_check(1)", -1, &st,
	    NULL) != SQLITE_OK)
		return (-1);
	if (sqlite3_step(st) == SQLITE_ROW && (s = (const char *)
	    sqlite3_column_text(st, 0)) != NULL) {
		if (strcmp(s, "ok") == 0)
			r = 0;
		else
			(void)str_format(why, whylen, "it is damaged: %s", s);
	}
	sqlite3_finalize(st);
	return (r);
}

int
store_check(const char *name, uint8_t *p, size_t n, char *why, size_t whylen)
{
	int64_t		 v = archive_schema(p, n);
	const char	*file = strrchr(name, '/');
	sqlite3		*db;
	uint8_t		 modes[2];
	size_t		 i, k;
	int		 r;

	if (v == -1) {
		(void)str_copy(why, "it is not a database", whylen);
		return (-1);
	}
	memcpy(modes, p + HEAD_WRITE, sizeof(modes));
	file = file == NULL ? name : file + 1;
	if ((db = store_view(p, n, why, whylen)) == NULL)
		return (-1);
	r = whole(db, why, whylen);
	for (i = 0; r == 0 && i < NELEM(known); i++) {
		if (strcmp(file, known[i].file) != 0)
			continue;
		if (v < 1 || v > known[i].version) {
			(void)str_format(why, whylen, "its schema is %lld, "
			    "this release knows 1 to %d", (long long)v,
			    known[i].version);
			r = -1;
		}
		for (k = 0; r == 0 && known[i].tables[k] != NULL; k++)
			if (!store_has(db, known[i].tables[k])) {
				(void)str_format(why, whylen, "it has no "
				    "table %s", known[i].tables[k]);
				r = -1;
			}
	}
	sqlite3_close(db);
	memcpy(p + HEAD_WRITE, modes, sizeof(modes));
	return (r);
}
