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
#include "engines/common/storecopy.h"
#include "engines/common/storedb.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

#define STORE_FILE	"transcript.db"
#define STORE_PART	32	/* messages, some of them large */
#define STORE_LOOK	64	/* conversations */
#define STORE_IDLE	256	/* free pages: not worth it */

enum sql { Q_BEGIN, Q_COMMIT, Q_ROLLBACK, Q_TOUCH, Q_PUT, Q_FROM, Q_BEFORE,
    Q_RESET, Q_FORGET, Q_NEXT, Q_USED, Q_OLDEST, Q_PART, Q_LEFT, Q_FREE,
    Q_PAGES, Q_SHRINK, Q_LOAD, Q_MAX };

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
	[Q_OLDEST] = "SELECT id FROM conversations WHERE used < ?1 LIMIT 1",
	[Q_NEXT] = "SELECT min(conv) FROM messages WHERE conv > ?1",
	[Q_USED] = "SELECT used FROM conversations WHERE id = ?1",
	[Q_PART] = "DELETE FROM messages WHERE conv = ?1 AND seq IN"
	    " (SELECT seq FROM messages WHERE conv = ?1 LIMIT ?2)",
	[Q_LEFT] = "SELECT 1 FROM messages WHERE conv = ?1 LIMIT 1",
	[Q_FREE] = "PRAGMA freelist_count",
	[Q_PAGES] = "PRAGMA page_count",
	[Q_SHRINK] = "PRAGMA incremental_vacuum(64)",
	[Q_LOAD] = "SELECT seq, user, content FROM messages WHERE conv = ?1"
	    " ORDER BY seq",
};

static const char *const v1[] = {
	"CREATE TABLE conversations (id INTEGER PRIMARY KEY, used INTEGER NOT"
	    " NULL)",
	"CREATE TABLE messages (conv INTEGER NOT NULL, seq INTEGER NOT NULL,"
	    " user INTEGER NOT NULL, content TEXT NOT NULL,"
	    " PRIMARY KEY (conv, seq)) WITHOUT ROWID",
	NULL
};
static const char *const *const schema[STORE_VERSION] = { v1 };

static sqlite3		*db;
static sqlite3_stmt	*stmts[Q_MAX];

static int
complain(const char *what)
{
	if (db == NULL)
		log_warnx("transcript: %s: not open", what);
	else
		log_warnx("%s: %s: %s", sqlite3_db_filename(db, "main"), what,
		    storedb_words(db));
	return (-1);
}

int
store_open(const char *dir)
{
	static const char *const	 small[] = { "conversations", NULL };
	static const struct storedb	 d = {
		.small = small,
		.file = STORE_FILE,
		.version = STORE_VERSION,
		.schema = schema,
		.pragmas = "PRAGMA synchronous=NORMAL;"
		    "PRAGMA secure_delete=ON;PRAGMA cache_size=-128;",
	};

	/* Pages one by one as they are needed, not 20 in advance. */
	(void)sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, 0);
	(void)sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 128, 64);
	db = storedb_open(dir, &d);
	return (db == NULL ? -1 : 0);
}

void
store_close(void)
{
	int	 i;

	storecopy_stop();
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

/* --- what is too old ----------------------------------------------------- */
/* The number it answers, or -1: none, or an error that was told. */
static int64_t
number(enum sql q, uint64_t a)
{
	sqlite3_stmt	*s;
	int64_t		 v = -1;
	int		 rc;

	if ((s = prepared(q)) == NULL)
		return (-1);
	if (sqlite3_bind_parameter_count(s) > 0)
		sqlite3_bind_int64(s, 1, (sqlite3_int64)a);
	rc = sqlite3_step(s);
	if (rc == SQLITE_ROW && sqlite3_column_type(s, 0) != SQLITE_NULL)
		v = sqlite3_column_int64(s, 0);
	else if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		complain(sql[q]);
	rc = sqlite3_reset(s);
	return (v);
}

/* Some messages of a conversation; with the last goes the conversation. */
static int
drop_part(uint64_t conv)
{
	if (store_begin() == -1)
		return (-1);
	if (run2(Q_PART, conv, STORE_PART) == -1 ||
	    (number(Q_LEFT, conv) == -1 && run2(Q_FORGET, conv, 0) == -1)) {
		store_rollback();
		return (-1);
	}
	return (store_commit());
}

int
store_keep_old(uint64_t before)
{
	int64_t	 conv = number(Q_OLDEST, before);

	return (conv != -1 && drop_part((uint64_t)conv) == 0);
}

int64_t
store_keep_lost(int64_t from)
{
	int64_t	 conv;
	int	 n;

	for (n = 0; n < STORE_LOOK; n++) {
		conv = number(Q_NEXT, (uint64_t)from);
		if (conv == -1)
			return (-1);
		if (number(Q_USED, (uint64_t)conv) == -1)
			return (drop_part((uint64_t)conv) == 0 ? from : -1);
		from = conv;
	}
	return (from);
}

int
store_keep_shrink(void)
{
	int64_t	 idle = number(Q_FREE, 0);

	if (idle < STORE_IDLE || idle < number(Q_PAGES, 0) / 4 ||
	    run2(Q_SHRINK, 0, 0) == -1)
		return (0);
	return (number(Q_FREE, 0) < idle);
}

int
store_copy(struct event_base *base, const char *dir,
    void (*done)(int, const char *, void *), void *ctx, const char **why)
{
	static char		 where[512];
	struct storecopy	 c = {
		.base = base,
		.db = db,
		.dir = where,
		.file = STORE_FILE,
	};

	(void)str_copy(where, dir, sizeof(where));
	return (storecopy_begin(&c, done, ctx, why));
}
