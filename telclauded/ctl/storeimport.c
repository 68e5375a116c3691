/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Rows of the reference's telclaude.db as JSON objects.  The file is mapped
 * and never written to; it may be damaged.
 */
#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "telclauded/ctl/import.h"
#include "telclauded/ctl/storeview.h"
#include "telclauded/lib/util.h"

static const struct {
	const char	*table, *sql;
} tables[] = {
	{ "identity_links", "SELECT * FROM identity_links ORDER BY chat_id" },
	{ "banned_chats", "SELECT * FROM banned_chats ORDER BY chat_id" },
	{ "memory_entries", "SELECT * FROM memory_entries "
	    "ORDER BY created_at, id" },
};

static void
value(struct buf *b, sqlite3_stmt *st, int i)
{
	switch (sqlite3_column_type(st, i)) {
	case SQLITE_INTEGER:
	case SQLITE_FLOAT:
		(void)buf_printf(b, "%lld",
		    (long long)sqlite3_column_int64(st, i));
		break;
	case SQLITE_TEXT:
		(void)buf_json_str(b,
		    (const char *)sqlite3_column_text(st, i),
		    (size_t)sqlite3_column_bytes(st, i));
		break;
	default:
		(void)buf_puts(b, "null");
		break;
	}
}

static void
object(struct buf *b, sqlite3_stmt *st)
{
	const char	*name;
	int		 i;

	buf_init(b);
	(void)buf_puts(b, "{");
	for (i = 0; i < sqlite3_column_count(st); i++) {
		name = sqlite3_column_name(st, i);
		(void)buf_puts(b, i == 0 ? "" : ",");
		(void)buf_json_str(b, name, strlen(name));
		(void)buf_puts(b, ":");
		value(b, st, i);
	}
	(void)buf_puts(b, "}");
}

static int
rows(sqlite3 *db, size_t t, import_fn fn, void *ctx, char *why, size_t whylen)
{
	sqlite3_stmt	*st = NULL;
	struct buf	 b;
	int		 rc, r = 0;

	if (!store_has(db, tables[t].table))
		return (0);
	rc = sqlite3_prepare_v2(db, tables[t].sql, -1, &st, NULL);
	while (rc == SQLITE_OK && r == 0 &&
	    (rc = sqlite3_step(st)) == SQLITE_ROW) {
		object(&b, st);
		r = b.failed ? -1 : fn(tables[t].table, b.p, b.len, ctx);
		buf_free(&b);
		rc = SQLITE_OK;
	}
	if (r == 0 && rc != SQLITE_DONE) {
		(void)str_format(why, whylen, "table %s cannot be read: %s",
		    tables[t].table, sqlite3_errmsg(db));
		r = -1;
	}
	sqlite3_finalize(st);
	return (r);
}

/* What is only in the WAL would be missed. */
static int
unfinished(const char *path, char *why, size_t whylen)
{
	char		 wal[1024];
	struct stat	 st;

	if (str_format(wal, sizeof(wal), "%s-wal", path) == -1 ||
	    stat(wal, &st) == -1 || st.st_size == 0)
		return (0);
	(void)str_format(why, whylen, "%s is there: the program that writes "
	    "to it runs, or did not end in order; end it, or fold that file "
	    "in (sqlite3 FILE 'PRAGMA wal_checkpoint(TRUNCATE)')", wal);
	return (-1);
}

static uint8_t *
map(const char *path, size_t *len, char *why, size_t whylen)
{
	struct stat	 st;
	void		*p = MAP_FAILED;
	int		 fd;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) != -1 &&
	    fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0) {
		*len = (size_t)st.st_size;
		p = mmap(NULL, *len, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd,
		    0);
	} else if (fd != -1)
		errno = EINVAL;
	if (p == MAP_FAILED)
		(void)str_copy(why, strerror(errno), whylen);
	if (fd != -1)
		close(fd);
	return (p == MAP_FAILED ? NULL : p);
}

int
import_read(const char *path, import_fn fn, void *ctx, char *why,
    size_t whylen)
{
	sqlite3	*db;
	uint8_t	*p;
	size_t	 len, t;
	int	 r = -1;

	if (unfinished(path, why, whylen) == -1 ||
	    (p = map(path, &len, why, whylen)) == NULL)
		return (-1);
	if ((db = store_view(p, len, why, whylen)) != NULL)
		for (t = 0, r = 0; t < NELEM(tables) && r == 0; t++)
			r = rows(db, t, fn, ctx, why, whylen);
	sqlite3_close(db);
	(void)munmap(p, len);
	return (r);
}
