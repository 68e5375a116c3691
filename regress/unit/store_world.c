/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * See store_world.h.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "regress/unit/store_world.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

char	 sw_dir[64];
char	 sw_log[8192];

static void
sink(enum log_level level, const char *line)
{
	size_t	 n = strlen(sw_log);

	(void)level;
	(void)str_format(sw_log + n, sizeof(sw_log) - n, "%s\n", line);
}

int
sw_setup(void **state)
{
	(void)state;
	sw_log[0] = '\0';
	log_init("test");
	log_sink(sink);
	(void)str_copy(sw_dir, "/tmp/tcstore.XXXXXX", sizeof(sw_dir));
	return (mkdtemp(sw_dir) == NULL ? -1 : 0);
}

int
sw_teardown(void **state)
{
	char	 cmd[128];

	(void)state;
	log_sink(NULL);
	(void)str_format(cmd, sizeof(cmd), "rm -rf %s", sw_dir);
	return (system(cmd));
}

const char *
sw_path(const char *file)
{
	static char	 path[4][128];
	static unsigned	 n;
	char		*p = path[n++ % NELEM(path)];

	assert_int_equal(str_format(p, sizeof(path[0]), "%s/%s", sw_dir,
	    file), 0);
	return (p);
}

void
sw_write(const char *file, const void *p, size_t n)
{
	FILE	*f = fopen(sw_path(file), "w");

	assert_non_null(f);
	assert_int_equal(fwrite(p, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

void
sw_sql(const char *file, const char *sql)
{
	sqlite3	*db;

	assert_int_equal(sqlite3_open(sw_path(file), &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

void
sw_sqlfile(const char *file, const char *path)
{
	char	 sql[16384];
	size_t	 n;
	FILE	*f = fopen(path, "r");

	assert_non_null(f);
	n = fread(sql, 1, sizeof(sql) - 1, f);
	fclose(f);
	sql[n] = '\0';
	sw_sql(file, sql);
}

int64_t
sw_int(const char *file, const char *sql)
{
	sqlite3_stmt	*st = NULL;
	sqlite3		*db;
	int64_t		 v = -1;

	if (sqlite3_open_v2(sw_path(file), &db, SQLITE_OPEN_READONLY,
	    NULL) == SQLITE_OK && sqlite3_prepare_v2(db, sql, -1, &st,
	    NULL) == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW)
		v = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(db);
	return (v);
}

int
sw_there(const char *file)
{
	struct stat	 st;

	return (lstat(sw_path(file), &st) == 0);
}

int
sw_logged(const char *what)
{
	if (strstr(sw_log, what) != NULL)
		return (1);
	print_message("# logged: %s", sw_log);
	return (0);
}

int
sw_child(void (*fn)(void))
{
	int	 status;
	pid_t	 pid;

	fflush(NULL);
	if ((pid = fork()) == 0) {
		fn();
		_exit(0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return (status);
}
