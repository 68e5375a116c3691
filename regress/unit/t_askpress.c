/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Answers to a card that are none: of another chat or person, late, made up,
 * or overtaken by the rules while the person was looked at.  Each test is a
 * process of its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "regress/unit/relay_world.h"
#include "imsg/values.h"
#include "imsg/job.h"
#include "engines/relay/access.h"
#include "engines/relay/store/store.h"
#include "telclauded/lib/util.h"

#define CMD	"{\"command\":\"make test\"}"

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
	store_set_totp("5", wall_ms() + 900000);
}

static void
t_press_elsewhere(void)
{
	char	data[64];

	live();
	asked(1);
	(void)snprintf(data, sizeof(data), "%s", button('o'));
	/* Messages are counted by chat: the same number in another one. */
	world.group = 6;
	world_press(5, data);
	assert_int_equal(world.grants, 0);
	assert_int_equal(world_count("answerCallbackQuery",
	    "no button of mine"), 1);
	/* Nor below another message of its own chat. */
	world.group = 0;
	world.pressed++;
	world_press(5, data);
	assert_int_equal(world_count("answerCallbackQuery",
	    "no button of mine"), 2);
	world.pressed--;
	world_press(6, data);
	assert_int_equal(world_count("answerCallbackQuery",
	    "no button of mine"), 3);
	world_audit_done(0);
	assert_int_equal(world.grants, 0);
	world_press(5, data);
	ran("ok");
	assert_int_equal(world.grants, 1);
}

/* What was denied is over, while the card is open for another call. */
static void
t_press_denied(void)
{
	char	data[64];

	live();
	world_tool(world.turn, 1, TOOL_BASH, CMD);
	world_audit_done(0);
	world_tool(world.turn, 2, TOOL_BASH, CMD);
	world_audit_done(0);
	world_loop(60);
	assert_true(world_sent("sendMessage", "2 calls, in "));
	(void)snprintf(data, sizeof(data), "%s", button('o'));
	world_press(5, button('d'));
	assert_int_equal(world.results, 1);
	world_press(5, data);
	world_audit_done(0);
	assert_int_equal(world.grants, 0);
	assert_true(world_sent("answerCallbackQuery", "denied by Ana"));
}

/* No button for it is shown yet; what one would say is easily made up. */
static void
t_press_unread(void)
{
	static char	args[12000] = "{\"command\":\"";
	char		data[64];

	live();
	(void)memset(args + strlen(args), 'x', sizeof(args) - 32);
	(void)strcat(args, "\"}");
	world_tool(world.turn, 1, TOOL_BASH, args);
	world_audit_done(0);
	world_loop(60);
	assert_string_equal(button('o'), "");
	(void)snprintf(data, sizeof(data), "%s", button('d'));
	assert_int_equal(data[2], 'd');
	data[2] = 'o';
	world_press(5, data);
	assert_true(world_sent("answerCallbackQuery", "all of its pages"));
	data[2] = 'h';
	world_press(5, data);
	world_audit_done(0);
	assert_int_equal(world.grants, 0);
}

/* Allowed where no code is asked for; where one is, it is no press. */
static void
t_press_for_code(void)
{
	char	data[64];

	live_coded();
	coded(1, TS_ACTIVE);
	(void)snprintf(data, sizeof(data), "%s", button('d'));
	data[2] = 'o';
	world_press(5, data);
	world_audit_done(0);
	assert_true(world_sent("answerCallbackQuery", "allowed by a code"));
	assert_int_equal(world.grants, 0);
}

/* The rule became another one while the gate asked about the person. */
static void
t_press_gate_changed(void)
{
	live();
	asked(1);
	world.settings.r.totp = 1;
	world.settings.r.totp_session_s = 100;
	world_press(5, button('o'));
	assert_int_equal(world.totp_checks, 1);
	asks[0].verdict = RV_DENY;
	world_totp_state(TS_NONE);
	world_audit_done(0);
	assert_true(world_sent("sendMessage", "forbids it now"));
	assert_int_equal(world.grants, 0);
}

/* And while a code was looked at. */
static void
t_code_changed(void)
{
	live_coded();
	coded(1, TS_ACTIVE);
	world_say(5, "111111");
	assert_string_equal(world.code, "111111");
	asks[0].verdict = RV_DENY;
	world_totp_result(TR_OK);
	world_audit_done(0);
	assert_true(world_sent("sendMessage", "forbids it now"));
	assert_int_equal(world.grants, 0);
}

/* Words of somebody else in the same group deny nothing. */
static void
t_words_of_another(void)
{
	world_live();
	world.settings.rules = asks;
	world.settings.nrules = 1;
	world.group = 6;
	world_say(5, "go on");
	world_begin();
	asked(1);
	world_say(7, "my own words");
	assert_int_equal(world.results, 0);
	world_say(5, "rather not");
	assert_int_equal(world.results, 1);
	assert_non_null(strstr(world.result, "rather not"));
}

static void (*const fns[])(void) = {
	t_press_elsewhere,
	t_press_denied,
	t_press_unread,
	t_press_for_code,
	t_press_gate_changed,
	t_code_changed,
	t_words_of_another,
};

int
main(void)
{
	static const char *const names[NELEM(fns)] = {
		"t_press_elsewhere",
		"t_press_denied",
		"t_press_unread",
		"t_press_for_code",
		"t_press_gate_changed",
		"t_code_changed",
		"t_words_of_another",
	};

	return (world_main(fns, names, NELEM(fns)));
}
