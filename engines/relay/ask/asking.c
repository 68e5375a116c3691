/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Tool calls that a person is asked about: from the rule that says so to the
 * grant or the refusal.  A call waits with its input whole and hashed; what
 * was allowed is that input, in that directory, once.  Run by the relay.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <event2/event.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/access.h"
#include "engines/relay/ask/ask.h"
#include "engines/relay/ask/card.h"
#include "engines/relay/audit/auditline.h"
#include "engines/relay/call/mediate.h"
#include "engines/relay/face/display.h"
#include "engines/relay/relay.h"
#include "engines/relay/screen/filter.h"
#include "engines/relay/turn/queue.h"
#include "engines/relay/turn/turn.h"

/* "10:04:12 UTC" */
static const char *
ask_clock(char *dst, size_t size)
{
	time_t		now = (time_t)(wall_ms() / 1000);
	struct tm	tm;

	if (gmtime_r(&now, &tm) == NULL ||
	    strftime(dst, size, "%H:%M:%S UTC", &tm) == 0)
		(void)str_copy(dst, "?", size);
	return (dst);
}

const char *
ask_where(const struct call *c)
{
	return (c->cwd[0] != '\0' ? c->cwd : relay.set->r.workspace);
}

static void
ask_audit(const struct call *c, enum audit_verdict v, const char *what,
    audit_fn fn)
{
	char	detail[256];

	(void)str_format(detail, sizeof(detail), "%s: %s", what, c->label);
	call_audit(c, "approval", v, detail, fn);
}

/* --- asked ------------------------------------------------------------- */
void
ask_refuse(struct call *c, const char *why)
{
	ask_audit(c, AV_BLOCKED, why, NULL);
	if (c->noticed[0] != '\0')
		call_fail(c, "Denied: %s, and a person is asked about that "
		    "first. %s Nothing ran.", c->noticed, why);
	else
		call_fail(c, "Denied: a rule asks a person first. %s Nothing "
		    "ran.", why);
}

/*
 * All of the input as it is shown, or why it is not.  What looks like a
 * credential goes to no chat; with a marker in its place it would not be the
 * bytes that run.  A guess is no reason: who is asked has to see what runs.
 */
static const char *
ask_body(const struct call *c, struct buf *body, const char **lang)
{
	if (!card_where_fits(ask_where(c))) {
		(void)buf_puts(body, "directory: ");
		visible_add(body, ask_where(c), strlen(ask_where(c)),
		    VIS_LINE);
		(void)buf_puts(body, "\n");
	}
	if (action_text(c->tool, c->args.p == NULL ? "" : c->args.p,
	    c->args.len, body, lang) == -1)
		return ("Its input cannot be shown: it is no JSON object, has "
		    "a key twice, or is too long.");
	if (body->len == 0)
		return (NULL);
	if (!filter_sure(body->p, body->len))
		return (NULL);
	return ("Its input holds what looks like a credential, which is not "
	    "sent to a chat, so nobody can be asked: leave it out, or have "
	    "it read from a file.");
}

/* The log has it: now the person. */
static void
ask_shown(uint64_t job, int err)
{
	struct call	*c = call_find(job);
	const char	*lang, *why;
	struct ask	*a = NULL;
	struct buf	 body;

	if (c == NULL || c->state != CALL_ASK || c->ask != NULL)
		return;
	if (c->t->state == T_STOPPING || c->t->over) {
		call_fail(c, "Stopped by the user before it ran.");
		return;
	}
	if (err != 0) {
		call_fail(c, "The audit log cannot be written on this machine "
		    "just now, so nobody was asked and nothing ran.");
		return;
	}
	buf_init(&body);
	if ((why = ask_body(c, &body, &lang)) == NULL)
		a = card_add(c, &body, lang, c->ask_code, c->ask_ms, &why);
	buf_free(&body);
	if (a == NULL) {
		ask_refuse(c, why);
		return;
	}
	(void)event_del(c->timer);
	c->ask = a;
	c->t->asks++;
	if (c->t->asking++ == 0)
		turn_clock(c->t, 0);
	display_tool(c->t->show, c->job, c->label, LV_ASKS);
}

void
ask_pending(struct call *c)
{
	ask_audit(c, AV_PENDING, c->ask_code ? "asked with a code" : "asked",
	    ask_shown);
}

void
ask_call(struct call *c, int code, uint32_t within_s)
{
	const char	*cwd = c->t->owner->cwd;

	c->cwd = strdup(cwd == NULL ? "" : cwd);
	if (c->cwd == NULL)
		fatal("ask_call");
	if (!code && temprule_allows(c->t, c->tool)) {
		ask_audit(c, AV_SUCCESS, "allowed by a rule for 1 h", NULL);
		call_go(c);
		return;
	}
	c->state = CALL_ASK;
	c->ask_code = code;
	c->ask_ms = CARD_MS;
	if (code && within_s > 0 && within_s < CARD_MS / 1000)
		c->ask_ms = within_s * 1000;
	if (c->internal)
		ask_refuse(c, "What is read before every answer is not worth "
		    "asking for.");
	else if (c->t->asks >= CARD_ASKS)
		ask_refuse(c, "This turn has asked too often; end it and say "
		    "what you would have done.");
	else if (c->t->unanswered >= CARD_SILENCE)
		ask_refuse(c, "Nobody answered the last times; end the turn "
		    "and say what you would have done.");
	else if (code)
		ask_factor(c);
	else
		ask_pending(c);
}

/* --- answered ---------------------------------------------------------- */
/* It waits no more; how is what its card says from now on. */
static void
ask_close(struct ask *a, const char *how)
{
	struct turn	*t = a->card->t;

	if (!a->open)
		return;
	a->open = 0;
	if (a->code)
		ask_code_ended(t->user);
	(void)str_copy(a->how, how, sizeof(a->how));
	store_asked_how(a->id, a->how);
	if (--t->asking == 0)
		turn_clock(t, 1);
}

static void
ask_how(struct ask *a, const char *what, const char *name)
{
	char	how[CARD_HOW], who[64], clock[16];

	(void)str_copy(who, name, sizeof(who));
	who[utf8_prefix(who, strlen(who), 40)] = '\0';
	(void)str_format(how, sizeof(how), "%s by %s %s", what, who,
	    ask_clock(clock, sizeof(clock)));
	ask_close(a, how);
}

/* The card named the workspace of then. */
int
ask_moved(const struct call *c)
{
	return (c->ask != NULL && c->cwd[0] == '\0' &&
	    strcmp(c->ask->card->cwd, relay.set->r.workspace) != 0);
}

const char *
ask_stale(const struct ask *a, int hour)
{
	const struct turn	*t = a->card->t;
	enum access_verdict	 v;
	enum tier		 now = access_tier(relay.set, t->user);

	if (a->c == NULL || !a->open || t->state == T_STOPPING)
		return ("This request has ended. Nothing ran.");
	if (ask_moved(a->c))
		return ("The workspace of this machine is another one since it "
		    "was asked. Deny it; what asks again will say where.");
	if (hour && t->taint != 0)
		return ("Not for an hour: it has read something from outside "
		    "meanwhile. You can allow it once.");
	if (now < t->tier)
		return ("Their tier is lower than when it was asked. Deny it; "
		    "what asks again will be judged by the new one.");
	v = access_rule(relay.set, t->tier, t->user, a->c->tool,
	    t->taint != 0, NULL);
	if (v == RV_DENY)
		return ("A rule forbids it now. Nothing ran.");
	if (v == RV_ASK_CODE && !a->code)
		return ("It needs a code of your second factor now. Deny it; "
		    "what asks again will say so.");
	return (NULL);
}

void
ask_allow(struct ask *a, const char *name, int hour)
{
	struct call	*c = a->c;
	struct turn	*t = a->card->t;
	uint64_t	 id = a->id;

	t->unanswered = 0;
	if (hour)
		temprule_add(t, c->tool);
	ask_how(a, hour ? "\xe2\x9c\x93 allowed for 1 h" :
	    "\xe2\x9c\x93 allowed", name);
	ask_audit(c, AV_SUCCESS, hour ? "allowed for 1 h" : a->code ?
	    "allowed once with a code" : "allowed once", NULL);
	call_go(c);
	/* It may have failed at once: then its card is settled already. */
	if ((a = ask_find(id)) != NULL)
		card_settle(a->card);
}

void
ask_deny(struct ask *a, const char *name, const char *words, size_t len)
{
	struct call	*c = a->c;
	struct buf	 b;

	a->card->t->unanswered = 0;
	ask_how(a, "\xe2\x9c\x97 denied", name);
	ask_audit(c, AV_BLOCKED, "denied by the user", NULL);
	buf_init(&b);
	(void)buf_puts(&b, "denied by the user");
	if (words != NULL) {
		(void)buf_puts(&b, ": ");
		(void)buf_add(&b, words, len);
	}
	call_refuse(c, &b);
}

void
ask_expire(struct card *k)
{
	struct turn	*t = k->t;
	struct ask	*a, *next;
	char		 how[CARD_HOW], clock[16];
	uint64_t	 id = k->id;

	t->unanswered++;
	(void)str_format(how, sizeof(how), "This request ended at %s. Nothing "
	    "ran. Ask again if you still want it.", ask_clock(clock,
	    sizeof(clock)));
	for (a = TAILQ_FIRST(&k->asks); a != NULL; a = next) {
		next = TAILQ_NEXT(a, entry);
		if (!a->open)
			continue;
		ask_close(a, how);
		if (a->code)
			ask_code_lapsed(t->user);
		ask_audit(a->c, AV_TIMEOUT, "nobody answered", NULL);
		call_fail(a->c, "Nobody answered in time, so this was not "
		    "allowed; nothing ran.");
		if (card_find(id) == NULL)
			return;
	}
}

static void
turn_over(struct card *k, void *arg)
{
	struct ask	*a;
	char		 how[CARD_HOW], clock[16];
	int		 any = 0;

	if (k->t != arg)
		return;
	(void)str_format(how, sizeof(how), "This request ended at %s. Nothing "
	    "ran. Ask again if you still want it.", ask_clock(clock,
	    sizeof(clock)));
	TAILQ_FOREACH(a, &k->asks, entry) {
		if (!a->open)
			continue;
		any = 1;
		ask_close(a, how);
		ask_audit(a->c, AV_BLOCKED, "its turn ended", NULL);
		/* The call itself waits for the end of its turn. */
		a->c->ask = NULL;
		a->c = NULL;
	}
	if (any)
		card_settle(k);
}

void
ask_turn_over(struct turn *t)
{
	card_each(turn_over, t);
}

/* --- the end of a call ------------------------------------------------- */
static void
ran_how(const struct call *c, char *dst, size_t size)
{
	char		how[16];
	uint64_t	ms = now_ms() - c->started;

	call_how(c, how, sizeof(how));
	if (!c->done)
		(void)str_copy(how, "then killed", sizeof(how));
	else if (how[0] == '\0' && c->tool == TOOL_BASH)
		(void)str_copy(how, "exit 0", sizeof(how));
	(void)str_format(dst, size, ", ran %" PRIu64 ".%" PRIu64 " s%s%s",
	    ms / 1000, ms % 1000 / 100, how[0] != '\0' ? ", " : "", how);
}

void
ask_call_gone(struct call *c)
{
	struct ask	*a = c->ask;
	char		 how[CARD_HOW], more[64], clock[16];

	c->ask = NULL;
	a->c = NULL;
	if (a->open) {
		(void)str_format(how, sizeof(how), "This request ended at %s. "
		    "Nothing ran. Ask again if you still want it.",
		    ask_clock(clock, sizeof(clock)));
		ask_close(a, how);
		ask_audit(c, AV_BLOCKED, "its turn ended", NULL);
	} else if (c->state == CALL_RUN || c->state == CALL_GRANT ||
	    c->state == CALL_AUDIT) {
		(void)str_copy(more, ", but nothing ran", sizeof(more));
		if (c->state == CALL_RUN)
			ran_how(c, more, sizeof(more));
		(void)str_format(how, sizeof(how), "%s%s", a->how, more);
		(void)str_copy(a->how, how, sizeof(a->how));
		store_asked_how(a->id, a->how);
	}
	card_settle(a->card);
}

/* --- after a restart --------------------------------------------------- */
static void
restore_card(uint64_t row, int64_t chat, const char *body, size_t len,
    void *arg)
{
	struct out_row	r;

	(void)arg;
	memset(&r, 0, sizeof(r));
	r.id = relay_id();
	r.chat = chat;
	r.kind = BX_EDIT;
	r.ref = row;
	r.head = "";
	r.body = body;
	r.len = len;
	store_out_add(&r, 0, wall_ms());
}

/* The outbox, which comes next, finds how each card is to read now. */
void
ask_restore(void)
{
	char	how[CARD_HOW], clock[16];

	store_cards(restore_card, NULL);
	store_cards_clear();
	(void)str_format(how, sizeof(how), "This request ended before %s. "
	    "Nothing ran. Ask again if you still want it.",
	    ask_clock(clock, sizeof(clock)));
	store_asked_settle(how);
	store_requests_purge();
}
