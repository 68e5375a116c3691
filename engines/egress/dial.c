/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The way to the server: the addresses the parent opened, one after the
 * other.  Part of egress.
 */
#include <sys/socket.h>

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "engines/egress/conn.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

#define ADDR_MS		3000	/* for one address */
#define DIAL_MS		12000	/* for all of them */

static socklen_t
address(const struct netaddr *a, uint16_t port, struct sockaddr_storage *ss)
{
	struct sockaddr_in6	*s6 = (struct sockaddr_in6 *)ss;
	struct sockaddr_in	*s4 = (struct sockaddr_in *)ss;

	memset(ss, 0, sizeof(*ss));
	if (a->family == 4) {
		s4->sin_family = AF_INET;
		s4->sin_port = htons(port);
		memcpy(&s4->sin_addr, a->a, 4);
		return (sizeof(*s4));
	}
	s6->sin6_family = AF_INET6;
	s6->sin6_port = htons(port);
	memcpy(&s6->sin6_addr, a->a, 16);
	return (sizeof(*s6));
}

/* 1: under way, 0: not at this address, -1: at none. */
static int
dial(struct conn *c, const struct netaddr *a)
{
	struct sockaddr_storage	 ss;
	socklen_t		 len = address(a, c->to.port, &ss);
	int			 fd;

	fd = socket(ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    IPPROTO_TCP);
	if (fd == -1) {
		/* A kernel without that family */
		if (errno == EAFNOSUPPORT)
			return (0);
		log_warn("socket");
		return (-1);
	}
	if (connect(fd, (struct sockaddr *)&ss, len) == -1 &&
	    errno != EINPROGRESS) {
		close(fd);
		return (0);
	}
	if (side_open(c, &c->server, fd) == -1)
		return (-1);
	c->addr = a;
	return (1);
}

void
dial_next(struct conn *c)
{
	uint64_t	 now = now_ms();
	int		 r;

	if (c->state != CS_DIAL) {
		c->state = CS_DIAL;
		c->dialed = now;
	}
	while (c->next < c->addrs.n && now < c->dialed + DIAL_MS) {
		if ((r = dial(c, &c->addrs.a[c->next++])) == 1) {
			conn_deadline(c, ADDR_MS);
			return;
		}
		if (r == -1) {
			listen_starved();
			stage_refuse(c, WHY_NOROOM);
			return;
		}
	}
	stage_refuse(c, c->timed ? WHY_CONNTIME : WHY_CONNECT);
}

int
dial_ready(struct conn *c)
{
	socklen_t	 len = sizeof(int);
	int		 err = 0;

	if (!c->server.wr)
		return (0);
	if (getsockopt(c->server.fd, SOL_SOCKET, SO_ERROR, &err, &len) == -1)
		err = errno;
	if (err == 0)
		return (1);
	if (err == ETIMEDOUT)
		c->timed = 1;
	side_close(&c->server, 0);
	dial_next(c);
	return (0);
}

void
dial_late(struct conn *c)
{
	c->timed = 1;
	side_close(&c->server, 1);
	dial_next(c);
}
