/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The audit log without its engine: lines, their end, credentials in them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <sodium.h>

#include "engines/audit/budget.h"
#include "engines/audit/line.h"
#include "engines/audit/seal.h"
#include "imsg/values.h"
#include "telclauded/lib/text.h"

static void
add(struct buf *b, uint64_t seq, const char *detail, uint8_t prev[32])
{
	struct msg_AUDIT_LINE	 m;
	size_t			 from = b->len;

	memset(&m, 0, sizeof(m));
	str_copy(m.event, "message", sizeof(m.event));
	m.detail = text_of(detail, strlen(detail));
	assert_int_equal(line_format(b, &m, seq, 1700000000123, prev), 0);
	audit_hash(b->p + from, b->len - from - 1, prev);
}

static void
test_line(void **state)
{
	struct msg_AUDIT_LINE	 m;
	struct buf		 b;
	uint8_t			 prev[32] = { 0xab }, got[32];
	json_t			*j;
	uint64_t		 seq;

	(void)state;
	memset(&m, 0, sizeof(m));
	str_copy(m.event, "tool_call", sizeof(m.event));
	m.verdict = AV_RATE_LIMITED;
	m.detail = text_of("bad \xff\n\"quote\" \0x", 16);
	m.digest[31] = 1;
	m.job = 9;
	m.ms = 5;
	buf_init(&b);
	assert_int_equal(line_format(&b, &m, 42, 1700000000123, prev), 0);
	j = json_loads(b.p, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
	assert_non_null(j);
	assert_string_equal(json_string_value(json_object_get(j, "outcome")),
	    "rate_limited");
	assert_string_equal(json_string_value(json_object_get(j,
	    "timestamp")), "2023-11-14T22:13:20.123Z");
	assert_string_equal(json_string_value(json_object_get(j,
	    "eventTime")), "1970-01-01T00:00:00.005Z");
	assert_non_null(json_object_get(j, "errorType"));
	assert_null(json_object_get(j, "chatId"));
	json_decref(j);
	assert_int_equal(audit_parse(b.p, b.len - 1, &seq, got), 0);
	assert_int_equal(seq, 42);
	assert_memory_equal(got, prev, sizeof(prev));
	m.verdict = 200;
	buf_free(&b);
	assert_int_equal(line_format(&b, &m, 43, 1, prev), 0);
	assert_non_null(strstr(b.p, "\"outcome\":\"error\""));
	buf_free(&b);
}

static void
test_preview(void **state)
{
	struct msg_AUDIT_LINE	 m;
	struct buf		 b;
	uint8_t			 prev[32] = { 0 };
	char			 words[401];
	json_t			*j;
	size_t			 i;

	(void)state;
	for (i = 0; i < 400; i += 2)
		memcpy(words + i, "\xc3\xa4", 2);
	words[400] = '\0';
	memset(&m, 0, sizeof(m));
	str_copy(m.event, "turn", sizeof(m.event));
	m.preview = text_of(words, strlen(words));
	m.observed = OB_BLOCK;
	m.sure = 95;
	m.took_ms = 1200;
	m.microusd = 1000350;
	buf_init(&b);
	assert_int_equal(line_format(&b, &m, 1, 1700000000123, prev), 0);
	j = json_loads(b.p, 0, NULL);
	assert_non_null(j);
	assert_int_equal(strlen(json_string_value(json_object_get(j,
	    "messagePreview"))), 200);
	assert_string_equal(json_string_value(json_object_get(j,
	    "observerClassification")), "BLOCK");
	assert_true(json_real_value(json_object_get(j,
	    "observerConfidence")) == 0.95);
	assert_int_equal(json_integer_value(json_object_get(j,
	    "executionTimeMs")), 1200);
	assert_true(json_real_value(json_object_get(j, "costUsd")) ==
	    1.00035);
	json_decref(j);
	buf_free(&b);
	/* None of it where it says nothing. */
	add(&b, 2, "one", prev);
	assert_null(strstr(b.p, "observer"));
	assert_null(strstr(b.p, "costUsd"));
	assert_null(strstr(b.p, "executionTimeMs"));
	assert_null(strstr(b.p, "messagePreview"));
	buf_free(&b);
}

static void
test_tail(void **state)
{
	struct audit_tail	 t;
	struct buf		 b;
	uint8_t			 prev[32] = { 0 };
	size_t			 one, two, i;

	(void)state;
	assert_int_equal(audit_tail("", 0, 1, &t), 0);
	assert_int_equal(t.seq, 0);
	assert_false(t.damage.any || t.cut);
	buf_init(&b);
	add(&b, 1, "one", prev);
	one = b.len;
	add(&b, 2, "two", prev);
	two = b.len;
	/* Every place a crash can leave it at. */
	for (i = 1; i <= two; i++) {
		if (audit_tail(b.p, i, 1, &t) == -1)
			fail_msg("cut at %zu", i);
		assert_int_equal(t.seq,
		    i >= two - 1 ? 2 : i >= one - 1 ? 1 : 0);
		assert_int_equal(t.damage.any, i != two && i != two - 1 &&
		    i != one && i != one - 1);
		assert_int_equal(t.cut, i != one && i != two);
	}
	/* Only the end is read of a long log; its first line is cut. */
	assert_int_equal(audit_tail(b.p + 9, two - 9, 0, &t), 0);
	assert_int_equal(t.seq, 2);
	assert_memory_equal(t.hash, prev, 32);
	/* No line of ours at all. */
	assert_int_equal(audit_tail("hello\n", 6, 1, &t), -1);
	assert_int_equal(audit_tail("hello\nyou", 9, 1, &t), -1);
	assert_int_equal(audit_tail(b.p + 9, one - 9, 0, &t), -1);
	buf_free(&b);
}

static void
test_parse(void **state)
{
	static const char	 tail[] = ",\"prev\":\"0000000000000000"
	    "000000000000000000000000000000000000000000000000\"}";
	static const char *const bad[] = { "{\"seq\":0", "{\"seq\":01",
	    "{\"seq\":-1", "{\"seq\":", "{\"seq\":99999999999999999999999",
	    "{\"seq\":1x", "{\"sex\":1", "" };
	char			 line[256];
	uint8_t			 prev[32];
	uint64_t		 seq;
	size_t			 i;

	(void)state;
	str_format(line, sizeof(line), "{\"seq\":7%s", tail);
	assert_int_equal(audit_parse(line, strlen(line), &seq, prev), 0);
	assert_int_equal(seq, 7);
	line[strlen(line) - 5] = 'G';
	assert_int_equal(audit_parse(line, strlen(line), &seq, prev), -1);
	for (i = 0; i < NELEM(bad); i++) {
		str_format(line, sizeof(line), "%s%s", bad[i], tail);
		assert_int_equal(audit_parse(line, strlen(line), &seq, prev),
		    -1);
	}
}

static void
test_redact(void **state)
{
	static const char *const pairs[][2] = {
		{ "key sk-ant-api03-abcdefgh_XYZ.",
		    "key [REDACTED:anthropic_key]." },
		{ "123456789:AAabcdefghijklmnopqrstuvwxyz012345 x",
		    "[REDACTED:bot_token] x" },
		{ "url/bot123456789:AAabcdefghijklmnopqrstuvwxyz012345/getMe",
		    "url/bot[REDACTED:bot_token]/getMe" },
		{ "ghp_abcdefghijklmnopqrstuvwxyz", "[REDACTED:github_token]" },
		{ "AKIAIOSFODNN7EXAMPLE", "[REDACTED:aws_key]" },
		{ "Authorization: Bearer abcdefghijklmnopqrstuvwx",
		    "Authorization: [REDACTED:bearer]" },
		{ "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE "
		    "KEY-----\nrest", "[REDACTED:private_key]\nrest" },
		{ "-----BEGIN PRIVATE KEY-----\nabc",
		    "[REDACTED:private_key]" },
		{ "ask-ant-12345678 task-force sk-", "ask-ant-12345678 "
		    "task-force sk-" },
		{ "time 12:30, 123456:short", "time 12:30, 123456:short" },
		{ "", "" },
	};
	char	*s;
	size_t	 i, n;

	(void)state;
	for (i = 0; i < NELEM(pairs); i++) {
		s = line_redact(pairs[i][0], strlen(pairs[i][0]), &n);
		assert_non_null(s);
		assert_string_equal(s, pairs[i][1]);
		assert_int_equal(n, strlen(pairs[i][1]));
		free(s);
	}
}

static void
test_seal(void **state)
{
	uint8_t		 pub[SEAL_PUBLEN], key[SEAL_KEYLEN], prev[32] = { 7 };
	uint8_t		 other[SEAL_PUBLEN], seed[32] = { 1 }, hash[32];
	struct buf	 b;
	uint64_t	 seq;
	size_t		 i;

	(void)state;
	crypto_sign_seed_keypair(pub, key, seed);
	memcpy(other, pub, sizeof(other));
	other[0] ^= 1;
	buf_init(&b);
	assert_int_equal(seal_line(&b, 12, 1700000000123, prev, key), 0);
	assert_int_equal(b.p[b.len - 1], '\n');
	assert_int_equal(audit_parse(b.p, b.len - 1, &seq, hash), 0);
	assert_int_equal(seq, 12);
	assert_memory_equal(hash, prev, 32);
	assert_int_equal(seal_check(b.p, b.len - 1, prev, pub), SEAL_GOOD);
	assert_int_equal(seal_check(b.p, b.len - 1, prev, NULL), SEAL_GOOD);
	assert_int_equal(seal_check(b.p, b.len - 1, prev, other), SEAL_BAD);
	assert_int_equal(seal_check(b.p, b.len - 1, seed, pub), SEAL_BAD);
	assert_int_equal(seal_check("{\"seq\":1}", 9, prev, pub), SEAL_NONE);
	/* Number, time and signature are all covered. */
	for (i = 7; i < b.len - 80; i++) {
		b.p[i] ^= 1;
		assert_int_not_equal(seal_check(b.p, b.len - 1, prev, pub),
		    SEAL_GOOD);
		b.p[i] ^= 1;
	}
	buf_free(&b);
}

static void
test_note(void **state)
{
	uint8_t		 pub[SEAL_PUBLEN], key[SEAL_KEYLEN], hash[32] = { 9 };
	uint8_t		 got[32], seed[32] = { 2 };
	struct buf	 b;
	uint64_t	 seq = 0;
	size_t		 i;

	(void)state;
	crypto_sign_seed_keypair(pub, key, seed);
	buf_init(&b);
	assert_int_equal(seal_note(&b, 18446744073709551615ULL, hash, key),
	    0);
	assert_true(b.len < SEAL_HEADMAX);
	assert_int_equal(seal_note_parse(b.p, b.len, pub, &seq, got), 0);
	assert_true(seq == UINT64_MAX);
	assert_memory_equal(got, hash, 32);
	for (i = 0; i < b.len; i++) {
		b.p[i] ^= 1;
		assert_int_equal(seal_note_parse(b.p, b.len, pub, &seq, got),
		    -1);
		b.p[i] ^= 1;
		assert_int_equal(seal_note_parse(b.p, i, pub, &seq, got), -1);
	}
	buf_free(&b);
}

/* One that writes whenever it may, for an hour; how many bytes it got. */
static uint64_t
greedy(uint64_t line, unsigned every_ms)
{
	struct budget	 b = { 0 };
	uint64_t	 now, sum = 0;

	for (now = 1; now <= 3600 * 1000; now += every_ms)
		if (budget_left(&b, now)) {
			budget_charge(&b, line);
			sum += line;
		}
	return (sum);
}

/* However long its lines are and however often it tries. */
static void
test_budget(void **state)
{
	const uint64_t	 most = (LINES_BURST + 3600ULL * LINES_SECOND) *
	    LINE_BYTES;
	unsigned	 i;

	(void)state;
	for (i = 1; i <= 16; i++) {
		assert_in_range(greedy(512, i), most * 6 / 10, most);
		assert_in_range(greedy(27000, i), most * 9 / 10,
		    most + 27000);
	}
	/* Short ones count as lines. */
	assert_in_range(greedy(100, 1), most * 100 / LINE_BYTES * 9 / 10,
	    most * 100 / LINE_BYTES);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_preview),
		cmocka_unit_test(test_tail),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_redact),
		cmocka_unit_test(test_seal),
		cmocka_unit_test(test_note),
		cmocka_unit_test(test_budget),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
