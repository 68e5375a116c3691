/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * A plain request: its body to the server, no byte more, and the answer back.
 * Part of egress.  One request a connection on both sides, so there is
 * nothing that a second one could be hidden in.
 */
#include <string.h>

#include "engines/egress/conn.h"
#include "telclauded/lib/util.h"

#define GONE_MS		10000	/* for a client that said its end */

static const char	 closing[] = "Connection: close\r\n";

static uint64_t
plain_idle(const struct conn *c)
{
	uint64_t	 ms = egress_set()->idle_ms;

	return (c->up.eof && c->body.done ? MINIMUM(ms, (uint64_t)GONE_MS) :
	    ms);
}

/* The request makes no sense or was cut: the server must see a cut, too. */
static void
spoil(struct conn *c, enum reason why)
{
	side_close(&c->server, 1);
	if (c->down.total == 0)
		stage_refuse(c, why);
	else
		conn_end(c, why, 1);
}

/* Bytes of the client as far as they belong to the body. */
static int
body_bytes(struct conn *c, const uint8_t *p, size_t n)
{
	ssize_t			 used = body_take(&c->body, p, n);
	enum flow_result	 r;

	if (used == -1) {
		spoil(c, WHY_CHUNK);
		return (-1);
	}
	if ((r = flow_push(&c->up, p, (size_t)used)) == FLOW_MEM) {
		conn_end(c, WHY_NOROOM, 1);
		return (-1);
	}
	/* It may have answered all the same. */
	if (r == FLOW_TO)
		c->body.done = 1;
	return (0);
}

/*
 * The request is whole.  A client that ends may have read all it wanted of a
 * server that does not end: such a connection need not last.  One that goes on
 * speaking is not heard.
 */
static void
listen_up(struct conn *c)
{
	uint8_t	*p;
	ssize_t	 n;

	if (c->deaf || c->up.eof)
		return;
	if ((n = flow_read(&c->up, &p)) == -1)
		conn_end(c, WHY_CLIENT, 1);
	else if (n > 0)
		c->deaf = 1;
	else if (c->up.eof)
		conn_deadline(c, plain_idle(c));
}

static void
plain_up(struct conn *c)
{
	enum flow_result	 r = flow_flush(&c->up);
	uint8_t			*p;
	ssize_t			 n;
	int			 i;

	if (r == FLOW_TO) {
		flow_free(&c->up);
		c->body.done = 1;
	}
	if (c->nin > 0 && !c->body.done) {
		n = (ssize_t)c->nin;
		c->nin = 0;
		if (body_bytes(c, c->in, (size_t)n) == -1)
			return;
	}
	for (i = 0; i < 4; i++) {
		if (flow_held(&c->up) > 0)
			return;
		if (c->body.done) {
			listen_up(c);
			return;
		}
		if ((n = flow_read(&c->up, &p)) == -1) {
			conn_end(c, WHY_CLIENT, 1);
			return;
		}
		if (c->up.eof)
			spoil(c, WHY_CUT);
		if (n == 0 || body_bytes(c, p, (size_t)n) == -1)
			return;
	}
	conn_more(c);
}

/* The answer, with a line of ours behind its status. */
static enum flow_result
answer_bytes(struct conn *c, const uint8_t *p, size_t n)
{
	enum flow_result	 r;
	size_t			 at;

	if (answer_headed(&c->answer))
		return (flow_push(&c->down, p, n));
	if (answer_pass(&c->answer, p, n, &at) == -1) {
		spoil(c, WHY_ANSWER);
		return (FLOW_IDLE);
	}
	if (at > n)
		return (flow_push(&c->down, p, n));
	if ((r = flow_push(&c->down, p, at)) > FLOW_MOVED ||
	    (r = flow_push(&c->down, closing, sizeof(closing) - 1)) >
	    FLOW_MOVED)
		return (r);
	c->down.total -= sizeof(closing) - 1;
	return (n == at ? r : flow_push(&c->down, p + at, n - at));
}

static void
plain_end(struct conn *c)
{
	if (!answer_begun(&c->answer)) {
		spoil(c, WHY_ANSWER);
		return;
	}
	/* A request that was not wanted whole is read and dropped. */
	side_close(&c->server, 0);
	c->why = WHY_OK;
	c->state = CS_LINGER;
	c->up.eof = 0;
	conn_deadline(c, LINGER_MS);
}

static void
plain_down(struct conn *c)
{
	enum flow_result	 r = flow_flush(&c->down);
	uint8_t			*p;
	ssize_t			 n;
	int			 i;

	for (i = 0; i < 4 && r <= FLOW_MOVED && c->state == CS_PLAIN; i++) {
		if (c->dead || flow_held(&c->down) > 0)
			return;
		if ((n = flow_read(&c->down, &p)) == -1) {
			/* A cut must be seen as one. */
			if (c->down.total == 0)
				stage_refuse(c, WHY_ANSWER);
			else
				conn_end(c, WHY_SERVER, 1);
			return;
		}
		if (c->down.eof)
			plain_end(c);
		if (n == 0)
			return;
		r = answer_bytes(c, p, (size_t)n);
	}
	if (r > FLOW_MOVED)
		conn_end(c, r == FLOW_MEM ? WHY_NOROOM : WHY_CLIENT, 1);
	else if (!c->dead)
		conn_more(c);
}

int
stage_plain(struct conn *c)
{
	const struct settings	*set = egress_set();
	uint64_t		 was = c->up.total + c->down.total;
	size_t			 held = flow_held(&c->up) +
				    flow_held(&c->down);

	plain_up(c);
	if (!c->dead && c->state == CS_PLAIN)
		plain_down(c);
	if (c->dead || c->state != CS_PLAIN)
		return (1);
	if (set->bytes > 0 && c->up.total + c->down.total > set->bytes)
		conn_end(c, WHY_BYTES, 1);
	else if (c->up.total + c->down.total != was ||
	    flow_held(&c->up) + flow_held(&c->down) != held)
		conn_deadline(c, plain_idle(c));
	return (0);
}
