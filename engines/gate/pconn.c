/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * A connection of a client inside a sandbox: bytes in and out, its bounds in
 * memory and time, heads one after the other.  Run by gate; the client is
 * hostile.  What is queued behind a request is not looked at before that
 * request has its answer.
 */
#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "engines/common/engine.h"
#include "engines/gate/proxy.h"
#include "telclauded/lib/util.h"

#define IDLE_MS		60000	/* between two requests */
#define STUCK_MS	300000	/* a client that reads nothing */
#define BODY_MS		300000	/* a whole body, if it is held */
#define LINGER_MS	2000
#define STEPS		8	/* requests served before others */

struct pconns pconns = TAILQ_HEAD_INITIALIZER(pconns);

void
pconn_free(struct pconn *c)
{
	struct listener *l = c->l;

	if (c->q != NULL)
		preq_free(c->q);
	(void)event_del(&c->rd);
	(void)event_del(&c->wr);
	(void)event_del(&c->timer);
	close(c->fd);
	if (c->in.p != NULL)
		explicit_bzero(c->in.p, c->in.len);
	buf_free(&c->in);
	buf_free(&c->out);
	TAILQ_REMOVE(&pconns, c, entry);
	free(c);
	listen_left(l);
	gate_idle();
}

/* --- deadlines ---------------------------------------------------------- */
static void
earlier(uint64_t *at, uint64_t t)
{
	if (*at == 0 || t < *at)
		*at = t;
}

static uint64_t
deadline(const struct pconn *c)
{
	const struct proxy_times *t = proxy_times();
	uint64_t at = 0;

	if (c->sent < c->out.len)
		earlier(&at, c->last_out + STUCK_MS);
	switch (c->state) {
	case PC_IDLE:
		earlier(&at, c->since + IDLE_MS);
		break;
	case PC_HEAD:
		earlier(&at, c->since + t->head_ms);
		break;
	case PC_LINGER:
		earlier(&at, c->since + LINGER_MS);
		break;
	case PC_BUSY:
		if (c->q != NULL && pbody_wanted(c->q))
			earlier(&at, c->last_in + t->body_ms);
		if (c->q != NULL && c->q->holding)
			earlier(&at, c->since + BODY_MS);
	}
	return (at);
}

/* What the loop should tell us next. */
static void
arm(struct pconn *c)
{
	struct timeval tv;
	uint64_t at, now = now_ms();

	/* Also while nothing is wanted: to see the client go. */
	if (c->in.len < PC_IN)
		(void)event_add(&c->rd, NULL);
	else
		(void)event_del(&c->rd);
	if (c->sent < c->out.len)
		(void)event_add(&c->wr, NULL);
	else
		(void)event_del(&c->wr);
	if ((at = deadline(c)) == 0) {
		(void)event_del(&c->timer);
		return;
	}
	tv = ms_tv(at > now ? at - now : 0);
	(void)event_add(&c->timer, &tv);
}

void
pconn_kick(struct pconn *c)
{
	event_active(&c->timer, EV_READ, 0);
}

static void
enter(struct pconn *c, enum pc_state st)
{
	c->state = st;
	c->since = now_ms();
}

static void
kill_later(struct pconn *c)
{
	c->dead = 1;
	pconn_kick(c);
}

/* --- out ---------------------------------------------------------------- */
/* The answer is out: the next request, or the end. */
static void
flushed(struct pconn *c)
{
	buf_drain(&c->out, c->out.len);
	c->sent = 0;
	if (c->cut)
		c->dead = 1;
	else if (c->close) {
		/* Unread bytes at a close would take the answer back. */
		(void)shutdown(c->fd, SHUT_WR);
		enter(c, PC_LINGER);
	} else {
		if (gate_draining())
			c->dead = 1;
		enter(c, PC_IDLE);
		TAILQ_REMOVE(&pconns, c, entry);
		TAILQ_INSERT_TAIL(&pconns, c, entry);
	}
}

static void
push(struct pconn *c)
{
	ssize_t n;

	while (c->sent < c->out.len) {
		n = write(c->fd, c->out.p + c->sent, c->out.len - c->sent);
		if (n > 0) {
			c->sent += (size_t)n;
			c->last_out = now_ms();
		} else if (n == -1 && errno == EINTR)
			continue;
		else if (n == -1 && errno == EAGAIN)
			return;
		else {
			kill_later(c);
			return;
		}
	}
}

void
pconn_add(struct pconn *c, const void *p, size_t n)
{
	if (c->dead)
		return;
	if (c->sent > 0 && c->sent == c->out.len) {
		buf_drain(&c->out, c->out.len);
		c->sent = 0;
	}
	if (c->out.len == 0)
		c->last_out = now_ms();
	if (buf_add(&c->out, p, n) == -1)
		kill_later(c);
}

void
pconn_flush(struct pconn *c)
{
	if (c->dead)
		return;
	push(c);
	if (c->sent < c->out.len)
		(void)event_add(&c->wr, NULL);
}

size_t
pconn_room(const struct pconn *c)
{
	size_t n = c->out.len - c->sent;

	return (n >= PC_OUT ? 0 : PC_OUT - n);
}

void
pconn_done(struct pconn *c)
{
	c->q = NULL;
	pconn_kick(c);
}

/* --- in ----------------------------------------------------------------- */
static void
refuse_head(struct pconn *c, unsigned status, const char *why)
{
	c->close = 1;
	enter(c, PC_BUSY);
	paudit_request(c, "-", status, NULL);
	answer_error(c, status, "", why);
}

static void
take_head(struct pconn *c, size_t len)
{
	struct httpreq h;

	if (httpreq_parse(&h, c->in.p, len) == -1) {
		refuse_head(c, h.status, h.why);
		return;
	}
	enter(c, PC_BUSY);
	c->last_in = now_ms();
	c->close = h.close;
	preq_start(c, &h);
	explicit_bzero(c->in.p, len);
	buf_drain(&c->in, len);
	c->seen = 0;
}

static int
look_for_head(struct pconn *c)
{
	ssize_t len = httpreq_end(c->in.p, c->in.len, &c->seen);

	if (len == -1) {
		if (c->seen >= HTTPREQ_HEAD_MAX)
			refuse_head(c, 431, "the head is too large");
		else
			refuse_head(c, 400, "a line does not end in CRLF");
	} else if (len > 0)
		take_head(c, (size_t)len);
	return (len != 0);
}

/* One step; 1 when another may follow at once. */
static int
step(struct pconn *c)
{
	switch (c->state) {
	case PC_IDLE:
		if (c->in.len == 0)
			return (0);
		enter(c, PC_HEAD);
		return (1);
	case PC_HEAD:
		return (look_for_head(c));
	case PC_BUSY:
		if (c->q != NULL)
			pbody_input(c->q);
		if (c->q != NULL || c->sent < c->out.len)
			return (0);
		flushed(c);
		return (!c->dead);
	case PC_LINGER:
		buf_drain(&c->in, c->in.len);
	}
	return (0);
}

static void
pconn_step(struct pconn *c)
{
	int i;

	for (i = 0; i < STEPS && !c->dead && step(c); i++)
		;
	if (c->dead) {
		pconn_free(c);
		return;
	}
	arm(c);
	if (i == STEPS)
		pconn_kick(c);
}

static void
on_read(evutil_socket_t fd, short ev, void *arg)
{
	static char block[16384];
	struct pconn *c = arg;
	ssize_t n;

	(void)ev;
	n = read(fd, block, MINIMUM(sizeof(block), PC_IN - c->in.len));
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	/* Who stops listening or only half closes is gone, as with others. */
	if (n <= 0) {
		pconn_free(c);
		return;
	}
	c->last_in = now_ms();
	if (buf_add(&c->in, block, (size_t)n) == -1)
		c->dead = 1;
	pconn_step(c);
}

static void
on_write(evutil_socket_t fd, short ev, void *arg)
{
	struct pconn *c = arg;

	(void)fd;
	(void)ev;
	push(c);
	if (!c->dead && c->q != NULL && pconn_room(c) >= PC_OUT / 2)
		preq_room(c->q);
	pconn_step(c);
}

static void
on_timer(evutil_socket_t fd, short ev, void *arg)
{
	struct pconn *c = arg;
	uint64_t at = deadline(c);

	(void)fd;
	if (c->dead || (ev & EV_READ) || at == 0 || now_ms() < at) {
		pconn_step(c);
		return;
	}
	if (c->state == PC_HEAD)
		refuse_head(c, 408, "the head did not come in time");
	else if (c->state == PC_BUSY && c->q != NULL && !c->q->headed &&
	    c->sent == c->out.len)
		preq_refuse(c->q, 408, "", "the body did not come in time");
	else
		c->dead = 1;
	pconn_step(c);
}

int
pconn_new(struct listener *l, int fd)
{
	const int on = 1;
	struct pconn *c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return (-1);
	c->l = l;
	c->fd = fd;
	buf_init(&c->in);
	buf_init(&c->out);
	/* Events of a stream are small and each is waited for. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	event_assign(&c->rd, engine_base(), fd, EV_READ | EV_PERSIST, on_read,
	    c);
	event_assign(&c->wr, engine_base(), fd, EV_WRITE | EV_PERSIST,
	    on_write, c);
	evtimer_assign(&c->timer, engine_base(), on_timer, c);
	TAILQ_INSERT_TAIL(&pconns, c, entry);
	enter(c, PC_IDLE);
	c->last_in = c->last_out = c->since;
	arm(c);
	return (0);
}
