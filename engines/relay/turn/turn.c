/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Running turns: the messages of the agent about them, their deadlines and
 * their end.  Run by the relay; believes the agent only about the turns that
 * it was given.
 */
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "engines/common/engine.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/text.h"
#include "engines/relay/access.h"
#include "engines/relay/ask/ask.h"
#include "engines/relay/audit/auditline.h"
#include "engines/relay/call/mediate.h"
#include "engines/relay/face/display.h"
#include "engines/relay/face/face.h"
#include "engines/relay/face/react.h"
#include "engines/relay/files/files.h"
#include "engines/relay/map.h"
#include "engines/relay/money/money.h"
#include "engines/relay/out/outbox.h"
#include "engines/relay/relay.h"
#include "engines/relay/screen/filter.h"
#include "engines/relay/screen/screen.h"
#include "engines/relay/turn/queue.h"
#include "engines/relay/turn/turn.h"

#define TURN_WINDOW	65536	/* bytes of text under way */
#define TURN_TEXT_MAX	(1u << 20)	/* of one turn: 300 messages and more */

#define TURN_CUT	"\n\n(The rest is left out: an answer has at most 1 " \
			"MB. Ask for a file instead.)"

static struct map	turns;		/* running ones, by id */

static void	 turn_finish(struct turn *, enum turn_row_state);

unsigned
turn_running(void)
{
	return ((unsigned)turns.n);
}

struct turn *
turn_find(uint64_t id)
{
	return (map_get(&turns, id));
}

static void
turn_send_stop(const struct turn *t)
{
	struct msg_TURN_STOP	m;

	m.turn = t->id;
	if (relay.agent != NULL)
		msg_send_TURN_STOP(relay.agent, 0, -1, &m);
}

static void
turn_enter(struct turn *t, enum turn_event e)
{
	switch (e) {
	case E_NOTE:
		break;
	case E_LATE:
		/* Its stream never ended, or it does not heed the stop. */
		if (t->state == T_DONE || t->over) {
			turn_finish(t, TW_DONE);
			return;
		}
		t->outcome = TO_TIMEOUT;
		mediate_kill_turn(t, TK_TIME);
		turn_send_stop(t);
		turn_arm(t, turn_patience(T_STOPPING));
		break;
	case E_STOP:
		t->outcome = TO_STOPPED;
		/* Stopped before the agent heard of it. */
		if (!t->sent) {
			turn_finish(t, TW_DONE);
			return;
		}
		turn_send_stop(t);
		turn_arm(t, turn_patience(T_STOPPING));
		break;
	case E_OVER:
		turn_finish(t, TW_DONE);
		break;
	case E_GONE:
		turn_finish(t, TW_INTERRUPTED);
		break;
	default:
		break;
	}
}

int
turn_event(struct turn *t, enum turn_event e)
{
	int	next = turn_next(t->state, e);

	if (next == -1) {
		log_debug("turn %llu: late event %d while %s",
		    (unsigned long long)t->id, (int)e,
		    turn_state_name(t->state));
		return (-1);
	}
	t->state = (enum turn_state)next;
	turn_enter(t, e);
	return (0);
}

static void
turn_timer(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)turn_event(arg, E_LATE);
}

/* Tools not worth offering to the model. */
static uint32_t
turn_denied(const struct turn *t)
{
	uint32_t	set = 0;
	int		tool;

	for (tool = TOOL_NONE + 1; tool < TOOL_MAX; tool++)
		if (!access_offers(relay.set, t->tier, t->user,
		    (enum tool)tool, t->taint != 0))
			set |= 1u << tool;
	return (set);
}

/* A sandbox is made while the model thinks, not when it asks. */
static void
turn_hint(const struct turn *t)
{
	struct msg_TOOL_SOON	m;

	m.conv = t->conv;
	m.scope = SCOPE_TELEGRAM;
	m.tier = (uint8_t)t->tier;
	msg_send_TOOL_SOON(engine_parent(), 0, -1, &m);
}

/* The row that says it runs is on disk: now the agent may know. */
static void
turn_send(uint64_t id)
{
	struct msg_TURN_START	m;
	struct turn		*t = turn_find(id);
	struct buf		 prompt;

	if (t == NULL || t->state != T_STARTING || relay.agent == NULL)
		return;
	files_begin(t);
	memset(&m, 0, sizeof(m));
	m.turn = t->id;
	m.conv = t->conv;
	m.tier = (uint8_t)t->tier;
	m.denied = turn_denied(t);
	m.resume = t->resumes != 0;
	m.chat = t->chat;
	m.user = t->user;
	(void)str_copy(m.model, face_model(t->lane), sizeof(m.model));
	buf_init(&prompt);
	files_prompt(t, &prompt);
	m.prompt = text_of(prompt.p == NULL ? "" : prompt.p, prompt.len);
	t->sent = 1;
	if (msg_send_TURN_START(relay.agent, 0, -1, &m) == 0)
		log_warnx("the agent's link takes no turn");
	buf_free(&prompt);
	turn_hint(t);
	display_begin(t->show);
}

void
turn_start(struct turn *t)
{
	t->tier = access_tier(relay.set, t->user);
	t->conv = t->resumes != 0 ? t->owner->conv : lane_conv(t->owner,
	    &t->idle_s);
	(void)turn_event(t, E_START);
	t->started = now_ms();
	t->timer = event_new(relay.base, -1, 0, turn_timer, t);
	t->show = display_new(t);
	t->red = redact_new();
	if (t->timer == NULL || t->show == NULL || t->red == NULL ||
	    map_put(&turns, t->id, t) == -1)
		fatal("turn_start");
	if ((t->outcome = turn_refused(t)) != TO_OK) {
		turn_finish(t, TW_DROPPED);
		return;
	}
	t->owner->taint |= t->taint;
	t->taint = t->owner->taint;
	lane_touch(t->owner);
	turn_save(t, TW_RUNNING);
	turn_arm(t, relay.set->r.turn_ms + TURN_GRACE_MS);
	store_after(turn_send, t->id);
}

int
turn_pause(struct turn *t)
{
	struct buf	b;
	int		held = 0;

	buf_init(&b);
	if (t->red != NULL)
		held = redact_pause(t->red, &b);
	display_text(t->show, b.p, b.len);
	buf_free(&b);
	return (held);
}

/* What the filter still holds is let go, or all of it is taken back. */
static void
turn_text_over(struct turn *t)
{
	struct buf	b;

	if (t->red == NULL)
		return;
	buf_init(&b);
	if (redact_finish(t->red, &b))
		display_withhold(t->show, filter_notice);
	else
		display_text(t->show, b.p, b.len);
	t->red = NULL;
	buf_free(&b);
}

static void
turn_finish(struct turn *t, enum turn_row_state row)
{
	char	text[1024];

	t->state = T_DONE;
	mediate_end_turn(t);
	if (t->in != NULL)
		stream_drop(t->in);
	t->in = NULL;
	turn_text_over(t);
	if (row == TW_DONE)
		display_finish(t->show, turn_outcome_text(t, text,
		    sizeof(text)), t->outcome == TO_STOPPED);
	else
		display_finish(t->show, "", 1);
	t->show = NULL;
	if (row == TW_INTERRUPTED)
		turn_tell_interrupted(t);
	react_set(t, react_of_end(row, t->outcome));
	turn_save(t, row);
	/* The pause that ends a conversation begins here; /new may have ended
	 * this one. */
	if (t->sent && t->owner->conv == t->conv)
		lane_touch(t->owner);
	files_after(t, row);
	audit_turn(t, row);
	(void)map_del(&turns, t->id);
	queue_done(t);
	turn_free(t);
}

void
turn_stop(struct turn *t)
{
	mediate_kill_turn(t, TK_STOP);
	(void)turn_event(t, E_STOP);
}

static void
turn_gone(void *t, void *arg)
{
	(void)arg;
	(void)turn_event(t, E_GONE);
}

void
turn_all_interrupted(void)
{
	map_each(&turns, turn_gone, NULL);
}

/* --- what the agent says ------------------------------------------------- */
static void
turn_text(struct stream *s, const uint8_t *p, size_t n)
{
	struct turn	*t = stream_ctx(s);
	struct buf	 b;

	stream_consumed(s, n);
	if (t == NULL || turn_event(t, E_TEXT) == -1 ||
	    t->said > TURN_TEXT_MAX)
		return;
	buf_init(&b);
	/* Every message of it is stored until it is sent. */
	t->said += n;
	if (t->said > TURN_TEXT_MAX) {
		log_warnx("turn %llu: over %u bytes of text; the rest is left "
		    "out", (unsigned long long)t->id, TURN_TEXT_MAX);
		redact_feed(t->red, TURN_CUT, strlen(TURN_CUT), &b);
	} else
		redact_feed(t->red, (const char *)p, n, &b);
	display_text(t->show, b.p, b.len);
	buf_free(&b);
}

static void
turn_text_end(struct stream *s, int err)
{
	struct turn	*t = stream_ctx(s);

	(void)err;
	if (t == NULL)
		return;
	t->in = NULL;
	/* A dead link: agent_closed() ends all of them. */
	if (t->over && link_alive(relay.agent))
		(void)turn_event(t, E_OVER);
}

static const struct stream_in turn_stream = {
	.data = turn_text,
	.end = turn_text_end,
};

void
turn_on_begun(struct link *l, const struct msg_TURN_BEGUN *m,
    struct msg_meta *meta)
{
	struct turn	*t = turn_find(m->turn);
	struct stream	*s;

	(void)meta;
	if (t != NULL && (t->begun || turn_event(t, E_BEGUN) == -1))
		t = NULL;
	s = stream_read_new(l, m->sid, TURN_WINDOW, &turn_stream, t);
	if (t != NULL) {
		t->begun = 1;
		t->in = s;
	} else if (s != NULL)
		stream_drop(s);
}

void
turn_on_note(struct link *l, const struct msg_TURN_NOTE *m,
    struct msg_meta *meta)
{
	struct turn	*t = turn_find(m->turn);

	(void)l;
	(void)meta;
	if (t == NULL || turn_event(t, E_NOTE) == -1)
		return;
	if (m->note == TN_QUEUED)
		turn_behind(t);
	/* The request has left: now there is time for courtesies. */
	if (m->note == TN_MODEL) {
		react_set(t, RE_QUEUED);
		react_set(t, RE_WORKING);
	}
	if (m->note == TN_SEARCH)
		turn_taint(t, TAINT_WEB);
	display_note(t->show, m->note, m->wait_ms);
}

void
turn_on_done(struct link *l, const struct msg_TURN_DONE *m,
    struct msg_meta *meta)
{
	struct turn	*t = turn_find(m->turn);

	(void)l;
	(void)meta;
	if (t == NULL || t->over || !turn_is_running(t->state))
		return;
	t->over = 1;
	ask_turn_over(t);
	if (t->outcome != TO_TIMEOUT)
		t->outcome = m->outcome < TO_MAX ? m->outcome : TO_BROKEN;
	t->microusd = m->microusd;
	(void)text_for_log(m->why, t->why, sizeof(t->why));
	screen_words(t->why, sizeof(t->why));
	/* Text may still be under way behind its credit. */
	if (t->in == NULL)
		(void)turn_event(t, E_OVER);
	else
		turn_arm(t, TURN_GRACE_MS);
}
