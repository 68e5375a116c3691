/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Structure, word lists and the observer: what kind of message it is.  In the
 * order of their arrival: a message waits for those of its chat that are
 * still being looked at.  Run by the relay; the observer is a model, and what
 * it says makes a message wait for a person at most.
 */
#include <sys/queue.h>

#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "imsg/values.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/access.h"
#include "engines/relay/audit/auditline.h"
#include "engines/relay/out/outbox.h"
#include "engines/relay/relay.h"
#include "engines/relay/screen/observe.h"
#include "engines/relay/screen/screen.h"
#include "engines/relay/tg/api.h"
#include "engines/relay/turn/queue.h"

#define UNSURE_PCT	40	/* below half: a person is asked */

struct watch {
	TAILQ_ENTRY(watch) entry;	/* all, in their order */
	struct turn	*t;
	struct exchange	*x;		/* NULL: it is decided */
	struct event	*typing;
	int		 refuse;
	char		 unpaid[160];	/* by which ceiling, or "" */
};
static TAILQ_HEAD(, watch) watches = TAILQ_HEAD_INITIALIZER(watches);
static struct breaker	breaker;
static int		breaker_known;

static struct breaker *
breaker_get(void)
{
	if (!breaker_known)
		store_breaker(&breaker);
	breaker_known = 1;
	return (&breaker);
}

static void
verdict_keep(struct turn *t, const struct verdict *v)
{
	t->screen_class = v->class;
	t->screen_pct = (uint8_t)v->pct;
	(void)str_copy(t->screen_why, v->why, sizeof(t->screen_why));
	screen_words(t->screen_why, sizeof(t->screen_why));
}

static void
observe_audit(const struct turn *t, int refused)
{
	static const uint8_t	said[] = { [SC_ALLOW] = OB_ALLOW,
	    [SC_WARN] = OB_WARN, [SC_BLOCK] = OB_BLOCK };
	struct auditline	a = audit_about(t, "screen",
	    refused ? AV_BLOCKED : AV_SUCCESS, t->screen_why);

	a.observed = said[t->screen_class];
	a.sure = t->screen_pct;
	(void)audit_line(&a, NULL, 0);
}

/* The observer failed, or is not asked: as the configuration says.  1: the
 * message is refused. */
static int
observe_failed(struct turn *t, const char *why)
{
	struct verdict	v = { SC_WARN, UNSURE_PCT, "" };

	(void)str_format(v.why, sizeof(v.why), "the observer failed: %s",
	    why);
	log_warnx("turn %llu: %s", (unsigned long long)t->id, v.why);
	switch (relay.set->screen.observer_failure) {
	case OF_ALLOW:
		v.class = SC_ALLOW;
		v.pct = 30;
		break;
	case OF_ASK:
		break;
	default:
		v.class = SC_BLOCK;
		v.pct = 50;
		break;
	}
	verdict_keep(t, &v);
	return (relay.set->screen.observer_failure == OF_DENY);
}

/* --- in order ------------------------------------------------------------ */
static struct watch *
watch_first(const struct lane *l)
{
	struct watch	*w;

	TAILQ_FOREACH(w, &watches, entry)
		if (w->t->lane == l)
			break;
	return (w);
}

static struct turn *
watch_free(struct watch *w)
{
	struct turn	*t = w->t;

	TAILQ_REMOVE(&watches, w, entry);
	exchange_drop(w->x);
	if (w->typing != NULL)
		event_free(w->typing);
	free(w);
	return (t);
}

static void
observe_refuse(struct turn *t, const char *unpaid)
{
	if (unpaid[0] != '\0')
		turn_say(t, "Claude was not asked: looking at your message "
		    "first would have cost more than there is (%s). Who runs "
		    "this machine can raise `spend'.", unpaid);
	else
		turn_say(t, "The observer that looks at messages first gave no "
		    "verdict, so your message was not taken. Send it again in "
		    "half a minute; who runs this machine finds more in the "
		    "log.");
	turn_drop(t);
}

/* All at the head of a chat that are decided go on. */
static void
watch_release(struct lane *l)
{
	struct watch	*w;
	struct turn	*t;
	char		 unpaid[160];
	int		 refuse;

	while ((w = watch_first(l)) != NULL && w->x == NULL) {
		refuse = w->refuse;
		(void)str_copy(unpaid, w->unpaid, sizeof(unpaid));
		t = watch_free(w);
		observe_audit(t, refuse);
		if (refuse)
			observe_refuse(t, unpaid);
		else
			route_step(t, STEP_CONFIRM);
	}
}

static void
on_answer(void *ctx, const char *body, size_t len, const char *why,
    int unpaid)
{
	struct watch	*w = ctx;
	struct breaker	*b = breaker_get();
	struct verdict	 v;

	w->x = NULL;
	if (body != NULL && verdict_answer(body, len, &v) == 0) {
		breaker_ok(b);
		verdict_weigh(&v, relay.set->screen.observer_threshold_pct);
		verdict_keep(w->t, &v);
	} else if (body == NULL && unpaid) {
		/* One person's money says nothing about the observer. */
		breaker_unasked(b);
		w->refuse = 1;
		w->t->screen_class = SC_BLOCK;
		(void)str_copy(w->unpaid, why, sizeof(w->unpaid));
	} else {
		breaker_fail(b, wall_ms());
		w->refuse = observe_failed(w->t, body != NULL ?
		    "its answer cannot be understood" : why);
	}
	store_set_breaker(b);
	watch_release(w->t->lane);
}

static void
on_typing(int fd, short what, void *arg)
{
	struct watch	*w = arg;
	struct timeval	 tv;
	uint32_t	 ms = MAXIMUM(relay.set->r.typing_ms, 1000u);

	(void)fd;
	(void)what;
	api_typing(w->t->chat, w->t->topic);
	tv = ms_tv(ms);
	if (relay.set->r.typing_ms > 0)
		(void)event_add(w->typing, &tv);
}

static void
observe_ask(struct watch *w)
{
	static const struct timeval	 now = { 0, 0 };
	const struct msg_CONF_SCREEN	*c = &relay.set->screen;
	struct buf			 body;

	buf_init(&body);
	verdict_question(&body, c->observer_model[0] != '\0' ?
	    c->observer_model : access_model(relay.set),
	    tier_name(access_tier(relay.set, w->t->user)), w->t->text,
	    w->t->len);
	w->x = exchange_new(w->t->id, &body, c->observer_ms, on_answer, w);
	w->typing = event_new(relay.base, -1, 0, on_typing, w);
	if (w->typing != NULL)
		(void)event_add(w->typing, &now);
}

/* The structure, the lists: 1 when they decide. */
static int
observe_lists(const struct turn *t, struct verdict *v)
{
	size_t	own = 0, n = t->len;

	if (t->framed) {
		own = MINIMUM(t->own, t->len);
		n = MINIMUM(t->nown, t->len - own);
	}
	return (verdict_words(t->text, t->len, t->text + own, n, v));
}

/* 1: the model has to be asked; else it is decided, *refuse too. */
static int
observe_judge(struct turn *t, int *refuse)
{
	struct verdict	 v;
	struct breaker	*b;

	*refuse = 0;
	/* Elsewhere its verdict would stop nothing, and cost. */
	if (observe_lists(t, &v) || !relay.set->screen.observer ||
	    relay.set->r.profile != RP_STRICT) {
		verdict_keep(t, &v);
		return (0);
	}
	b = breaker_get();
	if (breaker_may(b, wall_ms()))
		return (1);
	*refuse = observe_failed(t, "it failed too often and rests for a "
	    "while");
	return (0);
}

static unsigned
observe_waiting(const struct lane *l)
{
	struct watch	*w;
	unsigned	 n = 0;

	TAILQ_FOREACH(w, &watches, entry)
		n += w->t->lane == l;
	return (n);
}

enum passed
observe_pass(struct turn *t)
{
	struct watch	*w;
	int		 ask, refuse;

	if (observe_waiting(t->lane) >= QUEUE_MAX) {
		turn_say(t, "%d messages are waiting already, so I did not "
		    "take this one. Send it again later.", QUEUE_MAX);
		turn_drop(t);
		return (TAKEN);
	}
	ask = observe_judge(t, &refuse);
	if (ask && turn_broke(t)) {
		breaker_unasked(breaker_get());
		turn_drop(t);
		return (TAKEN);
	}
	if (!ask && watch_first(t->lane) == NULL) {
		/* What is ordinary and was not asked about is no news. */
		if (refuse || t->screen_class != SC_ALLOW)
			observe_audit(t, refuse);
		if (!refuse)
			return (PASS);
		observe_refuse(t, "");
		return (TAKEN);
	}
	if ((w = calloc(1, sizeof(*w))) == NULL)
		fatal("observe_pass");
	w->t = t;
	w->refuse = refuse;
	TAILQ_INSERT_TAIL(&watches, w, entry);
	turn_save(t, TW_SCREEN);
	if (ask)
		observe_ask(w);
	return (TAKEN);
}

unsigned
observe_drop(struct lane *l)
{
	struct watch	*w;
	unsigned	 n = 0;

	while ((w = watch_first(l)) != NULL) {
		if (w->x != NULL)
			breaker_unasked(breaker_get());
		turn_drop(watch_free(w));
		n++;
	}
	return (n);
}
