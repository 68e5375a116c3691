/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * HTTP/1.1, the server's half: one request at a time a connection, bodies by
 * length or chunks, keep-alive.  Written by hand because a fake must see the
 * moment of the first byte and be able to stop anywhere.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "regress/fakes/fake.h"

enum state { ST_HEAD, ST_BODY, ST_CHUNK, ST_DATA, ST_BUSY, ST_CLOSING };

struct conn {
	TAILQ_ENTRY(conn) entry;
	struct bufferevent *bev;
	struct req	*r;
	uint64_t	 id;
	enum state	 state;
	size_t		 want;
	int		 control, frozen;
};

static TAILQ_HEAD(, conn) conns = TAILQ_HEAD_INITIALIZER(conns);
static uint64_t	 lastconn, lastreq, made;

static void	 pump(struct conn *);

void
req_free(struct req *r)
{
	if (r == NULL)
		return;
	if (r->timer != NULL)
		event_free(r->timer);
	if (r->body != NULL)
		evbuffer_free(r->body);
	if (r->out != NULL)
		evbuffer_free(r->out);
	evhttp_clear_headers(&r->head);
	fault_free(&r->fault);
	free(r->verb);
	free(r->path);
	free(r->query);
	free(r);
}

const char *
req_header(struct req *r, const char *k)
{
	return (evhttp_find_header(&r->head, k));
}

struct bufferevent *
conn_bev(struct conn *c)
{
	return (c->bev);
}

uint64_t
conn_id(const struct conn *c)
{
	return (c->id);
}

unsigned
conn_count(void)
{
	struct conn	*c;
	unsigned	 n = 0;

	TAILQ_FOREACH(c, &conns, entry)
		n += !c->control;
	return (n);
}

void
conn_close(struct conn *c)
{
	struct req	*r;

	TAILQ_REMOVE(&conns, c, entry);
	if ((r = c->r) != NULL) {
		r->c = NULL;
		if (r->gone != NULL)
			r->gone(r);
		req_free(r);
	}
	bufferevent_free(c->bev);
	free(c);
}

static void
flushed_cb(struct bufferevent *bev, void *arg)
{
	if (evbuffer_get_length(bufferevent_get_output(bev)) == 0)
		conn_close(arg);
}

static void
event_cb(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR | BEV_EVENT_TIMEOUT))
		conn_close(arg);
}

void
conn_flush_close(struct conn *c)
{
	c->state = ST_CLOSING;
	if (evbuffer_get_length(bufferevent_get_output(c->bev)) == 0) {
		conn_close(c);
		return;
	}
	bufferevent_setcb(c->bev, NULL, flushed_cb, event_cb, c);
}

/* A peer that vanished without a word: it holds the connection, says nothing
 * and hears nothing. */
void
conn_freeze(void)
{
	struct conn	*c;

	TAILQ_FOREACH(c, &conns, entry)
		if (!c->control) {
			c->frozen = 1;
			bufferevent_disable(c->bev, EV_READ | EV_WRITE);
		}
}

static void
bad(struct conn *c, const char *why)
{
	if (!c->control)
		failure(c->r, "http: %s", why);
	conn_close(c);
}

static int
parse_first(struct req *r, const char *line)
{
	const char	*sp, *end, *q;

	if ((sp = strchr(line, ' ')) == NULL ||
	    (end = strchr(sp + 1, ' ')) == NULL ||
	    strncmp(end + 1, "HTTP/1.1", 8) != 0)
		return (-1);
	r->verb = strndup(line, (size_t)(sp - line));
	r->path = strndup(sp + 1, (size_t)(end - sp - 1));
	if (r->verb == NULL || r->path == NULL)
		return (-1);
	if ((q = strchr(r->path, '?')) != NULL) {
		r->query = strdup(q + 1);
		r->path[q - r->path] = '\0';
	}
	return (0);
}

static int
parse_header(struct req *r, char *line)
{
	char	*v;

	if ((v = strchr(line, ':')) == NULL)
		return (-1);
	*v++ = '\0';
	v += strspn(v, " \t");
	return (evhttp_add_header(&r->head, line, v));
}

/* The head is complete: how does the body come? */
static int
head_done(struct conn *c)
{
	const char	*cl, *te, *ex;

	cl = req_header(c->r, "Content-Length");
	te = req_header(c->r, "Transfer-Encoding");
	ex = req_header(c->r, "Expect");
	if (req_header(c->r, "Host") == NULL || (cl != NULL && te != NULL))
		return (-1);
	c->want = cl != NULL ? strtoul(cl, NULL, 10) : 0;
	if (c->want > BODY_MAX)
		return (-1);
	c->state = te != NULL ? ST_CHUNK : ST_BODY;
	if (ex != NULL && strcasecmp(ex, "100-continue") == 0)
		evbuffer_add_printf(bufferevent_get_output(c->bev),
		    "HTTP/1.1 100 Continue\r\n\r\n");
	return (0);
}

static int
step_head(struct conn *c, struct evbuffer *in)
{
	char	*line;
	int	 rv;

	if ((line = evbuffer_readln(in, NULL, EVBUFFER_EOL_CRLF_STRICT)) ==
	    NULL)
		return (evbuffer_get_length(in) > 65536 ? -1 : 0);
	if (c->r->verb == NULL)
		rv = parse_first(c->r, line);
	else if (line[0] == '\0')
		rv = head_done(c);
	else
		rv = parse_header(c->r, line);
	free(line);
	return (rv == -1 ? -1 : 1);
}

static int
step_chunk(struct conn *c, struct evbuffer *in)
{
	char	*line;

	if ((line = evbuffer_readln(in, NULL, EVBUFFER_EOL_CRLF_STRICT)) ==
	    NULL)
		return (0);
	if (line[0] == '\0') {		/* end of a chunk's data */
		free(line);
		return (1);
	}
	c->want = strtoul(line, NULL, 16);
	free(line);
	if (c->want > BODY_MAX)
		return (-1);
	c->state = c->want == 0 ? ST_BODY : ST_DATA;
	if (c->want == 0)		/* the empty line after the last */
		c->want = 2;
	return (1);
}

/* 1: went on, 0: needs bytes, -1: not HTTP, 2: a whole request. */
static int
step(struct conn *c, struct evbuffer *in)
{
	size_t	 n;

	switch (c->state) {
	case ST_HEAD:
		return (step_head(c, in));
	case ST_CHUNK:
		return (step_chunk(c, in));
	case ST_DATA:
	case ST_BODY:
		n = evbuffer_get_length(in);
		if (n > c->want)
			n = c->want;
		if (req_header(c->r, "Transfer-Encoding") != NULL &&
		    c->state == ST_BODY)
			evbuffer_drain(in, n);
		else
			evbuffer_remove_buffer(in, c->r->body, n);
		c->want -= n;
		if (c->want > 0)
			return (0);
		if (c->state == ST_BODY)
			return (2);
		c->state = ST_CHUNK;
		return (1);
	default:
		return (0);
	}
}

static void
pump(struct conn *c)
{
	struct evbuffer	*in = bufferevent_get_input(c->bev);
	int		 rv;

	while (c->state != ST_BUSY && c->state != ST_CLOSING) {
		if (c->r == NULL) {
			if (evbuffer_get_length(in) == 0)
				return;
			if ((c->r = calloc(1, sizeof(*c->r))) == NULL)
				abort();
			c->r->c = c;
			c->r->id = ++lastreq;
			c->r->t0 = now_us();
			c->r->body = evbuffer_new();
			c->r->fault.cut = -1;
			TAILQ_INIT(&c->r->head);
		}
		if ((rv = step(c, in)) == 0)
			return;
		if (rv == -1) {
			bad(c, "not a well-formed HTTP/1.1 request");
			return;
		}
		if (rv == 2) {
			c->state = ST_BUSY;
			c->r->t = now_us();
			if (c->control)
				control_handle(c->r);
			else
				srv->handle(c->r);
			return;
		}
	}
}

static void
read_cb(struct bufferevent *bev, void *arg)
{
	(void)bev;
	pump(arg);
}

static void
again(evutil_socket_t fd, short what, void *arg)
{
	struct conn	*c;
	uint64_t	 id = (uint64_t)(uintptr_t)arg;

	(void)fd;
	(void)what;
	TAILQ_FOREACH(c, &conns, entry)
		if (c->id == id) {
			pump(c);
			return;
		}
}

/* From a fresh stack: the caller may still hold the request. */
void
conn_reply_done(struct conn *c)
{
	struct timeval	 tv = { 0, 0 };
	const char	*h;
	int		 closing;

	h = req_header(c->r, "Connection");
	closing = h != NULL && strcasecmp(h, "close") == 0;
	req_free(c->r);
	c->r = NULL;
	c->state = ST_HEAD;
	if (closing)
		conn_flush_close(c);
	else if (evbuffer_get_length(bufferevent_get_input(c->bev)) > 0)
		event_base_once(base, -1, EV_TIMEOUT, again,
		    (void *)(uintptr_t)c->id, &tv);
}

uint64_t
conn_made(void)
{
	return (made);
}

void
conn_new(evutil_socket_t fd, struct bufferevent *bev, int control)
{
	struct conn	*c;

	(void)fd;
	if ((c = calloc(1, sizeof(*c))) == NULL)
		abort();
	c->bev = bev;
	c->id = ++lastconn;
	c->control = control;
	made += !control;
	TAILQ_INSERT_TAIL(&conns, c, entry);
	bufferevent_setcb(bev, read_cb, NULL, event_cb, c);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
}
