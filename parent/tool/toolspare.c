/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Tool processes that wait for a call, one a conversation at most: made when
 * the relay says that a turn begins and after each call, behind all their
 * walls before the job comes, dropped after a minute of idleness.  Run by the
 * parent.
 */
#include <sys/wait.h>

#include <event2/event.h>
#include <signal.h>

#include "parent/tool/tool_int.h"
#include "telclauded/lib/util.h"

#define SPARES_MAX	64	/* then the longest unused one goes */
#define HINTED_MAX	128	/* conversations known by a hint alone */
#define SPARE_AFTER_MS	5	/* the answer of the last call goes first */
#define SPARE_SOON_MS	3	/* so does the request to the model */
#define SPARE_IDLE_MS	60000

static void
spare_timer(struct tool_conv *c, unsigned ms)
{
	struct timeval tv = ms_tv(ms);

	(void)evtimer_add(c->spare_ev, &tv);
}

/* Forgotten, whether it is used or dead. */
static struct tool_proc *
spare_unlist(struct tool_conv *c)
{
	struct tool_proc *p = c->spare;

	(void)evtimer_del(c->spare_ev);
	c->spare = NULL;
	if (p != NULL)
		p->sc->nspares--;
	return (p);
}

void
toolspare_drop(struct tool_conv *c)
{
	struct tool_proc *p = spare_unlist(c);

	if (p != NULL)
		toolproc_kill(p);	/* the reaper frees it */
}

void
toolspare_drop_all(struct tool_scope *sc)
{
	struct tool_conv *c;

	TAILQ_FOREACH(c, &sc->convs, entry)
		toolspare_drop(c);
}

void
toolspare_gone(const struct tool_proc *p)
{
	struct tool_conv *c = toolconv_find(p->sc, p->conv);

	if (c != NULL && c->spare == p)
		(void)spare_unlist(c);
}

/* The list of conversations is kept in order of use. */
static void
spare_room(struct tool_scope *sc)
{
	struct tool_conv *c;

	if (sc->nspares < SPARES_MAX)
		return;
	TAILQ_FOREACH(c, &sc->convs, entry)
		if (c->spare != NULL) {
			toolspare_drop(c);
			return;
		}
}

/* Time to make one, or to drop it. */
void
toolspare_event(evutil_socket_t fd, short what, void *arg)
{
	struct tool_conv *c = arg;
	struct tool_scope *sc = c->sc;

	(void)fd;
	(void)what;
	toolcg_sweep(sc);
	if (c->spare != NULL) {
		toolspare_drop(c);
		/* Only a hint made it: there is nothing in its /tmp. */
		if (!c->used && sc->namespaces)
			toolconv_free(sc, c);
		return;
	}
	/* It would be within reach of the tool that runs. */
	if (tool_alone(sc))
		return;
	spare_room(sc);
	if ((c->spare = toolproc_new(sc, c->id, c->tier, 0)) == NULL)
		return;
	sc->nspares++;
	spare_timer(c, SPARE_IDLE_MS);
}

/* The waiting one when it fits and lives. */
struct tool_proc *
toolspare_take(struct tool_scope *sc, uint64_t conv, enum tier tier)
{
	struct tool_conv *c = toolconv_find(sc, conv);
	siginfo_t si = { 0 };
	struct tool_proc *p;

	if (c == NULL || (p = spare_unlist(c)) == NULL)
		return (NULL);
	if (p->tier == tier && waitid(P_PID, (id_t)p->pid, &si, WEXITED |
	    WNOHANG | WNOWAIT) == 0 && si.si_pid == 0)
		return (p);
	toolproc_kill(p);
	return (NULL);
}

void
toolspare_after(struct tool_scope *sc, uint64_t conv, enum tier tier)
{
	struct tool_conv *c = toolconv_find(sc, conv);

	if (c == NULL || c->spare != NULL)
		return;
	c->tier = tier;
	if (!evtimer_pending(c->spare_ev, NULL))
		spare_timer(c, SPARE_AFTER_MS);
}

void
tool_soon(struct tool_scope *sc, uint64_t conv, enum tier tier)
{
	struct tool_conv *c = toolconv_find(sc, conv);

	if (tier <= TIER_NONE || tier >= TIER_MAX ||
	    (c == NULL && sc->nconvs >= HINTED_MAX) ||
	    (c = toolconv_get(sc, conv)) == NULL)
		return;
	if (c->spare != NULL && c->spare->tier == tier) {
		spare_timer(c, SPARE_IDLE_MS);
		return;
	}
	toolspare_drop(c);
	c->tier = tier;
	spare_timer(c, SPARE_SOON_MS);
}
