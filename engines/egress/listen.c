/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The listeners in the tools' namespaces, and how many connections each call
 * and scope may have.  Part of egress.  What is too much is told so while
 * there is room for that; beyond it, connections wait in the kernel's queue.
 */
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "engines/common/engine.h"
#include "engines/egress/conn.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

#define LISTEN_MAX	512u
#define ACCEPT_MANY	16	/* at once; then others have their turn */
#define CROWD		16	/* of a scope, that are told so */
#define CONN_FDS	2
#define REST_FDS	32u	/* links, libevent */
#define STARVED_MS	200
#define TOLD_MS		60000

static TAILQ_HEAD(, listener) listeners = TAILQ_HEAD_INITIALIZER(listeners);
static unsigned		 nlisteners, scope_n[SCOPE_MAX], all, all_max;
static struct event	*hungry;
static int		 starved, stopped;

/* --- limits ------------------------------------------------------------ */
static unsigned
scope_max(void)
{
	return (MINIMUM(egress_set()->conns, all_max));
}

/* Of one call; less when the scope is nearly full, so that a call that comes
 * late finds something. */
static unsigned
job_max(const struct listener *l)
{
	unsigned	 max = scope_max();
	unsigned	 share = scope_n[l->scope] < max - max / 4 ? 4 : 8;

	/* One listener for all calls of a scope. */
	if (l->job == 0)
		return (max);
	return (MAXIMUM(max / share, MINIMUM(max, 4u)));
}

/* 1: welcome, 0: one that is told there are too many, -1: must wait. */
static int
room(const struct listener *l)
{
	unsigned	 n = scope_n[l->scope], max = scope_max();

	if (starved || stopped || all >= all_max || n >= max + CROWD)
		return (-1);
	if (n < max && l->n < job_max(l))
		return (1);
	return (l->n < job_max(l) + CROWD / 2 ? 0 : -1);
}

static void
pause_(struct listener *l)
{
	if (l->paused)
		return;
	event_del(&l->ev);
	l->paused = 1;
}

static void
resume(void)
{
	struct listener	*l;

	TAILQ_FOREACH(l, &listeners, entry) {
		if (!l->paused || l->fd == -1 || room(l) == -1)
			continue;
		l->paused = 0;
		(void)event_add(&l->ev, NULL);
	}
}

static void
on_hungry(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	starved = 0;
	resume();
}

void
listen_starved(void)
{
	static uint64_t		 told;
	const struct timeval	 tv = { 0, STARVED_MS * 1000 };
	uint64_t		 now = now_ms();

	if (told == 0 || now - told > TOLD_MS) {
		log_warnx("out of descriptors or memory: %u connections are "
		    "open, others wait", all);
		told = now;
	}
	starved = 1;
	(void)event_add(hungry, &tv);
}

void
listen_left(struct listener *l)
{
	scope_n[l->scope]--;
	if (--all == 0)
		egress_idle();
	resume();
}

/*
 * Whoever looks at what the call does hears of it before the call hears
 * anything.  One listener for many calls has no first time: the parent knows
 * which run.
 */
void
listen_reached(struct listener *l)
{
	struct msg_TOOL_NET	 m;

	if (l->told && l->job != 0)
		return;
	l->told = 1;
	m.scope = (uint8_t)l->scope;
	m.job = l->job;
	(void)msg_send_TOOL_NET(engine_parent(), 0, -1, &m);
}

/* --- accepting --------------------------------------------------------- */
static void
on_accept(evutil_socket_t fd, short what, void *arg)
{
	struct listener	*l = arg;
	int		 c, r, i;

	(void)what;
	for (i = 0; i < ACCEPT_MANY; i++) {
		if ((r = room(l)) == -1) {
			pause_(l);
			return;
		}
		c = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (c != -1) {
			scope_n[l->scope]++;
			all++;
			conn_new(l, c, r == 0);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
		    errno == ENOMEM)
			listen_starved();
		else if (errno != ECONNABORTED && errno != EINTR)
			return;
	}
}

/* --- listeners --------------------------------------------------------- */
void
listen_init(unsigned fds)
{
	hungry = evtimer_new(engine_base(), on_hungry, NULL);
	if (hungry == NULL)
		fatalx("no memory for a timer");
	fds -= MINIMUM(fds, REST_FDS + MINIMUM(fds / 8, LISTEN_MAX));
	all_max = MAXIMUM(fds / CONN_FDS, 1u);
}

static struct listener *
find(const struct msg_LISTEN *m)
{
	struct listener	*l;

	TAILQ_FOREACH(l, &listeners, entry)
		if (l->scope == m->scope && l->job == m->job &&
		    l->port == m->port)
			return (l);
	return (NULL);
}

void
listen_add(const struct msg_LISTEN *m, int fd)
{
	struct listener	*l = find(m);

	if (stopped || m->scope >= SCOPE_MAX || fd_nonblock(fd) == -1 ||
	    (l == NULL && nlisteners == LISTEN_MAX) ||
	    (l == NULL && (l = calloc(1, sizeof(*l))) == NULL)) {
		log_warnx("a listener of %s could not be taken",
		    m->scope < SCOPE_MAX ? scope_name(m->scope) : "no scope");
		close(fd);
		return;
	}
	if (l->entry.tqe_prev == NULL) {
		TAILQ_INIT(&l->conns);
		TAILQ_INSERT_TAIL(&listeners, l, entry);
		nlisteners++;
	} else {
		/* The same call again: its connections go on. */
		if (!l->paused)
			event_del(&l->ev);
		close(l->fd);
	}
	l->scope = (enum scope)m->scope;
	l->job = m->job;
	l->conv = m->conv;
	l->turn = m->turn;
	l->port = m->port;
	l->fd = fd;
	l->paused = 0;
	event_assign(&l->ev, engine_base(), fd, EV_READ | EV_PERSIST,
	    on_accept, l);
	(void)event_add(&l->ev, NULL);
}

static void
listener_free(struct listener *l)
{
	struct conn	*c;

	pause_(l);
	close(l->fd);
	l->fd = -1;
	while ((c = TAILQ_FIRST(&l->conns)) != NULL)
		conn_close(c, WHY_OVER);
	TAILQ_REMOVE(&listeners, l, entry);
	nlisteners--;
	free(l);
}

void
listen_remove(enum scope scope, uint64_t job)
{
	struct listener	*l, *next;

	for (l = TAILQ_FIRST(&listeners); l != NULL; l = next) {
		next = TAILQ_NEXT(l, entry);
		if (l->scope == scope && l->job == job)
			listener_free(l);
	}
}

void
listen_stop(void)
{
	struct listener	*l;

	stopped = 1;
	TAILQ_FOREACH(l, &listeners, entry)
		pause_(l);
}

void
listen_each(void (*fn)(struct conn *))
{
	struct listener	*l;
	struct conn	*c, *next;

	TAILQ_FOREACH(l, &listeners, entry)
		for (c = TAILQ_FIRST(&l->conns); c != NULL; c = next) {
			next = TAILQ_NEXT(c, entry);
			fn(c);
		}
}

unsigned
listen_conns(void)
{
	return (all);
}
