/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What the relay decides by rule alone: access, commands, when to show, what
 * becomes of a message, the table of a turn, waiting times.
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
#include "engines/relay/access.h"
#include "engines/relay/call/mediate.h"
#include "engines/relay/cmd/command.h"
#include "engines/relay/face/display.h"
#include "engines/relay/face/draft.h"
#include "engines/relay/face/face.h"
#include "engines/relay/face/react.h"
#include "engines/relay/map.h"
#include "engines/relay/out/outbox.h"
#include "engines/relay/relay.h"
#include "engines/relay/tg/api.h"
#include "engines/relay/tg/backoff.h"
#include "engines/relay/turn/turn.h"

/* --- access ------------------------------------------------------------ */
static void
t_chats(void **st)
{
	static int64_t	chats[] = { -1001234567890, -5, 7, 9, 1LL << 40 };
	struct settings	s = { .chats = NULL };
	size_t		i;

	(void)st;
	assert_false(access_chat(&s, 7));
	s.chats = chats;
	s.nchats = NELEM(chats);
	for (i = 0; i < NELEM(chats); i++)
		assert_true(access_chat(&s, chats[i]));
	assert_false(access_chat(&s, 8));
	assert_false(access_chat(&s, 0));
	assert_false(access_chat(&s, INT64_MIN));
	assert_false(access_chat(&s, INT64_MAX));
}

static void
t_tiers(void **st)
{
	static struct msg_CONF_TIER	t[] = {
		{ .tier = TIER_WRITE_LOCAL, .any = 1 },
		{ .tier = TIER_FULL_ACCESS, .user = 7 },
		{ .tier = TIER_READ_ONLY, .user = 8 },
		{ .tier = TIER_FULL_ACCESS, .user = 9 },
		{ .tier = TIER_READ_ONLY, .user = 9 },
		{ .tier = TIER_FULL_ACCESS, .name = "alice" },
		{ .tier = 200, .user = 10 },
	};
	struct settings	s = { .r.admin = 5 };
	char		name[64];

	(void)st;
	assert_int_equal(access_tier(&s, 1), TIER_READ_ONLY);
	assert_int_equal(access_tier(&s, 5), TIER_FULL_ACCESS);
	s.tiers = t;
	s.ntiers = NELEM(t);
	assert_int_equal(access_tier(&s, 1), TIER_WRITE_LOCAL);
	assert_int_equal(access_tier(&s, 7), TIER_FULL_ACCESS);
	assert_int_equal(access_tier(&s, 8), TIER_READ_ONLY);
	/* The last line that matches wins; a name nobody has is nobody. */
	assert_int_equal(access_tier(&s, 9), TIER_READ_ONLY);
	assert_int_equal(access_tier(&s, 0), TIER_WRITE_LOCAL);
	assert_int_equal(access_tier(&s, 10), TIER_NONE);
	assert_string_equal(access_totp_user(&s, 5, name, sizeof(name)),
	    "admin");
	assert_string_equal(access_totp_user(&s, 77, name, sizeof(name)),
	    "77");
	s.r.admin = 0;
	assert_false(access_admin(&s, 0));
}

static enum access_verdict
rule(const struct settings *s, enum tier tier, int64_t user, enum tool tool)
{
	return (access_rule(s, tier, user, tool, 0, NULL));
}

static void
t_rules(void **st)
{
	static struct msg_CONF_RULE	r[] = {
		{ .verdict = RV_ASK, .tool = TOOL_BASH,
		    .tier = TIER_FULL_ACCESS, .any = 1 },
		{ .verdict = RV_DENY, .tool = TOOL_WRITE, .any = 1 },
		{ .verdict = RV_ALLOW, .tool = TOOL_WRITE, .user = 7 },
		{ .verdict = 99, .tool = TOOL_EDIT, .user = 7 },
	};
	struct settings	s = { .rules = r, .nrules = NELEM(r) };

	(void)st;
	assert_int_equal(rule(&s, TIER_FULL_ACCESS, 1, TOOL_BASH), RV_ASK);
	assert_int_equal(rule(&s, TIER_WRITE_LOCAL, 1, TOOL_BASH), RV_ALLOW);
	assert_int_equal(rule(&s, TIER_READ_ONLY, 1, TOOL_BASH), RV_DENY);
	assert_int_equal(rule(&s, TIER_NONE, 1, TOOL_READ), RV_DENY);
	assert_int_equal(rule(&s, TIER_WRITE_LOCAL, 1, TOOL_WRITE), RV_DENY);
	assert_int_equal(rule(&s, TIER_WRITE_LOCAL, 7, TOOL_WRITE), RV_ALLOW);
	assert_int_equal(rule(&s, TIER_WRITE_LOCAL, 7, TOOL_EDIT), RV_DENY);
	assert_int_equal(rule(&s, TIER_WRITE_LOCAL, 7, TOOL_NONE), RV_DENY);
	assert_int_equal(rule(&s, TIER_WRITE_LOCAL, 7, TOOL_MAX), RV_DENY);
	/* No rule allows what the tier has not. */
	assert_int_equal(rule(&s, TIER_READ_ONLY, 7, TOOL_WRITE), RV_DENY);
}

/* What has read from outside is another case; a search asks nobody. */
static void
t_rules_tainted(void **st)
{
	static struct msg_CONF_RULE	r[] = {
		{ .verdict = RV_ASK, .tool = TOOL_BASH, .any = 1,
		    .tainted = 1 },
		{ .verdict = RV_ASK_CODE, .tool = TOOL_BASH, .user = 7,
		    .tainted = 1, .within_s = 60 },
		{ .verdict = RV_DENY, .tool = TOOL_WRITE, .any = 1,
		    .tainted = 1 },
		{ .verdict = RV_DENY, .tool = TOOL_EDIT, .any = 1 },
		{ .verdict = RV_ASK, .tool = TOOL_WEBSEARCH, .user = 7,
		    .tainted = 1 },
	};
	struct settings	s = { .rules = r, .nrules = NELEM(r) };
	enum tier	w = TIER_WRITE_LOCAL;
	uint32_t	within = 1;

	(void)st;
	assert_int_equal(access_rule(&s, w, 1, TOOL_BASH, 0, &within),
	    RV_ALLOW);
	assert_int_equal(within, 0);
	assert_int_equal(access_rule(&s, w, 1, TOOL_BASH, 1, &within), RV_ASK);
	assert_int_equal(access_rule(&s, w, 7, TOOL_BASH, 1, &within),
	    RV_ASK_CODE);
	assert_int_equal(within, 60);
	assert_int_equal(access_rule(&s, w, 1, TOOL_WRITE, 0, NULL), RV_ALLOW);
	assert_int_equal(access_rule(&s, w, 1, TOOL_WRITE, 1, NULL), RV_DENY);
	assert_true(access_offers(&s, w, 1, TOOL_WRITE, 0));
	assert_false(access_offers(&s, w, 1, TOOL_WRITE, 1));
	assert_false(access_offers(&s, w, 1, TOOL_EDIT, 0));
	assert_true(access_offers(&s, w, 7, TOOL_BASH, 1));
	/* Allowed now, but not once it has read: it cannot be asked then. */
	assert_true(access_offers(&s, w, 1, TOOL_WEBSEARCH, 0));
	assert_true(access_offers(&s, w, 1, TOOL_WEBSEARCH, 1));
	assert_false(access_offers(&s, w, 7, TOOL_WEBSEARCH, 0));
	assert_false(access_offers(&s, w, 7, TOOL_WEBSEARCH, 1));
}

/* --- commands ---------------------------------------------------------- */
static void
t_commands(void **st)
{
	static const struct {
		const char	*text;
		int		 group;
		enum command	 want;
		const char	*arg;
	} c[] = {
		{ "hello", 0, CMD_NONE, "" },
		{ "/stop", 0, CMD_STOP, "" },
		{ " /Stop  ", 0, CMD_STOP, "" },
		{ "/stop@our_bot", 1, CMD_STOP, "" },
		{ "/stop@OUR_Bot now", 1, CMD_STOP, "now" },
		{ "/stop@other_bot", 1, CMD_OTHER, NULL },
		{ "/stop@our_bo", 1, CMD_OTHER, NULL },
		{ "/stopp", 0, CMD_UNKNOWN, NULL },
		{ "/stopp", 1, CMD_OTHER, NULL },
		{ "/stopp@our_bot", 1, CMD_UNKNOWN, NULL },
		{ "/verify-2fa  123456", 0, CMD_VERIFY, "123456" },
		{ "/verify_2fa 123456", 0, CMD_VERIFY, "123456" },
		{ "/new\nand then", 0, CMD_NEW, "and then" },
		{ "/", 0, CMD_NONE, "" },
		{ "/etc/passwd has what?", 0, CMD_NONE, "" },
		{ "// a comment", 0, CMD_NONE, "" },
		{ "see /stop", 0, CMD_NONE, "" },
	};
	const char	*arg;
	size_t		 i;

	(void)st;
	for (i = 0; i < NELEM(c); i++) {
		assert_int_equal(command_match(c[i].text, "our_bot",
		    c[i].group, &arg), c[i].want);
		if (c[i].arg != NULL)
			assert_string_equal(arg, c[i].arg);
	}
}

/* One table: what the menu offers is matched, and help has it. */
static void
t_command_table(void **st)
{
	struct buf	 menu, help;
	char		 word[64];
	const char	*p, *arg;
	size_t		 n;
	int		 found = 0;

	(void)st;
	buf_init(&menu);
	buf_init(&help);
	command_menu(&menu);
	command_help(&help);
	for (p = menu.p; (p = strstr(p, "\"command\":\"")) != NULL; found++) {
		p += 11;
		n = strcspn(p, "\"");
		(void)str_format(word, sizeof(word), "/%.*s", (int)n, p);
		assert_int_equal(strspn(p, "abcdefghijklmnopqrstuvwxyz_"
		    "0123456789"), n);
		assert_in_range(command_match(word, "b", 0, &arg), 0,
		    CMD_MAX - 1);
		assert_non_null(strstr(help.p, word));
	}
	assert_int_equal(found, 7);
	buf_free(&menu);
	buf_free(&help);
}

/* --- showing ----------------------------------------------------------- */
static void
t_sched(void **st)
{
	struct sched	s = { .last = 1000, .every = 1500, .first = 1 };

	(void)st;
	assert_int_equal(sched_due(&s, 1000), SCHED_NEVER);
	s.fresh = 1;		/* the first text, whatever its length */
	assert_int_equal(sched_due(&s, 1000), 0);
	s.first = 0;
	s.open = 1;
	assert_int_equal(sched_due(&s, 1000), 5000);
	assert_int_equal(sched_due(&s, 5999), 1);
	assert_int_equal(sched_due(&s, 6000), 0);
	s.fresh = 49;
	assert_int_equal(sched_due(&s, 3000), 3000);
	s.fresh = 50;
	assert_int_equal(sched_due(&s, 1400), 1100);
	assert_int_equal(sched_due(&s, 2500), 0);
	s.fresh = 0;
	assert_int_equal(sched_due(&s, 9000), SCHED_NEVER);
	s.line = 1;
	assert_int_equal(sched_due(&s, 1100), 1400);
	/* A short tool call before any text makes no message. */
	s.open = 0;
	s.first = 1;
	assert_int_equal(sched_due(&s, 1004), 1496);
	s.every = 8000;
	s.open = 1;
	s.line = 0;
	s.first = 0;
	s.fresh = 5;
	assert_int_equal(sched_due(&s, 1000), 8000);
}

/* A preview lives for half a minute; a line that counts seconds is no flood. */
static void
t_sched_draft(void **st)
{
	struct sched	s = { .last = 1000, .every = 1500, .open = 1,
	    .draft = 1 };

	(void)st;
	assert_int_equal(sched_due(&s, 1000), 20000);
	assert_int_equal(sched_due(&s, 21000), 0);
	s.fresh = 1;		/* cheap: any word at the pace */
	assert_int_equal(sched_due(&s, 1000), 1500);
	s.fresh = 0;
	s.ticks = 1;
	assert_int_equal(sched_due(&s, 1000), 5000);
	s.draft = 0;
	assert_int_equal(sched_due(&s, 1000), 5000);
	s.every = 9000;
	assert_int_equal(sched_due(&s, 1000), 9000);
	s.every = 1500;
	s.ticks = 0;
	assert_int_equal(sched_due(&s, 90000), SCHED_NEVER);
	s.open = 0;		/* nothing is there to renew */
	s.draft = s.ticks = 1;
	assert_int_equal(sched_due(&s, 90000), SCHED_NEVER);
}

static void
t_draft_judge(void **st)
{
	static const struct {
		enum api_verdict	v;
		long			status;
		enum draft_fate		fate;
	} c[] = {
		{ BV_OK, 200, DF_OK }, { BV_LIMIT, 429, DF_SLOW },
		{ BV_TOKEN, 404, DF_NEVER }, { BV_TOKEN, 401, DF_SKIP },
		{ BV_REQUEST, 400, DF_NOTHERE },
		{ BV_REQUEST, 403, DF_NOTHERE },
		{ BV_SERVER, 502, DF_SKIP }, { BV_UNKNOWN, 0, DF_SKIP },
		{ BV_UNSENT, 0, DF_SKIP }, { BV_CONFLICT, 409, DF_SKIP },
	};
	struct api_reply	r = { .why = "" };
	size_t			i;

	(void)st;
	for (i = 0; i < NELEM(c); i++) {
		r.verdict = c[i].v;
		r.status = c[i].status;
		assert_int_equal(draft_judge(&r), c[i].fate);
	}
	/* Configured, private, and not known to be refused. */
	assert_true(draft_wanted(0, 0, 5));
	assert_false(draft_wanted(0, 1, -5));
	assert_false(draft_wanted(1, 0, 5));
	assert_false(draft_wanted(2, 0, 5));
	draft_not_here(5);
	assert_false(draft_wanted(0, 0, 5));
	assert_true(draft_wanted(0, 0, 6));
	draft_learned(DF_NOTHERE);
	assert_true(draft_wanted(0, 0, 6));
	draft_learned(DF_NEVER);
	assert_false(draft_wanted(0, 0, 6));
	for (i = 0; i < 1000; i++)
		assert_true(draft_id() > 0);
}

static void
t_live(void **st)
{
	struct live	l;
	char		s[LIVE_TEXT], label[32];
	unsigned	i;

	(void)st;
	live_clear(&l);
	live_text(&l, 0, s, sizeof(s));
	assert_string_equal(s, "");
	live_put(&l, 1, "Read Makefile", LV_RUNS, 1000);
	assert_true(live_end(&l, 1, 1004));
	assert_false(live_end(&l, 1, 1005));
	assert_false(live_runs(&l));
	live_put(&l, 2, "Bash make test", LV_ASKS, 2000);
	live_text(&l, 9000, s, sizeof(s));
	assert_string_equal(s, "\xe2\x96\xb8 Read Makefile \xc2\xb7 Bash make "
	    "test \xe2\x80\x94 asks");
	live_put(&l, 2, "Bash make test", LV_RUNS, 10000);
	assert_true(live_runs(&l));
	live_text(&l, 22900, s, sizeof(s));
	assert_string_equal(s, "\xe2\x96\xb8 Read Makefile \xc2\xb7 Bash make "
	    "test 12 s");
	/* A clock that went back shows no time. */
	live_text(&l, 100, s, sizeof(s));
	assert_null(strstr(s, " s"));
	for (i = 3; i < 40; i++) {
		(void)snprintf(label, sizeof(label), "Grep word%u", i);
		live_put(&l, i, label, LV_RUNS, 23000);
		live_text(&l, 23000, s, sizeof(s));
		assert_true(strlen(s) < sizeof(s) && str_isutf8(s, strlen(s)));
	}
	assert_non_null(strstr(s, "\xe2\x80\xa6"));
	assert_non_null(strstr(s, "word39"));
	assert_null(strstr(s, "Makefile"));
	/* What is cut is cut between characters. */
	live_clear(&l);
	live_put(&l, 1, "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"
	    "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"
	    "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"
	    "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"
	    "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac",
	    LV_RUNS, 0);
	live_text(&l, 0, s, sizeof(s));
	assert_true(str_isutf8(s, strlen(s)));
}

/* Where not all fits, what runs or asks now is there, whole. */
static void
t_live_long(void **st)
{
	struct live	l;
	char		s[LIVE_TEXT], label[72];
	unsigned	i;

	(void)st;
	live_clear(&l);
	for (i = 1; i <= 5; i++) {
		(void)snprintf(label, sizeof(label), "Bash %u%065d", i, 0);
		live_put(&l, i, label, LV_RUNS, 1000);
		if (i < 5)
			(void)live_end(&l, i, 62000);
	}
	live_text(&l, 98765000, s, sizeof(s));
	assert_int_equal(strncmp(s, "\xe2\x96\xb8 \xe2\x80\xa6 Bash ", 12),
	    0);
	assert_non_null(strstr(s, "Bash 5"));
	assert_non_null(strstr(s, "0 98764 s"));
	assert_non_null(strstr(s, "Bash 4"));
	assert_null(strstr(s, "Bash 1"));
	assert_true(strlen(s) < sizeof(s) - 1);
	/* One that was made first and still asks is no less so. */
	live_put(&l, 1, "Edit x", LV_ASKS, 70000);
	live_text(&l, 98765000, s, sizeof(s));
	assert_non_null(strstr(s, "Edit x \xe2\x80\x94 asks"));
	assert_non_null(strstr(s, "0 98764 s"));
	/* No room for any: no half of one. */
	live_text(&l, 98765000, s, 20);
	assert_true(strlen(s) < 20 && strstr(s, "Bash") == NULL);
}

/* Only what the Bot API lets bots set (the list of ReactionTypeEmoji). */
static void
t_react_rule(void **st)
{
	static const char *const ok[] = { "\xf0\x9f\x91\x80",
	    "\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x92\xbb",
	    "\xf0\x9f\x91\x8c", "\xf0\x9f\xa4\xb7", "\xf0\x9f\x98\xa2" };
	int	r;

	(void)st;
	for (r = 0; r < RE_MAX; r++)
		assert_string_equal(react_emoji((enum react)r), ok[r]);
	assert_int_equal(react_of_end(TW_DONE, TO_OK), RE_DONE);
	assert_int_equal(react_of_end(TW_DONE, TO_MAXTOKENS), RE_DONE);
	assert_int_equal(react_of_end(TW_DONE, TO_STOPPED), RE_STOPPED);
	assert_int_equal(react_of_end(TW_DROPPED, TO_OK), RE_STOPPED);
	assert_int_equal(react_of_end(TW_DONE, TO_KEY), RE_FAILED);
	assert_int_equal(react_of_end(TW_INTERRUPTED, TO_OK), RE_FAILED);
	assert_false(react_is_end(RE_QUEUED) || react_is_end(RE_WORKING));
	assert_true(react_is_end(RE_DONE) && react_is_end(RE_STOPPED) &&
	    react_is_end(RE_FAILED));
	/* Never at once, never two in a breath. */
	assert_in_range(react_wait(RE_QUEUED, 0, 5000), 1, 100);
	assert_in_range(react_wait(RE_WORKING, 5000, 5010), 1000, 1500);
	assert_in_range(react_wait(RE_DONE, 5000, 5010), 500, 1500);
	assert_in_range(react_wait(RE_DONE, 5000, 9000), 1, 100);
}

static void
t_help(void **st)
{
	static const char *const words[] = { "approvals", "files", "groups",
	    "safety", "commands" };
	size_t	i;

	(void)st;
	for (i = 0; i < NELEM(words); i++) {
		assert_non_null(help_topic(words[i]));
		assert_non_null(strstr(help_short, words[i]));
	}
	/* What is not understood is not promised. */
	assert_null(strstr(help_topic("files"), "look at"));
	assert_non_null(strstr(help_topic("files"), "neither hear nor see"));
	assert_non_null(help_topic("GROUPS"));
	assert_null(help_topic(""));
	assert_null(help_topic("nonsense"));
}

static void
t_pace(void **st)
{
	(void)st;
	assert_int_equal(sched_pace(1500, 0, 0), 1500);
	assert_int_equal(sched_pace(1500, 1, 0), 2250);
	assert_int_equal(sched_pace(1500, 20, 0), 10000);
	assert_int_equal(sched_pace(1500, 0, 2), 1500);
	assert_int_equal(sched_pace(1500, 0, 3), 30000);
}

/* --- sending ----------------------------------------------------------- */
static enum box_act
judge(enum box_kind k, enum box_state s, int plain, int last,
    enum api_verdict v, const char *why)
{
	struct api_reply	r = { .verdict = v, .why = why };

	return (box_judge(k, s, plain, last, &r));
}

static void
t_box(void **st)
{
	enum api_verdict	v;

	(void)st;
	for (v = BV_OK; v < BV_MAX; v++)
		assert_int_equal(judge(BX_SEND, BS_TRIED, 0, 0, v, "x"),
		    v == BV_OK ? BA_DONE : v == BV_UNKNOWN ||
		    v == BV_SERVER ? BA_REPEAT : v == BV_LIMIT ? BA_WAIT : v == BV_REQUEST ? BA_DROP :
		    BA_RETRY);
	/* Never a third time. */
	assert_int_equal(judge(BX_SEND, BS_REPEATED, 0, 0, BV_UNKNOWN, ""),
	    BA_DROP);
	assert_int_equal(judge(BX_SEND, BS_REPEATED, 0, 0, BV_SERVER, ""),
	    BA_DROP);
	assert_int_equal(judge(BX_SEND, BS_REPEATED, 0, 0, BV_UNSENT, ""),
	    BA_RETRY);
	assert_int_equal(judge(BX_EDIT, BS_TRIED, 0, 1, BV_SERVER, ""),
	    BA_RETRY);
	/* Edits are free to repeat, and to change nothing. */
	assert_int_equal(judge(BX_EDIT, BS_TRIED, 0, 1, BV_UNKNOWN, ""),
	    BA_RETRY);
	assert_int_equal(judge(BX_EDIT, BS_TRIED, 0, 0, BV_REQUEST,
	    "Bad Request: message is not modified: ..."), BA_DONE);
	assert_int_equal(judge(BX_SEND, BS_TRIED, 0, 0, BV_REQUEST,
	    "Bad Request: message is not modified"), BA_DROP);
	assert_int_equal(judge(BX_SEND, BS_TRIED, 0, 0, BV_REQUEST,
	    "Bad Request: can't parse entities: x"), BA_PLAIN);
	assert_int_equal(judge(BX_SEND, BS_TRIED, 1, 0, BV_REQUEST,
	    "Bad Request: can't parse entities: x"), BA_DROP);
	assert_int_equal(judge(BX_EDIT, BS_TRIED, 0, 1, BV_REQUEST,
	    "Bad Request: message to edit not found"), BA_NEW);
	assert_int_equal(judge(BX_EDIT, BS_TRIED, 0, 0, BV_REQUEST,
	    "Bad Request: message to edit not found"), BA_DROP);
	/* A topic that is gone: to the chat, and not again. */
	assert_int_equal(judge(BX_SEND, BS_TRIED, 0, 0, BV_REQUEST,
	    "Bad Request: message thread not found"), BA_MAIN);
	assert_int_equal(judge(BX_SEND, BS_TRIED, 0, 0, BV_REQUEST,
	    "Bad Request: TOPIC_CLOSED"), BA_MAIN);
	assert_int_equal(judge(BX_FILE, BS_TRIED, 0, 0, BV_REQUEST,
	    "Bad Request: TOPIC_CLOSED"), BA_MAIN);
	assert_int_equal(box_recover(BX_SEND, BS_QUEUED), BA_RETRY);
	assert_int_equal(box_recover(BX_SEND, BS_TRIED), BA_REPEAT);
	assert_int_equal(box_recover(BX_SEND, BS_REPEATED), BA_DROP);
	assert_int_equal(box_recover(BX_SEND, BS_MARKED), BA_REPEAT);
	assert_int_equal(box_recover(BX_EDIT, BS_TRIED), BA_RETRY);
	/* A try is what has begun, and is none when it never arrived. */
	assert_int_equal(box_begin(BS_QUEUED), BS_TRIED);
	assert_int_equal(box_begin(BS_MARKED), BS_REPEATED);
	assert_int_equal(box_undo(BS_TRIED), BS_QUEUED);
	assert_int_equal(box_undo(BS_REPEATED), BS_MARKED);
	assert_int_equal(box_undo(BS_MARKED), BS_MARKED);
}

static void
t_body(void **st)
{
	static char	 url[] = "https://example.org/\"";
	struct md_entity e = { MD_LINK, 0, 2, url };
	struct outmsg	 m = { .chat = -7, .topic = 3, .reply = 9,
	    .text = "h\"i", .len = 3, .e = &e, .n = 1 };
	struct buf	 b;
	char		*p, *q;
	size_t		 len, len2;

	(void)st;
	buf_init(&b);
	box_body(&b, &m, 0);
	assert_non_null(strstr(b.p, "\"text\":\"h\\\"i\""));
	assert_non_null(strstr(b.p, "\"url\":\"https://example.org/\\\"\""));
	assert_null(strstr(b.p, "sent again"));
	p = box_rewrite(b.p, b.len, 1, 0, &len);
	assert_non_null(p);
	assert_int_equal(len, strlen(p));
	assert_non_null(strstr(p, "sent again"));
	assert_non_null(strstr(p, "entities"));
	/* Marked once, however often. */
	q = box_rewrite(p, len, 1, 1, &len2);
	assert_non_null(q);
	assert_null(strstr(q, "entities"));
	assert_null(strstr(strstr(q, "sent again") + 1, "sent again"));
	free(p);
	free(q);
	buf_free(&b);
	box_head(&b, &m);
	assert_string_equal(b.p, ",\"message_thread_id\":3,"
	    "\"reply_parameters\":{\"message_id\":9,"
	    "\"allow_sending_without_reply\":true}");
	buf_free(&b);
}

static void
t_answer(void **st)
{
	static const struct {
		long		 status;
		const char	*body;
		enum api_verdict want;
		uint32_t	 retry;
		int64_t		 id;
	} c[] = {
		{ 200, "{\"ok\":true,\"result\":{\"message_id\":5}}", BV_OK, 0,
		    5 },
		{ 200, "{\"ok\":true,\"result\":true}", BV_OK, 0, 0 },
		{ 200, "<html>", BV_UNKNOWN, 0, 0 },
		{ 200, "{\"ok\":false,\"error_code\":403}", BV_REQUEST, 0, 0 },
		{ 429, "{\"ok\":false,\"error_code\":429,\"parameters\":{"
		    "\"retry_after\":7}}", BV_LIMIT, 7000, 0 },
		{ 429, "", BV_LIMIT, 0, 0 },
		{ 401, "{\"ok\":false,\"error_code\":401}", BV_TOKEN, 0, 0 },
		{ 404, "{\"ok\":false,\"error_code\":404}", BV_TOKEN, 0, 0 },
		/* Of a proxy in between: not the Bot API's word. */
		{ 401, "<html>who are you</html>", BV_SERVER, 0, 0 },
		{ 404, "", BV_SERVER, 0, 0 },
		{ 404, "{\"error\":\"no such page\"}", BV_SERVER, 0, 0 },
		{ 404, "{\"error_code\":404}", BV_SERVER, 0, 0 },
		{ 200, "{\"ok\":false,\"error_code\":401}", BV_TOKEN, 0, 0 },
		{ 409, "{\"ok\":false,\"error_code\":409}", BV_CONFLICT, 0, 0 },
		{ 400, "{\"ok\":false,\"error_code\":400}", BV_REQUEST, 0, 0 },
		{ 502, "<html>bad gateway</html>", BV_SERVER, 0, 0 },
	};
	struct api_reply	r;
	char			why[256];
	size_t			i;

	(void)st;
	for (i = 0; i < NELEM(c); i++) {
		api_judge(HE_OK, c[i].status, 0, c[i].body, strlen(c[i].body),
		    0, &r, why, sizeof(why));
		assert_int_equal(r.verdict, c[i].want);
		assert_int_equal(r.retry_ms, c[i].retry);
		assert_int_equal(r.msgid, c[i].id);
	}
	api_judge(HE_CONNECT, 0, 0, "", 0, 0, &r, why, sizeof(why));
	assert_int_equal(r.verdict, BV_UNSENT);
	api_judge(HE_CUT, 0, 0, "", 0, 0, &r, why, sizeof(why));
	assert_int_equal(r.verdict, BV_UNKNOWN);
	api_judge(HE_TOTAL, 0, 0, "", 0, 0, &r, why, sizeof(why));
	assert_int_equal(r.verdict, BV_UNKNOWN);
}

/* --- turns ------------------------------------------------------------- */
static void
t_fsm(void **st)
{
	enum turn_state	s;
	enum turn_event	e;
	int		n;

	(void)st;
	for (s = 0; s < T_MAX; s++)
		for (e = 0; e < E_MAX; e++) {
			n = turn_next(s, e);
			assert_in_range(n + 1, 0, T_MAX);
			/* The dead hear nothing; the agent moves nothing that
			 * does not run; nothing goes back before the start. */
			if (s == T_DONE)
				assert_int_equal(n, -1);
			if (s < T_STARTING && e >= E_BEGUN && e <= E_RESULT)
				assert_int_equal(n, -1);
			if (s < T_STARTING && (e == E_OVER || e == E_GONE))
				assert_int_equal(n, -1);
			if (s >= T_STARTING && n != -1)
				assert_true(n >= T_STARTING);
			/* Whatever runs, ends: by a stop, by time, by death. */
			if (turn_is_running(s)) {
				assert_int_equal(turn_next(s, E_GONE), T_DONE);
				assert_int_equal(turn_next(s, E_OVER), T_DONE);
				assert_true(turn_next(s, E_LATE) >= T_STOPPING);
			}
		}
	assert_int_equal(turn_next(T_STOPPING, E_CALL), -1);
	assert_int_equal(turn_next(T_STARTING, E_TEXT), -1);
	assert_int_equal(turn_next(T_STOPPING, E_LATE), T_DONE);
	assert_int_equal(turn_next(T_QUEUED, E_STOP), T_DONE);
	assert_int_equal(turn_patience(T_STOPPING), TURN_GRACE_MS);
}

static void
t_outcomes(void **st)
{
	struct turn	t = { .id = 1 };
	char		text[1024];
	int		o;

	(void)st;
	for (o = TO_OK; o < TO_MAX; o++) {
		t.outcome = (uint8_t)o;
		(void)turn_outcome_text(&t, text, sizeof(text));
		if (o == TO_OK || o == TO_STOPPED)
			assert_string_equal(text, "");
		else
			assert_true(strlen(text) > 20);
	}
	t.outcome = TO_NETWORK;
	(void)str_copy(t.why, "no route", sizeof(t.why));
	assert_non_null(strstr(turn_outcome_text(&t, text, sizeof(text)),
	    "(no route)"));
	t.outcome = 250;
	assert_true(strlen(turn_outcome_text(&t, text, sizeof(text))) > 20);
}

static void
t_label(void **st)
{
	char	l[100];

	(void)st;
#define L(t, s)	call_label(t, "/w", s, strlen(s), l, sizeof(l))
	assert_int_equal(L(TOOL_READ, "{\"file_path\":\"/a/b/notes.txt\"}"), 0);
	assert_string_equal(l, "Read /a/b/notes.txt");
	assert_int_equal(L(TOOL_READ, "{\"file_path\":\"/w/b/notes.txt\"}"), 0);
	assert_string_equal(l, "Read b/notes.txt");
	assert_int_equal(L(TOOL_READ, "{\"file_path\":\"/wb/x\"}"), 0);
	assert_string_equal(l, "Read /wb/x");
	/* Of a long one the end, from a name on. */
	assert_int_equal(L(TOOL_READ, "{\"file_path\":\"/w/a-directory-of-a-"
	    "long-name/another-one/of-them/src/util.c\"}"), 0);
	assert_string_equal(l, "Read \xe2\x80\xa6/another-one/of-them/src/"
	    "util.c");
	assert_int_equal(L(TOOL_READ, "{\"file_path\":\""
	    "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"
	    "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"
	    "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"
	    "\"}"), 0);
	assert_int_equal(strlen(l), 5 + 3 + 42);
	assert_true(str_isutf8(l, strlen(l)));
	assert_int_equal(L(TOOL_EDIT, "{\"file_path\":\"/w/src/util.c\","
	    "\"old_string\":\"a\\nb\\nc\",\"new_string\":\"a\\nx\\ny\\nz"
	    "\\nc\"}"), 0);
	assert_string_equal(l, "Edit src/util.c +3 \xe2\x88\x92" "1");
	assert_int_equal(L(TOOL_EDIT, "{\"file_path\":\"x\",\"old_string\":"
	    "\"a\"}"), 0);
	assert_string_equal(l, "Edit x");
	assert_int_equal(L(TOOL_MULTIEDIT, "{\"file_path\":\"x\",\"edits\":"
	    "[{\"old_string\":\"a\",\"new_string\":\"b\"},{\"old_string\":"
	    "\"c\\nd\",\"new_string\":\"\"},7]}"), 0);
	assert_string_equal(l, "MultiEdit x +1 \xe2\x88\x92" "3");
	assert_int_equal(L(TOOL_WRITE, "{\"file_path\":\"x\",\"content\":"
	    "\"a\\nb\\n\"}"), 0);
	assert_string_equal(l, "Write x +2");
	assert_int_equal(L(TOOL_BASH, "{\"command\":\"make\\n\\u0007test\"}"), 0);
	assert_string_equal(l, "Bash make test");
	assert_int_equal(L(TOOL_BASH, "{}"), 0);
	assert_string_equal(l, "Bash");
	assert_int_equal(L(TOOL_BASH, "{\"command\":7}"), 0);
	assert_int_equal(L(TOOL_BASH, "[1]"), -1);
	assert_int_equal(L(TOOL_WEBFETCH,
	    "{\"url\":\"https://docs.example.org/a?b=c@d\"}"), 0);
	assert_string_equal(l, "WebFetch docs.example.org");
	/* What stands before an @ is no host. */
	assert_int_equal(L(TOOL_WEBFETCH,
	    "{\"url\":\"https://good.example@evil.example/\"}"), 0);
	assert_string_equal(l, "WebFetch evil.example");
	assert_int_equal(L(TOOL_WEBFETCH, "{\"url\":\"http://@/\"}"), 0);
	assert_string_equal(l, "WebFetch");
	assert_int_equal(L(TOOL_WEBFETCH,
	    "{\"url\":\"h://evil.example\\\\@good.example/\"}"), 0);
	assert_string_equal(l, "WebFetch evil.example");
	assert_int_equal(L(TOOL_BASH, "{"), -1);
	assert_int_equal(L(TOOL_BASH, ""), -1);
#undef L
}

/* --- waiting, and the map ---------------------------------------------- */
static void
t_backoff(void **st)
{
	struct msg_CONF_RELAY	c = { .retry_min_ms = 1000,
	    .retry_max_ms = 60000, .retry_factor_pct = 200 };
	uint32_t		ms, rnd;

	(void)st;
	assert_int_equal(backoff_ms(&c, 1, 9), 1000);
	assert_in_range(backoff_ms(&c, 2, 9), 2000, 2010);
	assert_in_range(backoff_ms(&c, 6, 9), 32000, 32100);
	assert_int_equal(backoff_ms(&c, 7, 9), 60000);
	assert_int_equal(backoff_ms(&c, 4000000000u, 9), 60000);
	c.retry_jitter_pct = 30;
	for (rnd = 0; rnd < 100000; rnd += 7) {
		ms = backoff_ms(&c, 7, rnd);
		assert_in_range(ms, 42000, 78000);
	}
	c.retry_factor_pct = 100;
	c.retry_jitter_pct = 0;
	assert_in_range(backoff_ms(&c, 4000000000u, 1), 1000, 1001);
	/* A dead connection is given up before a second period is over. */
	for (ms = 1; ms <= 50; ms++)
		assert_in_range(poll_total_ms(ms), ms * 1000 + 500,
		    2 * ms * 1000 - 1);
}

static char		vals[4000];
static unsigned		taken;

static void
take_other(void *val, void *arg)
{
	uint64_t	key = (uint64_t)((char *)val - vals);

	taken++;
	assert_ptr_equal(map_del(arg, key & 1 ? key + 1 : key - 1),
	    &vals[key & 1 ? key + 1 : key - 1]);
	assert_int_equal(map_put(arg, key + 1000, &vals[key + 1000]), 0);
}

static void
t_map(void **st)
{
	struct map	m = { 0 };
	uint64_t	i;
	size_t		w = 0, n = 0;
	char		*v = vals;

	(void)st;
	assert_null(map_get(&m, 1));
	assert_null(map_del(&m, 1));
	for (i = 0; i < 4000; i++)
		assert_int_equal(map_put(&m, i * i * 16, &v[i]), 0);
	for (i = 0; i < 4000; i += 2)
		assert_ptr_equal(map_del(&m, i * i * 16), &v[i]);
	for (i = 0; i < 4000; i++)
		assert_ptr_equal(map_get(&m, i * i * 16),
		    i % 2 ? &v[i] : NULL);
	while (map_next(&m, &w) != NULL)
		n++;
	assert_int_equal(n, 2000);
	assert_int_equal(map_put(&m, 16, &v[0]), 0);
	assert_ptr_equal(map_get(&m, 16), &v[0]);
	assert_int_equal(m.n, 2000);
	map_free(&m);
	for (i = 1; i <= 40; i++)
		assert_int_equal(map_put(&m, i, &v[i]), 0);
	/* Each of a pair takes the other out and puts a new one in. */
	map_each(&m, take_other, &m);
	assert_int_equal(taken, 20);
	assert_int_equal(m.n, 40);
	map_free(&m);
	map_each(&m, take_other, &m);
	assert_int_equal(taken, 20);
}

static void
t_excerpt(void **st)
{
	char	dst[32];

	(void)st;
	/* Nothing that turns or hides a command in a line about it. */
	assert_string_equal(turn_excerpt("rm\xe2\x80\xae -x\n\xe2\x80\x8by",
	    14, dst, sizeof(dst)), "rm -x y");
	assert_string_equal(turn_excerpt("\xc3\xa4\xc3\xa4\xc3\xa4", 6, dst,
	    9), "\xc3\xa4\xc3\xa4\xe2\x80\xa6");
	assert_string_equal(turn_excerpt("", 0, dst, sizeof(dst)), "");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_chats),
		cmocka_unit_test(t_excerpt),
		cmocka_unit_test(t_tiers),
		cmocka_unit_test(t_rules),
		cmocka_unit_test(t_rules_tainted),
		cmocka_unit_test(t_commands),
		cmocka_unit_test(t_command_table),
		cmocka_unit_test(t_sched),
		cmocka_unit_test(t_sched_draft),
		cmocka_unit_test(t_draft_judge),
		cmocka_unit_test(t_live),
		cmocka_unit_test(t_live_long),
		cmocka_unit_test(t_react_rule),
		cmocka_unit_test(t_help),
		cmocka_unit_test(t_pace),
		cmocka_unit_test(t_box),
		cmocka_unit_test(t_body),
		cmocka_unit_test(t_answer),
		cmocka_unit_test(t_fsm),
		cmocka_unit_test(t_outcomes),
		cmocka_unit_test(t_label),
		cmocka_unit_test(t_backoff),
		cmocka_unit_test(t_map),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
