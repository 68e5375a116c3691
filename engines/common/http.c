/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Servers and requests of the HTTP client: what relay and gate call, the life
 * of a request and its deadlines.  A request is waiting for its name, in
 * libcurl, ended with bytes its reader has yet to take, or dead: dropped from
 * inside a callback and freed when libcurl has returned.
 */
#include <sys/socket.h>

#include <malloc.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engines/common/http_int.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

struct https		 http_all = TAILQ_HEAD_INITIALIZER(http_all);
struct event_base	*http_base;
struct trust		*http_trust;
static struct http_reqs	 dead = TAILQ_HEAD_INITIALIZER(dead);
static int		 system_fd = -1;

/* --- memory of libcurl: it holds URLs and headers, so freeing wipes ------ */
static void
wipe_free(void *p)
{
	if (p == NULL)
		return;
	explicit_bzero(p, malloc_usable_size(p));
	free(p);
}

static void *
wipe_realloc(void *p, size_t n)
{
	size_t had;
	void *q;

	if (p == NULL)
		return (malloc(n));
	had = malloc_usable_size(p);
	if (n <= had && n > had / 2)
		return (p);
	if ((q = malloc(n)) == NULL)
		return (NULL);
	memcpy(q, p, MINIMUM(had, n));
	wipe_free(p);
	return (q);
}

int
http_global_init(struct event_base *b, int ca_fd)
{
	SSL_CTX *ctx;
	SSL *ssl;

	http_base = b;
	/* OpenSSL writes without MSG_NOSIGNAL. */
	(void)signal(SIGPIPE, SIG_IGN);
	tzset();
	if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, wipe_free,
	    wipe_realloc, strdup, calloc) != CURLE_OK) {
		log_warnx("http: libcurl does not start");
		return (-1);
	}
	/* Loads what OpenSSL loads late: its configuration, its random. */
	ctx = SSL_CTX_new(TLS_client_method());
	ssl = ctx == NULL ? NULL : SSL_new(ctx);
	if (ssl == NULL)
		log_warnx("http: OpenSSL does not start");
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	if (ssl == NULL)
		return (-1);
	system_fd = trust_system();
	return (http_set_trust(ca_fd));
}

int
http_set_trust(int ca_fd)
{
	struct trust *t;
	struct http *h;
	int own = ca_fd != -1;

	/* The system's stays open for reloads: the cage opens no file. */
	if (!own && (ca_fd = system_fd) == -1) {
		log_warnx("http: no trust file on this system; install "
		    "ca-certificates or set `ca'");
		return (http_trust == NULL ? 0 : -1);
	}
	if ((t = trust_new(ca_fd, own)) == NULL)
		return (-1);
	trust_free(http_trust);
	http_trust = t;
	TAILQ_FOREACH(h, &http_all, entry)
		http_forget(h);
	return (0);
}

int
http_check_trust(int ca_fd)
{
	struct trust *t = trust_new(ca_fd, 0);

	trust_free(t);
	return (t == NULL ? -1 : 0);
}

struct http *
http_new(const char *base)
{
	struct http *h;

	if ((h = calloc(1, sizeof(*h))) == NULL)
		return (NULL);
	TAILQ_INIT(&h->reqs);
	if (http_url_parse(base, &h->url) == -1 ||
	    (h->pool = pool_new(h)) == NULL) {
		free(h);
		return (NULL);
	}
	TAILQ_INSERT_TAIL(&http_all, h, entry);
	return (h);
}

void
http_free(struct http *h)
{
	struct http_req *r;

	if (h == NULL)
		return;
	while ((r = TAILQ_FIRST(&h->reqs)) != NULL)
		http_abort(r);
	TAILQ_REMOVE(&http_all, h, entry);
	pool_retire(h->pool);
	free(h);
}

void
http_forget(struct http *h)
{
	struct pool *p;

	if ((p = pool_new(h)) == NULL)
		return;
	pool_retire(h->pool);
	h->pool = p;
}

size_t
http_held(const struct http_req *r)
{
	return (r->nhold - r->ohold);
}

/* --- a request --------------------------------------------------------- */
static void
rq_free(struct http_req *r)
{
	pool_remove(r);
	(void)event_del(&r->timer);
	if (r->e != NULL)
		curl_easy_cleanup(r->e);
	curl_slist_free_all(r->headers);
	curl_slist_free_all(r->pins);
	if (r->data != NULL)
		explicit_bzero(r->data, r->len);
	free(r->data);
	free(r->hold);
	free(r);
}

/* Earliest deadline and what missing it means; 0: there is none. */
static uint64_t
deadline(const struct http_req *r, enum http_err *err)
{
	uint64_t at = 0, t;

#define LIMIT(from, ms, e) do {						\
	t = (from) + (ms);						\
	if ((ms) != 0 && (at == 0 || t < at)) {				\
		at = t;							\
		*err = (e);						\
	}								\
} while (0)
	LIMIT(r->began, r->total_ms, HE_TOTAL);
	if (r->state == RQ_NAME)
		LIMIT(r->last, r->connect_ms, HE_NAME);
	else if (r->state == RQ_RUN && !r->head.done && !r->up_paused)
		LIMIT(r->last, r->first_ms, HE_FIRST);
	else if (r->state == RQ_RUN && r->head.done && !r->paused)
		LIMIT(r->last, r->idle_ms, HE_IDLE);
#undef LIMIT
	return (at);
}

void
rq_rearm(struct http_req *r)
{
	enum http_err err;
	uint64_t at, now;
	struct timeval tv;

	if (r->kicked || r->state == RQ_DEAD)
		return;
	if ((at = deadline(r, &err)) == 0) {
		(void)event_del(&r->timer);
		return;
	}
	now = now_ms();
	tv = ms_tv(at > now ? at - now : 0);
	(void)event_add(&r->timer, &tv);
}

static void
missed(struct http_req *r, enum http_err err)
{
	static const char *const what[HE_MAX] = {
		[HE_NAME] = "its address was not found in time",
		[HE_FIRST] = "no answer in time",
		[HE_IDLE] = "the answer stopped in the middle",
		[HE_TOTAL] = "the answer took too long",
	};

	(void)str_format(r->why, sizeof(r->why), "%s: %s", r->h->url.host,
	    what[err]);
	rq_end(r, err, r->why);
}

/* Hands over what was held; 0 when nothing is left and r still lives. */
static int
drain_hold(struct http_req *r)
{
	size_t took, n = r->nhold - r->ohold;

	if (n > 0) {
		http_in_curl++;		/* so that an abort only marks it */
		took = r->cb->data(r, r->hold + r->ohold, n, r->ctx);
		http_in_curl--;
		if (r->state == RQ_DEAD) {
			rq_sweep();
			return (-1);
		}
		r->ohold += MINIMUM(took, n);
		if (r->ohold < r->nhold)
			return (-1);
	}
	free(r->hold);
	r->hold = NULL;
	r->nhold = r->ohold = 0;
	return (0);
}

static void
resumed(struct http_req *r)
{
	if (drain_hold(r) == -1)
		return;
	r->paused = r->up_paused = 0;
	r->last = now_ms();
	if (r->state == RQ_ENDED)
		rq_end(r, r->err, r->why);
	else if (r->pool != NULL) {
		rq_rearm(r);
		pool_unpause(r);
	}
}

static void
on_timer(evutil_socket_t fd, short ev, void *arg)
{
	struct http_req *r = arg;
	enum http_err err = HE_OK;
	uint64_t at;

	(void)fd;
	(void)ev;
	if (r->kicked) {
		r->kicked = 0;
		if (r->failed) {
			rq_end(r, r->err, r->why);
			return;
		}
		rq_rearm(r);
		/* Without a name yet there is nothing to resume. */
		if (r->state != RQ_NAME)
			resumed(r);
		return;
	}
	at = deadline(r, &err);
	if (at != 0 && now_ms() >= at)
		missed(r, err);
	else
		rq_rearm(r);
}

void
rq_end(struct http_req *r, enum http_err err, const char *why)
{
	pool_remove(r);
	if (r->nhold > 0 && err != HE_TOTAL) {
		/* The reader has bytes to take before it may know. */
		r->state = RQ_ENDED;
		r->err = err;
		if (why != r->why)
			(void)str_copy(r->why, why, sizeof(r->why));
		rq_rearm(r);
		return;
	}
	TAILQ_REMOVE(&r->h->reqs, r, entry);
	r->state = RQ_DEAD;
	r->cb->done(r, err, why, r->ctx);
	rq_free(r);
}

void
rq_sweep(void)
{
	struct http_req *r;

	if (http_in_curl > 0)
		return;
	while ((r = TAILQ_FIRST(&dead)) != NULL) {
		TAILQ_REMOVE(&dead, r, entry);
		rq_free(r);
	}
}

/* The name is pinned: into libcurl. */
void
rq_run(struct http_req *r)
{
	r->state = RQ_RUN;
	r->last = now_ms();
	if (rq_pin(r) == -1 || pool_add(r->h->pool, r) == -1) {
		r->state = RQ_NAME;
		r->err = HE_OTHER;
		(void)str_copy(r->why, "out of memory", sizeof(r->why));
		r->kicked = r->failed = 1;
		event_active(&r->timer, EV_TIMEOUT, 0);
		return;
	}
	rq_rearm(r);
}

struct http_req *
http_send(struct http *h, const struct http_opts *o, const struct http_cb *cb,
    void *ctx)
{
	struct http_req *r;

	if ((r = calloc(1, sizeof(*r))) == NULL)
		return (NULL);
	r->h = h;
	r->cb = cb;
	r->ctx = ctx;
	r->state = RQ_NAME;
	r->connect_ms = o->connect_ms;
	r->first_ms = o->first_ms;
	r->idle_ms = o->idle_ms;
	r->total_ms = o->total_ms;
	r->max = o->max;
	r->again = o->again;
	r->began = r->last = now_ms();
	evtimer_assign(&r->timer, http_base, on_timer, r);
	if (o->data != NULL) {
		r->len = o->len;
		if ((r->data = malloc(o->len + 1)) != NULL)
			memcpy(r->data, o->data, o->len);
	}
	if ((o->data != NULL && r->data == NULL) || rq_setup(r, o) == -1) {
		rq_free(r);
		return (NULL);
	}
	TAILQ_INSERT_TAIL(&h->reqs, r, entry);
	/*
	 * With a kept connection a stale pin does no harm, so libcurl goes
	 * first; when it wants a socket, rq_result() comes back for the name.
	 */
	if (h->pin.n > 0 && http_in_curl == 0)
		rq_run(r);
	else {
		rq_rearm(r);
		r->asked++;
		name_ask(h);
	}
	return (r);
}

void
http_resume(struct http_req *r)
{
	if (r->kicked || r->state == RQ_DEAD || r->state == RQ_NAME)
		return;
	r->kicked = 1;
	event_active(&r->timer, EV_TIMEOUT, 0);
}

void
http_abort(struct http_req *r)
{
	if (r == NULL || r->state == RQ_DEAD)
		return;
	TAILQ_REMOVE(&r->h->reqs, r, entry);
	r->state = RQ_DEAD;
	(void)event_del(&r->timer);
	TAILQ_INSERT_TAIL(&dead, r, entry);
	rq_sweep();
}
