/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The second factor, the relay's side: asks the totp engine who has one, holds
 * the one message that met the gate, and keeps the sessions.  Run by the
 * relay.
 */
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/access.h"
#include "engines/relay/ask/ask.h"
#include "engines/relay/cmd/command.h"
#include "engines/relay/map.h"
#include "engines/relay/out/erase.h"
#include "engines/relay/out/outbox.h"
#include "engines/relay/people/totpcode.h"
#include "engines/relay/people/totpgate.h"
#include "engines/relay/relay.h"
#include "engines/relay/route.h"
#include "engines/relay/store/store.h"
#include "engines/relay/turn/queue.h"
#include "engines/relay/turn/turn.h"

#define HELD_MS		(5 * 60 * 1000)

static struct map	asked;		/* request -> turn at the gate */
static struct map	held;		/* user -> turn that waits */
static struct turns	unasked = TAILQ_HEAD_INITIALIZER(unasked);
static struct event	*patience;

static void
gate_refuse(struct turn *t)
{
	turn_say(t, "Your second factor cannot be checked on this machine just "
	    "now, so nothing was done. Try again in a minute; who runs it "
	    "finds more in the log.");
	turn_drop(t);
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
}

static void
gate_timer(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	log_warnx("the second factors were not answered for in %d s",
	    TOTP_WAIT_S);
	totpgate_give_up();
}

/* Patience begins with the first that waits, and anew with an answer. */
static void
gate_arm(int anew)
{
	static const struct timeval	tv = { TOTP_WAIT_S, 0 };
	int				waits;

	waits = !TAILQ_EMPTY(&unasked) || asked.n > 0;
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
gate_send(struct turn *t)
{
	struct msg_TOTP_CHECK	m;
	uint32_t		id = 0;

	(void)str_copy(m.user, t->factors.name[t->factor], sizeof(m.user));
	if (relay.totp != NULL)
		id = msg_send_TOTP_CHECK(relay.totp, 0, -1, &m);
	if (id == 0 || map_put(&asked, id, t) == -1)
		gate_wait(t);
	gate_arm(0);
}

static void
gate_ask(struct turn *t)
{
	factors_of(relay.set, t->user, &t->factors);
	t->factor = 0;
	gate_send(t);
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
		turn_say(old, "Only the newest message waits for a code: the "
		    "one before it was dropped. Send it again afterwards.");
		turn_drop(old);
	}
	turn_save(t, TW_HELD);
	if (map_put(&held, (uint64_t)t->user, t) == -1)
		fatal("gate_hold");
	turn_say(t, "First your second factor: send /verify_2fa and the six "
	    "digits of your authenticator. What you wrote waits five minutes "
	    "for it.");
}

/* Linked or unlinked meanwhile: the answer was about other names. */
static int
gate_other(const struct turn *t)
{
	struct factors	 f;

	factors_of(relay.set, t->user, &f);
	return (memcmp(&f, &t->factors, sizeof(f)) != 0);
}

/* Under this of their names is what they have; behind the last: nothing. */
static void
gate_go(struct turn *t, unsigned factor)
{
	int	 none = t->factor == t->factors.n;

	factors_found(t->user, &t->factors, factor);
	if (none || totpgate_until(t->user) > wall_ms())
		route_turn(t);
	else
		gate_hold(t);
}

void
totpgate_on_state(struct link *l, const struct msg_TOTP_STATE *m,
    struct msg_meta *meta)
{
	struct turn	*t = map_del(&asked, meta->id);

	(void)l;
	gate_arm(1);
	if (t == NULL) {
		ask_on_factor(meta->id, m->state);
		return;
	}
	if (gate_other(t)) {
		gate_ask(t);
		return;
	}
	switch (m->state) {
	case TS_NONE:
	case TS_PENDING:
		if (++t->factor < t->factors.n)
			gate_send(t);
		else
			gate_go(t, 0);
		break;
	case TS_ACTIVE:
		gate_go(t, t->factor);
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

int
totpgate_expects(const struct update *u)
{
	const char	*arg;

	return (u->text != NULL && map_get(&held, (uint64_t)u->user) != NULL &&
	    (totp_is_code(u->text) || command_match(u->text, relay.bot_name,
	    u->ckind != CHAT_PRIVATE, &arg) == CMD_VERIFY));
}

/* --- signing in ---------------------------------------------------------- */
/* 1: it was held for too long, and is gone. */
static int
gate_late(struct turn *t)
{
	if (ms_apart(wall_ms(), t->at) <= HELD_MS)
		return (0);
	turn_say(t, "Your earlier message is over five minutes old and was not "
	    "run. Send it again if you still want it.");
	turn_drop(t);
	return (1);
}

void
totpgate_release(int64_t user)
{
	struct turn	*h = map_del(&held, (uint64_t)user);

	/* Whose code it was need not be who they are by now. */
	if (h != NULL && !gate_late(h) && totpgate_pass(h))
		route_turn(h);
}

static void
gate_open(struct turn *t, const char *user)
{
	uint32_t	 s = relay.set->r.totp_session_s;

	store_set_totp(user, wall_ms() + (uint64_t)s * 1000);
	turn_say(t, "Right. Your second factor is open for %u %s.",
	    s % 60 != 0 ? s : s / 60, s % 60 != 0 ? "s" : "min");
	totpgate_release(t->user);
}

static void
gate_checked(uint64_t ctx, uint8_t result, uint32_t wait_s)
{
	struct turn	*t = (struct turn *)(uintptr_t)ctx;
	char		 words[256];

	/* Whose code it is stays what it was, whatever is linked meanwhile. */
	if (result == TR_OK)
		gate_open(t, t->factors.name[factors_known(t->user,
		    &t->factors)]);
	else
		turn_say(t, "%s", totp_result_text(t->user, result, wait_s,
		    words, sizeof(words)));
	turn_save(t, result == TR_BROKEN ? TW_DROPPED : TW_DONE);
	turn_free(t);
}

void
totpgate_verify(struct turn *t, const char *code)
{
	if (!totp_is_code(code)) {
		erase(t, ER_CODE);
		turn_say(t, "A code has six digits: /verify_2fa 123456");
		turn_drop(t);
		return;
	}
	factors_of(relay.set, t->user, &t->factors);
	turn_save(t, TW_CODE);
	totp_code(t, code, NULL, gate_checked, (uint64_t)(uintptr_t)t);
}

/* It has another second factor now, or none: an open session is of the old
 * one. */
void
totpgate_on_note(struct link *l, const struct msg_TOTP_NOTE *m,
    struct msg_meta *meta)
{
	(void)l;
	(void)meta;
	store_set_totp(m->user, 0);
	factors_changed(m->user);
}

/* --- after a restart, or one of the engine's ----------------------------- */
void
totpgate_restore(struct turn *t, int is_held)
{
	struct turn	*old;

	if (!is_held) {
		if (totpgate_pass(t))
			route_turn(t);
		return;
	}
	if (gate_late(t))
		return;
	if ((old = map_del(&held, (uint64_t)t->user)) != NULL)
		turn_drop(old);
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

	ask_factors_gone();
	memset(&asked, 0, sizeof(asked));
	while ((t = map_next(&old, &i)) != NULL)
		gate_wait(t);
	map_free(&old);
	totpcode_give_up();
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
