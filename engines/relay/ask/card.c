/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Cards as messages: made, shown anew when something of them changes, now and
 * then for the time that is left, and for the last time when nothing of them
 * is open or runs.  How a card would read if all ended now is on disk, so that
 * the next run can tell.  Run by the relay.
 */
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>
#include <sodium.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/ask/ask.h"
#include "engines/relay/ask/card.h"
#include "engines/relay/call/mediate.h"
#include "engines/relay/map.h"
#include "engines/relay/out/outbox.h"
#include "engines/relay/relay.h"
#include "engines/relay/turn/queue.h"
#include "engines/relay/turn/turn.h"

#define CARD_SOON_MS	40	/* for other calls of the same message */
#define CARD_TICK_MS	60000

static TAILQ_HEAD(, card)	cards = TAILQ_HEAD_INITIALIZER(cards);
static struct map		asks;		/* by their random number */

struct ask *
ask_find(uint64_t id)
{
	return (map_get(&asks, id));
}

struct card *
card_find(uint64_t id)
{
	struct card	*c;

	TAILQ_FOREACH(c, &cards, entry)
		if (c->id == id)
			return (c);
	return (NULL);
}

void
card_each(void (*fn)(struct card *, void *), void *arg)
{
	struct card	*c, *next;

	for (c = TAILQ_FIRST(&cards); c != NULL; c = next) {
		next = TAILQ_NEXT(c, entry);
		fn(c, arg);
	}
}

static unsigned
card_open(const struct card *c)
{
	const struct ask	*a;
	unsigned		 n = 0;

	TAILQ_FOREACH(a, &c->asks, entry)
		n += a->open != 0;
	return (n);
}

static unsigned
card_live(const struct card *c)
{
	const struct ask	*a;
	unsigned		 n = 0;

	TAILQ_FOREACH(a, &c->asks, entry)
		n += a->c != NULL;
	return (n);
}

/* Open ones of it. */
static unsigned
card_count(const struct turn *t)
{
	const struct card	*c;
	unsigned		 n = 0;

	TAILQ_FOREACH(c, &cards, entry)
		n += c->t == t && card_open(c) > 0;
	return (n);
}

static void
card_tainted(struct card *c, void *arg)
{
	if (c->t == arg && c->ref != NULL && card_open(c) > 0)
		card_show(c);
}

/* What a person reads there is what they decide by. */
void
ask_tainted(struct turn *t)
{
	card_each(card_tainted, t);
}

unsigned
card_left_s(const struct card *c)
{
	uint64_t	now = now_ms();

	return (c->deadline <= now ? 0 :
	    (unsigned)((c->deadline - now + 500) / 1000));
}

static void
card_free(struct card *c)
{
	struct ask	*a;

	TAILQ_REMOVE(&cards, c, entry);
	while ((a = TAILQ_FIRST(&c->asks)) != NULL) {
		TAILQ_REMOVE(&c->asks, a, entry);
		(void)map_del(&asks, a->id);
		buf_free(&a->body);
		free(a);
	}
	if (c->ev != NULL)
		event_free(c->ev);
	if (c->ref != NULL)
		outbox_unkeep(c->ref);
	buf_free(&c->shown);
	free(c->cwd);
	free(c);
}

/* --- as it is shown ---------------------------------------------------- */
/* What the next run is to make of it. */
static void
card_store(struct card *c)
{
	card_hows	 how;
	struct cardview	 v;
	struct outmsg	 m;
	struct buf	 where, body;

	buf_init(&body);
	if (view_make(c, &v, &where, how, 1) == 0) {
		view_message(c, &v, &m);
		box_body(&body, &m, c->ref->marked);
		if (!body.failed)
			store_card_set(c->ref->row, c->t->chat, body.p,
			    body.len);
	}
	buf_free(&body);
	buf_free(&where);
	card_layout_free(&v);
}

static int
card_changed(struct card *c, const struct cardview *v)
{
	struct buf	b;

	buf_init(&b);
	(void)buf_add(&b, v->text.p, v->text.len);
	(void)buf_add(&b, v->markup.p, v->markup.len);
	if (b.failed || (c->shown.len == b.len &&
	    memcmp(c->shown.p, b.p, b.len) == 0)) {
		buf_free(&b);
		return (0);
	}
	buf_free(&c->shown);
	c->shown = b;
	return (1);
}

static void
card_next(struct card *c)
{
	uint64_t	now = now_ms(), at = c->deadline;
	struct timeval	tv;

	(void)event_del(c->ev);
	if (card_open(c) == 0)
		return;
	if (at > now && at - now > CARD_TICK_MS)
		at = now + (at - now - 1) % CARD_TICK_MS + 1;
	at = at > now ? at - now : 0;
	tv = ms_tv(at);
	(void)event_add(c->ev, &tv);
}

static void
card_put(struct card *c, const struct cardview *v, int last)
{
	struct outmsg	m;

	view_message(c, v, &m);
	if (c->ref == NULL)
		c->ref = outbox_send_keep(&m);
	else
		outbox_edit(c->ref, &m, last);
}

void
card_show(struct card *c)
{
	card_hows	 how;
	struct cardview	 v;
	struct buf	 where;
	struct ask	*a;
	unsigned	 i = 0;
	uint64_t	 prompt = 0;
	int		 last = card_live(c) == 0;

	prompt_settle(c);
	if (view_make(c, &v, &where, how, 0) == -1)
		log_warnx("turn %llu: a card cannot be shown",
		    (unsigned long long)c->t->id);
	else {
		c->seen = v.seen;
		c->page = v.page;
		TAILQ_FOREACH(a, &c->asks, entry) {
			a->offered = v.line[i].offered;
			if (v.line[i++].prompt)
				prompt = prompt_shown(a);
		}
		prompt_queued(c, prompt);
		if (card_changed(c, &v) || last)
			card_put(c, &v, last);
	}
	buf_free(&where);
	card_layout_free(&v);
	if (!last)
		card_next(c);
}

static void
card_event(int fd, short what, void *arg)
{
	struct card	*c = arg;

	(void)fd;
	(void)what;
	if (c->ref != NULL && card_left_s(c) == 0) {
		ask_expire(c);
		return;
	}
	if (c->ref == NULL) {
		card_show(c);
		if (c->ref != NULL)
			card_store(c);
	} else
		card_show(c);
}

void
card_settle(struct card *c)
{
	prompt_follow(c->t);
	/* Not even shown yet, and nobody waits for it any more. */
	if (c->ref == NULL && card_live(c) == 0) {
		card_free(c);
		return;
	}
	card_show(c);
	if (card_live(c) > 0) {
		if (c->ref != NULL)
			card_store(c);
		return;
	}
	if (c->ref != NULL)
		store_card_del(c->ref->row);
	card_free(c);
}

/* --- made -------------------------------------------------------------- */
static uint64_t
card_random(void)
{
	uint64_t	id;

	do
		randombytes_buf(&id, sizeof(id));
	while (id == 0 || ask_find(id) != NULL);
	return (id);
}

static struct card *
card_new(const struct call *c, uint32_t wait_ms)
{
	struct timeval	 tv = { 0, CARD_SOON_MS * 1000 };
	struct card	*k;

	if ((k = calloc(1, sizeof(*k))) == NULL ||
	    (k->cwd = strdup(ask_where(c))) == NULL ||
	    (k->ev = event_new(relay.base, -1, 0, card_event, k)) == NULL)
		fatal("card_new");
	k->id = card_random();
	k->t = c->t;
	k->round = c->round;
	k->deadline = now_ms() + wait_ms;
	TAILQ_INIT(&k->asks);
	buf_init(&k->shown);
	TAILQ_INSERT_TAIL(&cards, k, entry);
	(void)event_add(k->ev, &tv);
	return (k);
}

/* The card of that message of the model that still has room. */
static struct card *
card_for(const struct call *c)
{
	struct card	*k;

	TAILQ_FOREACH(k, &cards, entry)
		if (k->t == c->t && k->round == c->round &&
		    k->n < CARD_CALLS && card_open(k) > 0 &&
		    strcmp(k->cwd, ask_where(c)) == 0)
			return (k);
	return (NULL);
}

/* Does it fit on what a person would read?  Its first page changes. */
static int
card_fits(struct card *k, struct ask *a)
{
	card_hows	 how;
	struct cardview	 v;
	struct buf	 where;
	unsigned	 first;
	int		 r;

	r = view_make(k, &v, &where, how, 0);
	first = v.line[k->n - 1].first;
	buf_free(&where);
	card_layout_free(&v);
	if (r == 0 && first < CARD_PAGES)
		k->seen &= (UINT64_C(1) << first) - 1;
	a->offered = 0;
	return (r == 0);
}

struct ask *
card_add(struct call *c, struct buf *body, const char *lang, int code,
    uint32_t wait_ms, const char **why)
{
	struct card	*k = card_for(c);
	struct ask	*a;

	if (k == NULL && card_count(c->t) >= CARD_OPEN) {
		*why = "Too many questions are open already: wait for the "
		    "answers.";
		return (NULL);
	}
	if (k == NULL)
		k = card_new(c, wait_ms);
	if ((a = calloc(1, sizeof(*a))) == NULL)
		fatal("card_add");
	a->card = k;
	a->c = c;
	a->id = card_random();
	a->title = tool_name(c->tool);
	a->lang = lang;
	(void)str_copy(a->noticed, c->noticed, sizeof(a->noticed));
	a->body = *body;
	buf_init(body);
	a->open = 1;
	a->code = code;
	if (map_put(&asks, a->id, a) == -1)
		fatal("card_add");
	TAILQ_INSERT_TAIL(&k->asks, a, entry);
	k->n++;
	if (card_fits(k, a)) {
		store_asked_add(a->id, c->t->chat, wall_ms());
		if (k->ref != NULL)
			card_settle(k);
		return (a);
	}
	*why = "It is too long for a person to read before they allow it: "
	    "do it in smaller parts.";
	a->c = NULL;
	a->open = 0;
	TAILQ_REMOVE(&k->asks, a, entry);
	(void)map_del(&asks, a->id);
	buf_free(&a->body);
	free(a);
	if (--k->n == 0)
		card_free(k);
	return (NULL);
}
