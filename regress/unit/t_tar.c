/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The archive of a backup: what is written is read back and is what tar(1)
 * reads; every other byte of a header, and every cut, is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "telclauded/ctl/tar.h"
#include "telclauded/lib/util.h"

static uint8_t	 ar[8192];
static size_t	 len;

static void
put(const char *name, const char *text)
{
	size_t	 n = strlen(text);

	assert_int_equal(tar_head(ar + len, name, n, 1764355200), 0);
	len += TAR_BLOCK;
	memcpy(ar + len, text, n);
	len += n + tar_padding(n);
}

static void
make(void)
{
	memset(ar, 0, sizeof(ar));
	len = 0;
	put("telclauded.conf", "profile simple\n");
	put("relay/relay.db", "");
	put("manifest.json", "{}");
	len += (size_t)(2 * TAR_BLOCK);
}

/* How many members until the end, or -1. */
static int
members(const uint8_t *p, size_t n)
{
	struct tar_member	 m;
	const char		*why = NULL;
	size_t			 off = 0;
	int			 r, k;

	for (k = 0; (r = tar_next(p, n, &off, &m, &why)) == 1; k++)
		assert_true(m.p + m.size <= p + n && tar_name_ok(m.name));
	if (r == -1)
		assert_non_null(why);
	return (r == -1 ? -1 : k);
}

static void
t_names(void **state)
{
	static const char *const	 good[] = { "a", "manifest.json",
	    "agent-telegram/transcript.db", "audit/audit-00000001.log" };
	static const char *const	 bad[] = { "", "/", "/a", "a/", "a//b",
	    "a/b/c", ".", "..", "../a", "a/..", ".a", "a/.b", "A", "a b",
	    "a\n", "\xc3\xa4", "-a", "a/-b", "a\\b" };
	char				 name[TAR_NAME + 1];
	size_t				 i;

	(void)state;
	for (i = 0; i < NELEM(good); i++)
		assert_true(tar_name_ok(good[i]));
	for (i = 0; i < NELEM(bad); i++)
		assert_false(tar_name_ok(bad[i]));
	memset(name, 'a', sizeof(name));
	name[TAR_NAME - 1] = '\0';
	assert_true(tar_name_ok(name));
	name[TAR_NAME - 1] = 'a';
	name[TAR_NAME] = '\0';
	assert_false(tar_name_ok(name));
}

static void
t_round(void **state)
{
	struct tar_member	 m;
	const char		*why;
	size_t			 off = 0;

	(void)state;
	make();
	assert_int_equal(tar_next(ar, len, &off, &m, &why), 1);
	assert_string_equal(m.name, "telclauded.conf");
	assert_int_equal(m.size, 15);
	assert_memory_equal(m.p, "profile simple\n", 15);
	assert_int_equal(tar_next(ar, len, &off, &m, &why), 1);
	assert_int_equal(m.size, 0);
	assert_int_equal(tar_next(ar, len, &off, &m, &why), 1);
	assert_int_equal(tar_next(ar, len, &off, &m, &why), 0);
	assert_int_equal(members(ar, len), 3);
}

static void
t_tar(void **state)
{
	char	 path[] = "/tmp/t_tar.XXXXXX", line[256];
	FILE	*f;
	int	 fd;

	(void)state;
	make();
	assert_true((fd = mkstemp(path)) != -1);
	assert_non_null(f = fdopen(fd, "w"));
	assert_int_equal(fwrite(ar, 1, len, f), len);
	fclose(f);
	(void)snprintf(line, sizeof(line), "tar -tvf %s 2>&1; rm %s", path,
	    path);
	assert_non_null(f = popen(line, "r"));
	assert_non_null(fgets(line, sizeof(line), f));
	assert_non_null(strstr(line, "-rw------- root/root"));
	assert_non_null(strstr(line, "telclauded.conf"));
	assert_non_null(fgets(line, sizeof(line), f));
	assert_non_null(fgets(line, sizeof(line), f));
	assert_null(fgets(line, sizeof(line), f));
	pclose(f);
}

static void
t_cut(void **state)
{
	size_t	 n;

	(void)state;
	make();
	for (n = 0; n < len; n++)
		assert_int_equal(members(ar, n), -1);
	assert_int_equal(members(ar, len + 1), -1);
	assert_int_equal(members(ar, len + TAR_BLOCK), -1);
}

/* No bit of a header, a filling or the end may be another. */
static void
t_bytes(void **state)
{
	size_t	 i;
	unsigned bit;
	int	 same = 0;

	(void)state;
	make();
	for (i = 0; i < len; i++)
		for (bit = 0; bit < 8; bit++) {
			if (i >= TAR_BLOCK && i < TAR_BLOCK + 15)
				continue;	/* content: the manifest's */
			if (i >= 3 * TAR_BLOCK && i < 3 * TAR_BLOCK + 2)
				continue;
			ar[i] ^= (uint8_t)(1 << bit);
			same += members(ar, len) == 3;
			ar[i] ^= (uint8_t)(1 << bit);
		}
	/* The two bytes of "{}" are the third content. */
	assert_true(same <= 16);
}

static void
t_sizes(void **state)
{
	uint8_t	 h[TAR_BLOCK];

	(void)state;
	assert_int_equal(tar_head(h, "a", TAR_SIZE_MAX, 0), 0);
	assert_int_equal(tar_head(h, "a", TAR_SIZE_MAX + 1, 0), -1);
	assert_int_equal(tar_head(h, "a/../b", 1, 0), -1);
	assert_int_equal(tar_padding(0), 0);
	assert_int_equal(tar_padding(1), 511);
	assert_int_equal(tar_padding(512), 0);
	/* One that says it is larger than all there is. */
	memset(ar, 0, sizeof(ar));
	assert_int_equal(tar_head(ar, "a", TAR_SIZE_MAX, 0), 0);
	assert_int_equal(members(ar, sizeof(ar)), -1);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(t_names), cmocka_unit_test(t_round),
		cmocka_unit_test(t_tar), cmocka_unit_test(t_cut),
		cmocka_unit_test(t_bytes), cmocka_unit_test(t_sizes),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
