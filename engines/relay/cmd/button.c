/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Buttons below our messages.  Who presses one passes the same checks as who
 * writes; what it means comes from our own rows, not from its data.  Run by
 * the relay.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/access.h"
#include "engines/relay/ask/ask.h"
#include "engines/relay/face/face.h"
#include "engines/relay/files/files.h"
#include "engines/relay/money/money.h"
#include "engines/relay/money/window.h"
#include "engines/relay/out/outbox.h"
#include "engines/relay/people/totpgate.h"
#include "engines/relay/relay.h"
#include "engines/relay/route.h"
#include "engines/relay/tg/api.h"
#include "engines/relay/tg/update.h"
#include "engines/relay/turn/queue.h"
#include "engines/relay/turn/turn.h"

struct continued {
	const struct update	*u;
	struct turn		*t;
	const char		*why;	/* why not */
};

/* "c:HEX": 0 when it is not one. */
static uint64_t
button_id(const char *s)
{
	char		*end;
	uint64_t	 id;

	if (strspn(s, "0123456789abcdef") != strlen(s) || strlen(s) > 16)
		return (0);
	id = strtoull(s, &end, 16);
	return (*end == '\0' ? id : 0);
}

/* Its words would run with the rights of who presses: so not the admin. */
static const char *
continue_refused(const struct turn_row *r, int64_t chat, int64_t user)
{
	if (r->chat != chat)
		return ("That button belongs to another chat.");
	if (r->user != user)
		return ("Only who wrote the message can continue it.");
	if (r->state == TW_CONTINUED)
		return ("This was continued already.");
	if (r->state != TW_INTERRUPTED)
		return ("There is nothing left to continue.");
	if (lane_owner(lane_get(r->chat, r->topic))->conv != r->conv)
		return ("That conversation was ended. Ask again.");
	return (NULL);
}

static void
continue_row(const struct turn_row *r, void *arg)
{
	struct continued	*c = arg;
	const struct update	*u = c->u;
	struct turn		*t;

	c->why = continue_refused(r, u->chat, u->user);
	if (c->why != NULL)
		return;
	t = turn_new(r->chat, r->topic, u->user, r->msg, r->group, u->name,
	    r->text, r->len);
	t->act = ACT_CONTINUE;
	t->resumes = r->id;
	t->conv = r->conv;
	if (r->files[0] != '\0' && (t->files = strdup(r->files)) == NULL)
		fatal("continue_row");
	c->t = t;
}

/* What waits in a group is for who wrote some of it, or the admin. */
static int
button_waits_for(const struct update *u)
{
	const struct turn	*t;

	if (u->ckind == CHAT_PRIVATE || access_admin(relay.set, u->user))
		return (1);
	TAILQ_FOREACH(t, &lane_get(u->chat, u->topic)->waiting, entry)
		if (t->user == u->user)
			return (1);
	return (0);
}

/* Is this what waits since the /stop of that number? */
static const char *
held_refused(const struct lane *l, uint64_t stop)
{
	if (l->hold_before == 0)
		return ("Nothing waits for that button any more.");
	if (l->hold_before != stop)
		return ("That button is of an earlier /stop. Another /stop "
		    "brings new ones.");
	return (NULL);
}

static struct turn *
button_turn(const struct update *u, const char **why)
{
	struct continued	 c = { u, NULL, "That button is too old." };
	struct turn		*t;
	const char		*d = u->button;
	uint64_t		 id;

	if (d[0] == 'c' && d[1] == ':') {
		if (button_id(d + 2) != 0)
			(void)store_turn_get(button_id(d + 2), continue_row,
			    &c);
		*why = c.why;
		return (c.t);
	}
	if ((d[0] != 'r' && d[0] != 'd') || d[1] != ':' ||
	    (id = button_id(d + 2)) == 0) {
		*why = c.why;
		return (NULL);
	}
	*why = held_refused(lane_get(u->chat, u->topic), id);
	if (*why != NULL)
		return (NULL);
	if (!button_waits_for(u)) {
		*why = "Only who wrote what waits can say.";
		return (NULL);
	}
	t = turn_new(u->chat, u->topic, u->user, u->msg,
	    u->ckind != CHAT_PRIVATE, u->name, "", 0);
	t->act = d[0] == 'r' ? ACT_RUN : ACT_DROP;
	t->press.id = id;
	return (t);
}

void
button_pressed(const struct update *u)
{
	const char	*why = NULL;
	struct turn	*t;

	if (u->button[0] == 'a' && u->button[1] == ':') {
		ask_pressed(u);
		return;
	}
	if (!rate_small(RK_PRESS, u->chat, u->topic, u->user, 0, wall_ms()))
		return;
	if (face_press(u, &t)) {
		if (t == NULL)
			return;
	} else if ((t = button_turn(u, &why)) == NULL) {
		api_answer_button(u->query, why);
		return;
	}
	api_answer_button(u->query, NULL);
	/* Those of an answer stay: they mean the same tomorrow. */
	if (strncmp(u->button, "action:", 7) != 0)
		api_drop_buttons(u->chat, u->msg);
	route_step(t, STEP_CLAIM);
}

static void
continue_again(const struct turn_row *r, void *arg)
{
	struct continued	*c = arg;

	c->why = continue_refused(r, c->t->chat, c->t->user);
}

static void
button_continue(struct turn *t)
{
	struct continued	c = { NULL, t, "That button is too old." };
	uint64_t		id = t->resumes;

	/* The second factor was asked about since: another press, or /new,
	 * may have come first. */
	(void)store_turn_get(id, continue_again, &c);
	if (c.why != NULL) {
		outbox_say(t->chat, t->topic, 0, 1, "%s", c.why);
		turn_drop(t);
		return;
	}
	/* It was approved to run once, not again: judged as when it came. */
	if (relay.set->r.profile == RP_STRICT) {
		store_turn_state(id, TW_CONTINUED, wall_ms());
		route_step(t, STEP_OBSERVE);
		return;
	}
	t->act = ACT_TEXT;
	if (queue_add(t) == 0) {
		/* At once, so that a second press finds it done. */
		store_turn_state(id, TW_CONTINUED, wall_ms());
		return;
	}
	outbox_say(t->chat, t->topic, 0, 1, "%d messages are waiting "
	    "already, so this was not continued.", QUEUE_MAX);
	turn_drop(t);
}

/* What /stop held runs, or is dropped. */
static void
button_held(struct turn *t)
{
	struct lane	*l = t->lane;
	const char	*why;
	unsigned	 n;

	/* The second factor may have been asked about since. */
	if ((why = held_refused(l, t->press.id)) != NULL) {
		outbox_say(t->chat, t->topic, 0, 1, "%s", why);
		return;
	}
	if (t->act == ACT_RUN) {
		queue_release(l);
		queue_kick(l);
		return;
	}
	n = lane_coming(l) - 1;		/* without this press */
	n += queue_drop(l);
	(void)fetch_drop(l);
	outbox_say(t->chat, t->topic, 0, 1, "Dropped %u message%s.", n,
	    n == 1 ? "" : "s");
}

void
button_run(struct turn *t)
{

	switch (t->act) {
	case ACT_FACE:
		face_pressed(t);
		return;
	case ACT_CONTINUE:
		button_continue(t);
		return;
	case ACT_ANSWER:
		ask_answer(t);
		return;
	default:
		button_held(t);
		break;
	}
	turn_forget(t);
}
