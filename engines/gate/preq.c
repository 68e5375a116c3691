/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * One request of a client in a sandbox: may it be made, the same to the
 * server with our credential, the answer back.  Run by gate; believes neither
 * side.  libcurl writes each request anew from what was understood of the
 * client's, so no framing of the client's ever reaches the server.
 */
#include <stdlib.h>
#include <string.h>

#include "engines/gate/proxy.h"
#include "telclauded/lib/log.h"

#define CLIENT_GONE	499	/* for the audit log alone */

static unsigned nreq;

static const char *const names[] = {
	[PP_MESSAGES] = "/v1/messages",
	[PP_COUNT] = "/v1/messages/count_tokens",
	[PP_MODELS] = "/v1/models",
	[PP_NONE] = "-",
};

unsigned
preq_count(void)
{
	return (nreq);
}

static void
forget(struct preq *q)
{
	paudit_request(q->c, names[q->path], q->status, q);
	if (q->slot)
		limit_end(q->c->l->scope);
	upstream_unref(q->up);
	if (q->body.p != NULL)
		explicit_bzero(q->body.p, q->body.len);
	buf_free(&q->body);
	buf_free(&q->target);
	buf_free(&q->fields);
	buf_free(&q->a.fields);
	free(q);
	nreq--;
}

void
preq_free(struct preq *q)
{
	if (q->r != NULL)
		http_abort(q->r);
	if (!q->headed)
		q->status = CLIENT_GONE;
	pbody_settle(q, q->sent ? SE_LOST : SE_FREE);
	forget(q);
}

static void
finish(struct preq *q)
{
	struct pconn *c = q->c;

	if (!q->ended)
		c->close = 1;
	forget(q);
	pconn_done(c);
}

void
preq_refuse(struct preq *q, unsigned status, const char *extra,
    const char *why)
{
	if (q->r != NULL)
		http_abort(q->r);
	q->r = NULL;
	pbody_settle(q, q->sent ? SE_LOST : SE_FREE);
	q->ours = 1;
	if (q->headed) {		/* too late for another one */
		q->c->cut = 1;
		finish(q);
		return;
	}
	q->status = status;
	if (!q->ended)
		q->c->close = 1;
	answer_error(q->c, status, extra, why);
	finish(q);
}

/* --- upstream ----------------------------------------------------------- */
static void
got_field(struct http_req *r, const char *p, size_t n, void *ctx)
{
	struct preq *q = ctx;

	(void)r;
	answer_field(&q->a, p, n);
}

static void
got_head(struct http_req *r, long status, uint32_t retry_ms,
    const char *reqid, void *ctx)
{
	struct preq *q = ctx;

	(void)r;
	(void)retry_ms;
	(void)reqid;
	q->status = (unsigned)status;
	usage_init(&q->usage, usage_form(q->a.type, strlen(q->a.type),
	    q->a.encoded));
	answer_begin(q);
}

static size_t
got_data(struct http_req *r, const char *p, size_t n, void *ctx)
{
	struct preq *q = ctx;

	(void)r;
	n = MINIMUM(n, pconn_room(q->c));
	if (n > 0) {
		if (q->path == PP_MESSAGES)
			usage_feed(&q->usage, p, n);
		answer_data(q, p, n);
	}
	return (n);
}

void
preq_room(struct preq *q)
{
	if (q->r != NULL && q->headed)
		http_resume(q->r);
}

static int
never_left(enum http_err err)
{
	return (err == HE_NAME || err == HE_CONNECT || err == HE_TLS);
}

static void
got_done(struct http_req *r, enum http_err err, const char *why, void *ctx)
{
	struct preq *q = ctx;

	(void)r;
	q->r = NULL;
	if (err != HE_OK)
		log_warnx("proxy: model server: %s", why);
	pbody_settle(q, q->status >= 400 || never_left(err) ? SE_FREE :
	    err == HE_OK ? SE_WHOLE : SE_LOST);
	if (err == HE_OK)
		answer_end(q);
	else if (q->headed)
		q->c->cut = 1;
	else {
		q->status = err == HE_FIRST || err == HE_IDLE ? 504 : 502;
		if (!q->ended)
			q->c->close = 1;
		answer_error(q->c, q->status, "", why);
	}
	finish(q);
}

static long
want_body(struct http_req *r, char *p, size_t n, void *ctx)
{
	(void)r;
	return (pbody_take(ctx, p, n));
}

int
preq_send(struct preq *q)
{
	static const struct http_cb post = { got_head, got_data, got_done,
	    want_body, got_field };
	static const struct http_cb get = { got_head, got_data, got_done,
	    NULL, got_field };
	const char *headers[HTTPREQ_FIELDS + 8], *p = q->fields.p;
	struct http_opts o = { .method = q->method, .path = q->target.p,
	    .headers = headers, .connect_ms = CONNECT_MS,
	    .first_ms = q->up->first_ms, .idle_ms = q->up->idle_ms,
	    .max = ANSWER_MAX };
	int i;

	headers[0] = q->up->auth.p;
	for (i = 1; i <= q->nfields; i++, p += strlen(p) + 1)
		headers[i] = p;
	headers[i] = NULL;
	o.len = q->chunked && !q->ended ? HTTP_CHUNKED : (size_t)(q->chunked ?
	    q->bytes : q->length);
	q->sent = 1;
	q->r = http_send(q->up->http, &o, q->path == PP_MODELS ? &get : &post,
	    q);
	buf_free(&q->fields);
	if (q->r != NULL)
		return (0);
	q->sent = 0;
	preq_refuse(q, 500, "", "gate cannot make this request");
	return (-1);
}

/* --- admission ---------------------------------------------------------- */
static int
token_given(const struct pconn *c, const struct httpreq *h)
{
	static const char bearer[] = "Bearer ";
	const size_t nb = sizeof(bearer) - 1;
	const struct httpreq_field *f;

	if ((f = httpreq_one(h, "x-api-key")) != NULL &&
	    settings_token_is(c->l->scope, f->value, f->nvalue))
		return (1);
	return ((f = httpreq_one(h, "authorization")) != NULL &&
	    f->nvalue > nb && memcmp(f->value, bearer, nb) == 0 &&
	    settings_token_is(c->l->scope, f->value + nb, f->nvalue - nb));
}

/* What to answer instead; 0: it may go on, and has its place. */
static unsigned
refusal(const struct pconn *c, const struct httpreq *h,
    const struct route *rt, const char **why, char *extra, size_t size)
{
	int get = rt->path == PP_MODELS;
	unsigned wait;

#define NO(cond, status, text) do {					\
	if (cond) {							\
		*why = (text);						\
		return (status);					\
	}								\
} while (0)
	NO(c->l->outside && !token_given(c, h), 401, "this address wants the "
	    "token of its scope, as x-api-key or Bearer");
	NO(rt->path == PP_NONE, 404, "there is no such path; /v1/messages, "
	    "/v1/messages/count_tokens and /v1/models are here");
	(void)str_format(extra, size, "allow: %s\r\n", rt->allow);
	NO(strcmp(h->method, rt->allow) != 0, 405, "that path has another "
	    "method");
	extra[0] = '\0';
	NO(get && (h->chunked || (h->haslen && h->length > 0)), 400,
	    "GET has no body");
	NO(!get && !h->chunked && !h->haslen, 411, "content-length is "
	    "missing");
	NO(h->length > BODY_MAX, 413, "the body is larger than 32 MiB");
	NO(gate_draining(), 503, "gate is stopping");
	wait = limit_begin(proxy_conf(), c->l->scope, now_ms());
	(void)str_format(extra, size, "retry-after: %u\r\n", wait);
	NO(wait > 0, 429, "this sandbox makes too many requests (`requests' "
	    "of the agent block)");
	extra[0] = '\0';
#undef NO
	return (0);
}

static int
readable(const struct httpreq *h)
{
	unsigned i;

	for (i = 0; i < h->nf; i++)
		if (httpreq_is(&h->f[i], "content-encoding") &&
		    !(h->f[i].nvalue == 8 &&
		    httpreq_has(&h->f[i], "identity")))
			return (0);
	return (1);
}

static struct preq *
preq_new(struct pconn *c, const struct httpreq *h, const struct route *rt)
{
	struct preq *q;

	if ((q = calloc(1, sizeof(*q))) == NULL) {
		limit_end(c->l->scope);
		c->close = 1;
		answer_error(c, 500, "", "gate is out of memory");
		return (NULL);
	}
	nreq++;
	q->c = c;
	c->q = q;
	q->slot = 1;
	q->path = rt->path;
	(void)str_copy(q->method, rt->allow, sizeof(q->method));
	buf_init(&q->target);
	buf_init(&q->fields);
	buf_init(&q->body);
	buf_init(&q->a.fields);
	q->chunked = h->chunked;
	q->length = h->chunked ? BODY_MAX : h->length;
	q->left = q->length;
	q->ended = q->length == 0;
	q->readable = readable(h);
	q->holding = rt->path == PP_MESSAGES;
	bodyscan_init(&q->scan, q->readable);
	(void)buf_add(&q->target, rt->target, rt->ntarget);
	return (q);
}

void
preq_start(struct pconn *c, const struct httpreq *h)
{
	const char *why = "";
	char extra[64] = "";
	struct route rt;
	unsigned status;
	struct preq *q;

	proxy_route(&rt, h->target, h->ntarget);
	if ((status = refusal(c, h, &rt, &why, extra, sizeof(extra))) != 0) {
		if (h->chunked || h->length > 0)
			c->close = 1;
		paudit_request(c, names[rt.path], status, NULL);
		answer_error(c, status, extra, why);
		return;
	}
	if ((q = preq_new(c, h, &rt)) == NULL)
		return;
	if ((q->up = upstream_ref()) == NULL) {
		preq_refuse(q, 500, "", "no key for the model server: set one "
		    "in the configuration (anthropic { key ... })");
		return;
	}
	q->nfields = proxy_fields(h, q->up->oauth, &q->fields);
	if (q->nfields == -1 || q->target.failed) {
		preq_refuse(q, 500, "", "gate is out of memory");
		return;
	}
	if (h->expect && !q->ended) {
		pconn_add(c, "HTTP/1.1 100 Continue\r\n\r\n", 25);
		pconn_flush(c);
	}
	if (!q->holding)
		(void)preq_send(q);
}
