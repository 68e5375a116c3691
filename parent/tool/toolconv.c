/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Conversations as far as tools know them: each has a mount namespace whose
 * /tmp and HOME last until it is wiped.  Run by the parent; the numbers come
 * from the relay.
 */
#include <event2/event.h>
#include <stdlib.h>
#include <unistd.h>

#include "parent/tool/tool_int.h"
#include "telclauded/lib/log.h"

#define CONVS_MAX	256	/* the longest unused one is wiped first */

void
toolconv_free(struct tool_scope *sc, struct tool_conv *c)
{
	TAILQ_REMOVE(&sc->convs, c, entry);
	sc->nconvs--;
	toolspare_drop(c);
	event_free(c->spare_ev);
	if (c->ns != -1)
		close(c->ns);
	free(c);
}

static int
conv_busy(const struct tool_scope *sc, uint64_t id)
{
	const struct tool_proc *p;

	TAILQ_FOREACH(p, &sc->procs, entry)
		if (p->conv == id && p->job != 0)
			return (1);
	return (0);
}

/* The list is kept in order of use. */
static void
convs_trim(struct tool_scope *sc)
{
	struct tool_conv *c, *next;

	for (c = TAILQ_FIRST(&sc->convs); c != NULL &&
	    sc->nconvs >= CONVS_MAX; c = next) {
		next = TAILQ_NEXT(c, entry);
		if (conv_busy(sc, c->id))
			continue;
		log_info("agent %s: %u conversations have files in /tmp: "
		    "those of the longest unused are wiped",
		    scope_name(sc->scope), sc->nconvs);
		if (!sc->namespaces)
			toolwipe_conv(sc, c->id);
		toolconv_free(sc, c);
	}
}

struct tool_conv *
toolconv_find(struct tool_scope *sc, uint64_t id)
{
	struct tool_conv *c;

	TAILQ_FOREACH(c, &sc->convs, entry)
		if (c->id == id)
			return (c);
	return (NULL);
}

struct tool_conv *
toolconv_get(struct tool_scope *sc, uint64_t id)
{
	int trees[TOOL_MEDIA] = { -1, -1 };
	struct tool_conv *c;

	if ((c = toolconv_find(sc, id)) != NULL) {
		TAILQ_REMOVE(&sc->convs, c, entry);
		TAILQ_INSERT_TAIL(&sc->convs, c, entry);
		return (c);
	}
	convs_trim(sc);
	if ((c = calloc(1, sizeof(*c))) == NULL)
		return (NULL);
	c->sc = sc;
	c->id = id;
	c->ns = -1;
	c->spare_ev = evtimer_new(sc->base, toolspare_event, c);
	toolmedia_trees(sc, c, trees);
	if (sc->namespaces && c->spare_ev != NULL)
		c->ns = toolns_conv(sc, id, trees);
	toolmedia_untree(trees);
	if (c->spare_ev == NULL || (sc->namespaces && c->ns == -1)) {
		if (c->spare_ev != NULL)
			event_free(c->spare_ev);
		free(c);
		return (NULL);
	}
	TAILQ_INSERT_TAIL(&sc->convs, c, entry);
	sc->nconvs++;
	return (c);
}
