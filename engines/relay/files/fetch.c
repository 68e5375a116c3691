/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Files that came with a message: fetched once it has passed bans, codes and
 * rates, one after the other for each chat and a few at once in all.  What
 * comes later in a chat waits behind it.  Run by the relay; trusts nothing of
 * what it fetches.
 */
#include <sys/queue.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/files/dirs.h"
#include "engines/relay/files/fetch.h"
#include "engines/relay/files/files.h"
#include "engines/relay/files/storefiles.h"
#include "engines/relay/out/outbox.h"
#include "engines/relay/relay.h"
#include "engines/relay/turn/queue.h"
#include "engines/relay/turn/turn.h"

#define FETCH_AT_ONCE	4

static TAILQ_HEAD(, fetch) fetches = TAILQ_HEAD_INITIALIZER(fetches);
static unsigned	running;

static struct fetch *
first_of(const struct lane *l)
{
	struct fetch	*f;

	TAILQ_FOREACH(f, &fetches, entry)
		if (f->t->lane == l)
			return (f);
	return (NULL);
}

static unsigned
fetch_waiting(const struct lane *l)
{
	struct fetch	*f;
	unsigned	 n = 0;

	TAILQ_FOREACH(f, &fetches, entry)
		n += f->t->lane == l;
	return (n);
}

void
fetch_save(struct fetch *f)
{
	struct turn	*t = f->t;
	struct buf	 b;

	buf_init(&b);
	if (attach_encode(f->v, f->n, &b) == -1)
		fatal("fetch");
	free(t->files);
	t->files = b.p;
	store_turn_files(t->id, t->files, t->text, t->len, t->taint);
}

static void
fetch_free(struct fetch *f)
{
	TAILQ_REMOVE(&fetches, f, entry);
	if (f->timer != NULL)
		event_free(f->timer);
	free(f);
}

/* One message, however many are missing. */
static void
tell(const struct fetch *f, unsigned lost)
{
	const struct turn	*t = f->t;
	const struct attach	*a;
	struct buf		 b;
	unsigned		 i;

	if (lost == 0)
		return;
	buf_init(&b);
	if (lost > 1)
		(void)buf_printf(&b, "Of %u files %u did not arrive.", f->n,
		    lost);
	for (i = 0; i < f->n; i++) {
		a = &f->v[i];
		if (a->file[0] != '\0')
			continue;
		(void)buf_printf(&b, "%sI have no %s%s%s%s: %s.",
		    lost > 1 ? "\n" : "", attach_words(a->kind),
		    a->name[0] == '\0' ? "" : " \xe2\x80\x9c", a->name,
		    a->name[0] == '\0' ? "" : "\xe2\x80\x9d", a->why);
	}
	if (b.failed)
		fatal("fetch");
	outbox_say_all(t->chat, t->topic, turn_reply(t), 1, b.p, b.len);
	buf_free(&b);
}

/* Its text may tell of them already: it was on its way when all ended. */
static int
noted(const struct fetch *f)
{
	unsigned	i;

	for (i = 0; i < f->n; i++)
		if (f->v[i].file[0] != '\0' &&
		    strstr(f->t->text, f->v[i].file) != NULL)
			return (1);
	return (0);
}

/* All is there that will be: on with the turn. */
static void
fetch_done(struct fetch *f)
{
	struct turn	*t = f->t;
	unsigned	 i, have = 0, lost = 0;

	for (i = 0; i < f->n; i++) {
		have += f->v[i].file[0] != '\0';
		lost += f->v[i].file[0] == '\0';
	}
	tell(f, lost);
	if (have > 0)
		t->taint |= TAINT_FILE;
	if (f->n > 0 && have == 0 && t->len == 0) {
		fetch_free(f);
		turn_drop(t);
		return;
	}
	if (f->n > 0 && !noted(f))
		note_files(t, f->v, f->n);
	if (f->n > 0)
		fetch_save(f);
	fetch_free(f);
	route_step(t, STEP_OBSERVE);
}

static void	 fetch_go(void);

/* What is to be fetched is on disk: now it may be asked for. */
static void
fetch_committed(uint64_t turn)
{
	struct fetch	*f;

	TAILQ_FOREACH(f, &fetches, entry)
		if (f->t->id == turn && f->going) {
			fetchio_ask(f);
			return;
		}
}

static void
fetch_gone(struct fetch *f)
{
	if (f->going)
		running--;
	fetch_done(f);
	fetch_go();
}

void
fetch_next(struct fetch *f)
{
	struct attach	*a;
	char		 size[24];

	for (; f->i < f->n; f->i++) {
		a = &f->v[f->i];
		if (a->file[0] != '\0' || a->why[0] != '\0')
			continue;
		if (a->size > (int64_t)FILE_IN_MAX)
			(void)str_format(a->why, sizeof(a->why), "it has %s, "
			    "and Telegram gives bots at most 20 MB",
			    attach_size(a->size, size, sizeof(size)));
		else if (f->total + (uint64_t)a->size > TURN_IN_MAX)
			(void)str_copy(a->why, "one message may bring at most "
			    "50 MB; send it in a message of its own",
			    sizeof(a->why));
		else if (now_ms() - f->began > FETCH_TURN_MS)
			(void)str_copy(a->why, "the files of this message "
			    "took over five minutes; send it again",
			    sizeof(a->why));
		else {
			f->tries = f->waits = 0;
			store_after(fetch_committed, f->t->id);
			return;
		}
	}
	fetch_gone(f);
}

/* Room for what is to come? */
static int
room(const struct fetch *f)
{
	struct lane	*l = lane_owner(f->t->lane);
	char		 name[CONV_NAME];

	if (dirs.in == -1 || dirs.in_bytes > ALL_IN_MAX)
		return (0);
	return (l->conv == 0 || dirs_bytes(dirs.in, conv_name(l->conv,
	    name)) < CONV_IN_MAX);
}

static void
fetch_begin(struct fetch *f)
{
	unsigned	i;

	f->going = 1;
	running++;
	f->began = now_ms();
	if (!room(f))
		for (i = 0; i < f->n; i++)
			if (f->v[i].file[0] == '\0')
				(void)str_copy(f->v[i].why, "the files of "
				    "this conversation take all the room they "
				    "may; /new makes room",
				    sizeof(f->v[i].why));
	fetch_next(f);
}

/* Whoever is first of its lane, in the order they came. */
static void
fetch_go(void)
{
	struct fetch	*f;

	do {
		TAILQ_FOREACH(f, &fetches, entry)
			if (!f->going && first_of(f->t->lane) == f &&
			    (f->n == 0 || running < FETCH_AT_ONCE))
				break;
		if (f == NULL)
			return;
		if (f->n == 0) {
			fetch_done(f);
			continue;
		}
		fetch_begin(f);
	} while (1);
}

enum passed
fetch_pass(struct turn *t)
{
	struct fetch	*f;
	int		 n;

	if (t->files == NULL && first_of(t->lane) == NULL)
		return (PASS);
	if (fetch_waiting(t->lane) >= QUEUE_MAX) {
		turn_say(t, "%d messages wait for files already, so I did not "
		    "take this one. Send it again later.", QUEUE_MAX);
		turn_drop(t);
		return (TAKEN);
	}
	if ((f = calloc(1, sizeof(*f))) == NULL)
		fatal("fetch");
	f->t = t;
	f->fd = -1;
	n = attach_decode(t->files, f->v, ATTACH_MAX);
	f->n = n > 0 ? (unsigned)n : 0;
	turn_save(t, TW_FETCH);
	TAILQ_INSERT_TAIL(&fetches, f, entry);
	fetch_go();
	return (TAKEN);
}

unsigned
fetch_drop(struct lane *l)
{
	struct fetch	*f, *next;
	struct turn	*t;
	unsigned	 n = 0;

	for (f = TAILQ_FIRST(&fetches); f != NULL; f = next) {
		next = TAILQ_NEXT(f, entry);
		if (f->t->lane != l)
			continue;
		fetchio_stop(f);
		running -= f->going ? 1 : 0;
		t = f->t;
		fetch_free(f);
		turn_drop(t);
		n++;
	}
	fetch_go();
	return (n);
}
