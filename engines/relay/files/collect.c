/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * After a turn: the files that its tools left in the outbox of the
 * conversation go to that chat, oldest first, and are removed.  The turn's
 * end and the wish to send are one transaction; so are a file's place in the
 * queue of messages and the note that it has one.  Run by the relay; the
 * outbox is written by tools and nothing in it is believed.
 */
#include <sys/queue.h>
#include <sys/stat.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/files/attach.h"
#include "engines/relay/files/collect.h"
#include "engines/relay/files/dirs.h"
#include "engines/relay/files/files.h"
#include "engines/relay/out/outbox.h"
#include "engines/relay/relay.h"
#include "engines/relay/turn/queue.h"
#include "engines/relay/turn/turn.h"

static TAILQ_HEAD(, collect) collects = TAILQ_HEAD_INITIALIZER(collects);
static struct event	*collect_ev;

int
collect_runs(uint64_t conv)
{
	const struct collect	*c;

	TAILQ_FOREACH(c, &collects, entry)
		if (c->r.conv == conv)
			return (1);
	return (0);
}

static void
collect_kick(void)
{
	static const struct timeval	now;

	if (!event_pending(collect_ev, EV_TIMEOUT, NULL))
		(void)event_add(collect_ev, &now);
}

/* It is told at the end, with the others. */
void
collect_refused(struct collect *c, const char *name, const char *why)
{
	char	clean[ATTACH_NAME];

	attach_clean(clean, sizeof(clean), name);
	c->nsaid++;
	(void)buf_printf(&c->said, "\xe2\x80\x9c%s\xe2\x80\x9d was not "
	    "sent: %s.\n", clean[0] != '\0' ? clean : "a file", why);
}

/* What did not go, in one message. */
static void
collect_tell(struct collect *c)
{
	struct buf	*b = &c->said;

	if (c->more > 0)
		(void)buf_printf(b, "%u more %s not sent: at most %d a "
		    "message. Ask for those that you need.\n", c->more,
		    c->more == 1 ? "file was" : "files were", TURN_OUT_MAX);
	if (c->deep > 0)
		(void)buf_printf(b, "%u %s not sent: files are taken from "
		    "the outbox and the directories in it, no deeper.\n",
		    c->deep, c->deep == 1 ? "directory was" :
		    "directories were");
	if (b->failed)
		fatal("collect");
	if (b->len > 0)
		outbox_say_all(c->r.chat, c->r.topic, c->r.reply, 0, b->p,
		    b->len - 1);
}

static void
collect_end(struct collect *c)
{
	char		name[CONV_NAME];
	uint64_t	conv = c->r.conv, at = c->r.at;

	collect_tell(c);
	for (c->i = 0; c->i < c->n; c->i++)
		if (c->f[c->i].refused)
			collectio_unlink(c);
	store_collect_del(c->r.turn);
	TAILQ_REMOVE(&collects, c, entry);
	collectio_close(c);
	buf_free(&c->said);
	free(c);
	if (!store_conv_lives(conv))
		files_conv_end(conv);
	else
		/* The rest of it; what a next turn made is younger. */
		reap_old(dirs.out, conv_name(conv, name), at + 1);
}

static struct collect *
collect_find(uint64_t turn)
{
	struct collect	*c;

	TAILQ_FOREACH(c, &collects, entry)
		if (c->r.turn == turn)
			return (c);
	return (NULL);
}

/* It is in the queue of messages, on disk: the original goes. */
static void
collect_queued(uint64_t turn)
{
	struct collect	*c = collect_find(turn);

	if (c == NULL)
		return;
	collectio_unlink(c);
	c->i++;
	c->wait = 0;
	collect_kick();
}

static void
collect_event(int fd, short what, void *arg)
{
	struct collect	*c;

	(void)fd;
	(void)what;
	(void)arg;
	TAILQ_FOREACH(c, &collects, entry)
		if (!c->wait)
			break;
	if (c == NULL)
		return;
	if (c->i >= c->n) {
		collect_end(c);
		collect_kick();
		return;
	}
	switch (collectio_step(c)) {
	case CS_MORE:
		/* A piece of it; others have theirs meanwhile. */
		TAILQ_REMOVE(&collects, c, entry);
		TAILQ_INSERT_TAIL(&collects, c, entry);
		break;
	case CS_QUEUED:
		c->wait = 1;
		store_after(collect_queued, c->r.turn);
		break;
	case CS_NOT:
		/* One that is refused stays until that is told. */
		if (!c->f[c->i].refused)
			collectio_unlink(c);
		c->i++;
		break;
	}
	collect_kick();
}

/*
 * Files of an earlier turn may still be there: they are on their way.  Where
 * all chats have one conversation, what was left before a turn began may be
 * another chat's.
 */
static uint64_t
own_since(const struct turn *t)
{
	const struct collect	*c;
	uint64_t		 at = 0;

	if (relay.set->r.global_session)
		at = wall_ms() - (now_ms() - t->started) - 1;

	TAILQ_FOREACH(c, &collects, entry)
		if (c->r.conv == t->conv && c->r.at > at)
			at = c->r.at;
	return (at);
}

/* What is there of it. */
static struct collect *
collect_new(const struct collect_row *r)
{
	struct collect	*c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		fatal("collect");
	c->r = *r;
	c->in = c->spool.fd = -1;
	buf_init(&c->said);
	collectio_list(c);
	if (c->n == 0 && c->more == 0 && c->deep == 0) {
		free(c);
		return (NULL);
	}
	if (collect_ev == NULL)
		collect_ev = event_new(relay.base, -1, 0, collect_event,
		    NULL);
	if (collect_ev == NULL)
		fatal("collect");
	TAILQ_INSERT_TAIL(&collects, c, entry);
	collect_kick();
	return (c);
}

/*
 * The end of a turn, as files tell it.  Where all chats have one conversation,
 * what is there now is this turn's or nobody's, also when the clock was set
 * back meanwhile and it seems to be yet to come: no other chat may get it.
 */
static uint64_t
ends_at(uint64_t conv)
{
	uint64_t	at = wall_ms(), young = 0;

	if (relay.set->r.global_session)
		young = collectio_youngest(conv);
	return (MAXIMUM(at, young));
}

/* What is left in the conversation of all chats is for none of the others. */
static void
leftover(uint64_t conv)
{
	struct collect	*c, *last = NULL;
	char		 name[CONV_NAME];
	uint64_t	 at;

	if (!relay.set->r.global_session)
		return;
	at = ends_at(conv);
	TAILQ_FOREACH(c, &collects, entry)
		if (c->r.conv == conv)
			last = c;
	/* Whoever still sends files there removes it behind them. */
	if (last != NULL)
		last->r.at = MAXIMUM(last->r.at, at);
	else
		reap_old(dirs.out, conv_name(conv, name), at + 1);
}

void
files_after(struct turn *t, enum turn_row_state row)
{
	struct collect_row	r;

	if (dirs.out == -1 || t->conv == 0 || collect_find(t->id) != NULL)
		return;
	/* What was stopped may be half a file: with the next one, then. */
	if (row != TW_DONE || t->outcome == TO_STOPPED) {
		leftover(t->conv);
		return;
	}
	r.turn = t->id;
	r.conv = t->conv;
	r.chat = t->chat;
	r.topic = t->topic;
	r.reply = turn_reply(t);
	r.since = own_since(t);
	r.at = ends_at(t->conv);
	if (collect_new(&r) != NULL)
		store_collect_add(&r);
	else
		leftover(t->conv);
}

struct rows {
	struct rows		*next;
	struct collect_row	 r;
};

static void
restore_row(const struct collect_row *r, void *arg)
{
	struct rows	***tail = arg, *x;

	if ((x = calloc(1, sizeof(*x))) == NULL)
		fatal("collect");
	x->r = *r;
	**tail = x;
	*tail = &x->next;
}

void
collect_restore(void)
{
	struct rows	*list = NULL, **tail = &list, *x;

	store_collect_all(restore_row, &tail);
	while ((x = list) != NULL) {
		list = x->next;
		if (collect_new(&x->r) == NULL)
			store_collect_del(x->r.turn);
		free(x);
	}
}
