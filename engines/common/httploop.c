/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * libcurl's multi handles on the event loop, run by relay and gate.  A pool
 * is one multi handle: the connections of one server.  libcurl may not be
 * entered again from its own callbacks, so what is asked for in there is
 * done when the outermost call has returned (http_in_curl).
 */
#include <malloc.h>
#include <stdlib.h>

#include "engines/common/http_int.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

#define TRIM_KEEP	2	/* requests at once that are no burst */

struct pool {
	CURLM		*m;
	struct event	*timer;
	unsigned	 running;	/* requests inside */
	unsigned	 busy;		/* our own frames that use it */
	unsigned	 peak;		/* most requests at once */
	int		 retired;
	struct event	*trim;
	struct http	*h;		/* NULL once retired */
};

int	 http_in_curl;
unsigned http_trim_s = 60;

static void
pool_free(struct pool *p)
{
	if (p->running > 0 || p->busy > 0 || !p->retired)
		return;
	p->busy++;		/* closing calls back */
	curl_multi_cleanup(p->m);
	event_free(p->timer);
	event_free(p->trim);
	free(p);
	/* Its connections may have been many, and go only now. */
	(void)malloc_trim(0);
}

/*
 * After a burst: libcurl closes an idle connection only when it looks for one,
 * and each holds 75 kB.  One that may still be wanted is soon made again.
 */
static void
on_trim(evutil_socket_t fd, short ev, void *arg)
{
	struct timeval later = { http_trim_s, 0 };
	struct pool *p = arg;

	(void)fd;
	(void)ev;
	if (p->h == NULL)
		return;
	if (p->running > TRIM_KEEP) {
		(void)event_add(p->trim, &later);
		return;
	}
	http_forget(p->h);		/* may free p */
	(void)malloc_trim(0);
}

static void
pool_left(struct pool *p)
{
	struct timeval later = { http_trim_s, 0 };

	p->running--;
	if (p->peak > TRIM_KEEP && p->running <= TRIM_KEEP && p->h != NULL &&
	    !evtimer_pending(p->trim, NULL))
		(void)event_add(p->trim, &later);
}

/* Requests that libcurl is done with. */
static void
pool_finished(struct pool *p)
{
	struct http_req *r;
	CURLMsg *m;
	CURLcode rc;
	char *arg;
	int left;

	while ((m = curl_multi_info_read(p->m, &left)) != NULL) {
		if (m->msg != CURLMSG_DONE)
			continue;
		rc = m->data.result;
		if (curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE,
		    &arg) != CURLE_OK)
			continue;
		r = (void *)arg;
		pool_remove(r);
		rq_result(r, rc);
	}
}

static void
pool_act(struct pool *p, curl_socket_t fd, int what)
{
	int running;

	p->busy++;
	http_in_curl++;
	if (curl_multi_socket_action(p->m, fd, what, &running) != CURLM_OK)
		log_warnx("http: libcurl refuses an event");
	http_in_curl--;
	rq_sweep();
	pool_finished(p);
	p->busy--;
	pool_free(p);
}

static void
on_socket(evutil_socket_t fd, short ev, void *arg)
{
	pool_act(arg, fd, (ev & EV_READ ? CURL_CSELECT_IN : 0) |
	    (ev & EV_WRITE ? CURL_CSELECT_OUT : 0));
}

static void
on_timer(evutil_socket_t fd, short ev, void *arg)
{
	(void)fd;
	(void)ev;
	pool_act(arg, CURL_SOCKET_TIMEOUT, 0);
}

static int
socket_cb(CURL *e, curl_socket_t fd, int what, void *arg, void *sockp)
{
	struct pool *p = arg;
	struct event *ev = sockp;
	short flags = EV_PERSIST;

	(void)e;
	if (what == CURL_POLL_REMOVE) {
		if (ev != NULL)
			event_free(ev);
		(void)curl_multi_assign(p->m, fd, NULL);
		return (0);
	}
	if (what & CURL_POLL_IN)
		flags |= EV_READ;
	if (what & CURL_POLL_OUT)
		flags |= EV_WRITE;
	if (ev == NULL) {
		if ((ev = event_new(http_base, fd, flags, on_socket, p)) ==
		    NULL)
			return (-1);
		(void)curl_multi_assign(p->m, fd, ev);
	} else {
		(void)event_del(ev);
		(void)event_assign(ev, http_base, fd, flags, on_socket, p);
	}
	return (event_add(ev, NULL));
}

static int
timer_cb(CURLM *m, long ms, void *arg)
{
	struct pool *p = arg;
	struct timeval tv;

	(void)m;
	if (ms < 0)
		return (event_del(p->timer));
	tv = ms_tv((uint64_t)ms);
	return (event_add(p->timer, &tv));
}

struct pool *
pool_new(struct http *h)
{
	struct pool *p;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		return (NULL);
	p->h = h;
	p->timer = evtimer_new(http_base, on_timer, p);
	p->trim = evtimer_new(http_base, on_trim, p);
	p->m = curl_multi_init();
	if (p->timer == NULL || p->trim == NULL || p->m == NULL) {
		if (p->timer != NULL)
			event_free(p->timer);
		if (p->trim != NULL)
			event_free(p->trim);
		if (p->m != NULL)
			curl_multi_cleanup(p->m);
		free(p);
		return (NULL);
	}
	curl_multi_setopt(p->m, CURLMOPT_SOCKETFUNCTION, socket_cb);
	curl_multi_setopt(p->m, CURLMOPT_SOCKETDATA, p);
	curl_multi_setopt(p->m, CURLMOPT_TIMERFUNCTION, timer_cb);
	curl_multi_setopt(p->m, CURLMOPT_TIMERDATA, p);
	curl_multi_setopt(p->m, CURLMOPT_MAXCONNECTS, (long)HTTP_KEEP);
	curl_multi_setopt(p->m, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
	return (p);
}

void
pool_retire(struct pool *p)
{
	if (p == NULL)
		return;
	p->retired = 1;
	p->h = NULL;
	(void)event_del(p->trim);
	pool_free(p);
}

int
pool_add(struct pool *p, struct http_req *r)
{
	CURLMcode rc;

	http_in_curl++;
	rc = curl_multi_add_handle(p->m, r->e);
	http_in_curl--;
	if (rc != CURLM_OK)
		return (-1);
	r->pool = p;
	p->running++;
	p->peak = MAXIMUM(p->peak, p->running);
	return (0);
}

void
pool_remove(struct http_req *r)
{
	struct pool *p = r->pool;

	if (p == NULL)
		return;
	r->pool = NULL;
	p->busy++;
	http_in_curl++;
	curl_multi_remove_handle(p->m, r->e);
	http_in_curl--;
	p->busy--;
	pool_left(p);
	pool_free(p);
}

/* Both ways; libcurl hands over what it kept before this returns. */
void
pool_unpause(struct http_req *r)
{
	struct pool *p = r->pool;

	p->busy++;
	http_in_curl++;
	(void)curl_easy_pause(r->e, CURLPAUSE_CONT);
	http_in_curl--;
	rq_sweep();
	p->busy--;
	pool_free(p);
}
