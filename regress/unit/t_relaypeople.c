/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Claims, links, bans and attempts inside the relay, where a test can hold
 * the clock and the answers of the others.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "regress/unit/relay_world.h"
#include "telclauded/lib/text.h"
#include "engines/relay/access.h"
#include "engines/relay/cmd/ctlask.h"
#include "engines/relay/people/claim.h"
#include "engines/relay/people/code.h"
#include "engines/relay/people/codes.h"
#include "engines/relay/people/names.h"
#include "engines/relay/people/people.h"
#include "engines/relay/people/storepeople.h"
#include "engines/relay/people/totpgate.h"
#include "engines/relay/store/store.h"
#include "engines/relay/turn/queue.h"
#include "engines/relay/turn/turn.h"

#define MINUTE	60000

static void
ctl(void (*fn)(struct ctlreq *), int64_t a, int64_t b, const char *s)
{
	struct ctlreq	r = { .a = a, .b = b, .fd = -1 };

	(void)snprintf(r.s, sizeof(r.s), "%s", s);
	r.t = text_of(s, strlen(s));
	world.nrows = 0;
	fn(&r);
}

static void
unowned(void)
{
	world_live();
	world.settings.r.admin = 0;
}

/* The code of the newest answer that has one. */
static const char *
code_said(char *code)
{
	const char	*p = NULL;
	unsigned	 i;

	for (i = world.nsent; i-- > 0 && p == NULL;)
		p = strstr(world.body[i], "\"Code ");
	assert_non_null(p);
	(void)snprintf(code, 7, "%.6s", p + 6);
	return (code);
}

static int
said(const char *part)
{
	return (world_sent("sendMessage", part));
}

static void
approve(int64_t user, const char *code)
{
	char	 text[64];

	(void)snprintf(text, sizeof(text), "/approve %s", code);
	world_say(user, text);
}

/* --- claims ------------------------------------------------------------ */
static void
t_claim(void)
{
	char	code[8];

	unowned();
	world_say(5, "hello");
	assert_true(said("Nobody owns this bot yet"));
	assert_int_equal(world.nturns, 0);
	world_say(5, "/claim");
	(void)code_said(code);
	approve(5, code);
	assert_true(said("Nobody has looked"));
	assert_false(access_admin(relay.set, 5));
	/* The lone one need not be whose the look is. */
	ctl(ctl_claim, 0, 0, "");
	assert_int_equal(world.nrows, 1);
	assert_non_null(strstr(world.row, code));
	assert_non_null(strstr(world.why, "claim CODE"));
	approve(5, code);
	assert_false(access_admin(relay.set, 5));
	ctl(ctl_claim, 0, 0, code);
	assert_int_equal(world.nrows, 1);
	approve(6, code);
	assert_false(access_admin(relay.set, 6));
	approve(5, code);
	assert_true(access_admin(relay.set, 5));
	assert_int_equal(access_tier(relay.set, 5), TIER_FULL_ACCESS);
	assert_false(claim_open());
	/* The same words again, from a stolen session, do nothing. */
	ctl(ctl_unlink, 5, 0, "");
	assert_int_equal(world.ctl_err, 0);
	approve(5, code);
	assert_false(access_admin(relay.set, 5));
	world_say(6, "/claim");
	assert_true(said("had an admin"));
	ctl(ctl_claim, 0, 1, "");
	assert_int_equal(world.ctl_err, 0);
	assert_true(claim_open());
}

/* What a tap sends: commands without their code, which guess nothing. */
static void
t_claim_bare(void)
{
	char	 code[8], again[8];
	int	 i;

	unowned();
	world_say(5, "/claim");
	(void)code_said(code);
	assert_true(said("\"type\":\"code\""));
	for (i = 0; i < 6; i++)
		world_say(5, "/claim");
	assert_string_equal(code_said(again), code);
	assert_true(said("still "));
	for (i = 0; i < 6; i++)
		world_say(5, "/approve");
	assert_int_equal(world_count("sendMessage", "Add the code"), 6);
	ctl(ctl_claim, 0, 0, code);
	approve(5, code);
	assert_true(access_admin(relay.set, 5));
}

/* A look at one claim is no look at the next, nor at two. */
static void
t_claim_look(void)
{
	char	mine[8], other[8];

	unowned();
	world_say(5, "/claim");
	(void)code_said(mine);
	ctl(ctl_claim, 0, 0, mine);
	world_say(6, "/claim");
	(void)code_said(other);
	approve(6, other);
	assert_false(access_admin(relay.set, 6));
	ctl(ctl_claim, 0, 0, "");
	assert_int_equal(world.nrows, 2);
	assert_non_null(strstr(world.why, "none of these"));
	approve(6, other);
	assert_false(access_admin(relay.set, 6));
	ctl(ctl_claim, 0, 0, "ZZZZZZ");
	assert_int_equal(world.ctl_err, 1);
	ctl(ctl_claim, 0, 0, other);
	assert_int_equal(world.ctl_err, 0);
	approve(6, other);
	assert_true(access_admin(relay.set, 6));
	approve(5, mine);
	assert_false(access_admin(relay.set, 5));
}

static void
t_claim_ends(void)
{
	struct claim_row	r = { 5, "ABCDEF", "Ana", 0, CL_SHOWN };

	unowned();
	r.until = wall_ms() - 1;
	store_claim_set(&r);
	approve(5, "ABCDEF");
	assert_true(said("That code has ended"));
	/* A clock that was set back makes it no longer. */
	r.until = wall_ms() + CLAIM_TTL_MS + MINUTE;
	store_claim_set(&r);
	approve(5, "abcdef");
	assert_false(access_admin(relay.set, 5));
	ctl(ctl_claim, 0, 0, "");
	assert_int_equal(world.nrows, 0);
	r.until = wall_ms() + MINUTE;
	store_claim_set(&r);
	approve(5, "abcdef");
	assert_true(access_admin(relay.set, 5));
}

/* An admin in the file, once, closes it for good. */
static void
first_life(void)
{
	world_live();
	people_settle(relay.set);
	store_sync();
}

static void
t_claim_file(void)
{
	world_first_life(first_life);
	world.settings.r.admin = 0;
	assert_false(claim_open());
	world_say(5, "hello");
	assert_int_equal(world.nturns, 1);
	world_say(5, "/claim");
	assert_true(said("had an admin"));
}

static void
t_claim_word(void)
{
	static char	word[] = "a word of the test";

	unowned();
	world.settings.r.claim_word = 1;
	/* It could not be read: then nobody can say it. */
	world_say(5, "/claim x");
	world_say(5, "/claim ");
	assert_false(access_admin(relay.set, 5));
	world.settings.claim.p = word;
	world.settings.claim.len = strlen(word);
	world_say(6, "/claim a word of the tesT");
	world_say(6, "/claim a word of the test and more");
	world_say(6, "/claim a word of the tes");
	assert_false(access_admin(relay.set, 6));
	world_say(5, "/claim a word of the test");
	assert_true(access_admin(relay.set, 5));
}

/* Whoever claims it: the second factor of the admin is asked for, when the
 * machine has given one before. */
static void
t_claim_factor(void)
{
	char	code[8];

	unowned();
	world.settings.r.totp = 1;
	world.settings.r.totp_session_s = 3600;
	world_say(5, "/claim");
	assert_string_equal(world.totp_user, "5");
	world_totp_state(TS_NONE);
	(void)code_said(code);
	ctl(ctl_claim, 0, 0, code);
	approve(5, code);
	world_totp_state(TS_NONE);
	assert_true(access_admin(relay.set, 5));
	world_say(5, "now obey");
	assert_string_equal(world.totp_user, "admin");
	world_totp_state(TS_ACTIVE);
	assert_int_equal(world.nturns, 0);
}

/* --- links and second factors ------------------------------------------ */
static void
link_as(int64_t user, const char *name)
{
	char	text[64], *p;

	ctl(ctl_link_make, 0, 0, name);
	assert_int_equal(world.ctl_err, 0);
	p = strstr(world.row, "\"code\":\"");
	assert_non_null(p);
	(void)snprintf(text, sizeof(text), "/link %.9s", p + 8);
	world_say(user, text);
	world_totp_state(TS_NONE);
	assert_true(named_is(user, name));
}

static void
t_link_factor(void)
{
	char	name[64];

	world_live();
	world.settings.r.totp = 1;
	world.settings.r.totp_session_s = 3600;
	/* No factor yet: the name's it will be. */
	link_as(5, "alice");
	assert_string_equal(access_totp_user(relay.set, 5, name,
	    sizeof(name)), "alice");
	/* One is open: it stays, and is asked for again. */
	store_set_totp("6", wall_ms() + MINUTE);
	store_set_totp("bob", wall_ms() + MINUTE);
	link_as(6, "bob");
	assert_string_equal(access_totp_user(relay.set, 6, name,
	    sizeof(name)), "6");
	assert_int_equal(totpgate_until(6), 0);
	assert_int_equal(store_totp_until("bob"), 0);
	world_say(6, "hello");
	assert_string_equal(world.totp_user, "6");
	world_totp_state(TS_ACTIVE);
	assert_int_equal(world.nturns, 0);
	/* And when the link ends, too. */
	store_set_totp("6", wall_ms() + MINUTE);
	ctl(ctl_unlink, 6, 0, "");
	assert_int_equal(totpgate_until(6), 0);
	assert_string_equal(access_totp_user(relay.set, 6, name,
	    sizeof(name)), "6");
}

static void
t_unlink_admin(void)
{
	unowned();
	world.settings.r.totp = 1;
	world.settings.r.totp_session_s = 3600;
	link_as(5, "admin");
	assert_true(access_admin(relay.set, 5));
	world_say(5, "/unlink");
	world_totp_state(TS_NONE);
	world_totp_state(TS_NONE);
	assert_true(said("telclaudectl unlink 5"));
	assert_true(access_admin(relay.set, 5));
	store_set_totp("admin", wall_ms() + MINUTE);
	/* Whoever holds the phone has the session, not the code. */
	world_say(5, "/unlink");
	assert_true(said("takes a code"));
	world_say(5, "/unlink 123456");
	assert_string_equal(world.code_user, "admin");
	world_totp_result(TR_WRONG);
	assert_true(access_admin(relay.set, 5));
	world_say(5, "/unlink 123457");
	world_totp_result(TR_OK);
	assert_false(access_admin(relay.set, 5));
	assert_false(claim_open());
}

/* Whatever a person is called by now: what they have is asked for. */
static void
t_factor_names(void)
{
	const char	*why;

	world_live();
	world.settings.r.totp = 1;
	world.settings.r.totp_session_s = 3600;
	link_as(5, "bob");
	world.settings.r.admin = 0;
	(void)snprintf(world.settings.r.admin_name,
	    sizeof(world.settings.r.admin_name), "bob");
	world_say(5, "now the admin");
	assert_string_equal(world.totp_user, "admin");
	world_totp_state(TS_NONE);
	assert_string_equal(world.totp_user, "bob");
	world_totp_state(TS_ACTIVE);
	assert_int_equal(world.nturns, 0);
	world_say(5, "123456");
	assert_string_equal(world.code_user, "bob");
	world_totp_result(TR_OK);
	assert_int_equal(world.nturns, 1);
	assert_true(totpgate_until(5) > wall_ms());
	/* One for admin comes to be: that of bob is another. */
	world_totp_note("admin");
	assert_int_equal(totpgate_until(5), 0);
	/* Under a number, before there was a name. */
	assert_int_equal(people_import_link("carl", 6, 7, &why), 1);
	world_say(6, "hello");
	assert_string_equal(world.totp_user, "carl");
	world_totp_state(TS_PENDING);
	assert_string_equal(world.totp_user, "6");
	world_totp_state(TS_ACTIVE);
	assert_int_equal(world.nturns, 1);
	/* None at all under any. */
	assert_int_equal(people_import_link("dora", 7, 7, &why), 1);
	world_say(7, "hello");
	world_totp_state(TS_NONE);
	assert_int_equal(world.nturns, 1);
	world_totp_state(TS_NONE);
	assert_int_equal(world.nturns, 2);
}

static void
t_reauth(void)
{
	world_live();
	world.settings.r.totp_session_s = 3600;
	store_set_totp("5", wall_ms() + MINUTE);
	assert_true(totpgate_until(5) > wall_ms());
	ctl(ctl_reauth, -100, 0, "");
	assert_int_equal(world.ctl_err, 1);
	ctl(ctl_reauth, 5, 0, "");
	assert_int_equal(world.ctl_err, 0);
	assert_int_equal(totpgate_until(5), 0);
}

/* --- bans -------------------------------------------------------------- */
static void
t_ban(void)
{
	unsigned	n;

	world_live();
	world.settings.r.totp_session_s = 3600;
	store_set_totp("5", wall_ms() + MINUTE);
	world_say(5, "work");
	world_say(5, "waits");
	world_say(6, "other");
	assert_int_equal(queue_waiting(), 1);
	ctl(ctl_ban, 5, 0, "why");
	assert_int_equal(world.ctl_err, 0);
	assert_int_equal(queue_waiting(), 0);
	assert_int_equal(totpgate_until(5), 0);
	n = world.nsent;
	world_say(5, "more");
	assert_int_equal(world.stops, 1);
	world_say(5, "/whoami");
	world_press(5, "r:");
	assert_int_equal(world.nsent, n);
	assert_int_equal(world.nturns, 2);
	ctl(ctl_ban, 9, 0, "");
	assert_int_equal(world.ctl_err, 1);
	ctl(ctl_unban, 5, 0, "");
	ctl(ctl_unban, 5, 0, "");
	assert_int_equal(world.ctl_err, 1);
	world_say(5, "/whoami");
	assert_int_equal(world.nsent, n + 1);
}

/* Banned while the second factor was asked about. */
static void
t_ban_between(void)
{
	world_live();
	world.settings.r.totp = 1;
	world_say(5, "hello");
	assert_int_equal(world.totp_checks, 1);
	ctl(ctl_ban, 5, 0, "");
	world_totp_state(TS_NONE);
	assert_int_equal(world.nturns, 0);
}

static void
banned_life(void)
{
	world_live();
	relay.running = 0;		/* nothing starts */
	world_say(5, "waits");
	banned_put(5);
	store_ban_set(5, wall_ms(), "");
	store_sync();
}

static void
t_ban_restart(void)
{
	world_first_life(banned_life);
	assert_int_equal(world.nturns, 0);
	assert_int_equal(queue_waiting(), 0);
	assert_int_equal(world.nsent, 0);
}

/* What another program's database brings. */
static void
t_import(void)
{
	const char	*why;

	unowned();
	assert_int_equal(people_import_link("alice", 5, 7, &why), 1);
	assert_int_equal(people_import_link("alice", 5, 7, &why), 0);
	assert_int_equal(people_import_link("bob", 5, 7, &why), -1);
	assert_int_equal(people_import_link("alice", -100, 7, &why), -1);
	assert_int_equal(people_import_link("a \"name\"", 6, 7, &why), -1);
	assert_int_equal(people_import_link("42", 6, 7, &why), -1);
	assert_true(claim_open());
	assert_int_equal(people_import_link("admin", 6, 7, &why), 1);
	assert_true(access_admin(relay.set, 6));
	assert_false(claim_open());
	assert_int_equal(people_import_ban(6, "", 7, &why), -1);
	assert_int_equal(people_import_ban(0, "", 7, &why), -1);
	assert_int_equal(people_import_ban(-100, "loud", 7, &why), 1);
	assert_int_equal(people_import_ban(-100, "loud", 7, &why), 0);
	assert_true(people_banned(-100, 5));
}

/* --- chats that are listed no more --------------------------------------- */
static void
t_unlisted(void)
{
	static int64_t	less[] = { 6, 7 };

	world_live();
	world_say(5, "first");
	world_say(5, "second");
	assert_int_equal(queue_waiting(), 1);
	world.settings.r.totp = 1;
	world_say(5, "third");
	assert_int_equal(world.totp_checks, 1);
	world.settings.chats = less;
	world.settings.nchats = NELEM(less);
	people_unlisted();
	world_loop(0);
	assert_int_equal(queue_waiting(), 0);
	assert_int_equal(world.stops, 1);
	world_totp_state(TS_NONE);
	world_done(TO_STOPPED);
	assert_int_equal(world.nturns, 1);
}

/* --- codes ------------------------------------------------------------- */
/* One that a group has read is good for nobody in it. */
static void
t_link_group(void)
{
	static int64_t	chats[] = { -100, 5, 6, 7 };
	char		code[16], text[64];

	world_live();
	world.settings.chats = chats;
	world.settings.nchats = NELEM(chats);
	assert_int_equal(codes_make(CODE_LINK, "alice", 0, code), 0);
	(void)snprintf(text, sizeof(text), "/link %s", code);
	world.group = -100;
	world_say(5, text);
	world.group = 0;
	assert_true(said("private chat, with a new code"));
	assert_null(named_get(5));
	world_say(6, text);
	assert_true(said("no code that waits"));
	assert_null(named_get(6));
}

/* The claim word is taken out of a group, and opens nothing there. */
static void
t_claim_word_group(void)
{
	static int64_t	chats[] = { -100, 5, 6, 7 };

	unowned();
	world.settings.chats = chats;
	world.settings.nchats = NELEM(chats);
	world.group = -100;
	world_say(5, "hello");
	assert_false(world_sent("deleteMessage", ""));
	world_say(5, "/claim open sesame");
	assert_true(world_sent("deleteMessage", ""));
	assert_false(access_admin(relay.set, 5));
}

/* A stranger's tries use up nobody else's. */
static void
t_pair_stranger(void)
{
	char	code[16], text[64];
	int	i;

	world_live();
	world.settings.r.pairing = 1;
	assert_int_equal(codes_make(CODE_PAIR, "", 0, code), 0);
	for (i = 0; i < 1001; i++)
		world_say(66, "/pair ZZZZ-ZZZZ");
	assert_false(said("let in"));
	(void)snprintf(text, sizeof(text), "/pair %s", code);
	world_say(66, text);
	assert_false(paired(66));
	world_say(77, text);
	assert_true(paired(77));
}

/* --- attempts ---------------------------------------------------------- */
static void
t_tries(void)
{
	int64_t	since;
	int	i;

	world_live();
	for (i = 1; i <= 5; i++)
		assert_int_equal(store_try(90, 7, 1000 + i, 60, &since), i);
	assert_int_equal(since, 1001);
	assert_int_equal(store_try(90, 8, 1000, 60, &since), 1);
	assert_int_equal(store_try(91, 7, 1000, 60, &since), 1);
	assert_int_equal(store_try(90, 7, 1060, 60, &since), 6);
	/* The clock is set back: no new attempts, and an end in sight. */
	assert_int_equal(store_try(90, 7, 500, 60, &since), 7);
	assert_int_equal(since, 500);
	assert_int_equal(store_try(90, 7, 559, 60, &since), 8);
	assert_int_equal(store_try(90, 7, 560, 60, &since), 1);
	/* And forward. */
	assert_int_equal(store_try(90, 7, 99999, 60, &since), 1);
}

static void
t_commands(void)
{
	unsigned	n;
	int		i;

	world_live();
	for (i = 0; i < 5; i++)
		world_say(5, "/pair");
	n = world.nsent;
	world_say(5, "/link 00000000");
	assert_true(said("Too many commands"));
	assert_int_equal(world.nsent, n + 1);
	/* Said once; others are not concerned, nor is /stop. */
	for (i = 0; i < 20; i++)
		world_say(5, "/approve 1");
	assert_int_equal(world.nsent, n + 1);
	world_say(5, "/stop");
	world_say(6, "/pair");
	assert_int_equal(world.nsent, n + 3);
}

static void	(*const fns[])(void) = { t_claim, t_claim_bare, t_claim_look, t_claim_ends,
	t_claim_file, t_claim_word, t_claim_factor, t_link_factor,
	t_unlink_admin, t_factor_names, t_reauth, t_ban, t_ban_between,
	t_ban_restart, t_import, t_tries, t_commands,
	t_unlisted, t_link_group, t_claim_word_group, t_pair_stranger };

int
main(void)
{
	static const char *const names[NELEM(fns)] = { "t_claim",
		"t_claim_bare", "t_claim_look", "t_claim_ends", "t_claim_file",
		"t_claim_word", "t_claim_factor", "t_link_factor",
		"t_unlink_admin", "t_factor_names", "t_reauth", "t_ban",
		"t_ban_between", "t_ban_restart",
		"t_import", "t_tries", "t_commands", "t_unlisted",
		"t_link_group", "t_claim_word_group", "t_pair_stranger" };
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
