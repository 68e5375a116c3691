/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The body of a client's request on its way to the server, byte by byte as it
 * came, and what it may cost.  Run by gate; the client is hostile.
 *
 * A request for messages leaves when its worst cost is set aside.  What tells
 * it stands anywhere in the body, so the body is held until its end, at most
 * PQ_HOLD of it.  A longer one leaves on the worst that any body can cost;
 * that is lowered when its end was read.
 */
#include <string.h>

#include "engines/gate/proxy.h"

#define DRAIN	(256u << 10)	/* moved at once */

static size_t
held(const struct preq *q)
{
	return (q->body.len - q->boff);
}

static size_t
room(const struct preq *q)
{
	size_t most = q->holding ? PQ_HOLD : PQ_WINDOW;

	return (held(q) >= most ? 0 : most - held(q));
}

int
pbody_wanted(const struct preq *q)
{
	return (!q->ended && room(q) > 0);
}

/* --- cost --------------------------------------------------------------- */
static struct cost
worst(const struct preq *q)
{
	struct bodyscan any;

	if (q->ended)
		return (cost_worst(proxy_conf(), &q->scan, q->bytes,
		    q->readable));
	bodyscan_init(&any, 0);
	return (cost_worst(proxy_conf(), &any, q->length, q->readable));
}

/* Set aside what it may cost, and send; 0, or -1: it was answered. */
static int
release(struct preq *q)
{
	enum scope s = q->c->l->scope;
	char why[512], extra[80];
	unsigned wait;

	q->holding = 0;
	if (limit_reserve(proxy_conf(), &q->held, s, worst(q), wall_ms(), why,
	    sizeof(why), &wait) == -1) {
		/* Trying again soon is of no use. */
		(void)str_format(extra, sizeof(extra), "retry-after: %u\r\n"
		    "x-should-retry: false\r\n", wait);
		preq_refuse(q, 429, extra, why);
		return (-1);
	}
	settings_spent(s);
	return (preq_send(q));
}

/* By the counts that came so far; where none came, nothing. */
static struct cost
counted(const struct preq *q)
{
	const char *model = q->usage.model;

	if (!cost_known(proxy_conf(), model) && q->scan.nmodel == 1)
		model = q->scan.model[0];
	return (cost_used(proxy_conf(), model, &q->usage.u));
}

void
pbody_settle(struct preq *q, int whole, int free)
{
	enum scope s = q->held.scope;
	struct cost is = q->held.is.c, c;

	if (s == SCOPE_NONE)
		return;
	c = counted(q);
	if (free)
		is.microusd = is.tokens = 0;
	else if (whole && usage_end(&q->usage))
		is = c;
	else {
		/* What a body points to is not in its length: who hangs up
		 * when it was read in has had it all the same. */
		is.microusd = MAXIMUM(is.microusd, c.microusd);
		is.tokens = MAXIMUM(is.tokens, c.tokens);
	}
	q->microusd = is.microusd;
	limit_settle(&q->held, is, wall_ms());
	settings_spent(s);
}

/* --- bytes -------------------------------------------------------------- */
/* Some of c->in: 1 when there may be more, 0 when not, -1: answered. */
static int
some(struct preq *q)
{
	struct buf *in = &q->c->in;
	size_t used = 0, n = MINIMUM(in->len, room(q));
	const char *p = in->p;
	enum httpchunk_got got = HC_DATA;

	if (q->chunked)
		got = httpchunk_next(&q->ck, in->p, n, &used, &p, &n);
	else {
		used = n = (size_t)MINIMUM((uint64_t)n, q->left);
		q->left -= n;
	}
	if (got == HC_BAD) {
		preq_refuse(q, 400, "", "the chunks of the body are broken");
		return (-1);
	}
	if (got == HC_DATA) {
		q->bytes += n;
		if (q->bytes > PQ_BODY_MAX) {
			preq_refuse(q, 413, "", "the body is larger than "
			    "32 MiB");
			return (-1);
		}
		if (q->path == PP_MESSAGES && q->readable)
			bodyscan_feed(&q->scan, p, n);
		if (buf_add(&q->body, p, n) == -1) {
			preq_refuse(q, 500, "", "gate is out of memory");
			return (-1);
		}
	}
	buf_drain(in, used);
	if (q->chunked ? got == HC_END : q->left == 0)
		q->ended = 1;
	return (!q->ended && used > 0);
}

static int
over(struct preq *q)
{
	struct reserve was = q->held;

	if (q->readable)
		bodyscan_end(&q->scan);
	if (q->holding)
		return (release(q));
	if (q->held.scope != SCOPE_NONE) {
		limit_lower(&q->held, worst(q), wall_ms());
		settings_spent(was.scope);
	}
	return (0);
}

void
pbody_input(struct preq *q)
{
	int more = 1;

	while (!q->ended && more == 1 && q->c->in.len > 0 && room(q) > 0)
		if ((more = some(q)) == -1)
			return;
	if (q->ended && !q->judged) {
		q->judged = 1;
		if (over(q) == -1)
			return;
	} else if (q->holding && room(q) == 0 && release(q) == -1)
		return;
	if (q->r != NULL && (held(q) > 0 || q->ended))
		http_resume(q->r);
}

long
pbody_take(struct preq *q, char *p, size_t n)
{
	n = MINIMUM(n, held(q));
	if (n == 0)
		return (q->ended ? 0 : -1);
	memcpy(p, q->body.p + q->boff, n);
	q->boff += n;
	if (q->boff == q->body.len) {
		explicit_bzero(q->body.p, q->body.len);
		buf_free(&q->body);
		q->boff = 0;
	} else if (q->boff >= DRAIN) {
		buf_drain(&q->body, q->boff);
		q->boff = 0;
	}
	if (!q->ended && q->c->in.len > 0 && room(q) > 0)
		pconn_kick(q->c);
	return ((long)n);
}
