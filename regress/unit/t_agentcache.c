/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The server's prompt cache, as regress/fakes computes it, over requests the
 * agent really makes: each finds all that the one before it left there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "regress/unit/agent_world.h"

/* regress/fakes/api.h has its own struct usage. */
struct fake_usage {
	int64_t	 in, read, written, out;
};
void		 api_usage(const json_t *, struct fake_usage *);
const char	*jstr(const json_t *, const char *);

const char *
jstr(const json_t *o, const char *k)
{
	const char	*s = json_string_value(json_object_get(o, k));

	return (s != NULL ? s : "");
}

#define SAID(s) E_START, E_TEXT(0), E_SAY(0, s), E_END(0)
#define END	E_STOP("end_turn"), E_DONE, NULL

static unsigned	 seen;

/* The requests not looked at yet; the first of them reads at least `least'. */
static int64_t
look(int64_t least)
{
	struct fake_usage	 u = { 0 };

	for (; seen < w.nrequests; seen++) {
		api_usage(w.reqs[seen], &u);
		assert_true(u.read >= least);
		/* What is marked is all but the newest answers of ours. */
		assert_true(u.in < 100);
		least = u.read + u.written;
		assert_true(least > 0);
	}
	return (least);
}

static void
three_rounds(uint64_t turn, uint64_t conv)
{
	world_answer(200, sse(E_START, E_TOOL(0, "t1", "Bash"),
	    E_ARGS(0, "{\\\"command\\\":\\\"a\\\"}"), E_END(0),
	    E_TOOL(1, "t2", "Bash"), E_ARGS(1, "{\\\"command\\\":\\\"b\\\"}"),
	    E_END(1), E_STOP("tool_use"), E_DONE, NULL));
	world_answer(200, sse(E_START, E_TOOL(0, "t3", "Read"),
	    E_ARGS(0, "{\\\"file_path\\\":\\\"a\\\"}"), E_END(0),
	    E_STOP("tool_use"), E_DONE, NULL));
	world_answer(200, sse(SAID("Done."), END));
	world_turn(turn, conv, "please do it");
	assert_int_equal(w.end.outcome, TO_OK);
}

static void
hits(void **state)
{
	struct fake_usage	 u = { 0 };
	int64_t			 end;

	(void)state;
	world_fresh();
	seen = 0;
	three_rounds(1, 700);
	assert_int_equal(w.nrequests, 3);
	end = look(0);
	three_rounds(2, 700);
	end = look(end);
	/* After a restart it is the same, byte by byte. */
	world_restart();
	three_rounds(3, 700);
	end = look(end);
	/* Another chat shares tools and system, most of a short request. */
	world_answer(200, sse(SAID("Hello."), END));
	world_turn(4, 701, "hi");
	api_usage(w.reqs[seen], &u);
	assert_true(u.read > 0);
	assert_true(u.read * 10 > (u.in + u.read + u.written) * 9);
	assert_true(end > u.read);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(hits),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, world_setup, world_teardown));
}
