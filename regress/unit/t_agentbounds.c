/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What one answer and its tools may bring into a conversation: long results
 * keep head and tail, many share, a hundred calls at once all get run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engines/agent/store.h"
#include "regress/unit/agent_world.h"

#define END	E_STOP("end_turn"), E_DONE, NULL
#define MANY	100

/* An answer with n Bash calls "cN". */
static const char *
many_calls(unsigned n)
{
	struct buf	 b;
	unsigned	 i;
	const char	*s;

	buf_init(&b);
	buf_printf(&b, "data: %s\n\n", E_START);
	for (i = 0; i < n; i++)
		buf_printf(&b, "data: {\"type\":\"content_block_start\","
		    "\"index\":%u,\"content_block\":{\"type\":\"tool_use\","
		    "\"id\":\"t%u\",\"name\":\"Bash\",\"input\":{\"command\":"
		    "\"c%u.\"}}}\n\ndata: {\"type\":\"content_block_stop\","
		    "\"index\":%u}\n\n", i, i, i, i);
	buf_printf(&b, "data: %s\n\ndata: %s\n\n", E_STOP("tool_use"), E_DONE);
	s = b.p;
	return (s);
}

/* The text of result i of the last message. */
static const char *
result_text(size_t i)
{
	const json_t	*ms, *c;

	ms = json_object_get(world_request(), "messages");
	c = json_object_get(json_array_get(ms, json_array_size(ms) - 1),
	    "content");
	c = json_object_get(json_array_get(c, i), "content");
	return (json_string_value(json_object_get(json_array_get(c, 0),
	    "text")));
}

static char *
long_text(size_t n)
{
	char	*p;
	size_t	 i;

	/* Two bytes a character, at odd places: cuts fall inside of one. */
	assert_non_null(p = malloc(n + 1));
	memcpy(p, "=head==", 7);
	for (i = 7; i + 7 < n; i += 2)
		memcpy(p + i, "\xc3\xa4", 2);
	memcpy(p + n - 7, "=tail=.", 8);
	return (p);
}

static void
one_result(size_t size, int whole)
{
	struct outcome	 o = { .args = "c0." };
	const char	*s, *call = many_calls(1);
	char		*text = long_text(size);

	world_fresh();
	o.out = text;
	w.outcomes = &o;
	w.noutcomes = 1;
	world_answer(200, call);
	world_answer(200, sse(E_START, E_TEXT(0), E_SAY(0, "ok"), E_END(0),
	    END));
	world_turn(1, 900 + size, "hi");
	assert_int_equal(w.end.outcome, TO_OK);
	s = result_text(0);
	assert_memory_equal(s, "=head=", 6);
	assert_string_equal(s + strlen(s) - 7, "=tail=.");
	if (whole)
		assert_string_equal(s, text);
	else {
		assert_non_null(strstr(s, "bytes in the middle are left out"));
		assert_true(strlen(s) > 100 << 10 && strlen(s) < 103 << 10);
		assert_null(strstr(s, "\xef\xbf\xbd"));
	}
	free(text);
	free((void *)(uintptr_t)call);
}

static void
long_results(void **state)
{
	(void)state;
	one_result(60000, 1);
	one_result(61440, 1);
	one_result(102400, 1);
	one_result(102402, 0);
	one_result(1000000, 0);
	one_result(5000000, 0);
}

/* All are run, though the relay takes sixteen at once. */
static void
hundred(void **state)
{
	const char	*calls = many_calls(MANY);
	unsigned	 i;

	(void)state;
	world_fresh();
	world_answer(200, calls);
	world_answer(200, sse(E_START, E_TEXT(0), E_SAY(0, "ok"), E_END(0),
	    END));
	world_turn(1, 800, "hi");
	assert_int_equal(w.end.outcome, TO_OK);
	assert_int_equal(w.ncalls, MANY);
	for (i = 0; i < MANY; i++)
		assert_string_equal(result_text(i), "done");
	free((void *)(uintptr_t)calls);
}

static int
all_out(void)
{
	return (w.ncalls >= CALLS_ATONCE);
}

static void
sixteen_at_once(void **state)
{
	static const struct outcome	 o = { .args = "c", .never = 1 };
	struct msg_TURN_STOP		 stop = { .turn = 1 };
	const char			*calls = many_calls(MANY);

	(void)state;
	world_fresh();
	w.outcomes = &o;
	w.noutcomes = 1;
	world_answer(200, calls);
	world_start(1, 801, "hi");
	world_run(all_out, 2000);
	msg_send_TURN_STOP(w.frelay, 0, -1, &stop);
	world_run(world_turn_done, 2000);
	assert_int_equal(w.ncalls, CALLS_ATONCE);
	/* The transcript has a result for each. */
	world_fresh();
	world_answer(200, sse(E_START, E_TEXT(0), E_SAY(0, "ok"), E_END(0),
	    END));
	world_turn(2, 801, "and now?");
	assert_string_equal(result_text(0), CONV_LOST);
	assert_string_equal(result_text(MANY - 1),
	    "interrupted: this did not run");
	free((void *)(uintptr_t)calls);
}

static void
shared(void **state)
{
	struct outcome	 o = { .args = "c" };
	const char	*calls = many_calls(20), *s;
	char		*text = long_text(90000);
	size_t		 sum = 0;
	unsigned	 i;

	(void)state;
	world_fresh();
	o.out = text;
	w.outcomes = &o;
	w.noutcomes = 1;
	world_answer(200, calls);
	world_answer(200, sse(E_START, E_TEXT(0), E_SAY(0, "ok"), E_END(0),
	    END));
	world_turn(1, 802, "hi");
	assert_int_equal(w.end.outcome, TO_OK);
	for (i = 0; i < 20; i++) {
		s = result_text(i);
		sum += strlen(s);
		assert_memory_equal(s, "=head=", 6);
		assert_string_equal(s + strlen(s) - 7, "=tail=.");
		assert_null(strstr(s, "\xef\xbf\xbd"));
	}
	assert_true(sum > 380 << 10 && sum < 410 << 10);
	free(text);
	free((void *)(uintptr_t)calls);
}

static int
spoken(void)
{
	return (w.text.len > 0);
}

static int
three_done(void)
{
	return (w.ndone >= 3);
}

/* The transcript breaks under a conversation others wait for: none of them
 * waits for ever. */
static void
broken_store(void **state)
{
	struct msg_TURN_STOP	 stop = { .turn = 1 };

	(void)state;
	world_fresh();
	w.ndone = 0;
	world_answer(200, sse(E_START, E_TEXT(0), E_SAY(0, "I am "), NULL));
	world_last()->hold = 1;
	world_start(1, 803, "hi");
	world_run(spoken, 2000);
	world_start(2, 803, "second");
	world_start(3, 803, "third");
	store_close();
	msg_send_TURN_STOP(w.frelay, 0, -1, &stop);
	world_run(three_done, 2000);
	assert_int_equal(w.end.outcome, TO_BROKEN);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(long_results),
		cmocka_unit_test(hundred),
		cmocka_unit_test(sixteen_at_once),
		cmocka_unit_test(shared),
		cmocka_unit_test(broken_store),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, world_setup, world_teardown));
}
