/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Copies an engine's database while it is in use, with SQLite's backup: a
 * few pages, then a turn of the event loop.  What is written meanwhile goes
 * by the same connection, so it reaches the copy too and nothing begins
 * again.  Run by relay and agent behind their walls, in their own directory.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "engines/common/storecopy.h"
#include "engines/common/storemake.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

#define PAGES		32	/* at once: some 100 us */
#define PAUSE_US	500	/* for everybody else */
#define BUSY_MAX	2000	/* turns in which nothing could be copied */

static struct {
	struct storecopy	 c;
	void			(*done)(int, const char *, void *);
	void			*ctx;
	sqlite3			*to;
	sqlite3_backup		*b;
	struct event		*ev;
	char			 path[STORE_PATH];
	unsigned		 busy;
} cp;

/* Frees all; the copy is gone with its name. */
static void
clear(void)
{
	if (cp.b != NULL)
		(void)sqlite3_backup_finish(cp.b);
	sqlite3_close(cp.to);
	if (cp.ev != NULL)
		event_free(cp.ev);
	if (cp.path[0] != '\0')
		(void)unlink(cp.path);
	memset(&cp, 0, sizeof(cp));
}

void
storecopy_stop(void)
{
	clear();
}

static void
end(int fd, const char *why)
{
	void	(*done)(int, const char *, void *) = cp.done;
	void	*ctx = cp.ctx;
	char	 words[256];

	/* They may be the copy's, which is closed now. */
	(void)str_copy(words, why, sizeof(words));
	clear();
	done(fd, words, ctx);
}

static void
finish(void)
{
	int	 rc, fd;

	rc = sqlite3_backup_finish(cp.b);
	cp.b = NULL;
	if (rc != SQLITE_OK || sqlite3_exec(cp.to, "PRAGMA journal_mode="
	    "MEMORY", NULL, NULL, NULL) != SQLITE_OK ||
	    (cp.c.mark != NULL && sqlite3_exec(cp.to, cp.c.mark, NULL, NULL,
	    NULL) != SQLITE_OK)) {
		end(-1, storedb_words(cp.to));
		return;
	}
	sqlite3_close(cp.to);
	cp.to = NULL;
	fd = open(cp.path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	end(fd, fd == -1 ? strerror(errno) : "");
}

static void
slice(evutil_socket_t fd, short what, void *arg)
{
	const struct timeval	 tv = { 0, PAUSE_US };
	int			 rc;

	(void)fd;
	(void)what;
	(void)arg;
	if (cp.c.before != NULL)
		cp.c.before();
	rc = sqlite3_backup_step(cp.b, PAGES);
	if (rc == SQLITE_DONE) {
		finish();
		return;
	}
	if (rc == SQLITE_BUSY || rc == SQLITE_LOCKED)
		rc = ++cp.busy > BUSY_MAX ? rc : SQLITE_OK;
	else
		cp.busy = 0;
	if (rc != SQLITE_OK) {
		(void)sqlite3_backup_finish(cp.b);
		cp.b = NULL;
		end(-1, storedb_words(cp.to));
		return;
	}
	(void)evtimer_add(cp.ev, &tv);
}

static int
begin(const char **why)
{
	static const char	 pragmas[] =
	    "PRAGMA locking_mode=EXCLUSIVE;PRAGMA journal_mode=OFF;"
	    "PRAGMA synchronous=OFF;PRAGMA cache_size=-512";

	if (storedb_path(cp.path, sizeof(cp.path), cp.c.dir, cp.c.file,
	    ".copy") == -1) {
		*why = "too long a name";
		return (-1);
	}
	(void)unlink(cp.path);
	if (sqlite3_open_v2(cp.path, &cp.to, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW,
	    NULL) != SQLITE_OK || sqlite3_exec(cp.to, pragmas, NULL, NULL,
	    NULL) != SQLITE_OK) {
		*why = storedb_words(cp.to);
		return (-1);
	}
	if ((cp.b = sqlite3_backup_init(cp.to, "main", cp.c.db,
	    "main")) == NULL) {
		*why = storedb_words(cp.to);
		return (-1);
	}
	if ((cp.ev = evtimer_new(cp.c.base, slice, NULL)) == NULL) {
		*why = "no memory";
		return (-1);
	}
	event_active(cp.ev, EV_TIMEOUT, 0);
	return (0);
}

int
storecopy_begin(const struct storecopy *c,
    void (*done)(int, const char *, void *), void *ctx, const char **why)
{
	if (cp.done != NULL) {
		*why = "a copy is being made already";
		return (-1);
	}
	cp.c = *c;
	cp.done = done;
	cp.ctx = ctx;
	if (begin(why) == 0)
		return (0);
	log_warnx("%s/%s: cannot be copied: %s", c->dir, c->file, *why);
	clear();
	return (-1);
}
