/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Whole turns of the agent over real links: every stop reason, tools, cuts,
 * refusals, bounds, restarts.  Each request is checked as the server would.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engines/agent/store.h"
#include "regress/unit/agent_world.h"
#include "telclauded/lib/text.h"

#define SAID(s) E_START, E_TEXT(0), E_SAY(0, s), E_END(0)
#define END	E_STOP("end_turn"), E_DONE, NULL

static int
requested(void)
{
	return (w.nrequests >= 1);
}

static int
spoken(void)
{
	return (w.text.len > 0);
}

static void
stop_turn(uint64_t id)
{
	struct msg_TURN_STOP	 m = { .turn = id };

	msg_send_TURN_STOP(w.frelay, 0, -1, &m);
	world_run(world_turn_done, 2000);
}

/* --- stop reasons -------------------------------------------------------- */
static void
end_turn(void **state)
{
	(void)state;
	world_fresh();
	world_answer(200, sse(E_PING, E_START, E_TEXT(0), E_PING,
	    E_SAY(0, "Hello "), E_SAY(0, "\\u00e4na"), E_END(0), E_PING,
	    END));
	world_last()->piece = 7;
	world_turn(1, 10, "hi");
	assert_int_equal(w.end.outcome, TO_OK);
	assert_string_equal(w.text.p, "Hello \xc3\xa4na");
	assert_string_equal(w.why, "");
	assert_int_equal(w.begun, 1);
	assert_int_equal(w.end.requests, 1);
	assert_int_equal(w.end.in, 100);
	assert_int_equal(w.end.out, 50);
	assert_int_equal(w.end.cached, 2000);
	assert_int_equal(w.end.written, 300);
	/* 100*3000 + 50*15000 + 2000*300 + 300*3750 nano */
	assert_int_equal(w.end.microusd, 2775);
	assert_string_equal(world_message(0), "u:hi");
	/* And the next turn knows it. */
	world_answer(200, sse(SAID("Yes."), END));
	world_turn(2, 10, "again");
	assert_string_equal(world_message(0), "u:hi");
	assert_string_equal(world_message(1), "a:Hello \xc3\xa4na");
	assert_string_equal(world_message(2), "u:again");
	/* A conversation of its own does not. */
	world_answer(200, sse(SAID("Yes."), END));
	world_turn(3, 11, "other");
	assert_string_equal(world_message(0), "u:other");
}

static void
max_tokens(void **state)
{
	(void)state;
	world_fresh();
	world_answer(200, sse(SAID("long"), E_STOP("max_tokens"), E_DONE,
	    NULL));
	world_turn(1, 20, "hi");
	assert_int_equal(w.end.outcome, TO_MAXTOKENS);
	assert_non_null(strstr(w.why, "continue"));
	world_answer(200, sse(SAID("rest"), END));
	world_turn(2, 20, "continue");
	assert_string_equal(world_message(-2), "a:long");
}

static void
stop_sequence(void **state)
{
	(void)state;
	world_fresh();
	world_answer(200, sse(SAID("x"), E_STOP("stop_sequence"), E_DONE,
	    NULL));
	world_answer(200, sse(SAID("x"), E_STOP("from_the_future"), E_DONE,
	    NULL));
	world_turn(1, 21, "hi");
	assert_int_equal(w.end.outcome, TO_OK);
	world_turn(2, 21, "hi");
	assert_int_equal(w.end.outcome, TO_OK);
}

static void
pause_turn(void **state)
{
	static const char	 search[] = "{\"type\":\"content_block_start\","
	    "\"index\":0,\"content_block\":{\"type\":\"server_tool_use\","
	    "\"id\":\"srv1\",\"name\":\"web_search\",\"input\":{}}}";
	static const char	 found[] = "{\"type\":\"content_block_start\","
	    "\"index\":0,\"content_block\":{\"type\":"
	    "\"web_search_tool_result\",\"tool_use_id\":\"srv1\",\"content\":"
	    "[{\"type\":\"web_search_result\",\"url\":\"https://x\","
	    "\"title\":\"t\",\"encrypted_content\":\"e\"}]}}";
	static const char	 cite[] = "{\"type\":\"content_block_delta\","
	    "\"index\":1,\"delta\":{\"type\":\"citations_delta\","
	    "\"citation\":{\"type\":\"web_search_result_location\","
	    "\"url\":\"https://x\"}}}";
	json_t			*c;

	(void)state;
	world_fresh();
	world_answer(200, sse(E_START, search, E_ARGS(0,
	    "{\\\"query\\\":\\\"q\\\"}"), E_END(0), E_STOP("pause_turn"),
	    E_DONE, NULL));
	world_answer(200, sse(E_START, found, E_END(0), E_TEXT(1), cite,
	    E_SAY(1, "Found."), E_END(1), END));
	world_answer(200, sse(SAID("ok"), END));
	world_turn(1, 22, "search");
	assert_int_equal(w.end.outcome, TO_OK);
	assert_int_equal(w.notes[TN_SEARCH], 1);
	assert_string_equal(w.text.p, "Found.");
	assert_int_equal(w.nrequests, 2);
	assert_string_equal(world_message(-1), "a:server_tool_use");
	world_turn(2, 22, "more");
	assert_string_equal(world_message(1),
	    "a:server_tool_use|web_search_tool_result|Found.");
	c = json_object_get(json_array_get(json_object_get(json_array_get(
	    json_object_get(world_request(), "messages"), 1), "content"), 2),
	    "citations");
	assert_int_equal(json_array_size(c), 1);
}

static void
refusal(void **state)
{
	(void)state;
	world_fresh();
	world_answer(200, sse(SAID("ok"), END));
	world_turn(1, 23, "fine");
	world_answer(200, sse(SAID("I"), E_STOP("refusal"), E_DONE, NULL));
	world_turn(2, 23, "bad");
	assert_int_equal(w.end.outcome, TO_REFUSED);
	world_answer(200, sse(SAID("ok"), END));
	world_turn(3, 23, "good");
	assert_string_equal(world_message(0), "u:fine");
	assert_string_equal(world_message(1), "a:ok");
	assert_string_equal(world_message(2), "u:good");
}

static void
context_full(void **state)
{
	char	 big[4000];

	(void)state;
	world_fresh();
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	world_answer(200, sse(SAID("one"), END));
	world_turn(1, 24, big);
	world_answer(200, sse(SAID("two"), END));
	world_turn(2, 24, "second");
	world_answer(200, sse(SAID("thr"),
	    E_STOP("model_context_window_exceeded"), E_DONE, NULL));
	world_turn(3, 24, "third");
	assert_int_equal(w.end.outcome, TO_CONTEXT);
	assert_non_null(strstr(w.why, "continue"));
	world_answer(200, sse(SAID("ee"), END));
	world_turn(4, 24, "continue");
	assert_non_null(strstr(world_message(0), "left out"));
	assert_null(strstr(world_message(0), "xxx"));
	assert_string_equal(world_message(-1), "u:continue");
}

static void
too_long(void **state)
{
	static const char	 no[] = "{\"type\":\"error\",\"error\":{"
	    "\"type\":\"invalid_request_error\",\"message\":\"prompt is too "
	    "long: 208310 tokens > 200000 maximum\"}}";
	static char		 big[30001];
	static struct outcome	 o[] = { { .args = "big", .out = big } };

	(void)state;
	world_fresh();
	memset(big, 'y', sizeof(big) - 1);
	w.outcomes = o;
	w.noutcomes = 1;
	world_answer(200, sse(E_START, E_TOOL(0, "t1", "Bash"),
	    E_ARGS(0, "{\\\"command\\\":\\\"big\\\"}"), E_END(0),
	    E_STOP("tool_use"), E_DONE, NULL));
	world_answer(400, no);
	world_answer(200, sse(SAID("done"), END));
	world_turn(1, 25, "go");
	assert_int_equal(w.end.outcome, TO_OK);
	assert_int_equal(w.ncalls, 1);
	assert_non_null(strstr(w.text.p, "left out"));
	assert_int_equal(json_array_size(json_object_get(world_request(),
	    "messages")), 3);
	/* Nothing left to leave out. */
	world_answer(413, "{}");
	world_turn(2, 26, "tiny");
	assert_int_equal(w.end.outcome, TO_CONTEXT);
}

/* "Too long" in the middle of an answer whose calls run already. */
static void
too_late(void **state)
{
	(void)state;
	world_fresh();
	world_answer(200, sse(E_START, E_TOOL(0, "t1", "Bash"),
	    E_ARGS(0, "{}"), E_END(0), "{\"type\":\"error\",\"error\":{"
	    "\"type\":\"request_too_large\",\"message\":\"\"}}", NULL));
	world_turn(1, 27, "hi");
	assert_int_equal(w.end.outcome, TO_CONTEXT);
	world_answer(200, sse(SAID("ok"), END));
	world_turn(2, 27, "again");
	assert_string_equal(world_message(-1), "u:tool_result|again");
}

/* --- tools --------------------------------------------------------------- */
#define TWO	E_START, E_TEXT(0), E_SAY(0, "Look:"), E_END(0),	\
	    E_TOOL(1, "t1", "Read"), E_ARGS(1, "{\\\"file_"),		\
	    E_ARGS(1, "path\\\":\\\"a\\\"}"), E_END(1),			\
	    E_TOOL(2, "t2", "Bash"),					\
	    E_ARGS(2, "{\\\"command\\\":\\\"false\\\"}"), E_END(2)

static int
called_twice(void)
{
	return (w.ncalls >= 2);
}

static void
parallel(void **state)
{
	static const struct outcome	 o[] = {
		{ .args = "false", .is_error = 1, .out = "exit 1" },
		{ .args = "path", .out = "contents" },
	};
	json_t				*c, *r;

	(void)state;
	world_fresh();
	w.outcomes = o;
	w.noutcomes = 2;
	/* Calls start before the answer has ended. */
	world_answer(200, sse(TWO, NULL));
	world_last()->hold = 1;
	world_start(1, 30, "hi");
	world_run(called_twice, 2000);
	assert_int_equal(w.nrequests, 1);
	assert_string_equal(w.args[0], "{\"file_path\":\"a\"}");
	assert_int_equal(w.tools[0], TOOL_READ);
	assert_int_equal(w.tools[1], TOOL_BASH);
	stop_turn(1);
	world_fresh();
	w.outcomes = o;
	w.noutcomes = 2;
	world_answer(200, sse(TWO, E_STOP("tool_use"), E_DONE, NULL));
	world_answer(200, sse(SAID("Seen."), END));
	world_turn(2, 31, "hi");
	assert_int_equal(w.end.outcome, TO_OK);
	assert_string_equal(w.text.p, "Look:\n\nSeen.");
	assert_int_equal(w.end.requests, 2);
	assert_int_equal(w.ncalls, 2);
	assert_string_equal(world_message(-2), "a:Look:|tool_use|tool_use");
	assert_string_equal(world_message(-1), "u:tool_result|tool_result");
	c = json_object_get(json_array_get(json_object_get(world_request(),
	    "messages"), 2), "content");
	r = json_array_get(c, 0);
	assert_string_equal(json_string_value(json_object_get(r,
	    "tool_use_id")), "t1");
	assert_null(json_object_get(r, "is_error"));
	r = json_array_get(c, 1);
	assert_true(json_is_true(json_object_get(r, "is_error")));
	assert_string_equal(json_string_value(json_object_get(json_array_get(
	    json_object_get(r, "content"), 0), "text")), "exit 1");
}

static void
bad_calls(void **state)
{
	(void)state;
	world_fresh();
	world_answer(200, sse(E_START, E_TOOL(0, "t1", "Bash"),
	    E_ARGS(0, "{\\\"command\\\":"), E_END(0),
	    E_TOOL(1, "t2", "Launch"), E_ARGS(1, "{}"), E_END(1),
	    E_TOOL(2, "t3", "Bash"), E_ARGS(2, "[1]"), E_END(2),
	    E_TOOL(3, "t4", "Bash"),
	    E_ARGS(3, "{\\\"command\\\":\\\"a\\\",\\\"command\\\":"
	    "\\\"b\\\"}"), E_END(3), E_TOOL(4, "t5", "WebSearch"), E_END(4),
	    E_STOP("tool_use"), E_DONE, NULL));
	world_answer(200, sse(SAID("Sorry."), END));
	world_turn(1, 32, "hi");
	assert_int_equal(w.end.outcome, TO_OK);
	assert_int_equal(w.ncalls, 0);
	assert_string_equal(world_message(-1), "u:tool_result|tool_result|"
	    "tool_result|tool_result|tool_result");
}

static void
files(void **state)
{
	static const struct outcome	 o[] = {
		{ .args = "img", .kind = OUT_IMAGE, .mime = "image/png",
		    .out = "PNG\0x", .len = 5 },
		{ .args = "pdf", .kind = OUT_DOCUMENT,
		    .mime = "application/pdf", .out = "PDF" },
		{ .args = "bmp", .kind = OUT_IMAGE, .mime = "image/bmp",
		    .out = "BMP" },
		{ .args = "bin", .out = "a\xff" "b\0c", .len = 5 },
	};
	json_t				*c, *b;

	(void)state;
	world_fresh();
	w.outcomes = o;
	w.noutcomes = 4;
	world_answer(200, sse(E_START,
	    E_TOOL(0, "t1", "Read"), E_ARGS(0, "{\\\"f\\\":\\\"img\\\"}"),
	    E_END(0),
	    E_TOOL(1, "t2", "Read"), E_ARGS(1, "{\\\"f\\\":\\\"pdf\\\"}"),
	    E_END(1),
	    E_TOOL(2, "t3", "Read"), E_ARGS(2, "{\\\"f\\\":\\\"bmp\\\"}"),
	    E_END(2),
	    E_TOOL(3, "t4", "Read"), E_ARGS(3, "{\\\"f\\\":\\\"bin\\\"}"),
	    E_END(3), E_STOP("tool_use"), E_DONE, NULL));
	world_answer(200, sse(SAID("ok"), END));
	world_turn(1, 33, "hi");
	c = json_object_get(json_array_get(json_object_get(world_request(),
	    "messages"), 2), "content");
#define BLOCK(i) json_array_get(json_object_get(json_array_get(c, i),	\
	    "content"), 0)
	b = BLOCK(0);
	assert_string_equal(json_string_value(json_object_get(b, "type")),
	    "image");
	b = json_object_get(b, "source");
	assert_string_equal(json_string_value(json_object_get(b,
	    "media_type")), "image/png");
	assert_string_equal(json_string_value(json_object_get(b, "data")),
	    "UE5HAHg=");
	assert_string_equal(json_string_value(json_object_get(BLOCK(1),
	    "type")), "document");
	assert_true(json_is_true(json_object_get(json_array_get(c, 2),
	    "is_error")));
	assert_string_equal(json_string_value(json_object_get(BLOCK(2),
	    "type")), "text");
	assert_string_equal(json_string_value(json_object_get(BLOCK(3),
	    "type")), "text");
}

static void
big_result(void **state)
{
	static char		 big[(3u << 20) + 1];
	static struct outcome	 o[] = { { .args = "x", .out = big } };
	json_t			*c;
	const char		*s;

	(void)state;
	world_fresh();
	memset(big, 'z', sizeof(big) - 1);
	w.outcomes = o;
	w.noutcomes = 1;
	world_answer(200, sse(E_START, E_TOOL(0, "t1", "Bash"),
	    E_ARGS(0, "{\\\"x\\\":1}"), E_END(0), E_STOP("tool_use"), E_DONE,
	    NULL));
	world_answer(200, sse(SAID("ok"), END));
	world_turn(1, 34, "hi");
	c = json_object_get(json_array_get(json_object_get(world_request(),
	    "messages"), 2), "content");
	s = json_string_value(json_object_get(BLOCK(0), "text"));
	assert_non_null(strstr(s, "left out"));
	assert_true(strlen(s) < 103u << 10);
}

/* --- cuts ---------------------------------------------------------------- */
static void
cut_before_text(void **state)
{
	json_t	*first;

	(void)state;
	world_fresh();
	world_answer(200, sse(E_START, NULL));
	world_last()->cut = 1;
	world_answer(0, "");
	world_answer(529, "{\"error\":{\"type\":\"overloaded_error\","
	    "\"message\":\"Overloaded\"}}");
	world_answer(429, "not even JSON");
	world_last()->retry_ms = 30;
	world_answer(200, sse(E_START, "{\"type\":\"error\",\"error\":{"
	    "\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}",
	    NULL));
	world_answer(200, sse(E_START, E_TOOL(0, "t1", "Bash"),
	    E_ARGS(0, "{\\\"comm"), NULL));
	world_last()->cut = 1;
	world_answer(200, sse(SAID("ok"), END));
	world_turn(1, 40, "hi");
	assert_int_equal(w.end.outcome, TO_OK);
	assert_string_equal(w.text.p, "ok");
	assert_int_equal(w.nrequests, 7);
	assert_true(w.notes[TN_RETRY] == 3 && w.notes[TN_AWAY] == 3);
	assert_int_equal(w.ncalls, 0);
	first = w.reqs[0];
	assert_true(json_equal(first, w.reqs[6]));
}

/* Money is used up: no second try, and the message does not stay. */
static void
limited(void **state)
{
	(void)state;
	world_fresh();
	world_answer(200, sse(SAID("one"), END));
	world_turn(1, 42, "hi");
	/* Nothing is known before the first answer; then it is what that told
	 * (2,400 in and 50 out) and a third of the bytes that are new. */
	assert_int_equal(w.tokens_in, 0);
	world_answer(0, "");
	world_last()->limit = 1;
	world_turn(2, 42, "012345678901234567890123456789");
	assert_int_equal(w.end.outcome, TO_LIMIT);
	assert_non_null(strstr(w.why, "cut by the test; your message was left "
	    "out of the conversation"));
	assert_int_equal(w.notes[TN_RETRY], 0);
	assert_in_range(w.tokens_in, 2450 + 10, 2450 + 50);
	world_answer(200, sse(SAID("two"), END));
	world_turn(3, 42, "again");
	assert_int_equal(w.end.outcome, TO_OK);
	assert_string_equal(world_message(-1), "u:again");
	/* In the middle of a turn what was done stays. */
	world_answer(200, sse(E_START, E_TOOL(0, "t1", "Bash"), E_ARGS(0,
	    "{}"), E_END(0), E_STOP("tool_use"), E_DONE, NULL));
	world_answer(0, "");
	world_last()->limit = 1;
	world_turn(4, 42, "work");
	assert_int_equal(w.end.outcome, TO_LIMIT);
	assert_null(strstr(w.why, "left out"));
	world_answer(200, sse(SAID("three"), END));
	world_turn(5, 42, "go on");
	assert_string_equal(world_message(-3), "u:work");
}

static void
cut_after_text(void **state)
{
	(void)state;
	world_fresh();
	world_answer(200, sse(E_START, E_TEXT(0), E_SAY(0, "Once up"),
	    NULL));
	world_last()->cut = 1;
	world_answer(200, sse(SAID("on a time"), END));
	world_turn(1, 41, "hi");
	assert_int_equal(w.end.outcome, TO_OK);
	assert_string_equal(w.text.p, "Once upon a time");
	assert_string_equal(world_message(-2), "a:Once up");
	assert_int_equal(world_message(-1)[0], 'u');
}

static void
cut_after_call(void **state)
{
	(void)state;
	world_fresh();
	world_answer(200, sse(TWO, E_TOOL(3, "t3", "Bash"),
	    E_ARGS(3, "{\\\"command\\\":\\\"third"), NULL));
	world_last()->cut = 1;
	world_answer(200, sse(SAID("ok"), END));
	world_turn(1, 42, "hi");
	assert_int_equal(w.end.outcome, TO_OK);
	assert_int_equal(w.ncalls, 2);
	assert_string_equal(world_message(-2), "a:Look:|tool_use|tool_use");
	assert_string_equal(world_message(-1), "u:tool_result|tool_result");
	assert_string_equal(w.text.p, "Look:\n\nok");
}

static void
nonsense(void **state)
{
	static char	 deep[60001];
	char		*ev;

	(void)state;
	world_fresh();
	memset(deep, '[', sizeof(deep) - 1);
	world_answer(200, sse(E_START, deep, NULL));
	world_answer(200, sse(E_START, "{\"type\":\"content_block_delta\","
	    "\"index\":5,\"delta\":{}}", NULL));
	world_answer(200, sse(E_START, E_TEXT(0), E_SAY(0, "\xff\xfe"),
	    NULL));
	world_answer(200, sse("\"x\"", NULL));
	world_answer(200, "");
	world_answer(200, sse(SAID("ok"), END));
	world_turn(1, 43, "hi");
	assert_int_equal(w.end.outcome, TO_OK);
	assert_string_equal(w.text.p, "ok");
	/* An event beyond all bounds. */
	ev = malloc((9u << 20) + 1);
	assert_non_null(ev);
	memset(ev, 'd', 9u << 20);
	ev[9u << 20] = '\0';
	world_fresh();
	/* The far stream queues no more than its bound at once. */
	ev[7u << 20] = '\0';
	world_answer(200, ev);
	world_answer(200, sse(SAID("ok"), END));
	world_turn(2, 43, "hi");
	assert_int_equal(w.end.outcome, TO_OK);
	free(ev);
}

static void
gives_up(void **state)
{
	int	 i;

	(void)state;
	world_fresh();
	for (i = 0; i < 20; i++)
		world_answer(529, "{}");
	world_turn(1, 44, "hi");
	assert_int_equal(w.end.outcome, TO_BUSY);
	assert_int_equal(w.nrequests, TURN_TRIES + 1);
	world_fresh();
	world_answer(401, "{\"error\":{\"type\":\"authentication_error\","
	    "\"message\":\"invalid x-api-key\"}}");
	world_turn(2, 44, "hi");
	assert_int_equal(w.end.outcome, TO_KEY);
	assert_non_null(strstr(w.why, "invalid x-api-key"));
	world_fresh();
	world_answer(400, "{\"error\":{\"type\":\"invalid_request_error\","
	    "\"message\":\"no\"}}");
	world_answer(200, sse(SAID("ok"), END));
	world_turn(3, 45, "poison");
	assert_int_equal(w.end.outcome, TO_SERVER);
	world_turn(4, 45, "fine");
	assert_string_equal(world_message(0), "u:fine");
}

/* --- interruptions ------------------------------------------------------- */
static void
stop_in_tools(void **state)
{
	static const struct outcome	 o[] = {
		{ .args = "false", .never = 1, .out = "" },
	};
	struct msg_TOOL_RESULT		 late;

	(void)state;
	world_fresh();
	w.outcomes = o;
	w.noutcomes = 1;
	world_answer(200, sse(TWO, E_STOP("tool_use"), E_DONE, NULL));
	world_start(1, 50, "hi");
	world_run(called_twice, 2000);
	stop_turn(1);
	assert_int_equal(w.end.outcome, TO_STOPPED);
	memset(&late, 0, sizeof(late));
	late.turn = 1;
	late.call = w.callids[1];
	late.sid = 9999;
	msg_send_TOOL_RESULT(w.frelay, 0, -1, &late);
	world_answer(200, sse(SAID("ok"), END));
	world_turn(2, 50, "and now");
	assert_string_equal(world_message(-2), "a:Look:|tool_use|tool_use");
	assert_string_equal(world_message(-1),
	    "u:tool_result|tool_result|and now");
}

static void
stop_in_text(void **state)
{
	(void)state;
	world_fresh();
	world_answer(200, sse(E_START, E_TEXT(0), E_SAY(0, "Hal"), NULL));
	world_last()->hold = 1;
	world_start(1, 51, "hi");
	world_run(spoken, 2000);
	stop_turn(1);
	assert_int_equal(w.end.outcome, TO_STOPPED);
	/* What it had read by then is paid for. */
	assert_int_equal(w.end.in, 100);
	assert_int_equal(w.aborts, 1);
	world_answer(200, sse(SAID("ok"), END));
	world_turn(2, 51, "again");
	assert_string_equal(world_message(1), "a:Hal");
}

static void
relay_lost(void **state)
{
	(void)state;
	world_fresh();
	world_answer(200, sse(TWO, NULL));
	world_last()->hold = 1;
	world_start(1, 52, "hi");
	world_start(2, 52, "waits");
	world_run(called_twice, 2000);
	world_relink(PROC_RELAY);
	assert_true(TAILQ_EMPTY(&turns));
	world_answer(200, sse(SAID("ok"), END));
	world_turn(3, 52, "there?");
	assert_string_equal(world_message(1), "a:Look:|tool_use|tool_use");
}

static void
gate_lost(void **state)
{
	(void)state;
	world_fresh();
	world_answer(200, sse(E_START, E_TEXT(0), E_SAY(0, "Half"), NULL));
	world_last()->hold = 1;
	world_start(1, 53, "hi");
	world_run(spoken, 2000);
	world_answer(200, sse(SAID(" whole"), END));
	world_relink(PROC_GATE);
	world_run(world_turn_done, 5000);
	assert_int_equal(w.end.outcome, TO_OK);
	assert_string_equal(w.text.p, "Half whole");
}

static void
restart(void **state)
{
	struct msg_TURN_START	 m;

	(void)state;
	world_fresh();
	world_answer(200, sse(TWO, NULL));
	world_last()->hold = 1;
	world_start(1, 54, "hi");
	world_run(called_twice, 2000);
	world_restart();
	world_answer(200, sse(SAID("ok"), END));
	memset(&m, 0, sizeof(m));
	m.turn = 2;
	m.conv = 54;
	m.tier = TIER_READ_ONLY;
	m.resume = 1;
	w.done = w.textend = 0;
	msg_send_TURN_START(w.frelay, 0, -1, &m);
	world_run(world_turn_done, 2000);
	assert_int_equal(w.invalid, 0);
	assert_string_equal(world_message(0), "u:hi");
	assert_string_equal(world_message(1), "a:Look:|tool_use|tool_use");
	assert_non_null(strstr(world_message(2), "interrupted"));
	/* Read, Glob, Grep, WebFetch and the server's search. */
	assert_int_equal(json_array_size(json_object_get(world_request(),
	    "tools")), 5);
}

static void
resume(uint64_t turn, uint64_t conv, const char *prompt)
{
	struct msg_TURN_START	 m;

	memset(&m, 0, sizeof(m));
	m.turn = turn;
	m.conv = conv;
	m.tier = TIER_FULL_ACCESS;
	m.resume = 1;
	m.prompt = text_of(prompt, strlen(prompt));
	w.done = w.textend = 0;
	msg_send_TURN_START(w.frelay, 0, -1, &m);
	world_run(world_turn_done, 2000);
	assert_int_equal(w.invalid, 0);
	assert_int_equal(w.end.outcome, TO_OK);
}

/* The relay asks again with the same words: what is there already counts. */
static void
resumed(void **state)
{
	(void)state;
	world_fresh();
	/* Whole: said again, the model is not asked. */
	world_answer(200, sse(SAID("whole"), END));
	world_turn(1, 80, "do it");
	world_restart();
	resume(2, 80, "do it");
	assert_string_equal(w.text.p, "wholewhole");
	assert_int_equal(w.nrequests, 1);
	/* Calls without results: they are told of as lost. */
	world_fresh();
	world_answer(200, sse(TWO, NULL));
	world_last()->hold = 1;
	world_start(3, 80, "go on");
	world_run(called_twice, 2000);
	world_restart();
	world_answer(200, sse(SAID("ok"), END));
	resume(4, 80, "go on");
	assert_string_equal(world_message(-3), "u:go on");
	assert_string_equal(world_message(-1), "u:tool_result|tool_result");
	/* Nothing answered yet; and a prompt the agent never saw. */
	world_fresh();
	world_answer(200, sse(E_START, NULL));
	world_last()->hold = 1;
	world_start(5, 80, "third");
	world_run(requested, 2000);
	world_restart();
	world_answer(200, sse(SAID("ok"), END));
	resume(6, 80, "third");
	assert_string_equal(world_message(-1), "u:third");
	world_answer(200, sse(SAID("ok"), END));
	resume(7, 80, "unseen");
	assert_string_equal(world_message(-1), "u:unseen");
}

/* What a process that died in the middle left on disk. */
static void
torn(void **state)
{
	static const char	 ask[] = "[{\"type\":\"text\",\"text\":\"q\"}]";
	static const char	 call[] = "[{\"type\":\"tool_use\",\"id\":"
	    "\"t9\",\"name\":\"Bash\",\"input\":{}}]";

	(void)state;
	world_fresh();
	assert_int_equal(store_put(55, 4, 1, ask, sizeof(ask) - 1), 0);
	assert_int_equal(store_put(55, 5, 0, call, sizeof(call) - 1), 0);
	world_answer(200, sse(SAID("ok"), END));
	world_turn(1, 55, "on");
	assert_string_equal(world_message(-1), "u:tool_result|on");
	/* Rows out of order: what is whole is kept. */
	assert_int_equal(store_put(56, 0, 1, ask, sizeof(ask) - 1), 0);
	assert_int_equal(store_put(56, 1, 1, ask, sizeof(ask) - 1), 0);
	assert_int_equal(store_put(56, 2, 0, call, sizeof(call) - 1), 0);
	world_answer(200, sse(SAID("ok"), END));
	world_turn(2, 56, "on");
	assert_string_equal(world_message(0), "u:q|on");
	conv_flush();
	world_answer(200, sse(SAID("ok"), END));
	world_turn(3, 56, "on");
	assert_string_equal(world_message(0), "u:q|on");
	assert_string_equal(world_message(1), "a:ok");
}

static void
reset(void **state)
{
	struct msg_CONV_RESET	 m = { .conv = 57 };

	(void)state;
	world_fresh();
	world_answer(200, sse(SAID("ok"), END));
	world_turn(1, 57, "secret");
	msg_send_CONV_RESET(w.frelay, 0, -1, &m);
	world_answer(200, sse(SAID("ok"), END));
	world_turn(2, 57, "new");
	assert_string_equal(world_message(0), "u:new");
	conv_flush();
	world_answer(200, sse(SAID("ok"), END));
	world_turn(3, 57, "more");
	assert_string_equal(world_message(0), "u:new");
}

static void
times_out(void **state)
{
	(void)state;
	world_fresh();
	w.set.c.turn_ms = 100;
	world_answer(200, sse(E_START, NULL));
	world_last()->hold = 1;
	world_turn(1, 58, "hi");
	assert_int_equal(w.end.outcome, TO_TIMEOUT);
	assert_int_equal(w.aborts, 1);
	w.set.c.turn_ms = 20000;
}

/* --- bounds -------------------------------------------------------------- */
static int
all_done(void)
{
	return (w.ndone == 3);
}

static void
one_at_a_time(void **state)
{
	(void)state;
	world_fresh();
	w.set.c.parallel = 1;
	world_answer(200, sse(E_START, NULL));
	world_last()->hold = 1;
	world_start(1, 60, "a");
	world_run(requested, 2000);
	world_answer(200, sse(SAID("b"), END));
	world_answer(200, sse(SAID("c"), END));
	world_start(2, 61, "b");
	world_start(3, 60, "c");
	world_start(3, 60, "a turn that is there already");
	stop_turn(1);
	world_run(all_done, 5000);
	assert_int_equal(w.notes[TN_QUEUED] >= 1, 1);
	assert_int_equal(w.nrequests, 3);
	assert_int_equal(w.invalid, 0);
	w.set.c.parallel = 4;
}

static void
per_minute(void **state)
{
	int	 i;

	(void)state;
	world_fresh();
	/* A minute's worth goes at once, the next must wait for its time. */
	w.set.c.per_minute = 1200;
	for (i = 0; i < 3; i++)
		slot_take();
	assert_int_equal(slot_wait(), 0);
	for (i = 0; i < 1197; i++)
		slot_take();
	assert_in_range(slot_wait(), 1, 1400);
	w.set.c.per_minute = 0;
	assert_int_equal(slot_wait(), 0);
}

static void
claude_md(void **state)
{
	static const struct outcome	 o[] = { { .args = "CLAUDE.md",
	    .out = "     1\tUse tabs.\n     2\t\n     3\tNo spaces.\n" } };
	const char			*s;

	(void)state;
	world_fresh();
	/* Older than it may be for a new conversation. */
	prompt_forget();
	w.outcomes = o;
	w.noutcomes = 1;
	world_answer(200, sse(SAID("ok"), END));
	world_turn(1, 70, "hi");
	assert_int_equal(w.ninternal, 1);
	s = json_string_value(json_object_get(json_array_get(json_object_get(
	    world_request(), "system"), 0), "text"));
	assert_non_null(strstr(s, "Use tabs.\n\nNo spaces.\n"));
	s = json_string_value(json_object_get(json_array_get(json_object_get(
	    world_request(), "system"), 1), "text"));
	assert_non_null(strstr(s, "<chat-context chat-id=\"77\" />"));
	world_answer(200, sse(SAID("ok"), END));
	world_turn(2, 70, "hi");
	assert_int_equal(w.ninternal, 1);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(end_turn),
		cmocka_unit_test(max_tokens),
		cmocka_unit_test(stop_sequence),
		cmocka_unit_test(pause_turn),
		cmocka_unit_test(refusal),
		cmocka_unit_test(context_full),
		cmocka_unit_test(too_long),
		cmocka_unit_test(too_late),
		cmocka_unit_test(parallel),
		cmocka_unit_test(bad_calls),
		cmocka_unit_test(files),
		cmocka_unit_test(big_result),
		cmocka_unit_test(cut_before_text),
		cmocka_unit_test(limited),
		cmocka_unit_test(cut_after_text),
		cmocka_unit_test(cut_after_call),
		cmocka_unit_test(nonsense),
		cmocka_unit_test(gives_up),
		cmocka_unit_test(stop_in_tools),
		cmocka_unit_test(stop_in_text),
		cmocka_unit_test(relay_lost),
		cmocka_unit_test(gate_lost),
		cmocka_unit_test(restart),
		cmocka_unit_test(resumed),
		cmocka_unit_test(torn),
		cmocka_unit_test(reset),
		cmocka_unit_test(times_out),
		cmocka_unit_test(one_at_a_time),
		cmocka_unit_test(per_minute),
		cmocka_unit_test(claude_md),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, world_setup, world_teardown));
}
