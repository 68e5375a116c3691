/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Asking in the course of time: rules that end with their hour, rights that
 * change meanwhile, codes.  The clocks are moved, not waited
 * for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <event2/event.h>
#include <sodium.h>

#include "regress/unit/relay_world.h"
#include "imsg/values.h"
#include "engines/relay/access.h"
#include "engines/relay/ask/ask.h"
#include "engines/relay/ask/card.h"
#include "engines/relay/call/mediate.h"
#include "engines/relay/route.h"
#include "engines/relay/turn/queue.h"
#include "engines/relay/turn/turn.h"

#define HOUR	3600000
#define CMD	"{\"command\":\"make test\"}"

static uint64_t	ahead;

uint64_t	 __real_now_ms(void);
uint64_t	 __real_wall_ms(void);
uint64_t	 __wrap_now_ms(void);
uint64_t	 __wrap_wall_ms(void);

uint64_t
__wrap_now_ms(void)
{
	return (__real_now_ms() + ahead);
}

uint64_t
__wrap_wall_ms(void)
{
	return (__real_wall_ms() + ahead);
}

static struct msg_CONF_RULE	asks[] = {
	{ .verdict = RV_ASK, .tool = TOOL_BASH, .any = 1 },
};

static void
live(void)
{
	world_live();
	world.settings.rules = asks;
	world.settings.nrules = 1;
	(void)snprintf(world.settings.r.workspace,
	    sizeof(world.settings.r.workspace), "/w");
	world_say(5, "go on");
	world_begin();
}

/* Data of the newest button of this kind, and the message it is below. */
static const char *
button(char verb)
{
	static char	 data[64];
	char		 mark[32];
	const char	*p = NULL;
	unsigned	 i;

	(void)snprintf(mark, sizeof(mark), "\"callback_data\":\"a:%c:", verb);
	for (i = world.nsent; i-- > 0 && p == NULL;)
		if ((p = strstr(world.body[i], mark)) != NULL &&
		    strcmp(world.method[i], "sendMessage") == 0)
			world.pressed = 500 + i + 1;
	if (p == NULL)
		return ("");
	(void)snprintf(data, sizeof(data), "%.*s", 20, p + 17);
	return (data);
}

/* A call, its line in the log, its card. */
static void
asked(uint32_t call)
{
	unsigned	n = world.nsent;

	world_tool(world.turn, call, TOOL_BASH, CMD);
	world_audit_done(0);
	world_loop(60);
	assert_true(world.nsent > n);
	assert_true(world_sent("sendMessage", "make test"));
}

static void
ran(const char *out)
{
	world_audit_done(0);
	world_job();
	assert_string_equal(world.jobargs, CMD);
	world_run(out, RO_OK, "/w");
}

static void
t_hour(void)
{
	live();
	asked(1);
	assert_int_equal(world.grants, 0);
	world_press(5, button('h'));
	ran("ok");
	assert_int_equal(world.grants, 1);
	/* The next asks nobody. */
	world_tool(world.turn, 2, TOOL_BASH, CMD);
	ran("ok");
	assert_int_equal(world.grants, 2);
	/* Nearly an hour later as well; then it is over. */
	ahead = HOUR - 5000;
	world_tool(world.turn, 3, TOOL_BASH, CMD);
	ran("ok");
	assert_int_equal(world.grants, 3);
	ahead = HOUR;
	asked(4);
	assert_int_equal(world.grants, 3);
}

/* It answers where a rule asks, not where one has come to deny. */
static void
t_hour_is_no_more(void)
{
	live();
	asked(1);
	world_press(5, button('h'));
	ran("ok");
	asks[0].verdict = RV_DENY;
	world_tool(world.turn, 2, TOOL_BASH, CMD);
	world_audit_done(0);
	assert_true(strstr(world.result, "a rule forbids Bash") != NULL);
	asks[0].verdict = RV_ASK_CODE;
	world_tool(world.turn, 3, TOOL_BASH, CMD);
	assert_int_equal(world.grants, 1);
	/* A search or a file taints it: asked again. */
	asks[0].verdict = RV_ASK;
	turn_taint(turn_find(world.turn), TAINT_WEB);
	asked(4);
	assert_int_equal(world.grants, 1);
}

/* What it is allowed by may have changed while the card was open. */
static void
t_changed_meanwhile(void)
{
	char	data[64];

	live();
	asked(1);
	(void)snprintf(data, sizeof(data), "%s", button('o'));
	asks[0].verdict = RV_DENY;
	world_press(5, data);
	assert_true(world_sent("answerCallbackQuery", "forbids it now"));
	asks[0].verdict = RV_ASK_CODE;
	world_press(5, data);
	assert_true(world_sent("answerCallbackQuery", "needs a code"));
	asks[0].verdict = RV_ASK;
	turn_taint(turn_find(world.turn), TAINT_NET);
	world_press(5, button('h'));
	assert_true(world_sent("answerCallbackQuery", "Not for an hour"));
	assert_int_equal(world.grants, 0);
	world_press(5, data);
	ran("ok");
	assert_int_equal(world.grants, 1);
}

/* It runs where the card said, wherever another call went meanwhile. */
static void
t_directory(void)
{
	live();
	lane_set_cwd(lane_get(5, 0), "/w/a", 4);
	asked(1);
	assert_true(world_sent("sendMessage", "Bash, in /w/a, "));
	lane_set_cwd(lane_get(5, 0), "/w/elsewhere", 12);
	world_press(5, button('o'));
	world_audit_done(0);
	world_job();
	assert_string_equal(world.jobcwd, "/w/a");
}

/* The workspace moves: what was asked about is not what would run. */
static void
t_moved(void)
{
	char	data[64];

	live();
	asked(1);
	assert_true(world_sent("sendMessage", "Bash, in /w, "));
	(void)snprintf(data, sizeof(data), "%s", button('o'));
	(void)snprintf(world.settings.r.workspace,
	    sizeof(world.settings.r.workspace), "/elsewhere");
	world_press(5, data);
	assert_int_equal(world.grants, 0);
	assert_true(world_sent("answerCallbackQuery", "another one since"));
	/* Also when it moves between the word and the process. */
	(void)snprintf(world.settings.r.workspace,
	    sizeof(world.settings.r.workspace), "/w");
	world_press(5, data);
	world_audit_done(0);
	assert_int_equal(world.grants, 1);
	(void)snprintf(world.settings.r.workspace,
	    sizeof(world.settings.r.workspace), "/elsewhere");
	world_job();
	assert_int_equal(world.runs, 0);
	assert_non_null(strstr(world.result, "another one since"));
}

/* What is read while a card is open is told there. */
static void
t_tainted_card(void)
{
	live();
	asked(1);
	assert_true(world_sent("sendMessage", "nothing from outside read"));
	assert_true(world_sent("sendMessage", "for 1 h here"));
	turn_taint(turn_find(world.turn), TAINT_WEB);
	world_loop(0);
	assert_int_equal(world_count("editMessageText",
	    "has read: a web page"), 1);
	assert_false(world_sent("editMessageText", "for 1 h here"));
}

/* A name that takes ten times its bytes to show stands below, in pages. */
static void
t_directory_unseen(void)
{
	char	 dir[201] = "/";

	live();
	(void)memset(dir + 1, 0xff, 199);
	lane_set_cwd(lane_get(5, 0), dir, 200);
	asked(1);
	assert_true(world_sent("sendMessage",
	    "Bash, in the directory named below, "));
	assert_true(world_sent("sendMessage", "directory: /"));
	world_press(5, button('o'));
	world_audit_done(0);
	world_job();
	assert_string_equal(world.jobcwd, dir);
}

static void
expire(struct card *k, void *arg)
{
	(void)arg;
	ask_expire(k);
}

/* While a card is open the turn's clock stands. */
static void
t_clock(void)
{
	struct turn	*t;
	uint64_t	 left;

	live();
	t = turn_find(world.turn);
	assert_true(event_pending(t->timer, EV_TIMEOUT, NULL));
	assert_int_equal(world.pauses, 0);
	asked(1);
	assert_false(event_pending(t->timer, EV_TIMEOUT, NULL));
	assert_int_equal(world.pauses, 1);
	left = t->left;
	ahead = 2 * 60 * 1000;
	asked(2);
	assert_int_equal(t->left, left);
	world_press(5, button('d'));
	assert_false(event_pending(t->timer, EV_TIMEOUT, NULL));
	world_say(5, "/deny");
	assert_true(event_pending(t->timer, EV_TIMEOUT, NULL));
	assert_int_equal(world.pauses, 2);
	assert_in_range(t->due - __wrap_now_ms(), left - 5000, left);
	/* Once more, and /stop. */
	asked(3);
	assert_false(event_pending(t->timer, EV_TIMEOUT, NULL));
	world_say(5, "/stop");
	assert_true(event_pending(t->timer, EV_TIMEOUT, NULL));
	assert_true(world_sent("editMessageText", "This request ended at"));
}

/* A person who is away is not asked for ever. */
static void
t_silence(void)
{
	uint32_t	i;

	live();
	for (i = 1; i <= 3; i++) {
		asked(i);
		card_each(expire, NULL);
		world_loop(0);
		assert_true(strstr(world.result, "in time") != NULL);
	}
	world_tool(world.turn, 4, TOOL_BASH, CMD);
	assert_true(strstr(world.result, "Nobody answered the last") != NULL);
	assert_int_equal(world.grants, 0);
}

/* Without an audit log nobody is asked, and nothing runs. */
static void
t_no_audit(void)
{
	unsigned	n;

	live();
	n = world.nsent;
	world_tool(world.turn, 1, TOOL_BASH, CMD);
	world_audit_done(1);
	world_loop(60);
	assert_int_equal(world.nsent, n);
	assert_true(strstr(world.result, "nobody was asked") != NULL);
}

/* A press that met the gate means nothing in the next run. */
static void
press_life(void)
{
	live();
	asked(1);
	world.settings.r.totp = 1;
	world.settings.r.totp_session_s = 100;
	world_press(5, button('o'));
	assert_int_equal(world.totp_checks, 1);
	assert_int_equal(world.grants, 0);
	world_totp_state(TS_ACTIVE);
	assert_true(world_sent("sendMessage", "First your second factor"));
}

static void
t_press_at_the_gate(void)
{
	world_first_life(press_life);
	/* The card says that it ended; no message to the model came of it. */
	assert_true(world_sent("editMessageText",
	    "ended when the relay was restarted"));
	assert_int_equal(world.nturns, 0);
	assert_int_equal(queue_waiting(), 0);
}

/* --- codes ------------------------------------------------------------- */
/* Asked for a code, once it is known that the person has a second factor. */
static void
coded(uint32_t call, uint8_t state)
{
	world_tool(world.turn, call, TOOL_BASH, CMD);
	assert_int_equal(world.totp_checks, call);
	world_totp_state(state);
	world_audit_done(0);
	world_loop(60);
}

static void
live_coded(void)
{
	live();
	asks[0].verdict = RV_ASK_CODE;
	world.settings.r.totp = 1;
	world.settings.r.totp_session_s = 1000;
	store_set_totp("5", __wrap_wall_ms() + 900000);
}

/* What a code is for: the tool, where it runs, its input. */
static void
action(const char *cwd, uint8_t digest[32])
{
	uint8_t	what[8 + sizeof(CMD)];
	size_t	n = strlen(cwd) + 1;

	what[0] = TOOL_BASH;
	memcpy(what + 1, cwd, n);
	memcpy(what + 1 + n, CMD, strlen(CMD));
	(void)crypto_hash_sha256(digest, what, 1 + n + strlen(CMD));
}

static void
t_code(void)
{
	uint8_t	digest[32];

	live_coded();
	coded(1, TS_ACTIVE);
	assert_true(world_sent("sendMessage", "send the six digits"));
	world_say(5, "111111");
	assert_string_equal(world.code, "111111");
	action("", digest);
	assert_memory_equal(world.code_digest, digest, sizeof(digest));
	world_totp_result(TR_WRONG);
	assert_true(world_sent("sendMessage", "code is wrong"));
	assert_int_equal(world.grants, 0);
	/* One code is on its way: the next is not for the same call, and no
	 * words for the model either. */
	world_say(5, "222222");
	world_say(5, "333333");
	assert_string_equal(world.code, "222222");
	assert_true(world_sent("sendMessage", "being checked already"));
	assert_int_equal(world.results, 0);
	world_totp_result(TR_OK);
	ran("ok");
	assert_int_equal(world.grants, 1);
	coded(2, TS_ACTIVE);
	world_say(5, "/verify-2fa 444444");
	assert_string_equal(world.code, "444444");
	action("/w", digest);
	assert_memory_equal(world.code_digest, digest, sizeof(digest));
	world_totp_result(TR_OK);
	ran("ok");
	assert_int_equal(world.grants, 2);
}

/* Two cards want a code: one at a time, the one whose card says so. */
static void
t_code_which(void)
{
	uint8_t	first[32], second[32];
	char	deny[64];

	live_coded();
	coded(1, TS_ACTIVE);
	(void)snprintf(deny, sizeof(deny), "%s", button('d'));
	lane_set_cwd(lane_get(5, 0), "/w/b", 4);
	coded(2, TS_ACTIVE);
	assert_int_equal(world_count("sendMessage", "To allow this"), 1);
	assert_true(world_sent("sendMessage", "Send none for it yet"));
	action("", first);
	action("/w/b", second);
	world_say(5, "111111");
	assert_memory_equal(world.code_digest, first, sizeof(first));
	/* Mended before it was answered: not for the other one. */
	world_say(5, "111112");
	assert_string_equal(world.code, "111111");
	assert_true(world_sent("sendMessage", "being checked already"));
	world_totp_result(TR_WRONG);
	/* The next is asked for, but who sends this has not read it yet. */
	world.refuse = "editMessageText";
	world.refuse_status = 429;
	world.refuse_why = "later";
	world_press(5, deny);
	world_say(5, "222222");
	assert_string_equal(world.code, "111111");
	world.refuse = NULL;
	world_loop(400);
	assert_true(world_sent("sendMessage", "had not arrived"));
	assert_true(world_sent("editMessageText", "To allow this"));
	world_say(5, "333333");
	assert_memory_equal(world.code_digest, second, sizeof(second));
	world_totp_result(TR_OK);
	world_audit_done(0);
	world_job();
	assert_string_equal(world.jobcwd, "/w/b");
	assert_int_equal(world.grants, 1);
}

/* The first ends while its code is typed: that is for no other. */
static void
t_code_lapsed(void)
{
	struct ask	*a;

	live_coded();
	coded(1, TS_ACTIVE);
	lane_set_cwd(lane_get(5, 0), "/w/b", 4);
	coded(2, TS_ACTIVE);
	assert_non_null(a = prompt_of(turn_find(world.turn)));
	ask_expire(a->card);
	world_loop(400);
	assert_non_null(a = prompt_of(turn_find(world.turn)));
	assert_true(prompt_readable(a));
	world_say(5, "111111");
	assert_string_equal(world.code, "");
	assert_true(world_sent("sendMessage", "ended just now"));
	ahead += 6000;
	world_say(5, "222222");
	assert_string_equal(world.code, "222222");
	world_totp_result(TR_OK);
	world_audit_done(0);
	world_job();
	assert_string_equal(world.jobcwd, "/w/b");
}

/* After a restart it is not known under which name the factor is. */
static void
t_code_names(void)
{
	live_coded();
	world.settings.r.admin = 5;
	store_set_totp("admin", __wrap_wall_ms() + 900000);
	world_tool(world.turn, 1, TOOL_BASH, CMD);
	assert_string_equal(world.totp_user, "admin");
	world_totp_state(TS_NONE);
	assert_string_equal(world.totp_user, "5");
	world_totp_state(TS_ACTIVE);
	world_audit_done(0);
	world_loop(60);
	assert_true(world_sent("sendMessage", "send the six digits"));
	world_say(5, "111111");
	assert_string_equal(world.code_user, "5");
	world_totp_result(TR_OK);
	assert_int_equal(world.grants, 0);
	world_audit_done(0);
	assert_int_equal(world.grants, 1);
}

/* Digits are bounded, by themselves. */
static void
t_code_flood(void)
{
	unsigned	i, n;

	live_coded();
	coded(1, TS_ACTIVE);
	world_minute();
	for (i = 0; i < 29; i++)
		world_say(5, "/whoami");
	for (i = 0; i < 30; i++) {
		world_say(5, "111111");
		world_totp_result(TR_WRONG);
	}
	assert_int_equal(world_count("sendMessage", "code is wrong"), 30);
	/* No check, and one word about it. */
	world_say(5, "222222");
	n = world_count("sendMessage", "");
	world_say(5, "222223");
	assert_string_equal(world.code, "111111");
	assert_int_equal(world_count("sendMessage", "30 codes a minute"), 1);
	assert_int_equal(world_count("sendMessage", ""), n);
	assert_int_equal(world.results, 0);
}

/* Not in time, not by another person, not without an engine. */
static void
t_code_not(void)
{
	live_coded();
	coded(1, TS_ACTIVE);
	world_say(5, "111111");
	world_say(5, "/deny");
	world_totp_result(TR_OK);
	assert_true(world_sent("sendMessage", "This request has ended"));
	assert_int_equal(world.grants, 0);
	coded(2, TS_NONE);
	assert_true(strstr(world.result, "/setup_2fa") != NULL);
	coded(3, TS_UNKNOWN);
	assert_true(strstr(world.result, "cannot be checked") != NULL);
	world.result[0] = '\0';
	world_tool(world.turn, 4, TOOL_BASH, CMD);
	world_totp_dies();
	assert_true(strstr(world.result, "cannot be checked") != NULL);
	world.result[0] = '\0';
	world_tool(world.turn, 5, TOOL_BASH, CMD);
	assert_true(strstr(world.result, "cannot be checked") != NULL);
	world.settings.r.totp = 0;
	world_tool(world.turn, 6, TOOL_BASH, CMD);
	assert_true(strstr(world.result, "none configured") != NULL);
	assert_int_equal(world.grants, 0);
	asks[0].verdict = RV_ASK;
	asked(7);
}

/* An edit of what waits mends that, and says nothing about the card. */
static void
t_edit(void)
{
	int64_t	msg;

	live();
	world_say(5, "secnd");
	msg = world.update;
	asked(1);
	world_edit(5, msg, "second");
	assert_true(world_sent("sendMessage", "I take the new version"));
	assert_int_equal(world.results, 0);
	world_press(5, button('o'));
	ran("ok");
	assert_int_equal(world.grants, 1);
	world_done(TO_OK);
	assert_string_equal(world.prompt, "second");
}

/* A tier that was lowered meanwhile is lower from the next call on. */
static void
t_lowered(void)
{
	static struct msg_CONF_TIER	less[] = {
		{ .tier = TIER_READ_ONLY, .any = 1 },
	};

	live();
	asked(1);
	world.settings.tiers = less;
	world.settings.ntiers = 1;
	world_press(5, button('o'));
	assert_int_equal(world.grants, 0);
	assert_true(world_sent("answerCallbackQuery", "tier is lower"));
	world_press(5, button('d'));
	world_tool(world.turn, 2, TOOL_BASH, CMD);
	world_audit_done(0);
	assert_int_equal(world.grants, 0);
	assert_non_null(strstr(world.result, "tier is read-only"));
}

static void (*const fns[])(void) = {
	t_hour, t_hour_is_no_more, t_changed_meanwhile, t_directory, t_moved,
	t_tainted_card, t_directory_unseen, t_clock, t_silence, t_no_audit,
	t_press_at_the_gate, t_code, t_code_which, t_code_lapsed,
	t_code_names, t_code_flood, t_code_not,
	t_edit, t_lowered,
};

int
main(void)
{
	static const char *const names[NELEM(fns)] = {
		"t_hour", "t_hour_is_no_more", "t_changed_meanwhile",
		"t_directory", "t_moved", "t_tainted_card",
		"t_directory_unseen", "t_clock", "t_silence", "t_no_audit",
		"t_press_at_the_gate", "t_code", "t_code_which", "t_code_lapsed",
		"t_code_names",
		"t_code_flood", "t_code_not", "t_edit", "t_lowered",
	};

	return (world_main(fns, names, NELEM(fns)));
}
