/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * One exchange with the model server by way of gate: the body out, status and
 * bytes back.  What belongs to no exchange any more is read and dropped.
 */
#include <stdlib.h>
#include <string.h>

#include "engines/agent/agent.h"
#include "engines/common/http.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/text.h"

#define UNIT		(4u << 20)	/* of the body, queued at once */
#define ERR_MAX		65536		/* of a body that is an error */

struct api {
	TAILQ_ENTRY(api) entry;
	uint32_t	 req;
	struct turn	*t;		/* NULL: nobody listens any more */
	struct stream	*w, *r;
	struct buf	 body;
	size_t		 off;
	unsigned	 status;	/* 0: no head yet */
	uint32_t	 retry_ms;
	char		 reqid[80];
	struct buf	 err;
	int		 done;
	int		 doneerr;
	char		 why[256];
};
static TAILQ_HEAD(, api) apis = TAILQ_HEAD_INITIALIZER(apis);
static uint32_t	 nextreq;

static struct api *
api_find(uint32_t req)
{
	struct api	*a;

	TAILQ_FOREACH(a, &apis, entry)
		if (a->req == req)
			break;
	return (a);
}

unsigned
api_running(void)
{
	struct api	*a;
	unsigned	 n = 0;

	TAILQ_FOREACH(a, &apis, entry)
		n += a->t != NULL;
	return (n);
}

static void
api_free(struct api *a)
{
	if (a->t != NULL)
		a->t->api = NULL;
	if (a->r != NULL)
		stream_drop(a->r);
	if (a->w != NULL)
		stream_finish(a->w, 1);
	TAILQ_REMOVE(&apis, a, entry);
	buf_free(&a->body);
	buf_free(&a->err);
	free(a);
}

/* --- the body ------------------------------------------------------------ */
static void
body_more(struct api *a)
{
	size_t	 n;

	while (a->w != NULL && a->off < a->body.len) {
		/* The first unit does not wait for credit: it is queued. */
		if (a->off > 0 && stream_room(a->w) == 0)
			return;
		n = MINIMUM(a->body.len - a->off, (size_t)UNIT);
		if (stream_write(a->w, a->body.p + a->off, n) == -1)
			return;
		a->off += n;
	}
	if (a->w != NULL) {
		stream_finish(a->w, 0);
		a->w = NULL;
	}
	buf_free(&a->body);
}

static void
body_room(struct stream *s)
{
	body_more(stream_ctx(s));
}

static void
body_gone(struct stream *s)
{
	struct api	*a = stream_ctx(s);

	/* gate wants no more of it; API_DONE says why. */
	a->w = NULL;
	buf_free(&a->body);
}

static const struct stream_out	 body_ops = { body_room, body_gone };

int
api_send(struct turn *t, struct buf *body)
{
	struct msg_API_REQ	 m;
	struct api		*a;

	if (gate_link() == NULL || (a = calloc(1, sizeof(*a))) == NULL) {
		buf_free(body);
		return (-1);
	}
	a->t = t;
	a->req = ++nextreq;
	a->body = *body;
	buf_init(body);
	buf_init(&a->err);
	TAILQ_INSERT_HEAD(&apis, a, entry);
	memset(&m, 0, sizeof(m));
	m.req = a->req;
	m.path = AP_MESSAGES;
	m.size = (uint32_t)a->body.len;
	m.turn = t->id;
	m.tokens_in = estimate_next(t->conv);
	(void)str_copy(m.beta, settings()->c.beta, sizeof(m.beta));
	a->w = stream_write_new(gate_link(), &body_ops, a);
	if (a->w != NULL)
		m.sid = stream_sid(a->w);
	if (a->w == NULL || msg_send_API_REQ(gate_link(), 0, -1, &m) == 0) {
		a->t = NULL;
		api_free(a);
		return (-1);
	}
	t->api = a;
	body_more(a);
	return (0);
}

void
api_detach(struct turn *t)
{
	if (t->api != NULL) {
		t->api->t = NULL;
		t->api = NULL;
	}
}

void
api_abort(struct turn *t)
{
	struct msg_API_ABORT	 m;

	if (t->api == NULL)
		return;
	m.req = t->api->req;
	msg_send_API_ABORT(gate_link(), 0, -1, &m);
	api_free(t->api);
}

/* --- the answer ---------------------------------------------------------- */
/* Both ways are closed: say what came of it, if somebody still listens. */
static void
finish(struct api *a)
{
	struct turn	*t = a->t;
	struct api	 was;

	if (!a->done || a->r != NULL)
		return;
	was = *a;
	buf_init(&a->err);	/* it lives on in the copy */
	api_free(a);
	if (t != NULL && was.doneerr == HE_LIMIT && was.status == 0) {
		round_limited(t, was.why);
		buf_free(&was.err);
		return;
	}
	/* gate itself would not: that rarely changes in a minute. */
	if (t != NULL && was.doneerr == HE_OTHER)
		t->tries = MAXIMUM(t->tries, TURN_TRIES - 3);
	if (t != NULL && was.status == 0)
		round_cut(t, was.doneerr == HE_OTHER ? TO_BROKEN : TO_NETWORK,
		    was.retry_ms, was.why);
	else if (t != NULL && was.status == 200)
		round_cut(t, TO_NETWORK, was.retry_ms, was.doneerr ? was.why :
		    "the answer ended before its end");
	else if (t != NULL)
		round_refused(t, was.status, was.retry_ms, was.reqid,
		    was.err.len > 0 ? was.err.p : "", was.err.len);
	buf_free(&was.err);
}

static void
answer_data(struct stream *s, const uint8_t *p, size_t n)
{
	struct api	*a = stream_ctx(s);

	stream_consumed(s, n);
	if (a->t == NULL)
		return;
	if (a->status == 200)
		/* May end the turn and with it this stream: nothing after. */
		round_bytes(a->t, (const char *)p, n);
	else if (a->err.len + n <= ERR_MAX)
		buf_add(&a->err, p, n);
}

static void
answer_end(struct stream *s, int err)
{
	struct api	*a = stream_ctx(s);

	(void)err;		/* API_DONE tells more */
	a->r = NULL;
	/* A dead link: api_gate_lost() follows and ends all of them. */
	if (gate_link() != NULL && link_alive(gate_link()))
		finish(a);
}

static const struct stream_in	 answer_ops = { answer_data, answer_end };

static void
ignored_data(struct stream *s, const uint8_t *p, size_t n)
{
	(void)p;
	stream_consumed(s, n);
}

static const struct stream_in	 ignored_ops = { ignored_data, NULL };

void
api_head(struct link *l, const struct msg_API_HEAD *m)
{
	struct api	*a = api_find(m->req);
	struct stream	*s;

	if (a == NULL || a->status != 0 || a->done) {
		/* Of an exchange we dropped. */
		s = stream_read_new(l, m->sid, UNREAD_MAX, &ignored_ops, NULL);
		if (s != NULL)
			stream_drop(s);
		return;
	}
	a->status = m->status == 0 ? 1 : m->status;
	a->retry_ms = m->retry_ms;
	(void)str_copy(a->reqid, m->reqid, sizeof(a->reqid));
	a->r = stream_read_new(l, m->sid, UNREAD_MAX, &answer_ops, a);
	if (a->r == NULL)
		log_warnx("no stream for the answer of the model server");
	if (a->t != NULL && a->status == 200)
		turn_state(a->t, TU_STREAM, 0);
}

void
api_done(const struct msg_API_DONE *m)
{
	struct api	*a = api_find(m->req);

	if (a == NULL)
		return;
	a->done = 1;
	a->doneerr = m->err;
	text_for_log(m->why, a->why, sizeof(a->why));
	if (a->why[0] == '\0')
		(void)str_copy(a->why, "the connection broke",
		    sizeof(a->why));
	finish(a);
}

void
api_gate_lost(void)
{
	struct api	*a;
	struct turn	*t;

	while ((a = TAILQ_FIRST(&apis)) != NULL) {
		t = a->t;
		/* The streams went with the link. */
		a->r = a->w = NULL;
		api_free(a);
		if (t != NULL)
			round_cut(t, TO_BROKEN, 0, "the gate went away");
	}
}
