/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * telclaudectl show sessions, queue, messages: rows of JSON over a link of
 * its own.  No text of any message leaves here.  Run by the relay; whoever is
 * at the other end was let in by the parent.
 */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "engines/common/engine.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"
#include "engines/relay/call/mediate.h"
#include "engines/relay/cmd/ctlask.h"
#include "engines/relay/out/outbox.h"
#include "engines/relay/relay.h"
#include "engines/relay/store/store.h"
#include "engines/relay/turn/queue.h"
#include "engines/relay/turn/turn.h"

#define CTL_LINKS	8
#define CTL_MESSAGES	100

static struct link	*ctl_links[CTL_LINKS];	/* oldest first */
static unsigned		 ctl_n;

static const char *const row_names[] = {
	[TW_QUEUED] = "queued",
	[TW_RUNNING] = "running",
	[TW_DONE] = "done",
	[TW_INTERRUPTED] = "interrupted",
	[TW_DROPPED] = "dropped",
	[TW_CONTINUED] = "continued",
	[TW_GATED] = "second factor asked",
	[TW_HELD] = "waits for a code",
	[TW_CODE] = "code being checked",
	[TW_FETCH] = "files being fetched",
	[TW_SCREEN] = "being looked at",
	[TW_ASKED] = "waits for approval",
};

static const char *const box_names[] = {
	[BS_QUEUED] = "queued",
	[BS_TRIED] = "sending",
	[BS_REPEATED] = "repeating",
	[BS_SENT] = "sent",
	[BS_MARKED] = "to be repeated",
};

void
ctl_row(struct link *l, struct buf *b)
{
	struct msg_CTL_ROW	m;

	if (!b->failed) {
		m.json = text_of(b->p, b->len);
		msg_send_CTL_ROW(l, 0, -1, &m);
	}
	buf_free(b);
}

static void
row_chat(struct buf *b, int64_t chat, int64_t topic)
{
	buf_init(b);
	(void)buf_printf(b, "{\"chat\":%" PRId64 ",\"topic\":%" PRId64, chat,
	    topic);
}

static void
show_session(int64_t chat, int64_t topic, uint64_t conv, uint64_t used,
    void *arg)
{
	struct lane	*l = lane_get(chat, topic);
	struct buf	 b;

	row_chat(&b, chat, topic);
	(void)buf_printf(&b, ",\"conversation\":%" PRIu64 ",\"used_ms\":%"
	    PRIu64 ",\"state\":\"%s\",\"waiting\":%u,\"held\":%s", conv, used,
	    l->run == NULL ? "idle" : turn_state_name(l->run->state), l->n,
	    l->hold_before != 0 ? "true" : "false");
	if (l->run != NULL)
		(void)buf_printf(&b, ",\"turn\":%" PRIu64 ",\"user\":%" PRId64
		    ",\"tier\":\"%s\",\"running_ms\":%" PRIu64
		    ",\"tools\":%u", l->run->id, l->run->user,
		    tier_name(l->run->tier), now_ms() - l->run->started,
		    l->run->ncalls);
	(void)buf_puts(&b, "}");
	ctl_row(arg, &b);
}

static void
show_lane_queue(struct lane *l, void *arg)
{
	const struct turn	*t;
	struct buf		 b;
	unsigned		 n = 0;

	TAILQ_FOREACH(t, &l->waiting, entry) {
		row_chat(&b, l->chat, l->topic);
		(void)buf_printf(&b, ",\"place\":%u,\"turn\":%" PRIu64
		    ",\"user\":%" PRId64 ",\"bytes\":%zu,\"since_ms\":%" PRIu64
		    ",\"held\":%s}", ++n, t->id, t->user, t->len, t->at,
		    l->hold_before != 0 ? "true" : "false");
		ctl_row(arg, &b);
	}
}

static void
show_turn(const struct turn_row *r, void *arg)
{
	struct buf	b;

	row_chat(&b, r->chat, r->topic);
	(void)buf_printf(&b, ",\"turn\":%" PRIu64 ",\"message\":%" PRId64
	    ",\"user\":%" PRId64 ",\"at_ms\":%" PRIu64 ",\"direction\":\"in\""
	    ",\"state\":\"%s\"}", r->id, r->msg, r->user, r->at,
	    (size_t)r->state < NELEM(row_names) ? row_names[r->state] : "?");
	ctl_row(arg, &b);
}

static void
show_out(int64_t chat, uint64_t row, enum box_kind kind, enum box_state state,
    unsigned tries, void *arg)
{
	struct buf	b;

	buf_init(&b);
	(void)buf_printf(&b, "{\"chat\":%" PRId64 ",\"row\":%" PRIu64
	    ",\"direction\":\"out\",\"kind\":\"%s\",\"state\":\"%s\","
	    "\"tries\":%u}", chat, row, kind == BX_SEND ? "send" :
	    kind == BX_FILE ? "file" : kind == BX_DRAFT ? "preview" : "edit",
	    kind == BX_EDIT ? "queued" : box_names[state], tries);
	ctl_row(arg, &b);
}

void
ctl_end(struct link *l, uint32_t id, uint8_t err, const char *why)
{
	struct msg_CTL_END	end;

	end.err = err;
	end.why = text_of(why, strlen(why));
	msg_send_CTL_END(l, id, -1, &end);
}

static void
ctl_on_show(struct link *l, const struct msg_CTL_SHOW *m,
    struct msg_meta *meta)
{
	switch (m->what) {
	case SHOW_SESSIONS:
		store_lanes(show_session, l);
		break;
	case SHOW_QUEUE:
		lane_each(show_lane_queue, l);
		break;
	case SHOW_MESSAGES:
		store_turn_recent(CTL_MESSAGES, show_turn, l);
		outbox_each(show_out, l);
		break;
	default:
		ctl_end(l, meta->id, 1, "the relay does not show that");
		return;
	}
	ctl_end(l, meta->id, 0, "");
}

static void
ctl_on_ask(struct link *l, const struct msg_CTL_ASK *m, struct msg_meta *meta)
{
	static void (*const verbs[ASK_MAX])(struct ctlreq *) = {
#define V(verb, fn)	[verb] = fn,
		CTL_ASK_TABLE(V)
#undef V
	};
	struct ctlreq	r;

	if (m->verb >= ASK_MAX || verbs[m->verb] == NULL) {
		ctl_end(l, meta->id, 1, "the relay does not know this");
		return;
	}
	r.l = l;
	r.id = meta->id;
	r.a = m->a;
	r.b = m->b;
	(void)str_copy(r.s, m->s, sizeof(r.s));
	r.t = m->t;
	r.fd = meta->fd;
	verbs[m->verb](&r);
	meta->fd = r.fd;
}

static void
ctl_closed(struct link *l)
{
	unsigned	i;

	for (i = 0; i < ctl_n && ctl_links[i] != l; i++)
		continue;
	for (; i + 1 < ctl_n; i++)
		ctl_links[i] = ctl_links[i + 1];
	ctl_n--;
	link_free(l);
}

static void
ctl_violation(struct link *l, enum msg_verdict v, uint16_t type)
{
	(void)l;
	log_warnx("telclaudectl sent %s: %s", msg_name(type),
	    msg_verdict_name(v));
}

static const struct msg_handlers ctl_handlers = {
	.CTL_SHOW = ctl_on_show,
	.CTL_ASK = ctl_on_ask,
};
static const struct link_ops ctl_ops = {
	.handlers = &ctl_handlers,
	.closed = ctl_closed,
	.violation = ctl_violation,
};

void
ctl_link(enum scope scope, int fd)
{
	struct link	*l;

	/* Who hangs gives way to who comes, as at the parent's socket. */
	if (ctl_n == CTL_LINKS)
		ctl_closed(ctl_links[0]);
	l = link_new(relay.base, fd, PROC_RELAY, PROC_CTL, scope, &ctl_ops,
	    NULL);
	if (l == NULL)
		log_warnx("no channel to telclaudectl");
	else
		ctl_links[ctl_n++] = l;
}
