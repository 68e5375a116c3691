/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What is said before bytes flow: the request, 200, and the check of the
 * ClientHello before its first byte goes out.  Part of egress.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engines/egress/conn.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

#define NAME_MS		15000	/* then the parent is in trouble */
#define ANSWER_MS	60000u	/* to a ClientHello */

/* --- refusing ---------------------------------------------------------- */
/* Our own words are no bytes of the server. */
static enum flow_result
say(struct conn *c, const void *p, size_t n)
{
	uint64_t		 total = c->down.total;
	enum flow_result	 r = flow_push(&c->down, p, n);

	c->down.total = total;
	return (r);
}

/* One read more into `in': count, 0 nothing now, or conn_end() was called. */
static size_t
fill(struct conn *c)
{
	ssize_t	 n;

	while (c->client.rd && c->nin < IN_MAX) {
		n = read(c->client.fd, c->in + c->nin, IN_MAX - c->nin);
		if (n > 0) {
			c->nin += (size_t)n;
			return ((size_t)n);
		}
		if (n == 0) {
			conn_end(c, c->nin > 0 ? WHY_CUT : WHY_OK, 0);
			return (0);
		}
		if (errno == EAGAIN)
			c->client.rd = 0;
		else if (errno != EINTR) {
			conn_end(c, WHY_CLIENT, 1);
			return (0);
		}
	}
	return (0);
}

/* Drops what goes no further. */
static void
forget(struct conn *c, size_t n)
{
	c->nin -= n;
	memmove(c->in, c->in + n, c->nin);
}

static void
in_free(struct conn *c)
{
	free(c->in);
	c->in = NULL;
	c->nin = 0;
}

/* Is the client of a tunnel still there?  What it says meanwhile is kept. */
void
stage_watch(struct conn *c)
{
	while (!c->dead && fill(c) > 0)
		;
}

/*
 * The client is told why and the server hears no more.  After 200 the words
 * are TLS, for whoever speaks it.
 */
void
stage_refuse(struct conn *c, enum reason why)
{
	static const uint8_t	 alert[] = { 21, 3, 1, 0, 2, 2, 112 };
	char			 text[REFUSE_MAX];
	int			 tunnel = c->connect && c->state >= CS_HELLO;

	if (c->dead || c->state == CS_LINGER)
		return;
	names_forget(&c->wait);
	side_close(&c->server, c->state > CS_DIAL);
	if (!tunnel)
		(void)say(c, text, refuse_format(text, sizeof(text),
		    reasons[why].status == 0 ? WHY_BROKEN : why, &c->to));
	else if (why != WHY_NOTTLS && c->nin > 0)
		(void)say(c, alert, sizeof(alert));
	c->why = why;
	c->down.eof = 1;
	c->up.eof = 0;
	c->state = CS_LINGER;
	conn_deadline(c, LINGER_MS);
}

/* --- the request ------------------------------------------------------- */
int
stage_named(struct conn *c, const struct addrs *a, enum reason why)
{
	if (why != WHY_OK) {
		stage_refuse(c, why);
		return (1);
	}
	c->addrs = *a;
	dial_next(c);
	return (c->state == CS_LINGER);
}

static int
stage_name(struct conn *c)
{
	struct addrs	 a;
	enum reason	 why = WHY_OK;
	int		 r;

	c->state = CS_NAME;
	if (egress_draining() || c->crowd) {
		stage_refuse(c, c->crowd ? WHY_CROWD : WHY_DRAIN);
		return (1);
	}
	r = names_get(&c->wait, c->l->scope, &c->to, 0, &a, &why);
	if (r != 0)
		return (stage_named(c, &a, why));
	conn_deadline(c, NAME_MS);
	return (0);
}

/* What goes to the server takes the place of what came. */
static int
plain_head(struct conn *c, const struct head *h, size_t len)
{
	char	 out[HEAD_MAX + HEAD_MORE];
	size_t	 n = head_rewrite(h, (const char *)c->in, out, sizeof(out));

	/* Kept until there is a server. */
	c->up.to = &c->server;
	if (flow_push(&c->up, out, n) != FLOW_IDLE)
		return (-1);
	c->up.total = 0;
	forget(c, len);
	body_init(&c->body, h->body, h->length);
	return (0);
}

int
stage_head(struct conn *c)
{
	struct head	 h;
	enum reason	 why = WHY_OK;
	ssize_t		 len;
	size_t		 n = fill(c);

	if (n == 0)
		return (0);
	/* Who sends byte by byte must not have it read from the start each
	 * time; who speaks TLS at once shall hear it at once. */
	if (n < c->nin && c->nin < IN_MAX &&
	    memchr(c->in + c->nin - n, '\n', n) == NULL)
		return (1);
	len = head_parse(&h, (const char *)c->in, c->nin, &why);
	c->to = h.to;
	c->connect = h.connect != 0;
	if (len == 0)
		return (1);
	if (len == -1) {
		if (why == WHY_NAME)
			c->to.kind = HOST_NONE;
		stage_refuse(c, why);
		return (1);
	}
	if (h.connect)
		forget(c, (size_t)len);
	else if (plain_head(c, &h, (size_t)len) == -1) {
		stage_refuse(c, WHY_NOROOM);
		return (1);
	}
	return (stage_name(c));
}

int
stage_connected(struct conn *c)
{
	static const char	 ok[] =
	    "HTTP/1.1 200 Connection established\r\n\r\n";

	listen_reached(c->l);
	c->server.rd = 1;
	c->up.total = flow_held(&c->up);
	if (!c->connect) {
		c->state = CS_PLAIN;
		conn_deadline(c, egress_set()->idle_ms);
		return (1);
	}
	c->state = CS_HELLO;
	if (say(c, ok, sizeof(ok) - 1) > FLOW_MOVED) {
		conn_end(c, WHY_CLIENT, 1);
		return (0);
	}
	conn_deadline(c, egress_set()->head_ms);
	return (1);
}

/* --- the tunnel's first bytes ------------------------------------------ */
/* Nothing more is looked at: both ways are open. */
static void
open_up(struct conn *c)
{
	c->state = CS_OPEN;
	if (c->nin > 0 && flow_push(&c->up, c->in, c->nin) > FLOW_MOVED)
		conn_end(c, WHY_SERVER, 1);
	in_free(c);
	conn_deadline(c, egress_set()->idle_ms);
}

/* So much of `in' was found good. */
static void
pass(struct conn *c, size_t n)
{
	if (flow_push(&c->up, c->in, n) > FLOW_MOVED)
		conn_end(c, WHY_SERVER, 1);
	forget(c, n);
}

int
stage_hello(struct conn *c)
{
	enum reason	 why = WHY_OK;
	ssize_t		 n = 0;

	if (flow_flush(&c->down) > FLOW_MOVED) {
		conn_end(c, WHY_CLIENT, 1);
		return (0);
	}
	if (c->nin > 0)
		n = hello_check(c->in, c->nin, &c->to, &why);
	if (n == 0)
		return (fill(c) > 0);
	if (n == -1) {
		stage_refuse(c, why);
		return (1);
	}
	pass(c, (size_t)n);
	c->state = CS_ANSWER;
	conn_deadline(c, MINIMUM(egress_set()->idle_ms, ANSWER_MS));
	return (1);
}

/*
 * The server may ask for a second ClientHello, which is as readable as the
 * first and is checked like it.  Until that is clear nothing more is sent.
 */
int
stage_answer(struct conn *c)
{
	uint8_t			*p;
	ssize_t			 n;
	size_t			 part;
	enum hello_answer	 a;

	stage_watch(c);
	if (c->dead)
		return (0);
	if (flow_flush(&c->up) > FLOW_MOVED) {
		conn_end(c, WHY_SERVER, 1);
		return (0);
	}
	if ((n = flow_read(&c->down, &p)) == -1) {
		conn_end(c, WHY_SERVER, 1);
		return (0);
	}
	if (n == 0 && !c->down.eof)
		return (0);
	part = MINIMUM((size_t)n, sizeof(c->first) - c->nfirst);
	memcpy(c->first + c->nfirst, p, part);
	c->nfirst += (uint8_t)part;
	if (n > 0 && flow_push(&c->down, p, (size_t)n) > FLOW_MOVED) {
		conn_end(c, WHY_CLIENT, 1);
		return (0);
	}
	a = c->down.eof ? HA_OTHER : hello_answer(c->first, c->nfirst);
	if (a == HA_MORE)
		return (1);
	if (a == HA_OTHER)
		open_up(c);
	else if (a == HA_BAD)
		stage_refuse(c, WHY_ANSWER);
	else {
		c->state = CS_AGAIN;
		conn_deadline(c, egress_set()->head_ms);
	}
	return (1);
}

int
stage_again(struct conn *c)
{
	enum reason	 why = WHY_OK;
	ssize_t		 n = 0;

	if (flow_flush(&c->down) > FLOW_MOVED) {
		conn_end(c, WHY_CLIENT, 1);
		return (0);
	}
	if (c->nin > 0)
		n = hello_again(c->in, c->nin, &c->to, &why);
	if (n == 0)
		return (fill(c) > 0);
	if (n == -1) {
		stage_refuse(c, why);
		return (1);
	}
	pass(c, (size_t)n);
	if (!c->dead)
		open_up(c);
	return (1);
}
