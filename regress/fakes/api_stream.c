/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * An answer, streamed as server-sent events (or whole, when the request does
 * not ask for a stream), in the real server's order of events.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "regress/fakes/api_events.h"

int		 api_active, api_active_max;
uint64_t	 api_finished;

struct stream {
	struct req	*r;
	json_t		*events;
	size_t		 i;
	struct event	*timer;
	unsigned	 every_ms;
	const char	*stop_in, *stop_how;
	json_t		*rule;
	int		 inside, said;
};

static void
stream_free(struct stream *s)
{
	api_active--;
	event_free(s->timer);
	json_decref(s->events);
	json_decref(s->rule);
	free(s);
	control_kick();
}

static void
stream_gone(struct req *r)
{
	stream_free(r->app);
}

static void
note(struct stream *s, const char *what)
{
	record(json_pack("{s:s,s:s,s:I}", "ev", "sse", "what", what, "id",
	    (json_int_t)s->r->id));
}

/* Bytes of one event; -1: the connection is no more (and so is s). */
static int
put(struct stream *s, const json_t *ev)
{
	char	*d, *out;
	int	 n, rv;

	if ((d = json_dumps(ev, JSON_COMPACT)) == NULL)
		abort();
	n = asprintf(&out, "event: %s\ndata: %s\n\n", jstr(ev, "type"), d);
	free(d);
	if (n == -1)
		abort();
	rv = out_write(s->r, out, (size_t)n);
	free(out);
	return (rv);
}

/* The rule asks to break off here?  1: done so. */
static int
broken(struct stream *s, const json_t *ev)
{
	struct conn	*c = s->r->c;
	json_t		*e;

	if (s->stop_in[0] == '\0' ||
	    strcmp(api_event_kind(ev), s->stop_in) != 0 || ++s->inside < 2)
		return (0);
	note(s, s->stop_how);
	if (strcmp(s->stop_how, "hang") == 0)
		return (1);
	if (strcmp(s->stop_how, "error") == 0) {
		e = json_pack("{s:s,s:{s:s,s:s}}", "type", "error", "error",
		    "type", "overloaded_error", "message", "Overloaded");
		put(s, e);
		json_decref(e);
	}
	conn_flush_close(c);	/* may free s: nothing after this */
	return (1);
}

static void
finish(struct stream *s)
{
	struct req	*r = s->r;

	note(s, "end");
	r->gone = NULL;
	api_finished++;
	stream_free(s);
	out_end(r);
}

static void
step_cb(evutil_socket_t fd, short what, void *arg)
{
	struct timeval	 tv;
	struct stream	*s = arg;
	const json_t	*ev;

	(void)fd;
	(void)what;
	while ((ev = json_array_get(s->events, s->i)) != NULL) {
		if (broken(s, ev))
			return;
		if (!s->said && strcmp(api_event_kind(ev), "text") == 0) {
			s->said = 1;
			note(s, "text");
		}
		s->i++;
		if (put(s, ev) == -1)
			return;
		if (s->every_ms > 0 && api_event_kind(ev)[0] != '\0') {
			tv.tv_sec = s->every_ms / 1000;
			tv.tv_usec = s->every_ms % 1000 * 1000;
			evtimer_add(s->timer, &tv);
			return;
		}
	}
	finish(s);
}

static const char *
headers(char *buf, size_t size)
{
	char	 id[40];

	api_id(id, sizeof(id), "req_011C");
	snprintf(buf, size, "request-id: %s\r\n"
	    "anthropic-ratelimit-requests-limit: 4000\r\n"
	    "anthropic-ratelimit-requests-remaining: 3999\r\n", id);
	return (buf);
}

static void
stream_start(struct req *r, json_t *msg, json_t *rule)
{
	struct timeval	 tv;
	struct stream	*s;
	char		 head[256];
	int64_t		 first;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		abort();
	s->r = r;
	s->rule = json_incref(rule);
	s->events = api_events(msg, (size_t)jint(rule, "piece", 24));
	s->every_ms = (unsigned)jint(rule, "every_ms", 0);
	s->stop_in = jstr(rule, "stop_in");
	s->stop_how = jstr(rule, "stop_how");
	s->timer = evtimer_new(base, step_cb, s);
	r->app = s;
	r->gone = stream_gone;
	if (++api_active > api_active_max)
		api_active_max = api_active;
	control_kick();
	out_start(r, 200, "text/event-stream; charset=utf-8",
	    headers(head, sizeof(head)), -1);
	if ((first = jint(rule, "first_ms", 0)) == 0 &&
	    r->fault.delay_ms == 0) {
		step_cb(-1, 0, s);
		return;
	}
	first += r->fault.delay_ms;
	tv.tv_sec = first / 1000;
	tv.tv_usec = first % 1000 * 1000;
	evtimer_add(s->timer, &tv);
}

void
api_answer(struct req *r, const json_t *body, json_t *rule)
{
	json_t	*msg;

	msg = api_message(body, rule);
	if (!jbool(body, "stream", 0)) {
		api_finished++;
		out_json(r, 200, msg);
		return;
	}
	if (!fault_after(r))
		stream_start(r, msg, rule);
	json_decref(msg);
}
