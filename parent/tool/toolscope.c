/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The life of a scope of tools: what the platform offers, the view, the
 * hunt for what dead tools left, the end of everything in it.  Run by the
 * parent as root; trusts the configuration only.
 */
#include <sys/wait.h>

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parent/cgroup.h"
#include "parent/procfs.h"
#include "parent/tool/tool_int.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

#define HUNT_MS		20
#define LANDLOCK_SCOPES	6	/* the first that confines signals */

struct tool_platform tool_plat;
struct tool_scopes tool_scopes = TAILQ_HEAD_INITIALIZER(tool_scopes);

const struct tool_platform *
tool_platform(void)
{
	static int probed;

	if (!probed) {
		tool_plat.namespaces = toolns_probe();
		tool_plat.landlock = toolfall_landlock();
		probed = 1;
	}
	/* Known once cgroup_init() was called. */
	tool_plat.cgroup = cgroup_version();
	tool_plat.limits = cgroup_limits();
	return (&tool_plat);
}

/* What dead tools left; the rest of a crowd a little later. */
void
toolscope_hunt(struct tool_scope *sc)
{
	struct timeval tv = ms_tv(HUNT_MS);

	if (toolfall_strays(sc))
		(void)evtimer_add(sc->hunt_ev, &tv);
}

static void
on_hunt(evutil_socket_t fd, short what, void *arg)
{
	struct tool_scope *sc = arg;

	(void)fd;
	(void)what;
	toolscope_hunt(sc);
}

int
tool_alone(const struct tool_scope *sc)
{
	return (!sc->namespaces && tool_plat.landlock < LANDLOCK_SCOPES);
}

int
tool_busy(const struct tool_scope *sc)
{
	return (tool_running(sc) > 0 || evtimer_pending(sc->hunt_ev, NULL));
}

static void
scope_close(struct tool_scope *sc)
{
	toollisten_unscope(sc);
	toolnet_free(sc);
	toolfork_end(sc);
	toolcg_unscope(sc);
	toolpaths_close(sc);
	if (sc->holder != -1)
		close(sc->holder);
	if (sc->null_fd != -1)
		close(sc->null_fd);
	if (sc->proc_fd != -1)
		close(sc->proc_fd);
	if (sc->hunt_ev != NULL)
		event_free(sc->hunt_ev);
	free(sc->tmpdir);
	free(sc);
}

static struct tool_scope *
scope_alloc(struct event_base *base, const struct tool_scope_conf *c)
{
	struct tool_scope *sc;

	if ((sc = calloc(1, sizeof(*sc))) == NULL)
		return (NULL);
	TAILQ_INIT(&sc->convs);
	TAILQ_INIT(&sc->procs);
	sc->base = base;
	sc->scope = c->scope;
	sc->limits = c->limits;
	sc->nports = MINIMUM(c->nports, TOOL_PORTS_MAX);
	memcpy(sc->ports, c->ports, sizeof(sc->ports));
	sc->listen = c->listen;
	sc->unlisten = c->unlisten;
	sc->tool_fd = c->tool_fd;
	sc->fetch_fd = c->fetch_fd;
	sc->life_fd = c->life_fd;
	sc->holder = -1;
	sc->forker_sock = sc->forker_end = -1;
	sc->cg.events = sc->net = -1;
	sc->null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	sc->proc_fd = fcntl(procfs_fd(), F_DUPFD_CLOEXEC, 3);
	sc->hunt_ev = evtimer_new(base, on_hunt, sc);
	if (sc->null_fd == -1 || sc->proc_fd == -1 || sc->hunt_ev == NULL) {
		scope_close(sc);
		return (NULL);
	}
	return (sc);
}

struct tool_scope *
tool_scope_new(struct event_base *base, const struct tool_scope_conf *c,
    tool_exit_fn fn, void *ctx, char *why, size_t whylen)
{
	struct tool_scope *sc;

	if ((sc = scope_alloc(base, c)) == NULL) {
		(void)str_format(why, whylen, "agent %s: tools: %s",
		    scope_name(c->scope), strerror(errno));
		return (NULL);
	}
	sc->exited = fn;
	sc->ctx = ctx;
	sc->namespaces = tool_platform()->namespaces;
	why[0] = '\0';
	if (toolpaths_open(sc, c, why, whylen) == -1 || (sc->namespaces ?
	    toolns_holder(sc, why, whylen) :
	    toolfall_prepare(sc, c->runtime, why, whylen)) == -1) {
		if (why[0] == '\0')
			(void)str_format(why, whylen, "agent %s: tools: %s",
			    scope_name(c->scope), strerror(errno));
		scope_close(sc);
		return (NULL);
	}
	toolcg_scope(sc);
	TAILQ_INSERT_TAIL(&tool_scopes, sc, all);
	if (toolnet_new(sc) == -1 || toolfork_new(sc) == -1)
		log_warn("agent %s: tools: later", scope_name(c->scope));
	return (sc);
}

/* Kills what runs and says that it ended. */
void
tool_scope_free(struct tool_scope *sc)
{
	struct tool_proc *p;
	struct tool_end e = { 0 };
	struct tool_conv *c;

	if (sc == NULL)
		return;
	while ((p = TAILQ_FIRST(&sc->procs)) != NULL) {
		toolproc_kill(p);
		e.status = toolproc_wait(p->pid);
		e.job = p->job;
		toolproc_free(p);
		if (!sc->namespaces)
			(void)toolfall_strays(sc);
		if (e.job != 0)
			sc->exited(&e, sc->ctx);
	}
	while ((c = TAILQ_FIRST(&sc->convs)) != NULL)
		toolconv_free(sc, c);
	TAILQ_REMOVE(&tool_scopes, sc, all);
	/* Another one of a reload has its conversations in the same place. */
	if (!sc->namespaces && TAILQ_EMPTY(&tool_scopes))
		toolwipe_all(sc, 1);
	scope_close(sc);
}
