/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * A question of the relay's to the model, by way of gate: the body out, the
 * status and the answer back, or what broke it.  Run by the relay; holds no
 * key and believes the answer nothing but its bytes.
 */
#include <sys/queue.h>

#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/text.h"
#include "engines/common/http.h"
#include "engines/relay/relay.h"
#include "engines/relay/screen/observe.h"
#include "engines/relay/screen/screen.h"

#define ANSWER_MAX	65536
#define UNIT		(256u << 10)	/* of the body, queued at once */

struct exchange {
	TAILQ_ENTRY(exchange) entry;
	uint64_t	 turn;
	uint32_t	 req;		/* 0: gate is not there, it waits */
	struct buf	 body, answer;
	size_t		 off;
	struct stream	*w, *r;
	unsigned	 status;
	int		 done, unpaid;
	struct event	*late;
	exchange_fn	 fn;
	void		*ctx;
};
static TAILQ_HEAD(, exchange) all = TAILQ_HEAD_INITIALIZER(all);
static uint32_t		next_req;

static struct exchange *
exchange_find(uint32_t req)
{
	struct exchange	*x;

	TAILQ_FOREACH(x, &all, entry)
		if (x->req == req)
			break;
	return (x);
}

/* Its streams and its number are given up; the body stays. */
static void
exchange_close(struct exchange *x)
{
	if (x->r != NULL)
		stream_drop(x->r);
	if (x->w != NULL)
		stream_finish(x->w, 1);
	x->r = x->w = NULL;
	x->req = 0;
	x->off = 0;
	x->status = 0;
	buf_free(&x->answer);
}

static void
exchange_free(struct exchange *x)
{
	TAILQ_REMOVE(&all, x, entry);
	exchange_close(x);
	event_free(x->late);
	if (x->body.p != NULL)
		explicit_bzero(x->body.p, x->body.len);
	buf_free(&x->body);
	free(x);
}

void
exchange_drop(struct exchange *x)
{
	struct msg_API_ABORT	m;

	if (x == NULL)
		return;
	m.req = x->req;
	if (x->req != 0 && relay.gate != NULL)
		msg_send_API_ABORT(relay.gate, 0, -1, &m);
	exchange_free(x);
}

static void
exchange_end(struct exchange *x, const char *why)
{
	exchange_fn	 fn = x->fn;
	void		*ctx = x->ctx;
	int		 unpaid = x->unpaid;
	struct buf	 answer = x->answer;

	buf_init(&x->answer);
	exchange_free(x);
	if (why == NULL && (answer.failed || answer.len == 0))
		why = "the answer is empty or too long";
	fn(ctx, why == NULL ? answer.p : NULL, answer.len, why, unpaid);
	buf_free(&answer);
}

/* Both the word that it is over and the end of its body have come. */
static void
exchange_over(struct exchange *x, const char *why)
{
	char	text[64];

	if (!x->done || x->r != NULL)
		return;
	(void)str_format(text, sizeof(text), "the server answered %u",
	    x->status);
	if (why == NULL && x->status != 200)
		why = text;
	exchange_end(x, why);
}

static void
exchange_late(int fd, short what, void *arg)
{
	struct exchange		*x = arg;
	struct msg_API_ABORT	 m;

	(void)fd;
	(void)what;
	m.req = x->req;
	if (x->req != 0 && relay.gate != NULL)
		msg_send_API_ABORT(relay.gate, 0, -1, &m);
	exchange_end(x, "no answer in time");
}

/* --- out --------------------------------------------------------------- */
static void
body_more(struct exchange *x)
{
	size_t	n;

	while (x->w != NULL && x->off < x->body.len) {
		n = MINIMUM(x->body.len - x->off, stream_room(x->w));
		n = MINIMUM(n, (size_t)UNIT);
		if (n == 0)
			return;
		if (stream_write(x->w, x->body.p + x->off, n) == -1)
			return;
		x->off += n;
	}
	if (x->w != NULL)
		stream_finish(x->w, 0);
	x->w = NULL;
}

static void
body_room(struct stream *s)
{
	if (stream_ctx(s) != NULL)
		body_more(stream_ctx(s));
}

static void
body_gone(struct stream *s)
{
	struct exchange	*x = stream_ctx(s);

	/* gate wants no more of it; API_DONE says why. */
	if (x != NULL)
		x->w = NULL;
}

static const struct stream_out	body_ops = { body_room, body_gone };

static void
exchange_send(struct exchange *x)
{
	struct msg_API_REQ	m;

	if (relay.gate == NULL)
		return;
	memset(&m, 0, sizeof(m));
	if (++next_req == 0)
		next_req = 1;
	m.req = x->req = next_req;
	m.path = AP_MESSAGES;
	m.size = (uint32_t)x->body.len;
	m.turn = x->turn;
	x->w = stream_write_new(relay.gate, &body_ops, x);
	if (x->w != NULL)
		m.sid = stream_sid(x->w);
	if (x->w == NULL || msg_send_API_REQ(relay.gate, 0, -1, &m) == 0) {
		/* The clock of the question ends it. */
		log_warnx("gate takes no question of the observer");
		exchange_close(x);
		return;
	}
	body_more(x);
}

struct exchange *
exchange_new(uint64_t turn, struct buf *body, uint32_t ms, exchange_fn fn,
    void *ctx)
{
	struct timeval	 tv;
	struct exchange	*x;

	if ((x = calloc(1, sizeof(*x))) == NULL || (x->late = event_new(
	    relay.base, -1, 0, exchange_late, x)) == NULL || body->failed)
		fatal("exchange_new");
	x->turn = turn;
	x->body = *body;
	buf_init(body);
	buf_init(&x->answer);
	x->fn = fn;
	x->ctx = ctx;
	TAILQ_INSERT_TAIL(&all, x, entry);
	tv = ms_tv(ms);
	(void)event_add(x->late, &tv);
	exchange_send(x);
	return (x);
}

/* --- back -------------------------------------------------------------- */
static void
answer_data(struct stream *s, const uint8_t *p, size_t n)
{
	struct exchange	*x = stream_ctx(s);

	stream_consumed(s, n);
	if (x == NULL)
		return;
	if (x->answer.len + n <= ANSWER_MAX)
		(void)buf_add(&x->answer, p, n);
	else
		x->answer.failed = 1;
}

static void
answer_end(struct stream *s, int err)
{
	struct exchange	*x = stream_ctx(s);

	if (x == NULL)
		return;
	x->r = NULL;
	if (err != 0)
		x->answer.failed = 1;
	exchange_over(x, NULL);
}

static const struct stream_in	answer_ops = { answer_data, answer_end };

void
observe_on_head(struct link *l, const struct msg_API_HEAD *m,
    struct msg_meta *meta)
{
	struct exchange	*x = m->req == 0 ? NULL : exchange_find(m->req);
	struct stream	*s;

	(void)meta;
	if (x != NULL && (x->status != 0 || x->done))
		x = NULL;
	s = stream_read_new(l, m->sid, ANSWER_MAX, &answer_ops, x);
	if (x == NULL) {
		if (s != NULL)
			stream_drop(s);
		return;
	}
	x->status = m->status == 0 ? 1 : m->status;
	x->r = s;
}

void
observe_on_done(struct link *l, const struct msg_API_DONE *m,
    struct msg_meta *meta)
{
	struct exchange	*x = m->req == 0 ? NULL : exchange_find(m->req);
	char		 why[160];

	(void)l;
	(void)meta;
	if (x == NULL || x->done)
		return;
	x->done = 1;
	if (m->err == 0) {
		exchange_over(x, NULL);
		return;
	}
	x->unpaid = m->err == HE_LIMIT;
	(void)text_for_log(m->why, why, sizeof(why));
	if (x->r != NULL)
		stream_drop(x->r);
	x->r = NULL;
	exchange_over(x, why[0] == '\0' ? "the connection broke" : why);
}

/* What was asked is asked again when gate is back. */
void
observe_link_closed(void)
{
	struct exchange	*x;

	TAILQ_FOREACH(x, &all, entry) {
		/* The streams went with the link. */
		x->r = x->w = NULL;
		x->done = 0;
		exchange_close(x);
	}
}

void
observe_link_up(void)
{
	struct exchange	*x, *next;

	for (x = TAILQ_FIRST(&all); x != NULL; x = next) {
		next = TAILQ_NEXT(x, entry);
		if (x->req == 0)
			exchange_send(x);
	}
}
