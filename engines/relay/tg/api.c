/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Methods of the Bot API over http.h.  The token is only ever put into the
 * path of a request, never into a log line.  Run by the relay.
 */
#include <sys/queue.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/people/names.h"
#include "engines/relay/relay.h"
#include "engines/relay/tg/api.h"

#define API_CONNECT_MS	10000

struct api_call {
	TAILQ_ENTRY(api_call) entry;
	struct http_req	*req;
	int		 raw;
	struct buf	 in;
	long		 status;
	uint32_t	 retry_ms;
	long		(*fill)(void *, char *, size_t);
	int		(*data)(const char *, size_t, void *);
	int		 stopped;	/* by data: the rest is not wanted */
	api_fn		 fn;
	void		*ctx;
};

static struct http	*api_http;
static TAILQ_HEAD(, api_call) api_calls = TAILQ_HEAD_INITIALIZER(api_calls);

static void	 api_finish(struct api_call *, enum http_err, const char *);

int
api_init(int ca_fd)
{
	return (http_global_init(relay.base, ca_fd));
}

int
api_setup(const char *base)
{
	struct http	*h;
	struct api_call	*c;

	if ((h = http_new(base)) == NULL)
		return (-1);
	while ((c = TAILQ_FIRST(&api_calls)) != NULL) {
		http_abort(c->req);
		api_finish(c, HE_ABORT, "the server was changed");
	}
	http_free(api_http);
	api_http = h;
	return (0);
}

int
api_url_ok(const char *base)
{
	struct http	*h = http_new(base);

	http_free(h);
	return (h != NULL);
}

void
api_forget(void)
{
	if (api_http != NULL)
		http_forget(api_http);
}

static void
api_free(struct api_call *c)
{
	TAILQ_REMOVE(&api_calls, c, entry);
	buf_free(&c->in);
	free(c);
}

static void
on_head(struct http_req *req, long status, uint32_t retry_ms,
    const char *reqid, void *ctx)
{
	struct api_call	*c = ctx;

	(void)req;
	(void)reqid;
	c->status = status;
	c->retry_ms = retry_ms;
}

static size_t
on_data(struct http_req *req, const char *p, size_t n, void *ctx)
{
	struct api_call	*c = ctx;

	(void)req;
	if (c->data == NULL || c->status != 200)
		(void)buf_add(&c->in, p, n);
	else if (!c->stopped && c->data(p, n, c->ctx) == -1)
		c->stopped = 1;
	return (n);
}

static long
on_fill(struct http_req *req, char *p, size_t n, void *ctx)
{
	struct api_call	*c = ctx;

	(void)req;
	return (c->fill(c->ctx, p, n));
}

static void
api_finish(struct api_call *c, enum http_err err, const char *why)
{
	struct api_reply	 r;
	char			 text[256];

	if (c->in.failed)
		err = HE_OTHER;
	api_judge(err, c->status, c->retry_ms,
	    c->in.p == NULL ? "" : c->in.p, c->in.len, c->raw, &r, text,
	    sizeof(text));
	if (err != HE_OK && why != NULL)
		(void)str_copy(text, why, sizeof(text));
	c->fn(&r, c->ctx);
	api_free(c);
}

static void
on_done(struct http_req *req, enum http_err err, const char *why, void *ctx)
{
	(void)req;
	api_finish(ctx, err, why);
}

static const struct http_cb api_cb = {
	.head = on_head,
	.data = on_data,
	.done = on_done,
};
static const struct http_cb api_fill_cb = {
	.head = on_head,
	.data = on_data,
	.done = on_done,
	.body = on_fill,
};

static struct api_call *
api_new(api_fn fn, void *ctx)
{
	struct api_call	*c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return (NULL);
	TAILQ_INSERT_TAIL(&api_calls, c, entry);
	buf_init(&c->in);
	c->fn = fn;
	c->ctx = ctx;
	return (c);
}

/* The path holds the token. */
static struct api_call *
api_start(struct api_call *c, struct http_opts *h, char *path, size_t size)
{
	h->path = path;
	h->connect_ms = API_CONNECT_MS;
	c->req = http_send(api_http, h, c->fill != NULL ? &api_fill_cb :
	    &api_cb, c);
	explicit_bzero(path, size);
	if (c->req != NULL)
		return (c);
	api_free(c);
	return (NULL);
}

/* Nothing goes to a banned chat, whoever still has something for it. */
static int
api_muted(const char *method, const char *body, size_t len)
{
	static const char	 key[] = "\"chat_id\":";
	const char		*p;
	char			 num[24];

	if (!banned_any() || strcmp(method, "leaveChat") == 0 ||
	    (p = memmem(body, len, key, sizeof(key) - 1)) == NULL)
		return (0);
	p += sizeof(key) - 1;
	(void)str_format(num, sizeof(num), "%.*s", (int)MINIMUM(len -
	    (size_t)(p - body), sizeof(num) - 1), p);
	return (banned(strtoll(num, NULL, 10)));
}

struct api_call *
api_send(const char *method, const char *body, size_t len,
    const struct api_opts *o, api_fn fn, void *ctx)
{
	static const struct api_opts	 none = { 0 };
	const char			*headers[] = {
		"Content-Type: application/json", NULL
	};
	struct http_opts		 h = { 0 };
	struct api_call			*c;
	char				 path[384];

	if (o == NULL)
		o = &none;
	if (api_http == NULL || api_muted(method, body, len) ||
	    str_format(path, sizeof(path), "/bot%s/%s",
	    relay.set->token.p, method) == -1 ||
	    (c = api_new(fn, ctx)) == NULL)
		return (NULL);
	c->raw = o->raw;
	c->fill = o->fill;
	if (o->type != NULL)
		headers[0] = o->type;
	h.method = "POST";
	h.headers = headers;
	h.data = o->fill != NULL ? NULL : body;
	h.len = o->fill != NULL ? o->len : len;
	h.total_ms = o->total_ms != 0 ? o->total_ms : API_TOTAL_MS;
	h.max = o->max != 0 ? o->max : API_MAX;
	h.again = !o->once;
	return (api_start(c, &h, path, sizeof(path)));
}

/*
 * A server of one's own that keeps files on its disk (--local) gives their
 * path there; what follows the token is where it may be served as well.
 */
static const char *
file_part(const char *path)
{
	const char	*p;

	if (path[0] == '/') {
		if ((p = strstr(path, relay.set->token.p)) == NULL ||
		    p[relay.set->token.len] != '/')
			return (NULL);
		path = p + relay.set->token.len + 1;
	}
	if (path[0] == '\0' || path[0] == '/' || strstr(path, "..") != NULL ||
	    strspn(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789_-./") != strlen(path))
		return (NULL);
	return (path);
}

struct api_call *
api_file(const char *name, size_t max, uint32_t total_ms,
    int (*data)(const char *, size_t, void *), api_fn fn, void *ctx, int *bad)
{
	struct http_opts	 h = { 0 };
	struct api_call		*c;
	char			 path[640];

	*bad = 0;
	name = file_part(name);
	if (name == NULL || api_http == NULL || str_format(path, sizeof(path),
	    "/file/bot%s/%s", relay.set->token.p, name) == -1) {
		*bad = api_http != NULL;
		return (NULL);
	}
	if ((c = api_new(fn, ctx)) == NULL)
		return (NULL);
	c->raw = 1;
	c->data = data;
	h.method = "GET";
	h.first_ms = API_TOTAL_MS;
	h.idle_ms = API_TOTAL_MS;
	h.total_ms = total_ms;
	h.max = max;
	h.again = 1;
	return (api_start(c, &h, path, sizeof(path)));
}

void
api_cancel(struct api_call *c)
{
	if (c == NULL)
		return;
	http_abort(c->req);
	api_free(c);
}

struct api_call *
api_get_me(api_fn fn, void *ctx)
{
	return (api_send("getMe", "{}", 2, NULL, fn, ctx));
}

struct api_call *
api_get_updates(int64_t offset, uint32_t timeout_s, uint32_t limit,
    uint32_t total_ms, size_t max, api_fn fn, void *ctx)
{
	struct api_opts	 o = { 0 };
	char		 body[256];

	o.total_ms = total_ms;
	o.max = max;
	o.raw = 1;
	(void)str_format(body, sizeof(body), "{\"offset\":%" PRId64
	    ",\"timeout\":%u,\"limit\":%u,\"allowed_updates\":[\"message\","
	    "\"edited_message\",\"callback_query\",\"message_reaction\"]}",
	    offset, timeout_s, limit);
	return (api_send("getUpdates", body, strlen(body), &o, fn, ctx));
}

/* For requests whose failure changes nothing. */
static void
on_ignored(const struct api_reply *r, void *ctx)
{
	if (r->verdict != BV_OK)
		log_debug("%s: %s", (const char *)ctx, r->why);
}

static void
api_small(const char *method, struct buf *b)
{
	if (!b->failed)
		(void)api_send(method, b->p, b->len, NULL, on_ignored,
		    (void *)(uintptr_t)method);
	buf_free(b);
}

void
api_typing(int64_t chat, int64_t topic)
{
	struct buf	b;

	buf_init(&b);
	(void)buf_printf(&b, "{\"chat_id\":%" PRId64 ",", chat);
	if (topic != 0)
		(void)buf_printf(&b, "\"message_thread_id\":%" PRId64 ",",
		    topic);
	(void)buf_puts(&b, "\"action\":\"typing\"}");
	api_small("sendChatAction", &b);
}

static void
answer_button(const char *query, const char *text, int alert)
{
	struct buf	b;

	buf_init(&b);
	(void)buf_puts(&b, "{\"callback_query_id\":");
	(void)buf_json_str(&b, query, strlen(query));
	if (text != NULL) {
		(void)buf_puts(&b, ",\"text\":");
		(void)buf_json_str(&b, text, utf8_prefix(text, strlen(text),
		    190));
	}
	if (alert)
		(void)buf_puts(&b, ",\"show_alert\":true");
	(void)buf_puts(&b, "}");
	api_small("answerCallbackQuery", &b);
}

void
api_answer_button(const char *query, const char *text)
{
	answer_button(query, text, 0);
}

void
api_alert_button(const char *query, const char *text)
{
	answer_button(query, text, 1);
}

void
api_drop_buttons(int64_t chat, int64_t msg)
{
	struct buf	b;

	buf_init(&b);
	(void)buf_printf(&b, "{\"chat_id\":%" PRId64 ",\"message_id\":%"
	    PRId64 ",\"reply_markup\":{\"inline_keyboard\":[]}}", chat, msg);
	api_small("editMessageReplyMarkup", &b);
}

void
api_leave_chat(int64_t chat)
{
	struct buf	b;

	buf_init(&b);
	(void)buf_printf(&b, "{\"chat_id\":%" PRId64 "}", chat);
	api_small("leaveChat", &b);
}

void
api_set_commands(const char *body, size_t len)
{
	static char	name[] = "setMyCommands";

	(void)api_send(name, body, len, NULL, on_ignored, name);
}
