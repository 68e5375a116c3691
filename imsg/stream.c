/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Streams with credit on a link: the reader says how much it will take, the
 * writer never sends more, so memory a stream is bounded at both ends.
 * Linked by every process; the peer is hostile.
 */
#include <sys/queue.h>

#include <stdlib.h>
#include <string.h>

#include "imsg/link_int.h"
#include "telclauded/lib/util.h"

/* CREDIT of 0 bytes is the reader's way to say that it dropped the stream. */
#define CREDIT_DROPPED	0
#define STREAMS_MAX	4096		/* a direction of a link */

struct stream {
	TAILQ_ENTRY(stream)	 entry;
	struct streams		*owner;
	uint32_t		 sid;
	void			*ctx;
	const struct stream_in	*in;
	const struct stream_out	*out;
	/* reader: */
	uint32_t		 window;
	uint32_t		 granted;	/* still unused by the writer */
	uint32_t		 owed;		/* consumed, not regranted */
	/* writer: */
	uint64_t		 credit;
	struct buf		 q;
	size_t			 qoff;		/* of q, sent already */
	int			 finishing;
	int			 err;
};
TAILQ_HEAD(streamlist, stream);

struct streams {
	struct link		*link;
	struct streamlist	 in, out;
	unsigned		 nin, nout;
	uint32_t		 next;
	int			 dying;
};

struct streams *
streams_new(struct link *l)
{
	struct streams	*s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return (NULL);
	s->link = l;
	s->next = 1;
	TAILQ_INIT(&s->in);
	TAILQ_INIT(&s->out);
	return (s);
}

static void
stream_unlist(struct stream *s)
{
	struct streams	*o = s->owner;

	if (s->in != NULL) {
		TAILQ_REMOVE(&o->in, s, entry);
		o->nin--;
	} else {
		TAILQ_REMOVE(&o->out, s, entry);
		o->nout--;
	}
}

static void
stream_release(struct stream *s)
{
	buf_free(&s->q);
	free(s);
}

static void
stream_remove(struct stream *s)
{
	stream_unlist(s);
	stream_release(s);
}

/*
 * The link dies and streams_free() frees all of it.  Whoever gives a stream up
 * meanwhile may be gone before its turn comes: it is told nothing.
 */
static void
stream_disown(struct stream *s)
{
	s->finishing = 1;
	s->ctx = NULL;
}

void
streams_free(struct streams *o)
{
	struct stream	*s;
	const struct stream_in *in;
	const struct stream_out *out;

	if (o == NULL)
		return;
	o->dying = 1;
	while ((s = TAILQ_FIRST(&o->in)) != NULL) {
		in = s->in;
		if (!s->finishing && in->end != NULL)
			in->end(s, 1);
		stream_remove(s);
	}
	while ((s = TAILQ_FIRST(&o->out)) != NULL) {
		out = s->out;
		if (!s->finishing && out != NULL && out->gone != NULL)
			out->gone(s);
		stream_remove(s);
	}
	free(o);
}

static struct stream *
stream_find(struct streamlist *l, uint32_t sid)
{
	struct stream	*s;

	TAILQ_FOREACH(s, l, entry)
		if (s->sid == sid)
			return (s);
	return (NULL);
}

/* --- writing ----------------------------------------------------------- */
struct stream *
stream_write_new(struct link *l, const struct stream_out *ops, void *ctx)
{
	struct streams	*o = link_streams(l);
	struct stream	*s;

	if (o == NULL || o->dying || o->nout >= STREAMS_MAX ||
	    (s = calloc(1, sizeof(*s))) == NULL)
		return (NULL);
	s->owner = o;
	s->out = ops;
	s->ctx = ctx;
	s->credit = STREAM_FIRST;
	s->sid = o->next++;
	if (o->next == 0)
		o->next = 1;
	buf_init(&s->q);
	TAILQ_INSERT_HEAD(&o->out, s, entry);
	o->nout++;
	return (s);
}

static size_t
stream_queued(const struct stream *s)
{
	return (s->q.len - s->qoff);
}

/* Send what credit allows.  The stream may be gone afterwards. */
static void
stream_pump(struct stream *s)
{
	struct msg_STREAM_DATA	 d;
	struct msg_STREAM_END	 e;
	size_t			 n;

	while (s->credit > 0 && stream_queued(s) > 0) {
		n = MINIMUM(stream_queued(s), (size_t)STREAM_CHUNK);
		n = MINIMUM(n, s->credit);
		d.sid = s->sid;
		d.data.p = (const uint8_t *)s->q.p + s->qoff;
		d.data.len = (uint32_t)n;
		if (msg_send_STREAM_DATA(s->owner->link, 0, -1, &d) == 0)
			break;
		s->qoff += n;
		s->credit -= n;
	}
	if (stream_queued(s) > 0) {
		/* Moved seldom: a reader that takes a byte at a time must not
		 * make each cost the whole queue. */
		if (s->qoff > s->q.len / 2) {
			buf_drain(&s->q, s->qoff);
			s->qoff = 0;
		}
		return;
	}
	buf_free(&s->q);
	s->qoff = 0;
	if (s->finishing) {
		e.sid = s->sid;
		e.err = (uint8_t)s->err;
		msg_send_STREAM_END(s->owner->link, 0, -1, &e);
		stream_remove(s);
	}
}

int
stream_write(struct stream *s, const void *p, size_t n)
{
	if (s->finishing || s->owner->dying ||
	    stream_queued(s) + n > STREAM_QUEUE)
		return (-1);
	if (buf_add(&s->q, p, n) == -1)
		return (-1);
	stream_pump(s);
	return (0);
}

size_t
stream_room(const struct stream *s)
{
	if (s->credit <= stream_queued(s))
		return (0);
	return ((size_t)(s->credit - stream_queued(s)));
}

void
stream_finish(struct stream *s, int err)
{
	if (s->finishing)
		return;
	if (s->owner->dying) {
		stream_disown(s);
		return;
	}
	s->finishing = 1;
	s->err = err;
	s->ctx = NULL;
	stream_pump(s);
}

/* --- reading ----------------------------------------------------------- */
struct stream *
stream_read_new(struct link *l, uint32_t sid, uint32_t window,
    const struct stream_in *ops, void *ctx)
{
	struct streams		*o = link_streams(l);
	struct msg_STREAM_CREDIT c;
	struct stream		*s;

	if (o == NULL || o->dying || o->nin >= STREAMS_MAX || window == 0 ||
	    stream_find(&o->in, sid) != NULL ||
	    (s = calloc(1, sizeof(*s))) == NULL)
		return (NULL);
	s->owner = o;
	s->in = ops;
	s->ctx = ctx;
	s->sid = sid;
	s->window = s->granted = MAXIMUM(window, (uint32_t)STREAM_FIRST);
	buf_init(&s->q);
	TAILQ_INSERT_HEAD(&o->in, s, entry);
	o->nin++;
	c.sid = sid;
	c.bytes = s->window - STREAM_FIRST;
	if (c.bytes > 0)
		msg_send_STREAM_CREDIT(l, 0, -1, &c);
	return (s);
}

void
stream_consumed(struct stream *s, size_t n)
{
	struct msg_STREAM_CREDIT c;

	s->owed += (uint32_t)n;
	/* Few, large grants: half a window is early enough to never stall. */
	if (s->owed < s->window / 2 || s->finishing || s->owner->dying)
		return;
	c.sid = s->sid;
	c.bytes = s->owed;
	s->granted += s->owed;
	s->owed = 0;
	msg_send_STREAM_CREDIT(s->owner->link, 0, -1, &c);
}

void
stream_drop(struct stream *s)
{
	struct msg_STREAM_CREDIT c;

	if (s->finishing)
		return;
	if (s->owner->dying) {
		stream_disown(s);
		return;
	}
	c.sid = s->sid;
	c.bytes = CREDIT_DROPPED;
	msg_send_STREAM_CREDIT(s->owner->link, 0, -1, &c);
	stream_remove(s);
}

uint32_t
stream_sid(const struct stream *s)
{
	return (s->sid);
}

void *
stream_ctx(const struct stream *s)
{
	return (s->ctx);
}

/* --- what arrives ------------------------------------------------------ */
static enum msg_verdict
on_data(struct streams *o, const struct msg_STREAM_DATA *m)
{
	struct stream	*s;

	/* Unknown: dropped by us while the bytes were under way. */
	if ((s = stream_find(&o->in, m->sid)) == NULL)
		return (MV_OK);
	if (m->data.len > s->granted)
		return (MV_CREDIT);
	s->granted -= m->data.len;
	if (m->data.len > 0)
		s->in->data(s, m->data.p, m->data.len);
	return (MV_OK);
}

static enum msg_verdict
on_credit(struct streams *o, const struct msg_STREAM_CREDIT *m)
{
	struct stream	*s;

	if ((s = stream_find(&o->out, m->sid)) == NULL)
		return (MV_OK);
	if (m->bytes == CREDIT_DROPPED) {
		/* Out of the list first: gone() may free the link, and
		 * stream_finish() in it is a no-op now. */
		stream_unlist(s);
		if (!s->finishing) {
			s->finishing = 1;
			if (s->out != NULL && s->out->gone != NULL)
				s->out->gone(s);
		}
		stream_release(s);
		return (MV_OK);
	}
	if (s->credit + m->bytes > UINT32_MAX)
		return (MV_CREDIT);
	s->credit += m->bytes;
	if (stream_queued(s) > 0 || s->finishing) {
		stream_pump(s);
		if ((s = stream_find(&o->out, m->sid)) == NULL)
			return (MV_OK);
	}
	if (stream_queued(s) == 0 && s->credit > 0 && !s->finishing &&
	    s->out != NULL && s->out->room != NULL)
		s->out->room(s);
	return (MV_OK);
}

static enum msg_verdict
on_end(struct streams *o, const struct msg_STREAM_END *m)
{
	struct stream	*s;

	if ((s = stream_find(&o->in, m->sid)) == NULL)
		return (MV_OK);
	/* Out of the list first; stream_drop() in end() is a no-op. */
	stream_unlist(s);
	s->finishing = 1;
	if (s->in->end != NULL)
		s->in->end(s, m->err);
	stream_release(s);
	return (MV_OK);
}

enum msg_verdict
streams_input(struct streams *o, uint16_t type, const union msg_any *any)
{
	switch (type) {
	case MSG_STREAM_DATA:
		return (on_data(o, &any->STREAM_DATA));
	case MSG_STREAM_CREDIT:
		return (on_credit(o, &any->STREAM_CREDIT));
	default:
		return (on_end(o, &any->STREAM_END));
	}
}
