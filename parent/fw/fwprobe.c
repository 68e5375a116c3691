/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Do the rules hold?  Not what the kernel lists: what it does.  A socket that
 * counts as an engine's tries to reach a listener of our own on loopback,
 * which only the rules can refuse, and places that are closed to everybody.
 * Run by the parent.  Nothing leaves the machine while the rules hold.
 */
#include <sys/fsuid.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "parent/fw/fw.h"
#include "parent/names/url.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

#define WAIT_MS		100	/* a refusal comes within microseconds */

union addr {
	struct sockaddr		 sa;
	struct sockaddr_in	 v4;
	struct sockaddr_in6	 v6;
};

static socklen_t
make_addr(union addr *a, const char *s, in_port_t port)
{
	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET, s, &a->v4.sin_addr) == 1) {
		a->v4.sin_family = AF_INET;
		a->v4.sin_port = port;
		return (sizeof(a->v4));
	}
	if (inet_pton(AF_INET6, s, &a->v6.sin6_addr) != 1)
		return (0);
	a->v6.sin6_family = AF_INET6;
	a->v6.sin6_port = port;
	return (sizeof(a->v6));
}

static uint16_t
port_of(const union addr *a)
{
	return (ntohs(a->sa.sa_family == AF_INET ? a->v4.sin_port :
	    a->v6.sin6_port));
}

/* The rules see the file system uid that made the socket. */
static int
socket_as(int family, uid_t uid)
{
	int	 fd, saved;

	(void)setfsuid(uid);
	fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	saved = errno;
	(void)setfsuid(0);
	errno = saved;
	return (fd);
}

/*
 * Does a connection come about?  A refusal, no route and no answer are all
 * no: somebody may drop the segment that refuses us.  -1: it could not be
 * tried, which says nothing of the rules.
 */
static int
opens(uid_t uid, const union addr *a, socklen_t len)
{
	struct pollfd	 p;
	socklen_t	 elen = sizeof(int);
	int		 error = 0, fd;

	if ((fd = socket_as(a->sa.sa_family, uid)) == -1)
		return (-1);
	if (connect(fd, &a->sa, len) == -1)
		error = errno;
	if (error == EINPROGRESS) {
		p.fd = fd;
		p.events = POLLOUT;
		error = ETIMEDOUT;
		if (poll(&p, 1, WAIT_MS) == 1 && getsockopt(fd, SOL_SOCKET,
		    SO_ERROR, &error, &elen) == -1)
			error = errno;
	}
	close(fd);
	if (error == ENOBUFS || error == ENOMEM || error == EADDRNOTAVAIL)
		return (-1);
	return (error == 0);
}

/* A listener of root's on loopback, which anybody may connect to; -1: this
 * family has no loopback here. */
static int
listener(const char *s, union addr *a, socklen_t *len)
{
	int	 fd;

	*len = make_addr(a, s, 0);
	fd = socket(a->sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return (-1);
	if (bind(fd, &a->sa, *len) == -1 || listen(fd, 4) == -1 ||
	    getsockname(fd, &a->sa, len) == -1 ||
	    opens(0, a, *len) != 1) {
		close(fd);
		return (-1);
	}
	return (fd);
}

static int
probe_loopback(const struct fw_rules *rules, const char *s, char *why,
    size_t len)
{
	union addr	 a;
	struct netaddr	 na;
	socklen_t	 alen;
	unsigned	 i;
	int		 fd, r, tried = 1;

	if ((fd = listener(s, &a, &alen)) == -1)
		return (0);
	/* An endpoint of that very port: another time. */
	if (addr_parse(s, &na) == 0 && fw_addr_ok(rules, &na, port_of(&a))) {
		close(fd);
		return (0);
	}
	for (i = 0; i < rules->nuids; i++) {
		if ((r = opens(rules->uids[i].uid, &a, alen)) == -1)
			tried = 0;
		if (r != 1)
			continue;
		str_format(why, len, "%s can connect to a port of %s that "
		    "the rules close", rules->uids[i].name, s);
		close(fd);
		return (-1);
	}
	close(fd);
	return (tried);
}

/* How many families could be tried, or -1 and what is open. */
int
fwprobe(const struct fw_rules *r, char *why, size_t len)
{
	static const struct { const char *addr; uint16_t port; } shut[] = {
		{ "169.254.169.254", 80 }, { "192.0.2.1", 9 },
		{ "fd00:ec2::254", 80 }, { "2001:db8::1", 9 },
	};
	union addr	 a;
	socklen_t	 alen;
	size_t		 i;
	unsigned	 k;
	int		 v4, v6;

	if ((v4 = probe_loopback(r, "127.0.0.1", why, len)) == -1)
		return (-1);
	v6 = r->ipv6_open ? 0 : probe_loopback(r, "::1", why, len);
	if (v6 == -1)
		return (-1);
	for (i = 0; i < NELEM(shut); i++) {
		alen = make_addr(&a, shut[i].addr, htons(shut[i].port));
		if (r->ipv6_open && a.sa.sa_family == AF_INET6)
			continue;
		for (k = 0; k < r->nuids; k++) {
			if (r->uids[k].class != FWC_NONE)
				continue;
			if (opens(r->uids[k].uid, &a, alen) == 1) {
				str_format(why, len, "%s is not refused %s "
				    "port %u", r->uids[k].name, shut[i].addr,
				    shut[i].port);
				return (-1);
			}
			break;
		}
	}
	return (v4 + v6);
}
