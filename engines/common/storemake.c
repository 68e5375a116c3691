/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Makes a database, and makes a new one from an old one.  It is whole or not
 * there, whenever the process is killed: it gets its name when it has its
 * tables, and an old file is never written to.  Run by relay and agent before
 * they lock in.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engines/common/storemake.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

int
storedb_leftovers(const char *dir, const char *file)
{
	static const char *const	 left[] = {
		".new", ".new-journal", ".copy", ".copy-journal",
	};
	char				 path[STORE_PATH];
	size_t				 i;

	for (i = 0; i < NELEM(left); i++) {
		if (storedb_path(path, sizeof(path), dir, file,
		    left[i]) == -1)
			return (-1);
		(void)unlink(path);
	}
	return (0);
}

/* On the disk, then under its name, then the name on the disk. */
static int
settle(const char *dir, const char *from, const char *to)
{
	int	 fd, r;

	if ((fd = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) == -1)
		return (-1);
	r = fsync(fd);
	close(fd);
	if (r == -1 || rename(from, to) == -1 ||
	    (fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return (-1);
	r = fsync(fd);
	close(fd);
	return (r);
}

static int
steps(sqlite3 *db, const struct storedb *d, int v)
{
	const char *const	*st;
	char			 done[64];

	if (sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL,
	    NULL) != SQLITE_OK)
		return (-1);
	for (; v < d->version; v++)
		for (st = d->schema[v]; *st != NULL; st++)
			if (sqlite3_exec(db, *st, NULL, NULL,
			    NULL) != SQLITE_OK)
				return (-1);
	(void)str_format(done, sizeof(done), "PRAGMA user_version=%d;COMMIT",
	    d->version);
	return (sqlite3_exec(db, done, NULL, NULL, NULL) == SQLITE_OK ? 0 :
	    -1);
}

int
storedb_make(const char *dir, const struct storedb *d)
{
	char	 path[STORE_PATH], new[STORE_PATH];
	sqlite3	*db = NULL;
	int	 r = -1;

	if (storedb_path(path, sizeof(path), dir, d->file, "") == -1 ||
	    storedb_path(new, sizeof(new), dir, d->file, ".new") == -1)
		return (-1);
	if (sqlite3_open_v2(new, &db, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW,
	    NULL) == SQLITE_OK && sqlite3_exec(db,
	    "PRAGMA locking_mode=EXCLUSIVE;PRAGMA auto_vacuum=INCREMENTAL;"
	    "PRAGMA journal_mode=MEMORY", NULL, NULL, NULL) == SQLITE_OK)
		r = steps(db, d, 0);
	if (r == -1)
		log_error("%s: %s", new, storedb_words(db));
	sqlite3_close(db);
	if (r == 0 && (r = settle(dir, new, path)) == -1)
		log_error("%s: %s", path, strerror(errno));
	if (r == 0)
		log_info("%s: new, schema %d", path, d->version);
	return (r);
}

/* A whole and compact copy, with what is in the WAL. */
static int
copy_old(sqlite3 *db, const char *path, const char *new)
{
	sqlite3_stmt	*st = NULL;
	int		 r = -1;

	if (sqlite3_prepare_v2(db, "VACUUM INTO ?1", -1, &st,
	    NULL) == SQLITE_OK && sqlite3_bind_text(st, 1, new, -1,
	    SQLITE_STATIC) == SQLITE_OK && sqlite3_step(st) == SQLITE_DONE)
		r = 0;
	if (r == -1)
		log_error("%s: there must be a copy before it is changed: %s",
		    path, storedb_words(db));
	sqlite3_finalize(st);
	return (r);
}

static int
change(const char *new, const struct storedb *d, int v)
{
	sqlite3	*db = NULL;
	int	 r = -1;

	if (sqlite3_open_v2(new, &db, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, NULL) == SQLITE_OK &&
	    sqlite3_exec(db, "PRAGMA journal_mode=MEMORY", NULL, NULL,
	    NULL) == SQLITE_OK)
		r = steps(db, d, v);
	if (r == -1)
		log_error("%s: schema %d cannot become %d: %s; the old file "
		    "is as it was", new, v, d->version, storedb_words(db));
	sqlite3_close(db);
	return (r);
}

/* The old file gets a second name, then the new one takes its first. */
static int
replace(const char *dir, const char *path, const char *new, const char *kept)
{
	char		 w[STORE_PATH + 8];
	struct stat	 st;

	/* Else it would be applied to the new file. */
	(void)str_format(w, sizeof(w), "%s-wal", path);
	if (lstat(w, &st) == 0 && st.st_size > 0) {
		log_error("%s: what was written last cannot be folded into "
		    "it: is the disk full?", path);
		return (-1);
	}
	(void)unlink(kept);
	if (link(path, kept) == 0 && settle(dir, new, path) == 0)
		return (0);
	log_error("%s: cannot be kept as %s: %s", path, kept,
	    strerror(errno));
	return (-1);
}

int
storedb_migrate(sqlite3 *db, const char *dir, const struct storedb *d, int v)
{
	char	 path[STORE_PATH], new[STORE_PATH], kept[STORE_PATH];
	char	 tail[32];
	int	 r = -1;

	(void)str_format(tail, sizeof(tail), ".v%d", v);
	if (storedb_path(path, sizeof(path), dir, d->file, "") == 0 &&
	    storedb_path(new, sizeof(new), dir, d->file, ".new") == 0 &&
	    storedb_path(kept, sizeof(kept), dir, d->file, tail) == 0)
		r = copy_old(db, path, new);
	sqlite3_close(db);
	if (r == 0 && (r = change(new, d, v)) == 0)
		r = replace(dir, path, new, kept);
	if (r == -1)
		(void)unlink(new);
	else
		log_info("%s: schema %d is %d now; the old file is kept as "
		    "%s", path, v, d->version, kept);
	return (r);
}
