/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What the agent keeps: conversations that are too old go message by message,
 * what belongs to none goes too, and the file becomes smaller.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "engines/agent/store.h"
#include "regress/unit/store_world.h"
#include "telclauded/lib/util.h"

static int
count(void *ctx, uint32_t seq, int user, const char *p, size_t n)
{
	(void)seq;
	(void)user;
	(void)p;
	(void)n;
	++*(unsigned *)ctx;
	return (0);
}

static unsigned
messages(uint64_t conv)
{
	unsigned	 n = 0;

	assert_int_equal(store_load(conv, count, &n), 0);
	return (n);
}

static void
converse(uint64_t conv, uint64_t used, unsigned n)
{
	static char	 text[4000];
	unsigned	 i;

	memset(text, 'x', sizeof(text));
	assert_int_equal(store_begin(), 0);
	assert_int_equal(store_touch(conv, used), 0);
	for (i = 0; i < n; i++)
		assert_int_equal(store_put(conv, i, i % 2 == 0, text,
		    sizeof(text)), 0);
	assert_int_equal(store_commit(), 0);
}

static void
t_old(void **state)
{
	unsigned	 parts;

	(void)state;
	assert_int_equal(store_open(sw_dir), 0);
	converse(1, 1000, 300);
	converse(2, 2000, 300);
	converse(3, 3000, 10);
	for (parts = 0; store_keep_old(2500); parts++)
		assert_true(parts < 100);
	assert_true(parts > 10);
	assert_int_equal(messages(1), 0);
	assert_int_equal(messages(2), 0);
	assert_int_equal(messages(3), 10);
	for (parts = 0; store_keep_shrink(); parts++)
		assert_true(parts < 100);
	assert_true(parts > 1);
	store_close();
	assert_int_equal(sw_int("transcript.db", "SELECT count(*) FROM "
	    "conversations"), 1);
	assert_true(sw_int("transcript.db", "PRAGMA page_count") < 300);
}

static void
t_lost(void **state)
{
	int64_t		 from;
	uint64_t	 i;

	(void)state;
	assert_int_equal(store_open(sw_dir), 0);
	for (i = 1; i <= 200; i++)
		converse(i, 1000, 2);
	converse(77, 1000, 100);
	store_close();
	sw_sql("transcript.db", "DELETE FROM conversations WHERE id IN "
	    "(77, 150)");
	assert_int_equal(store_open(sw_dir), 0);
	for (from = -1, i = 0; i < 100; i++)
		if ((from = store_keep_lost(from)) == -1)
			break;
	assert_true(i > 3 && i < 100);
	assert_int_equal(messages(77), 0);
	assert_int_equal(messages(150), 0);
	assert_int_equal(messages(149), 2);
	store_close();
	assert_int_equal(sw_int("transcript.db", "SELECT count(*) FROM "
	    "messages"), 198 * 2);
}

static void
t_damaged(void **state)
{
	(void)state;
	sw_write("transcript.db", "", 0);
	assert_int_equal(store_open(sw_dir), -1);
	assert_true(sw_logged("transcript.db is empty"));
}

int
main(void)
{
#define T(fn)	cmocka_unit_test_setup_teardown(fn, sw_setup, sw_teardown)
	const struct CMUnitTest	 tests[] = {
		T(t_old), T(t_lost), T(t_damaged),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
