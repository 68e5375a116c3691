/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The tests' side, over a Unix socket (it works across network namespaces):
 * POST of JSON to a path, JSON back.
 *   /fault {..}|[..]	inject (fault.c)	/faults/clear
 *   /wait {.., timeout_ms}	answer once that is so, 408 when it never was
 *   /freeze		present connections fall silent for ever
 *   /failures		what broke the rules so far
 *   /quit		end
 * Other paths are the server's own.
 */
#include <stdlib.h>
#include <string.h>

#include "regress/fakes/fake.h"

struct waiter {
	TAILQ_ENTRY(waiter) entry;
	struct req	*r;
	json_t		*cond;
	struct event	*ev;
};

static TAILQ_HEAD(, waiter) waiters = TAILQ_HEAD_INITIALIZER(waiters);
static int	 kicked;

static void
waiter_free(struct waiter *w)
{
	TAILQ_REMOVE(&waiters, w, entry);
	event_free(w->ev);
	json_decref(w->cond);
	free(w);
}

static void
wait_gone(struct req *r)
{
	waiter_free(r->app);
}

static void
wait_answer(struct waiter *w, int status, json_t *j)
{
	struct req	*r = w->r;

	r->gone = NULL;
	waiter_free(w);
	out_plain(r, status, j);
}

static void
wait_timeout(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	wait_answer(arg, 408, json_pack("{s:b,s:s}", "ok", 0, "error",
	    "it did not happen in time"));
}

static void
kick_cb(evutil_socket_t fd, short what, void *arg)
{
	struct waiter	*w, *next;
	json_t		*out;

	(void)fd;
	(void)what;
	(void)arg;
	kicked = 0;
	for (w = TAILQ_FIRST(&waiters); w != NULL; w = next) {
		next = TAILQ_NEXT(w, entry);
		out = NULL;
		if (srv->ready(w->cond, &out))
			wait_answer(w, 200, out != NULL ? out :
			    json_pack("{s:b}", "ok", 1));
	}
}

/* Off the caller's stack: the answer under way is to leave first. */
void
control_kick(void)
{
	struct timeval	 tv = { 0, 0 };

	if (kicked || TAILQ_EMPTY(&waiters))
		return;
	kicked = 1;
	event_base_once(base, -1, EV_TIMEOUT, kick_cb, NULL, &tv);
}

static void
do_wait(struct req *r, json_t *cond)
{
	struct timeval	 tv;
	struct waiter	*w;
	int64_t		 ms;

	if ((w = calloc(1, sizeof(*w))) == NULL)
		abort();
	w->r = r;
	w->cond = json_incref(cond);
	w->ev = evtimer_new(base, wait_timeout, w);
	ms = jint(cond, "timeout_ms", 5000);
	tv.tv_sec = ms / 1000;
	tv.tv_usec = ms % 1000 * 1000;
	evtimer_add(w->ev, &tv);
	TAILQ_INSERT_TAIL(&waiters, w, entry);
	r->app = w;
	r->gone = wait_gone;
	control_kick();
}

static json_t *
common(const char *path, json_t *arg)
{
	json_t	*j;
	size_t	 i;

	if (strcmp(path, "/fault") == 0) {
		if (json_is_array(arg))
			json_array_foreach(arg, i, j)
				fault_add(j);
		else
			fault_add(arg);
	} else if (strcmp(path, "/faults/clear") == 0)
		fault_clear();
	else if (strcmp(path, "/freeze") == 0)
		conn_freeze();
	else if (strcmp(path, "/failures") == 0)
		return (json_pack("{s:b,s:O}", "ok", 1, "failures",
		    failures()));
	else if (strcmp(path, "/quit") == 0)
		event_base_loopexit(base, NULL);
	else
		return (NULL);
	return (json_pack("{s:b,s:I,s:i}", "ok", 1, "faults_left",
	    (json_int_t)fault_left(), "connections", (int)conn_count()));
}

void
control_handle(struct req *r)
{
	json_t	*arg, *ans;
	size_t	 len = evbuffer_get_length(r->body);
	int	 status = 200;

	if (len == 0)
		arg = json_object();
	else
		arg = json_loadb((char *)evbuffer_pullup(r->body, -1), len, 0,
		    NULL);
	if (arg == NULL) {
		out_plain(r, 400, json_pack("{s:b,s:s}", "ok", 0, "error",
		    "not JSON"));
		return;
	}
	if (strcmp(r->path, "/wait") == 0) {
		do_wait(r, arg);
		json_decref(arg);
		return;
	}
	if ((ans = common(r->path, arg)) == NULL)
		ans = srv->control(r->path, arg, &status);
	json_decref(arg);
	if (ans == NULL) {
		status = 404;
		ans = json_pack("{s:b,s:s}", "ok", 0, "error", "no such path");
	}
	out_plain(r, status, ans);
	control_kick();
}
