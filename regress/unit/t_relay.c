/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The relay without its wiring and its network: updates go in as structs,
 * requests to Telegram are caught, agent, runner, audit and parent are links
 * whose other ends the test holds.  Each test is a process of its own.
 */
#include <sys/socket.h>
#include <sys/wait.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "regress/unit/relay_world.h"
#include "engines/relay/access.h"
#include "engines/common/storedb.h"
#include "engines/relay/audit/auditreport.h"
#include "engines/relay/call/mediate.h"
#include "engines/relay/out/outbox.h"
#include "engines/relay/people/totpgate.h"
#include "engines/relay/route.h"
#include "engines/relay/state/state.h"
#include "engines/relay/store/store.h"
#include "engines/relay/store/storesql.h"
#include "engines/relay/stranger.h"
#include "engines/relay/turn/queue.h"
#include "engines/relay/turn/turn.h"
#include "telclauded/lib/util.h"

static void
t_answer(void)
{
	world_live();
	world_say(5, "hello");
	assert_int_equal(world.nturns, 1);
	assert_string_equal(world.prompt, "hello");
	assert_int_equal(world.tier, TIER_WRITE_LOCAL);
	world_begin();
	world_text("Hi");
	assert_true(world_sent("sendMessage", "\"Hi\""));
	world_text(" Ana.");
	world_done(TO_OK);
	assert_true(world_sent("editMessageText", "\"Hi Ana.\""));
	assert_int_equal(turn_running(), 0);
}

/* `keep transcripts': by the time it says, and of what has ended. */
static void
t_keep(void)
{
	const uint64_t	day = UINT64_C(86400000), now = wall_ms();

	world_live();
	world_say(5, "old words");
	world_begin();
	world_done(TO_OK);
	world_say(5, "waits for its answer");
	store_sync();
	assert_int_equal(storedb_int(sql_db(), "SELECT count(*) FROM turns"),
	    2);
	world.settings.r.keep_turns_s = 0;
	keep_pass(now + 4000 * day);
	world_loop(200);
	assert_int_equal(storedb_int(sql_db(), "SELECT count(*) FROM turns"),
	    2);
	world.settings.r.keep_turns_s = 30 * 86400;
	keep_pass(now + 29 * day);
	world_loop(200);
	assert_int_equal(storedb_int(sql_db(), "SELECT count(*) FROM turns"),
	    2);
	keep_pass(now + 31 * day);
	world_loop(200);
	assert_int_equal(storedb_int(sql_db(), "SELECT count(*) FROM turns"),
	    1);
	assert_int_equal(storedb_int(sql_db(), "SELECT count(*) FROM turns "
	    "WHERE text = 'waits for its answer'"), 1);
}

static void
t_duplicates(void)
{
	world_live();
	world_update(70, 5, "once");
	world_update(70, 5, "once");
	assert_int_equal(world.nturns, 1);
	assert_int_equal(queue_waiting(), 0);
}

static void
t_refused(void)
{
	world_live();
	world_say(66, "let me in");
	assert_int_equal(world.nturns, 0);
	assert_int_equal(world.nsent, 0);
}

static void
t_queue(void)
{
	char	text[32];
	int	i;

	world_live();
	for (i = 0; i <= QUEUE_MAX; i++) {
		(void)snprintf(text, sizeof(text), "message %d", i);
		world_say(5, text);
	}
	assert_int_equal(world.nturns, 1);
	assert_int_equal(queue_waiting(), QUEUE_MAX);
	world_say(5, "one too many");
	assert_int_equal(queue_waiting(), QUEUE_MAX);
	assert_true(world_sent("sendMessage", "did not take this one"));
	/* Another chat does not wait. */
	world_say(6, "elsewhere");
	assert_int_equal(world.nturns, 2);
	world.turn = world.first;
	for (i = 1; i <= QUEUE_MAX; i++) {
		world_begin();
		world_text("done");
		world_done(TO_OK);
		(void)snprintf(text, sizeof(text), "message %d", i);
		assert_string_equal(world.prompt, text);
	}
	assert_int_equal(queue_waiting(), 0);
}

static void
t_commands(void)
{
	world_live();
	world_say(5, "work");
	world_begin();
	world_say(5, "waits");
	world_say(5, "/status");
	assert_true(world_sent("sendMessage", "Waiting here: 1 of 20"));
	world_say(5, "/nonsense");
	assert_true(world_sent("sendMessage", "do not know that command"));
	world_say(5, "/stop");
	assert_true(world_sent("sendMessage", "1 message waiting"));
	assert_int_equal(world.stops, 1);
	world_done(TO_STOPPED);
	/* Held until somebody says. */
	assert_int_equal(world.nturns, 1);
	world_press(5, world_held('r'));
	assert_int_equal(world.nturns, 2);
	assert_string_equal(world.prompt, "waits");
}

/* What somebody else wrote is marked so and commands nothing; a caption is
 * taken, and said to be all that was. */
static void
t_passed_on(void)
{
	world_live();
	world.foreign = "forwarded: somebody else wrote this";
	world_say(5, "/new");
	assert_int_equal(world.resets, 0);
	assert_int_equal(world.nturns, 1);
	assert_string_equal(world.prompt,
	    "[forwarded: somebody else wrote this]\n/new");
	world.foreign = NULL;
	world.media = 1;
	world_say(6, "what is this?");
	assert_int_equal(world.nturns, 2);
	assert_string_equal(world.prompt, "what is this?");
	assert_true(world_sent("sendMessage", "the words alone"));
	world_say(7, "");
	assert_int_equal(world.nturns, 2);
}

/* An answer of white space and zero widths: told, not left without a word. */
static void
t_blank(void)
{
	world_live();
	world_say(5, "work");
	world_begin();
	world_text("\n \xe2\x80\x8b\n");
	world_done(TO_OK);
	assert_true(world_sent("sendMessage", "ended without a word"));
}

/* A call that was on its way when the person said stop does not run. */
static void
t_stop_overtakes_grant(void)
{
	world_live();
	world_say(5, "work");
	world_begin();
	world_tool(world.turn, 1, TOOL_BASH, "{\"command\":\"id\"}");
	world_say(5, "/stop");
	world_audit_done(0);
	assert_int_equal(world.grants, 0);
	assert_non_null(strstr(world.result, "before it ran"));
	world_done(TO_STOPPED);
	world_say(5, "more work");
	world_begin();
	world_tool(world.turn, 2, TOOL_BASH, "{\"command\":\"id\"}");
	world_audit_done(0);
	assert_int_equal(world.grants, 1);
	world_say(5, "/stop");
	world_job();
	assert_int_equal(world.runs, 0);
	/* Once while it may wait for its turn, once when it came after all. */
	assert_int_equal(world.kills, 2);
	assert_int_equal(world.results, 2);
}

/* /start tells what the rules make of reading, writing and commands. */
static void
t_start(void)
{
	static struct msg_CONF_RULE	rules[] = {
		{ .verdict = RV_ASK, .tool = TOOL_READ, .any = 1 },
		{ .verdict = RV_ASK_CODE, .tool = TOOL_BASH, .any = 1 },
	};

	world_live();
	world_say(5, "/start");
	assert_true(world_sent("sendMessage",
	    "I run Read, Write, Bash at once. /help"));
	world_say(7, "/start");
	assert_true(world_sent("sendMessage",
	    "I run Read at once; I never run Write, Bash for you. /help"));
	world.settings.rules = rules;
	world.settings.nrules = NELEM(rules);
	world_say(6, "/start");
	assert_true(world_sent("sendMessage", "I run Write at once; I ask "
	    "before Read; I want a code before Bash. /help"));
}

/* A pause ends a conversation, and the answer says so. */
static void
t_idle(void)
{
	uint64_t	conv;

	world_live();
	world.settings.r.idle_s = 3600;
	world_say(5, "work");
	conv = world.conv;
	world_begin();
	world_text("the first answer");
	world_done(TO_OK);
	assert_int_equal(world_count("editMessageText", "A fresh "), 0);
	lane_get(5, 0)->used = wall_ms() - 3700000;
	world_say(5, "more");
	assert_true(world.conv != conv);
	world_begin();
	world_text("the second answer");
	world_done(TO_OK);
	assert_true(world_sent("editMessageText", "A fresh conversation: the "
	    "last one ended after 60 min"));
	conv = world.conv;
	world_say(5, "and more");
	assert_int_equal(world.conv, conv);
	assert_int_equal(turn_find(world.turn)->idle_s, 0);
	/* Work that took longer than that is no pause: neither for what
	 * waited meanwhile nor for what is said about it. */
	world_begin();
	world_say(5, "waits");
	lane_get(5, 0)->used = wall_ms() - 3700000;
	world_done(TO_OK);
	assert_string_equal(world.prompt, "waits");
	assert_int_equal(world.conv, conv);
	assert_int_equal(turn_find(world.turn)->idle_s, 0);
	world_say(5, "/help");
	assert_true(world_sent("sendMessage", "A pause of more than 60 min"));
}

/* A clock that was set back ends no conversation and prolongs no session. */
static void
t_clock_set_back(void)
{
	uint64_t	conv;

	world_live();
	world.settings.r.idle_s = 60;
	world_say(5, "work");
	conv = world.conv;
	world_begin();
	world_done(TO_OK);
	lane_get(5, 0)->used = wall_ms() + 86400000;
	world_say(5, "more");
	assert_int_equal(world.conv, conv);
	world_begin();
	world_done(TO_OK);
	world.settings.r.totp = 1;
	world.settings.r.totp_session_s = 60;
	store_set_totp("6", wall_ms() + 50000);
	world_say(6, "in my session");
	assert_int_equal(world.totp_checks, 0);
	store_set_totp("6", wall_ms() + 86400000);
	world_say(6, "in a session of tomorrow");
	assert_int_equal(world.totp_checks, 1);
}

static void
t_held_is_replaced(void)
{
	world_live();
	world.settings.r.totp = 1;
	world.settings.r.totp_session_s = 60;
	world_say(5, "first");
	world_totp_state(TS_ACTIVE);
	assert_true(world_sent("sendMessage", "waits five minutes"));
	world_say(5, "second");
	world_totp_state(TS_ACTIVE);
	assert_true(world_sent("sendMessage", "the one before it was "
	    "dropped"));
}

/* Where a killed call of an ended conversation was, the next one is not. */
static void
t_new_forgets_directory(void)
{
	world_live();
	world_say(5, "work");
	world_begin();
	world_tool(world.turn, 1, TOOL_BASH, "{\"command\":\"sleep 9\"}");
	world_audit_done(0);
	world_job();
	world_say(5, "/new");
	world_run("", RO_KILLED, "/work/sub");
	assert_null(lane_get(5, 0)->cwd);
}

static void
t_new(void)
{
	uint64_t	conv;

	world_live();
	world_say(5, "work");
	conv = world.conv;
	world_begin();
	world_done(TO_OK);
	world_say(5, "more");
	assert_int_equal(world.conv, conv);
	world_begin();
	world_done(TO_OK);
	world_say(5, "/new and go");
	assert_int_equal(world.resets, 1);
	assert_true(world.conv != conv);
	assert_string_equal(world.prompt, "and go");
}

/* Every word of `session ... reset', in any case, alone or before more. */
static void
t_reset_words(void)
{
	static struct msg_CONF_RESET	 words[] = {
		{ .word = "/new" }, { .word = "/neu" }, { .word = "begin" } };
	uint64_t			 conv;

	world_live();
	world.settings.resets = words;
	world.settings.nresets = NELEM(words);
	world_say(5, "work");
	conv = world.conv;
	world_begin();
	world_done(TO_OK);
	world_say(5, "/neu");
	world_say(5, "one");
	assert_int_equal(world.resets, 1);
	assert_true(world.conv != conv);
	assert_string_equal(world.prompt, "one");
	conv = world.conv;
	world_begin();
	world_done(TO_OK);
	world_say(5, "/NEU  and go");
	assert_int_equal(world.resets, 2);
	assert_true(world.conv != conv);
	assert_string_equal(world.prompt, "and go");
	world_begin();
	world_done(TO_OK);
	conv = world.conv;
	world_say(5, "Begin\nwith this");
	assert_int_equal(world.resets, 3);
	assert_true(world.conv != conv);
	assert_string_equal(world.prompt, "with this");
	world_begin();
	world_done(TO_OK);
	conv = world.conv;
	world_say(5, "beginning");
	assert_int_equal(world.resets, 3);
	assert_int_equal(world.conv, conv);
	assert_string_equal(world.prompt, "beginning");
}

static void
t_due(void)
{
	int64_t	i;

	stranger_forget();
	assert_true(stranger_due(5, 0, 1000));
	assert_false(stranger_due(5, 999, 1000));
	assert_true(stranger_due(5, 1000, 1000));
	assert_true(stranger_due(6, 1000, 1000));
	/* Strangers cannot make it grow for ever. */
	for (i = 100; i < 5000; i++)
		assert_true(stranger_due(i, 2000, 1000));
	assert_false(stranger_due(4999, 2000, 1000));
	stranger_forget();
}

static void
t_late_and_foreign(void)
{
	world_live();
	world_say(5, "work");
	world_begin();
	world_done(TO_OK);
	/* A finished turn and one that never was. */
	world_tool(world.turn, 1, TOOL_BASH, "{\"command\":\"id\"}");
	world_tool(world.turn + 999, 2, TOOL_BASH, "{\"command\":\"id\"}");
	assert_int_equal(world.grants, 0);
	assert_int_equal(world.results, 0);
	world_done(TO_OK);
	assert_int_equal(turn_running(), 0);
}

static void
t_tool(void)
{
	world_live();
	world_say(5, "work");
	world_begin();
	world_tool(world.turn, 7, TOOL_BASH, "{\"command\":\"id\"}");
	assert_int_equal(world.audits, 1);
	/* Nothing runs before the line is written. */
	assert_int_equal(world.grants, 0);
	world_audit_done(0);
	assert_int_equal(world.grants, 1);
	assert_int_equal(world.granted_tier, TIER_WRITE_LOCAL);
	world_job();
	assert_int_equal(world.runs, 1);
	assert_string_equal(world.jobargs, "{\"command\":\"id\"}");
	world_run("uid=1", RO_OK, "/work/sub");
	assert_int_equal(world.results, 1);
	assert_string_equal(world.result, "uid=1");
	assert_false(world.result_error);
	/* The directory is kept for the next call. */
	world_tool(world.turn, 8, TOOL_BASH, "{\"command\":\"pwd\"}");
	world_audit_done(0);
	world_job();
	assert_string_equal(world.jobcwd, "/work/sub");
	world_run("/work/sub", RO_TIMEOUT, "");
	assert_true(world.result_error);
	assert_non_null(strstr(world.result, "used up its time"));
}

static void
t_tool_refused(void)
{
	world_live();
	world_say(7, "work");		/* read-only */
	world_begin();
	world_tool(world.turn, 1, TOOL_BASH, "{\"command\":\"id\"}");
	world_audit_done(0);
	assert_non_null(strstr(world.result, "read-only"));
	world_tool(world.turn, 2, TOOL_READ, "[1]");
	world_audit_done(0);
	assert_non_null(strstr(world.result, "not a JSON object"));
	world_tool(world.turn, 3, TOOL_READ, "{\"file_path\":\"x\"}");
	world_audit_done(1);
	assert_non_null(strstr(world.result, "audit log cannot"));
	world_tool(world.turn, 4, TOOL_WEBSEARCH, "{}");
	assert_non_null(strstr(world.result, "no such tool"));
	assert_int_equal(world.results, 4);
	assert_int_equal(world.grants, 0);
}

/* How a turn ended, as the audit log has it. */
static void
t_verdicts(void)
{
	static const struct { uint8_t outcome, verdict; } rows[] = {
		{ TO_OK, AV_SUCCESS }, { TO_STOPPED, AV_SUCCESS },
		{ TO_CONTEXT, AV_SUCCESS }, { TO_KEY, AV_ERROR },
		{ TO_TIMEOUT, AV_TIMEOUT }, { TO_BROKEN, AV_ERROR },
		{ TO_LIMIT, AV_RATE_LIMITED }, { TO_MODEL, AV_ERROR },
		{ TO_ACCOUNT, AV_ERROR }, { TO_RATE, AV_RATE_LIMITED },
	};
	size_t	i;

	world_live();
	for (i = 0; i < NELEM(rows); i++) {
		world_say(5, "a word");
		world_begin();
		world.turn_verdict = AV_MAX;
		world_done(rows[i].outcome);
		world_loop(0);
		assert_int_equal(world.turn_verdict, rows[i].verdict);
	}
}

/* What was heard between two turns is as good a witness as what was stored,
 * and is stored soon. */
static void
t_witness(void)
{
	struct msg_AUDIT_HEAD	h = { .seq = 49 };

	world_live();
	audit_report_start();
	world_say(5, "a word");
	world_begin();
	world_done(TO_OK);
	world_loop(0);
	assert_int_equal(world.turn_verdict, AV_SUCCESS);
	assert_int_equal(world.turn_preview, 6);
	audit_heard(50);
	audit_on_head(NULL, &h, NULL);
	world_loop(0);
	assert_int_equal(world.went_back, 1);
	audit_heard(60);
	world_loop(2500);
	assert_int_equal(store_meta("audit_seq", 0), 60);
	h.seq = 60;
	audit_on_head(NULL, &h, NULL);
	world_loop(0);
	assert_int_equal(world.went_back, 1);
}

static void
t_agent_dies(void)
{
	world_live();
	world_say(5, "dig a hole");
	world_begin();
	world_text("I dig");
	world_tool(world.turn, 1, TOOL_BASH, "{\"command\":\"dig\"}");
	world_audit_done(0);
	world_job();
	world_agent_dies();
	assert_int_equal(world.kills, 1);
	assert_int_equal(turn_running(), 0);
	assert_true(world_sent("sendMessage", "I was restarted while"));
	world_say(5, "and then");
	assert_int_equal(world.nturns, 1);
	world_agent_back();
	assert_int_equal(world.nturns, 2);
	assert_string_equal(world.prompt, "and then");
	world_begin();
	world_done(TO_OK);
	assert_int_equal(world.resume, 0);
	world_press(5, world_button());
	assert_int_equal(world.nturns, 3);
	assert_int_equal(world.resume, 1);
	/* Once. */
	world_press(5, world_button());
	assert_int_equal(world.nturns, 3);
	assert_true(world_sent("answerCallbackQuery", "continued already"));
}

static void
life_busy(void)
{
	world_live();
	world_say(5, "the first");
	world_begin();
	world_text("so far");
	world_say(5, "the second");
	world_say(6, "the third");
}

static void
t_restart(void)
{
	world_first_life(life_busy);
	assert_true(world_sent("sendMessage", "the first"));
	assert_true(world_sent("sendMessage", "\"c:"));
	/* What ran is told; what waited runs; nothing runs twice. */
	assert_int_equal(world.nturns, 1);
	assert_string_equal(world.prompt, "the second");
	world_update(1001, 5, "the first");
	assert_int_equal(world.nturns, 1);
}

static void
t_runner_dies(void)
{
	world_live();
	world_say(5, "work");
	world_begin();
	world_tool(world.turn, 1, TOOL_BASH, "{\"command\":\"id\"}");
	world_audit_done(0);
	world_job();
	world_runner_dies();
	assert_int_equal(world.kills, 1);
	assert_true(world.result_error);
	assert_non_null(strstr(world.result, "runner"));
	world_tool(world.turn, 2, TOOL_BASH, "{\"command\":\"id\"}");
	world_audit_done(0);
	assert_int_equal(world.results, 2);
	assert_int_equal(world.grants, 1);
}

static void
t_totp(void)
{
	world_live();
	world.settings.r.totp = 1;
	world.settings.r.totp_session_s = 60;
	world_say(5, "secret work");
	assert_int_equal(world.totp_checks, 1);
	assert_int_equal(world.nturns, 0);
	world_totp_state(TS_ACTIVE);
	assert_int_equal(world.nturns, 0);
	assert_true(world_sent("sendMessage", "/verify_2fa"));
	world_say(5, "/verify-2fa 123456");
	assert_true(world_sent("deleteMessage", "\"message_id\""));
	assert_string_equal(world.code, "123456");
	world_totp_result(TR_WRONG);
	assert_int_equal(world.nturns, 0);
	world_say(5, "654321");
	world_totp_result(TR_OK);
	assert_int_equal(world.nturns, 1);
	assert_string_equal(world.prompt, "secret work");
	/* Nobody is asked while it is open; others still are. */
	world_say(5, "/whoami");
	assert_int_equal(world.totp_checks, 1);
	world_say(6, "hello");
	assert_int_equal(world.totp_checks, 2);
	/* An outage lets nobody in that has no session. */
	world_totp_dies();
	world_say(6, "hello again");
	assert_int_equal(world.nturns, 1);
	/* It is back: asked again, in order. */
	world_totp_back();
	assert_int_equal(world.totp_checks, 4);
	world_totp_state(TS_NONE);
	assert_int_equal(world.nturns, 2);
	assert_string_equal(world.prompt, "hello again");
	world_totp_dies();
	totpgate_give_up();
	world_say(7, "me too");
	assert_int_equal(world.nturns, 2);
	totpgate_give_up();
	world_say(5, "I am known");
	assert_int_equal(world.nturns, 2);	/* queued behind its first */
	assert_int_equal(queue_waiting(), 1);
	assert_true(world_sent("sendMessage", "cannot be checked"));
}

/* That a call used the network may be told behind its end. */
static void
net(uint64_t job)
{
	struct msg_TOOL_NET	m = { .job = job };
	struct msg_meta		meta = { 0 };

	mediate_on_net(NULL, &m, &meta);
}

static void
t_net_late(void)
{
	static struct msg_CONF_RULE	all[] = {
		{ .verdict = RV_ALLOW, .tool = TOOL_BASH, .any = 1 },
	};
	struct call	*c;
	uint64_t	 job, old;

	world_live();
	world.settings.rules = all;
	world.settings.nrules = 1;
	world_say(5, "go on");
	world_begin();
	world_tool(world.turn, 1, TOOL_BASH, "{\"command\":\"ls\"}");
	c = TAILQ_FIRST(&turn_find(world.turn)->calls);
	assert_non_null(c);
	job = c->job;
	world_audit_done(0);
	world_job();
	world_run("ok", RO_OK, "/w");
	assert_null(call_find(job));
	net(job + 77);
	assert_int_equal(turn_find(world.turn)->taint, 0);
	net(job);
	assert_int_equal(turn_find(world.turn)->taint, TAINT_NET);
	assert_int_equal(lane_get(5, 0)->taint, TAINT_NET);
	/* Behind the end of the turn: for the conversation, and for none
	 * that came after it. */
	world_say(5, "/new");
	world_say(6, "hello");
	world_begin();
	world_tool(world.turn, 2, TOOL_BASH, "{\"command\":\"ls\"}");
	old = TAILQ_FIRST(&turn_find(world.turn)->calls)->job;
	world_audit_done(0);
	world_job();
	world_run("ok", RO_OK, "/w");
	world_done(TO_OK);
	assert_int_equal(lane_get(6, 0)->taint, 0);
	net(old);
	assert_int_equal(lane_get(6, 0)->taint, TAINT_NET);
	world_say(6, "/new");
	assert_int_equal(lane_get(6, 0)->taint, 0);
	net(old);
	assert_int_equal(lane_get(6, 0)->taint, 0);
}

static void (*const fns[])(void) = {
	t_answer,
	t_keep,
	t_duplicates,
	t_refused,
	t_queue,
	t_commands,
	t_passed_on,
	t_blank,
	t_stop_overtakes_grant,
	t_start,
	t_idle,
	t_clock_set_back,
	t_held_is_replaced,
	t_new_forgets_directory,
	t_new,
	t_reset_words,
	t_due,
	t_late_and_foreign,
	t_tool,
	t_tool_refused,
	t_net_late,
	t_witness,
	t_verdicts,
	t_agent_dies,
	t_restart,
	t_runner_dies,
	t_totp,
};

int
main(void)
{
	static const char *const names[NELEM(fns)] = {
		"t_answer",
		"t_keep",
		"t_duplicates",
		"t_refused",
		"t_queue",
		"t_commands",
		"t_passed_on",
		"t_blank",
		"t_stop_overtakes_grant",
		"t_start",
		"t_idle",
		"t_clock_set_back",
		"t_held_is_replaced",
		"t_new_forgets_directory",
		"t_new",
		"t_reset_words",
		"t_due",
		"t_late_and_foreign",
		"t_tool",
		"t_tool_refused",
		"t_net_late",
		"t_witness",
		"t_verdicts",
		"t_agent_dies",
		"t_restart",
		"t_runner_dies",
		"t_totp",
	};

	return (world_main(fns, names, NELEM(fns)));
}
