/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The answers of people: buttons of cards, words instead of a button, codes.
 * Whose turn it is may answer, nobody else; the admin may also deny.  What a
 * button means comes from our own rows: its data is a number nobody can
 * guess.  Run by the relay; trusts no button.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/access.h"
#include "engines/relay/ask/ask.h"
#include "engines/relay/ask/card.h"
#include "engines/relay/call/mediate.h"
#include "engines/relay/map.h"
#include "engines/relay/money/money.h"
#include "engines/relay/money/window.h"
#include "engines/relay/out/erase.h"
#include "engines/relay/out/outbox.h"
#include "engines/relay/people/totpcode.h"
#include "engines/relay/relay.h"
#include "engines/relay/tg/api.h"
#include "engines/relay/turn/queue.h"
#include "engines/relay/turn/turn.h"

#define WORDS_MAX	4000	/* bytes of a reason, for the model */
#define LATE_MS		120000	/* a code may still be on its way so long */
#define LAPSED_MS	5000	/* ... and be meant for what just ended */

#define NOT_MINE	"That is no button of mine, or a very old one. " \
			"Nothing ran by it."

static struct map	late;		/* who was asked for a code -> until */
static struct map	lapsed;		/* whose question ended by itself */

/* "a:V:HEX16" or "a:p:HEX16:PAGE". */
static int
press_parse(const char *d, struct press *p)
{
	char	*end;

	if (strlen(d) < 20 || d[0] != 'a' || d[1] != ':' || d[3] != ':' ||
	    strchr("ohdp", d[2]) == NULL ||
	    strspn(d + 4, "0123456789abcdef") != 16)
		return (-1);
	p->verb = d[2];
	p->id = strtoull(d + 4, &end, 16);
	p->page = 0;
	if (p->verb != 'p')
		return (*end == '\0' ? 0 : -1);
	if (end[0] != ':' || strlen(end + 1) > 2 || end[1] == '\0' ||
	    strspn(end + 1, "0123456789") != strlen(end + 1))
		return (-1);
	p->page = (unsigned)strtoul(end + 1, NULL, 10);
	return (0);
}

/* Of a card that is over, or of a former run. */
static const char *
press_late(uint64_t id, int64_t chat)
{
	static char	how[CARD_HOW];

	if (store_asked_get(id, chat, how, sizeof(how)) == -1)
		return (NOT_MINE);
	if (how[0] == '\0')
		return ("This request has ended. Nothing ran by this press.");
	return (how);
}

/* Is this the card, and one that this person has a say in? */
static const char *
card_refused(const struct card *k, char verb, int64_t chat, int64_t msg,
    int64_t user)
{
	static char	words[160];

	if (k->t->chat != chat || k->ref == NULL ||
	    (k->ref->msgid != 0 && !k->ref->marked && k->ref->msgid != msg))
		return (NOT_MINE);
	if (k->t->user == user || ((verb == 'd' || verb == 'p') &&
	    access_admin(relay.set, user)))
		return (NULL);
	(void)str_format(words, sizeof(words), "Only %.60s can answer this: "
	    "it is their request.", k->t->name[0] == '\0' ? "who wrote" :
	    k->t->name);
	return (words);
}

/* May this person press this here and now?  Why not, or NULL. */
static const char *
press_refused(const struct press *p, int64_t chat, int64_t msg, int64_t user)
{
	const struct card	*k;
	const struct ask	*a;
	const char		*why;

	if (p->verb == 'p') {
		k = card_find(p->id);
		return (k == NULL ? NOT_MINE :
		    card_refused(k, p->verb, chat, msg, user));
	}
	if ((a = ask_find(p->id)) == NULL)
		return (press_late(p->id, chat));
	why = card_refused(a->card, p->verb, chat, msg, user);
	if (why != NULL)
		return (why);
	if (!a->open)
		return (a->how);
	if (p->verb == 'd')
		return (NULL);
	if (a->code)
		return ("This one is allowed by a code: send the six digits "
		    "of your authenticator.");
	if (!a->offered)
		return ("Look at all of its pages first.");
	return (ask_stale(a, p->verb == 'h'));
}

void
ask_pressed(const struct update *u)
{
	const char	*why = NOT_MINE;
	struct press	 p;
	struct turn	*t;

	if (press_parse(u->button, &p) == 0)
		why = press_refused(&p, u->chat, u->msg, u->user);
	/* Questions are bounded already; what answers none is bounded here. */
	if (why != NULL) {
		if (rate_small(RK_PRESS, u->chat, u->topic, u->user, 0,
		    wall_ms()))
			api_alert_button(u->query, why);
		return;
	}
	api_answer_button(u->query, NULL);
	t = turn_new(u->chat, u->topic, u->user, u->msg,
	    u->ckind != CHAT_PRIVATE, u->name, "", 0);
	t->act = ACT_ANSWER;
	t->press = p;
	route_step(t, STEP_CLAIM);
}

/* All calls of that tool that wait are covered by the rule as well. */
static void
allow_hour(struct turn *t, enum tool tool, const char *name)
{
	struct call	*c, *next;

	for (c = TAILQ_FIRST(&t->calls); c != NULL; c = next) {
		next = TAILQ_NEXT(c, entry);
		if (c->ask != NULL && c->ask->open && !c->ask->code &&
		    c->ask->offered && c->tool == tool &&
		    ask_stale(c->ask, 1) == NULL)
			ask_allow(c->ask, name, 0);
	}
}

static void
answer_allow(struct ask *a, const char *name, int hour)
{
	struct turn	*owner = a->card->t;
	enum tool	 tool = a->c->tool;

	ask_allow(a, name, hour);
	if (hour)
		allow_hour(owner, tool, name);
}

void
ask_answer(struct turn *t)
{
	const struct press	*p = &t->press;
	struct ask		*a = ask_find(p->id);
	struct card		*k = card_find(p->id);
	const char		*why;

	/* The second factor may have taken its time. */
	why = press_refused(p, t->chat, t->msg, t->user);
	if (why != NULL)
		turn_say(t, "%s", why);
	else if (k != NULL) {
		k->page = p->page;
		card_show(k);
	} else if (a != NULL && p->verb == 'd')
		ask_deny(a, t->name, NULL, 0);
	else if (a != NULL)
		answer_allow(a, t->name, p->verb == 'h');
	if (t->stored)
		turn_save(t, TW_DONE);
	turn_free(t);
}

/* --- words ------------------------------------------------------------- */
static unsigned
words_deny(struct turn *r, const char *name, const char *words, size_t len)
{
	struct call	*c, *next;
	unsigned	 n = 0;

	for (c = TAILQ_FIRST(&r->calls); c != NULL; c = next) {
		next = TAILQ_NEXT(c, entry);
		if (c->ask == NULL || !c->ask->open)
			continue;
		/* Once is enough for the model. */
		ask_deny(c->ask, name, n == 0 ? words : NULL, len);
		n++;
	}
	return (n);
}

unsigned
ask_deny_all(struct turn *r, const char *name)
{
	return (words_deny(r, name, NULL, 0));
}

int
ask_words(struct turn *t)
{
	struct turn	*r = t->lane->run;
	size_t		 len = utf8_prefix(t->text, t->len, WORDS_MAX);

	/* An edit mends what it edits; it says nothing about the card. */
	if (r == NULL || r->user != t->user || r->asking == 0 ||
	    t->act != ACT_TEXT || t->edit)
		return (0);
	/* Files, and what is better not said, cannot go along as words. */
	if (t->files != NULL || t->screen_class == SC_BLOCK) {
		(void)ask_deny_all(r, t->name);
		return (0);
	}
	/* Its words are in the context from now on. */
	turn_taint(r, t->taint);
	(void)words_deny(r, t->name, t->text, len);
	if (t->stored)
		turn_save(t, TW_DONE);
	turn_free(t);
	return (1);
}

/* --- codes ------------------------------------------------------------- */
/* What a code of this person would be for. */
static struct ask *
code_for(const struct lane *l, int64_t user)
{
	const struct turn	*r = l->run;

	return (r == NULL || r->user != user ? NULL : prompt_of(r));
}

static void
code_done(uint64_t ctx, uint8_t result, uint32_t wait_s)
{
	struct turn	*t = (struct turn *)(uintptr_t)ctx;
	struct ask	*a = ask_find(t->press.id);
	const char	*why = "This request has ended. Nothing ran.";
	char		 words[256];

	if (a != NULL) {
		a->checking = 0;
		why = ask_stale(a, 0);
	}
	if (result != TR_OK)
		why = totp_result_text(t->user, result, wait_s, words,
		    sizeof(words));
	if (why != NULL)
		turn_say(t, "%s", why);
	else
		ask_allow(a, t->name, 0);
	turn_save(t, TW_DONE);
	turn_free(t);
}

int
ask_expects(const struct update *u)
{
	return (u->text != NULL && totp_is_code(u->text) &&
	    code_for(lane_get(u->chat, u->topic), u->user) != NULL);
}

void
ask_code_ended(int64_t user)
{
	if (map_put(&late, (uint64_t)user, (void *)(uintptr_t)(now_ms() +
	    LATE_MS)) == -1)
		fatal("ask_code_ended");
}

void
ask_code_lapsed(int64_t user)
{
	if (map_put(&lapsed, (uint64_t)user, (void *)(uintptr_t)(now_ms() +
	    LAPSED_MS)) == -1)
		fatal("ask_code_lapsed");
}

static int
code_within(struct map *m, int64_t user)
{
	uintptr_t	until = (uintptr_t)map_get(m, (uint64_t)user);

	if (until != 0 && until <= now_ms())
		(void)map_del(m, (uint64_t)user);
	return (until > now_ms());
}

/* Why no code is taken now, or NULL. */
static const char *
code_refused(struct ask *a, int64_t user)
{
	if (a == NULL)
		return ("Nothing waits for a code any more, and nothing ran "
		    "by this one. If it was none, send it with a word beside "
		    "it.");
	if (a->checking)
		return ("A code is being checked already. Send this one again "
		    "if something asks for one then.");
	if (code_within(&lapsed, user))
		return ("What asked for a code before ended just now, and "
		    "yours may have been for that, so it allowed nothing. "
		    "Read what is asked now, then send the next one.");
	if (!a->offered)
		return ("Look at all pages of the card first, then send the "
		    "code.");
	if (!prompt_readable(a))
		return ("The card that asks for a code had not arrived yet, "
		    "so this one allowed nothing. Read it, then send the "
		    "next one.");
	return (NULL);
}

/* Digits of somebody who is or was just asked for a code are no message to
 * the model, whatever becomes of them. */
int
ask_code(struct turn *t, const char *code)
{
	struct ask	*a;
	const char	*why;
	uint8_t		 action[32];

	if (t->act != ACT_TEXT || !totp_is_code(code))
		return (0);
	a = code_for(t->lane, t->user);
	if (a == NULL && !code_within(&late, t->user))
		return (0);
	/* Each costs a line of the audit log and an answer.  Whatever else
	 * they sent does not use these up. */
	if (!rate_small(RK_CODE, t->chat, t->topic, t->user, t->group ?
	    t->msg : 0, wall_ms())) {
		erase(t, ER_FLOOD);
		turn_free(t);
		return (1);
	}
	turn_save(t, TW_CODE);
	if ((why = code_refused(a, t->user)) == NULL) {
		a->checking = 1;
		t->press.id = a->id;
		job_action(a->c, action);
		totp_code(t, code, action, code_done,
		    (uint64_t)(uintptr_t)t);
		return (1);
	}
	erase(t, ER_CODE);
	turn_say(t, "%s", why);
	turn_save(t, TW_DONE);
	turn_free(t);
	return (1);
}
