/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The shared base: strings, encodings, the buffer, filters of outsiders'
 * text, secrets in memory, jobs.
 */
#include <sys/wait.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "imsg/job.h"
#include "telclauded/lib/secret.h"
#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"

static void
test_strings(void **state)
{
	char	 b[4];

	(void)state;
	assert_int_equal(str_copy(b, "abc", sizeof(b)), 0);
	assert_int_equal(str_copy(b, "abcd", sizeof(b)), -1);
	assert_string_equal(b, "abc");
	assert_int_equal(str_format(b, sizeof(b), "%d", 1234), -1);
	assert_true(str_isutf8("a\xc3\xa4\xf0\x9f\x98\x80", 7));
	assert_false(str_isutf8("\xc0\xaf", 2));		/* overlong */
	assert_false(str_isutf8("\xed\xa0\x80", 3));		/* surrogate */
	assert_false(str_isutf8("\xf4\x90\x80\x80", 4));	/* > 10FFFF */
	assert_false(str_isutf8("\xe2\x82", 2));		/* cut */
	assert_int_equal(utf8_prefix("a\xc3\xa4", 3, 2), 1);
	assert_int_equal(utf8_whole("a\xc3", 2), 1);
	assert_int_equal(utf8_whole("a\xc3\xa4", 3), 3);
	assert_int_equal(utf8_whole("\xf0\x9f\x98", 3), 0);
	assert_int_equal(utf8_whole("\xf0\x9f\x98\x80", 4), 4);
	assert_int_equal(utf8_whole("", 0), 0);
	assert_int_equal(utf8_whole("\x80\x80\x80\x80", 4), 4);
	assert_int_equal(utf16_len("a\xc3\xa4\xf0\x9f\x98\x80", 7), 4);
	assert_true(mem_equal("ab", "ab", 2));
	assert_false(mem_equal("ab", "ac", 2));
}

static void
test_times(void **state)
{
	struct timeval	 tv = ms_tv(61999);

	(void)state;
	assert_int_equal(tv.tv_sec, 61);
	assert_int_equal(tv.tv_usec, 999000);
	tv = ms_tv(UINT32_MAX + (uint64_t)1);
	assert_int_equal(tv.tv_sec, 4294967);
	assert_int_equal(ms_apart(3, 5), 2);
	assert_int_equal(ms_apart(5, 3), 2);
}

static void
test_base64(void **state)
{
	static const char *const v[][2] = { { "", "" }, { "f", "Zg==" },
	    { "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg==" },
	    { "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" } };
	uint8_t	 out[16];
	char	*e;
	size_t	 i;

	(void)state;
	for (i = 0; i < NELEM(v); i++) {		/* RFC 4648, 10 */
		e = b64_encode(v[i][0], strlen(v[i][0]));
		assert_string_equal(e, v[i][1]);
		assert_int_equal(b64_decode(e, out, sizeof(out)),
		    strlen(v[i][0]));
		assert_memory_equal(out, v[i][0], strlen(v[i][0]));
		free(e);
	}
	assert_int_equal(b64_decode("Zm9v!", out, sizeof(out)), -1);
	assert_int_equal(b64_decode("Zm9vYmFy", out, 5), -1);
	assert_int_equal(b64_decode("Z", out, sizeof(out)), -1);
}

static void
test_json_string(void **state)
{
	struct buf	 b;

	(void)state;
	buf_init(&b);
	/* Controls in two bytes are controls; what follows them is not. */
	buf_json_str(&b, "\xc2\x80\xc2\x9b" "2J\xc2\x9f\xc2\xa0", 10);
	assert_string_equal(b.p, "\"\\u0080\\u009b2J\\u009f\xc2\xa0\"");
	buf_free(&b);
	buf_init(&b);
	buf_json_str(&b, "a\"\\\n\x01\xff\xc3\xa4\0z", 10);
	assert_string_equal(b.p,
	    "\"a\\\"\\\\\\n\\u0001\\ufffd\xc3\xa4\\u0000z\"");
	buf_drain(&b, 3);
	assert_int_equal(b.len, strlen(b.p));
	buf_free(&b);
}

static void
test_text_filters(void **state)
{
	char	 out[64], *u;
	size_t	 n;

	(void)state;
	text_for_log(text_of("a\n\x1b[31m\xff", 8), out, sizeof(out));
	assert_string_equal(out, "a\\x0a\\x1b[31m\\xff");
	/* right-to-left override and C1 controls cannot forge a line */
	text_for_log(text_of("x\xe2\x80\xaey\xc2\x9bz", 8), out, sizeof(out));
	assert_string_equal(out, "x?y\\xc2\\x9bz");
	text_for_log(text_of("0123456789012345", 16), out, 12);
	assert_true(strlen(out) < 12 && strstr(out, "...") != NULL);
	u = text_utf8(text_of("a\0\xff", 3), &n);
	assert_string_equal(u, "a\xef\xbf\xbd\xef\xbf\xbd");
	assert_int_equal(n, 7);
	free(u);
}

static void
test_secret(void **state)
{
	struct secret	 s;
	pid_t		 pid;
	int		 fd, st;

	(void)state;
	fd = secret_memfd("t", "s3cret\n", 7);
	assert_true(fd != -1);
	assert_int_equal(write(fd, "x", 1), -1);	/* sealed */
	assert_int_equal(ftruncate(fd, 0), -1);
	assert_int_equal(secret_read(&s, fd), 0);
	assert_int_equal(s.len, 6);
	assert_string_equal(s.p, "s3cret");
	/* a child does not have it, and past the end is a guard page */
	if ((pid = fork()) == 0)
		_exit(s.p[0] == '\0' ? 0 : 1);
	waitpid(pid, &st, 0);
	assert_int_equal(WEXITSTATUS(st), 0);
	if ((pid = fork()) == 0) {
		signal(SIGSEGV, SIG_DFL);
		((volatile char *)s.p)[8] = 1;
		_exit(0);
	}
	waitpid(pid, &st, 0);
	assert_true(WIFSIGNALED(st) || WEXITSTATUS(st) != 0);
	secret_free(&s);
	assert_null(s.p);
	assert_int_equal(secret_memfd("t", "x", SECRET_MAX), -1);
}

static void
test_job(void **state)
{
	struct job	 j = { TOOL_BASH, TIER_WRITE_LOCAL, 1, 2, "/w", 2,
	    "{}", 2 }, k;
	uint8_t		 w[JOB_HDRLEN + 4];
	size_t		 i;

	(void)state;
	job_encode_header(&j, w);
	memcpy(w + JOB_HDRLEN, "/w{}", 4);
	assert_int_equal(job_decode(w, sizeof(w), &k), 0);
	assert_int_equal(k.tool, TOOL_BASH);
	assert_int_equal(k.time_ms, 1);
	assert_int_equal(k.output_max, 2);
	assert_memory_equal(k.cwd, "/w", 2);
	assert_memory_equal(k.args, "{}", 2);
	for (i = 0; i < sizeof(w); i++)			/* cut anywhere */
		assert_int_equal(job_decode(w, i, &k), -1);
	w[4] = TOOL_MAX;
	assert_int_equal(job_decode(w, sizeof(w), &k), -1);
	w[4] = TOOL_BASH;
	w[JOB_HDRLEN] = '\0';
	assert_int_equal(job_decode(w, sizeof(w), &k), -1);
}

static void
test_grant(void **state)
{
	struct job_grant	 g = { TOOL_EDIT, 1, { 1, 2, 3 } }, k;
	uint8_t			 w[JOB_GRANTLEN + 1];
	size_t			 i;

	(void)state;
	job_grant_encode(&g, w);
	assert_int_equal(job_grant_decode(w, sizeof(w), &k), 0);
	assert_memory_equal(&g, &k, sizeof(g));
	for (i = 0; i < JOB_GRANTLEN; i++)
		assert_int_equal(job_grant_decode(w, i, &k), -1);
	w[5] = 2;
	assert_int_equal(job_grant_decode(w, sizeof(w), &k), -1);
	w[5] = 0;
	w[3] = '2';
	assert_int_equal(job_grant_decode(w, sizeof(w), &k), -1);
}

static void
test_tiers(void **state)
{
	(void)state;
	assert_true(tier_allows(TIER_READ_ONLY, TOOL_READ));
	assert_true(tier_allows(TIER_READ_ONLY, TOOL_WEBFETCH));
	assert_true(tier_allows(TIER_SOCIAL, TOOL_WEBFETCH));
	assert_false(tier_allows(TIER_NONE, TOOL_WEBFETCH));
	assert_false(tier_allows(TIER_READ_ONLY, TOOL_BASH));
	assert_false(tier_allows(TIER_READ_ONLY, TOOL_WRITE));
	assert_false(tier_allows(TIER_NONE, TOOL_READ));
	assert_true(tier_allows(TIER_WRITE_LOCAL, TOOL_BASH));
	assert_false(tier_allows(TIER_MAX, TOOL_READ));
	assert_false(tier_allows(TIER_FULL_ACCESS, TOOL_MAX));
	assert_int_equal(tool_byname("Bash"), TOOL_BASH);
	assert_int_equal(tool_byname("bash"), TOOL_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_base64),
		cmocka_unit_test(test_json_string),
		cmocka_unit_test(test_text_filters),
		cmocka_unit_test(test_secret),
		cmocka_unit_test(test_job),
		cmocka_unit_test(test_grant),
		cmocka_unit_test(test_tiers),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
