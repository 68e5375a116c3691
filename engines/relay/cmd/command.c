/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What the commands do.  Each answers at once, whatever runs; none asks the
 * model.  Run by the relay.
 */
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "telclauded/lib/util.h"
#include "engines/relay/access.h"
#include "engines/relay/ask/ask.h"
#include "engines/relay/call/mediate.h"
#include "engines/relay/cmd/command.h"
#include "engines/relay/face/face.h"
#include "engines/relay/money/money.h"
#include "engines/relay/money/window.h"
#include "engines/relay/out/outbox.h"
#include "engines/relay/people/people.h"
#include "engines/relay/people/totpgate.h"
#include "engines/relay/relay.h"
#include "engines/relay/screen/screen.h"
#include "engines/relay/tg/api.h"
#include "engines/relay/tg/poll.h"
#include "engines/relay/turn/queue.h"
#include "engines/relay/turn/turn.h"

void
command_answer_markup(const struct turn *t, struct buf *b, const char *markup)
{
	struct outmsg	m = { 0 };

	if (!b->failed && b->len > 0) {
		m.chat = t->chat;
		m.topic = t->topic;
		m.reply = turn_reply(t);
		m.urgent = 1;
		m.text = b->p;
		m.len = b->len;
		m.markup = markup;
		/* It may quote what runs. */
		m.taint = t->lane->run == NULL ? 0 : t->lane->run->taint;
		(void)outbox_send(&m);
	}
	buf_free(b);
}

void
command_answer(const struct turn *t, struct buf *b)
{
	command_answer_markup(t, b, NULL);
}

/* What becomes of reading, writing and commands: what asks stands for all. */
static void
start_tools(struct buf *b, enum tier tier, int64_t user)
{
	static const enum tool	 tools[] = { TOOL_READ, TOOL_WRITE,
	    TOOL_BASH };
	static const struct {
		enum access_verdict	 v;
		const char		*before, *after;
	} words[] = {
		{ RV_ALLOW, "run ", " at once" },
		{ RV_ASK, "ask before ", "" },
		{ RV_ASK_CODE, "want a code before ", "" },
		{ RV_DENY, "never run ", " for you" },
	};
	const char		*sep = "I ";
	size_t			 i, k;
	int			 any;

	for (i = 0; i < NELEM(words); i++) {
		for (k = any = 0; k < NELEM(tools); k++) {
			if (access_rule(relay.set, tier, user, tools[k], 0,
			    NULL) != words[i].v)
				continue;
			(void)buf_printf(b, "%s%s%s", any ? ", " : sep,
			    any ? "" : words[i].before, tool_name(tools[k]));
			any = 1;
		}
		if (any) {
			(void)buf_puts(b, words[i].after);
			sep = "; I ";
		}
	}
}

void
cmd_START(struct turn *t, const char *arg)
{
	struct buf	b;
	enum tier	tier = access_tier(relay.set, t->user);

	(void)arg;
	buf_init(&b);
	(void)buf_printf(&b, "Hello %s. I work in %s on host %s.\n",
	    t->name[0] == '\0' ? "there" : t->name, relay.set->r.workspace,
	    relay.set->r.host);
	if (access_admin(relay.set, t->user))
		(void)buf_puts(&b, "You are the admin.\n");
	else
		(void)buf_printf(&b, "Your tier is %s.\n", tier_name(tier));
	start_tools(&b, tier, t->user);
	if (relay.set->r.spend_day_microusd != 0)
		(void)buf_printf(&b, "; I stop at %.2f usd a day",
		    (double)relay.set->r.spend_day_microusd / 1e6);
	(void)buf_puts(&b, ". /help lists what I understand.");
	command_answer(t, &b);
}

static void
status_running(struct buf *b, const struct turn *r)
{
	const struct call	*c;
	char			 words[64];

	(void)buf_printf(b, "Running for %" PRIu64 " s (%s): %s",
	    (now_ms() - r->started) / 1000, turn_state_name(r->state),
	    turn_excerpt(r->text, r->len, words, sizeof(words)));
	TAILQ_FOREACH(c, &r->calls, entry)
		if (!c->internal)
			(void)buf_printf(b, "\n\xe2\x96\xb8 %s, %s%" PRIu64
			    " s", c->label, c->state == CALL_ASK ?
			    "asks since " : "",
			    (now_ms() - c->started) / 1000);
}

void
cmd_STATUS(struct turn *t, const char *arg)
{
	struct lane	*l = t->lane;
	struct buf	 b;

	(void)arg;
	buf_init(&b);
	if (l->run != NULL)
		status_running(&b, l->run);
	else
		(void)buf_puts(&b, "Nothing runs in this chat.");
	temprule_status(&b, l);
	(void)buf_printf(&b, "\nWaiting here: %u of %d.", l->n, QUEUE_MAX);
	if (l->hold_before != 0)
		(void)buf_puts(&b, " Held since /stop; write on to go on.");
	if (relay.agent == NULL)
		(void)buf_puts(&b, "\nThe agent is being restarted on this "
		    "machine; what waits runs when it is back.");
	if (relay.runner == NULL)
		(void)buf_puts(&b, "\nThe runner of tools is being "
		    "restarted.");
	usage_status(&b, t->user);
	(void)buf_printf(&b, "\nModel: %s.", face_model(t->lane));
	command_answer(t, &b);
}

/* What was under way, by whether it had begun. */
static int
stop_calls(struct buf *b, const struct turn *r, int begun)
{
	const struct call	*c;
	int			 n = 0;

	TAILQ_FOREACH(c, &r->calls, entry) {
		if (c->internal || c->label[0] == '\0' ||
		    (c->state == CALL_RUN) != begun)
			continue;
		(void)buf_printf(b, "%s%s", n++ > 0 ? ", " : begun ?
		    " Killed: " : " Not run: ", c->label);
		if (begun)
			(void)buf_printf(b, " after %" PRIu64 " s",
			    (now_ms() - c->started) / 1000);
	}
	if (n > 0)
		(void)buf_puts(b, ".");
	return (n);
}

static void
stop_report(struct buf *b, const struct turn *r)
{
	uint64_t	ms = now_ms() - r->started;
	int		n;

	(void)buf_printf(b, "Stopped after %" PRIu64 ".%" PRIu64 " s.",
	    ms / 1000, ms % 1000 / 100);
	if (r->ran.len > 0)
		(void)buf_printf(b, " Ran: %s.", r->ran.p);
	n = stop_calls(b, r, 1) + stop_calls(b, r, 0);
	if (n == 0 && r->ran.len == 0)
		(void)buf_puts(b, " No tool was running.");
}

/* One chat or topic; how many messages wait in it now.  by: the command. */
static unsigned
stop_lane(struct lane *l, const struct turn *by, struct buf *b)
{
	struct turn	*r = l->run;
	unsigned	 watched = observe_drop(l);
	unsigned	 n = l->n + lane_coming(l) - (by->lane == l);

	if (r == NULL && lane_owner(l)->busy != NULL)
		(void)buf_puts(b, "Nothing of this chat runs; another chat's "
		    "message has the conversation just now.");
	else if (r == NULL)
		(void)buf_puts(b, n + watched > 0 ? "Nothing runs." :
		    "Nothing runs in this chat.");
	else if (r->state == T_STOPPING)
		(void)buf_puts(b, "Stopping already.");
	else
		stop_report(b, r);
	if (watched > 0)
		(void)buf_printf(b, " Dropped: %u that the observer had not "
		    "let on.", watched);
	if (n > 0) {
		queue_hold(l, by->id);
		(void)buf_printf(b, " %u message%s waiting.", n,
		    n == 1 ? "" : "s");
	}
	if (r != NULL)
		turn_stop(r);
	return (n);
}

struct stop_all {
	const struct turn	*by;
	struct buf		*b;
	unsigned		 n, waiting;
};

static void
stop_one(struct lane *l, void *arg)
{
	struct stop_all	*s = arg;
	unsigned	 n;

	/* Each of its messages counts, wherever it waits; the command not. */
	if (l->chat != s->by->chat || l->refs == (l == s->by->lane))
		return;
	(void)buf_printf(s->b, "%s", s->n++ > 0 ? "\n" : "");
	if (l->topic != 0)
		(void)buf_printf(s->b, "Topic %" PRId64 ": ", l->topic);
	n = stop_lane(l, s->by, s->b);
	if (l == s->by->lane)
		s->waiting = n;
}

void
cmd_STOP(struct turn *t, const char *arg)
{
	struct buf	b;
	struct stop_all	s = { t, &b, 0, 0 };
	char		markup[192];
	int		all = strcasecmp(arg, "all") == 0;

	temprule_stop(t->chat, all ? NULL : &t->topic);
	buf_init(&b);
	if (all)
		lane_each(stop_one, &s);
	if (s.n == 0)
		s.waiting = stop_lane(t->lane, t, &b);
	/* Who sends it without end is bounded in what is told, not in what
	 * is stopped. */
	if (!rate_small(RK_STOP, t->chat, t->topic, t->user,
	    turn_reply(t), wall_ms())) {
		buf_free(&b);
		return;
	}
	/* The buttons are about this /stop and no other. */
	(void)str_format(markup, sizeof(markup), "{\"inline_keyboard\":[["
	    "{\"text\":\"Run it\",\"callback_data\":\"r:%" PRIx64 "\"},"
	    "{\"text\":\"Drop it\",\"callback_data\":\"d:%" PRIx64
	    "\"}]]}", t->id, t->id);
	command_answer_markup(t, &b, s.waiting > 0 ? markup : NULL);
}

void
cmd_NEW(struct turn *t, const char *arg)
{
	struct lane	*owner = lane_owner(t->lane);
	struct buf	 b;

	(void)arg;
	buf_init(&b);
	/* First, for the next one may begin inside turn_stop(). */
	lane_reset(owner);
	if (owner->busy != NULL) {
		(void)buf_puts(&b, "I stopped what ran. ");
		turn_stop(owner->busy);
	}
	(void)buf_puts(&b, "A fresh conversation: I know nothing of the old "
	    "one. Files in the workspace stay.");
	if (t->lane->n > 0)
		(void)buf_printf(&b, " %u waiting message%s will run in it.",
		    t->lane->n, t->lane->n == 1 ? "" : "s");
	command_answer(t, &b);
}

void
cmd_VERIFY(struct turn *t, const char *arg)
{
	/* Handled before the gate it opens; here it has been opened. */
	(void)arg;
	turn_say(t, "No second factor is asked of you here.");
}

void
command_run(enum command c, struct turn *t, const char *arg)
{
	static void (*const fn[CMD_MAX])(struct turn *, const char *) = {
#define C(id, name, menu, help)	[CMD_##id] = cmd_##id,
		COMMAND_TABLE(C)
#undef C
	};

	if (!people_may(c, t, arg))
		return;
	if (c < CMD_MAX)
		fn[c](t, arg);
	else if (c == CMD_ALIKE)
		turn_say(t, "That looks like a command of mine, but some of "
		    "its characters are others that only look the same, or are "
		    "not seen at all. Nothing was done. Type it anew; /help "
		    "lists those I know.");
	else
		turn_say(t, "I do not know that command. /help lists those I "
		    "know; to write about something that starts with a slash, "
		    "put a word before it.");
}

void
command_publish(void)
{
	struct buf	b;

	buf_init(&b);
	command_menu(&b);
	if (!b.failed)
		api_set_commands(b.p, b.len);
	buf_free(&b);
}
