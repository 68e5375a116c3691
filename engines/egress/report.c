/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * One audit line a connection, when it ends.  Part of egress.  Nobody waits
 * for a line here, and a tool that is refused in a loop fills no log: beyond a
 * rate only their number is told.
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

#include <event2/event.h>

#include "engines/egress/egress.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"

#define MINUTE_MS	60000
#define REFUSED_MAX	60		/* lines a minute and scope */
#define DONE_MAX	1200
#define QUEUE_MAX	(1u << 20)	/* audit does not read */
#define OPEN_MAX	1024

/* What a scope had in the running minute. */
static struct scope_count {
	uint64_t	 since;
	unsigned	 refused, done;
	unsigned	 more_refused, more_done;
	uint64_t	 out, in;		/* of more_done */
} counts[SCOPE_MAX];
static uint64_t		 lost;
static struct event	*minute;

static int
line(enum audit_verdict v, uint64_t turn, uint64_t job, const char *detail)
{
	struct msg_AUDIT_LINE	 m;
	struct link		*l = egress_audit();

	memset(&m, 0, sizeof(m));
	m.ms = wall_ms();
	(void)str_copy(m.event, "egress", sizeof(m.event));
	m.verdict = (uint8_t)v;
	m.turn = turn;
	m.job = job;
	m.detail = text_of(detail, MINIMUM(strlen(detail), (size_t)4096));
	if (l == NULL || link_queued(l) > QUEUE_MAX ||
	    link_open_requests(l) > OPEN_MAX ||
	    msg_send_AUDIT_LINE(l, 0, -1, &m) == 0) {
		lost++;
		return (-1);
	}
	return (0);
}

void
report_back(void)
{
	char	 text[128];
	uint64_t n = lost;

	if (n == 0)
		return;
	(void)str_format(text, sizeof(text), "%" PRIu64 " lines of egress "
	    "were lost while audit did not take them", n);
	if (line(AV_ERROR, 0, 0, text) == 0)
		lost -= n;
}

/* --- the rate ---------------------------------------------------------- */
static void
minute_end(enum scope s)
{
	struct scope_count	*c = &counts[s];
	char			 text[160];

	if (c->more_refused > 0) {
		(void)str_format(text, sizeof(text), "%s: %u more refused or "
		    "cut in this minute", scope_name(s), c->more_refused);
		(void)line(AV_BLOCKED, 0, 0, text);
	}
	if (c->more_done > 0) {
		(void)str_format(text, sizeof(text), "%s: %u more connections "
		    "in this minute, out=%" PRIu64 " in=%" PRIu64,
		    scope_name(s), c->more_done, c->out, c->in);
		(void)line(AV_SUCCESS, 0, 0, text);
	}
	memset(c, 0, sizeof(*c));
}

void
report_flush(void)
{
	int	 s;

	for (s = 0; s < SCOPE_MAX; s++)
		minute_end((enum scope)s);
}

static void
on_minute(evutil_socket_t fd, short what, void *arg)
{
	const struct timeval	 tv = { MINUTE_MS / 1000, 0 };
	uint64_t		 now = now_ms();
	int			 s, open = 0;

	(void)fd;
	(void)what;
	(void)arg;
	for (s = 0; s < SCOPE_MAX; s++) {
		if (counts[s].since == 0)
			continue;
		if (now >= counts[s].since + MINUTE_MS)
			minute_end((enum scope)s);
		else
			open = 1;
	}
	if (open)
		(void)event_add(minute, &tv);
}

/* May this one have a line of its own? */
static int
within(const struct report *r)
{
	const struct timeval	 tv = { MINUTE_MS / 1000, 0 };
	struct scope_count	*c = &counts[r->l->scope];
	uint64_t		 now = now_ms();

	if (c->since != 0 && now >= c->since + MINUTE_MS)
		minute_end(r->l->scope);
	if (c->since == 0) {
		c->since = now;
		if (!evtimer_pending(minute, NULL))
			(void)event_add(minute, &tv);
	}
	if (reasons[r->why].verdict == AV_SUCCESS) {
		if (c->done++ < DONE_MAX)
			return (1);
		c->more_done++;
		c->out += r->out;
		c->in += r->in;
		return (0);
	}
	if (c->refused++ < REFUSED_MAX)
		return (1);
	c->more_refused++;
	return (0);
}

/* --- lines ------------------------------------------------------------- */
void
report_init(struct event_base *base)
{
	if ((minute = evtimer_new(base, on_minute, NULL)) == NULL)
		fatalx("no memory for a timer");
}

void
report_end(const struct report *r)
{
	const struct reason_row	*why = &reasons[r->why];
	char			 name[AUTH_MAX] = "-", addr[INET6_ADDRSTRLEN];
	char			 text[512];

	if (!within(r))
		return;
	if (r->to->kind != HOST_NONE)
		host_format(r->to, 0, name, sizeof(name));
	if (r->addr == NULL || inet_ntop(r->addr->family == 4 ? AF_INET :
	    AF_INET6, r->addr->a, addr, sizeof(addr)) == NULL)
		(void)str_copy(addr, "-", sizeof(addr));
	(void)str_format(text, sizeof(text), "%s %s %s %s out=%" PRIu64
	    " in=%" PRIu64 " ms=%" PRIu64 "%s%s", scope_name(r->l->scope),
	    r->connect ? "CONNECT" : "plain", name, addr, r->out, r->in,
	    r->ms, r->why == WHY_OK ? "" : " ",
	    r->why == WHY_OK ? "" : why->word);
	(void)line(why->verdict, r->l->turn, r->l->job, text);
}
