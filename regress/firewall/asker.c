/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Plays egress in its own cage, as a hijacked one would be: real-time signal
 * k makes it ask the parent for the k-th name below and then try to connect
 * to what it was given; the signal after the last makes it connect where
 * nothing was given, and the next ask for one new name after another, with
 * a clock.  It logs what it sees, for the test to read.
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "engines/common/engine.h"
#include "imsg/values.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

#define CONNECT_MS	3000
#define RT0	34		/* SIGRTMIN of the C library */

/* names.t has the same list. */
static const struct { const char *host; uint16_t port; } names[] = {
	{ "example.org", 443 }, { "example.org", 22 },
	{ "nas.lan", 8443 }, { "nas.lan", 443 }, { "mixed.lan", 8443 },
	{ "meta.wild.example", 443 }, { "half.wild.example", 443 },
	{ "nat64.wild.example", 443 }, { "rebind.wild.example", 443 },
	{ "own.wild.example", 443 }, { "api.telegram.org", 443 },
	{ "api.anthropic.com", 443 }, { "x.claude.ai", 443 },
	{ "192.168.1.9", 8443 }, { "192.168.1.9", 443 },
	{ "169.254.169.254", 80 }, { "0xa9fea9fe", 80 },
	{ "2852039166", 80 }, { "0251.0376.0251.0376", 80 },
	{ "::ffff:169.254.169.254", 80 }, { "fd00:ec2::254", 80 },
	{ "localhost", 80 }, { "public.example", 443 },
	{ "public.example", 25 }, { "alias.example", 443 },
	{ "api.telegram.org.", 443 }, { "wild.example", 443 },
};
#define NNAMES	NELEM(names)

static struct {
	uint32_t	 id;
	unsigned	 k;
} asked[64];
static unsigned	 nasked;

/* What came of it; the cage has no blocking socket. */
static int
settled(int fd)
{
	struct pollfd	 p = { .fd = fd, .events = POLLOUT };
	socklen_t	 len = sizeof(errno);
	int		 error = ETIMEDOUT;

	if (poll(&p, 1, CONNECT_MS) == 1)
		(void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
	errno = error;
	return (error == 0 ? 0 : -1);
}

#define SPEED_N	50
static struct {
	uint32_t	 id;
	unsigned	 n;
	uint64_t	 t0, us[SPEED_N];
} speed;

static uint64_t
now_us(void)
{
	struct timespec	 t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return ((uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000);
}

static void
speed_next(void)
{
	struct msg_NAME_NEED	 m;

	memset(&m, 0, sizeof(m));
	m.scope = SCOPE_TELEGRAM;
	m.port = 443;
	(void)str_format(m.host, sizeof(m.host), "n%u.speed.example",
	    speed.n);
	speed.t0 = now_us();
	speed.id = msg_send_NAME_NEED(engine_parent(), 0, -1, &m);
}

static void
speed_answer(const struct msg_NAME_ADDRS *m)
{
	struct buf	 b;
	unsigned	 i;

	speed.us[speed.n++] = m->err == 0 ? now_us() - speed.t0 : 9999999;
	if (speed.n < SPEED_N) {
		speed_next();
		return;
	}
	speed.id = 0;
	buf_init(&b);
	for (i = 0; i < SPEED_N; i++)
		buf_printf(&b, " %llu", (unsigned long long)speed.us[i]);
	log_info("speed%s", b.p);
	buf_free(&b);
}

static void
try_addr(unsigned k, const struct netaddr *a, uint16_t port)
{
	struct sockaddr_in6	 v6;
	struct sockaddr_in	 v4;
	char			 s[INET6_ADDRSTRLEN];
	int			 fd, r;

	memset(&v4, 0, sizeof(v4));
	memset(&v6, 0, sizeof(v6));
	v4.sin_family = AF_INET;
	v6.sin6_family = AF_INET6;
	v4.sin_port = v6.sin6_port = htons(port);
	memcpy(&v4.sin_addr, a->a, 4);
	memcpy(&v6.sin6_addr, a->a, 16);
	fd = socket(a->family == 4 ? AF_INET : AF_INET6,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
	r = a->family == 4 ?
	    connect(fd, (struct sockaddr *)&v4, sizeof(v4)) :
	    connect(fd, (struct sockaddr *)&v6, sizeof(v6));
	if (r == -1 && errno == EINPROGRESS)
		r = settled(fd);
	log_info("try %u %s port %u: %s", k, inet_ntop(a->family == 4 ?
	    AF_INET : AF_INET6, a->a, s, sizeof(s)), port,
	    r == 0 ? "open" : errno == ECONNREFUSED ? "refused" :
	    "other");
	if (fd != -1)
		close(fd);
}

static void
on_addrs(struct link *l, const struct msg_NAME_ADDRS *m, struct msg_meta *t)
{
	unsigned	 i, k = NNAMES;

	(void)l;
	if (speed.id != 0 && t->id == speed.id) {
		speed_answer(m);
		return;
	}
	for (i = 0; i < nasked; i++)
		if (asked[i].id == t->id)
			k = asked[i].k;
	if (k == NNAMES)
		return;
	for (i = 0; i < m->addrs.n; i++)
		try_addr(k, &m->addrs.a[i], names[k].port);
	log_info("name %u err %u n %u", k, m->err, m->addrs.n);
}

static void
ask(unsigned k)
{
	struct msg_NAME_NEED	 m;

	memset(&m, 0, sizeof(m));
	m.scope = SCOPE_TELEGRAM;
	(void)str_copy(m.host, names[k].host, sizeof(m.host));
	m.port = names[k].port;
	asked[nasked % NELEM(asked)].k = k;
	asked[nasked % NELEM(asked)].id = msg_send_NAME_NEED(engine_parent(),
	    0, -1, &m);
	nasked = MINIMUM(nasked + 1, NELEM(asked) - 1);
}

/* Where it was never let: each port of a public address. */
static void
outright(void)
{
	static const struct netaddr	 pub = { 4, { 203, 0, 113, 30 } };
	static const struct netaddr	 meta = { 4, { 169, 254, 169, 254 } };

	try_addr(99, &pub, 8080);
	try_addr(99, &meta, 80);
	log_info("name 99 err 0 n 0");
}

static void
on_signal(int sig)
{
	unsigned	 k = (unsigned)(sig - RT0);

	if (k < NNAMES)
		ask(k);
	else if (k == NNAMES)
		outright();
	else {
		speed.n = 0;
		speed_next();
	}
}

static void
asker_init(struct event_base *base)
{
	unsigned	 k;

	(void)base;
	for (k = 0; k <= NNAMES + 1; k++)
		(void)signal((int)(RT0 + k), on_signal);
}

static void
asker_start(void)
{
	log_info("started");
}

static void
asker_drain(void)
{
	engine_drained();
}

static void
asker_link(enum proc peer, enum scope scope, int fd)
{
	(void)peer;
	(void)scope;
	close(fd);
}

#define NOP(id)								\
static void								\
nop_##id(struct link *l, const struct msg_##id *m, struct msg_meta *t)	\
{									\
	(void)l;							\
	(void)m;							\
	(void)t;							\
}
NOP(CONF_EGRESS)
NOP(LISTEN)
NOP(UNLISTEN)

int
main(int argc, char **argv)
{
	static struct msg_handlers	 h = {
		.CONF_EGRESS = nop_CONF_EGRESS,
		.LISTEN = nop_LISTEN,
		.UNLISTEN = nop_UNLISTEN,
		.NAME_ADDRS = on_addrs,
	};
	static const struct engine_def	 def = {
		.proc = PROC_EGRESS,
		.parent = &h,
		.init = asker_init,
		.link = asker_link,
		.start = asker_start,
		.drain = asker_drain,
	};

	engine_main(&def, argc, argv);
}
