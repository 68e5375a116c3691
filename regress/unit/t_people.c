/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Codes, names, and commands that only look like ours: what needs no store
 * and no chat.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "telclauded/lib/util.h"
#include "engines/relay/access.h"
#include "engines/relay/cmd/command.h"
#include "engines/relay/people/alike.h"
#include "engines/relay/people/code.h"
#include "engines/relay/people/names.h"
#include "engines/relay/relay.h"

/* --- codes ------------------------------------------------------------- */
static void
t_code(void **st)
{
	char		 a[CODE_MAX], b[CODE_MAX], seen[256] = { 0 };
	unsigned	 i, k;

	(void)st;
	for (i = 0; i < 2000; i++) {
		code_make(a, CODE_CLEAR, 8);
		code_make(b, CODE_CLEAR, 8);
		assert_int_equal(strspn(a, CODE_CLEAR), 8);
		assert_int_equal(strlen(a), 8);
		assert_string_not_equal(a, b);
		for (k = 0; k < 8; k++)
			seen[(uint8_t)a[k]] = 1;
	}
	/* Every letter is used: 31 of them, without I, L, O, 0 and 1. */
	assert_int_equal(strlen(CODE_CLEAR), 31);
	for (k = 0; CODE_CLEAR[k] != '\0'; k++)
		assert_true(seen[(uint8_t)CODE_CLEAR[k]]);
	assert_null(strpbrk(CODE_CLEAR, "ILO01"));
}

static void
t_code_read(void **st)
{
	static const struct {
		const char	*typed, *want;
	} c[] = {
		{ "12AB-34CD", "12AB34CD" }, { "12ab34cd", "12AB34CD" },
		{ "12ab-34CD", "12AB34CD" }, { "1-2-a-b-3-4-c-d",
		    "12AB34CD" },
		{ "", NULL }, { "-", NULL }, { "12AB-34C", NULL },
		{ "12AB-34CDE", NULL }, { "12AB-34CG", NULL },
		{ "12AB 34CD", NULL }, { "-12AB34CD", NULL },
		{ "12AB34CD-", NULL }, { "12AB34CD x", NULL },
		{ "\xd0\x90" "2AB34CD", NULL },
	};
	char	 out[CODE_MAX], show[CODE_MAX + 1];
	size_t	 i;

	(void)st;
	for (i = 0; i < NELEM(c); i++) {
		assert_int_equal(code_read(c[i].typed, CODE_HEX, 8, out),
		    c[i].want == NULL ? -1 : 0);
		if (c[i].want != NULL)
			assert_string_equal(out, c[i].want);
	}
	code_show("12AB34CD", show);
	assert_string_equal(show, "12AB-34CD");
	assert_true(code_equal("12AB34CD", "12AB34CD"));
	assert_false(code_equal("12AB34CD", "12AB34CE"));
	assert_false(code_equal("12AB34CD", "12AB34C"));
	assert_false(code_equal("", ""));
}

/* --- names ------------------------------------------------------------- */
static void
t_names(void **st)
{
	static const char *const	 bad[] = { "", "42", "-42", "a b", "a/b",
		"a\"", "\xc3\xa9", "a\n", "-" };
	char				 longest[66];
	size_t				 i;

	(void)st;
	for (i = 0; i < NELEM(bad); i++)
		assert_false(name_ok(bad[i]));
	memset(longest, 'a', sizeof(longest));
	longest[64] = '\0';
	assert_false(name_ok(longest));
	longest[63] = '\0';
	assert_true(name_ok(longest));
	assert_true(name_ok("alice"));
	assert_true(name_ok("4a"));
	assert_true(name_ok("a@example.org"));
	names_forget();
	assert_false(named_is(5, "alice"));
	named_put(5, "alice", "alice");
	named_put(6, "alice", "6");
	assert_true(named_is(5, "alice"));
	assert_false(named_is(5, "Alice"));
	assert_false(named_is(7, "alice"));
	named_put(5, "bob", "bob");
	assert_false(named_is(5, "alice"));
	assert_int_equal(named_holder("alice"), 6);
	named_del(6);
	assert_int_equal(named_holder("alice"), 0);
	banned_put(-100);
	assert_true(banned(-100));
	assert_false(banned(100));
	assert_false(banned(0));
	banned_del(-100);
	assert_false(banned(-100));
	names_forget();
	assert_null(named_get(5));
}

/* A name in a row is whoever is linked to it, and nobody else. */
static void
t_access(void **st)
{
	static struct msg_CONF_TIER	t[] = {
		{ .tier = TIER_READ_ONLY, .any = 1 },
		{ .tier = TIER_FULL_ACCESS, .name = "alice" },
	};
	struct settings	s = { .tiers = t, .ntiers = NELEM(t) };
	char		name[64];

	(void)st;
	names_forget();
	assert_int_equal(access_tier(&s, 5), TIER_READ_ONLY);
	named_put(5, "alice", "alice");
	named_put(6, "admin", "admin");
	assert_int_equal(access_tier(&s, 5), TIER_FULL_ACCESS);
	assert_int_equal(access_tier(&s, 7), TIER_READ_ONLY);
	assert_false(access_person(0, 0, "alice", 0));
	assert_false(access_person(0, 0, "", 0));
	/* Without a word of the file a link makes the admin ... */
	assert_false(access_admin_set(&s));
	assert_true(access_admin(&s, 6));
	assert_false(access_admin(&s, 5));
	assert_false(access_admin(&s, 0));
	assert_string_equal(access_totp_user(&s, 6, name, sizeof(name)),
	    "admin");
	/* ... and with one it does not. */
	s.r.admin = 9;
	assert_true(access_admin_set(&s));
	assert_false(access_admin(&s, 6));
	assert_true(access_admin(&s, 9));
	s.r.admin = 0;
	(void)str_copy(s.r.admin_name, "alice", sizeof(s.r.admin_name));
	assert_true(access_admin(&s, 5));
	assert_false(access_admin(&s, 6));
	assert_string_equal(access_totp_user(&s, 5, name, sizeof(name)),
	    "admin");
	/* A factor that was there before the name stays. */
	named_put(7, "carl", "7");
	assert_string_equal(access_totp_user(&s, 7, name, sizeof(name)), "7");
	named_put(8, "dora", "dora");
	assert_string_equal(access_totp_user(&s, 8, name, sizeof(name)),
	    "dora");
	/* Who was let in by a code is heard while pairing is allowed. */
	paired_put(70);
	assert_false(access_chat(&s, 70));
	s.r.pairing = 1;
	assert_true(access_chat(&s, 70));
	assert_false(access_listed(&s, 70));
	paired_del(70);
	assert_false(access_chat(&s, 70));
	names_forget();
}

/* --- look-alikes ------------------------------------------------------- */
static void
t_alike(void **st)
{
	static const struct {
		const char	*text;
		enum alike	 want;
	} c[] = {
		{ "", AL_NO }, { "/", AL_NO }, { "hello", AL_NO },
		{ "// a comment", AL_NO }, { "/etc/passwd", AL_NO },
		{ "/stop/it", AL_NO }, { "stop", AL_NO }, { "~stop", AL_NO },
		{ "/new.txt is what?", AL_NO }, { "\\newcommand", AL_NO },
		{ "/ and then", AL_NO },
		{ "/ stop", AL_PLAIN }, { "/\tstop now", AL_PLAIN },
		{ "/stop!", AL_PLAIN }, { "/STOP.", AL_PLAIN },
		{ "\\stop", AL_PLAIN }, { "/ verify_2fa 123456", AL_PLAIN },
		/* Cyrillic: a, st-o-p all of it, a capital */
		{ "/\xd0\xb0pprove 1", AL_COMMAND },
		{ "/\xd1\x95\xd1\x82\xd0\xbe\xd1\x80", AL_COMMAND },
		{ "/STO\xd0\xa0", AL_COMMAND },
		/* Greek o; an accent; a combining one */
		{ "/st\xce\xbfp", AL_COMMAND }, { "/st\xc3\xb3p", AL_COMMAND },
		{ "/sto\xcc\x81p", AL_COMMAND },
		/* no width, at each end and inside; direction; a tag */
		{ "/appr\xe2\x80\x8bove 1", AL_COMMAND },
		{ "\xe2\x80\x8b/stop", AL_COMMAND },
		{ "/\xe2\x81\xa0stop", AL_COMMAND },
		{ "/stop\xef\xbb\xbf", AL_COMMAND },
		{ "\xe2\x80\xae/stop", AL_COMMAND },
		{ "/st\xf3\xa0\x81\xa1op", AL_COMMAND },
		{ "/deny\xc2\xa0" "1234", AL_COMMAND },
		{ "/s\x01top", AL_COMMAND },
		/* full width, mathematical, in circles */
		{ "\xef\xbc\x8fstop", AL_COMMAND },
		{ "/\xef\xbd\x93\xef\xbd\x94\xef\xbd\x8f\xef\xbd\x90",
		    AL_COMMAND },
		{ "/\xf0\x9d\x90\xac\xf0\x9d\x90\xad\xf0\x9d\x90\xa8"
		    "\xf0\x9d\x90\xa9", AL_COMMAND },
		{ "/\xe2\x93\xa2top", AL_COMMAND },
		{ "\xe2\x81\x84stop", AL_COMMAND },
		{ "\xe2\x88\x95 stop", AL_COMMAND },
		{ "/2fa\xe2\x80\x91logout", AL_COMMAND },
		{ "/\xd0\xb0pprove@our_bot 1", AL_COMMAND },
		/* one letter that nobody knows, among those one does */
		{ "/st\xe2\x98\x83p", AL_COMMAND },
		/* another language's */
		{ "/\xd0\xbf\xd0\xbe\xd0\xbc\xd0\xbe\xd1\x89\xd1\x8c",
		    AL_WORD },
		{ "\xef\xbc\x8f\xd0\xbf\xd0\xbe\xd0\xbc", AL_NO },
		{ "/\xc3\xa9t/c", AL_NO },
		{ "/\xd0\xb0pprove-and-much-more-than-a-command", AL_NO },
	};
	size_t	i;

	(void)st;
	for (i = 0; i < NELEM(c); i++) {
		if (command_alike(c[i].text) != c[i].want)
			print_error("%s\n", c[i].text);
		assert_int_equal(command_alike(c[i].text), c[i].want);
	}
}

/* Every command, spoiled in every place, is never taken for a message. */
static void
t_alike_all(void **st)
{
	static const char *const	 zero[] = { "\xe2\x80\x8b",
		"\xe2\x80\x8d", "\xc2\xad", "\xef\xb8\x8f" };
	char				 text[64];
	const char			*arg, *name;
	size_t				 at, k;
	int				 i;

	(void)st;
	for (i = 0; i < CMD_MAX; i++) {
		name = command_name((enum command)i);
		(void)snprintf(text, sizeof(text), "/%s", name);
		assert_int_equal(command_match(text, "b", 0, &arg), i);
		for (k = 0; k < NELEM(zero); k++)
			for (at = 0; at <= strlen(name); at++) {
				(void)snprintf(text, sizeof(text),
				    "/%.*s%s%s 1", (int)at, name, zero[k],
				    name + at);
				assert_int_equal(command_match(text, "b", 0,
				    &arg), CMD_ALIKE);
				assert_int_equal(command_match(text, "b", 1,
				    &arg), CMD_ALIKE);
			}
	}
}

static void
t_match(void **st)
{
	const char	*arg;

	(void)st;
	assert_int_equal(command_match("/ stop", "b", 0, &arg), CMD_UNKNOWN);
	assert_int_equal(command_match("/stop!", "b", 1, &arg), CMD_UNKNOWN);
	assert_int_equal(command_match("/\xd0\xbf\xd0\xbe", "b", 0, &arg),
	    CMD_UNKNOWN);
	/* In a group it is somebody else's. */
	assert_int_equal(command_match("/\xd0\xbf\xd0\xbe", "b", 1, &arg),
	    CMD_OTHER);
	assert_int_equal(command_match("/link 12AB-34CD", "b", 0, &arg),
	    CMD_LINK);
	assert_string_equal(arg, "12AB-34CD");
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(t_code),
		cmocka_unit_test(t_code_read),
		cmocka_unit_test(t_names),
		cmocka_unit_test(t_access),
		cmocka_unit_test(t_alike),
		cmocka_unit_test(t_alike_all),
		cmocka_unit_test(t_match),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
