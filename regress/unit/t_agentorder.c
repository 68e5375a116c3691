/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Hundreds of turns whose answers, cuts, stops and restarts come in an order
 * nobody chose: no request may break the rules of the server.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "regress/unit/agent_world.h"

#define SAID(s) E_START, E_TEXT(0), E_SAY(0, s), E_END(0)
#define END	E_STOP("end_turn"), E_DONE, NULL

static void
stop_turn(uint64_t id)
{
	struct msg_TURN_STOP	 m = { .turn = id };

	msg_send_TURN_STOP(w.frelay, 0, -1, &m);
	world_run(world_turn_done, 2000);
}

static unsigned
roll(unsigned n)
{
	static uint32_t	 x = 20261123;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return (x % n);
}

#define THINK(i) "{\"type\":\"content_block_start\",\"index\":" #i "," \
		"\"content_block\":{\"type\":\"thinking\","	\
		"\"thinking\":\"\"}}",				\
	    "{\"type\":\"content_block_delta\",\"index\":" #i "," \
		"\"delta\":{\"type\":\"thinking_delta\","	\
		"\"thinking\":\"hm\"}}",				\
	    "{\"type\":\"content_block_delta\",\"index\":" #i "," \
		"\"delta\":{\"type\":\"signature_delta\",\"signature\":" \
		"\"c2ln\"}}", E_END(i)

static const char *
rich(const char *stop)
{
	char	 last[128];

	(void)str_format(last, sizeof(last), "{\"type\":\"message_delta\","
	    "\"delta\":{\"stop_reason\":\"%s\"},\"usage\":{}}", stop);
	return (sse(E_START, THINK(0), E_TEXT(1), E_SAY(1, "Some "), E_PING,
	    E_SAY(1, "words"), E_END(1), E_TOOL(2, "t1", "Read"),
	    E_ARGS(2, "{\\\"file_path\\\":\\\"a\\\"}"), E_END(2),
	    E_TOOL(3, "t2", "Nothing"), E_ARGS(3, "{"), E_END(3), THINK(4),
	    E_TOOL(5, "t3", "Bash"), E_ARGS(5, "{}"), E_END(5), last, E_DONE,
	    NULL));
}

static void
script_at_random(char *cut)
{
	static const char *const stops[] = { "end_turn", "tool_use",
	    "max_tokens", "pause_turn", "refusal", "stop_sequence",
	    "model_context_window_exceeded" };
	unsigned	 i, n = roll(3);
	size_t		 len;

	for (i = 0; i < n; i++) {
		switch (roll(5)) {
		case 0:
			world_answer(roll(2) ? 529 : 400, "{}");
			break;
		case 1:
			/* Cut anywhere, once a script. */
			(void)str_copy(cut, rich("tool_use"), 8192);
			len = roll((unsigned)strlen(cut));
			if (i > 0)
				break;
			cut[len] = '\0';
			world_answer(200, cut);
			world_last()->cut = 1;
			break;
		case 2:
			world_answer(200, sse(E_START, THINK(0),
			    E_STOP("end_turn"), E_DONE, NULL));
			break;
		default:
			world_answer(200, rich(stops[roll(NELEM(stops))]));
		}
		if (w.nanswers > 0)
			world_last()->piece = 1 + roll(200);
	}
	if (roll(4) != 0)
		world_answer(200, sse(SAID("The end."), END));
	else {
		world_answer(200, rich("tool_use"));
		world_last()->hold = 1;
	}
}

static int
a_moment(void)
{
	static unsigned	 n;

	return (++n % 5 == 0 || world_turn_done());
}

static void
finish_turn(uint64_t turn)
{
	while (!world_turn_done()) {
		world_run(a_moment, 2000);
		if (roll(20) == 0 && !w.done)
			stop_turn(turn);
	}
}

static void
any_order(void **state)
{
	static char	 cut[8192];
	uint64_t	 turn;

	(void)state;
	for (turn = 1000; turn < 1400; turn++) {
		world_fresh();
		script_at_random(cut);
		world_start(turn, 90 + turn % 3, "go on");
		world_run(a_moment, 2000);
		switch (world_turn_done() ? 9 : roll(6)) {
		case 0:
			world_restart();
			break;
		case 1:
			world_relink(PROC_RELAY);
			break;
		case 2:
			world_relink(PROC_GATE);
			finish_turn(turn);
			break;
		default:
			finish_turn(turn);
			break;
		case 9:
			break;
		}
		if (w.invalid)
			fail_msg("turn %u: %s", (unsigned)turn, w.invalidwhy);
		assert_true(w.ndone <= 1);
		if (roll(10) == 0)
			conv_flush();
	}
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(any_order),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, world_setup, world_teardown));
}
