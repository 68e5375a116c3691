/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The relay's database: opening it, one transaction a pass of the event loop,
 * and what waits for it to be on disk.  Run by the relay; trusts its own
 * file, no other process has it open (locking_mode=EXCLUSIVE).
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/common/storecopy.h"
#include "engines/common/storedb.h"
#include "engines/relay/store/store.h"
#include "engines/relay/store/storesql.h"

struct after {
	void		(*fn)(uint64_t);
	uint64_t	 arg;
};

static struct {
	sqlite3		*db;
	sqlite3_stmt	*st[ST_MAX];
	struct event	*ev;
	int		 in_txn;
	int		 due;		/* ev is active */
	struct after	*after;
	size_t		 nafter, cap;
	uint64_t	 run;
} store;

static const char *const store_text[] = {
#define S(id, text)	text,
	STORE_STATEMENTS(S)
#undef S
};

/* See store.h: the disk is never behind what was done. */
static void
store_die(const char *what)
{
	char	words[256];

	(void)str_copy(words, storedb_words(store.db), sizeof(words));
	log_debug("%s: %s", what, sqlite3_errmsg(store.db));
	fatalx("%s: %s; nothing is acknowledged that is not saved, so this "
	    "stops here", store.db == NULL ? STORE_FILE :
	    sqlite3_db_filename(store.db, "main"), words);
}

static void
store_exec(const char *text)
{
	if (sqlite3_exec(store.db, text, NULL, NULL, NULL) != SQLITE_OK)
		store_die(text);
}

static void
store_due(void)
{
	if (store.due || store.ev == NULL)
		return;
	store.due = 1;
	event_active(store.ev, EV_TIMEOUT, 0);
}

static sqlite3_stmt *
sql_bind(enum st id, const char *fmt, va_list ap)
{
	sqlite3_stmt	*st = store.st[id];
	const char	*p;
	size_t		 n;
	int		 i, rc = SQLITE_OK;

	if (st == NULL && (sqlite3_prepare_v3(store.db, store_text[id], -1,
	    SQLITE_PREPARE_PERSISTENT, &st, NULL) != SQLITE_OK))
		store_die(store_text[id]);
	store.st[id] = st;
	for (i = 1; *fmt != '\0' && rc == SQLITE_OK; fmt++, i++) {
		if (*fmt == 'i') {
			rc = sqlite3_bind_int64(st, i, va_arg(ap, int64_t));
			continue;
		}
		p = va_arg(ap, const char *);
		n = va_arg(ap, size_t);
		if (*fmt == 't')
			rc = sqlite3_bind_text64(st, i, p, n, SQLITE_TRANSIENT,
			    SQLITE_UTF8);
		else
			rc = sqlite3_bind_blob64(st, i, p, n,
			    SQLITE_TRANSIENT);
	}
	if (rc != SQLITE_OK)
		store_die(store_text[id]);
	return (st);
}

int
sql_run(enum st id, const char *fmt, ...)
{
	sqlite3_stmt	*st;
	va_list		 ap;

	if (!store.in_txn) {
		store_exec("BEGIN IMMEDIATE");
		store.in_txn = 1;
	}
	va_start(ap, fmt);
	st = sql_bind(id, fmt, ap);
	va_end(ap);
	if (sqlite3_step(st) != SQLITE_DONE)
		store_die(store_text[id]);
	sql_end(st);
	store_due();
	return (sqlite3_changes(store.db));
}

sqlite3_stmt *
sql_query(enum st id, const char *fmt, ...)
{
	sqlite3_stmt	*st;
	va_list		 ap;

	va_start(ap, fmt);
	st = sql_bind(id, fmt, ap);
	va_end(ap);
	return (st);
}

int
sql_next(sqlite3_stmt *st)
{
	int	rc = sqlite3_step(st);

	if (rc == SQLITE_ROW)
		return (1);
	if (rc != SQLITE_DONE)
		store_die(sqlite3_sql(st));
	sql_end(st);
	return (0);
}

const char *
sql_text(sqlite3_stmt *st, int i)
{
	const char	*s = (const char *)sqlite3_column_text(st, i);

	return (s == NULL ? "" : s);
}

void
sql_end(sqlite3_stmt *st)
{
	(void)sqlite3_reset(st);
	(void)sqlite3_clear_bindings(st);
}

void
store_after(void (*fn)(uint64_t), uint64_t arg)
{
	size_t	cap = store.cap;

	if (store.nafter == cap) {
		cap = cap == 0 ? 64 : cap * 2;
		store.after = reallocarray(store.after, cap,
		    sizeof(*store.after));
		if (store.after == NULL)
			fatal("store_after");
		store.cap = cap;
	}
	store.after[store.nafter].fn = fn;
	store.after[store.nafter++].arg = arg;
	store_due();
}

void
store_sync(void)
{
	struct after	*a = store.after;
	size_t		 i, n = store.nafter;

	if (store.in_txn)
		store_exec("COMMIT");
	store.in_txn = 0;
	store.after = NULL;
	store.nafter = store.cap = 0;
	for (i = 0; i < n; i++)
		a[i].fn(a[i].arg);
	free(a);
}

static void
store_event(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	store.due = 0;
	store_sync();
}

sqlite3 *
sql_db(void)
{
	return (store.db);
}

int
store_open(const char *dir)
{
	static const char *const	 small[] = {
		"meta", "lanes", "outbox", "totp", "refused", NULL
	};
	static const struct storedb	 d = {
		.small = small,
		.file = STORE_FILE,
		.version = STORE_SCHEMA,
		.schema = store_schema,
		.pragmas = "PRAGMA synchronous=FULL;PRAGMA cache_size=-256;",
	};

	if ((store.db = storedb_open(dir, &d)) == NULL)
		return (-1);
	store_restored();
	store.run = (uint64_t)store_meta("run", 0) + 1;
	store_set_meta("run", (int64_t)store.run);
	store_sync();
	return (0);
}

void
store_start(struct event_base *base)
{
	store.ev = event_new(base, -1, 0, store_event, NULL);
	if (store.ev == NULL)
		fatal("store_start");
	if (store.in_txn || store.nafter > 0)
		store_due();
}

void
store_rest(void)
{
	store_sync();
	(void)sqlite3_wal_checkpoint_v2(store.db, NULL,
	    SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
}

void
store_close(void)
{
	int	i;

	if (store.db == NULL)
		return;
	storecopy_stop();
	store_sync();
	for (i = 0; i < ST_MAX; i++) {
		sqlite3_finalize(store.st[i]);
		store.st[i] = NULL;
	}
	if (store.ev != NULL)
		event_free(store.ev);
	free(store.after);
	sqlite3_close(store.db);
	memset(&store, 0, sizeof(store));
}

uint64_t
store_run(void)
{
	return (store.run);
}

int64_t
store_meta(const char *key, int64_t def)
{
	sqlite3_stmt	*st;

	st = sql_query(ST_META_GET, "t", key, strlen(key));
	if (sql_next(st)) {
		def = sqlite3_column_int64(st, 0);
		sql_end(st);
	}
	return (def);
}

void
store_set_meta(const char *key, int64_t v)
{
	(void)sql_run(ST_META_SET, "ti", key, strlen(key), v);
}
