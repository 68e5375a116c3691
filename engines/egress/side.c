/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * One socket of a connection: its options, its event, its end.  Part of
 * egress.
 */
#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <unistd.h>

#include <event2/event.h>

#include "engines/egress/conn.h"
#include "telclauded/lib/log.h"

#define WINDOW_MAX	(2 << 20)
#define CLIENT_QUEUE	(192 << 10)	/* the kernel doubles it */

static struct event_base	*base;

void
side_init(struct event_base *b)
{
	base = b;
}

static void
side_says(struct conn *c, struct side *s, short what)
{
	if (what & EV_READ)
		s->rd = 1;
	if (what & EV_WRITE)
		s->wr = 1;
	conn_run(c);
}

static void
on_client(evutil_socket_t fd, short what, void *arg)
{
	struct conn	*c = arg;

	(void)fd;
	side_says(c, &c->client, what);
}

static void
on_server(evutil_socket_t fd, short what, void *arg)
{
	struct conn	*c = arg;

	(void)fd;
	side_says(c, &c->server, what);
}

/*
 * What the kernel may hold for us: a window that is enough for a fast server
 * far away, and next to nothing for a client on this machine, so that what is
 * copied is still in the cache.
 */
static void
side_tune(const struct side *s, int client)
{
	const int	 on = 1, window = WINDOW_MAX, queue = CLIENT_QUEUE;

	if (setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) ==
	    -1 || setsockopt(s->fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, &window,
	    sizeof(window)) == -1 || (client && setsockopt(s->fd, SOL_SOCKET,
	    SO_SNDBUF, &queue, sizeof(queue)) == -1))
		log_warn("setsockopt");
}

int
side_open(struct conn *c, struct side *s, int fd)
{
	s->fd = fd;
	s->rd = s->wr = 0;
	side_tune(s, s == &c->client);
	if (event_assign(&s->ev, base, fd, EV_READ | EV_WRITE | EV_ET |
	    EV_PERSIST, s == &c->client ? on_client : on_server, c) == -1 ||
	    event_add(&s->ev, NULL) == -1) {
		close(fd);
		s->fd = -1;
		return (-1);
	}
	return (0);
}

void
side_close(struct side *s, int reset)
{
	struct linger	 now = { 1, 0 };

	if (s->fd == -1)
		return;
	event_del(&s->ev);
	if (reset)
		(void)setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &now,
		    sizeof(now));
	close(s->fd);
	s->fd = -1;
	s->rd = s->wr = 0;
}
