/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The second factor, the relay's side: asks the totp engine, holds the one
 * message that met the gate, and keeps the sessions.  Codes are never stored
 * or logged.  Run by the relay.
 */
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/access.h"
#include "engines/relay/api.h"
#include "engines/relay/auditline.h"
#include "engines/relay/map.h"
#include "engines/relay/outbox.h"
#include "engines/relay/queue.h"
#include "engines/relay/relay.h"
#include "engines/relay/route.h"
#include "engines/relay/store.h"
#include "engines/relay/totpgate.h"
#include "engines/relay/turn.h"

#define HELD_MS		(5 * 60 * 1000)
#define PATIENCE_S	15	/* for an engine that restarts, or hangs */

static struct map	asked;		/* request -> turn at the gate */
static struct map	codes;		/* request -> turn with a code */
static struct map	held;		/* user -> turn that waits */
static struct turns	unasked = TAILQ_HEAD_INITIALIZER(unasked);
static struct event	*patience;

static void
say(const struct turn *t, const char *text)
{
	outbox_say(t->chat, t->topic, t->group ? t->msg : 0, 1, "%s", text);
}

static void
gate_end(struct turn *t)
{
	turn_save(t, TW_DROPPED);
	turn_free(t);
}

static void
gate_refuse(struct turn *t)
{
	say(t, "Your second factor cannot be checked on this machine just "
	    "now, so nothing was done. Try again in a minute; who runs it "
	    "finds more in the log.");
	gate_end(t);
}

/* All of a map, and the map is empty before the first is looked at. */
static void
gate_refuse_all(struct map *m)
{
	struct map	 all = *m;
	struct turn	*t;
	size_t		 i = 0;

	memset(m, 0, sizeof(*m));
	while ((t = map_next(&all, &i)) != NULL)
		gate_refuse(t);
	map_free(&all);
}

/* Nobody to ask came back in time, or who was asked says nothing: closed. */
void
totpgate_give_up(void)
{
	struct turn	*t;

	while ((t = TAILQ_FIRST(&unasked)) != NULL) {
		TAILQ_REMOVE(&unasked, t, entry);
		gate_refuse(t);
	}
	gate_refuse_all(&asked);
	gate_refuse_all(&codes);
}

static void
gate_timer(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	log_warnx("the second factors were not answered for in %d s",
	    PATIENCE_S);
	totpgate_give_up();
}

/* Patience begins with the first that waits, and anew with an answer. */
static void
gate_arm(int anew)
{
	static const struct timeval	tv = { PATIENCE_S, 0 };
	int				waits;

	waits = !TAILQ_EMPTY(&unasked) || asked.n > 0 || codes.n > 0;
	if (patience == NULL)
		patience = event_new(relay.base, -1, 0, gate_timer, NULL);
	if (patience == NULL)
		fatal("gate_arm");
	if (anew || !waits)
		(void)event_del(patience);
	if (waits && !event_pending(patience, EV_TIMEOUT, NULL))
		(void)event_add(patience, &tv);
}

static void
gate_wait(struct turn *t)
{
	struct turn	*p;

	/* In the order they came, whatever order they come here. */
	TAILQ_FOREACH(p, &unasked, entry)
		if (p->id > t->id) {
			TAILQ_INSERT_BEFORE(p, t, entry);
			return;
		}
	TAILQ_INSERT_TAIL(&unasked, t, entry);
}

static void
gate_ask(struct turn *t)
{
	struct msg_TOTP_CHECK	m;
	uint32_t		id = 0;

	(void)access_totp_user(relay.set, t->user, m.user, sizeof(m.user));
	if (relay.totp != NULL)
		id = msg_send_TOTP_CHECK(relay.totp, 0, -1, &m);
	if (id == 0 || map_put(&asked, id, t) == -1)
		gate_wait(t);
	gate_arm(0);
}

uint64_t
totpgate_until(int64_t user)
{
	char		name[64];
	uint64_t	until, most;

	until = store_totp_until(access_totp_user(relay.set, user, name,
	    sizeof(name)));
	/* No longer than a session lasts: the clock may have been set back. */
	most = wall_ms() + (uint64_t)relay.set->r.totp_session_s * 1000;
	return (until <= most ? until : 0);
}

int
totpgate_pass(struct turn *t)
{
	if (!relay.set->r.totp || totpgate_until(t->user) > wall_ms())
		return (1);
	turn_save(t, TW_GATED);
	gate_ask(t);
	return (0);
}

static void
gate_hold(struct turn *t)
{
	struct turn	*old = map_del(&held, (uint64_t)t->user);

	if (old != NULL) {
		say(old, "Only the newest message waits for a code: the one "
		    "before it was dropped. Send it again afterwards.");
		gate_end(old);
	}
	turn_save(t, TW_HELD);
	if (map_put(&held, (uint64_t)t->user, t) == -1)
		fatal("gate_hold");
	say(t, "First your second factor: send /verify-2fa and the six digits "
	    "of your authenticator. What you wrote waits five minutes for "
	    "it.");
}

void
totpgate_on_state(struct link *l, const struct msg_TOTP_STATE *m,
    struct msg_meta *meta)
{
	struct turn	*t = map_del(&asked, meta->id);

	(void)l;
	gate_arm(1);
	if (t == NULL)
		return;
	switch (m->state) {
	case TS_NONE:
	case TS_PENDING:
		route_turn(t);
		break;
	case TS_ACTIVE:
		gate_hold(t);
		break;
	default:
		gate_refuse(t);
		break;
	}
}

int
totpgate_is_code(const struct turn *t)
{
	return (t->len == 6 && strspn(t->text, "0123456789") == 6 &&
	    map_get(&held, (uint64_t)t->user) != NULL);
}

void
totpgate_verify(struct turn *t, const char *code)
{
	struct msg_TOTP_VERIFY	m;
	uint32_t		id = 0;

	memset(&m, 0, sizeof(m));
	/* Others in the chat are not to see it, right or wrong. */
	api_delete_message(t->chat, t->msg);
	if (strspn(code, "0123456789") != 6 || strlen(code) != 6) {
		say(t, "A code has six digits: /verify-2fa 123456");
		gate_end(t);
		return;
	}
	(void)access_totp_user(relay.set, t->user, m.user, sizeof(m.user));
	(void)str_copy(m.code, code, sizeof(m.code));
	if (relay.totp != NULL)
		id = msg_send_TOTP_VERIFY(relay.totp, 0, -1, &m);
	explicit_bzero(&m, sizeof(m));
	if (id == 0 || map_put(&codes, id, t) == -1) {
		gate_refuse(t);
		return;
	}
	turn_save(t, TW_CODE);
	gate_arm(0);
}

static void
gate_audit(const struct turn *t, uint8_t result)
{
	struct auditline	a = { 0 };

	a.event = "totp";
	a.verdict = result == TR_OK ? AV_SUCCESS :
	    result == TR_LOCKED ? AV_RATE_LIMITED : AV_BLOCKED;
	a.chat = t->chat;
	a.user = t->user;
	a.tier = access_tier(relay.set, t->user);
	a.tool = a.detail = "";
	(void)audit_line(&a, NULL, 0);
}

static void
gate_open(struct turn *t)
{
	struct turn	*h;
	char		 name[64];
	uint32_t	 s = relay.set->r.totp_session_s;

	store_set_totp(access_totp_user(relay.set, t->user, name,
	    sizeof(name)), wall_ms() + (uint64_t)s * 1000);
	outbox_say(t->chat, t->topic, t->group ? t->msg : 0, 1,
	    "Right. Your second factor is open for %u %s.",
	    s % 60 != 0 ? s : s / 60, s % 60 != 0 ? "s" : "min");
	h = map_del(&held, (uint64_t)t->user);
	if (h == NULL)
		return;
	if (wall_ms() - h->at > HELD_MS) {
		say(h, "Your earlier message is over five minutes old and was "
		    "not run. Send it again if you still want it.");
		gate_end(h);
	} else
		route_turn(h);
}

void
totpgate_on_result(struct link *l, const struct msg_TOTP_RESULT *m,
    struct msg_meta *meta)
{
	struct turn	*t = map_del(&codes, meta->id);

	(void)l;
	gate_arm(1);
	if (t == NULL)
		return;
	gate_audit(t, m->result);
	switch (m->result) {
	case TR_OK:
		gate_open(t);
		break;
	case TR_WRONG:
		say(t, "That code is wrong. Look at the clock of your phone "
		    "if it stays so.");
		break;
	case TR_USED:
		say(t, "That code was used already. Wait for the next one.");
		break;
	case TR_LOCKED:
		outbox_say(t->chat, t->topic, t->group ? t->msg : 0, 1,
		    "Too many wrong codes. Try again in %u s.", m->wait_s);
		break;
	case TR_NONE:
		say(t, "You have no second factor. Who runs this machine "
		    "makes one with: telclaudectl totp enrol");
		break;
	default:
		gate_refuse(t);
		return;
	}
	turn_save(t, TW_DONE);
	turn_free(t);
}

void
totpgate_restore(struct turn *t, int is_held)
{
	struct turn	*old;

	if (!is_held || wall_ms() - t->at > HELD_MS) {
		if (totpgate_pass(t))
			route_turn(t);
		return;
	}
	if ((old = map_del(&held, (uint64_t)t->user)) != NULL)
		gate_end(old);
	if (map_put(&held, (uint64_t)t->user, t) == -1)
		fatal("totpgate_restore");
}

/* What was asked is asked again; a code may be used up already. */
void
totpgate_link_closed(void)
{
	struct map	 old = asked;
	struct turn	*t;
	size_t		 i = 0;

	memset(&asked, 0, sizeof(asked));
	while ((t = map_next(&old, &i)) != NULL)
		gate_wait(t);
	map_free(&old);
	gate_refuse_all(&codes);
	gate_arm(0);
}

void
totpgate_link_up(void)
{
	struct turns	 all = TAILQ_HEAD_INITIALIZER(all);
	struct turn	*t;

	TAILQ_CONCAT(&all, &unasked, entry);
	gate_arm(1);
	while ((t = TAILQ_FIRST(&all)) != NULL) {
		TAILQ_REMOVE(&all, t, entry);
		gate_ask(t);
	}
}
