/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Opens an engine's database, see storedb.h.  Run by relay and agent before
 * they lock in; the file is their own, but it may be damaged, of another
 * release or of another program, and its disk may be full or read-only.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "engines/common/storedb.h"
#include "engines/common/storemake.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

/* A process of ours that is just dying may hold the lock. */
#define LOCK_MS		3000
/* Looked at whole in a few milliseconds. */
#define QUICK_MAX	(1LL << 20)
/* Where SQLite locks (sqlite3 os.h): says who has the file open. */
#define LOCK_BYTE	0x40000000

#define PUT_BACK	"stop telclauded, move the file away and put a "      \
			"backup back (telclaudectl restore, see "	      \
			"telclauded(8))"

/* Exclusive first: then WAL needs no shared memory file. */
static const char pragmas[] =
    "PRAGMA locking_mode=EXCLUSIVE;"
    "PRAGMA auto_vacuum=INCREMENTAL;"
    "PRAGMA temp_store=MEMORY;"
    "PRAGMA cell_size_check=ON;"
    "PRAGMA trusted_schema=OFF;";
static const char wal[] =
    "PRAGMA journal_mode=WAL;"
    "PRAGMA journal_size_limit=1048576;";

static const char *
errno_words(int err)
{
	switch (err) {
	case ENOSPC:
	case EDQUOT:
		return ("the disk is full: make room on it");
	case EROFS:
		return ("the file system is read-only: mount it read-write");
	case EFBIG:
		return ("the file is as large as it may become");
	case ENOENT:
		return ("its directory is missing: start telclauded again, "
		    "or put a backup back (telclaudectl restore)");
	default:
		return (NULL);
	}
}

const char *
storedb_words(sqlite3 *db)
{
	static char	 words[256];	/* SQLite's end with the database */
	const char	*sys;
	int		 err;

	if (db == NULL)
		return ("no memory");
	err = sqlite3_system_errno(db);
	sys = errno_words(err);
	switch (sqlite3_errcode(db) & 0xff) {
	case SQLITE_FULL:
		return (errno_words(ENOSPC));
	case SQLITE_CORRUPT:
		return ("it is damaged: " PUT_BACK);
	case SQLITE_NOTADB:
		return ("this is not a database, or it is damaged: "
		    PUT_BACK);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return ("another process has it open: end that one");
	case SQLITE_READONLY:
		return ("it cannot be written: is the file system read-only, "
		    "or the file another user's?");
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
		if (sys != NULL)
			return (sys);
		(void)str_format(words, sizeof(words), "%s%s%s",
		    sqlite3_errmsg(db), err != 0 ? ": " : "",
		    err != 0 ? strerror(err) : "");
		return (words);
	default:
		(void)str_copy(words, sqlite3_errmsg(db), sizeof(words));
		return (words);
	}
}

int
storedb_int(sqlite3 *db, const char *sql)
{
	sqlite3_stmt	*st;
	int		 v = -1;

	if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
		return (-1);
	if (sqlite3_step(st) == SQLITE_ROW)
		v = sqlite3_column_int(st, 0);
	/* Repeats the error of the step, if any. */
	return (sqlite3_finalize(st) == SQLITE_OK ? v : -1);
}

int
storedb_path(char *out, size_t size, const char *dir, const char *file,
    const char *suffix)
{
	if (str_format(out, size, "%s/%s%s", dir, file, suffix) == 0)
		return (0);
	log_error("%s: the name of the state directory is too long", file);
	return (-1);
}

/* --- who is there before us -------------------------------------------- */

/* Closing drops every lock of ours on the file: for when there is none. */
static pid_t
holder(const char *path)
{
	struct flock	 fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET,
			    .l_start = LOCK_BYTE, .l_len = 512 };
	int		 fd;

	if ((fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)) == -1)
		return (0);
	if (fcntl(fd, F_GETLK, &fl) == -1 || fl.l_type == F_UNLCK)
		fl.l_pid = 0;
	close(fd);
	return (fl.l_pid);
}

static int
lost_wal(const char *dir, const char *file)
{
	char		 path[STORE_PATH];
	struct stat	 st;

	if (storedb_path(path, sizeof(path), dir, file, "-wal") == -1)
		return (-1);
	if (lstat(path, &st) == -1 || st.st_size == 0) {
		(void)unlink(path);
		return (0);
	}
	log_error("%s/%s is missing, but what was written to it last is "
	    "there (%s): put the file back beside it, or " PUT_BACK, dir,
	    file, path);
	return (-1);
}

/* 1: there is a file to open, 0: there is none, -1: one line said why not. */
static int
look(const char *dir, const char *file, const char *path)
{
	struct stat	 st;
	const char	*s;

	if (lstat(path, &st) == -1) {
		if (errno == ENOENT)
			return (lost_wal(dir, file));
		s = errno_words(errno);
		log_error("%s: %s", path, s != NULL ? s : strerror(errno));
		return (-1);
	}
	if (!S_ISREG(st.st_mode)) {
		log_error("%s is not a plain file: " PUT_BACK, path);
		return (-1);
	}
	if (st.st_size == 0) {
		log_error("%s is empty, 0 bytes: " PUT_BACK "; without a "
		    "backup remove it, and telclauded begins anew", path);
		return (-1);
	}
	return (1);
}

/* --- looking at what was opened ---------------------------------------- */

static int
complain(sqlite3 *db, const char *path)
{
	const char	*words = storedb_words(db);
	pid_t		 pid = 0;

	if ((sqlite3_errcode(db) & 0xff) == SQLITE_BUSY)
		pid = holder(path);
	if (pid > 0)
		log_error("%s: process %d has it open: end that one", path,
		    (int)pid);
	else
		log_error("%s: %s", path, words);
	return (-1);
}

static int
ours(sqlite3 *db, const struct storedb *d, const char *path, int v)
{
	if (v > d->version) {
		log_error("%s: made by a newer telclauded (schema %d, this "
		    "one knows %d): install that one, or " PUT_BACK, path, v,
		    d->version);
		return (-1);
	}
	if (v > 0)
		return (0);
	log_error("%s: %s: " PUT_BACK, path, storedb_int(db,
	    "SELECT count(*) FROM sqlite_schema") > 0 ?
	    "the database of another program" : "it holds nothing of ours");
	return (-1);
}

static int
check(sqlite3 *db, const char *path, const char *sql)
{
	sqlite3_stmt	*st;
	const char	*s;
	int		 rc, good = 0;

	if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
		return (complain(db, path));
	if ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		s = (const char *)sqlite3_column_text(st, 0);
		good = s != NULL && strcmp(s, "ok") == 0;
		if (!good)
			log_error("%s: it is damaged (%s): " PUT_BACK, path,
			    s != NULL ? s : "no reason");
	}
	sqlite3_finalize(st);
	if (rc != SQLITE_ROW)
		return (complain(db, path));
	return (good ? 0 : -1);
}

/*
 * The start does not wait for a large file: of that, what all depends on; the
 * rest is read as it is needed, and a bad page is told of then.
 */
static int
sound(sqlite3 *db, const struct storedb *d, const char *path)
{
	const char *const	*t;
	struct stat		 sb;
	char			 sql[96];

	if (stat(path, &sb) == 0 && sb.st_size <= QUICK_MAX)
		return (check(db, path, "PRAGMA quick_check(1)"));
	for (t = d->small; t != NULL && *t != NULL; t++) {
		(void)str_format(sql, sizeof(sql), "PRAGMA quick_check('%s')",
		    *t);
		if (check(db, path, sql) == -1)
			return (-1);
	}
	return (0);
}

static int
exec(sqlite3 *db, const char *path, const char *sql)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK)
		return (0);
	return (complain(db, path));
}

/* The version it has, or -1. */
static int
set_up(sqlite3 *db, const struct storedb *d, const char *path)
{
	int	 v;

	sqlite3_busy_timeout(db, LOCK_MS);
	/* Closing folds the WAL in: not into a file that is refused. */
	(void)sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1,
	    NULL);
	if (sqlite3_db_readonly(db, "main") == 1) {
		log_error("%s: it cannot be written: is the file system "
		    "read-only, or the file another user's?", path);
		return (-1);
	}
	if (exec(db, path, pragmas) == -1)
		return (-1);
	if ((v = storedb_int(db, "PRAGMA user_version")) == -1)
		return (complain(db, path));
	if (ours(db, d, path, v) == -1 || exec(db, path, wal) == -1 ||
	    exec(db, path, d->pragmas) == -1 || sound(db, d, path) == -1)
		return (-1);
	(void)sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0,
	    NULL);
	return (v);
}

static sqlite3 *
open_one(const char *path, const struct storedb *d, int *v)
{
	sqlite3	*db = NULL;

	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, NULL) != SQLITE_OK)
		*v = complain(db, path);
	else
		*v = set_up(db, d, path);
	if (*v == -1) {
		sqlite3_close(db);
		db = NULL;
	}
	return (db);
}

sqlite3 *
storedb_open(const char *dir, const struct storedb *d)
{
	sqlite3	*db = NULL;
	mode_t	 mask;
	char	 path[STORE_PATH];
	int	 there, v;

	if (storedb_path(path, sizeof(path), dir, d->file, "") == -1 ||
	    storedb_leftovers(dir, d->file) == -1)
		return (NULL);
	mask = umask(077);
	if ((there = look(dir, d->file, path)) == 1 ||
	    (there == 0 && storedb_make(dir, d) == 0))
		db = open_one(path, d, &v);
	if (db != NULL && v < d->version)
		db = storedb_migrate(db, dir, d, v) == 0 ?
		    open_one(path, d, &v) : NULL;
	umask(mask);
	return (db);
}
