/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Taking over totp-secrets.json of telclaude 0.5: the form, the seals, all or
 * nobody.
 */
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

#include "engines/totp/legacy.h"

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
	close(fd);
	return (rmdir(dir));
}

/* --- totp-secrets.json ---------------------------------------------------- */
#define KEY	"c3BlYy10ZXN0LWtleQ=="
#define SALT	"AAECAwQFBgcICQoLDA0ODw=="
#define IV	"AAECAwQFBgcICQoL"
#define DATA	"FP8TGUtvho4yVn2rX+K/GAt8l6/ALR0SXCWhlKGVJKE="
#define TAG	"B0D5a8ZG8iuJSEv/sSL7qQ=="
#define ENTRY(iv, data, tag)	"{\"iv\":\"" iv "\",\"data\":\"" data	\
	"\",\"tag\":\"" tag "\"}"
#define GOOD	ENTRY(IV, DATA, TAG)
#define FILE_OF(salt, secrets)	"{\n  \"salt\": \"" salt		\
	"\",\n  \"secrets\": " secrets "\n}\n"
#define FILE1	FILE_OF(SALT, "{\"alice\":" GOOD "}")

static char	 rows[256];

static void
on_import(const char *user, int there, void *ctx)
{
	(void)ctx;
	(void)snprintf(rows + strlen(rows), sizeof(rows) - strlen(rows),
	    "%s%s ", user, there ? "=" : "+");
}

static int
import(struct store *s, const char *json, char why[256])
{
	rows[0] = why[0] = '\0';
	return (legacy_import(s, json, strlen(json), on_import, NULL, why,
	    256));
}

/* Made elsewhere, by two programs that are not this one. */
static void
test_import(void **state)
{
	static const uint8_t	 seed[] = { 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x21,
	    0xde, 0xad, 0xbe, 0xef, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x21, 0xde,
	    0xad, 0xbe, 0xef };
	struct store		 s;
	char			 why[256];

	(void)state;
	store_new(&s, KEY);
	assert_int_equal(s.none, 1);
	assert_int_equal(import(&s, FILE1, why), 0);
	assert_string_equal(rows, "alice+ ");
	assert_memory_equal(store_find(&s, "alice")->seed, seed, 20);
	assert_int_equal(store_find(&s, "alice")->last_step, 0);
	/* Once more changes nothing; another secret of hers stays. */
	assert_int_equal(import(&s, FILE1, why), 0);
	assert_string_equal(rows, "alice= ");
	s.users[0].seed[3] ^= 1;
	assert_int_equal(import(&s, FILE1, why), -1);
	assert_non_null(strstr(why, "another second factor"));
	assert_int_equal(s.n, 1);
	s.users[0].seed[3] ^= 1;
	store_close(&s);
	store_new(&s, KEY);
	assert_int_equal(s.n, 1);
	assert_int_equal(s.none, 0);
	assert_memory_equal(s.users[0].seed, seed, 20);
	store_close(&s);
}

static void
test_import_bad(void **state)
{
	static const struct { const char *json, *why; } bad[] = {
		{ "", "not JSON" }, { "[]", "not a totp" },
		{ "{}", "not a totp" }, { "{\"salt\":\"" SALT "\"}", "not a" },
		{ FILE1 "x", "not JSON" },
		{ FILE_OF(SALT, "[]"), "not a totp" },
		{ FILE_OF("AAEC", "{}"), "not a totp" },
		{ FILE_OF("*", "{}"), "not a totp" },
		{ FILE_OF(SALT, "{\"a\":" GOOD ",\"a\":" GOOD "}"), "duplicate" },
		{ FILE_OF(SALT, "{\"a\":1}"), "entry of a" },
		{ FILE_OF(SALT, "{\"a\":{}}"), "entry of a" },
		{ FILE_OF(SALT, "{\"\":" GOOD "}"), "name" },
		{ FILE_OF(SALT, "{\"a\\n\":" GOOD "}"), "name" },
		{ FILE_OF(SALT, "{\"a\\u0000\":" GOOD "}"), "not JSON" },
		{ FILE_OF(SALT, "{\"a\":" ENTRY("AAEC", DATA, TAG) "}"),
		    "entry of a" },
		{ FILE_OF(SALT, "{\"a\":" ENTRY(IV, "!!!!", TAG) "}"),
		    "entry of a" },
		{ FILE_OF(SALT, "{\"a\":" ENTRY(IV, DATA, IV) "}"),
		    "entry of a" },
		{ FILE_OF(SALT, "{\"a\":" ENTRY("AAECAwQFBgcICQoM", DATA,
		    TAG) "}"), "does not open" },
		{ FILE_OF("AAECAwQFBgcICQoLDA0OEA==", "{\"a\":" GOOD "}"),
		    "does not open" },
		/* Whose is it? */
		{ FILE_OF(SALT, "{\"a\":" GOOD ",\"b\":" GOOD "}"),
		    "same secret" },
	};
	struct store	 s;
	char		 why[256], *big;
	size_t		 i;

	(void)state;
	store_new(&s, KEY);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (import(&s, bad[i].json, why) != -1 ||
		    strstr(why, bad[i].why) == NULL)
			fail_msg("%s: %s", bad[i].json, why);
		assert_int_equal(s.n, 0);
		assert_string_equal(rows, "");
	}
	assert_non_null(big = calloc(1, LEGACY_MAX + 2));
	memset(big, ' ', LEGACY_MAX + 1);
	assert_int_equal(import(&s, big, why), -1);
	assert_non_null(strstr(why, "over"));
	free(big);
	assert_int_equal(faccessat(s.dirfd, STORE_FILE, F_OK, 0), -1);
	store_close(&s);
	/* Another key: not one entry of it, and no file. */
	store_new(&s, "other");
	assert_int_equal(import(&s, FILE1, why), -1);
	assert_non_null(strstr(why, "alice does not open with this key"));
	assert_int_equal(s.n, 0);
	/* Nor beside a file that cannot be read. */
	s.broken = 1;
	assert_int_equal(import(&s, FILE1, why), -1);
	store_close(&s);
}

/* One good and one bad: neither; and what was there stays. */
static void
test_import_all(void **state)
{
	struct store	 s;
	uint8_t		 seed[TF_SEEDLEN] = { 9 };
	char		 why[256];

	(void)state;
	store_new(&s, KEY);
	assert_non_null(store_add(&s, "bob", seed));
	assert_int_equal(store_save(&s), 0);
	assert_int_equal(import(&s, FILE_OF(SALT, "{\"alice\":" GOOD
	    ",\"carl\":" ENTRY(IV, DATA, "AAECAwQFBgcICQoLDA0ODw==") "}"),
	    why), -1);
	assert_int_equal(s.n, 1);
	assert_int_equal(import(&s, FILE_OF(SALT, "{\"bob\":" GOOD "}"),
	    why), -1);
	assert_int_equal(s.n, 1);
	close(s.dirfd);
	s.dirfd = open("/proc/self", O_RDONLY | O_DIRECTORY);
	assert_int_equal(import(&s, FILE1, why), -1);
	assert_non_null(strstr(why, "cannot be written"));
	assert_int_equal(s.n, 1);
	close(s.dirfd);
	s.dirfd = open(dir, O_RDONLY | O_DIRECTORY);
	assert_int_equal(import(&s, FILE1, why), 0);
	assert_int_equal(s.n, 2);
	store_close(&s);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test_setup_teardown(test_import, fresh, gone),
		cmocka_unit_test_setup_teardown(test_import_bad, fresh, gone),
		cmocka_unit_test_setup_teardown(test_import_all, fresh, gone),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
