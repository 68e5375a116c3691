/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The queues of messages to send, one a chat, one request at a time each.
 * Run by the relay; see outbox.h for what is promised.
 */
#include <stdlib.h>
#include <string.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/map.h"
#include "engines/relay/out/boxfile.h"
#include "engines/relay/out/outboxq.h"
#include "engines/relay/relay.h"
#include "engines/relay/screen/filter.h"
#include "engines/relay/turn/turn.h"

#define WALL_MAX	3800	/* bytes; a message has 4096 units */

static struct map	outqs;		/* by chat */
static struct map	outrows;	/* by row */

/* --- references -------------------------------------------------------- */
static struct msgref *
ref_new(uint64_t row)
{
	struct msgref	*r;

	if ((r = calloc(1, sizeof(*r))) == NULL)
		fatal("outbox");
	r->row = row;
	return (r);
}

/* The last one who may edit it is gone: its row is history. */
void
out_ref_put(struct msgref *r)
{
	if (r == NULL || --r->refs > 0)
		return;
	if (r->row != 0 && r->msgid != 0)
		store_out_del(r->row);
	free(r);
}

void
outbox_unkeep(struct msgref *r)
{
	out_ref_put(r);
}

/* --- making ------------------------------------------------------------ */
static struct outq *
outq_get(int64_t chat)
{
	struct outq	*q;

	if ((q = map_get(&outqs, (uint64_t)chat)) != NULL)
		return (q);
	if ((q = calloc(1, sizeof(*q))) == NULL ||
	    map_put(&outqs, (uint64_t)chat, q) == -1)
		fatal("outbox");
	q->chat = chat;
	TAILQ_INIT(&q->outs);
	return (q);
}

void
outq_free(struct outq *q)
{
	(void)map_del(&outqs, (uint64_t)q->chat);
	out_timer_free(q);
	free(q);
}

static struct out *
out_new(int64_t chat, enum box_kind kind, uint64_t row, struct msgref *ref)
{
	struct out	*o;

	if ((o = calloc(1, sizeof(*o))) == NULL)
		fatal("outbox");
	o->q = outq_get(chat);
	o->kind = kind;
	o->row = row;
	o->ref = ref;
	ref->refs++;
	if (row != 0 && map_put(&outrows, row, o) == -1)
		fatal("outbox");
	return (o);
}

void
out_free(struct out *o)
{
	TAILQ_REMOVE(&o->q->outs, o, entry);
	boxfile_free(o);
	if (o->row != 0)
		(void)map_del(&outrows, o->row);
	out_ref_put(o->ref);
	free(o->head);
	free(o->body);
	free(o);
}

/* The last wall: what a text became by its rendering is looked at again. */
static const struct outmsg *
out_wall(const struct outmsg *m, struct outmsg *safe, struct buf *text)
{
	if (!filter_wall(m->text, m->len))
		return (m);
	(void)filter_text(m->text, m->len, text);
	if (text->failed)
		fatal("outbox");
	*safe = *m;
	safe->text = text->p;
	safe->len = utf8_prefix(text->p, text->len, MAXIMUM(m->len,
	    (size_t)WALL_MAX));
	safe->e = NULL;			/* places in the old text */
	safe->n = 0;
	return (safe);
}

/* First words, for those who react to it later. */
static void
out_words(struct out *o, const struct outmsg *m)
{
	size_t	i, n = utf8_prefix(m->text, m->len, sizeof(o->words) - 1);

	for (i = 0; i < n; i++)
		o->words[i] = (unsigned char)m->text[i] < ' ' ? ' ' :
		    m->text[i];
	o->words[n] = '\0';
}

static void
out_fill(struct out *o, const struct outmsg *m, int32_t draft)
{
	struct outmsg	safe;
	struct buf	head, body, text;

	buf_init(&head);
	buf_init(&body);
	buf_init(&text);
	m = out_wall(m, &safe, &text);
	(void)buf_puts(&head, "");
	o->topic = m->topic;
	o->taint = m->taint;
	if (o->kind == BX_DRAFT)
		box_draft(&body, m, draft);
	else if (m->file != NULL) {
		box_head(&head, m);
		boxfile_body(&body, m);
	} else {
		out_words(o, m);
		box_head(&head, m);
		box_body(&body, m, o->ref->marked);
	}
	buf_free(&text);
	if (head.failed || body.failed)
		fatal("outbox");
	o->head = head.p != NULL ? head.p : strdup("");
	o->headlen = head.len;
	o->body = body.p;
	o->len = body.len;
	if (o->head == NULL)
		fatal("outbox");
}

/* Urgent ones go before the others, in their own order. */
static void
out_insert(struct out *o)
{
	struct out	*p;

	if (o->urgent)
		TAILQ_FOREACH(p, &o->q->outs, entry)
			if (!p->urgent && !p->busy) {
				TAILQ_INSERT_BEFORE(p, o, entry);
				return;
			}
	TAILQ_INSERT_TAIL(&o->q->outs, o, entry);
}

static void
out_committed(uint64_t row)
{
	struct out	*o = map_get(&outrows, row);

	if (o == NULL)
		return;
	o->wait = 0;
	out_pump(o->q);
}

void
out_wait(struct out *o)
{
	o->wait = 1;
	store_after(out_committed, o->row);
}

static void
out_store(struct out *o, uint64_t turn)
{
	struct out_row	r;

	memset(&r, 0, sizeof(r));
	r.id = o->row;
	r.chat = o->q->chat;
	r.kind = o->kind;
	r.state = o->state;
	if (o->kind == BX_EDIT) {
		r.ref = o->ref->row;
		r.msgid = o->ref->msgid;
	}
	r.head = o->head;
	r.headlen = o->headlen;
	r.body = o->body;
	r.len = o->len;
	store_out_add(&r, turn, wall_ms());
	out_wait(o);
}

static struct out *
out_send(const struct outmsg *m, struct msgref *ref)
{
	struct out	*o;

	o = out_new(m->chat, BOX_KIND(m), ref->row, ref);
	o->urgent = m->urgent;
	o->notice = m->notice;
	out_fill(o, m, 0);
	/* Goes out at once: saves the second write that says it is tried. */
	o->state = TAILQ_EMPTY(&o->q->outs) && o->q->not_before <= now_ms() &&
	    relay.running ? BS_TRIED : BS_QUEUED;
	out_insert(o);
	out_store(o, m->turn);
	return (o);
}

int
outbox_send(const struct outmsg *m)
{
	(void)out_send(m, ref_new(BOX_ROW(m)));
	return (0);
}

struct msgref *
outbox_send_keep(const struct outmsg *m)
{
	struct msgref	*r = ref_new(relay_id());

	r->refs++;
	(void)out_send(m, r);
	return (r);
}

/* A newer text replaces one that has not gone out yet. */
static void
out_outdated(struct outq *q, const struct msgref *ref, enum box_kind kind)
{
	struct out	*o, *next;

	for (o = TAILQ_FIRST(&q->outs); o != NULL; o = next) {
		next = TAILQ_NEXT(o, entry);
		if (o->ref == ref && o->kind == kind && o->row == 0 &&
		    !o->busy)
			out_free(o);
	}
}

void
outbox_edit(struct msgref *ref, const struct outmsg *m, int last)
{
	struct outq	*q = outq_get(m->chat);
	struct out	*o;

	out_outdated(q, ref, BX_EDIT);
	o = out_new(m->chat, BX_EDIT, last ? relay_id() : 0, ref);
	o->last = last;
	out_fill(o, m, 0);
	TAILQ_INSERT_TAIL(&q->outs, o, entry);
	if (last)
		out_store(o, m->turn);
	else
		out_pump(q);
}

struct msgref *
outbox_draft_new(void (*refused)(void *), void *ctx)
{
	struct msgref	*r = ref_new(0);

	r->refs++;
	r->refused = refused;
	r->ctx = ctx;
	return (r);
}

void
outbox_draft(struct msgref *ref, const struct outmsg *m, int32_t id)
{
	struct outq	*q = outq_get(m->chat);
	struct out	*o;

	out_outdated(q, ref, BX_DRAFT);
	o = out_new(m->chat, BX_DRAFT, 0, ref);
	out_fill(o, m, id);
	TAILQ_INSERT_TAIL(&q->outs, o, entry);
	out_pump(q);
}

void
outbox_draft_end(struct msgref *ref, int64_t chat)
{
	struct outq	*q = map_get(&outqs, (uint64_t)chat);

	if (ref == NULL)
		return;
	ref->refused = NULL;
	if (q != NULL)
		out_outdated(q, ref, BX_DRAFT);
	out_ref_put(ref);
}

unsigned
outbox_depth(int64_t chat)
{
	struct outq	*q = map_get(&outqs, (uint64_t)chat);
	struct out	*o;
	unsigned	 n = 0;

	if (q != NULL)
		TAILQ_FOREACH(o, &q->outs, entry)
			n++;
	return (n);
}

/* --- after a restart --------------------------------------------------- */
static void
restore_one(const struct out_row *r, void *ctx)
{
	struct msgref	*ref = ref_new(r->kind != BX_EDIT ? r->id : 0);
	struct out	*o;

	(void)ctx;
	ref->msgid = r->kind == BX_EDIT ? r->msgid : 0;
	o = out_new(r->chat, r->kind, r->id, ref);
	o->state = r->state;
	o->last = r->kind == BX_EDIT;
	o->head = strndup(r->head, r->headlen);
	o->body = strndup(r->body, r->len);
	if (o->head == NULL || o->body == NULL)
		fatal("outbox");
	o->headlen = strlen(o->head);
	o->len = strlen(o->body);
	/* Nobody remembers where its words came from. */
	o->taint = TAINT_FORWARD;
	TAILQ_INSERT_TAIL(&o->q->outs, o, entry);
}

static void
restore_queue(void *val, void *arg)
{
	struct outq	*q = val;
	struct out	*o, *next;

	(void)arg;
	for (o = TAILQ_FIRST(&q->outs); o != NULL; o = next) {
		next = TAILQ_NEXT(o, entry);
		switch (box_recover(o->kind, o->state)) {
		case BA_REPEAT:
			out_mark(o);
			break;
		case BA_DROP:
			out_lost(o);
			store_out_del(o->row);
			out_free(o);
			break;
		default:
			break;
		}
	}
}

void
outbox_restore(void)
{
	store_out_settle();
	store_out_open(restore_one, NULL);
	map_each(&outqs, restore_queue, NULL);
}

static void
kick_queue(void *val, void *arg)
{
	struct outq	*q = val;

	(void)arg;
	q->failures = 0;
	q->not_before = 0;
	out_pump(q);
}

void
outbox_kick_all(void)
{
	map_each(&outqs, kick_queue, NULL);
}

unsigned
outbox_unread(void)
{
	struct outq	*q;
	size_t		 i = 0;
	unsigned	 n = 0;

	while ((q = map_next(&outqs, &i)) != NULL)
		n += q->call != NULL && TAILQ_FIRST(&q->outs) != NULL &&
		    OUT_NEW(TAILQ_FIRST(&q->outs));
	return (n);
}

void
outbox_each(void (*fn)(int64_t, uint64_t, enum box_kind, enum box_state,
    unsigned, void *), void *arg)
{
	struct outq	*q;
	struct out	*o;
	size_t		 i = 0;

	while ((q = map_next(&outqs, &i)) != NULL)
		TAILQ_FOREACH(o, &q->outs, entry)
			fn(q->chat, o->row, o->kind, o->state, o->tries, arg);
}
