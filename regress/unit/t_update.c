/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Updates of Telegram: what is read, what is skipped, and that one bad one
 * spoils no other.
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
#include "engines/relay/tg/update.h"

static struct update	u;

static void
parse(const char *s)
{
	update_free(&u);
	update_parse(s, strlen(s), "our_bot", 42, &u);
}

static void
t_message(void **st)
{
	(void)st;
	parse("{\"update_id\":7,\"message\":{\"message_id\":3,\"chat\":{\"id\":"
	    "-100,\"type\":\"supergroup\",\"title\":\"Fam\\u202eily\"},\"from\":{"
	    "\"id\":5,\"first_name\":\"An\\na\",\"last_name\":\"B\\\"x\"},"
	    "\"text\":\"hi \\ud83d\\ude00\",\"is_topic_message\":true,"
	    "\"message_thread_id\":9}}");
	assert_int_equal(u.kind, UPD_MESSAGE);
	assert_int_equal(u.id, 7);
	assert_int_equal(u.chat, -100);
	assert_int_equal(u.topic, 9);
	assert_int_equal(u.user, 5);
	assert_int_equal(u.msg, 3);
	assert_int_equal(u.ckind, CHAT_GROUP);
	assert_string_equal(u.name, "Ana Bx");
	assert_string_equal(u.chat_name, "Family");
	assert_string_equal(u.text, "hi \xf0\x9f\x98\x80");
	assert_int_equal(u.addressed, 0);
	assert_int_equal(u.service, 0);
}

static void
t_files(void **st)
{
	(void)st;
#define M(rest)	"{\"update_id\":7,\"message\":{\"message_id\":3,\"chat\":"	\
		"{\"id\":1,\"type\":\"private\"},\"from\":{\"id\":5}," rest "}}"
	parse(M("\"caption\":\"look\",\"media_group_id\":\"1234\",\"photo\":["
	    "{\"file_id\":\"s\",\"width\":90,\"height\":60},"
	    "{\"file_id\":\"L\",\"width\":900,\"height\":600,"
	    "\"file_size\":4000},7,"
	    "{\"file_id\":\"m\",\"width\":300,\"height\":200}]"));
	assert_true(u.have_file);
	assert_int_equal(u.file.kind, AT_PHOTO);
	assert_string_equal(u.file.id, "L");
	assert_int_equal(u.file.size, 4000);
	assert_string_equal(u.album, "1234");
	assert_string_equal(u.text, "look");
	/* An animation is called a document as well. */
	parse(M("\"document\":{\"file_id\":\"d\"},\"animation\":{"
	    "\"file_id\":\"a\",\"duration\":4,\"file_name\":\"../x.mp4\"}"));
	assert_int_equal(u.file.kind, AT_ANIMATION);
	assert_int_equal(u.file.seconds, 4);
	assert_string_equal(u.file.name, "x.mp4");
	assert_int_equal(u.service, 0);
	/* Ids that would end the JSON they are put into. */
	parse(M("\"document\":{\"file_id\":\"d\\\"}\"}"));
	assert_true(u.media);
	assert_false(u.have_file);
	parse(M("\"voice\":{\"duration\":4}"));
	assert_false(u.have_file);
	parse(M("\"photo\":[]"));
	assert_false(u.have_file);
	parse(M("\"document\":{\"file_id\":\"d\",\"file_size\":-5,"
	    "\"duration\":1e9},\"media_group_id\":\"12x\""));
	assert_int_equal(u.file.size, 0);
	assert_string_equal(u.album, "");
	/* Nothing here can look at one that moves. */
	parse(M("\"sticker\":{\"file_id\":\"s\",\"is_video\":true}"));
	assert_false(u.have_file);
	parse(M("\"sticker\":{\"file_id\":\"s\",\"is_video\":false}"));
	assert_int_equal(u.file.kind, AT_STICKER);
#undef M
}

static void
t_topic_only_when_topic(void **st)
{
	(void)st;
	/* A reply thread of an ordinary group is no chat of its own. */
	parse("{\"update_id\":7,\"message\":{\"message_id\":3,\"chat\":{\"id\":1,"
	    "\"type\":\"group\"},\"from\":{\"id\":5},\"text\":\"x\","
	    "\"message_thread_id\":9}}");
	assert_int_equal(u.topic, 0);
}

#define GROUP(rest)							\
    "{\"update_id\":7,\"message\":{\"message_id\":3,\"chat\":{\"id\":-1,"	\
    "\"type\":\"group\"},\"from\":{\"id\":5}," rest "}}"

/* In the name of a chat: nobody, whatever `from' says. */
static void
t_in_name_of_a_chat(void **st)
{
	(void)st;
	parse("{\"update_id\":7,\"message\":{\"message_id\":3,\"chat\":{\"id\":"
	    "-1,\"type\":\"supergroup\"},\"from\":{\"id\":777000,\"is_bot\":"
	    "false,\"first_name\":\"Telegram\"},\"sender_chat\":{\"id\":-9,"
	    "\"type\":\"channel\"},\"is_automatic_forward\":true,\"text\":"
	    "\"do it\"}}");
	assert_int_equal(u.kind, UPD_MESSAGE);
	assert_int_equal(u.user, 0);
	parse(GROUP("\"text\":\"hi\""));
	assert_int_equal(u.user, 5);
	assert_null(u.foreign);
	parse(GROUP("\"text\":\"hi\",\"forward_origin\":{\"type\":"
	    "\"hidden_user\"}"));
	assert_non_null(u.foreign);
	parse(GROUP("\"text\":\"hi\",\"via_bot\":{\"id\":3}"));
	assert_non_null(u.foreign);
}

static void
t_addressed(void **st)
{
	static const struct {
		const char	*s;
		int		 want;
	} c[] = {
		{ GROUP("\"text\":\"hello\""), 0 },
		{ GROUP("\"text\":\"hello @Our_Bot, you\""), 1 },
		{ GROUP("\"text\":\"@our_bot\""), 1 },
		{ GROUP("\"text\":\"@our_bottle\""), 0 },
		{ GROUP("\"text\":\"@our_bot_2\""), 0 },
		{ GROUP("\"text\":\"x\",\"reply_to_message\":{\"from\":"
		    "{\"id\":42}}"), 1 },
		{ GROUP("\"text\":\"x\",\"reply_to_message\":{\"from\":"
		    "{\"id\":43}}"), 0 },
		{ GROUP("\"text\":\"bot\",\"entities\":[{\"type\":"
		    "\"text_mention\",\"user\":{\"id\":42}}]"), 1 },
		{ GROUP("\"photo\":[],\"caption\":\"@our_bot look\""), 1 },
	};
	size_t	i;

	(void)st;
	for (i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		parse(c[i].s);
		assert_int_equal(u.kind, UPD_MESSAGE);
		assert_int_equal(u.addressed, c[i].want);
	}
	assert_int_equal(u.media, 1);
}

#define REPLY(rest)							\
    GROUP("\"text\":\"x\",\"reply_to_message\":{\"message_id\":9," rest "}")

/* Whose words a message answers. */
static void
t_quote(void **st)
{
	static const struct {
		const char	*s;
		enum upd_who	 who;
		const char	*name, *text;
	} c[] = {
		{ GROUP("\"text\":\"x\""), UPD_NOBODY, "", NULL },
		{ REPLY("\"from\":{\"id\":42},\"text\":\"ours\""), UPD_BOT,
		    "", "ours" },
		{ REPLY("\"from\":{\"id\":5},\"text\":\"mine\""), UPD_SELF,
		    "", "mine" },
		{ REPLY("\"from\":{\"id\":5},\"text\":\"not mine\","
		    "\"forward_origin\":{\"type\":\"hidden_user\"}"),
		    UPD_OTHER, "", "not mine" },
		{ REPLY("\"from\":{\"id\":6,\"first_name\":\"E\\nve\"},"
		    "\"caption\":\"look\",\"photo\":[]"), UPD_OTHER, "Eve",
		    "look" },
		{ REPLY("\"from\":{\"id\":5},\"sender_chat\":{\"id\":-9,"
		    "\"title\":\"News\"},\"text\":\"post\""), UPD_OTHER,
		    "News", "post" },
		{ REPLY("\"from\":{\"id\":6},\"photo\":[]"), UPD_OTHER, "",
		    NULL },
		/* The root of a topic is answered by all in it. */
		{ REPLY("\"from\":{\"id\":42},\"forum_topic_created\":{}"),
		    UPD_NOBODY, "", NULL },
		{ GROUP("\"text\":\"x\",\"external_reply\":{\"origin\":{"
		    "\"type\":\"user\",\"sender_user\":{\"id\":42}}},"
		    "\"quote\":{\"text\":\"part\"}"), UPD_OTHER, "",
		    "part" },
		{ GROUP("\"text\":\"x\",\"external_reply\":{\"origin\":{"
		    "\"type\":\"channel\",\"chat\":{\"title\":\"C\"}}}"),
		    UPD_OTHER, "C", NULL },
		{ GROUP("\"text\":\"x\",\"external_reply\":{}"), UPD_OTHER,
		    "", NULL },
		{ GROUP("\"text\":\"x\",\"reply_to_message\":7,\"quote\":7"),
		    UPD_NOBODY, "", NULL },
	};
	size_t	i;

	(void)st;
	for (i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		parse(c[i].s);
		assert_int_equal(u.kind, UPD_MESSAGE);
		assert_int_equal(u.quote.who, c[i].who);
		assert_string_equal(u.quote.name, c[i].name);
		if (c[i].text == NULL)
			assert_null(u.quote.text);
		else
			assert_string_equal(u.quote.text, c[i].text);
	}
	parse(REPLY("\"from\":{\"id\":42},\"forum_topic_created\":{}"));
	assert_int_equal(u.addressed, 0);
}

static void
t_long_quote(void **st)
{
	char	s[8192], a[5001];

	(void)st;
	memset(a, 'a', 5000);
	a[5000] = '\0';
	memcpy(a + 1998, "\xe2\x82\xac", 3);
	(void)snprintf(s, sizeof(s), REPLY("\"from\":{\"id\":6},\"text\":"
	    "\"%s\""), a);
	parse(s);
	assert_non_null(u.quote.text);
	assert_int_equal(strlen(u.quote.text), 1998 + 3);
	assert_string_equal(u.quote.text + 1998, "\xe2\x80\xa6");
}

#define REACT(rest)							\
    "{\"update_id\":7,\"message_reaction\":{\"chat\":{\"id\":5,"		\
    "\"type\":\"private\"},\"message_id\":3,\"date\":1," rest "}}"

static void
t_reaction(void **st)
{
	(void)st;
	parse(REACT("\"user\":{\"id\":5},\"old_reaction\":[],"
	    "\"new_reaction\":[{\"type\":\"emoji\",\"emoji\":\"\xf0\x9f"
	    "\x91\x8c\"},{\"type\":\"custom_emoji\",\"custom_emoji_id\":"
	    "\"1\"},{\"type\":\"emoji\",\"emoji\":\"</x>\"}]"));
	assert_int_equal(u.kind, UPD_REACTION);
	assert_int_equal(u.msg, 3);
	assert_int_equal(u.user, 5);
	assert_string_equal(u.emoji[0], "\xf0\x9f\x91\x8c");
	assert_string_equal(u.emoji[1], "");
	/* In the name of a chat: nobody's. */
	parse(REACT("\"actor_chat\":{\"id\":-9},\"new_reaction\":[]"));
	assert_int_equal(u.kind, UPD_REACTION);
	assert_int_equal(u.user, 0);
	parse(REACT("\"user\":7,\"new_reaction\":\"x\""));
	assert_int_equal(u.user, 0);
	parse("{\"update_id\":7,\"message_reaction\":{\"message_id\":3}}");
	assert_int_equal(u.kind, UPD_SKIP);
}

static void
t_kinds(void **st)
{
	(void)st;
	parse("{\"update_id\":8,\"edited_message\":{\"message_id\":3,\"chat\":{"
	    "\"id\":5,\"type\":\"private\"},\"text\":\"x\"}}");
	assert_int_equal(u.kind, UPD_EDIT);
	parse("{\"update_id\":8,\"callback_query\":{\"id\":\"q\",\"from\":{\"id\":5}"
	    ",\"message\":{\"message_id\":4,\"chat\":{\"id\":5,\"type\":"
	    "\"private\"}},\"data\":\"c:1f\"}}");
	assert_int_equal(u.kind, UPD_BUTTON);
	assert_string_equal(u.button, "c:1f");
	assert_string_equal(u.query, "q");
	parse(GROUP("\"new_chat_members\":[]"));
	assert_int_equal(u.kind, UPD_MESSAGE);
	assert_int_equal(u.service, 1);
	assert_int_equal(u.migrated, 0);
	parse(GROUP("\"migrate_to_chat_id\":-1001234567890"));
	assert_int_equal(u.service, 1);
	assert_true(u.migrated == -1001234567890);
	parse("{\"update_id\":8,\"poll\":{}}");
	assert_int_equal(u.kind, UPD_SKIP);
	assert_int_equal(u.id, 8);
}

static void
t_bad(void **st)
{
	static const char *const bad[] = {
		"", "{", "7", "null", "[]", "{}", "\"x\"",
		"{\"update_id\":\"7\",\"message\":{}}",
		"{\"update_id\":-7,\"message\":{}}",
		"{\"update_id\":1e99,\"message\":{}}",
		"{\"update_id\":7,\"message\":7}",
		"{\"update_id\":7,\"message\":{\"message_id\":1}}",
		"{\"update_id\":7,\"message\":{\"message_id\":\"1\",\"chat\":{"
		    "\"id\":1}}}",
		"{\"update_id\":7,\"message\":{\"message_id\":1,\"chat\":{"
		    "\"id\":\"1\"}}}",
		"{\"update_id\":7,\"callback_query\":{\"id\":7}}",
		"{\"update_id\":7,\"callback_query\":{\"id\":\"q\",\"from\":{}}}",
		"{\"update_id\":7,\"message\":{\"text\":\"\xff\xfe\"}}",
		"{\"update_id\":7,\"message\":{\"text\":\"\\ud83d\"}}",
	};
	size_t	i;

	(void)st;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		parse(bad[i]);
		assert_int_equal(u.kind, UPD_SKIP);
		assert_non_null(u.why);
	}
	/* It did not parse, but its number is there. */
	assert_int_equal(u.id, 7);
}

static void
t_deep(void **st)
{
	char	*s;
	size_t	 n = 400000;

	(void)st;
	s = malloc(n + 1);
	assert_non_null(s);
	memset(s, '[', n);
	memcpy(s, "{\"update_id\":31,\"x\":", 20);
	s[n] = '\0';
	update_parse(s, n, "", 0, &u);
	assert_int_equal(u.kind, UPD_SKIP);
	assert_int_equal(u.id, 31);
	assert_string_equal(u.why, "nested too deep");
	free(s);
	/* Brackets inside a text are not nesting. */
	assert_int_equal(json_too_deep("{\"a\":\"[[[[[[\\\"[[[\"}", 20, 3), 0);
	assert_int_equal(json_too_deep("[[[[]]]]", 8, 3), 1);
}

static void
t_nul_and_long_names(void **st)
{
	char	s[1200];
	size_t	n;

	(void)st;
	parse(GROUP("\"text\":\"a\\u0000b\""));
	assert_int_equal(u.kind, UPD_MESSAGE);
	assert_int_equal(u.len, 3);
	n = (size_t)snprintf(s, sizeof(s), "{\"update_id\":7,\"message\":{"
	    "\"message_id\":3,\"chat\":{\"id\":1,\"type\":\"private\"},"
	    "\"from\":{\"id\":5,\"first_name\":\"");
	for (; n < 1000; n += 2)
		memcpy(s + n, "\xc3\xa4", 2);
	(void)snprintf(s + n, sizeof(s) - n, "\"},\"text\":\"x\"}}");
	parse(s);
	assert_int_equal(u.kind, UPD_MESSAGE);
	assert_in_range(strlen(u.name), 100, UPD_NAME - 1);
	assert_int_equal((unsigned char)u.name[strlen(u.name) - 1], 0xa4);
}

static unsigned
split(const char *s, const char **last, int *bad)
{
	struct upd_iter	 it;
	const char	*p;
	size_t		 len;
	unsigned	 n = 0;

	upd_iter_init(&it, s, strlen(s));
	while (upd_iter_next(&it, &p, &len)) {
		*last = p;
		n++;
	}
	*bad = it.bad;
	return (n);
}

static void
t_split(void **st)
{
	const char	*p = NULL;
	int		 bad;

	(void)st;
	assert_int_equal(split("{\"ok\":true,\"result\":[]}", &p, &bad), 0);
	assert_false(bad);
	assert_int_equal(split(" {\"x\":{\"result\":[1]},\"result\" : [ {\"a\":"
	    "\"]}\\\"\"} , {\"update_id\":2}],\"ok\":true }", &p, &bad), 2);
	assert_false(bad);
	assert_memory_equal(p, "{\"update_id\":2}", 15);
	/* One that is broken inside spoils no other. */
	assert_int_equal(split("{\"ok\":true,\"result\":[{\"a\":nope},{\"b\":"
	    "\"\xff\"},3]}", &p, &bad), 3);
	assert_false(bad);
	assert_int_equal(split("{\"ok\":false,\"result\":[1]}", &p, &bad), 0);
	assert_true(bad);
	assert_int_equal(split("<html>", &p, &bad), 0);
	assert_true(bad);
	assert_int_equal(split("{\"ok\":true,\"result\":[{\"a\":1},{\"b\":", &p,
	    &bad), 1);
	assert_true(bad);
	assert_int_equal(split("{\"ok\":true}", &p, &bad), 0);
	assert_true(bad);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_message),
		cmocka_unit_test(t_files),
		cmocka_unit_test(t_in_name_of_a_chat),
		cmocka_unit_test(t_topic_only_when_topic),
		cmocka_unit_test(t_addressed),
		cmocka_unit_test(t_kinds),
		cmocka_unit_test(t_quote),
		cmocka_unit_test(t_long_quote),
		cmocka_unit_test(t_reaction),
		cmocka_unit_test(t_bad),
		cmocka_unit_test(t_deep),
		cmocka_unit_test(t_nul_and_long_names),
		cmocka_unit_test(t_split),
	};
	int	rc;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	update_free(&u);
	return (rc);
}
