/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Hosts of remote lines: looked up at start, again and again while their
 * name service comes up (containers start in any order), and pinned for the
 * relay with the port of their line, no other.  Run by the parent.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <event2/event.h>

#include "parent/fw/fw.h"
#include "parent/names/names.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

#define HOSTS_MAX	SCOPE_MAX

struct internal {
	struct parent	*p;
	struct event	*timer;
	uint32_t	 left;		/* tries */
	struct internal_host host[HOSTS_MAX];
	unsigned	 n;
};

static void	 next_try(evutil_socket_t, short, void *);

static void
ask_all(struct internal *x)
{
	struct engine	*relay = table_find(x->p, PROC_RELAY, SCOPE_NONE);
	unsigned	 i;

	if (relay == NULL || relay->state != ES_RUN)
		return;
	for (i = 0; i < x->n; i++)
		if (x->host[i].state != IH_OPEN)
			names_pin(relay, x->host[i].scope, x->host[i].name,
			    x->host[i].port);
}

static void
later(struct internal *x)
{
	uint32_t	 ms = x->p->conf->firewall.internal_delay_ms;
	struct timeval	 tv = { ms / 1000, (ms % 1000) * 1000 };

	if (x->timer == NULL)
		x->timer = evtimer_new(x->p->base, next_try, x);
	if (x->timer == NULL || event_add(x->timer, &tv) == -1)
		log_warnx("internal: no memory for a timer");
}

static void
next_try(evutil_socket_t fd, short what, void *arg)
{
	struct internal	*x = arg;
	unsigned	 i, missing = 0;

	(void)fd;
	(void)what;
	for (i = 0; i < x->n; i++)
		missing += x->host[i].state != IH_OPEN;
	if (missing == 0)
		return;
	if (x->left == 0) {
		for (i = 0; i < x->n; i++)
			if (x->host[i].state != IH_OPEN) {
				x->host[i].state = IH_GAVE_UP;
				log_warnx("internal: %s is not found; it is "
				    "asked for again when it is needed",
				    x->host[i].name);
			}
		return;
	}
	x->left--;
	ask_all(x);
	later(x);
}

void
internal_done(struct parent *p, const char *host, uint16_t port, int err)
{
	struct internal	*x = p->internal;
	unsigned	 i;

	for (i = 0; x != NULL && i < x->n; i++) {
		if (x->host[i].port != port ||
		    strcasecmp(x->host[i].name, host) != 0)
			continue;
		x->host[i].err = err;
		if (err == 0)
			x->host[i].state = IH_OPEN;
	}
}

/* A start, or a reload: what the remote lines name now. */
void
internal_start(struct parent *p)
{
	const struct conf_agent	*a;
	struct internal		*x;

	internal_free(p);
	if ((x = calloc(1, sizeof(*x))) == NULL)
		return;
	p->internal = x;
	x->p = p;
	x->left = p->conf->firewall.internal_retry;
	TAILQ_FOREACH(a, &p->conf->agents, entry) {
		if (a->remote == NULL || x->n == HOSTS_MAX)
			continue;
		(void)str_copy(x->host[x->n].name, a->remote,
		    sizeof(x->host[x->n].name));
		x->host[x->n].scope = a->scope;
		x->host[x->n++].port = a->port;
	}
	if (x->n == 0)
		return;
	ask_all(x);
	later(x);
}

void
internal_free(struct parent *p)
{
	if (p->internal == NULL)
		return;
	if (p->internal->timer != NULL)
		event_free(p->internal->timer);
	free(p->internal);
	p->internal = NULL;
}

const struct internal_host *
internal_host(const struct parent *p, unsigned i)
{
	return (p->internal != NULL && i < p->internal->n ?
	    &p->internal->host[i] : NULL);
}
