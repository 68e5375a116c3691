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
		    q->readable, 0));
	bodyscan_init(&any, 0);
	return (cost_worst(proxy_conf(), &any, q->length, q->readable, 0));
}

static void
allowed(void *ctx, int granted, const char *why, uint32_t wait_s)
{
	struct preq *q = ctx;
	char extra[80];

	if (granted) {
		(void)preq_send(q);
		return;
	}
	/* Trying again soon is of no use, unless it is we who are late. */
	(void)str_format(extra, sizeof(extra), "retry-after: %u\r\n%s", wait_s,
	    wait_s > 1 ? "x-should-retry: false\r\n" : "");
	preq_refuse(q, strcmp(why, SPEND_AWAY) == 0 ? 503 : 429, extra, why);
}

/* Have what it may cost set aside; it goes when that is done. */
static void
release(struct preq *q)
{
	const struct listener *l = q->c->l;

	q->holding = 0;
	q->hold = spend_ask(l->scope, l->turn, q->ended ?
	    spend_model(&q->scan) : "", worst(q), allowed, q);
	if (q->hold == NULL)
		preq_refuse(q, 503, "retry-after: 1\r\n", SPEND_AWAY);
}

void
pbody_settle(struct preq *q, enum spend_end end)
{
	q->microusd = spend_settle(&q->hold, end, &q->usage);
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
		if (q->bytes > BODY_MAX) {
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

/* 0, or -1: it was answered. */
static int
over(struct preq *q)
{
	struct pconn *c = q->c;

	if (q->readable)
		bodyscan_end(&q->scan);
	if (q->holding)
		release(q);
	else if (q->hold != NULL)
		spend_lower(q->hold, worst(q));
	return (c->q == NULL ? -1 : 0);
}

void
pbody_input(struct preq *q)
{
	struct pconn *c = q->c;
	int more = 1;

	while (!q->ended && more == 1 && q->c->in.len > 0 && room(q) > 0)
		if ((more = some(q)) == -1)
			return;
	if (q->ended && !q->judged) {
		q->judged = 1;
		if (over(q) == -1)
			return;
	} else if (q->holding && room(q) == 0) {
		release(q);
		if (c->q == NULL)
			return;
	}
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
