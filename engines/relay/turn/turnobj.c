/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Turns as things: made, stored, freed, and told about after a restart.  Run
 * by the relay.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "telclauded/lib/log.h"
#include "engines/relay/ask/ask.h"
#include "engines/relay/ask/card.h"
#include "engines/relay/out/outbox.h"
#include "engines/relay/relay.h"
#include "engines/relay/turn/queue.h"
#include "engines/relay/turn/turn.h"

struct turn *
turn_new(int64_t chat, int64_t topic, int64_t user, int64_t msg, int group,
    const char *name, const char *text, size_t len)
{
	struct turn	*t;

	if ((t = calloc(1, sizeof(*t))) == NULL ||
	    (t->text = malloc(len + 1)) == NULL)
		fatal("turn_new");
	t->id = relay_id();
	t->chat = chat;
	t->topic = topic;
	t->user = user;
	t->msg = msg;
	t->group = group;
	t->at = wall_ms();
	(void)str_copy(t->name, name, sizeof(t->name));
	memcpy(t->text, text, len);
	t->text[len] = '\0';
	t->len = len;
	t->state = T_GATED;
	t->lane = lane_get(chat, topic);
	t->lane->refs++;
	TAILQ_INIT(&t->calls);
	buf_init(&t->ran);
	return (t);
}

struct turn *
turn_from_row(const struct turn_row *r)
{
	struct turn	*t;

	t = turn_new(r->chat, r->topic, r->user, r->msg, r->group, r->name,
	    r->text, r->len);
	t->id = r->id;
	t->at = r->at;
	t->conv = r->conv;
	t->resumes = r->resumes;
	t->taint = r->taint;
	if (r->files[0] != '\0' && (t->files = strdup(r->files)) == NULL)
		fatal("turn_from_row");
	if (r->resumes != 0)
		t->act = ACT_CONTINUE;
	t->stored = 1;
	t->row = r->state;
	return (t);
}

void
turn_free(struct turn *t)
{
	if (t == NULL)
		return;
	if (t->timer != NULL)
		event_free(t->timer);
	t->lane->refs--;
	/* It may have been a code. */
	explicit_bzero(t->text, t->len);
	free(t->text);
	free(t->files);
	free(t->before);
	buf_free(&t->ran);
	free(t);
}

void
turn_save(struct turn *t, enum turn_row_state state)
{
	struct turn_row	r;

	t->row = state;
	/* What was approved for it was for this one alone. */
	if (state == TW_DROPPED)
		store_request_del(t->id);
	if (t->stored) {
		store_turn_state(t->id, state, wall_ms());
		if (state == TW_RUNNING)
			store_turn_conv(t->id, t->conv);
		return;
	}
	memset(&r, 0, sizeof(r));
	r.id = t->id;
	r.chat = t->chat;
	r.topic = t->topic;
	r.user = t->user;
	r.msg = t->msg;
	r.conv = t->conv;
	r.at = t->at;
	r.resumes = t->resumes;
	r.group = t->group;
	r.state = state;
	r.taint = t->taint;
	r.files = t->files;
	r.name = t->name;
	r.text = t->text;
	r.len = t->len;
	/* A code is never written, what is done needs no words, and those of
	 * a button must not be taken for a person's after a restart. */
	if (state == TW_CODE || state == TW_DONE || state == TW_DROPPED ||
	    t->act == ACT_FACE)
		r.len = 0;
	store_turn_add(&r);
	t->stored = 1;
}

void
turn_drop(struct turn *t)
{
	turn_save(t, TW_DROPPED);
	turn_free(t);
}

void
turn_forget(struct turn *t)
{
	if (t->stored)
		turn_save(t, TW_DROPPED);
	turn_free(t);
}

int64_t
turn_reply(const struct turn *t)
{
	return (t->group ? t->msg : 0);
}

void
turn_say(const struct turn *t, const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	outbox_vsay(t->chat, t->topic, turn_reply(t), 1, fmt, ap);
	va_end(ap);
}

void
turn_taint(struct turn *t, uint32_t what)
{
	if ((t->taint | what) != t->taint) {
		t->taint |= what;
		ask_tainted(t);
	}
	/* Not a conversation that was ended meanwhile. */
	if (t->owner == NULL || t->owner->conv != t->conv ||
	    (t->owner->taint | what) == t->owner->taint)
		return;
	t->owner->taint |= what;
	lane_touch(t->owner);
}

void
turn_tell_interrupted(const struct turn *t)
{
	struct outmsg	 m = { 0 };
	char		 markup[160], text[320], words[100];

	(void)str_format(markup, sizeof(markup), "{\"inline_keyboard\":[[{"
	    "\"text\":\"Continue\",\"callback_data\":\"c:%" PRIx64
	    "\"}]]}", t->id);
	if (t->len == 0)
		(void)str_copy(text, "I was restarted while I worked for you. "
		    "Nothing runs any more.", sizeof(text));
	else
		(void)str_format(text, sizeof(text), "I was restarted while "
		    "I worked on \xe2\x80\x9c%s\xe2\x80\x9d. Nothing runs any "
		    "more.", turn_excerpt(t->text, t->len, words,
		    sizeof(words)));
	m.chat = t->chat;
	m.topic = t->topic;
	m.reply = turn_reply(t);
	m.taint = t->taint;
	m.text = text;
	m.len = strlen(text);
	m.markup = markup;
	(void)outbox_send(&m);
}
