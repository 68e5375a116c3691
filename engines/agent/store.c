/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The only file that knows SQLite.  The database is opened before the cage,
 * exclusively, so that no shared memory file is needed; a commit survives
 * the death of the process at once and of the machine after a checkpoint.
 */
#include <sqlite3.h>
#include <string.h>

#include "engines/agent/store.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

#define STORE_VERSION	1

enum sql { Q_BEGIN, Q_COMMIT, Q_ROLLBACK, Q_TOUCH, Q_PUT, Q_FROM, Q_BEFORE,
    Q_RESET, Q_FORGET, Q_PURGE, Q_ORPHANS, Q_VACUUM, Q_LOAD, Q_MAX };

static const char *const sql[Q_MAX] = {
	[Q_BEGIN] = "BEGIN IMMEDIATE",
	[Q_COMMIT] = "COMMIT",
	[Q_ROLLBACK] = "ROLLBACK",
	[Q_TOUCH] = "INSERT INTO conversations (id, used) VALUES (?1, ?2)"
	    " ON CONFLICT (id) DO UPDATE SET used = ?2",
	[Q_PUT] = "INSERT OR REPLACE INTO messages (conv, seq, user, content)"
	    " VALUES (?1, ?2, ?3, ?4)",
	[Q_FROM] = "DELETE FROM messages WHERE conv = ?1 AND seq >= ?2",
	[Q_BEFORE] = "DELETE FROM messages WHERE conv = ?1 AND seq < ?2",
	[Q_RESET] = "DELETE FROM messages WHERE conv = ?1",
	[Q_FORGET] = "DELETE FROM conversations WHERE id = ?1",
	[Q_PURGE] = "DELETE FROM conversations WHERE used < ?1",
	[Q_ORPHANS] = "DELETE FROM messages WHERE conv NOT IN"
	    " (SELECT id FROM conversations)",
	[Q_VACUUM] = "PRAGMA incremental_vacuum(256)",
	[Q_LOAD] = "SELECT seq, user, content FROM messages WHERE conv = ?1"
	    " ORDER BY seq",
};

static const char schema[] =
    "CREATE TABLE conversations (id INTEGER PRIMARY KEY, used INTEGER NOT"
    " NULL);"
    "CREATE TABLE messages (conv INTEGER NOT NULL, seq INTEGER NOT NULL,"
    " user INTEGER NOT NULL, content TEXT NOT NULL,"
    " PRIMARY KEY (conv, seq)) WITHOUT ROWID;"
    "PRAGMA user_version = 1;";

static sqlite3		*db;
static sqlite3_stmt	*stmts[Q_MAX];

static int
complain(const char *what)
{
	log_warnx("transcript: %s: %s", what,
	    db != NULL ? sqlite3_errmsg(db) : "not open");
	return (-1);
}

static int
version(void)
{
	sqlite3_stmt	*s;
	int		 v = -1;

	if (sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &s, NULL) !=
	    SQLITE_OK)
		return (-1);
	if (sqlite3_step(s) == SQLITE_ROW)
		v = sqlite3_column_int(s, 0);
	sqlite3_finalize(s);
	return (v);
}

static int
set_up(void)
{
	/* EXCLUSIVE must come before WAL: then there is no -shm file. */
	static const char	 pragmas[] =
	    "PRAGMA locking_mode = EXCLUSIVE;"
	    "PRAGMA auto_vacuum = INCREMENTAL;"
	    "PRAGMA journal_mode = WAL;"
	    "PRAGMA synchronous = NORMAL;"
	    "PRAGMA secure_delete = ON;"
	    "PRAGMA temp_store = MEMORY;"
	    "PRAGMA cache_size = -128;"
	    "PRAGMA trusted_schema = OFF;";
	int	 v;

	if (sqlite3_exec(db, pragmas, NULL, NULL, NULL) != SQLITE_OK)
		return (-1);
	if ((v = version()) == STORE_VERSION)
		return (0);
	if (v == 0)
		return (sqlite3_exec(db, schema, NULL, NULL, NULL) ==
		    SQLITE_OK ? 0 : -1);
	if (v > STORE_VERSION)
		log_error("transcript: made by a newer telclauded (format %d,"
		    " known here %d)", v, STORE_VERSION);
	return (-1);
}

int
store_open(const char *dir)
{
	char	 path[512];

	if (str_format(path, sizeof(path), "%s/transcript.db", dir) == -1) {
		log_error("transcript: the path of the state is too long");
		return (-1);
	}
	/* Pages one by one as they are needed, not 20 in advance. */
	(void)sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, 0);
	(void)sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 128, 64);
	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW,
	    NULL) == SQLITE_OK) {
		/* A process of ours that is just dying may hold the lock. */
		sqlite3_busy_timeout(db, 3000);
		if (set_up() == 0)
			return (0);
	}
	log_error("transcript %s: %s; if it is damaged, move it away:"
	    " conversations then start afresh", path,
	    db != NULL ? sqlite3_errmsg(db) : "out of memory");
	store_close();
	return (-1);
}

void
store_close(void)
{
	int	 i;

	for (i = 0; i < Q_MAX; i++) {
		sqlite3_finalize(stmts[i]);
		stmts[i] = NULL;
	}
	sqlite3_close(db);
	db = NULL;
}

static sqlite3_stmt *
prepared(enum sql q)
{
	if (stmts[q] == NULL && (db == NULL ||
	    sqlite3_prepare_v3(db, sql[q], -1, SQLITE_PREPARE_PERSISTENT,
	    &stmts[q], NULL) != SQLITE_OK)) {
		complain(sql[q]);
		return (NULL);
	}
	return (stmts[q]);
}

static int
run(enum sql q, sqlite3_stmt *s)
{
	int	 rc, ignored;

	while ((rc = sqlite3_step(s)) == SQLITE_ROW)
		continue;
	if (rc != SQLITE_DONE)
		complain(sql[q]);
	/* Repeats the error of the step, if any. */
	ignored = sqlite3_reset(s);
	(void)ignored;
	sqlite3_clear_bindings(s);
	return (rc == SQLITE_DONE ? 0 : -1);
}

/* Most rows take one or two numbers. */
static int
run2(enum sql q, uint64_t a, uint64_t b)
{
	sqlite3_stmt	*s;

	if ((s = prepared(q)) == NULL)
		return (-1);
	if (sqlite3_bind_parameter_count(s) > 0)
		sqlite3_bind_int64(s, 1, (sqlite3_int64)a);
	if (sqlite3_bind_parameter_count(s) > 1)
		sqlite3_bind_int64(s, 2, (sqlite3_int64)b);
	return (run(q, s));
}

int
store_begin(void)
{
	return (run2(Q_BEGIN, 0, 0));
}

void
store_rollback(void)
{
	if (db != NULL && !sqlite3_get_autocommit(db))
		run2(Q_ROLLBACK, 0, 0);
}

int
store_commit(void)
{
	if (run2(Q_COMMIT, 0, 0) == 0)
		return (0);
	store_rollback();
	return (-1);
}

int
store_touch(uint64_t conv, uint64_t now)
{
	return (run2(Q_TOUCH, conv, now));
}

int
store_put(uint64_t conv, uint32_t seq, int user, const char *p, size_t n)
{
	sqlite3_stmt	*s;

	if ((s = prepared(Q_PUT)) == NULL)
		return (-1);
	sqlite3_bind_int64(s, 1, (sqlite3_int64)conv);
	sqlite3_bind_int64(s, 2, seq);
	sqlite3_bind_int(s, 3, user);
	if (sqlite3_bind_text64(s, 4, p, n, SQLITE_STATIC, SQLITE_UTF8) !=
	    SQLITE_OK) {
		sqlite3_clear_bindings(s);
		return (complain("a message is too large"));
	}
	return (run(Q_PUT, s));
}

int
store_drop_from(uint64_t conv, uint32_t seq)
{
	return (run2(Q_FROM, conv, seq));
}

int
store_drop_before(uint64_t conv, uint32_t seq)
{
	return (run2(Q_BEFORE, conv, seq));
}

int
store_reset(uint64_t conv)
{
	if (store_begin() == -1)
		return (-1);
	if (run2(Q_RESET, conv, 0) == -1 || run2(Q_FORGET, conv, 0) == -1) {
		store_rollback();
		return (-1);
	}
	return (store_commit());
}

int
store_purge(uint64_t before)
{
	if (run2(Q_PURGE, before, 0) == -1 || run2(Q_ORPHANS, 0, 0) == -1)
		return (-1);
	return (run2(Q_VACUUM, 0, 0));
}

int
store_load(uint64_t conv, int (*row)(void *, uint32_t, int, const char *,
    size_t), void *ctx)
{
	sqlite3_stmt	*s;
	const char	*p;
	int		 rc, r = 0;

	if ((s = prepared(Q_LOAD)) == NULL)
		return (-1);
	sqlite3_bind_int64(s, 1, (sqlite3_int64)conv);
	while (r == 0 && (rc = sqlite3_step(s)) == SQLITE_ROW) {
		p = (const char *)sqlite3_column_text(s, 2);
		if (p == NULL)
			r = -1;
		else
			r = row(ctx, (uint32_t)sqlite3_column_int64(s, 0),
			    sqlite3_column_int(s, 1), p,
			    (size_t)sqlite3_column_bytes(s, 2));
	}
	if (r == 0 && rc != SQLITE_DONE)
		r = complain("a conversation cannot be read");
	rc = sqlite3_reset(s);
	sqlite3_clear_bindings(s);
	return (r);
}

void
store_idle(void)
{
	if (db != NULL)
		sqlite3_db_release_memory(db);
}
