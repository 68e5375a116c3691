/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The life of a connection: deadlines, turns, the flow of bytes, the end.
 * Part of egress.  Entered from the loop alone; a connection that ended in
 * the middle of something is marked, and freed here when all is left.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "engines/egress/conn.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

static struct event_base *base;
static struct event	*again;
static TAILQ_HEAD(, conn) ready = TAILQ_HEAD_INITIALIZER(ready);

/* --- time -------------------------------------------------------------- */
/* The timer is left where it is: it finds out when it fires. */
void
conn_deadline(struct conn *c, uint64_t ms)
{
	uint64_t	 now = now_ms();
	struct timeval	 tv;

	c->deadline = now + ms;
	if (c->armed != 0 && c->armed <= c->deadline)
		return;
	c->armed = c->deadline;
	tv = ms_tv(ms);
	(void)event_add(&c->timer, &tv);
}

static void
conn_late(struct conn *c)
{
	switch (c->state) {
	case CS_HEAD:
		stage_refuse(c, WHY_SLOW);
		break;
	case CS_NAME:
		stage_refuse(c, WHY_SERVERS);
		break;
	case CS_DIAL:
		dial_late(c);
		break;
	case CS_HELLO:
	case CS_AGAIN:
		stage_refuse(c, WHY_NOHELLO);
		break;
	case CS_PLAIN:
	case CS_ANSWER:
	case CS_OPEN:
		if (c->state == CS_PLAIN && c->down.total == 0)
			stage_refuse(c, WHY_CONNTIME);
		else
			conn_end(c, WHY_IDLE, 1);
		break;
	case CS_LINGER:
		conn_end(c, c->why, 0);
		break;
	}
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct conn	*c = arg;
	uint64_t	 now = now_ms();

	(void)fd;
	(void)what;
	c->armed = 0;
	if (now < c->deadline)
		conn_deadline(c, c->deadline - now);
	else {
		conn_late(c);
		conn_run(c);
	}
}

/* --- turns ------------------------------------------------------------- */
static void
on_again(evutil_socket_t fd, short what, void *arg)
{
	TAILQ_HEAD(, conn)	 now = TAILQ_HEAD_INITIALIZER(now);
	struct conn		*c;

	(void)fd;
	(void)what;
	(void)arg;
	TAILQ_CONCAT(&now, &ready, again);
	while ((c = TAILQ_FIRST(&now)) != NULL) {
		TAILQ_REMOVE(&now, c, again);
		c->listed = 0;
		conn_run(c);
	}
}

void
conn_more(struct conn *c)
{
	const struct timeval	 tv = { 0, 0 };

	if (c->listed)
		return;
	c->listed = 1;
	TAILQ_INSERT_TAIL(&ready, c, again);
	(void)event_add(again, &tv);
}

void
conn_init(struct event_base *b)
{
	base = b;
	side_init(b);
	if ((again = evtimer_new(base, on_again, NULL)) == NULL)
		fatalx("no memory for a timer");
}

/* --- bytes flow -------------------------------------------------------- */
/*
 * A side that takes no more may still have said something: the other
 * direction goes on until it ends by itself.
 */
static void
flowed(struct conn *c, struct flow *f, enum flow_result r)
{
	enum reason	 from = f == &c->up ? WHY_CLIENT : WHY_SERVER;

	if (r == FLOW_MOVED)
		conn_more(c);
	else if (r == FLOW_FROM)
		conn_end(c, from, 1);
	else if (r == FLOW_MEM)
		conn_end(c, WHY_NOROOM, 1);
	else if (r == FLOW_TO) {
		flow_free(f);
		f->shut = c->reset = 1;
		c->why = f == &c->up ? WHY_SERVER : WHY_CLIENT;
	}
}

static void
conn_open(struct conn *c)
{
	const struct settings	*set = egress_set();
	uint64_t		 was = c->up.total + c->down.total;
	size_t			 held = flow_held(&c->up) +
				    flow_held(&c->down);

	if (!c->up.shut)
		flowed(c, &c->up, flow_move(&c->up));
	if (!c->dead && !c->down.shut)
		flowed(c, &c->down, flow_move(&c->down));
	if (c->dead)
		return;
	if (set->bytes > 0 && c->up.total + c->down.total > set->bytes) {
		conn_end(c, WHY_BYTES, 1);
		return;
	}
	flow_finish(&c->up);
	flow_finish(&c->down);
	if (c->up.shut && c->down.shut)
		conn_end(c, c->why, c->reset);
	else if (c->up.total + c->down.total != was ||
	    flow_held(&c->up) + flow_held(&c->down) != held)
		conn_deadline(c, set->idle_ms);
}

/* Until the client has read the last word: a reset would take it away. */
static void
conn_linger(struct conn *c)
{
	uint8_t	*p;
	ssize_t	 n;
	int	 i;

	if (flow_flush(&c->down) > FLOW_MOVED) {
		conn_end(c, c->why, 1);
		return;
	}
	flow_finish(&c->down);
	for (i = 0; i < 4; i++) {
		if ((n = flow_read(&c->up, &p)) == -1 ||
		    (c->up.eof && c->down.shut)) {
			conn_end(c, c->why, 0);
			return;
		}
		if (n == 0)
			return;
	}
	conn_more(c);
}

static int
conn_step(struct conn *c)
{
	switch (c->state) {
	case CS_HEAD:
		return (stage_head(c));
	case CS_NAME:
	case CS_DIAL:
		if (c->connect)
			stage_watch(c);
		return (c->state == CS_DIAL && !c->dead && dial_ready(c) &&
		    stage_connected(c));
	case CS_HELLO:
		return (stage_hello(c));
	case CS_ANSWER:
		return (stage_answer(c));
	case CS_AGAIN:
		return (stage_again(c));
	case CS_OPEN:
		conn_open(c);
		return (0);
	case CS_PLAIN:
		return (stage_plain(c));
	case CS_LINGER:
		conn_linger(c);
		return (0);
	}
	return (0);
}

/* --- beginning and end ------------------------------------------------- */
static void
conn_report(const struct conn *c)
{
	struct report	 r = { c->l, &c->to, c->addr, c->connect,
	    c->up.total, c->down.total, now_ms() - c->begun, c->why };

	/* Somebody looked whether there is a listener. */
	if (c->to.kind == HOST_NONE && c->nin == 0 && c->why == WHY_OK)
		return;
	report_end(&r);
}

static void
conn_free(struct conn *c)
{
	struct listener	*l = c->l;

	conn_report(c);
	names_forget(&c->wait);
	if (c->listed)
		TAILQ_REMOVE(&ready, c, again);
	event_del(&c->timer);
	side_close(&c->client, c->reset);
	side_close(&c->server, c->reset);
	flow_free(&c->up);
	flow_free(&c->down);
	free(c->in);
	TAILQ_REMOVE(&l->conns, c, entry);
	l->n--;
	free(c);
	listen_left(l);
}

void
conn_run(struct conn *c)
{
	enum conn_state	 was;

	do
		was = c->state;
	while (!c->dead && (conn_step(c) || c->state != was));
	if (c->dead)
		conn_free(c);
}

void
conn_end(struct conn *c, enum reason why, int reset)
{
	if (c->dead)
		return;
	c->dead = 1;
	c->why = why;
	c->reset = reset != 0;
}

void
conn_close(struct conn *c, enum reason why)
{
	conn_end(c, c->state == CS_LINGER ? c->why : why, 1);
	conn_run(c);
}

void
conn_new(struct listener *l, int fd, int crowd)
{
	struct conn	*c;

	if ((c = calloc(1, sizeof(*c))) == NULL) {
		close(fd);
		listen_left(l);
		return;
	}
	c->l = l;
	c->crowd = crowd != 0;
	c->begun = now_ms();
	c->server.fd = -1;
	c->up.from = c->down.to = &c->client;
	c->up.to = c->down.from = &c->server;
	event_assign(&c->timer, base, -1, 0, on_timer, c);
	if (side_open(c, &c->client, fd) == -1 ||
	    (c->in = malloc(IN_MAX)) == NULL) {
		side_close(&c->client, 1);
		free(c);
		listen_left(l);
		return;
	}
	TAILQ_INSERT_TAIL(&l->conns, c, entry);
	l->n++;
	conn_deadline(c, egress_set()->head_ms);
	/* Most clients have said it already. */
	c->client.rd = c->client.wr = 1;
	conn_run(c);
}

/* --- what others hear -------------------------------------------------- */
static struct conn *
conn_of(struct waiter *w)
{
	return ((struct conn *)((char *)w - offsetof(struct conn, wait)));
}

/*
 * The parent refuses before it looks anything up: another trouble says that
 * the name itself is allowed.  Where it could not be asked, no.
 */
static void
recheck_over(struct conn *c, enum reason why)
{
	if (why == WHY_DENIED || why == WHY_PRIVATE || why == WHY_NOROOM)
		conn_end(c, WHY_REVOKED, 1);
}

void
conn_named(struct waiter *w, const struct addrs *a, enum reason why)
{
	struct conn	*c = conn_of(w);

	if (!c->recheck)
		(void)stage_named(c, a, why);
	else
		recheck_over(c, why);
	c->recheck = 0;
	conn_run(c);
}

void
conn_recheck(struct conn *c)
{
	struct addrs	 a;
	enum reason	 why;

	if (c->state <= CS_NAME || c->state == CS_LINGER || c->recheck)
		return;
	c->recheck = 1;
	switch (names_get(&c->wait, c->l->scope, &c->to, 1, &a, &why)) {
	case 0:
		return;
	case -1:
		recheck_over(c, why);
	}
	c->recheck = 0;
	conn_run(c);
}

void
conn_drain(struct conn *c)
{
	if (c->state >= CS_OPEN)
		return;
	stage_refuse(c, WHY_DRAIN);
	conn_run(c);
}
