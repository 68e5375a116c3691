/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The relay's store over its life: made, brought from version 1 to the
 * present, killed on the way, copied while it is written to, put back, and
 * cleared of what is too old.
 */
#include <sys/stat.h>

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <event2/event.h>

#include "engines/common/keepclock.h"
#include "engines/common/storedb.h"
#include "engines/relay/store/store.h"
#include "engines/relay/store/storesql.h"
#include "regress/unit/store_world.h"
#include "telclauded/lib/util.h"

#define V1	"regress/unit/relay_v1.sql"
#define DAY	86400000ULL

/* --- a new one ------------------------------------------------------------ */
static void
t_new(void **state)
{
	struct stat	 st;

	(void)state;
	sw_write("relay.db.new", "half", 4);
	sw_write("relay.db.copy", "half", 4);
	assert_int_equal(store_open(sw_dir), 0);
	assert_int_equal(store_run(), 1);
	assert_int_equal(stat(sw_path("relay.db"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(storedb_int(sql_db(), "PRAGMA auto_vacuum"), 2);
	assert_int_equal(storedb_int(sql_db(), "PRAGMA synchronous"), 2);
	assert_int_equal(storedb_int(sql_db(), "PRAGMA user_version"),
	    STORE_SCHEMA);
	assert_false(sw_there("relay.db.new") || sw_there("relay.db.copy") ||
	    sw_there("relay.db-shm"));
	store_close();
	assert_int_equal(store_open(sw_dir), 0);
	assert_int_equal(store_run(), 2);
	store_close();
}

/* --- an old one -------------------------------------------------------------- */
static void
seen(const struct turn_row *r, void *arg)
{
	assert_string_equal(r->text, "still waiting");
	assert_int_equal(r->taint, 0);
	assert_string_equal(r->files, "");
	(*(int *)arg)++;
}

static void
t_migrate(void **state)
{
	struct stat	 st;
	int		 n = 0;

	(void)state;
	sw_sqlfile("relay.db", V1);
	assert_int_equal(store_open(sw_dir), 0);
	assert_true(sw_logged("schema 1 is 2 now; the old file is kept as"));
	assert_int_equal(store_run(), 8);
	store_turn_open(seen, &n);
	assert_int_equal(n, 1);
	assert_int_equal(storedb_int(sql_db(), "SELECT microusd FROM spent "
	    "WHERE day=20420 AND user=1001 AND scope=1"), 5);
	assert_int_equal(store_totp_until("admin"), 1764355299000);
	assert_int_equal(store_memory_count(), 0);
	assert_int_equal(storedb_int(sql_db(), "PRAGMA auto_vacuum"), 2);
	store_close();
	assert_int_equal(stat(sw_path("relay.db"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(sw_int("relay.db.v1", "PRAGMA user_version"), 1);
	assert_int_equal(sw_int("relay.db.v1", "SELECT value FROM meta "
	    "WHERE key='run'"), 7);
	assert_int_equal(sw_int("relay.db.v1", "SELECT count(*) FROM turns"),
	    2);
	/* Once: the next start has nothing to do. */
	sw_log[0] = '\0';
	assert_int_equal(store_open(sw_dir), 0);
	assert_null(strstr(sw_log, "schema"));
	store_close();
}

/* What was only in the WAL is in both. */
static void
leave_wal(void)
{
	sqlite3	*db;

	assert_int_equal(sqlite3_open(sw_path("relay.db"), &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "INSERT INTO meta "
	    "VALUES('late',42)", NULL, NULL, NULL), SQLITE_OK);
	_exit(0);
}

static void
t_migrate_wal(void **state)
{
	(void)state;
	sw_sqlfile("relay.db", V1);
	assert_int_equal(sw_child(leave_wal), 0);
	assert_true(sw_there("relay.db-wal"));
	assert_int_equal(store_open(sw_dir), 0);
	assert_int_equal(store_meta("late", 0), 42);
	store_close();
	assert_int_equal(sw_int("relay.db.v1", "SELECT value FROM meta "
	    "WHERE key='late'"), 42);
	assert_int_equal(sw_int("relay.db", "PRAGMA user_version"), 2);
}

/* A statement that ends the process, or cannot be run. */
static void
die(sqlite3_context *ctx, int n, sqlite3_value **v)
{
	(void)ctx;
	(void)n;
	(void)v;
	kill(getpid(), SIGKILL);
}

static int
with_die(sqlite3 *db, char **err, const void *api)
{
	(void)err;
	(void)api;
	return (sqlite3_create_function(db, "die", 0, SQLITE_UTF8, NULL, die,
	    NULL, NULL));
}

static const char *const	 fatal_step[] = {
	"CREATE TABLE half(x)", "DELETE FROM turns", "SELECT die()", NULL
};
static const char *const	 wrong_step[] = {
	"CREATE TABLE half(x)", "DELETE FROM turns", "no statement", NULL
};

static sqlite3 *
open_with(const char *const *step)
{
	const char *const *const	 steps[] = { store_schema[0], step };
	struct storedb			 d = { "relay.db", 2, steps, "",
					    NULL };

	return (storedb_open(sw_dir, &d));
}

static void
killed(void)
{
	assert_int_equal(sqlite3_auto_extension((void (*)(void))with_die),
	    SQLITE_OK);
	(void)open_with(fatal_step);
}

static void
still_old(void)
{
	assert_int_equal(sw_int("relay.db", "PRAGMA user_version"), 1);
	assert_int_equal(sw_int("relay.db", "SELECT count(*) FROM turns"), 2);
	assert_int_equal(sw_int("relay.db", "SELECT count(*) FROM "
	    "sqlite_schema WHERE name='half'"), 0);
	assert_int_equal(store_open(sw_dir), 0);
	assert_int_equal(store_run(), 8);
	store_close();
	assert_false(sw_there("relay.db.new") ||
	    sw_there("relay.db.new-journal"));
}

static void
t_migrate_killed(void **state)
{
	int	 status;

	(void)state;
	sw_sqlfile("relay.db", V1);
	status = sw_child(killed);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	still_old();
}

static void
t_migrate_fails(void **state)
{
	(void)state;
	sw_sqlfile("relay.db", V1);
	assert_null(open_with(wrong_step));
	assert_true(sw_logged("schema 1 cannot become 2"));
	assert_true(sw_logged("the old file is as it was"));
	still_old();
}

/* --- copies ------------------------------------------------------------------ */
static struct event_base	*base;
static int			 copy_fd, copies;

static void
copied(int fd, const char *why, void *arg)
{
	(void)arg;
	if (fd == -1)
		print_message("# %s\n", why);
	copy_fd = fd;
	copies++;
	(void)event_base_loopbreak(base);
}

/* Writes between two slices, as long as the copy is made. */
static void
writer(evutil_socket_t fd, short what, void *arg)
{
	static int64_t	 id = 100000;
	struct timeval	 tv = { 0, 200 };

	(void)fd;
	(void)what;
	id++;
	(void)store_update(id, 1, 1, (uint64_t)id, US_TAKEN);
	store_set_meta("last", id);
	store_sync();
	(void)evtimer_add(*(struct event **)arg, &tv);
}

static void
fill(int64_t n)
{
	static char	 text[400];
	struct turn_row	 r;
	int64_t		 i;

	memset(text, 'x', sizeof(text));
	memset(&r, 0, sizeof(r));
	for (i = 1; i <= n; i++) {
		r.id = (uint64_t)(1LL << 32 | i);
		r.chat = 1001;
		r.at = (uint64_t)i * 1000;
		r.state = i <= 300 ? TW_HELD : TW_DONE;
		r.name = "Ana";
		r.text = text;
		r.len = sizeof(text);
		store_turn_add(&r);
	}
	store_sync();
}

static void
save(const char *file)
{
	char	 buf[65536];
	ssize_t	 n;
	FILE	*f = fopen(sw_path(file), "w");

	assert_non_null(f);
	while ((n = read(copy_fd, buf, sizeof(buf))) > 0)
		assert_int_equal(fwrite(buf, 1, (size_t)n, f), n);
	fclose(f);
	close(copy_fd);
}

static void
t_copy(void **state)
{
	struct event	*ev;
	struct timeval	 tv = { 0, 200 };
	const char	*why = "";

	(void)state;
	base = event_base_new();
	assert_int_equal(store_open(sw_dir), 0);
	fill(20000);
	copies = 0;
	ev = evtimer_new(base, writer, &ev);
	evtimer_add(ev, &tv);
	assert_int_equal(store_copy(base, sw_dir, copied, NULL, &why), 0);
	assert_int_equal(store_copy(base, sw_dir, copied, NULL, &why), -1);
	assert_string_equal(why, "a copy is being made already");
	event_base_dispatch(base);
	assert_int_equal(copies, 1);
	assert_true(copy_fd != -1);
	assert_false(sw_there("relay.db.copy"));
	event_free(ev);
	save("saved.db");
	assert_int_equal(sw_int("saved.db", "SELECT count(*) FROM turns"),
	    20000);
	assert_int_equal(sw_int("saved.db", "PRAGMA integrity_check"), 0);
	/* The state of one moment, and a late one. */
	assert_true(sw_int("saved.db", "SELECT count(*) FROM updates") > 10);
	assert_int_equal(sw_int("saved.db", "SELECT max(id) FROM updates"),
	    sw_int("saved.db", "SELECT value FROM meta WHERE key='last'"));
	assert_true(sw_int("saved.db", "SELECT value FROM meta "
	    "WHERE key='copied'") > 0);
	assert_int_equal(store_meta("copied", 0), 0);
	store_close();
	event_base_free(base);
}

static void
t_copy_stopped(void **state)
{
	const char	*why;

	(void)state;
	base = event_base_new();
	assert_int_equal(store_open(sw_dir), 0);
	copies = 0;
	assert_int_equal(store_copy(base, sw_dir, copied, NULL, &why), 0);
	store_close();
	assert_int_equal(copies, 0);
	assert_false(sw_there("relay.db.copy"));
	event_base_free(base);
}

/* A copy that was put back runs, sends and opens nothing by itself. */
static void
t_restored(void **state)
{
	(void)state;
	sw_sqlfile("relay.db", V1);
	assert_int_equal(store_open(sw_dir), 0);
	store_close();
	sw_sql("relay.db", "INSERT INTO meta VALUES('copied',1764355200000);"
	    "INSERT INTO requests VALUES(7,'n',1,1,1,1,1);"
	    "INSERT INTO cards VALUES(7,1,'{}');"
	    "INSERT INTO asked VALUES(7,1,1,'');"
	    "INSERT INTO asked VALUES(8,1,1,'Denied.');"
	    "INSERT INTO collected VALUES(7,'a');"
	    "UPDATE turns SET state=6 WHERE id=30064771074");
	assert_int_equal(store_open(sw_dir), 0);
	assert_true(sw_logged("is a copy that was made"));
	/* An old button's number is none that is given out again. */
	assert_true(store_run() > 1 << 20);
	store_close();
	assert_int_equal(sw_int("relay.db", "SELECT state FROM turns WHERE "
	    "id=30064771073"), TW_RUNNING);
	assert_int_equal(sw_int("relay.db", "SELECT state FROM turns WHERE "
	    "id=30064771074"), TW_GATED);
	assert_int_equal(sw_int("relay.db", "SELECT count(*) FROM outbox"),
	    0);
	assert_int_equal(sw_int("relay.db", "SELECT count(*) FROM totp"), 0);
	/* Nobody can say that nothing ran, or approve it once more. */
	assert_int_equal(sw_int("relay.db", "SELECT count(*) FROM requests"),
	    0);
	assert_int_equal(sw_int("relay.db", "SELECT count(*) FROM cards"), 0);
	assert_int_equal(sw_int("relay.db", "SELECT count(*) FROM collected"),
	    0);
	assert_int_equal(sw_int("relay.db", "SELECT count(*) FROM asked "
	    "WHERE how LIKE '%is not known%'"), 1);
	sw_log[0] = '\0';
	assert_int_equal(store_open(sw_dir), 0);
	assert_null(strstr(sw_log, "copy"));
	store_close();
}

/* --- what is too old ----------------------------------------------------------- */
static void
t_keep(void **state)
{
	int64_t	 from = 0, big;
	int	 parts;

	(void)state;
	assert_int_equal(store_open(sw_dir), 0);
	fill(10000);
	for (parts = 0; from != -1; parts++)
		from = store_keep_turns(from, 8000 * 1000);
	store_sync();
	assert_true(parts > 10);
	/* Row 8000 is not older; 300 wait for somebody. */
	assert_int_equal(storedb_int(sql_db(), "SELECT count(*) FROM turns "
	    "WHERE at < 8000000"), 300);
	assert_int_equal(storedb_int(sql_db(), "SELECT count(*) FROM turns "
	    "WHERE at >= 8000000"), 2001);
	big = storedb_int(sql_db(), "PRAGMA page_count");
	for (parts = 0; store_keep_shrink(); parts++)
		assert_true(parts < 1000);
	assert_true(parts > 1);
	assert_true(storedb_int(sql_db(), "PRAGMA page_count") < big * 3 / 4);
	store_close();
}

/* A lane says whether what waits in it may run. */
static void
t_keep_lanes(void **state)
{
	struct lane_row	l = { .cwd = "", .model = "", .hold = 9 };
	struct turn_row	t = { .id = 7, .chat = 2, .state = TW_QUEUED,
			    .name = "", .text = "" };

	(void)state;
	assert_int_equal(store_open(sw_dir), 0);
	store_set_lane(1, 0, &l);
	store_set_lane(2, 0, &l);
	store_turn_add(&t);
	(void)store_keep_lanes(DAY);
	assert_int_equal(storedb_int(sql_db(), "SELECT count(*) FROM lanes"),
	    1);
	assert_int_equal(storedb_int(sql_db(), "SELECT hold FROM lanes "
	    "WHERE chat=2"), 9);
	store_turn_state(7, TW_DROPPED, 1);
	(void)store_keep_lanes(DAY);
	assert_int_equal(storedb_int(sql_db(), "SELECT count(*) FROM lanes"),
	    0);
	store_close();
}

static void
t_keep_updates(void **state)
{
	int64_t	 i, from = 0;

	(void)state;
	assert_int_equal(store_open(sw_dir), 0);
	for (i = 1; i <= 1000; i++)
		(void)store_update(i, 1, 1, 10 * DAY + (uint64_t)i,
		    US_TAKEN);
	while ((from = store_keep_updates(from, 12 * DAY + 501)) != -1)
		continue;
	assert_int_equal(storedb_int(sql_db(), "SELECT count(*) FROM "
	    "updates"), 500);
	from = 0;
	while ((from = store_keep_updates(from, 99 * DAY)) != -1)
		continue;
	/* The newest says where to go on with Telegram. */
	assert_int_equal(storedb_int(sql_db(), "SELECT max(id) FROM "
	    "updates"), 1000);
	assert_int_equal(storedb_int(sql_db(), "SELECT count(*) FROM "
	    "updates"), 1);
	store_close();
}

static void
t_keep_small(void **state)
{
	(void)state;
	assert_int_equal(store_open(sw_dir), 0);
	store_set_totp("a", 170 * DAY);
	store_set_totp("b", 180 * DAY);
	store_refused(5, "Eve", 100 * DAY);
	store_refused(6, "Mallory", 174 * DAY);
	store_keep_small(175 * DAY);
	assert_int_equal(store_totp_until("a"), 0);
	assert_int_equal(store_totp_until("b"), 180 * DAY);
	assert_int_equal(storedb_int(sql_db(), "SELECT chat FROM refused"),
	    6);
	store_close();
}

static void
t_clock(void **state)
{
	const uint64_t	 hour = 3600 * 1000;
	struct keepclock k;
	uint64_t	 mono = 1000, wall = 1764355200000;
	int		 i, n = 0;

	(void)state;
	keepclock_init(&k, mono, wall);
	/* A clock that was wrong and is set right: not by what it says. */
	assert_int_equal(keepclock_due(&k, mono += hour, wall += 9000 * DAY),
	    0);
	assert_int_equal(keepclock_due(&k, mono += hour, wall -= 9000 * DAY),
	    0);
	/* It holds: a pass, and one a day. */
	for (i = 0; i < 72; i++)
		n += keepclock_due(&k, mono += hour, wall += hour);
	assert_int_equal(n, 3);
	assert_int_equal(keepclock_due(&k, mono += 48 * hour,
	    wall += 48 * hour - 20 * 60 * 1000), 0);
	assert_int_equal(keepclock_due(&k, mono += hour, wall += hour), 1);
}

/* --- memory -------------------------------------------------------------------- */
static void
t_memory(void **state)
{
	struct memory_row	 r = { "m1", "profile", "likes \"tea\"",
	    "telegram", "trusted", "", 1001, 1, 0, 0 };

	(void)state;
	assert_int_equal(store_open(sw_dir), 0);
	assert_int_equal(store_memory_add(&r), 1);
	r.content = "another";
	assert_int_equal(store_memory_add(&r), 0);
	assert_int_equal(store_memory_count(), 1);
	store_close();
	assert_int_equal(sw_int("relay.db", "SELECT count(*) FROM memory "
	    "WHERE content='likes \"tea\"'"), 1);
}

int
main(void)
{
#define T(fn)	cmocka_unit_test_setup_teardown(fn, sw_setup, sw_teardown)
	const struct CMUnitTest	 tests[] = {
		T(t_new), T(t_migrate), T(t_migrate_wal),
		T(t_migrate_killed), T(t_migrate_fails), T(t_copy),
		T(t_copy_stopped), T(t_restored), T(t_keep),
		T(t_keep_lanes), T(t_keep_updates), T(t_keep_small),
		T(t_clock), T(t_memory),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
