/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Lines of the proxy for the audit log, run by gate.  What went to the server
 * always has one; refusals are cheap for a hostile client, so they have a
 * bound, and the next line tells how many are missing.
 */
#include <string.h>

#include "engines/common/engine.h"
#include "engines/gate/proxy.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/text.h"

#define REFUSED_MINUTE	60
#define QUEUE_MAX	(1u << 20)

static struct link	*audit;
static unsigned		 lost;
static uint64_t		 full_at;	/* of the bucket of refusals */

static void
on_audit_done(struct link *l, const struct msg_AUDIT_DONE *m,
    struct msg_meta *x)
{
	(void)l;
	(void)x;
	if (m->err != 0)
		log_warnx("audit: a line of gate could not be written");
}

static void
audit_closed(struct link *l)
{
	if (audit == l)
		audit = NULL;
	link_free(l);
}

static void
audit_violation(struct link *l, enum msg_verdict v, uint16_t type)
{
	if (audit == l)
		audit = NULL;
	engine_violation(l, v, type);
}

void
paudit_link(int fd)
{
	static const struct msg_handlers h = { .AUDIT_DONE = on_audit_done };
	static const struct link_ops ops = { &h, audit_closed,
	    audit_violation };
	struct link *l;

	l = link_new(engine_base(), fd, PROC_GATE, PROC_AUDIT, SCOPE_NONE,
	    &ops, NULL);
	if (l == NULL)
		fatalx("no channel to audit");
	audit = l;
}

static int
may_refuse(void)
{
	const uint64_t cost = 60000 / REFUSED_MINUTE;
	uint64_t now = now_ms(), at = MAXIMUM(full_at, now);

	if (at + cost > now + 60000)
		return (0);
	full_at = at + cost;
	return (1);
}

static enum audit_verdict
verdict(unsigned status, int ours)
{
	if (status == 429)
		return (AV_RATE_LIMITED);
	if (status == 408 || status == 504)
		return (AV_TIMEOUT);
	if (status < 400)
		return (AV_SUCCESS);
	return (ours && status < 500 ? AV_BLOCKED : AV_ERROR);
}

void
paudit_request(const struct pconn *c, const char *path, unsigned status,
    const struct preq *q)
{
	const struct listener *l = c->l;
	struct msg_AUDIT_LINE m = { .ms = wall_ms(), .turn = l->turn,
	    .job = l->job };
	char text[512], more[48] = "";
	int ours = q == NULL || q->ours;

	if (ours && !may_refuse()) {
		lost++;
		return;
	}
	if (lost > 0)
		(void)str_format(more, sizeof(more), " unlisted=%u", lost);
	(void)str_copy(m.event, "model_proxy", sizeof(m.event));
	m.verdict = (uint8_t)verdict(status, ours);
	(void)str_format(text, sizeof(text), "scope=%s path=%.128s status=%u "
	    "sent=%llu got=%llu microusd=%llu%s", scope_name(l->scope), path,
	    status, (unsigned long long)(q == NULL ? 0 : q->bytes),
	    (unsigned long long)(q == NULL ? 0 : q->answered),
	    (unsigned long long)(q == NULL ? 0 : q->microusd), more);
	m.detail = text_of(text, strlen(text));
	if (audit == NULL || link_queued(audit) > QUEUE_MAX ||
	    msg_send_AUDIT_LINE(audit, 0, -1, &m) == 0)
		log_warnx("not audited, the audit engine is away: %s", text);
	else
		lost = 0;
}
