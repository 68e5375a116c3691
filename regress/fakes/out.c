/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Answers.  All body bytes pass through out_write(), where a fault may cut
 * them after byte N or hand them out n at a time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "regress/fakes/fake.h"

static int	 out_flush(struct req *);

static const char *
reason(int status)
{
	static const struct { int status; const char *text; } t[] = {
		{ 200, "OK" }, { 400, "Bad Request" }, { 401, "Unauthorized" },
		{ 403, "Forbidden" }, { 404, "Not Found" },
		{ 409, "Conflict" }, { 413, "Request Entity Too Large" },
		{ 429, "Too Many Requests" },
		{ 500, "Internal Server Error" }, { 502, "Bad Gateway" },
		{ 503, "Service Unavailable" }, { 529, "Overloaded" },
	};
	size_t	 i;

	for (i = 0; i < NELEM(t); i++)
		if (t[i].status == status)
			return (t[i].text);
	return ("Unknown");
}

/* Body bytes to the wire; returns 1 when the fault closed the connection. */
static int
emit(struct req *r, size_t n)
{
	struct evbuffer	*o = bufferevent_get_output(conn_bev(r->c));

	if (r->fault.cut >= 0 && r->sent + n >= (size_t)r->fault.cut) {
		n = (size_t)r->fault.cut - r->sent;
		r->sent += n;
		if (r->chunked && n > 0)
			evbuffer_add_printf(o, "%zx\r\n", n);
		evbuffer_remove_buffer(r->out, o, n);
		conn_flush_close(r->c);
		return (1);
	}
	if (n == 0)
		return (0);
	if (r->chunked)
		evbuffer_add_printf(o, "%zx\r\n", n);
	evbuffer_remove_buffer(r->out, o, n);
	if (r->chunked)
		evbuffer_add(o, "\r\n", 2);
	r->sent += n;
	return (0);
}

static void
slow_cb(evutil_socket_t fd, short what, void *arg)
{
	struct req	*r = arg;

	(void)fd;
	(void)what;
	out_flush(r);
}

static void
arm(struct req *r, unsigned ms)
{
	struct timeval	 tv = { ms / 1000, (ms % 1000) * 1000 };

	if (r->timer == NULL)
		r->timer = evtimer_new(base, slow_cb, r);
	if (!evtimer_pending(r->timer, NULL))
		evtimer_add(r->timer, &tv);
}

static void
finish(struct req *r)
{
	if (r->chunked)
		evbuffer_add(bufferevent_get_output(conn_bev(r->c)),
		    "0\r\n\r\n", 5);
	if (r->name[0] != '\0')
		record(json_pack("{s:s,s:I,s:s,s:i,s:I}", "ev", "rep", "id",
		    (json_int_t)r->id, "method", r->name, "status", r->status,
		    "bytes", (json_int_t)r->sent));
	fault_replied(r);
	conn_reply_done(r->c);
}

static int
out_flush(struct req *r)
{
	size_t	 n = evbuffer_get_length(r->out);

	if (r->fault.slow_n > 0 && n > r->fault.slow_n)
		n = r->fault.slow_n;
	if (emit(r, n))
		return (-1);
	if (evbuffer_get_length(r->out) > 0)
		arm(r, r->fault.slow_ms);
	else if (r->ended)
		finish(r);
	return (0);
}

/* headers: whole lines, or NULL; len -1: chunked. */
void
out_start(struct req *r, int status, const char *type, const char *headers,
    ssize_t len)
{
	struct evbuffer	*o;

	if (r->c == NULL)
		return;
	o = bufferevent_get_output(conn_bev(r->c));
	r->started = 1;
	r->status = status;
	r->chunked = len < 0;
	r->out = evbuffer_new();
	evbuffer_add_printf(o, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\n%s",
	    status, reason(status), type, headers != NULL ? headers : "");
	if (len < 0)
		evbuffer_add_printf(o, "Transfer-Encoding: chunked\r\n\r\n");
	else
		evbuffer_add_printf(o, "Content-Length: %zd\r\n\r\n", len);
}

int
out_write(struct req *r, const void *p, size_t n)
{
	evbuffer_add(r->out, p, n);
	if (r->timer == NULL || !evtimer_pending(r->timer, NULL))
		return (out_flush(r));
	return (0);
}

void
out_end(struct req *r)
{
	r->ended = 1;
	if (evbuffer_get_length(r->out) == 0)
		finish(r);
}

static void
send_json(struct req *r, int status, json_t *j)
{
	char	 retry[64] = "";
	char	*s;
	size_t	 n;

	s = json_dumps(j, JSON_COMPACT);
	json_decref(j);
	if (s == NULL)
		abort();
	if (status == 429)
		snprintf(retry, sizeof(retry), "Retry-After: %d\r\n",
		    r->fault.retry_after);
	n = strlen(s);
	out_start(r, status, "application/json", retry, (ssize_t)n);
	evbuffer_add(r->out, s, n);	/* head and body in one segment */
	free(s);
	r->ended = 1;
	out_flush(r);
}

void
out_plain(struct req *r, int status, json_t *j)
{
	send_json(r, status, j);
}

struct late {
	struct req	*r;
	json_t		*j;
	int		 status;
};

static void
late_cb(evutil_socket_t fd, short what, void *arg)
{
	struct late	*l = arg;
	struct req	*r = l->r;

	(void)fd;
	(void)what;
	r->app = NULL;
	r->gone = NULL;
	event_free(r->timer);
	r->timer = NULL;
	send_json(r, l->status, l->j);
	free(l);
}

static void
late_gone(struct req *r)
{
	struct late	*l = r->app;

	json_decref(l->j);
	free(l);
}

void
out_json(struct req *r, int status, json_t *j)
{
	struct timeval	 tv;
	struct late	*l;

	if (fault_after(r)) {
		json_decref(j);
		return;
	}
	if (r->fault.delay_ms == 0) {
		send_json(r, status, j);
		return;
	}
	if ((l = calloc(1, sizeof(*l))) == NULL)
		abort();
	l->r = r;
	l->j = j;
	l->status = status;
	r->app = l;
	r->gone = late_gone;
	tv.tv_sec = r->fault.delay_ms / 1000;
	tv.tv_usec = (r->fault.delay_ms % 1000) * 1000;
	r->timer = evtimer_new(base, late_cb, l);
	evtimer_add(r->timer, &tv);
}
