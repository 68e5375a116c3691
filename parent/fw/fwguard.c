/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Watches over the rules while the family runs: who changed what in
 * nf_tables, whether ours still refuse, and how often they did.  Run by the
 * parent.  When they no longer hold, everything that has a network dies at
 * once and the rest is taken down.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "parent/fw/fw.h"
#include "parent/fw/sentinel.h"
#include "parent/self/selftest.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

#define EVERY_S		60
#define AGAIN_MS	1000	/* changes by others: one look a second */
#define TELL_MS		10000

struct fwguard {
	struct parent	*p;
	int		 fd;
	struct event	*ev, *timer, *soon;
	uint64_t	 looked;	/* monotonic ms */
	int		 families;	/* that the last probe could try */
	struct fw_foreign foreign[FW_MAXFOREIGN];
	unsigned	 nforeign;
	/* of our priority and there before us: the kernel puts us first */
	struct fw_foreign behind[FW_MAXFOREIGN];
	unsigned	 nbehind;
	/* denied: our probes, and what the audit log has been told */
	struct fw_counter mine[FW_MAXUIDS], told[FW_MAXUIDS];
	unsigned	 nmine, ntold;
	uint64_t	 told_at;
};

/* --- foreign chains ---------------------------------------------------- */

static int
same_chain(const struct fw_foreign *a, const struct fw_foreign *b)
{
	return (a->prio == b->prio && a->handle == b->handle &&
	    strcmp(a->family, b->family) == 0 &&
	    strcmp(a->table, b->table) == 0 &&
	    strcmp(a->chain, b->chain) == 0 && strcmp(a->type, b->type) == 0);
}

static int
among(const struct fw_foreign *list, unsigned n, const struct fw_foreign *f)
{
	unsigned	 i;

	for (i = 0; i < n; i++)
		if (same_chain(&list[i], f))
			return (1);
	return (0);
}

static void
tell_foreign(struct fwguard *g, const struct fw_foreign *f)
{
	log_warnx("firewall: chain %s of table %s %s (type %s, priority %d) "
	    "sees packets before ours and could rewrite them: what is allowed "
	    "may then lead elsewhere", f->chain, f->family, f->table, f->type,
	    f->prio);
	audit_event(g->p, "firewall_foreign", "%s %s %s type %s priority %d",
	    f->family, f->table, f->chain, f->type, f->prio);
}

/* The first look is right after our chains were made. */
static void
look_foreign(struct fwguard *g, int first)
{
	struct fw_foreign	 now[FW_MAXFOREIGN], front[FW_MAXFOREIGN];
	unsigned		 nfront = 0;
	int			 i, n;

	if ((n = fw_foreign(g->p->fw, now, NELEM(now))) == -1) {
		log_warn("firewall: cannot list the chains of others");
		return;
	}
	for (i = 0; i < n; i++) {
		if (first && now[i].prio == FW_PRIORITY)
			g->behind[g->nbehind++] = now[i];
		if (among(g->behind, g->nbehind, &now[i]))
			continue;
		if (!among(g->foreign, g->nforeign, &now[i]))
			tell_foreign(g, &now[i]);
		front[nfront++] = now[i];
	}
	memcpy(g->foreign, front, nfront * sizeof(front[0]));
	g->nforeign = nfront;
}

/* --- denials ------------------------------------------------------------ */

static struct fw_counter *
row_of(struct fw_counter *t, unsigned *n, const char *name)
{
	unsigned	 i;

	for (i = 0; i < *n; i++)
		if (strcmp(t[i].name, name) == 0)
			return (&t[i]);
	if (*n == FW_MAXUIDS)
		return (NULL);
	memset(&t[*n], 0, sizeof(t[*n]));
	(void)str_copy(t[*n].name, name, sizeof(t[*n].name));
	return (&t[(*n)++]);
}

int
guard_counters(struct parent *p, struct fw_counter *c, unsigned max)
{
	struct fwguard		*g = p->guard;
	const struct fw_counter	*mine;
	int			 i, n;

	if ((n = fw_counters(p->fw, c, max)) == -1)
		return (n);
	selftest_discount(p, c, n);
	if (g == NULL)
		return (n);
	for (i = 0; i < n; i++) {
		mine = row_of(g->mine, &g->nmine, c[i].name);
		if (mine == NULL)
			continue;
		c[i].packets -= MINIMUM(c[i].packets, mine->packets);
		c[i].bytes -= MINIMUM(c[i].bytes, mine->bytes);
		if (c[i].packets == 0)
			c[i].bytes = 0;
	}
	return (n);
}

/* What the probe was denied between these two is no news. */
static void
count_probe(struct fwguard *g, const struct fw_counter *was, int nwas)
{
	struct fw_counter	 c[FW_MAXUIDS], *mine;
	int			 i, n;

	n = fw_counters(g->p->fw, c, NELEM(c));
	for (i = 0; i < n && i < nwas; i++) {
		mine = row_of(g->mine, &g->nmine, c[i].name);
		if (mine == NULL || strcmp(was[i].name, c[i].name) != 0)
			continue;
		mine->packets += c[i].packets - was[i].packets;
		mine->bytes += c[i].bytes - was[i].bytes;
	}
}

static int
probe(struct fwguard *g, char *why, size_t len)
{
	struct fw_counter	 was[FW_MAXUIDS];
	int			 n = fw_counters(g->p->fw, was, NELEM(was));

	g->families = fwprobe(&g->p->rules, why, len);
	count_probe(g, was, n);
	return (g->families == -1 ? -1 : 0);
}

/* One line an engine, with how many since the last. */
static void
tell_denied(struct fwguard *g)
{
	struct fw_counter	 c[FW_MAXUIDS], *last;
	int			 i, n;

	n = guard_counters(g->p, c, NELEM(c));
	for (i = 0; i < n; i++) {
		last = row_of(g->told, &g->ntold, c[i].name);
		if (last == NULL || c[i].packets <= last->packets)
			continue;
		audit_event(g->p, "firewall_denied", "%s: %llu packets, %llu "
		    "since the start", c[i].name,
		    (unsigned long long)(c[i].packets - last->packets),
		    (unsigned long long)c[i].packets);
		last->packets = c[i].packets;
	}
	g->told_at = now_ms();
}

void
guard_denied(struct parent *p)
{
	/* On demand too, but not as often as somebody likes to ask. */
	if (p->guard != NULL &&
	    now_ms() - p->guard->told_at >= TELL_MS)
		tell_denied(p->guard);
}

/* --- do ours hold ------------------------------------------------------- */

/* 0, or -1 and in words why not. */
static int
holds(struct fwguard *g, char *why, size_t len)
{
	struct parent	*p = g->p;
	int		 r;

	if ((r = fw_verify(p->fw)) != 1) {
		str_format(why, len, r == 0 ? "the table is gone or no longer "
		    "ours" : "the kernel does not say whether the table "
		    "stands");
		return (-1);
	}
	return (probe(g, why, len));
}

/*
 * The rules are the wall around whoever has a network: those die now, the
 * others may still save what they have.
 */
static void
fell(struct parent *p, const char *why)
{
	struct engine	*e;
	unsigned	 i;

	if (p->sentinel_fd != -1)
		sentinel_clear(p->conf->runtime, p->sentinel_fd);
	p->sentinel_fd = -1;
	for (i = 0; i < p->nengines; i++) {
		e = &p->engines[i];
		if (e->row->fw != FWC_NONE)
			engine_kill(e, "the firewall no longer holds");
	}
	audit_event(p, "firewall_fell", "%s", why);
	parent_fail(p, "firewall: %s: the engines are stopped; see what "
	    "changes nftables here (nft monitor), then start again", why);
}

static void
look(struct fwguard *g)
{
	struct parent	*p = g->p;
	char		 why[200] = "unknown";
	int		 tried;

	if (p->state >= PS_DRAIN)
		return;
	g->looked = now_ms();
	tried = g->families;
	if (holds(g, why, sizeof(why)) == -1) {
		fell(p, why);
		return;
	}
	if (g->families < tried)
		log_warnx("firewall: the rules could not be tried on "
		    "loopback as before; they are as the kernel lists them");
	look_foreign(g, 0);
}

/* --- events ------------------------------------------------------------- */

static void
on_minute(evutil_socket_t fd, short what, void *arg)
{
	struct fwguard	*g = arg;

	(void)fd;
	(void)what;
	tell_denied(g);
	look(g);
}

static void
on_soon(evutil_socket_t fd, short what, void *arg)
{
	struct fwguard	*g = arg;

	(void)fd;
	(void)what;
	look(g);
}

static void
on_change(evutil_socket_t fd, short what, void *arg)
{
	struct fwguard	*g = arg;
	struct timeval	 tv = { 0, AGAIN_MS * 1000 - 1 };

	(void)what;
	if (!fw_watch_read(fd))
		return;
	if (now_ms() - g->looked >= AGAIN_MS)
		on_soon(-1, 0, g);
	else if (!evtimer_pending(g->soon, NULL))
		(void)event_add(g->soon, &tv);
}

int
guard_start(struct parent *p, char *why, size_t len)
{
	struct timeval	 tv = { EVERY_S, 0 };
	struct fwguard	*g;

	if ((g = calloc(1, sizeof(*g))) == NULL) {
		str_format(why, len, "no memory");
		return (-1);
	}
	p->guard = g;
	g->p = p;
	if ((g->fd = fw_watch()) == -1) {
		str_format(why, len, "cannot hear of changes in nftables: %s",
		    strerror(errno));
		return (-1);
	}
	g->ev = event_new(p->base, g->fd, EV_READ | EV_PERSIST, on_change, g);
	g->timer = event_new(p->base, -1, EV_PERSIST, on_minute, g);
	g->soon = evtimer_new(p->base, on_soon, g);
	if (g->ev == NULL || g->timer == NULL || g->soon == NULL ||
	    event_add(g->ev, NULL) == -1 || event_add(g->timer, &tv) == -1) {
		str_format(why, len, "no memory");
		return (-1);
	}
	if (holds(g, why, len) == -1)
		return (-1);
	if (g->families == 0)
		log_warnx("firewall: no loopback to try the rules on; they "
		    "are as the kernel lists them");
	look_foreign(g, 1);
	g->looked = now_ms();
	return (0);
}

void
guard_free(struct parent *p)
{
	struct fwguard	*g = p->guard;

	if (g == NULL)
		return;
	if (g->ev != NULL)
		event_free(g->ev);
	if (g->timer != NULL)
		event_free(g->timer);
	if (g->soon != NULL)
		event_free(g->soon);
	if (g->fd != -1)
		close(g->fd);
	free(g);
	p->guard = NULL;
}

const struct fw_foreign *
guard_foreign(const struct parent *p, unsigned i)
{
	return (p->guard != NULL && i < p->guard->nforeign ?
	    &p->guard->foreign[i] : NULL);
}
