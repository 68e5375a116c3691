/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The tools' way out: listening sockets on the loopback of a call's own
 * network namespace, made by the child while it is root there and handed to
 * the parent, who lends them to the engines that answer.  Nobody else is in
 * that namespace, and a tool cannot bind what is bound.
 *
 * Without namespaces there is one address a scope, 127.77.N.1; the firewall
 * keeps everybody away from it but that scope's tools.
 *
 * IPv4 alone: the proxy variables name 127.0.0.1, and a second listener would
 * cost every call a socket and two engines a descriptor.
 */
#include <sys/socket.h>

#include <netinet/in.h>

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "imsg/fdpass.h"
#include "parent/tool/tool_int.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

#define BACKLOG		128	/* what waits until somebody accepts */
#define LISTENERS	"L"	/* the child's word for them */

/* A socket that listens at addr (host order), or -1. */
int
toollisten_open(uint32_t addr, uint16_t port)
{
	struct sockaddr_in sin;
	const int one = 1;
	int s, e;

	s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s == -1)
		return (-1);
	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_port = htons(port);
	sin.sin_addr.s_addr = htonl(addr);
	if (setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) == -1 ||
	    bind(s, (struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    listen(s, BACKLOG) == -1) {
		e = errno;
		close(s);
		errno = e;
		return (-1);
	}
	return (s);
}

/* --- the child ----------------------------------------------------------- */

int
toollisten_child(const struct tool_scope *sc, int sock, const char **what)
{
	int fds[TOOL_PORTS_MAX], r = 0, e;
	unsigned n;

	*what = "listeners";
	if (sc->nports == 0)
		return (0);
	for (n = 0; n < sc->nports; n++)
		if ((fds[n] = toollisten_open(INADDR_LOOPBACK,
		    sc->ports[n])) == -1)
			break;
	if (n < sc->nports || fdpass_send(sock, LISTENERS, 1, fds, n) == -1)
		r = -1;
	e = errno;
	while (n > 0)
		close(fds[--n]);
	errno = e;
	return (r);
}

/* --- without namespaces -------------------------------------------------- */

uint32_t
toollisten_addr(const struct tool_scope *sc)
{
	return (sc->namespaces ? INADDR_LOOPBACK :
	    TOOL_DOOR_NET | (uint32_t)sc->scope << 8 | 1);
}

/* During a reload another one of this scope has them already. */
static int
door_share(const struct tool_scope *sc, uint16_t port)
{
	const struct tool_scope *o;
	unsigned i;

	TAILQ_FOREACH(o, &tool_scopes, all)
		for (i = 0; o->scope == sc->scope && i < o->ndoors; i++)
			if (o->ports[i] == port)
				return (fcntl(o->door[i], F_DUPFD_CLOEXEC, 0));
	return (-1);
}

int
toollisten_scope(struct tool_scope *sc, char *why, size_t len)
{
	uint32_t a = toollisten_addr(sc);
	unsigned i = sc->ndoors;

	for (; i < sc->nports; i = ++sc->ndoors) {
		if ((sc->door[i] = door_share(sc, sc->ports[i])) != -1) {
			sc->nshared = i + 1;
			continue;
		}
		sc->door[i] = toollisten_open(a, sc->ports[i]);
		if (sc->door[i] != -1)
			continue;
		(void)str_format(why, len, "agent %s: cannot listen at "
		    "127.77.%d.1 port %u, where its tools find their way "
		    "out: %s", scope_name(sc->scope), sc->scope, sc->ports[i],
		    errno == EADDRINUSE ? "another program listens there, or "
		    "at that port of all addresses" : strerror(errno));
		toollisten_unscope(sc);
		return (-1);
	}
	return (0);
}

void
toollisten_unscope(struct tool_scope *sc)
{
	while (sc->ndoors > 0)
		close(sc->door[--sc->ndoors]);
}

void
toollisten_mode(const struct tool_scope *sc, char *buf, size_t len)
{
	char more[40];
	unsigned i;

	(void)str_copy(buf, sc->namespaces ? "ns" : "fb", len);
	for (i = 0; i < sc->ndoors; i++) {
		(void)str_copy(more, buf, sizeof(more));
		(void)str_format(buf, len, "%s%c%u", more, i == 0 ? ':' : ',',
		    sc->ports[i]);
	}
}

/* --- the parent ---------------------------------------------------------- */

static void
tell(struct tool_proc *p, tool_listen_fn fn, void *ctx)
{
	struct tool_listener l = { .scope = p->sc->scope, .job = p->job,
	    .conv = p->conv, .turn = p->turn };
	unsigned i;

	for (i = 0; i < p->nlisten; i++) {
		l.port = p->sc->ports[i];
		l.fd = p->listen[i];
		fn(&l, ctx);
	}
}

/* Once it has a job and its sockets are here, whichever is later. */
static void
offer(struct tool_proc *p)
{
	if (!p->offered || p->nlisten == 0 || p->sc->listen == NULL)
		return;
	tell(p, p->sc->listen, p->sc->ctx);
}

/* What the child said so far: its sockets, or what kept it from starting. */
void
toollisten_read(struct tool_proc *p)
{
	int fds[TOOL_PORTS_MAX];
	char line[192];
	unsigned n;
	ssize_t r;

	while ((r = fdpass_recv(p->errfd, line, sizeof(line) - 1, fds,
	    TOOL_PORTS_MAX, &n)) > 0) {
		if (n > 0 && p->nlisten == 0 && n == p->sc->nports) {
			memcpy(p->listen, fds, n * sizeof(fds[0]));
			p->nlisten = n;
			continue;
		}
		while (n > 0)
			close(fds[--n]);
		line[r] = '\0';
		log_warnx("tool: cannot start in the sandbox: %s", line);
	}
}

static void
on_word(evutil_socket_t fd, short what, void *arg)
{
	struct tool_proc *p = arg;

	(void)fd;
	(void)what;
	toollisten_read(p);
	offer(p);
}

int
toollisten_wait(struct tool_proc *p)
{
	if (p->sc->nports == p->nlisten || !p->sc->namespaces)
		return (0);
	p->word = event_new(p->sc->base, p->errfd, EV_READ, on_word, p);
	return (p->word == NULL ? -1 : event_add(p->word, NULL));
}

void
toollisten_free(struct tool_proc *p)
{
	if (p->word != NULL)
		event_free(p->word);
	if (p->offered && p->nlisten > 0 && p->sc->unlisten != NULL)
		p->sc->unlisten(p->job, p->sc->ctx);
	while (p->nlisten > 0)
		close(p->listen[--p->nlisten]);
}

/* Those of the whole scope, from the nth on. */
static void
tell_scope(struct tool_scope *sc, unsigned i, tool_listen_fn fn, void *ctx)
{
	struct tool_listener l = { .scope = sc->scope };

	for (; i < sc->ndoors && fn != NULL; i++) {
		l.port = sc->ports[i];
		l.fd = sc->door[i];
		fn(&l, ctx);
	}
}

void
tool_listen(struct tool_scope *sc, uint64_t job)
{
	struct tool_proc *p;

	if (job == 0)
		tell_scope(sc, sc->nshared, sc->listen, sc->ctx);
	TAILQ_FOREACH(p, &sc->procs, entry)
		if (job != 0 && p->job == job && !p->offered) {
			p->offered = 1;
			offer(p);
			return;
		}
}

void
tool_listeners(struct tool_scope *sc, tool_listen_fn fn, void *ctx)
{
	struct tool_proc *p;

	tell_scope(sc, 0, fn, ctx);
	TAILQ_FOREACH(p, &sc->procs, entry)
		if (p->offered)
			tell(p, fn, ctx);
}
