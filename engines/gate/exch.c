/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * One request of an agent and the server's answer, run by gate.  Bodies pass
 * through as they are, in both directions.  A request leaves when all of it is
 * here and the relay has set its worst cost aside; of the answer gate counts,
 * on the side, what it used, and settles.  Memory an exchange: its request
 * until that is sent, and of the answer what libcurl holds (32 KiB) and what
 * the agent gave credit for.
 *
 * The key is added here and appears in no message.  If the server wrote it
 * into an answer, the agent would read it: answers are not searched.
 */
#include <sys/queue.h>

#include <stdlib.h>
#include <string.h>

#include "engines/common/engine.h"
#include "engines/gate/exch.h"
#include "engines/gate/proxy.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"

#define SCOPE_LIMIT	320		/* exchanges of one scope at once */

struct exchs	 exchs = TAILQ_HEAD_INITIALIZER(exchs);
static unsigned	 nexch;

static const char *const paths[AP_MAX] = {
	[AP_MESSAGES] = "/v1/messages",
	[AP_COUNT] = "/v1/messages/count_tokens",
};

unsigned
exch_count(void)
{
	return (nexch);
}

static struct exch *
exch_find(const struct link *l, uint32_t req)
{
	struct exch *x;

	TAILQ_FOREACH(x, &exchs, entry)
		if (x->l == l && x->req == req)
			break;
	return (x);
}

static void
exch_free(struct exch *x)
{
	if (x->r != NULL)
		http_abort(x->r);
	(void)spend_settle(&x->hold, x->sent ? SE_LOST : SE_FREE, &x->usage);
	if (x->out != NULL)
		stream_finish(x->out, 1);
	upstream_unref(x->up);
	exchbody_free(x);
	TAILQ_REMOVE(&exchs, x, entry);
	free(x);
	if (--nexch == 0)
		gate_idle();
}

static void
send_done(struct link *l, uint32_t req, enum http_err err, const char *why)
{
	struct msg_API_DONE m = { .req = req, .err = (uint8_t)err };

	m.why = text_of(why, MINIMUM(strlen(why), (size_t)256));
	(void)msg_send_API_DONE(l, 0, -1, &m);
}

/* What `telclaudectl status' shows. */
static void
send_state(unsigned status, enum http_err err)
{
	struct msg_API_STATE m = { .status = (uint16_t)status,
	    .err = (uint8_t)err, .ms = wall_ms() };

	(void)msg_send_API_STATE(engine_parent(), 0, -1, &m);
}

void
exch_fail(struct exch *x, enum http_err err, const char *why)
{
	send_done(x->l, x->req, err, why);
	exch_free(x);
}

static long
want_body(struct http_req *r, char *p, size_t n, void *ctx)
{
	(void)r;
	return (exchbody_take(ctx, p, n));
}

/* --- the answer: server to agent --------------------------------------- */
static void
answer_room(struct stream *s)
{
	struct exch *x = stream_ctx(s);

	if (x != NULL && x->r != NULL)
		http_resume(x->r);
}

/* The agent reads no more of it: nobody is left to tell. */
static void
answer_gone(struct stream *s)
{
	struct exch *x = stream_ctx(s);

	if (x == NULL)
		return;
	x->out = NULL;
	exch_free(x);
}

static const struct stream_out answer_ops = { answer_room, answer_gone };

static void
got_head(struct http_req *r, long status, uint32_t retry_ms, const char *reqid,
    void *ctx)
{
	struct exch *x = ctx;
	struct msg_API_HEAD m = { .req = x->req, .status = (uint16_t)status,
	    .retry_ms = retry_ms };

	(void)r;
	x->status = (unsigned)status;
	(void)str_copy(m.reqid, reqid, sizeof(m.reqid));
	if ((x->out = stream_write_new(x->l, &answer_ops, x)) != NULL)
		m.sid = stream_sid(x->out);
	if (x->out == NULL || msg_send_API_HEAD(x->l, 0, -1, &m) == 0)
		exch_fail(x, HE_OTHER, "gate cannot hand the answer on");
}

static size_t
got_data(struct http_req *r, const char *p, size_t n, void *ctx)
{
	struct exch *x = ctx;

	(void)r;
	n = MINIMUM(n, stream_room(x->out));
	if (n > 0 && stream_write(x->out, p, n) == -1) {
		exch_fail(x, HE_OTHER, "gate cannot hand the answer on");
		return (0);
	}
	if (n > 0 && x->usage.form == UF_NONE)
		usage_init(&x->usage, *p == '{' ? UF_JSON : UF_SSE);
	usage_feed(&x->usage, p, n);
	return (n);
}

/* A stream begins before the first word of it is made.  Who asked cannot
 * break the connection, and giving up is no such end. */
static enum spend_end
how_it_ended(const struct exch *x, enum http_err err)
{
	if (x->status >= 400 || err == HE_NAME || err == HE_CONNECT ||
	    err == HE_TLS)
		return (SE_FREE);
	if (err == HE_OK)
		return (SE_WHOLE);
	return (x->status == 0 && err == HE_CUT ? SE_UNHEARD : SE_LOST);
}

static void
got_done(struct http_req *r, enum http_err err, const char *why, void *ctx)
{
	struct exch *x = ctx;

	(void)r;
	x->r = NULL;
	if (err != HE_OK)
		log_warnx("model server: %s", why);
	(void)spend_settle(&x->hold, how_it_ended(x, err), &x->usage);
	send_state(x->status, err);
	if (x->out != NULL) {
		stream_finish(x->out, err != HE_OK);
		x->out = NULL;
	}
	exch_fail(x, err, why);
}

static const struct http_cb http_ops = { got_head, got_data, got_done,
    want_body };

/* --- start and end ----------------------------------------------------- */
static void
send_request(struct exch *x)
{
	const char *headers[] = { x->up->auth.p,
	    "anthropic-version: 2023-06-01", "content-type: application/json",
	    "user-agent: telclauded/" TC_VERSION, x->beta, NULL };
	struct http_opts o = { .method = "POST", .path = paths[x->ask.path],
	    .headers = headers, .len = x->ask.size, .connect_ms = CONNECT_MS,
	    .first_ms = x->up->first_ms, .idle_ms = x->up->idle_ms,
	    .max = ANSWER_MAX };

	if (x->beta[0] == '\0')
		headers[NELEM(headers) - 2] = NULL;
	x->r = http_send(x->up->http, &o, &http_ops, x);
	x->sent = x->r != NULL;
	if (x->r == NULL)
		exch_fail(x, HE_OTHER, "gate cannot make this request");
}

static void
allowed(void *ctx, int granted, const char *why, uint32_t wait_s)
{
	struct exch *x = ctx;

	(void)wait_s;
	if (granted)
		send_request(x);
	else		/* no money is final, no relay is not */
		exch_fail(x, strcmp(why, SPEND_AWAY) == 0 ? HE_OTHER :
		    HE_LIMIT, why);
}

void
exch_whole(struct exch *x)
{
	if (x->ask.path != AP_MESSAGES) {
		send_request(x);
		return;
	}
	x->hold = spend_ask(link_scope(x->l), x->ask.turn,
	    spend_model(&x->scan), cost_worst(proxy_conf(), &x->scan,
	    x->ask.size, 1, x->ask.tokens_in), allowed, x);
	if (x->hold == NULL)
		exch_fail(x, HE_OTHER, SPEND_AWAY);
}

static const char *
refusal(const struct link *l, const struct msg_API_REQ *m)
{
	struct exch *x;
	unsigned n = 0;

	if (m->path >= AP_MAX || m->size == 0 || m->size > BODY_MAX)
		return ("no such request to the model server");
	if (gate_draining())
		return ("gate is stopping");
	TAILQ_FOREACH(x, &exchs, entry)
		n += link_scope(x->l) == link_scope(l);
	if (n >= SCOPE_LIMIT)
		return ("too many requests to the model server at once");
	if (exch_find(l, m->req) != NULL)
		return ("this request is running already");
	return (NULL);
}

void
exch_start(struct link *l, const struct msg_API_REQ *m)
{
	const char *why;
	struct exch *x;

	if ((why = refusal(l, m)) != NULL) {
		send_done(l, m->req, HE_OTHER, why);
		return;
	}
	if ((x = calloc(1, sizeof(*x))) == NULL) {
		send_done(l, m->req, HE_OTHER, "gate is out of memory");
		return;
	}
	x->l = l;
	x->req = m->req;
	x->ask = *m;
	x->left = m->size;
	TAILQ_INSERT_TAIL(&exchs, x, entry);
	nexch++;
	if ((x->up = upstream_ref()) == NULL) {
		exch_fail(x, HE_OTHER, "no key for the model server: set one "
		    "in the configuration (anthropic { key ... })");
		return;
	}
	if (gate_beta(x->beta, sizeof(x->beta), m->beta, x->up->oauth) == -1 ||
	    exchbody_begin(x) == -1)
		exch_fail(x, HE_OTHER, "gate cannot make this request");
}

void
exch_abort(struct link *l, uint32_t req)
{
	struct exch *x = exch_find(l, req);

	if (x != NULL)		/* it may have ended meanwhile */
		exch_free(x);
}

void
exch_link_gone(struct link *l)
{
	struct exch *x, *next;

	for (x = TAILQ_FIRST(&exchs); x != NULL; x = next) {
		next = TAILQ_NEXT(x, entry);
		if (x->l == l)
			exch_free(x);
	}
}
