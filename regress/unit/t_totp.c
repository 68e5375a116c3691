/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The second factor without its engine: codes, seals, the file, the limits.
 */
#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engines/totp/check.h"
#include "engines/totp/otp.h"
#include "engines/totp/seal.h"

#define T0	1700000010u	/* in the middle of a step */

static char	 dir[64];

static void
store_new(struct store *s, const char *key)
{
	struct secret	 pass;
	char		 why[256];
	int		 fd;

	assert_int_equal(secret_alloc(&pass, strlen(key)), 0);
	memcpy(pass.p, key, strlen(key));
	fd = open(dir, O_RDONLY | O_DIRECTORY);
	assert_int_not_equal(fd, -1);
	assert_int_equal(store_init(s, fd, &pass), 0);
	(void)store_load(s, why, sizeof(why));
}

static int
fresh(void **state)
{
	(void)state;
	memcpy(dir, "/tmp/t_totp.XXXXXX", sizeof("/tmp/t_totp.XXXXXX"));
	if (mkdtemp(dir) == NULL)
		return (-1);
	return (seal_init());
}

static int
gone(void **state)
{
	int	 fd = open(dir, O_RDONLY | O_DIRECTORY);

	(void)state;
	(void)unlinkat(fd, STORE_FILE, 0);
	(void)unlinkat(fd, STORE_FILE ".new", 0);
	close(fd);
	return (rmdir(dir));
}

/* RFC 6238 appendix B, the SHA-1 rows, their last six digits. */
static void
test_vectors(void **state)
{
	static const struct { uint64_t t; const char *code; } v[] = {
		{ 59, "287082" }, { 1111111109, "081804" },
		{ 1111111111, "050471" }, { 1234567890, "005924" },
		{ 2000000000, "279037" }, { 20000000000, "353130" },
	};
	const uint8_t	*seed = (const uint8_t *)"12345678901234567890";
	char		 code[OTP_DIGITS + 1], uri[512];
	size_t		 i;

	(void)state;
	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		assert_int_equal(otp_code(seed, v[i].t / 30, code), 0);
		assert_string_equal(code, v[i].code);
	}
	assert_int_equal(otp_match(seed, "050471", 1111111111), 37037037);
	assert_int_equal(otp_match(seed, "050471", 1111111111 + 30), 37037037);
	assert_int_equal(otp_match(seed, "050471", 1111111111 - 30), 37037037);
	assert_int_equal(otp_match(seed, "050471", 1111111111 + 60), 0);
	assert_int_equal(otp_match(seed, "050471 ", 1111111111), 0);
	assert_int_equal(otp_match(seed, "", 1111111111), 0);
	assert_int_equal(otp_match(seed, "05047", 1111111111), 0);
	assert_int_equal(otp_match(seed, "+50471", 1111111111), 0);
	assert_int_equal(otp_uri(seed, "a b&c", uri, sizeof(uri)), 0);
	assert_string_equal(uri, "otpauth://totp/Telclaude:a%20b%26c?secret="
	    "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Telclaude"
	    "&algorithm=SHA1&digits=6&period=30");
	assert_int_equal(otp_uri(seed, "x", uri, 20), -1);
}

static void
test_file(void **state)
{
	static struct tf	 f, g;
	uint8_t			 b[TF_MAX + 1], key[SEAL_KEYLEN] = { 7 };
	uint8_t			 plain[2 * TF_PLAIN], out[TF_PLAIN];
	struct tf_entry		 e;
	size_t			 n, i;
	int			 alg;

	(void)state;
	for (alg = 0; alg < TFA_MAX; alg++) {
		if (alg == TFA_AES256GCM && seal_choose() != TFA_AES256GCM)
			continue;
		memset(&f, 0, sizeof(f));
		f.alg = (enum tf_alg)alg;
		f.log2n = 14;
		f.r = 8;
		f.p = 1;
		f.count = 2;
		memcpy(f.entry[0].user, "admin", 6);
		memcpy(f.entry[1].user, "other", 6);
		memset(plain, 0x5a, sizeof(plain));
		seal_all(&f, plain, key);
		n = tf_write(&f, b);
		assert_int_equal(tf_read(b, n, &g), 0);
		assert_int_equal(seal_open(&g, 0, key, out), 0);
		assert_memory_equal(out, plain, TF_PLAIN);
		/* Nothing shorter or longer is a file, no bit is free. */
		for (i = 0; i < n; i++)
			assert_int_equal(tf_read(b, i, &g), -1);
		b[n] = 0;
		assert_int_equal(tf_read(b, n + 1, &g), -1);
		for (i = 0; i < n * 8; i++) {
			b[i / 8] ^= (uint8_t)(1 << (i % 8));
			if (tf_read(b, n, &g) == 0)
				assert_true(seal_open(&g, 0, key, out) == -1 ||
				    seal_open(&g, 1, key, out) == -1);
			b[i / 8] ^= (uint8_t)(1 << (i % 8));
		}
		/* Not another person's, not of an older file. */
		g = f;
		e = g.entry[0];
		g.entry[0] = g.entry[1];
		g.entry[1] = e;
		assert_int_equal(seal_open(&g, 0, key, out), -1);
		g = f;
		memcpy(g.entry[0].user, "other", 6);
		assert_int_equal(seal_open(&g, 0, key, out), -1);
		g = f;
		seal_all(&f, plain, key);
		g.entry[0] = f.entry[0];
		assert_int_equal(seal_open(&g, 0, key, out), -1);
		key[0]++;
		assert_int_equal(seal_open(&f, 0, key, out), -1);
		key[0]--;
	}
}

static void
enrolled(struct check *c, const char *user)
{
	char			 uri[512], code[OTP_DIGITS + 1];
	struct verdict		 v;

	assert_int_equal(check_enrol(c, user, uri, sizeof(uri), 1), TR_OK);
	assert_int_equal(check_state(c, user, 1), TS_PENDING);
	assert_int_equal(otp_code(c->pending[0].seed, T0 / 30, code), 0);
	v = check_confirm(c, user, code, T0, 1);
	assert_int_equal(v.result, TR_OK);
	assert_int_equal(check_state(c, user, 1), TS_ACTIVE);
}

static void
test_limits(void **state)
{
	struct store	 s;
	struct check	 c;
	struct verdict	 v;
	char		 code[OTP_DIGITS + 1];
	int		 i;

	(void)state;
	store_new(&s, "key");
	assert_int_equal(check_init(&c, &s), 0);
	enrolled(&c, "admin");
	assert_int_equal(otp_code(s.users[0].seed, T0 / 30 + 1, code), 0);
	for (i = 0; i < TRIES_MAX; i++) {
		v = check_verify(&c, "admin", "abcdef", T0 + 30, 1000);
		assert_int_equal(v.result, TR_WRONG);
	}
	v = check_verify(&c, "admin", code, T0 + 30, 2000);
	assert_int_equal(v.result, TR_LOCKED);
	assert_int_equal(v.wait_s, 300);
	v = check_verify(&c, "admin", code, T0 + 30, 2000 + 299999);
	assert_int_equal(v.result, TR_LOCKED);
	assert_int_equal(v.wait_s, 1);
	v = check_verify(&c, "admin", code, T0 + 30, 2000 + 300000);
	assert_int_equal(v.result, TR_OK);
	/* Wrong ones spread over minutes lock nobody. */
	for (i = 0; i < 3 * TRIES_MAX; i++) {
		v = check_verify(&c, "admin", "000000", T0 + 9000,
		    400000 + (uint64_t)i * 20000);
		assert_int_equal(v.result, TR_WRONG);
	}
	assert_int_equal(check_verify(&c, "nobody", code, T0, 1).result,
	    TR_NONE);
	assert_int_equal(check_verify(&c, "", code, T0, 1).result, TR_NONE);
	secret_free(&c.mem);
	store_close(&s);
}

static void
test_pending(void **state)
{
	struct store	 s;
	struct check	 c;
	char		 uri[512], user[16], code[OTP_DIGITS + 1];
	unsigned	 i;

	(void)state;
	store_new(&s, "key");
	assert_int_equal(check_init(&c, &s), 0);
	for (i = 0; i < 3 * PENDING_MAX; i++) {
		(void)snprintf(user, sizeof(user), "u%u", i);
		assert_int_equal(check_enrol(&c, user, uri, sizeof(uri),
		    1 + i), TR_OK);
	}
	/* The newest are kept, and only for a while. */
	assert_int_equal(check_state(&c, "u0", 50), TS_NONE);
	assert_int_equal(check_state(&c, "u23", 50), TS_PENDING);
	assert_int_equal(check_state(&c, "u23", 50 + PENDING_MS), TS_NONE);
	assert_int_equal(check_enrol(&c, "", uri, sizeof(uri), 1), TR_NONE);
	/* A file that cannot be written leaves the person pending. */
	assert_int_equal(check_enrol(&c, "late", uri, sizeof(uri), 60), TR_OK);
	for (i = 0; i < PENDING_MAX; i++)
		if (strcmp(c.pending[i].user, "late") == 0)
			break;
	assert_int_equal(otp_code(c.pending[i].seed, T0 / 30, code), 0);
	close(s.dirfd);
	s.dirfd = open("/proc/self", O_RDONLY | O_DIRECTORY);
	assert_int_equal(check_confirm(&c, "late", code, T0, 60).result,
	    TR_BROKEN);
	assert_int_equal(check_state(&c, "late", 60), TS_PENDING);
	assert_int_equal(s.n, 0);
	secret_free(&c.mem);
	store_close(&s);
}

static void
test_many(void **state)
{
	struct store	 s, t;
	uint8_t		 seed[TF_SEEDLEN];
	char		 user[16];
	unsigned	 i;

	(void)state;
	store_new(&s, "key");
	for (i = 0; i < TF_USERS; i++) {
		(void)snprintf(user, sizeof(user), "u%u", i);
		memset(seed, (int)i, sizeof(seed));
		assert_non_null(store_add(&s, user, seed));
		s.users[i].last_step = (uint64_t)i << 33;
	}
	assert_null(store_add(&s, "more", seed));
	assert_int_equal(store_save(&s), 0);
	store_close(&s);
	store_new(&t, "key");
	assert_int_equal(t.n, TF_USERS);
	assert_int_equal(t.users[63].last_step, (uint64_t)63 << 33);
	assert_int_equal(t.users[63].seed[0], 63);
	store_close(&t);
	store_new(&t, "kez");
	assert_true(t.broken);
	assert_int_equal(t.n, 0);
	assert_int_equal(store_save(&t), -1);
	store_close(&t);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test_setup_teardown(test_vectors, fresh, gone),
		cmocka_unit_test_setup_teardown(test_file, fresh, gone),
		cmocka_unit_test_setup_teardown(test_limits, fresh, gone),
		cmocka_unit_test_setup_teardown(test_pending, fresh, gone),
		cmocka_unit_test_setup_teardown(test_many, fresh, gone),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
