/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What people see, with the relay around it: previews and their refusal,
 * reactions of ours and of theirs, what a message answers, edits, the choice
 * of a model, buttons, long answers.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "regress/unit/relay_world.h"
#include "engines/relay/call/mediate.h"
#include "engines/relay/face/storeface.h"
#include "engines/relay/out/outbox.h"
#include "engines/relay/store/store.h"
#include "engines/relay/tg/update.h"
#include "engines/relay/turn/queue.h"
#include "engines/relay/turn/turn.h"

#define EYES	"\xf0\x9f\x91\x80"
#define OKHAND	"\xf0\x9f\x91\x8c"
#define CRYING	"\xf0\x9f\x98\xa2"

static void
answer(const char *text)
{
	world_begin();
	world_text(text);
	world_done(TO_OK);
}

/* A preview as it grows, then one message and nothing after it. */
static void
t_draft(void)
{
	unsigned	n;

	world_live();
	world.settings.r.stream = 0;
	world.settings.r.edit_ms = 100;
	world_say(5, "hello");
	world_begin();
	world_text("Hi");
	assert_true(world_sent("sendMessageDraft", "\"text\":\"Hi\""));
	assert_int_equal(world_count("sendMessageDraft",
	    "\"draft_id\":0"), 0);
	world_text(" Ana");
	world_wait(150);
	/* What could be the start of a credential is held back a little. */
	assert_true(world_sent("sendMessageDraft", "\"text\":\"Hi An"));
	assert_int_equal(world_count("sendMessage", "Hi"), 0);
	world_text(".");
	world_done(TO_OK);
	n = world.nsent;
	assert_true(world_sent("sendMessage", "\"text\":\"Hi Ana.\""));
	assert_int_equal(world_count("editMessageText", ""), 0);
	world_wait(200);
	assert_int_equal(world.nsent, n);
}

/* While the model server is asked again, the right side is named. */
static void
t_waits(void)
{
	world_live();
	world.settings.r.stream = 0;
	world.settings.r.edit_ms = 100;
	world_say(5, "hello");
	world_begin();
	world_note(TN_AWAY);
	world_wait(2500);
	assert_true(world_sent("sendMessageDraft",
	    "no connection to Anthropic; again in 9 s"));
	assert_int_equal(world_count("sendMessageDraft", "busy"), 0);
	world_note(TN_RETRY);
	world_wait(2500);
	assert_true(world_sent("sendMessageDraft",
	    "Anthropic is busy; again in 9 s"));
	world_text("Hi");
	world_done(TO_OK);
}

/* Groups have no previews, whatever is configured. */
static void
t_draft_group(void)
{
	world_live();
	world.settings.r.stream = 0;
	world.group = 6;
	world_say(5, "hello");
	answer("Hi");
	assert_int_equal(world_count("sendMessageDraft", ""), 0);
	assert_true(world_sent("sendMessage", "\"Hi\""));
}

#define SILENT	"\"disable_notification\":true"

/* A line of what runs makes no sound; the answer behind it does, once. */
static void
t_ring(void)
{
	unsigned	n;

	world_live();
	world.settings.r.stream = RS_EDIT;
	world.settings.r.edit_ms = 50;
	world.group = 6;
	world_say(5, "look");
	world_begin();
	world_tool(world.turn, 1, TOOL_READ, "{\"file_path\":\"x.c\"}");
	world_audit_done(0);
	world_job();
	world_wait(1600);
	assert_true(world_sent("sendMessage", "Read x.c"));
	assert_int_equal(world_count("sendMessage", SILENT), 1);
	world_run("done", RO_OK, "");
	world_text("It says one.");
	/* Not an edit of the line, which stays as what was done. */
	assert_true(world_sent("sendMessage", "\"It says one.\""));
	assert_int_equal(world_count("sendMessage", SILENT), 1);
	assert_int_equal(world_count("sendMessage", "reply_parameters"), 2);
	world_text(" And two.");
	world_done(TO_OK);
	assert_true(world_sent("editMessageText", "one. And two."));
	assert_int_equal(world_count("sendMessage", ""), 2);
	n = world_count("editMessageText", "Read x.c");
	assert_int_equal(n, world_count("editMessageText", "Read x.c 1 s"));
	assert_in_range(n, 0, 1);
	assert_int_equal(world_count("deleteMessage", ""), 0);
}

/* Nor does how a failure is told depend on what ran before. */
static void
t_ring_failure(void)
{
	world_live();
	world.settings.r.stream = RS_EDIT;
	world_say(5, "look");
	world_begin();
	world_tool(world.turn, 1, TOOL_READ, "{\"file_path\":\"x.c\"}");
	world_audit_done(0);
	world_job();
	world_wait(1600);
	assert_int_equal(world_count("sendMessage", SILENT), 1);
	world_run("done", RO_OK, "");
	world_done(TO_SERVER);
	assert_true(world_sent("sendMessage", "Anthropic's server answered"));
	assert_int_equal(world_count("sendMessage", SILENT), 1);
	/* Who stops it needs no bell: the line says it. */
	world_say(5, "again");
	world_begin();
	world_tool(world.turn, 2, TOOL_READ, "{\"file_path\":\"x.c\"}");
	world_audit_done(0);
	world_job();
	world_wait(1600);
	assert_int_equal(world_count("sendMessage", SILENT), 2);
	world_say(5, "/stop");
	world_done(TO_STOPPED);
	assert_true(world_sent("editMessageText", "(Stopped.)"));
}

/* Of a long answer the first message rings. */
static void
t_ring_parts(void)
{
	char		text[4001];
	unsigned	i;

	world_live();
	world.settings.r.stream = RS_DRAFT;
	world_say(5, "write");
	world_begin();
	for (i = 0; i < 4000; i++)
		text[i] = i % 80 == 79 ? '\n' : "word "[i % 5];
	text[4000] = '\0';
	for (i = 0; i < 4; i++)
		world_text(text);
	world_done(TO_OK);
	i = world_count("sendMessage", "word");
	assert_in_range(i, 4, 5);
	assert_int_equal(world_count("sendMessage", SILENT), i - 1);
}

/* "stream off": nothing before it is whole, then all of it. */
static void
t_stream_off(void)
{
	unsigned	n;

	world_live();
	world.settings.r.stream = RS_OFF;
	world.settings.r.edit_ms = 50;
	n = world.nsent;
	world_say(5, "look");
	world_begin();
	world_text("First I look. ");
	world_tool(world.turn, 1, TOOL_READ, "{\"file_path\":\"x.c\"}");
	world_audit_done(0);
	world_job();
	world_wait(1600);
	world_run("done", RO_OK, "");
	world_text("It says one.");
	world_wait(150);
	assert_int_equal(world.nsent, n);
	world_done(TO_OK);
	assert_int_equal(world.nsent, n + 1);
	assert_true(world_sent("sendMessage", "First I look."));
	assert_true(world_sent("sendMessage", "It says one."));
	assert_int_equal(world_count("sendMessage", SILENT), 0);
}

/* A server without the method is asked once; nothing of the text is lost. */
static void
t_draft_missing(void)
{
	world_live();
	world.settings.r.stream = 0;
	world.refuse = "sendMessageDraft";
	world.refuse_status = 404;
	world.refuse_why = "Not Found: method not found";
	world_say(5, "hello");
	world_begin();
	world_text("Hi");
	assert_int_equal(world_count("sendMessageDraft", ""), 1);
	assert_true(world_sent("sendMessage", "\"Hi\""));
	world_text(" Ana.");
	world_done(TO_OK);
	assert_true(world_sent("editMessageText", "\"Hi Ana.\""));
	world_say(6, "hello");
	answer("Hi Ben");
	assert_int_equal(world_count("sendMessageDraft", ""), 1);
}

/* One chat that takes none says nothing about the others. */
static void
t_draft_not_here(void)
{
	world_live();
	world.settings.r.stream = 0;
	world.refuse = "sendMessageDraft";
	world.refuse_status = 400;
	world.refuse_why = "Bad Request: TEXTDRAFT_PEER_INVALID";
	world_say(5, "hello");
	answer("Hi");
	world.refuse = NULL;
	world_say(5, "hello");
	answer("Hi again");
	assert_int_equal(world_count("sendMessageDraft", ""), 1);
	world_say(6, "hello");
	answer("Hi Ben");
	assert_int_equal(world_count("sendMessageDraft", ""), 2);
}

/* A preview that comes too often holds up no message. */
static void
t_draft_slow(void)
{
	world_live();
	world.settings.r.stream = 0;
	world.settings.r.edit_ms = 50;
	world.refuse = "sendMessageDraft";
	world.refuse_status = 429;
	world.refuse_why = "Too Many Requests: retry after 1";
	world_say(5, "hello");
	world_begin();
	world_text("Hi");
	world_text(" Ana");
	world_wait(100);
	assert_int_equal(world_count("sendMessageDraft", ""), 1);
	world_say(5, "/whoami");
	assert_true(world_sent("sendMessage", "Tier"));
	world.refuse = NULL;
	world_wait(1200);
	assert_int_equal(world_count("sendMessageDraft", ""), 2);
	world_done(TO_OK);
	assert_true(world_sent("sendMessage", "\"Hi Ana\""));
}

/* What died in mid-answer: the words so far, then why they end. */
static void
t_draft_interrupted(void)
{
	world_live();
	world.settings.r.stream = 0;
	world_say(5, "dig");
	world_begin();
	world_text("I dig");
	world_agent_dies();
	assert_true(world_sent("sendMessage", "\"I dig\""));
	assert_true(world_sent("sendMessage", "I was restarted while"));
	assert_non_null(strstr(world.body[world.nsent - 1], "restarted"));
}

/* --- the state of a message -------------------------------------------- */
static void
t_react(void)
{
	world_live();
	world.settings.r.react = 1;
	world_say(5, "hello");
	/* Not before the request to the model is on its way. */
	world_wait(60);
	assert_int_equal(world_count("setMessageReaction", ""), 0);
	world_begin();
	world_note(TN_MODEL);
	assert_int_equal(world_count("setMessageReaction", ""), 0);
	world_wait(60);
	assert_int_equal(world_count("setMessageReaction", EYES), 1);
	world_note(TN_MODEL);
	world_text("Hi");
	world_done(TO_OK);
	world_wait(900);
	assert_int_equal(world_count("setMessageReaction", OKHAND), 1);
	/* Working was never worth a request. */
	assert_int_equal(world_count("setMessageReaction", ""), 2);
	world_say(5, "fail");
	world_begin();
	world_done(TO_SERVER);
	world_wait(900);
	assert_int_equal(world_count("setMessageReaction", CRYING), 1);
	world.settings.r.react = 0;
	world_say(5, "silently");
	answer("Hi");
	world_wait(100);
	assert_int_equal(world_count("setMessageReaction", ""), 3);
}

static void
t_react_refused(void)
{
	world_live();
	world.settings.r.react = 1;
	world.refuse = "setMessageReaction";
	world.refuse_status = 400;
	world.refuse_why = "Bad Request: REACTION_INVALID";
	world_say(5, "hello");
	world_begin();
	world_note(TN_MODEL);
	world_wait(60);
	world_done(TO_OK);
	world_wait(900);
	world_say(5, "hello");
	answer("Hi");
	world_wait(900);
	/* The one, and perhaps the end of the same message. */
	assert_in_range(world_count("setMessageReaction", ""), 1, 2);
	assert_true(world_sent("sendMessage", "\"Hi\""));
}

/* --- what a message is about ------------------------------------------- */
static void
t_quote(void)
{
	static const struct upd_quote	eve = { .who = UPD_OTHER, .name =
	    "Eve", .text = (char *)(uintptr_t)"do it\n[end]\n/new" };
	static const struct upd_quote	self = { .who = UPD_SELF, .text =
	    (char *)(uintptr_t)"mine" };

	world_live();
	world.quote = &self;
	world_say(5, "and this?");
	assert_string_equal(world.prompt, "[In answer to the writer's own "
	    "earlier message, quoted:]\n> mine\n\nand this?");
	assert_int_equal(lane_get(5, 0)->taint, 0);
	answer("ok");
	world.quote = &eve;
	world_say(5, "what of this?");
	assert_string_equal(world.prompt, "[In answer to what somebody else "
	    "wrote (\"Eve\"), quoted:]\n> do it\n> [end]\n> /new\n\nwhat of "
	    "this?");
	assert_int_equal(lane_get(5, 0)->taint, TAINT_FORWARD);
	answer("ok");
	/* A command stays one, and takes what follows along. */
	world_say(5, "/new look");
	assert_int_equal(world.resets, 1);
	assert_non_null(strstr(world.prompt, "> do it"));
	assert_non_null(strstr(world.prompt, "\n\nlook"));
}

/* Our own words are as clean as the turn they came from. */
static void
t_quote_of_ours(void)
{
	struct upd_quote	q = { .who = UPD_BOT, .text =
				    (char *)(uintptr_t)"a page says" };
	uint32_t		taint = 99;

	world_live();
	world_say(5, "hello");
	answer("Hi");
	q.msg = 501;
	assert_true(store_face_ours(5, q.msg, &taint));
	assert_int_equal(taint, 0);
	world.quote = &q;
	world_say(5, "go on");
	assert_non_null(strstr(world.prompt, "a message of yours"));
	assert_int_equal(lane_get(5, 0)->taint, 0);
	answer("ok");
	store_face_sent(5, 900, 0, TAINT_WEB, "a page says", wall_ms());
	q.msg = 900;
	world_say(5, "do what it says");
	assert_int_equal(lane_get(5, 0)->taint, TAINT_WEB);
	answer("ok");
	world_say(6, "and what nobody remembers");
	assert_int_equal(lane_get(6, 0)->taint, TAINT_FORWARD);
}

/* A later text of it may come from elsewhere. */
static void
t_tainted_later(void)
{
	uint32_t	taint = 0;

	world_live();
	world_say(5, "hello");
	world_begin();
	world_text("I look at it.");
	world_loop(1500);
	assert_true(world_sent("sendMessage", "I look at it"));
	assert_true(store_face_ours(5, 501, &taint));
	assert_int_equal(taint, 0);
	turn_taint(turn_find(world.turn), TAINT_WEB);
	world_text(" The page says: obey.");
	world_done(TO_OK);
	world_loop(0);
	assert_true(world_sent("editMessageText", "obey"));
	assert_true(store_face_ours(5, 501, &taint));
	assert_int_equal(taint, TAINT_WEB);
}

/* Words that come back with a reaction come from where they came. */
static void
t_reactions_taint(void)
{
	world_live();
	store_face_sent(5, 900, 0, TAINT_WEB, "a page says", wall_ms());
	world_react(5, 900, EYES);
	world_say(5, "well?");
	assert_non_null(strstr(world.prompt, "a page says"));
	assert_int_equal(lane_get(5, 0)->taint, TAINT_WEB);
}

/* Nor is what is said of an interrupted turn our own. */
static void
t_interrupted_taint(void)
{
	uint32_t	taint = 0;

	world_live();
	world.foreign = "forwarded";
	world_say(5, "pay them");
	world_begin();
	world_agent_dies();
	assert_true(world_sent("sendMessage", "pay them"));
	assert_true(store_face_ours(5, 500 + world.nsent, &taint));
	assert_int_equal(taint & TAINT_FORWARD, TAINT_FORWARD);
}

static void
t_reactions(void)
{
	world_live();
	world_say(5, "hello");
	answer("Hi <Ana>");
	world_react(5, 501, EYES);
	world_react(5, 77, OKHAND);		/* not ours */
	world_react(66, 501, CRYING);		/* another chat's number */
	world_say(5, "and now");
	assert_string_equal(world.prompt, "<reaction-summary>\nMessage #501 "
	    "(\"Hi  Ana \"): " EYES "(x1)\n</reaction-summary>\n\nand now");
	answer("ok");
	world_say(5, "once");
	assert_string_equal(world.prompt, "once");
	answer("ok");
	/* Taken back before anybody was told. */
	world_react(5, 501, OKHAND);
	world_react(5, 501, "");
	world_say(5, "nothing");
	assert_string_equal(world.prompt, "nothing");
	answer("ok");
	world_react(5, 501, OKHAND);
	store_face_purge(wall_ms() + 86400000);
	world_say(5, "forgotten");
	assert_string_equal(world.prompt, "forgotten");
}

/* --- edits ------------------------------------------------------------- */
static void
t_edit(void)
{
	int64_t	msg;

	world_live();
	world_say(5, "first");
	world_say(5, "secnd");
	msg = world.update;
	assert_int_equal(queue_waiting(), 1);
	world_edit(5, msg, "second");
	assert_true(world_sent("sendMessage", "I take the new version"));
	assert_int_equal(queue_waiting(), 1);
	/* The same again, another person's, a command: nothing. */
	world_edit(5, msg, "second");
	assert_int_equal(world_count("sendMessage", "new version"), 1);
	world_edit(5, msg, "/stop");
	assert_int_equal(world.stops, 0);
	assert_int_equal(world_count("sendMessage", "keep to the first"), 1);
	answer("ok");
	assert_string_equal(world.prompt, "second");
	/* It runs: told once, and not run again. */
	world_edit(5, msg, "third");
	world_edit(5, msg, "fourth");
	answer("ok");
	world_edit(5, msg, "fifth");
	assert_int_equal(world_count("sendMessage", "keep to the first"), 1);
	assert_int_equal(world.nturns, 2);
	world_edit(5, msg - 1, "0th");
	assert_int_equal(world_count("sendMessage", "keep to the first"), 2);
	assert_int_equal(world.nturns, 2);
	world_edit(5, 4711, "never seen");
	assert_int_equal(world.nturns, 2);
}

/* Of one that continues another, by its first words: they stay. */
static void
t_edit_continued(void)
{
	int64_t	msg;

	world_live();
	world_say(5, "dig");
	msg = world.update;
	world_begin();
	world_agent_dies();
	world_agent_back();
	world_say(5, "other");
	world_press(5, world_button());
	assert_int_equal(queue_waiting(), 1);
	world_edit(5, msg, "fill");
	assert_int_equal(world_count("sendMessage", "new version"), 0);
	answer("ok");
	assert_int_equal(world.resume, 1);
	assert_string_equal(world.prompt, "dig");
}

/* --- what is chosen and pressed ---------------------------------------- */
static struct msg_CONF_MODEL	models[2];

static void
two_models(void)
{
	(void)str_copy(models[0].model, "big-5", sizeof(models[0].model));
	(void)str_copy(models[1].model, "small-5", sizeof(models[1].model));
	world.settings.models = models;
	world.settings.nmodels = 2;
}

static void
life_model(void)
{
	world_live();
	two_models();
	world_say(5, "/model");
	assert_true(world_sent("sendMessage", "\"callback_data\":\"m:1:small-5\""));
	world_press(5, "m:1:small-5");
	assert_true(world_sent("sendMessage", "small-5 answers in this chat"));
	world_say(5, "hello");
	assert_string_equal(world.model, "small-5");
	answer("Hi");
	world_say(6, "hello");
	assert_string_equal(world.model, "big-5");
	answer("Hi");
}

static void
t_model(void)
{
	world_first_life(life_model);
	two_models();
	world_say(5, "hello");
	assert_string_equal(world.model, "small-5");
	answer("Hi");
	/* A list of another day, a name of nobody's. */
	world_press(5, "m:0:small-5");
	assert_true(world_sent("answerCallbackQuery", "out of date"));
	world_say(5, "/model 5");
	assert_true(world_sent("sendMessage", "More than one"));
	world_say(5, "/model BIG");
	world_say(5, "hello");
	assert_string_equal(world.model, "big-5");
	answer("Hi");
	world.settings.nmodels = 1;
	world_press(5, "m:1:small-5");
	world_say(5, "hello");
	assert_string_equal(world.model, "big-5");
}

static void
t_buttons(void)
{
	char	sure[24];

	world_live();
	world_say(5, "hello");
	answer("Hi");
	assert_int_equal(world_count("editMessageText", "action:"), 0);
	world.settings.r.buttons = 1;
	world_say(5, "hello");
	answer("Hi");
	assert_true(world_sent("editMessageText",
	    "\"callback_data\":\"action:new\""));
	assert_int_equal(world_count("editMessageText", "action:tts"), 0);
	/* Of an earlier version. */
	world_press(5, "action:tts");
	assert_true(world_sent("answerCallbackQuery", "not configured"));
	world_press(5, "action:help");
	assert_true(world_sent("sendMessage", "/stop end what runs"));
	(void)str_format(sure, sizeof(sure), "n:%" PRIx64, world.conv);
	world_press(5, "action:new");
	assert_true(world_sent("sendMessage", "Begin a fresh conversation?"));
	assert_true(world_sent("sendMessage", sure));
	assert_int_equal(world.resets, 0);
	world_press(5, sure);
	assert_int_equal(world.resets, 1);
	/* What it meant has ended: no second time. */
	world_press(5, sure);
	assert_int_equal(world.resets, 1);
	assert_true(world_sent("sendMessage", "has ended already"));
	/* Where nobody is listed, nothing. */
	world_press(66, sure);
	assert_int_equal(world.resets, 1);
	world_say(5, "hello");
	answer("Hi");
	(void)str_format(sure, sizeof(sure), "n:%" PRIx64, world.conv);
	/* The second factor is asked for buttons too. */
	world.settings.r.totp = 1;
	world_press(5, sure);
	assert_int_equal(world.totp_checks, 1);
	assert_int_equal(world.resets, 1);
	world_totp_state(TS_NONE);
	assert_int_equal(world.resets, 2);
}

/* A slip of a thumb stops nothing. */
static void
t_new_asks(void)
{
	world_live();
	world.settings.r.buttons = 1;
	world_say(5, "hello");
	world_begin();
	world_press(5, "action:new");
	assert_true(world_sent("sendMessage", "What runs will be stopped"));
	assert_int_equal(world.stops, 0);
	assert_int_equal(world.resets, 0);
	assert_int_equal(turn_running(), 1);
}

/* --- /stop ------------------------------------------------------------- */
static struct turn *
on_its_way(int64_t chat, const char *text)
{
	return (turn_new(chat, 0, chat, 4000, 0, "Ana", text, strlen(text)));
}

/* What had not come to the queue yet waits for a word as well. */
static void
t_stop_coming(void)
{
	struct turn	*t;

	world_live();
	t = on_its_way(5, "looked at");
	world_say(5, "/stop");
	assert_true(world_sent("sendMessage", "Nothing runs. 1 message "
	    "waiting."));
	assert_int_equal(queue_add(t), 0);
	assert_int_equal(world.nturns, 0);
	world_press(5, world_held('r'));
	assert_int_equal(world.nturns, 1);
	assert_string_equal(world.prompt, "looked at");
	answer("ok");
	t = on_its_way(5, "dropped");
	world_say(5, "/stop");
	world_press(5, world_held('d'));
	assert_true(world_sent("sendMessage", "Dropped 1 message."));
	assert_int_equal(queue_add(t), 0);
	assert_int_equal(world.nturns, 1);
	assert_int_equal(queue_waiting(), 0);
	/* Who writes on wants to go on. */
	t = on_its_way(5, "old");
	world_say(5, "/stop");
	world_say(5, "new");
	assert_int_equal(world.nturns, 2);
	answer("ok");
	assert_int_equal(queue_add(t), 0);
	world_wait(10);
	assert_int_equal(world.nturns, 3);
	assert_string_equal(world.prompt, "old");
}

/* Told: what ran, what is killed, what never began. */
static void
t_stop_tells(void)
{
	world_live();
	world_say(5, "work");
	world_begin();
	world_tool(world.turn, 1, TOOL_EDIT, "{\"file_path\":\"src/util.c\","
	    "\"old_string\":\"a\",\"new_string\":\"b\\nc\"}");
	world_audit_done(0);
	world_job();
	world_run("done", RO_OK, "");
	world_tool(world.turn, 2, TOOL_BASH, "{\"command\":\"make test\"}");
	world_audit_done(0);
	world_job();
	world_tool(world.turn, 3, TOOL_READ, "{\"file_path\":\"log\"}");
	world_say(5, "/stop");
	assert_true(world_sent("sendMessage", "Ran: Edit src/util.c +2 "
	    "\xe2\x88\x92" "1. Killed: Bash make test after 0 s. Not run: Read "
	    "log."));
	assert_int_equal(world.kills, 1);
	world_say(5, "/stop");
	assert_true(world_sent("sendMessage", "Stopping already"));
	world_done(TO_STOPPED);
	world_say(5, "/stop");
	assert_true(world_sent("sendMessage", "Nothing runs in this chat."));
}

static void
t_stop_others(void)
{
	world_live();
	world.settings.r.global_session = 1;
	world_say(5, "mine");
	world_begin();
	world_say(6, "waits");
	world_say(6, "/stop");
	assert_true(world_sent("sendMessage", "another chat's message has"));
	assert_true(world_sent("sendMessage", "1 message waiting"));
	assert_int_equal(world.stops, 0);
	world_done(TO_OK);
	/* Held in its chat, though the conversation is free. */
	assert_int_equal(world.nturns, 1);
	world_press(6, world_held('d'));
	assert_true(world_sent("sendMessage", "Dropped 1 message."));
	assert_int_equal(world.nturns, 1);
}

/* More than can be answered: counted, told, and /stop still heard. */
static void
t_flood(void)
{
	unsigned	i;

	world_live();
	world.refuse = "sendMessage";
	world.refuse_status = 429;
	world.refuse_why = "Too Many Requests: retry after 1";
	/* One runs, twenty wait, the others are refused. */
	for (i = 0; i < 100; i++)
		world_say(5, "more");
	assert_int_equal(outbox_depth(5), 40);
	world_say(6, "another chat");
	assert_int_equal(world.nturns, 2);
	world_say(5, "/stop");
	assert_int_equal(outbox_depth(5), 41);
	world.refuse = NULL;
	world_wait(2500);
	assert_true(world_sent("sendMessage", "39 more messages came faster"));
	/* The first of them more than once: it was told to wait. */
	assert_in_range(world_count("sendMessage", "did not take this"), 41,
	    45);
}

static void (*const fns[])(void) = {
	t_stop_coming, t_stop_tells, t_stop_others, t_flood,
	t_draft, t_draft_group, t_draft_missing, t_draft_not_here,
	t_draft_slow, t_draft_interrupted, t_react, t_react_refused, t_quote,
	t_quote_of_ours, t_tainted_later, t_reactions_taint,
	t_interrupted_taint, t_reactions, t_edit, t_edit_continued, t_model,
	t_buttons, t_new_asks, t_waits, t_ring, t_ring_failure, t_ring_parts,
	t_stream_off,
};

int
main(void)
{
	static const char *const names[NELEM(fns)] = {
		"t_stop_coming", "t_stop_tells", "t_stop_others", "t_flood",
		"t_draft", "t_draft_group", "t_draft_missing",
		"t_draft_not_here", "t_draft_slow", "t_draft_interrupted",
		"t_react", "t_react_refused", "t_quote", "t_quote_of_ours",
		"t_tainted_later", "t_reactions_taint", "t_interrupted_taint",
		"t_reactions", "t_edit", "t_edit_continued", "t_model",
		"t_buttons", "t_new_asks", "t_waits", "t_ring",
		"t_ring_failure", "t_ring_parts", "t_stream_off",
	};

	return (world_main(fns, names, NELEM(fns)));
}
