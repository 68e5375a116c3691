/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The second factor in the relay: commands, codes for one action, sessions
 * that end.  The engine is the other end of a link.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "regress/unit/relay_world.h"
#include "engines/relay/people/people.h"
#include "engines/relay/people/totpcode.h"
#include "engines/relay/people/totpgate.h"
#include "engines/relay/route.h"
#include "engines/relay/store/store.h"
#include "engines/relay/turn/queue.h"
#include "engines/relay/turn/turn.h"

static void
live(void)
{
	world_live();
	world.settings.r.totp = 1;
	world.settings.r.totp_session_s = 3600;
}

static void
opened(const char *user)
{
	store_set_totp(user, wall_ms() + 60000);
}

/* No totp block: the commands say so and nobody is asked. */
static void
t_none_here(void)
{
	world_live();
	world_say(5, "/setup-2fa");
	assert_true(world_sent("sendMessage", "no totp block"));
	world_say(5, "/disable-2fa 123456");
	world_say(5, "/2fa-logout");
	world_say(5, "/force-reauth");
	world_say(5, "/skip-totp");
	assert_int_equal(world.totp_checks, 0);
	assert_int_equal(world.disables, 0);
	assert_int_equal(world.nturns, 0);
}

static void
t_setup(void)
{
	live();
	opened("5");
	world_say(5, "/setup-2fa");
	assert_true(world_sent("sendMessage", "telclaudectl totp enrol 5"));
	world_say(5, "/setup_2fa");
	world_say(5, "/skip-totp");
	assert_true(world_sent("sendMessage", "Nothing has changed"));
	world.settings.r.admin = 5;
	opened("admin");
	world_say(5, "/setup-2fa");
	assert_true(world_sent("sendMessage", "totp enrol admin"));
	assert_int_equal(world.nturns, 0);
}

/* It takes a code, with an open session and without one. */
static void
t_disable(void)
{
	live();
	opened("5");
	world_say(5, "/disable-2fa");
	assert_true(world_sent("sendMessage", "takes a code"));
	assert_false(world_sent("deleteMessage", ""));
	world_say(5, "/disable-2fa 1234567");
	assert_true(world_sent("deleteMessage", "message_id"));
	assert_int_equal(world.disables, 0);
	world_say(5, "/disable-2fa 123456");
	assert_int_equal(world.disables, 1);
	assert_string_equal(world.code, "123456");
	assert_int_equal(world.code_by, 5);
	world_totp_result(TR_WRONG);
	assert_true(world_sent("sendMessage", "code is wrong"));
	assert_true(totpgate_until(5) > 0);
	world_say(5, "/disable-2fa 123457");
	world_totp_result(TR_OK);
	world_totp_note("5");
	assert_true(world_sent("sendMessage", "factor is gone"));
	assert_int_equal(totpgate_until(5), 0);
	/* Behind the gate: it is neither held nor kept, and what was held
	 * runs. */
	world_say(6, "work");
	world_totp_state(TS_ACTIVE);
	assert_int_equal(world.nturns, 0);
	world_say(6, "/disable-2fa 222222");
	assert_int_equal(world.disables, 3);
	world_totp_result(TR_OK);
	/* Asked about anew: a right code says what was, not what is. */
	assert_int_equal(world.nturns, 0);
	world_totp_state(TS_NONE);
	assert_int_equal(world.nturns, 1);
	assert_string_equal(world.prompt, "work");
	world_totp_dies();
	world_say(6, "/disable-2fa 222223");
	assert_true(world_sent("sendMessage", "cannot be checked"));
}

static void
t_logout(void)
{
	live();
	opened("5");
	opened("6");
	world_say(5, "/2fa-logout");
	assert_true(world_sent("sendMessage", "I ask for a code"));
	assert_int_equal(totpgate_until(5), 0);
	assert_true(totpgate_until(6) > 0);
	/* Others are the admin's matter. */
	world_say(6, "/force-reauth 7");
	assert_true(world_sent("sendMessage", "Only the admin"));
	world_say(6, "/force-reauth");
	assert_int_equal(totpgate_until(6), 0);
	world.settings.r.admin = 7;
	opened("admin");
	opened("6");
	world_say(7, "/force-reauth six");
	assert_true(world_sent("sendMessage", "NUMBER"));
	world_say(7, "/force-reauth 6");
	assert_int_equal(totpgate_until(6), 0);
	assert_true(totpgate_until(7) > 0);
	/* Another second factor, or none: the session was of the old one. */
	world_totp_note("admin");
	assert_int_equal(totpgate_until(7), 0);
}

/* What came by a session that is ended by hand waits for a code, too. */
static void
t_logout_queue(void)
{
	struct turn	*t;

	live();
	opened("5");
	opened("6");
	world_say(5, "first");
	world_begin();
	world_say(5, "a thief's");
	assert_int_equal(queue_waiting(), 1);
	world.settings.r.admin = 6;
	opened("admin");
	world_say(6, "/force-reauth 5");
	assert_int_equal(queue_waiting(), 0);
	assert_string_equal(world.totp_user, "5");
	world_totp_state(TS_ACTIVE);
	assert_true(world_sent("sendMessage", "First your second factor"));
	world_done(TO_OK);
	assert_int_equal(world.nturns, 1);
	/* With the code it goes on where it was. */
	world_say(5, "123456");
	world_totp_result(TR_OK);
	assert_int_equal(world.nturns, 2);
	assert_string_equal(world.prompt, "a thief's");
	/* On its way to the queue at that time. */
	world_begin();
	world_done(TO_OK);
	t = turn_new(7, 0, 7, 90, 0, "Eve", "x", 1);
	people_again(7);
	route_step(t, STEP_QUEUE);
	world_loop(0);
	assert_string_equal(world.totp_user, "7");
	assert_int_equal(world.nturns, 2);
	world_totp_state(TS_NONE);
	assert_int_equal(world.nturns, 3);
}

/* --- codes for one action ------------------------------------------------- */
static struct {
	unsigned	 n;
	uint64_t	 ctx;
	uint8_t		 result;
	uint32_t	 wait_s;
} last;

static void
done(uint64_t ctx, uint8_t result, uint32_t wait_s)
{
	last.n++;
	last.ctx = ctx;
	last.result = result;
	last.wait_s = wait_s;
}

static void
t_action(void)
{
	const uint8_t	 digest[32] = { 1, 2, 3 }, zero[32] = { 0 };
	struct turn	*t;

	live();
	t = turn_new(-100, 0, 5, 77, 1, "Ana", "123456", 6);
	totp_code(t, "12345", digest, done, 1);
	assert_int_equal(last.n, 1);
	assert_int_equal(last.result, TR_WRONG);
	assert_true(world_sent("deleteMessage", "\"message_id\""));
	assert_string_equal(world.code, "");
	totp_code(t, "123456", digest, done, 2);
	world_loop(0);
	assert_int_equal(last.n, 1);
	world_totp_result(TR_OK);
	assert_int_equal(last.n, 2);
	assert_int_equal(last.ctx, 2);
	assert_int_equal(last.result, TR_OK);
	/* In a group it is the writer who tries. */
	assert_string_equal(world.code_user, "5");
	assert_int_equal(world.code_by, 5);
	assert_memory_equal(world.code_digest, digest, 32);
	/* It opens no session. */
	assert_int_equal(totpgate_until(5), 0);
	totp_code(t, "123456", NULL, done, 3);
	world_loop(0);
	world_totp_result(TR_LOCKED);
	assert_memory_equal(world.code_digest, zero, 32);
	assert_int_equal(last.result, TR_LOCKED);
	/* Once each, also when the engine dies, is away, or says nothing. */
	totp_code(t, "123456", digest, done, 4);
	world_totp_dies();
	assert_int_equal(last.n, 4);
	assert_int_equal(last.result, TR_BROKEN);
	totp_code(t, "123456", digest, done, 5);
	assert_int_equal(last.n, 5);
	assert_int_equal(last.result, TR_BROKEN);
	world_totp_back();
	totp_code(t, "123456", digest, done, 6);
	world_loop(0);
	totpcode_give_up();
	assert_int_equal(last.n, 6);
	world_totp_result(TR_OK);
	assert_int_equal(last.n, 6);
	turn_free(t);
}

/* A person linked elsewhere while their code is on its way. */
static void
t_whose(void)
{
	live();
	world_say(5, "work");
	world_totp_state(TS_ACTIVE);
	world_say(5, "123456");
	assert_string_equal(world.code_user, "5");
	world.settings.r.admin = 5;	/* now another name is theirs */
	world_totp_result(TR_OK);
	assert_int_equal(totpgate_until(5), 0);
	assert_true(store_totp_until("5") > wall_ms());
	/* And what waited for that code is asked for the other one. */
	assert_int_equal(world.nturns, 0);
	assert_string_equal(world.totp_user, "admin");
	world_totp_state(TS_ACTIVE);
	assert_int_equal(world.nturns, 0);
}

/*
 * A code is the first thing after a restart: which of their names it is under
 * is not known yet, and only where there is none is the next one asked about.
 */
static void
t_names(void)
{
	live();
	world.settings.r.admin = 5;
	world_say(5, "/verify-2fa 123456");
	assert_string_equal(world.code_user, "admin");
	world_totp_result(TR_NONE);
	assert_string_equal(world.code_user, "5");
	assert_string_equal(world.code, "123456");
	world_totp_result(TR_OK);
	assert_true(world_sent("sendMessage", "Your second factor is open"));
	assert_true(store_totp_until("5") > wall_ms());
	assert_int_equal(store_totp_until("admin"), 0);
	assert_true(totpgate_until(5) > wall_ms());
	/* Known from now on. */
	store_set_totp("5", 0);
	world_say(5, "/verify-2fa 123457");
	assert_string_equal(world.code_user, "5");
	world_totp_result(TR_WRONG);
	world_say(5, "/disable-2fa 123458");
	assert_int_equal(world.disables, 1);
	world_totp_result(TR_NONE);
	assert_int_equal(world.disables, 2);
	assert_string_equal(world.code, "123458");
	world_totp_result(TR_NONE);
	assert_int_equal(world.disables, 2);
	assert_true(world_sent("sendMessage", "You have no second factor"));
	/* Nobody guesses twice: a wrong code is wrong. */
	world.settings.r.admin = 6;
	world_say(6, "/verify-2fa 123456");
	world_totp_result(TR_WRONG);
	assert_string_equal(world.code_user, "admin");
	assert_true(world_sent("sendMessage", "code is wrong"));
}

/* Linked while the engine was asked who has a second factor. */
static void
t_linked(void)
{
	live();
	world_say(5, "work");
	assert_string_equal(world.totp_user, "5");
	world.settings.r.admin = 5;
	world_totp_state(TS_NONE);
	assert_int_equal(world.nturns, 0);
	assert_string_equal(world.totp_user, "admin");
	world_totp_state(TS_ACTIVE);
	assert_int_equal(world.nturns, 0);
	assert_true(world_sent("sendMessage", "First your second factor"));
}

/* Tries of one person are bounded before anybody is asked about them. */
static void
t_flood(void)
{
	unsigned	i, n;

	live();
	world_minute();
	for (i = 0; i < 30; i++)
		world_say(5, "/verify-2fa");
	n = world_count("sendMessage", "six digits");
	assert_int_equal(n, 30);
	world_say(5, "/verify-2fa 123456");
	world_say(5, "/disable-2fa 123456");
	assert_string_equal(world.code, "");
	assert_int_equal(world_count("sendMessage", "not taken"), 1);
	world_say(6, "/verify-2fa 123456");
	assert_string_equal(world.code, "123456");
}

/* It only ends things: no code first, and nothing that waits is lost. */
static void
t_stop(void)
{
	live();
	opened("5");
	world_say(5, "work");
	world_begin();
	store_set_totp("5", 0);
	world_say(5, "more");
	world_totp_state(TS_ACTIVE);
	world_say(5, "/stop");
	assert_int_equal(world.stops, 1);
	assert_int_equal(world.totp_checks, 1);
	assert_false(world_sent("sendMessage", "was dropped"));
}

static void
life_button(void)
{
	live();
	world_press(5, "action:new");
	assert_int_equal(world.totp_checks, 1);
}

/* A button whose meaning ended with its run is not a message of its data. */
static void
t_button_restart(void)
{
	world_first_life(life_button);
	world_loop(0);
	assert_int_equal(world.nturns, 0);
}

/* Two presses, both at the gate: one turn. */
static void
t_continue_once(void)
{
	live();
	opened("5");
	world_say(5, "dig a hole");
	world_begin();
	world_agent_dies();
	world_agent_back();
	store_set_totp("5", 0);
	world_press(5, world_button());
	world_press(5, world_button());
	assert_int_equal(world.totp_checks, 2);
	world_totp_state(TS_NONE);
	assert_int_equal(world.nturns, 2);
	assert_int_equal(world.resume, 1);
	world_begin();
	world_done(TO_OK);
	world_totp_dies();
	world_totp_back();
	world_totp_state(TS_NONE);
	assert_int_equal(world.nturns, 2);
	assert_true(world_sent("sendMessage", "continued already"));
}

/* Six digits are a code for who was asked, and a message of anybody else. */
static void
t_bare(void)
{
	live();
	world_say(5, "work");
	world_totp_state(TS_ACTIVE);
	opened("6");
	world_say(6, "123456");
	world_loop(0);
	assert_string_equal(world.code, "");
	assert_int_equal(world.nturns, 1);
	assert_string_equal(world.prompt, "123456");
}

static void (*const fns[])(void) = {
	t_none_here, t_setup, t_disable, t_logout, t_logout_queue,
	t_action, t_whose, t_names, t_bare,
	t_linked, t_flood, t_stop, t_button_restart, t_continue_once,
};

int
main(void)
{
	static const char *const names[NELEM(fns)] = {
		"t_none_here", "t_setup", "t_disable", "t_logout",
		"t_logout_queue", "t_action",
		"t_whose", "t_names", "t_bare", "t_linked", "t_flood",
		"t_stop",
		"t_button_restart", "t_continue_once",
	};
	struct CMUnitTest	 tests[NELEM(fns)];
	void			(*fn[NELEM(fns)])(void);
	size_t			 i;

	memset(tests, 0, sizeof(tests));
	for (i = 0; i < NELEM(fns); i++) {
		fn[i] = fns[i];
		tests[i].name = names[i];
		tests[i].test_func = world_test;
		tests[i].initial_state = &fn[i];
	}
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
