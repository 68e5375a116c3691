/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Lines for the audit log and who waits for them.  Run by the relay.
 */
#include <stdlib.h>
#include <string.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"
#include "engines/relay/access.h"
#include "engines/relay/audit/auditline.h"
#include "engines/relay/audit/auditreport.h"
#include "engines/relay/map.h"
#include "engines/relay/relay.h"
#include "engines/relay/screen/filter.h"
#include "engines/relay/turn/turn.h"

#define PREVIEW_BYTES	512

struct waiter {
	audit_fn	 fn;
	uint64_t	 ctx;
};

static struct map	waiters;	/* by request */

static void
audit_fill(struct msg_AUDIT_LINE *m, const struct auditline *a)
{
	memset(m, 0, sizeof(*m));
	m->ms = wall_ms();
	(void)str_copy(m->event, a->event, sizeof(m->event));
	m->verdict = (uint8_t)a->verdict;
	m->chat = a->chat;
	m->user = a->user;
	(void)str_copy(m->tier, tier_name(a->tier), sizeof(m->tier));
	m->turn = a->turn;
	m->job = a->job;
	if (a->tool != NULL)
		(void)str_copy(m->tool, a->tool, sizeof(m->tool));
	if (a->digest != NULL)
		memcpy(m->digest, a->digest, sizeof(m->digest));
	if (a->detail != NULL)
		m->detail = text_of(a->detail, MINIMUM(strlen(a->detail),
		    (size_t)4096));
	m->observed = a->observed;
	m->sure = a->sure;
	m->took_ms = a->took_ms;
	m->microusd = a->microusd;
	if (a->preview != NULL)
		m->preview = text_of(a->preview, MINIMUM(a->previewlen,
		    (size_t)PREVIEW_BYTES));
}

int
audit_line(const struct auditline *a, audit_fn fn, uint64_t ctx)
{
	struct msg_AUDIT_LINE	 m;
	struct waiter		*w;
	uint32_t		 id;

	if (relay.audit == NULL)
		return (-1);
	audit_fill(&m, a);
	if ((id = msg_send_AUDIT_LINE(relay.audit, 0, -1, &m)) == 0)
		return (-1);
	if (fn == NULL)
		return (0);
	if ((w = calloc(1, sizeof(*w))) == NULL ||
	    map_put(&waiters, id, w) == -1) {
		free(w);
		return (-1);
	}
	w->fn = fn;
	w->ctx = ctx;
	return (0);
}

struct auditline
audit_about(const struct turn *t, const char *event,
    enum audit_verdict verdict, const char *detail)
{
	struct auditline	a = { .event = event, .verdict = verdict,
	    .chat = t->chat, .user = t->user, .turn = t->id,
	    .tier = access_tier(relay.set, t->user), .detail = detail };

	return (a);
}

void
audit_said(const struct turn *t, const char *event,
    enum audit_verdict verdict, const char *detail)
{
	struct auditline	a = audit_about(t, event, verdict, detail);

	(void)audit_line(&a, NULL, 0);
}

void
audit_on_done(struct link *l, const struct msg_AUDIT_DONE *m,
    struct msg_meta *meta)
{
	struct waiter	*w = map_del(&waiters, meta->id);

	(void)l;
	if (m->err == 0)
		audit_heard(m->seq);
	else
		log_warnx("the audit engine could not write a line");
	if (w == NULL)
		return;
	w->fn(w->ctx, m->err != 0 ? -1 : 0);
	free(w);
}

void
audit_link_closed(void)
{
	struct map	 old = waiters;
	struct waiter	*w;
	size_t		 i = 0;

	memset(&waiters, 0, sizeof(waiters));
	while ((w = map_next(&old, &i)) != NULL) {
		w->fn(w->ctx, -1);
		free(w);
	}
	map_free(&old);
}

/* What was asked, as the output filter would let it through. */
static void
preview(const struct turn *t, struct buf *b)
{
	struct redactor	*red;

	if (t->text == NULL || (red = redact_new()) == NULL)
		return;
	redact_feed(red, t->text, utf8_prefix(t->text, t->len, PREVIEW_BYTES),
	    b);
	if (redact_finish(red, b))
		b->len = 0;
}

static enum audit_verdict
verdict(const struct turn *t, enum turn_row_state row)
{
	if (row == TW_DROPPED && t->outcome != TO_LIMIT)
		return (AV_BLOCKED);
	switch (t->outcome) {
	case TO_TIMEOUT:
		return (AV_TIMEOUT);
	case TO_LIMIT:
	case TO_RATE:
		return (AV_RATE_LIMITED);
	default:
		return (row == TW_INTERRUPTED || t->outcome >= TO_KEY ?
		    AV_ERROR : AV_SUCCESS);
	}
}

void
audit_turn(const struct turn *t, enum turn_row_state row)
{
	struct auditline	a = { 0 };
	struct buf		b;

	buf_init(&b);
	/* A text that was not let through is nobody's to read. */
	if (row != TW_DROPPED)
		preview(t, &b);
	a.preview = b.p;
	a.previewlen = b.len;
	if (t->started != 0)
		a.took_ms = (uint32_t)MINIMUM(now_ms() - t->started,
		    (uint64_t)UINT32_MAX);
	a.microusd = t->microusd;
	a.event = "turn";
	a.verdict = verdict(t, row);
	a.chat = t->chat;
	a.user = t->user;
	a.tier = t->tier;
	a.turn = t->id;
	a.detail = t->ran.p;
	(void)audit_line(&a, NULL, 0);
	buf_free(&b);
	audit_remember();
}
