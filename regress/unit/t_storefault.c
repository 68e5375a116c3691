/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What can be wrong with a database file when it is opened: one line that
 * names it and says what to do, never an empty store, and never a change to
 * the file.
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "engines/relay/store/store.h"
#include "engines/relay/store/storesql.h"
#include "regress/unit/store_world.h"
#include "telclauded/lib/util.h"

static void
refused(const char *why)
{
	sw_log[0] = '\0';
	assert_int_equal(store_open(sw_dir), -1);
	assert_true(sw_logged(why));
	assert_true(sw_logged("relay.db"));
	/* One line says it. */
	assert_ptr_equal(strchr(sw_log, '\n'), sw_log + strlen(sw_log) - 1);
}

static void
unchanged(const void *p, size_t n)
{
	char	 buf[65536];
	FILE	*f = fopen(sw_path("relay.db"), "r");

	assert_non_null(f);
	assert_int_equal(fread(buf, 1, sizeof(buf), f), n);
	assert_memory_equal(buf, p, n);
	fclose(f);
}

static void
t_empty(void **state)
{
	(void)state;
	sw_write("relay.db", "", 0);
	refused("is empty, 0 bytes: stop telclauded");
	unchanged("", 0);
}

static void
t_text(void **state)
{
	char	 text[8192];

	(void)state;
	memset(text, 'q', sizeof(text));
	sw_write("relay.db", text, sizeof(text));
	refused("not a database");
	unchanged(text, sizeof(text));
}

static void
t_foreign(void **state)
{
	(void)state;
	sw_sql("relay.db", "CREATE TABLE sessions(a); "
	    "INSERT INTO sessions VALUES(1)");
	refused("the database of another program");
	assert_int_equal(sw_int("relay.db", "SELECT count(*) FROM "
	    "sqlite_schema"), 1);
}

static void
t_blank(void **state)
{
	(void)state;
	sw_sql("relay.db", "CREATE TABLE a(b); DROP TABLE a");
	refused("holds nothing of ours");
}

static void
t_newer(void **state)
{
	(void)state;
	assert_int_equal(store_open(sw_dir), 0);
	store_close();
	sw_sql("relay.db", "PRAGMA user_version=77");
	refused("made by a newer telclauded (schema 77, this one knows 2)");
	assert_int_equal(sw_int("relay.db", "PRAGMA user_version"), 77);
}

/* Each page in turn becomes noise: opened whole, or refused. */
static void
t_pages(void **state)
{
	char		 noise[4096];
	struct stat	 st;
	off_t		 at;
	int		 fd, bad = 0;

	(void)state;
	memset(noise, 0xa5, sizeof(noise));
	sw_sqlfile("orig.db", "regress/unit/relay_v1.sql");
	assert_int_equal(stat(sw_path("orig.db"), &st), 0);
	for (at = 0; at < st.st_size; at += 4096) {
		char	 cmd[300];

		(void)str_format(cmd, sizeof(cmd), "rm -f %s* && cp %s %s",
		    sw_path("relay.db"), sw_path("orig.db"),
		    sw_path("relay.db"));
		assert_int_equal(system(cmd), 0);
		fd = open(sw_path("relay.db"), O_WRONLY);
		assert_int_equal(pwrite(fd, noise, sizeof(noise), at),
		    sizeof(noise));
		close(fd);
		refused("damaged");
		assert_false(sw_there("relay.db.v1"));
		bad++;
	}
	assert_true(bad > 8);
}

static void
t_cut(void **state)
{
	(void)state;
	sw_sqlfile("relay.db", "regress/unit/relay_v1.sql");
	assert_int_equal(truncate(sw_path("relay.db"), 8192), 0);
	refused("damaged");
}

/* However large it is, what all depends on is looked at. */
static void
t_large(void **state)
{
	char	 noise[4096];
	int64_t	 page;
	int	 fd;

	(void)state;
	assert_int_equal(store_open(sw_dir), 0);
	store_close();
	sw_sql("relay.db", "INSERT INTO turns(id,at,state,text) "
	    "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM c "
	    "WHERE n<9000) SELECT n,n,2,hex(zeroblob(200)) FROM c");
	assert_int_equal(store_open(sw_dir), 0);
	store_close();
	memset(noise, 0xa5, sizeof(noise));
	page = sw_int("relay.db", "SELECT rootpage FROM sqlite_schema "
	    "WHERE name='lanes'");
	assert_true(page > 1);
	fd = open(sw_path("relay.db"), O_WRONLY);
	assert_int_equal(pwrite(fd, noise, sizeof(noise), (page - 1) * 4096),
	    sizeof(noise));
	close(fd);
	refused("damaged");
}

static void
t_wal_alone(void **state)
{
	(void)state;
	sw_write("relay.db-wal", "something", 9);
	refused("is missing, but what was written to it last is there");
	assert_false(sw_there("relay.db"));
	/* One that is empty says nothing. */
	sw_write("relay.db-wal", "", 0);
	assert_int_equal(store_open(sw_dir), 0);
	store_close();
}

static void
t_not_a_file(void **state)
{
	(void)state;
	assert_int_equal(mkdir(sw_path("relay.db"), 0700), 0);
	refused("not a plain file");
	assert_int_equal(rmdir(sw_path("relay.db")), 0);
	sw_sqlfile("real.db", "regress/unit/relay_v1.sql");
	assert_int_equal(symlink("real.db", sw_path("relay.db")), 0);
	refused("not a plain file");
	assert_int_equal(sw_int("real.db", "PRAGMA user_version"), 1);
}

static void
t_no_directory(void **state)
{
	char	 keep[sizeof(sw_dir)];

	(void)state;
	(void)str_copy(keep, sw_dir, sizeof(keep));
	(void)str_copy(sw_dir, "/nonexistent/relay", sizeof(sw_dir));
	refused("its directory is missing");
	(void)str_copy(sw_dir, keep, sizeof(sw_dir));
}

/* A process that has it open is named; when it ends, all is well. */
static void
t_locked(void **state)
{
	char	 want[64];
	int	 up[2];
	pid_t	 pid;
	char	 c;

	(void)state;
	assert_int_equal(store_open(sw_dir), 0);
	store_close();
	assert_int_equal(pipe(up), 0);
	if ((pid = fork()) == 0) {
		if (store_open(sw_dir) == -1 || write(up[1], "x", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	assert_int_equal(read(up[0], &c, 1), 1);
	(void)str_format(want, sizeof(want), "process %d has it open",
	    (int)pid);
	refused(want);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(store_open(sw_dir), 0);
	assert_int_equal(store_run(), 3);
	store_close();
}

/* Nobody may write: as another user, for root may all. */
static void
readonly(void)
{
	if (setegid(65534) == -1 || seteuid(65534) == -1)
		_exit(2);
	sw_log[0] = '\0';
	if (store_open(sw_dir) != -1)
		_exit(3);
	_exit(strstr(sw_log, "it cannot be written") != NULL ? 0 : 4);
}

static void
t_readonly(void **state)
{
	int	 status;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(store_open(sw_dir), 0);
	store_close();
	assert_int_equal(chmod(sw_dir, 0755), 0);
	assert_int_equal(chmod(sw_path("relay.db"), 0644), 0);
	status = sw_child(readonly);
	assert_int_equal(WEXITSTATUS(status), 0);
}

int
main(void)
{
#define T(fn)	cmocka_unit_test_setup_teardown(fn, sw_setup, sw_teardown)
	const struct CMUnitTest	 tests[] = {
		T(t_empty), T(t_text), T(t_foreign), T(t_blank), T(t_newer),
		T(t_pages), T(t_large), T(t_cut), T(t_wal_alone), T(t_not_a_file),
		T(t_no_directory), T(t_locked), T(t_readonly),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
