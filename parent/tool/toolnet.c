/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * One network namespace a scope is kept ready, with its loopback up and its
 * listeners in it: making one is the dearest step of a call that finds no
 * process waiting.  Each is used by one call.  Run by the parent.
 */
#include <event2/event.h>
#include <string.h>
#include <unistd.h>

#include "parent/tool/tool_int.h"
#include "telclauded/lib/util.h"

#define AGAIN_MS	15	/* the call goes first */

static void
again(struct tool_scope *sc)
{
	struct timeval tv = ms_tv(AGAIN_MS);

	(void)evtimer_add(sc->net_ev, &tv);
}

static void
on_again(evutil_socket_t fd, short what, void *arg)
{
	struct tool_scope *sc = arg;

	(void)fd;
	(void)what;
	if (sc->net == -1)
		sc->net = toolns_net(sc, sc->net_listen);
}

int
toolnet_new(struct tool_scope *sc)
{
	if (!sc->namespaces)
		return (0);
	if ((sc->net_ev = evtimer_new(sc->base, on_again, sc)) == NULL)
		return (-1);
	again(sc);
	return (0);
}

/* The namespace, its listeners being the process's; -1: there is none. */
int
toolnet_take(struct tool_scope *sc, struct tool_proc *p)
{
	int ns = sc->net;

	if (ns != -1) {
		memcpy(p->listen, sc->net_listen, sizeof(p->listen));
		p->nlisten = sc->nports;
		sc->net = -1;
	}
	if (sc->net_ev != NULL)
		again(sc);
	return (ns);
}

void
toolnet_free(struct tool_scope *sc)
{
	unsigned i;

	if (sc->net_ev != NULL)
		event_free(sc->net_ev);
	if (sc->net == -1)
		return;
	for (i = 0; i < sc->nports; i++)
		close(sc->net_listen[i]);
	close(sc->net);
	sc->net = -1;
}
