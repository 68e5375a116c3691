/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The requests of the outbox: the first message of each chat is under way,
 * the others wait for its answer.  Run by the relay; trusts no answer.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/face/draft.h"
#include "engines/relay/face/storeface.h"
#include "engines/relay/out/boxfile.h"
#include "engines/relay/out/outboxq.h"
#include "engines/relay/people/names.h"
#include "engines/relay/relay.h"
#include "engines/relay/tg/api.h"
#include "engines/relay/tg/backoff.h"

static void
out_timer(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	out_pump(arg);
}

void
out_timer_free(struct outq *q)
{
	if (q->timer != NULL)
		event_free(q->timer);
	q->timer = NULL;
}

static void
out_later(struct outq *q, uint64_t ms)
{
	struct timeval	tv = ms_tv(ms);

	if (q->timer == NULL)
		q->timer = event_new(relay.base, -1, 0, out_timer, q);
	if (q->timer == NULL)
		fatal("outbox");
	(void)event_add(q->timer, &tv);
}

static void
out_rewrite(struct out *o, int mark, int plain)
{
	size_t	 len;
	char	*p;

	p = o->kind == BX_FILE ? boxfile_rewrite(o->body, o->len, mark, plain,
	    &len) : box_rewrite(o->body, o->len, mark, plain, &len);
	if (p == NULL)
		return;
	free(o->body);
	o->body = p;
	o->len = len;
}

static void
out_state(struct out *o, enum box_state s)
{
	if (o->state == s)
		return;
	o->state = s;
	store_out_state(o->row, s, 0);
	out_wait(o);
}

void
out_mark(struct out *o)
{
	struct out	*p;

	out_rewrite(o, 1, 0);
	o->ref->marked = 1;
	/* What is to replace its text says so too. */
	TAILQ_FOREACH(p, &o->q->outs, entry)
		if (p != o && p->ref == o->ref) {
			out_rewrite(p, 1, 0);
			if (p->row != 0)
				store_out_body(p->row, p->body, p->len);
		}
	out_state(o, BS_MARKED);
}

/* It was refused or never left: whatever happens next, it had no try. */
static void
out_undo(struct out *o)
{
	if (OUT_NEW(o))
		out_state(o, box_undo(o->state));
}

/* The message to edit is gone, or never came to be: its final text becomes a
 * new one. */
static void
out_as_new(struct out *o)
{
	o->kind = BX_SEND;
	o->state = BS_QUEUED;
	o->ref->msgid = 0;
	store_out_again(o->row);
}

static void
out_done(struct out *o, const struct api_reply *r)
{
	struct msgref	*ref = o->ref;

	ref->errors = 0;
	if (OUT_NEW(o)) {
		ref->msgid = r->msgid;
		if (r->msgid != 0)
			store_face_sent(o->q->chat, r->msgid, o->topic,
			    o->taint, o->words, wall_ms());
		if (r->msgid == 0)
			ref->dead = 1;
		if (ref->row == o->row && ref->refs > 1 && r->msgid != 0)
			store_out_state(o->row, BS_SENT, r->msgid);
		else if (ref->row != o->row || r->msgid == 0)
			store_out_del(o->row);
		/* else the last reference deletes it */
	} else {
		/* Another text of it: from there as well now. */
		if (o->kind == BX_EDIT)
			store_face_taint(o->q->chat, ref->msgid, o->taint);
		if (o->row != 0)
			store_out_del(o->row);
	}
	out_free(o);
}

static void
out_drop(struct out *o, const struct api_reply *r)
{
	int	unsure = r->verdict == BV_UNKNOWN || r->verdict == BV_SERVER;

	if (o->row != 0 && unsure)
		out_lost(o);
	else if (o->row != 0)
		log_warnx("chat %" PRId64 ": a message could not be sent: "
		    "Telegram says %s", o->q->chat, r->why);
	o->ref->errors++;
	if (OUT_NEW(o)) {
		o->ref->dead = 1;
		o->ref->hopeless = box_hopeless(r);
	}
	if (o->kind == BX_FILE && !o->ref->hopeless && !unsure)
		boxfile_dropped(o, r->why);
	if (o->row != 0)
		store_out_del(o->row);
	out_free(o);
}

static void
out_hold(struct outq *q, uint64_t ms)
{
	q->not_before = now_ms() + ms;
}

static void
out_failed(struct out *o, enum box_act act, const struct api_reply *r)
{
	struct outq	*q = o->q;

	if (act != BA_REPEAT)
		out_undo(o);
	if (act == BA_WAIT) {
		o->ref->slow++;
		out_hold(q, r->retry_ms != 0 ? r->retry_ms : 1000);
		return;
	}
	if (act == BA_REPEAT)
		out_mark(o);
	if (r->err != HE_OK)
		api_forget();
	q->failures++;
	out_hold(q, backoff_ms(&relay.set->r, q->failures, arc4random()));
	log_debug("chat %" PRId64 ": sending failed: %s", q->chat, r->why);
}

/* A preview that failed is not tried again: the next one is newer. */
static void
out_drafted(struct out *o, const struct api_reply *r)
{
	struct msgref	*ref = o->ref;
	enum draft_fate	 fate = draft_judge(r);

	if (r->err != HE_OK)
		api_forget();
	ref->refs++;
	out_free(o);
	draft_learned(fate);
	ref->errors = fate == DF_SKIP ? ref->errors + 1 : 0;
	if (fate == DF_SLOW) {
		ref->slow++;
		ref->hold = now_ms() + MAXIMUM(r->retry_ms, 1000u);
	}
	/* It may not end the outbox's own queues: they are looked at next. */
	if ((fate == DF_NOTHERE || fate == DF_NEVER) && ref->refused != NULL)
		ref->refused(ref->ctx);
	out_ref_put(ref);
}

static void
out_answered(const struct api_reply *r, void *ctx)
{
	struct outq	*q = ctx;
	struct out	*o = TAILQ_FIRST(&q->outs);
	enum box_act	 act;

	q->call = NULL;
	if (o == NULL)
		return;
	o->busy = 0;
	boxfile_end(o);
	if (o->kind == BX_DRAFT) {
		out_drafted(o, r);
		out_pump(q);
		return;
	}
	act = box_judge(o->kind, o->state, o->plain, o->last, r);
	if (act == BA_DROP && r->verdict == BV_REQUEST && boxfile_again(o))
		act = BA_PLAIN;
	switch (act) {
	case BA_DONE:
		q->failures = 0;
		out_done(o, r);
		break;
	case BA_DROP:
		out_drop(o, r);
		break;
	case BA_PLAIN:
		o->plain = 1;
		out_rewrite(o, 0, 1);
		break;
	case BA_NEW:
		out_as_new(o);
		break;
	case BA_MAIN:
		if (box_untopic(o->head, &o->headlen) == -1)
			out_drop(o, r);
		else
			o->topic = 0;
		break;
	default:
		/* An intermediate edit is not worth a second try. */
		if (o->row == 0 && act == BA_RETRY) {
			out_drop(o, r);
			q->failures++;
			out_hold(q, backoff_ms(&relay.set->r, q->failures,
			    arc4random()));
		} else
			out_failed(o, act, r);
		break;
	}
	out_pump(q);
	/* Read, so make it known: the sooner, the fewer repeats. */
	store_sync();
}

static void
out_probed(const struct api_reply *r, void *ctx)
{
	struct outq	*q = ctx;
	struct out	*o = TAILQ_FIRST(&q->outs);

	q->call = NULL;
	if (o != NULL)
		o->busy = 0;
	if (o != NULL && OUT_NEW(o) && r->verdict == BV_OK)
		o->probed = 1;
	else if (o != NULL)
		out_failed(o, BA_RETRY, r);
	out_pump(q);
}

/* The one repeat is not spent on a server that is out of order still. */
static int
out_probe(struct out *o)
{
	struct api_opts	opt = { 0 };

	o->q->call = api_send("getMe", "{}", 2, &opt, out_probed, o->q);
	if (o->q->call == NULL)
		return (-1);
	o->busy = 1;
	return (0);
}

static int
out_start(struct out *o)
{
	struct api_opts	 opt = { 0 };
	struct buf	 b;
	struct outq	*q = o->q;

	if (o->kind == BX_FILE) {
		q->call = boxfile_start(o, out_answered);
		goto started;
	}
	buf_init(&b);
	(void)buf_puts(&b, "{");
	if (o->kind == BX_EDIT)
		(void)buf_printf(&b, "\"message_id\":%" PRId64 ",",
		    o->ref->msgid);
	(void)buf_add(&b, o->body, o->len);
	if (o->kind == BX_SEND)
		(void)buf_add(&b, o->head, o->headlen);
	(void)buf_puts(&b, "}");
	opt.once = o->kind == BX_SEND;
	/* What comes behind it must not wait long for a preview. */
	if (o->kind == BX_DRAFT)
		opt.total_ms = DRAFT_TOTAL_MS;
	if (!b.failed)
		q->call = api_send(o->kind == BX_SEND ? "sendMessage" :
		    o->kind == BX_DRAFT ? "sendMessageDraft" :
		    "editMessageText", b.p, b.len, &opt, out_answered, q);
	buf_free(&b);
started:
	if (q->call == NULL)
		return (-1);
	o->busy = 1;
	o->tries++;
	return (0);
}

/* A banned chat: nothing of it is sent, now or later. */
static void
out_silence(struct outq *q)
{
	struct out	*o;

	while ((o = TAILQ_FIRST(&q->outs)) != NULL) {
		o->ref->dead = o->ref->hopeless = 1;
		if (o->row != 0)
			store_out_del(o->row);
		out_free(o);
	}
}

void
out_pump(struct outq *q)
{
	struct out	*o;
	uint64_t	 now;

	if (q->call != NULL || !relay.running)
		return;
	if (banned(q->chat))
		out_silence(q);
	/* Edits of a message that never came to be. */
	while ((o = TAILQ_FIRST(&q->outs)) != NULL && o->kind == BX_EDIT &&
	    o->ref->msgid == 0) {
		if (o->last && !o->ref->hopeless) {
			out_as_new(o);
			break;
		}
		if (o->row != 0)
			store_out_del(o->row);
		out_free(o);
	}
	/* A file whose copy somebody took away. */
	while (o != NULL && o->kind == BX_FILE && !o->wait &&
	    !boxfile_there(o)) {
		boxfile_dropped(o, "it is no longer there");
		store_out_del(o->row);
		out_free(o);
		o = TAILQ_FIRST(&q->outs);
	}
	now = now_ms();
	if (o == NULL) {
		if (q->not_before <= now)
			outq_free(q);
		else
			out_later(q, q->not_before - now);
		return;
	}
	if (o->wait)
		return;
	if (q->not_before > now) {
		out_later(q, q->not_before - now);
		return;
	}
	if (OUT_NEW(o) && o->state == BS_MARKED && !o->probed) {
		if (out_probe(o) == -1)
			out_later(q, 1000);
		return;
	}
	/* On disk before it happens. */
	if (OUT_NEW(o) && box_begin(o->state) != o->state) {
		out_state(o, box_begin(o->state));
		return;
	}
	if (out_start(o) == -1)
		out_later(q, 1000);
}
