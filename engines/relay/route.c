/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The way of an update through the relay.  All of it happens in one pass of
 * the event loop and one transaction, unless the second factor has to be
 * asked about.  Run by the relay; trusts nobody until listed.
 */
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/access.h"
#include "engines/relay/ask/ask.h"
#include "engines/relay/cmd/command.h"
#include "engines/relay/face/face.h"
#include "engines/relay/files/files.h"
#include "engines/relay/money/money.h"
#include "engines/relay/money/window.h"
#include "engines/relay/out/erase.h"
#include "engines/relay/out/outbox.h"
#include "engines/relay/people/people.h"
#include "engines/relay/people/totpcode.h"
#include "engines/relay/people/totpgate.h"
#include "engines/relay/relay.h"
#include "engines/relay/route.h"
#include "engines/relay/screen/screen.h"
#include "engines/relay/store/store.h"
#include "engines/relay/stranger.h"
#include "engines/relay/tg/api.h"
#include "engines/relay/tg/poll.h"
#include "engines/relay/tg/update.h"
#include "engines/relay/turn/queue.h"
#include "engines/relay/turn/turn.h"

const char *
route_unfit(const struct update *u)
{
	if (u->len == 0 && u->media && !u->have_file)
		return ("I can take text, photos, documents, sound and film; "
		    "this is nothing of it. Tell me in words what you want.");
	if (u->len > 0 && memchr(u->text, '\0', u->len) != NULL)
		return ("Your message holds a NUL character and was not "
		    "taken. Send it as plain text.");
	if (u->len > PROMPT_MAX)
		return ("Your message is too long and was not taken. Send it "
		    "in parts.");
	return (NULL);
}

/* What others wrote is no command either. */
struct turn *
route_new(const struct update *u, const struct attach *v, unsigned n)
{
	struct buf	 b, files;
	struct turn	*t;

	buf_init(&b);
	buf_init(&files);
	if (u->foreign != NULL)
		(void)buf_printf(&b, "[%s]\n", u->foreign);
	if (buf_add(&b, u->text, u->len) == -1 ||
	    (n > 0 && attach_encode(v, n, &files) == -1))
		fatal("route_new");
	t = turn_new(u->chat, u->topic, u->user, u->msg,
	    u->ckind != CHAT_PRIVATE, u->name, b.p == NULL ? "" :
	    b.p, b.len);
	buf_free(&b);
	t->files = files.p;
	if (u->foreign != NULL)
		t->taint |= TAINT_FORWARD;
	context_take(t, u);
	return (t);
}

static enum command	 route_command(const struct turn *, const char **);

/* Codes come before other bounds, so they have this one: each costs a line of
 * the audit log and an answer. */
static int
route_code_flood(struct turn *t, enum command c, const char *arg)
{
	int	 code;

	code = c == CMD_VERIFY || c == CMD_DISABLE || totpgate_is_code(t) ||
	    (c == CMD_UNLINK && *arg != '\0');
	if (!relay.set->r.totp || !code)
		return (0);
	if (rate_small(RK_COMMAND, t->chat, t->topic, t->user, t->group ?
	    t->msg : 0, wall_ms()))
		return (0);
	erase(t, ER_FLOOD);
	turn_free(t);
	return (1);
}

void
route_take(const struct update *u, const struct attach *v, unsigned n)
{
	const char	*why, *arg;
	struct turn	*t;
	enum command	 c;
	int		 group = u->ckind != CHAT_PRIVATE;

	/* An album may have waited for its last part. */
	if (!people_heard(u->chat, u->user) || (group &&
	    relay.set->r.mention && !u->addressed && !ask_expects(u) &&
	    !totpgate_expects(u)))
		return;
	if ((why = route_unfit(u)) != NULL) {
		if (!rate_small(RK_COMMAND, u->chat, u->topic, u->user,
		    group ? u->msg : 0, wall_ms()))
			return;
		outbox_say(u->chat, u->topic, group ? u->msg : 0, 1, "%s",
		    why);
		return;
	}
	if (u->media && !u->have_file)
		outbox_say(u->chat, u->topic, group ? u->msg : 0, 1, "I can "
		    "take photos, documents, sound and film: of this I take "
		    "the words alone.");
	t = route_new(u, v, n);
	/* What holds a code is judged by it, and never stored. */
	c = command_match(t->text, relay.bot_name, group, &arg);
	if (route_code_flood(t, c, arg))
		return;
	if (c == CMD_VERIFY && totpgate_until(t->user) > wall_ms() &&
	    ask_code(t, arg))
		return;
	if (c == CMD_VERIFY && relay.set->r.totp) {
		totpgate_verify(t, arg);
		return;
	}
	if (c == CMD_DISABLE && relay.set->r.totp) {
		cmdtotp_disable(t, arg);
		return;
	}
	if (c == CMD_UNLINK && *arg != '\0' && relay.set->r.totp) {
		link_unlink(t, arg);
		return;
	}
	if (totpgate_is_code(t)) {
		totpgate_verify(t, t->text);
		return;
	}
	if (ask_code(t, t->text))
		return;
	if (route_command(t, &arg) == CMD_NONE)
		context_merge(t);
	route_step(t, STEP_CLAIM);
}

static void
route_message(const struct update *u)
{
	if (u->have_file && u->album[0] != '\0') {
		album_add(u);
		return;
	}
	album_flush(u);
	route_take(u, &u->file, u->have_file ? 1 : 0);
}

/* `session ... reset WORDS': other words for /new. */
static int
route_is_reset(const char *text, const char **arg)
{
	const char	*word;
	size_t		 i, n;

	for (i = 0; i < relay.set->nresets; i++) {
		word = relay.set->resets[i].word;
		n = strlen(word);
		if (n == 0 || strncasecmp(text, word, n) != 0 ||
		    (text[n] != '\0' && text[n] != ' ' && text[n] != '\n'))
			continue;
		*arg = text + n + strspn(text + n, " \n");
		return (1);
	}
	return (0);
}

/* A word of the file may look like a command, and is none of ours then. */
static enum command
route_command(const struct turn *t, const char **arg)
{
	enum command	c;

	c = command_match(t->text, relay.bot_name, t->group, arg);
	return (c >= CMD_MAX && route_is_reset(t->text, arg) ? CMD_NEW : c);
}

static enum passed
step_command(struct turn *t)
{
	const char	*arg;
	enum command	 c;

	if (t->act != ACT_TEXT) {
		button_run(t);
		return (TAKEN);
	}
	c = route_command(t, &arg);
	if (c != CMD_NONE && c != CMD_STOP && flood_over(t))
		return (TAKEN);
	/* /stop is always done; its answers have a bound of their own. */
	if (c != CMD_NONE && c != CMD_OTHER && (c == CMD_STOP ||
	    rate_small(RK_COMMAND, t->chat, t->topic, t->user,
	    turn_reply(t), wall_ms())))
		command_run(c, t, arg);
	else if (c == CMD_NEW || c == CMD_RESET)
		c = CMD_OTHER;
	/* "/new and then ..." begins the fresh conversation with the rest. */
	if ((c == CMD_NEW || c == CMD_RESET) && *arg != '\0') {
		t->len = strlen(arg);
		memmove(t->text, arg, t->len + 1);
		c = CMD_NONE;
	}
	if (c == CMD_NONE) {
		context_merge(t);
		return (PASS);
	}
	if (t->stored)
		turn_save(t, TW_DONE);
	turn_free(t);
	return (TAKEN);
}

static enum passed
step_queue(struct turn *t)
{
	if (!people_again_pass(t))
		return (TAKEN);
	if ((t->edit || t->stored) && edit_queue(t))
		return (TAKEN);
	if (queue_add(t) == 0 || flood_over(t))
		return (TAKEN);
	turn_say(t, "%d messages are waiting already, so I did not take this "
	    "one. Send it again later, or /stop what runs.", QUEUE_MAX);
	turn_drop(t);
	return (TAKEN);
}

static enum passed
step_gate(struct turn *t)
{
	const char	*arg;

	/* It only ends things, and must not come too late. */
	if (t->act == ACT_TEXT && command_match(t->text, relay.bot_name,
	    t->group, &arg) == CMD_STOP)
		return (PASS);
	return (totpgate_pass(t) ? PASS : TAKEN);
}

void
route_step(struct turn *t, enum step s)
{
	static enum passed (*const steps[STEP_MAX])(struct turn *) = {
		[STEP_CLAIM] = claim_pass,
		[STEP_GATE] = step_gate,
		[STEP_COMMAND] = step_command,
		[STEP_SCREEN] = screen_pass,
		[STEP_RATE] = rate_pass,
		[STEP_FETCH] = fetch_pass,
		[STEP_OBSERVE] = observe_pass,
		[STEP_CONFIRM] = confirm_pass,
		[STEP_QUEUE] = step_queue,
	};

	/* Banned, or its chat unlisted, while it waited for something. */
	if (!people_heard(t->chat, t->user)) {
		turn_drop(t);
		return;
	}
	while (s < STEP_MAX && steps[s](t) == PASS)
		s++;
}

void
route_turn(struct turn *t)
{
	route_step(t, t->passed ? STEP_QUEUE : STEP_COMMAND);
}

static enum upd_state
route_verdict(const struct update *u)
{
	if (u->kind == UPD_SKIP)
		return (US_SKIPPED);
	/* Without a word; but a strange group is left, whoever writes there. */
	if (people_banned(u->chat, u->user) && (u->ckind == CHAT_PRIVATE ||
	    access_chat(relay.set, u->chat)))
		return (US_IGNORED);
	if (!access_chat(relay.set, u->chat))
		return (US_REFUSED);
	if (u->kind == UPD_BUTTON)
		return (US_TAKEN);
	/* A join says nothing; an anonymous reaction is nobody's. */
	if (u->service || u->user == 0 || u->from_bot ||
	    u->ckind == CHAT_CHANNEL)
		return (US_IGNORED);
	return (US_TAKEN);
}

/* A group that became a supergroup is another chat: nobody listed that. */
static void
route_migrated(const struct update *u)
{
	log_warnx("group %" PRId64 " (\"%s\") is a supergroup now and has the "
	    "number %" PRId64 ". To go on there: write allow chat %" PRId64
	    " in place of %" PRId64 ", reload, and invite the bot again",
	    u->chat, u->chat_name, u->migrated, u->migrated, u->chat);
}

int
route_update(const struct update *u)
{
	enum upd_state	v = route_verdict(u);

	/* Seen before: Telegram repeats what it thinks we did not get. */
	if (!store_update(u->id, u->chat, u->user, wall_ms(), v))
		return (0);
	if (v != US_REFUSED && u->migrated != 0)
		route_migrated(u);
	if (v == US_REFUSED && !pair_knock(u))
		stranger_refused(u);
	else if (v == US_TAKEN && u->kind == UPD_BUTTON)
		button_pressed(u);
	else if (v == US_TAKEN && u->kind == UPD_EDIT)
		edit_message(u);
	else if (v == US_TAKEN && u->kind == UPD_REACTION)
		context_reaction(u);
	else if (v == US_TAKEN)
		route_message(u);
	return (1);
}

/* --- after a restart --------------------------------------------------- */
static void
recover_row(const struct turn_row *r, void *arg)
{
	struct turns	*list = arg;
	struct turn	*t = turn_from_row(r);	/* the macro names it often */

	TAILQ_INSERT_TAIL(list, t, entry);
}

static void
recover_turn(struct turn *t)
{
	if (!people_heard(t->chat, t->user)) {
		turn_drop(t);
		return;
	}
	switch (t->row) {
	case TW_QUEUED:
		queue_restore(t);
		return;
	case TW_GATED:
	case TW_HELD:
		/* A button: what it meant ended with the last run. */
		if (t->len == 0 && t->resumes == 0 && t->files == NULL) {
			turn_drop(t);
			return;
		}
		totpgate_restore(t, t->row == TW_HELD);
		return;
	case TW_FETCH:
		route_step(t, STEP_FETCH);
		return;
	case TW_SCREEN:
		route_step(t, STEP_OBSERVE);
		return;
	case TW_ASKED:
		confirm_restore(t);
		return;
	case TW_RUNNING:
		turn_tell_interrupted(t);
		turn_save(t, TW_INTERRUPTED);
		break;
	default:
		turn_say(t, "I was restarted before your code was checked. "
		    "Send the next one.");
		turn_save(t, TW_DROPPED);
		break;
	}
	turn_free(t);
}

void
route_recover(void)
{
	struct turns	 list;
	struct turn	*t;

	/* All are read before anything is written. */
	TAILQ_INIT(&list);
	store_turn_open(recover_row, &list);
	while ((t = TAILQ_FIRST(&list)) != NULL) {
		TAILQ_REMOVE(&list, t, entry);
		recover_turn(t);
	}
}
