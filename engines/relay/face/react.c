/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Reactions on their way: the newest state of a message replaces one that was
 * not sent yet; few requests at once, some a second, none while the server
 * wants a pause; a failure is forgotten.  Run by the relay.
 */
#include <sys/queue.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <event2/event.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/face/react.h"
#include "engines/relay/map.h"
#include "engines/relay/relay.h"
#include "engines/relay/tg/api.h"
#include "engines/relay/turn/turn.h"

#define REACT_MAX	1024	/* messages with a state */
#define REACT_OPEN	4	/* requests at once */
#define REACT_PER_S	20
#define REACT_NOT_MS	(60 * 60 * 1000)	/* a chat that takes none */
#define REACT_REMEMBER	1024

struct reaction {
	TAILQ_ENTRY(reaction) entry;
	int64_t		 chat, msg;
	enum react	 want;
	int		 fresh;		/* want was not sent */
	int		 then;		/* and then: at work */
	int		 busy;		/* a request is under way */
	uint64_t	 due, last;
};

static TAILQ_HEAD(, reaction) reactions = TAILQ_HEAD_INITIALIZER(reactions);
static struct map	react_by;	/* message -> reaction */
static struct map	react_not;	/* chat -> until, as a pointer */
static struct event	*react_ev;
static unsigned		react_n, react_open;
static uint64_t		react_pause;	/* nothing before */
static uint64_t		react_second;	/* of react_sent */
static unsigned		react_sent;

static void	 react_run(int, short, void *);

static uint64_t
react_key(int64_t chat, int64_t msg)
{
	return ((uint64_t)chat * 0x9e3779b97f4a7c15ULL ^ (uint64_t)msg);
}

static void
react_free(struct reaction *r)
{
	(void)map_del(&react_by, react_key(r->chat, r->msg));
	TAILQ_REMOVE(&reactions, r, entry);
	react_n--;
	free(r);
}

/* When the next one is due; nothing is, no timer. */
static void
react_arm(void)
{
	struct reaction	*r;
	struct timeval	 tv;
	uint64_t	 now = now_ms(), at = UINT64_MAX;

	TAILQ_FOREACH(r, &reactions, entry)
		if (r->fresh && !r->busy && r->due < at)
			at = r->due;
	if (at == UINT64_MAX || react_open >= REACT_OPEN)
		return;
	at = MAXIMUM(at, react_pause);
	if (react_sent >= REACT_PER_S)
		at = MAXIMUM(at, react_second + 1000);
	at = at > now ? at - now : 1;
	tv = ms_tv(at);
	if (react_ev == NULL)
		react_ev = event_new(relay.base, -1, 0, react_run, NULL);
	if (react_ev != NULL)
		(void)event_add(react_ev, &tv);
}

static void
react_refused(int64_t chat)
{
	if (react_not.n >= REACT_REMEMBER)
		map_free(&react_not);
	(void)map_put(&react_not, (uint64_t)chat,
	    (void *)(uintptr_t)(now_ms() + REACT_NOT_MS));
}

static void
react_answered(const struct api_reply *a, void *ctx)
{
	struct reaction	*r = ctx;

	react_open--;
	r->busy = 0;
	if (a->verdict == BV_LIMIT)
		react_pause = now_ms() + MAXIMUM(a->retry_ms, 1000u);
	else if (a->verdict == BV_REQUEST) {
		log_debug("chat %" PRId64 ": no reaction: %s", r->chat,
		    a->why);
		/* A message that is gone says nothing about its chat. */
		if (strcasestr(a->why, "not found") == NULL)
			react_refused(r->chat);
	}
	if (!r->fresh && react_is_end(r->want))
		react_free(r);
	react_arm();
}

/* 1: it is still there. */
static int
react_send(struct reaction *r, uint64_t now)
{
	struct buf	b;
	int		gone = 0;

	buf_init(&b);
	(void)buf_printf(&b, "{\"chat_id\":%" PRId64 ",\"message_id\":%" PRId64
	    ",\"reaction\":[{\"type\":\"emoji\",\"emoji\":\"%s\"}]}", r->chat,
	    r->msg, react_emoji(r->want));
	r->fresh = 0;
	r->last = now;
	if (!b.failed && api_send("setMessageReaction", b.p, b.len, NULL,
	    react_answered, r) != NULL) {
		r->busy = 1;
		react_open++;
		react_sent++;
	} else if (react_is_end(r->want)) {
		react_free(r);
		gone = 1;
	}
	buf_free(&b);
	return (!gone);
}

/* Seen is said first, however soon the work begins. */
static void
react_work(struct reaction *r, uint64_t now)
{
	r->then = 0;
	r->want = RE_WORKING;
	r->fresh = 1;
	r->due = now + react_wait(RE_WORKING, r->last, now);
}

static void
react_run(int fd, short what, void *arg)
{
	struct reaction	*r, *next;
	uint64_t	 now = now_ms();
	int		 then;

	(void)fd;
	(void)what;
	(void)arg;
	if (now - react_second >= 1000) {
		react_second = now;
		react_sent = 0;
	}
	for (r = TAILQ_FIRST(&reactions); r != NULL && now >= react_pause &&
	    react_open < REACT_OPEN && react_sent < REACT_PER_S; r = next) {
		next = TAILQ_NEXT(r, entry);
		if (!r->fresh || r->busy || r->due > now)
			continue;
		then = r->then;
		if (react_send(r, now) && then)
			react_work(r, now);
	}
	react_arm();
}

static struct reaction *
react_get(int64_t chat, int64_t msg)
{
	struct reaction	*r = map_get(&react_by, react_key(chat, msg));

	if (r != NULL)
		return (r->chat == chat && r->msg == msg ? r : NULL);
	/* Of the oldest nobody looks at its end any more. */
	if (react_n >= REACT_MAX) {
		r = TAILQ_FIRST(&reactions);
		while (r != NULL && r->busy)
			r = TAILQ_NEXT(r, entry);
		if (r == NULL)
			return (NULL);
		react_free(r);
	}
	if ((r = calloc(1, sizeof(*r))) == NULL)
		return (NULL);
	r->chat = chat;
	r->msg = msg;
	r->want = RE_MAX;
	TAILQ_INSERT_TAIL(&reactions, r, entry);
	react_n++;
	if (map_put(&react_by, react_key(chat, msg), r) == -1) {
		react_free(r);
		return (NULL);
	}
	return (r);
}

void
react_set(const struct turn *t, enum react want)
{
	struct reaction	*r;
	uintptr_t	 not;
	uint64_t	 now = now_ms();

	if (!relay.set->r.react || t->msg <= 0 || relay.draining)
		return;
	not = (uintptr_t)map_get(&react_not, (uint64_t)t->chat);
	if (not > now || (r = react_get(t->chat, t->msg)) == NULL)
		return;
	/* Nothing goes back to an earlier state but a turn begun again. */
	if (r->want == want || (want == RE_QUEUED && r->want == RE_WORKING))
		return;
	if (want == RE_WORKING && r->want == RE_QUEUED && r->fresh) {
		r->then = 1;
		return;
	}
	r->then = 0;
	r->want = want;
	r->fresh = 1;
	r->due = now + react_wait(want, r->last, now);
	react_arm();
}
