/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Which question a code is for.  Six digits do not say what they allow, so
 * one question of a turn asks for them at a time, and they count once it can
 * be read on the screen.  Run by the relay.
 */
#include "engines/relay/ask/card.h"
#include "engines/relay/call/mediate.h"
#include "engines/relay/out/outbox.h"
#include "engines/relay/turn/turn.h"

struct search {
	const struct turn	*t;
	struct ask		*a;	/* the first that waits */
};

static void
search_card(struct card *k, void *arg)
{
	struct search	*s = arg;
	struct ask	*a;

	if (k->t != s->t || s->a != NULL)
		return;
	TAILQ_FOREACH(a, &k->asks, entry)
		if (a->open && a->code && a->c != NULL) {
			s->a = a;
			return;
		}
}

struct ask *
prompt_of(const struct turn *t)
{
	struct search	 s = { .t = t };

	card_each(search_card, &s);
	return (s.a);
}

uint64_t
prompt_shown(const struct ask *a)
{
	return (a != NULL && a->offered ? a->id : 0);
}

void
prompt_queued(struct card *k, uint64_t id)
{
	if (id == k->prompt)
		return;
	k->prompt = id;
	k->prompted = 0;
}

/* Nothing of it is under way, and the last of it arrived. */
void
prompt_settle(struct card *k)
{
	if (k->ref != NULL && k->ref->msgid != 0 && k->ref->refs == 1 &&
	    k->ref->errors == 0)
		k->prompted = k->prompt;
}

int
prompt_readable(struct ask *a)
{
	prompt_settle(a->card);
	return (a->card->prompted == a->id);
}

static void
follow_card(struct card *k, void *arg)
{
	struct search	*s = arg;

	if (k->t == s->t && k->ref != NULL && k->prompt != (s->a != NULL &&
	    s->a->card == k ? prompt_shown(s->a) : 0))
		card_show(k);
}

void
prompt_follow(const struct turn *t)
{
	struct search	 s = { .t = t, .a = prompt_of(t) };

	card_each(follow_card, &s);
}
