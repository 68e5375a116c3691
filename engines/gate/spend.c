/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What may be spent: asked of the relay, told to the relay.  Without it
 * nothing leaves.  Run by gate.
 */
#include <sys/queue.h>

#include <stdlib.h>
#include <string.h>

#include "engines/gate/proxy.h"
#include "engines/gate/spend.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"

#define WARNED_MAX	16	/* names of models; a client can make up more */

struct hold {
	TAILQ_ENTRY(hold) entry;
	uint32_t	 ask;		/* the open question, or 0 */
	uint64_t	 id;		/* what the relay set aside, or 0 */
	struct cost	 worst;
	char		 model[SCAN_MODEL];
	spend_fn	 fn;		/* NULL: nobody waits any more */
	void		*ctx;
};
static TAILQ_HEAD(, hold) holds = TAILQ_HEAD_INITIALIZER(holds);
static struct link	*relay;

/* A price that nobody wrote down is guessed at: say so, once. */
static void
warn_price(const char *model)
{
	static char	 warned[WARNED_MAX][SCAN_MODEL];
	static unsigned	 n;
	unsigned	 i;

	if (model[0] == '\0' || cost_known(proxy_conf(), model))
		return;
	for (i = 0; i < n; i++)
		if (strcmp(warned[i], model) == 0)
			return;
	if (n == WARNED_MAX)
		return;
	(void)str_copy(warned[n++], model, SCAN_MODEL);
	log_warnx("model \"%s\" has no price: it counts as the dearest that "
	    "is known; write a `price' line in the anthropic block", model);
}

const char *
spend_model(const struct bodyscan *b)
{
	return (b->nmodel == 1 && !b->anymodel ? b->model[0] : "");
}

struct hold *
spend_ask(enum scope scope, uint64_t turn, const char *model,
    struct cost worst, spend_fn fn, void *ctx)
{
	struct msg_SPEND_NEED	 m;
	struct hold		*h;

	if (relay == NULL || (h = calloc(1, sizeof(*h))) == NULL)
		return (NULL);
	memset(&m, 0, sizeof(m));
	m.scope = (uint8_t)scope;
	m.turn = turn;
	m.microusd = worst.microusd;
	m.tokens = worst.in + worst.out;
	/* A name of the client's: what no model is called is not passed on. */
	if (cost_known(proxy_conf(), model))
		(void)str_copy(m.model, model, sizeof(m.model));
	h->worst = worst;
	h->fn = fn;
	h->ctx = ctx;
	(void)str_copy(h->model, model, sizeof(h->model));
	if ((h->ask = msg_send_SPEND_NEED(relay, 0, -1, &m)) == 0) {
		free(h);
		return (NULL);
	}
	warn_price(model);
	TAILQ_INSERT_TAIL(&holds, h, entry);
	return (h);
}

static void
hold_free(struct hold *h)
{
	TAILQ_REMOVE(&holds, h, entry);
	free(h);
}

void
spend_granted(const struct msg_SPEND_GRANT *m, uint32_t id)
{
	struct msg_SPEND_DONE	 none = { .id = m->id };
	struct hold		*h;
	char			 why[513];

	TAILQ_FOREACH(h, &holds, entry)
		if (h->ask == id)
			break;
	if (h == NULL)
		return;
	h->ask = 0;
	if (h->fn == NULL) {		/* it went meanwhile: give it back */
		if (m->err == 0)
			msg_send_SPEND_DONE(relay, 0, -1, &none);
		hold_free(h);
		return;
	}
	if (m->err == 0) {
		h->id = m->id;
		h->fn(h->ctx, 1, "", 0);
		return;
	}
	text_for_log(m->why, why, sizeof(why));
	h->fn(h->ctx, 0, why, m->wait_s);
}

void
spend_lower(struct hold *h, struct cost c)
{
	h->worst.microusd = MINIMUM(h->worst.microusd, c.microusd);
	h->worst.in = MINIMUM(h->worst.in, c.in);
	h->worst.out = MINIMUM(h->worst.out, c.out);
}

/* By the counts that came so far; where none came, nothing. */
static void
counted(const struct hold *h, const struct usagescan *us,
    struct msg_SPEND_DONE *m)
{
	const char	*model = us->model;

	if (h->model[0] != '\0' && !cost_known(proxy_conf(), model))
		model = h->model;
	m->in = us->u.in;
	m->out = us->u.out;
	m->cached = us->u.cached;
	m->written = us->u.written;
	m->microusd = cost_used(proxy_conf(), model, &us->u);
}

uint64_t
spend_settle(struct hold **hp, enum spend_end end, struct usagescan *us)
{
	struct msg_SPEND_DONE	 m = { 0 };
	struct hold		*h = *hp;

	*hp = NULL;
	if (h == NULL)
		return (0);
	if (h->ask != 0) {		/* never left */
		h->fn = NULL;
		return (0);
	}
	if (end != SE_FREE)
		counted(h, us, &m);
	if (end == SE_UNHEARD) {
		us->u.in = h->worst.in;
		counted(h, us, &m);
		m.microusd = MINIMUM(m.microusd, h->worst.microusd);
	}
	if (end == SE_LOST || (end == SE_WHOLE && !usage_end(us))) {
		/* What a body points to is not in its length: who hangs up
		 * when it was read in has had it all the same. */
		m.microusd = MAXIMUM(m.microusd, h->worst.microusd);
		if (m.in + m.cached + m.written < h->worst.in)
			m.in = h->worst.in - m.cached - m.written;
		m.out = MAXIMUM(m.out, h->worst.out);
	}
	m.id = h->id;
	if (h->id != 0 && relay != NULL)
		msg_send_SPEND_DONE(relay, 0, -1, &m);
	hold_free(h);
	return (m.microusd);
}

struct link *
spend_link(void)
{
	return (relay);
}

/*
 * A new relay has counted as spent what the old one set aside.  Who waits for
 * leave gets none.
 */
void
spend_relay(struct link *l)
{
	struct hold	*h, *next;

	relay = l;
	if (l != NULL)
		return;
	TAILQ_FOREACH(h, &holds, entry)
		h->id = 0;
	for (h = TAILQ_FIRST(&holds); h != NULL; h = next) {
		next = TAILQ_NEXT(h, entry);
		if (h->ask == 0)
			continue;
		h->ask = 0;
		if (h->fn == NULL)
			hold_free(h);
		else
			h->fn(h->ctx, 0, SPEND_AWAY, 1);
	}
}
