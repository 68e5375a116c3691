/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The body of an agent's request.  What it costs stands anywhere in it, so it
 * is held until its end and read on the side.  Run by gate; the agent may be
 * hijacked: a body gets credit for more than the first bytes only when there
 * is room for all of it, and a scope has so much room and no more.  Who waits
 * for room gets it in the order they came; a body that is sent gives its own
 * back, for the answer can take minutes.
 */
#include <string.h>

#include "engines/gate/exch.h"

#define BODY_WINDOW	65536
#define HOLD_MAX	(48u << 20)	/* of a scope; a body has 32 MiB */

static size_t	 held[SCOPE_MAX];	/* SCOPE_NONE: the relay's own */

/* The first of this scope that waits for room, or NULL. */
static struct exch *
waiting(enum scope scope)
{
	struct exch	*x;

	TAILQ_FOREACH(x, &exchs, entry)
		if (link_scope(x->l) == scope && !x->room && x->left > 0)
			break;
	return (x);
}

static void
admit(enum scope scope)
{
	struct exch	*x;

	while ((x = waiting(scope)) != NULL &&
	    held[scope] + x->ask.size <= HOLD_MAX) {
		held[scope] += x->ask.size;
		x->room = 1;
		if (x->in != NULL && x->owed > 0)
			stream_consumed(x->in, x->owed);
		x->owed = 0;
	}
}

static void
body_data(struct stream *s, const uint8_t *p, size_t n)
{
	struct exch	*x = stream_ctx(s);

	if (n > x->left) {
		exch_fail(x, HE_ABORT, "the request is longer than it said");
		return;
	}
	if (buf_add(&x->body, p, n) == -1) {
		exch_fail(x, HE_OTHER, "gate is out of memory");
		return;
	}
	x->left -= n;
	bodyscan_feed(&x->scan, (const char *)p, n);
	if (x->room)
		stream_consumed(s, n);
	else
		x->owed += n;
	if (x->left == 0) {
		bodyscan_end(&x->scan);
		exch_whole(x);
	}
}

static void
body_end(struct stream *s, int err)
{
	struct exch	*x = stream_ctx(s);

	x->in = NULL;
	if (err != 0 || x->left > 0)
		exch_fail(x, HE_ABORT, "the request ended before its end");
}

static const struct stream_in body_ops = { body_data, body_end };

int
exchbody_begin(struct exch *x)
{
	buf_init(&x->body);
	bodyscan_init(&x->scan, 1);
	admit(link_scope(x->l));
	x->in = stream_read_new(x->l, x->ask.sid, BODY_WINDOW, &body_ops, x);
	return (x->in == NULL ? -1 : 0);
}

static void
release(struct exch *x)
{
	if (x->body.p != NULL)
		explicit_bzero(x->body.p, x->body.len);
	buf_free(&x->body);
	x->off = x->left = 0;
	if (x->room)
		held[link_scope(x->l)] -= x->ask.size;
	x->room = 0;
	admit(link_scope(x->l));
}

void
exchbody_free(struct exch *x)
{
	if (x->in != NULL)
		stream_drop(x->in);
	x->in = NULL;
	release(x);
}

long
exchbody_take(struct exch *x, char *p, size_t n)
{
	n = MINIMUM(n, x->body.len - x->off);
	memcpy(p, x->body.p + x->off, n);
	x->off += n;
	if (n > 0 && x->off == x->body.len)
		release(x);
	return ((long)n);
}
