/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The second factor without its engine: codes, seals, the file, the limits.
 */
#include <sys/stat.h>
#include <sys/wait.h>

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
#include "engines/totp/disk.h"
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
	(void)unlinkat(fd, TRIES_FILE, 0);
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
		/* libsodium writes it with hardware only. */
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

/*
 * A file that hardware sealed, made by another program: read with and without
 * such hardware.  nettle looks at the processor once, at its start.
 */
static int
golden(void)
{
	static const char	 hex[] =
	    "74656c636c617564652d746f74702031206165732d3235362d67636d0a00"
	    "0102030405060708090a0b0c0d0e0f0e0801404142434445464748494a4b"
	    "4c4d4e4f00010561646d696e808182838485868788898a8ba0244472b9db"
	    "4d7c9624b49d8a88ca894c51e6f8009c644b60a5bdb34b55cf3598933ae9"
	    "a7da53ae2fbd78f4";
	static struct tf	 f;
	uint8_t			 b[sizeof(hex) / 2], key[SEAL_KEYLEN];
	uint8_t			 plain[TF_PLAIN];
	unsigned		 i, v;

	for (i = 0; i < sizeof(b); i++) {
		if (sscanf(hex + 2 * i, "%2x", &v) != 1)
			return (1);
		b[i] = (uint8_t)v;
	}
	if (tf_read(b, sizeof(b), &f) == -1 || f.alg != TFA_AES256GCM ||
	    seal_derive(&f, "golden key", 10, key) == -1 ||
	    seal_open(&f, 0, key, plain) == -1 ||
	    memcmp(plain, "12345678901234567890\0\0\0\0\3\x60\xaa\x2b",
	    TF_PLAIN) != 0)
		return (1);
	f.entry[0].sealed[TF_SEALED - 1] ^= 1;
	if (seal_open(&f, 0, key, plain) != -1)
		return (2);
	key[0] ^= 1;
	f.entry[0].sealed[TF_SEALED - 1] ^= 1;
	return (seal_open(&f, 0, key, plain) != -1 ? 3 : 0);
}

static void
test_aes(void **state)
{
	static char	 name[] = "t_totp", soft[] = "soft";
	static char	 none[] = "NETTLE_FAT_OVERRIDE=vendor:other";
	char		*argv[] = { name, soft, NULL };
	char		*envp[] = { none, NULL };
	int		 status = -1;
	pid_t		 pid;

	(void)state;
	assert_int_equal(golden(), 0);
	if ((pid = fork()) == 0) {
		execve("/proc/self/exe", argv, envp);
		_exit(99);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static struct verdict
tried(struct check *c, const char *user, int64_t by, const char *code,
    uint64_t wall_s, uint64_t mono_ms)
{
	const struct try_code	 t = { user, by, code, wall_s, mono_ms };

	return (check_verify(c, &t));
}

static void
check_new(struct check *c, struct store *s, const char *key)
{
	store_new(s, key);
	assert_int_equal(check_init(c, s), 0);
	assert_int_equal(check_load(c, 1), 0);
}

static void
check_gone(struct check *c)
{
	secret_free(&c->mem);
	store_close(c->store);
}

static void
enrolled(struct check *c, const char *user)
{
	char			 uri[512], code[OTP_DIGITS + 1];
	struct try_code		 t = { user, BY_TERMINAL, code, T0, 1 };
	unsigned		 i;

	assert_int_equal(check_enrol(c, user, uri, sizeof(uri), 1), TR_OK);
	assert_int_equal(check_state(c, user, 1), TS_PENDING);
	for (i = 0; strcmp(c->pending[i].user, user) != 0; i++)
		;
	assert_int_equal(otp_code(c->pending[i].seed, T0 / 30, code), 0);
	assert_int_equal(check_confirm(c, &t).result, TR_OK);
	assert_int_equal(check_state(c, user, 1), TS_ACTIVE);
}

static void
code_at(struct check *c, const char *user, uint64_t wall_s,
    char code[OTP_DIGITS + 1])
{
	assert_int_equal(otp_code(store_find(c->store, user)->seed,
	    wall_s / 30, code), 0);
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
	check_new(&c, &s, "key");
	enrolled(&c, "admin");
	code_at(&c, "admin", T0 + 30, code);
	for (i = 0; i < TRIES_MAX; i++) {
		v = tried(&c, "admin", 7, "abcdef", T0 + 30, 1000);
		assert_int_equal(v.result, TR_WRONG);
	}
	v = tried(&c, "admin", 7, code, T0 + 30, 2000);
	assert_int_equal(v.result, TR_LOCKED);
	assert_int_equal(v.wait_s, 300);
	v = tried(&c, "admin", 7, code, T0 + 30, 2000 + 299999);
	assert_int_equal(v.result, TR_LOCKED);
	assert_int_equal(v.wait_s, 1);
	v = tried(&c, "admin", 7, code, T0 + 30, 2000 + 300000);
	assert_int_equal(v.result, TR_OK);
	/* Wrong ones spread over minutes lock nobody. */
	for (i = 0; i < STREAK_MAX - 1; i++) {
		v = tried(&c, "admin", 7, "000000", T0 + 9000,
		    400000 + (uint64_t)i * 20000);
		assert_int_equal(v.result, TR_WRONG);
	}
	assert_int_equal(tried(&c, "nobody", 7, code, T0, 1).result,
	    TR_NONE);
	assert_int_equal(tried(&c, "", 7, code, T0, 1).result, TR_NONE);
	check_gone(&c);
}

/* What one number does wrong is not the other's fault. */
static void
test_numbers(void **state)
{
	struct store	 s;
	struct check	 c;
	char		 code[OTP_DIGITS + 1];
	int		 i;

	(void)state;
	check_new(&c, &s, "key");
	enrolled(&c, "family");
	enrolled(&c, "other");
	code_at(&c, "family", T0 + 30, code);
	for (i = 0; i < 10 * TRIES_MAX; i++)
		(void)tried(&c, "family", 42, "abcdef", T0 + 30, 1000);
	assert_int_equal(tried(&c, "family", 42, code, T0 + 30, 1000).result,
	    TR_LOCKED);
	assert_int_equal(tried(&c, "family", 43, code, T0 + 30, 1000).result,
	    TR_OK);
	/* A right one of another number opens nothing for the first, and what
	 * is used is used for all. */
	assert_int_equal(tried(&c, "family", 42, code, T0 + 30, 1001).result,
	    TR_LOCKED);
	assert_int_equal(tried(&c, "family", 44, code, T0 + 30, 1001).result,
	    TR_USED);
	code_at(&c, "other", T0 + 30, code);
	assert_int_equal(tried(&c, "other", 42, code, T0 + 30, 1001).result,
	    TR_OK);
	check_gone(&c);
}

/* Verdicts about codes that were looked at, among so many tries. */
static unsigned
looked_at(struct check *c, unsigned tries, int many, uint64_t ms)
{
	unsigned	 i, n = 0;
	struct verdict	 v;

	for (i = 0; i < tries; i++) {
		v = tried(c, "admin", many ? 1 + (int64_t)i : 7, "abcdef",
		    T0 + 9000, 1000000 + i * ms);
		assert_true(v.result == TR_WRONG || v.result == TR_LOCKED);
		n += v.result == TR_WRONG;
	}
	return (n);
}

static void
test_force(void **state)
{
	struct store	 s;
	struct check	 c;

	(void)state;
	check_new(&c, &s, "key");
	enrolled(&c, "admin");
	/* At once: five.  One each minute: twenty, then one an hour. */
	assert_int_equal(looked_at(&c, 1000, 0, 0), TRIES_MAX);
	tries_forget(&c.tries, "admin");
	assert_in_range(looked_at(&c, 1000, 0, 61000), STREAK_MAX,
	    STREAK_MAX + 17);
	/* Numbers that are made up help up to the bound of all together. */
	tries_forget(&c.tries, "admin");
	assert_int_equal(looked_at(&c, 1000, 1, 0), TOTAL_MAX);
	tries_forget(&c.tries, "admin");
	assert_in_range(looked_at(&c, 1440, 1, 60000), TOTAL_MAX,
	    TOTAL_MAX + 24);
	check_gone(&c);
}

/* A table that is full of locks locks all; else the quietest makes room. */
static void
test_rows(void **state)
{
	static struct tries	 t;
	uint32_t		 wait;
	char			 user[16];
	int			 i;

	(void)state;
	for (i = 0; i < 3 * TRIES_ROWS; i++) {
		(void)snprintf(user, sizeof(user), "u%d", i % 9);
		tries_wrong(&t, user, 100 + i, 5000 + (uint64_t)i);
	}
	assert_int_equal(t.n, TRIES_ROWS);
	assert_int_equal(t.all_ms, 0);
	for (i = 0; i < (int)t.n; i++)
		t.row[i].locked_ms = 99000;
	tries_wrong(&t, "new", 1, 9000);
	assert_int_equal(tries_locked(&t, "anybody", 5, 9000, &wait), 1);
	assert_int_equal(wait, LOCK_MS / 1000);
	assert_int_equal(tries_locked(&t, "anybody", 5, 9000 + LOCK_MS,
	    &wait), 0);
	/* A day later nothing is left of them. */
	tries_wrong(&t, "new", 1, 9000 + 2 * TOTAL_MS);
	assert_int_equal(t.n, 2);
}

static void
locked_out(struct check *c)
{
	int	 i;

	for (i = 0; i <= TRIES_MAX; i++)
		(void)tried(c, "admin", 7, "abcdef", T0, 1000000);
}

static void
test_restart(void **state)
{
	struct store	 s;
	struct check	 c;
	char		 code[OTP_DIGITS + 1];
	struct verdict	 v;
	int		 i;

	(void)state;
	check_new(&c, &s, "key");
	enrolled(&c, "admin");
	locked_out(&c);
	check_gone(&c);
	/* The same boot: what was left is left. */
	store_new(&s, "key");
	assert_int_equal(check_init(&c, &s), 0);
	assert_int_equal(check_load(&c, 1100000), 0);
	code_at(&c, "admin", T0 + 3000, code);
	v = tried(&c, "admin", 7, code, T0 + 3000, 1100000);
	assert_int_equal(v.result, TR_LOCKED);
	assert_int_equal(v.wait_s, 200);
	check_gone(&c);
	/* A reboot: its clock begins anew, and so does the lock, once. */
	store_new(&s, "key");
	assert_int_equal(check_init(&c, &s), 0);
	assert_int_equal(check_load(&c, 5000), 0);
	v = tried(&c, "admin", 7, code, T0 + 3000, 5000);
	assert_int_equal(v.result, TR_LOCKED);
	assert_int_equal(v.wait_s, 300);
	v = tried(&c, "admin", 7, code, T0 + 3000, 305000);
	assert_int_equal(v.result, TR_OK);
	/* Four wrong ones, a restart: the fifth is the last. */
	for (i = 0; i < TRIES_MAX - 1; i++)
		(void)tried(&c, "admin", 7, "abcdef", T0, 400000);
	check_gone(&c);
	store_new(&s, "key");
	assert_int_equal(check_init(&c, &s), 0);
	assert_int_equal(check_load(&c, 400001), 0);
	assert_int_equal(tried(&c, "admin", 7, "abcdef", T0, 400001).result,
	    TR_WRONG);
	assert_int_equal(tried(&c, "admin", 7, "abcdef", T0, 400001).result,
	    TR_LOCKED);
	check_gone(&c);
}

/* Setting the clock moves no lock, and no code comes back. */
static void
test_clock(void **state)
{
	struct store	 s;
	struct check	 c;
	char		 code[OTP_DIGITS + 1];

	(void)state;
	check_new(&c, &s, "key");
	enrolled(&c, "admin");
	locked_out(&c);
	code_at(&c, "admin", T0 + 86400, code);
	assert_int_equal(tried(&c, "admin", 7, code, T0 + 86400,
	    1000001).result, TR_LOCKED);
	code_at(&c, "admin", T0 + 3000, code);
	assert_int_equal(tried(&c, "admin", 7, code, T0 + 3000,
	    1000000 + LOCK_MS).result, TR_OK);
	assert_int_equal(tried(&c, "admin", 7, code, T0 + 3000,
	    1000001 + LOCK_MS).result, TR_USED);
	/* Set back: what was used or is older stays so. */
	code_at(&c, "admin", T0 + 60, code);
	assert_int_equal(tried(&c, "admin", 7, code, T0 + 60,
	    1000002 + LOCK_MS).result, TR_USED);
	check_gone(&c);
}

/* A count that cannot be read holds everybody for as long as a lock. */
static void
test_triesfile(void **state)
{
	static uint8_t	 buf[TRIES_FILEMAX];
	static struct tries	 t, u;
	struct store	 s;
	struct check	 c;
	size_t		 n, i;
	uint32_t	 wait;

	(void)state;
	tries_wrong(&t, "admin", -5, 77);
	tries_wrong(&t, "b", 1LL << 60, 78);
	n = tries_encode(&t, buf);
	assert_int_equal(tries_decode(&u, buf, n, 100), 0);
	assert_int_equal(u.n, t.n);
	assert_memory_equal(u.row, t.row, sizeof(u.row));
	for (i = 0; i < n; i++)
		assert_int_equal(tries_decode(&u, buf, i, 100), -1);
	check_new(&c, &s, "key");
	enrolled(&c, "admin");
	assert_int_equal(disk_replace(s.dirfd, TRIES_FILE, buf, n - 1), 0);
	assert_int_equal(check_load(&c, 5000), -1);
	assert_int_equal(tries_locked(&c.tries, "admin", 7, 5000, &wait), 1);
	assert_int_equal(tries_locked(&c.tries, "admin", 7, 5000 + LOCK_MS,
	    &wait), 0);
	check_gone(&c);
}

/* One code is good once: to sign in, for an action, to give it up. */
static void
test_disable(void **state)
{
	struct store	 s;
	struct check	 c;
	char		 code[OTP_DIGITS + 1];
	struct try_code	 t = { "admin", 7, code, T0 + 30, 1000 };
	int		 i;

	(void)state;
	check_new(&c, &s, "key");
	enrolled(&c, "admin");
	enrolled(&c, "b");
	code_at(&c, "admin", T0, code);
	t.wall_s = T0;
	assert_int_equal(check_disable(&c, &t).result, TR_USED);
	code_at(&c, "admin", T0 + 30, code);
	t.wall_s = T0 + 30;
	assert_int_equal(check_verify(&c, &t).result, TR_OK);
	assert_int_equal(check_disable(&c, &t).result, TR_USED);
	t.code = "abcdef";
	for (i = 0; i < TRIES_MAX - 1; i++)
		assert_int_equal(check_disable(&c, &t).result, TR_WRONG);
	code_at(&c, "admin", T0 + 60, code);
	t.code = code;
	t.wall_s = T0 + 60;
	assert_int_equal(check_disable(&c, &t).result, TR_LOCKED);
	assert_int_equal(check_verify(&c, &t).result, TR_LOCKED);
	t.by = 8;
	assert_int_equal(check_disable(&c, &t).result, TR_OK);
	assert_int_equal(check_state(&c, "admin", 1000), TS_NONE);
	assert_int_equal(check_state(&c, "b", 1000), TS_ACTIVE);
	assert_null(store_find(&s, "admin"));
	check_gone(&c);
	check_new(&c, &s, "key");
	assert_int_equal(s.n, 1);
	/* What cannot be written does not happen. */
	close(s.dirfd);
	s.dirfd = open("/proc/self", O_RDONLY | O_DIRECTORY);
	assert_int_equal(check_remove(&c, "b"), TR_BROKEN);
	assert_int_equal(check_state(&c, "b", 1), TS_ACTIVE);
	t.user = "b";
	code_at(&c, "b", T0 + 60, code);
	assert_int_equal(check_disable(&c, &t).result, TR_BROKEN);
	assert_int_equal(check_verify(&c, &t).result, TR_USED);
	close(s.dirfd);
	s.dirfd = open(dir, O_RDONLY | O_DIRECTORY);
	assert_int_equal(check_remove(&c, "b"), TR_OK);
	assert_int_equal(check_remove(&c, "b"), TR_NONE);
	assert_int_equal(check_remove(&c, ""), TR_NONE);
	check_gone(&c);
}

static void
test_pending(void **state)
{
	struct store	 s;
	struct check	 c;
	char		 uri[512], user[16], code[OTP_DIGITS + 1];
	struct try_code	 t = { "late", BY_TERMINAL, code, T0, 60 };
	unsigned	 i;

	(void)state;
	check_new(&c, &s, "key");
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
	assert_int_equal(check_confirm(&c, &t).result, TR_BROKEN);
	assert_int_equal(check_state(&c, "late", 60), TS_PENDING);
	assert_int_equal(s.n, 0);
	assert_int_equal(check_remove(&c, "late"), TR_OK);
	assert_int_equal(check_state(&c, "late", 60), TS_NONE);
	check_gone(&c);
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
main(int argc, char **argv)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test_setup_teardown(test_vectors, fresh, gone),
		cmocka_unit_test_setup_teardown(test_file, fresh, gone),
		cmocka_unit_test_setup_teardown(test_aes, fresh, gone),
		cmocka_unit_test_setup_teardown(test_limits, fresh, gone),
		cmocka_unit_test_setup_teardown(test_numbers, fresh, gone),
		cmocka_unit_test_setup_teardown(test_force, fresh, gone),
		cmocka_unit_test(test_rows),
		cmocka_unit_test_setup_teardown(test_restart, fresh, gone),
		cmocka_unit_test_setup_teardown(test_clock, fresh, gone),
		cmocka_unit_test_setup_teardown(test_triesfile, fresh, gone),
		cmocka_unit_test_setup_teardown(test_disable, fresh, gone),
		cmocka_unit_test_setup_teardown(test_pending, fresh, gone),
		cmocka_unit_test_setup_teardown(test_many, fresh, gone),
	};

	(void)argv;
	if (argc > 1)
		return (seal_init() == -1 ? 9 : golden());
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
