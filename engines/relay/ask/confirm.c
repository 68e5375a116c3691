/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Requests of the strict profile that wait for /approve: what somebody who is
 * not the admin wants from a strong tier, or what the screen found doubtful.
 * One waits for each person and chat.  It is approved at most once, by who
 * asked or by the admin in the same chat; its number is told there and
 * nowhere else.  Run by the relay.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>
#include <sodium.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/access.h"
#include "engines/relay/ask/ask.h"
#include "engines/relay/ask/card.h"
#include "engines/relay/audit/auditline.h"
#include "engines/relay/map.h"
#include "engines/relay/out/outbox.h"
#include "engines/relay/relay.h"
#include "engines/relay/turn/queue.h"
#include "engines/relay/turn/turn.h"

#define REQUEST_MS	(5 * 60 * 1000)
#define EXECUTE_MS	(10 * 60 * 1000)	/* from its asking to its run */
#define EXCERPT		500

struct request {
	struct turn	*t;
	struct event	*ev;
};

static struct map	requests;	/* by turn */

static void
confirm_audit(const struct turn *t, int64_t by, enum audit_verdict v,
    const char *what)
{
	struct auditline	a = audit_about(t, "request", v, what);

	a.user = by;
	(void)audit_line(&a, NULL, 0);
}

/* Takes the turn out of what waits; NULL: it does not. */
static struct turn *
request_take(uint64_t id)
{
	struct request	*r = map_del(&requests, id);
	struct turn	*t;

	if (r == NULL)
		return (NULL);
	t = r->t;
	event_free(r->ev);
	free(r);
	return (t);
}

static void
request_late(int fd, short what, void *arg)
{
	struct request	*r = arg;
	struct turn	*t = r->t;

	(void)fd;
	(void)what;
	(void)request_take(t->id);
	confirm_audit(t, t->user, AV_TIMEOUT, "nobody approved");
	turn_say(t, "Your request was not approved in five minutes. Nothing "
	    "ran. Send it again if you still want it.");
	turn_drop(t);
}

static void
request_wait(struct turn *t, uint64_t ms)
{
	struct timeval	 tv;
	struct request	*r;

	if ((r = calloc(1, sizeof(*r))) == NULL ||
	    (r->ev = event_new(relay.base, -1, 0, request_late, r)) == NULL ||
	    map_put(&requests, t->id, r) == -1)
		fatal("request_wait");
	r->t = t;
	tv = ms_tv(ms);
	(void)event_add(r->ev, &tv);
}

/* The newest of this chat that this person may decide about; 0: none. */
static uint64_t
request_newest(int64_t chat, int64_t user)
{
	const struct request	*r;
	uint64_t		 id = 0;
	size_t			 i = 0;

	while ((r = map_next(&requests, &i)) != NULL)
		if (r->t->chat == chat && (r->t->user == user ||
		    access_admin(relay.set, user)) && r->t->id > id)
			id = r->t->id;
	return (id);
}

static struct turn *
request_of(int64_t chat, int64_t user)
{
	const struct request	*r;
	size_t			 i = 0;

	while ((r = map_next(&requests, &i)) != NULL)
		if (r->t->chat == chat && r->t->user == user)
			return (r->t);
	return (NULL);
}

/* --- asking ------------------------------------------------------------ */
static int
confirm_needed(const struct turn *t, enum tier tier)
{
	if (relay.set->r.profile != RP_STRICT ||
	    access_admin(relay.set, t->user))
		return (0);
	return (tier == TIER_FULL_ACCESS || t->screen_class == SC_BLOCK ||
	    (t->screen_class == SC_WARN && (tier == TIER_WRITE_LOCAL ||
	    t->screen_pct < 50)));
}

/* What they wrote themselves, so set apart that it cannot go on as ours, and
 * what else goes along. */
static void
ask_words_of(const struct turn *t, struct buf *b, struct md_entity *e)
{
	const char	*own = t->text + MINIMUM(t->own, t->len);
	size_t		 len = t->len - MINIMUM(t->own, t->len);
	size_t		 n, from = b->len;

	if (t->framed)
		len = MINIMUM(t->nown, len);
	n = utf8_prefix(own, len, EXCERPT);
	e->kind = MD_PRE;
	e->off = (uint32_t)utf16_len(b->p, b->len);
	visible_add(b, own, n, VIS_TEXT);
	while (b->len > from && strchr(" \t\n", b->p[b->len - 1]) != NULL)
		b->len--;
	e->len = (uint32_t)utf16_len(b->p, b->len) - e->off;
	if (e->len == 0)
		(void)buf_puts(b, "(no words of their own)");
	if (n < len)
		(void)buf_printf(b, "\n(%zu bytes more, not shown)", len - n);
	if (t->own > 0)
		(void)buf_printf(b, "\n(and %zu bytes before them that are "
		    "quoted or told by me, not shown)", t->own);
}

/* A tap copies it. */
static void
ask_command(struct buf *b, struct md_entity *e, const char *name,
    const char *nonce)
{
	(void)buf_puts(b, "\n");
	e->kind = MD_CODE;
	e->off = (uint32_t)utf16_len(b->p, b->len);
	(void)buf_printf(b, "/%s %s", name, nonce);
	e->len = (uint32_t)utf16_len(b->p, b->len) - e->off;
}

static void
confirm_ask(const struct turn *t, enum tier tier, const char *nonce,
    int replaced)
{
	static const char *const words[] = { "nothing to remark", "doubtful",
	    "would be blocked" };
	struct md_entity e[3] = { { 0 } };
	struct outmsg	 m = { 0 };
	struct buf	 b;

	buf_init(&b);
	(void)buf_printf(&b, "This request waits for approval%s:\n\n",
	    replaced ? " (the one before it was dropped)" : "");
	ask_words_of(t, &b, &e[0]);
	(void)buf_printf(&b, "\n\nClaude decides which commands it takes. Tier "
	    "%s; screen: %s", tier_name(tier), words[t->screen_class <=
	    SC_BLOCK ? t->screen_class : SC_BLOCK]);
	if (t->screen_class != SC_ALLOW)
		(void)buf_printf(&b, " (%u.%02u sure)", t->screen_pct / 100,
		    t->screen_pct % 100);
	if (t->screen_why[0] != '\0')
		(void)buf_printf(&b, ": %s", t->screen_why);
	(void)buf_puts(&b, ".\n");
	ask_command(&b, &e[1], "approve", nonce);
	ask_command(&b, &e[2], "deny", nonce);
	(void)buf_puts(&b, "\n\n5:00 left");
	if (!b.failed) {
		m.chat = t->chat;
		m.topic = t->topic;
		m.reply = turn_reply(t);
		m.urgent = 1;
		m.taint = t->taint;
		m.text = b.p;
		m.len = b.len;
		/* An empty entity is refused. */
		m.e = e[0].len > 0 ? e : e + 1;
		m.n = e[0].len > 0 ? 3 : 2;
		(void)outbox_send(&m);
	}
	buf_free(&b);
}

enum passed
confirm_pass(struct turn *t)
{
	enum tier		 tier = access_tier(relay.set, t->user);
	struct request_row	 r = { 0 };
	struct turn		*old;
	char			 nonce[17];
	uint8_t			 raw[8];

	if (ask_words(t))
		return (TAKEN);
	if (!confirm_needed(t, tier))
		return (PASS);
	if ((old = request_of(t->chat, t->user)) != NULL) {
		(void)request_take(old->id);
		confirm_audit(old, old->user, AV_BLOCKED, "replaced");
		turn_drop(old);
	}
	randombytes_buf(raw, sizeof(raw));
	hex_encode(raw, sizeof(raw), nonce);
	turn_save(t, TW_ASKED);
	r.turn = t->id;
	r.chat = t->chat;
	r.user = t->user;
	r.tier = tier;
	r.at = wall_ms();
	store_request_add(&r, nonce);
	confirm_audit(t, t->user, AV_PENDING, "pending_approval");
	confirm_ask(t, tier, nonce, old != NULL);
	request_wait(t, REQUEST_MS);
	return (TAKEN);
}

void
confirm_restore(struct turn *t)
{
	struct request_row	r;
	char			nonce[17];
	uint64_t		now = wall_ms();

	if (store_request_get(t->id, &r, nonce) == -1 || r.approved ||
	    now < r.at || now - r.at >= REQUEST_MS) {
		turn_say(t, "I was restarted, and your request waited too long "
		    "for approval. Nothing ran. Send it again if you still "
		    "want it.");
		turn_drop(t);
		return;
	}
	request_wait(t, REQUEST_MS - (now - r.at));
}

/* --- answers ----------------------------------------------------------- */
/* What waits under this number and who may decide; else says why not. */
static struct turn *
confirm_find(struct turn *t, const char *nonce, struct request_row *r)
{
	const struct request	*q;

	if (strlen(nonce) != 16 || store_request_find(nonce, r) == -1)
		turn_say(t, "No request waits under that number. Each can be "
		    "approved once, within five minutes.");
	else if (r->chat != t->chat)
		turn_say(t, "That request is of another chat: it can only be "
		    "approved there.");
	else if (r->user != t->user && !access_admin(relay.set, t->user))
		turn_say(t, "Only who asked, or the admin, can decide that.");
	else if ((q = map_get(&requests, r->turn)) == NULL ||
	    ms_apart(wall_ms(), r->at) >= REQUEST_MS)
		turn_say(t, "That request has expired. Nothing ran. Send it "
		    "again if you still want it.");
	else
		return (q->t);
	return (NULL);
}

void
confirm_approve(struct turn *t, const char *nonce)
{
	struct request_row	 r;
	struct turn		*q = confirm_find(t, nonce, &r);

	/* The row is taken first: whoever comes second finds none. */
	if (q == NULL || !store_request_approve(r.turn))
		return;
	(void)request_take(r.turn);
	if (q->id < q->lane->drop_before) {
		turn_say(t, "That request was dropped after /stop. Nothing "
		    "ran.");
		turn_drop(q);
		return;
	}
	/* Who approves after /stop wants to go on. */
	queue_release(q->lane);
	confirm_audit(q, t->user, AV_SUCCESS, "approved");
	turn_say(t, "Approved; it runs now.");
	route_step(q, STEP_QUEUE);
}

int
confirm_approve_own(struct turn *t)
{
	const struct turn	*q = request_of(t->chat, t->user);
	struct request_row	 r;
	char			 nonce[17];

	if (q == NULL || store_request_get(q->id, &r, nonce) == -1)
		return (0);
	confirm_approve(t, nonce);
	return (1);
}

int
confirm_deny(struct turn *t, const char *nonce)
{
	struct request_row	 r;
	const struct request	*w;
	struct turn		*q = NULL;

	if (*nonce == '\0') {
		w = map_get(&requests, request_newest(t->chat, t->user));
		if (w == NULL)
			return (0);
		q = w->t;
	} else if ((q = confirm_find(t, nonce, &r)) == NULL)
		return (1);
	(void)request_take(q->id);
	confirm_audit(q, t->user, AV_BLOCKED, "user_denied");
	turn_say(t, "Denied. Nothing ran.");
	turn_drop(q);
	return (1);
}

/* --- at its start ------------------------------------------------------ */
int
confirm_begin(struct turn *t)
{
	struct request_row	r;
	char			nonce[17];
	uint64_t		now = wall_ms();

	if (store_request_get(t->id, &r, nonce) == -1)
		return (0);
	store_request_del(t->id);
	t->tier = MINIMUM(t->tier, r.tier);
	if (r.approved && ms_apart(now, r.at) < EXECUTE_MS)
		return (0);
	confirm_audit(t, t->user, AV_BLOCKED, "stale_approval");
	turn_say(t, "Your request was approved, but its turn came over ten "
	    "minutes after you asked. Nothing ran. Send it again if you still "
	    "want it.");
	return (-1);
}
