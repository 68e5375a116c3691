/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The tools' way out: listening sockets on the loopback of a call's own
 * network namespace, made by the child while it is root there and handed to
 * the parent, who lends them to the engines that answer.  Nobody else is in
 * that namespace, and a tool cannot bind what is bound.
 *
 * IPv4 alone: the proxy variables name 127.0.0.1, and a second listener would
 * cost every call a socket and two engines a descriptor.
 */
#include <sys/socket.h>

#include <netinet/in.h>

#include <errno.h>
#include <event2/event.h>
#include <string.h>
#include <unistd.h>

#include "imsg/fdpass.h"
#include "parent/toolint.h"
#include "telclauded/lib/log.h"

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
	if (p->sc->nports == 0)
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

void
tool_listen(struct tool_scope *sc, uint64_t job)
{
	struct tool_proc *p;

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

	TAILQ_FOREACH(p, &sc->procs, entry)
		if (p->offered)
			tell(p, fn, ctx);
}
