/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Listeners that the parent made inside the sandboxes, and how many
 * connections each may have.  Run by gate.  Who can reach one is that call's
 * tool: nobody else is in its network namespace.
 */
#include <sys/socket.h>

#include <netinet/in.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "engines/common/engine.h"
#include "engines/gate/proxy.h"
#include "imsg/values.h"
#include "telclauded/lib/log.h"

#define LISTENERS_MAX	128
#define SCOPE_CONNS	4	/* times those of a call */
#define ACCEPTS		16	/* before others have their turn */
#define PAUSE_MS	200	/* without room or descriptors */
#define EVICT_MS	500	/* idle so long, it may be closed for others */

TAILQ_HEAD(listeners, listener);
static struct listeners	 listeners = TAILQ_HEAD_INITIALIZER(listeners);
static unsigned		 nlisteners;
static unsigned		 scope_conns[SCOPE_MAX];

static void
wake(struct listener *l)
{
	l->full = 0;
	(void)event_del(&l->retry);
	(void)event_add(&l->ev, NULL);
}

static void
on_retry(evutil_socket_t fd, short ev, void *arg)
{
	(void)fd;
	(void)ev;
	wake(arg);
}

/* The end of a connection wakes it earlier. */
static void
pause_listener(struct listener *l)
{
	const struct timeval tv = { 0, PAUSE_MS * 1000 };

	l->full = 1;
	(void)event_del(&l->ev);
	(void)event_add(&l->retry, &tv);
}

static int
over(const struct listener *l)
{
	uint32_t max = proxy_times()->conns;

	return (l->nconns >= max ||
	    scope_conns[l->scope] >= max * SCOPE_CONNS);
}

/* The connection that has been idle longest makes room. */
static int
evict(const struct listener *l)
{
	uint64_t now = now_ms();
	struct pconn *c;

	TAILQ_FOREACH(c, &pconns, entry)
		if (c->state == PC_IDLE && c->l->scope == l->scope &&
		    now - c->since >= EVICT_MS &&
		    (c->l == l || l->nconns < proxy_times()->conns)) {
			pconn_free(c);
			return (1);
		}
	return (0);
}

static void
on_accept(evutil_socket_t fd, short ev, void *arg)
{
	struct listener *l = arg;
	int s, i;

	(void)ev;
	for (i = 0; i < ACCEPTS; i++) {
		if (over(l) && !evict(l)) {
			pause_listener(l);
			return;
		}
		s = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (s == -1 && (errno == EINTR || errno == ECONNABORTED))
			continue;
		if (s == -1) {
			if (errno == EAGAIN)
				return;
			log_warn("proxy: accept");
			pause_listener(l);
			return;
		}
		l->nconns++;
		scope_conns[l->scope]++;
		if (pconn_new(l, s) == -1) {
			log_warnx("proxy: out of memory");
			close(s);
			listen_left(l);
		}
	}
}

/* A connection ended: one more may come, here or elsewhere in the scope. */
void
listen_left(struct listener *l)
{
	struct listener *o;

	l->nconns--;
	scope_conns[l->scope]--;
	if (gate_draining())
		return;
	TAILQ_FOREACH(o, &listeners, entry)
		if (o->full && o->scope == l->scope && !over(o))
			wake(o);
}

/* A loopback address is reached from its own namespace alone (or, without
 * namespaces, by the rules' leave); another one by whoever it is routed to. */
static int
outside(int fd, int *out)
{
	struct sockaddr_storage ss;
	const struct sockaddr_in *v4 = (const void *)&ss;
	const struct sockaddr_in6 *v6 = (const void *)&ss;
	socklen_t len = sizeof(ss);

	memset(&ss, 0, sizeof(ss));
	if (getsockname(fd, (struct sockaddr *)&ss, &len) == -1)
		return (-1);
	if (ss.ss_family == AF_INET)
		*out = ntohl(v4->sin_addr.s_addr) >> 24 != 127;
	else if (ss.ss_family == AF_INET6)
		*out = !IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
	else
		return (-1);
	return (0);
}

static const char *
listen_refusal(const struct msg_LISTEN *m, int fd, int *out)
{
	struct listener *l;

	if (m->scope == SCOPE_NONE || m->scope >= SCOPE_MAX)
		return ("it has no scope");
	if (!proxy_conf()->s[m->scope].have)
		return ("no agent has it");
	if (m->port != PORT_ANTHROPIC)
		return ("nothing is served on that port");
	if (gate_draining())
		return ("gate is stopping");
	if (nlisteners == LISTENERS_MAX)
		return ("there are too many");
	TAILQ_FOREACH(l, &listeners, entry)
		if (l->scope == (enum scope)m->scope && l->job == m->job)
			return ("that call has one already");
	if (fd_nonblock(fd) == -1 || outside(fd, out) == -1)
		return ("it is no socket of an Internet address");
	if (*out && proxy_conf()->s[m->scope].token.p == NULL)
		return ("others can reach its address, and the agent block "
		    "has no token");
	return (NULL);
}

void
listen_add(const struct msg_LISTEN *m, int fd)
{
	struct listener *l;
	const char *why;
	int out = 0;

	if ((why = listen_refusal(m, fd, &out)) != NULL) {
		log_warnx("a listener of %s is closed: %s",
		    scope_name(m->scope < SCOPE_MAX ? (enum scope)m->scope :
		    SCOPE_NONE), why);
		close(fd);
		return;
	}
	if ((l = calloc(1, sizeof(*l))) == NULL) {
		log_warnx("a listener is closed: out of memory");
		close(fd);
		return;
	}
	l->scope = m->scope;
	l->job = m->job;
	l->conv = m->conv;
	l->turn = m->turn;
	l->fd = fd;
	l->outside = out;
	event_assign(&l->ev, engine_base(), fd, EV_READ | EV_PERSIST,
	    on_accept, l);
	evtimer_assign(&l->retry, engine_base(), on_retry, l);
	TAILQ_INSERT_TAIL(&listeners, l, entry);
	nlisteners++;
	wake(l);
}

static void
listener_free(struct listener *l)
{
	struct pconn *c, *next;

	TAILQ_REMOVE(&listeners, l, entry);
	nlisteners--;
	(void)event_del(&l->ev);
	(void)event_del(&l->retry);
	close(l->fd);
	for (c = TAILQ_FIRST(&pconns); c != NULL; c = next) {
		next = TAILQ_NEXT(c, entry);
		if (c->l == l)
			pconn_free(c);
	}
	free(l);
}

void
listen_del(enum scope scope, uint64_t job)
{
	struct listener *l;

	TAILQ_FOREACH(l, &listeners, entry)
		if (l->scope == scope && l->job == job)
			break;
	if (l != NULL)		/* it may have been refused */
		listener_free(l);
}

void
listen_drain(void)
{
	struct pconn *c, *next;
	struct listener *l;

	TAILQ_FOREACH(l, &listeners, entry) {
		(void)event_del(&l->ev);
		(void)event_del(&l->retry);
	}
	for (c = TAILQ_FIRST(&pconns); c != NULL; c = next) {
		next = TAILQ_NEXT(c, entry);
		if (c->state != PC_BUSY)
			pconn_free(c);
	}
}
