/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The HTTP client against a server that misbehaves on request, with a parent
 * that answers NAME_NEED over a real link.
 */
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <net/if.h>

#include <arpa/inet.h>
#include <event2/event.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "engines/common/http.h"
#include "engines/common/http_int.h"
#include "imsg/link.h"
#include "regress/unit/tls_server.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

static struct event_base *base;
static struct tls_server srv, plain;
static struct link *engine_end, *parent_end;
static unsigned asked;		/* NAME_NEEDs the parent saw */
static uint8_t name_err;
static uint32_t name_ttl = 60;
static int mute;		/* the parent does not answer */
static int own_net;		/* a network that we may break */

/* One request and what came of it. */
struct result {
	struct http_req	*r;
	int		 done, heads, abort_in_data, sent;
	long		 status;
	uint32_t	 retry_ms;
	char		 reqid[80], why[256];
	enum http_err	 err;
	size_t		 got, take, most_held, uploaded, upload;
	char		 body[64];
};

#define M(id, from, to, ph, kind, rep, fd, doc)				\
static void								\
no_##id(struct link *l, const struct msg_##id *m, struct msg_meta *x)	\
{									\
	(void)l;							\
	(void)m;							\
	(void)x;							\
	fail_msg("unexpected %s", #id);					\
}
MSG_TABLE(M)
#undef M
#define M(id, from, to, ph, kind, rep, fd, doc)	.id = no_##id,
static struct msg_handlers engine_h = { MSG_TABLE(M) };
static struct msg_handlers parent_h = { MSG_TABLE(M) };
#undef M

static void
on_addrs(struct link *l, const struct msg_NAME_ADDRS *m, struct msg_meta *x)
{
	(void)l;
	http_name_addrs(m, x->id);
}

static void
on_need(struct link *l, const struct msg_NAME_NEED *m, struct msg_meta *x)
{
	struct msg_NAME_ADDRS a = { .err = name_err, .ttl = name_ttl };

	asked++;
	if (mute)
		return;
	if (name_err == 0 && strcmp(m->host, "evil.test") != 0) {
		a.addrs.n = 1;
		a.addrs.a[0].family = 4;
		(void)inet_pton(AF_INET, "127.0.0.1", a.addrs.a[0].a);
	}
	assert_int_not_equal(msg_send_NAME_ADDRS(l, x->id, -1, &a), 0);
}

static void
on_closed(struct link *l)
{
	(void)l;
	fail_msg("link closed");
}

static void
on_violation(struct link *l, enum msg_verdict v, uint16_t type)
{
	(void)l;
	fail_msg("violation %d of %u", v, type);
}

static void
on_head(struct http_req *r, long status, uint32_t retry, const char *reqid,
    void *ctx)
{
	struct result *x = ctx;

	(void)r;
	x->heads++;
	x->status = status;
	x->retry_ms = retry;
	(void)str_copy(x->reqid, reqid, sizeof(x->reqid));
}

static size_t
on_data(struct http_req *r, const char *p, size_t n, void *ctx)
{
	struct result *x = ctx;
	size_t i, k = MINIMUM(n, x->take);

	if (x->abort_in_data) {
		http_abort(r);
		x->done = 1;
		return (n);
	}
	for (i = 0; i < k; i++, x->got++)
		if (x->got < sizeof(x->body) - 1)
			x->body[x->got] = p[i];
	x->most_held = MAXIMUM(x->most_held, http_held(r));
	return (k);
}

static void
on_done(struct http_req *r, enum http_err err, const char *why, void *ctx)
{
	struct result *x = ctx;

	(void)r;
	assert_false(x->done);
	x->done = 1;
	x->r = NULL;
	x->err = err;
	(void)str_copy(x->why, why, sizeof(x->why));
}

static long
on_body(struct http_req *r, char *p, size_t n, void *ctx)
{
	struct result *x = ctx;

	(void)r;
	if (x->sent == 0) {
		x->sent = 1;
		return (-1);	/* resumed by the test */
	}
	n = MINIMUM(n, x->upload - x->uploaded);
	memset(p, 'u', n);
	x->uploaded += n;
	return ((long)n);
}

static const struct http_cb cb = { on_head, on_data, on_done, NULL };
static const struct http_cb cb_up = { on_head, on_data, on_done, on_body };

static void
stop(evutil_socket_t fd, short ev, void *arg)
{
	(void)fd;
	(void)ev;
	*(int *)arg = 1;
}

/* Turns the loop until done, or for so long. */
static void
turn(const int *done, int ms)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };
	int late = 0;
	struct event *e = evtimer_new(base, stop, &late);

	event_add(e, &tv);
	while (!late && (done == NULL || !*done))
		event_base_loop(base, EVLOOP_ONCE);
	event_free(e);
	if (done != NULL && !*done)
		fail_msg("no end within %d ms", ms);
}

static struct http *
server(const char *fmt, uint16_t port)
{
	char url[128];
	struct http *h;

	assert_int_equal(str_format(url, sizeof(url), "%s:%u", fmt, port), 0);
	assert_non_null(h = http_new(url));
	return (h);
}

static void
run(struct http *h, const char *path, struct http_opts o, struct result *x)
{
	o.method = "POST";
	o.path = path;
	if (o.data == NULL) {
		o.data = "{}";
		o.len = 2;
	}
	memset(x, 0, sizeof(*x));
	x->take = SIZE_MAX;
	assert_non_null(x->r = http_send(h, &o, &cb, x));
	assert_false(x->done);
	turn(&x->done, 10000);
}

#define OPTS	(struct http_opts){ .connect_ms = 3000, .first_ms = 3000,   \
		    .idle_ms = 3000, .total_ms = 9000 }

static int
open_ca(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_int_not_equal(fd, -1);
	return (fd);
}

/* The loopback interface of our own namespace: up or down. */
static int
loopback(int up)
{
	struct ifreq r = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), rc;

	r.ifr_flags = up ? IFF_UP : 0;
	rc = fd == -1 ? -1 : ioctl(fd, SIOCSIFFLAGS, &r);
	if (fd != -1)
		close(fd);
	return (rc);
}

static int
setup(void **state)
{
	static const struct link_ops eops = { &engine_h, on_closed,
	    on_violation }, pops = { &parent_h, on_closed, on_violation };
	int sv[2];

	(void)state;
	log_init("t_http");
	log_level(LOGL_ERROR);
	own_net = unshare(CLONE_NEWNET) == 0;
	assert_true(!own_net || loopback(1) == 0);
	assert_int_equal(tls_server_start(&srv, 1), 0);
	assert_int_equal(tls_server_start(&plain, 0), 0);
	assert_non_null(base = event_base_new());
	assert_int_equal(http_global_init(base, open_ca(srv.ca)), 0);
	engine_h.NAME_ADDRS = on_addrs;
	parent_h.NAME_NEED = on_need;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	engine_end = link_new(base, sv[0], PROC_GATE, PROC_PARENT, SCOPE_NONE,
	    &eops, NULL);
	parent_end = link_new(base, sv[1], PROC_PARENT, PROC_GATE, SCOPE_NONE,
	    &pops, NULL);
	assert_non_null(engine_end);
	assert_non_null(parent_end);
	http_set_parent(engine_end);
	return (0);
}

static int
teardown(void **state)
{
	(void)state;
	tls_server_stop(&srv);
	tls_server_stop(&plain);
	link_free(engine_end);
	link_free(parent_end);
	return (0);
}

static void
test_ok(void **state)
{
	struct http *h = server("https://api.test", srv.port);
	struct result x;
	unsigned before = asked;

	(void)state;
	run(h, "/ok", OPTS, &x);
	assert_string_equal(x.why, "");
	assert_int_equal(x.err, HE_OK);
	assert_int_equal(x.status, 200);
	assert_string_equal(x.body, "hello");
	run(h, "/ok", OPTS, &x);
	assert_int_equal(x.err, HE_OK);
	assert_int_equal(asked, before + 1);	/* kept for the ttl */
	http_free(h);
}

static void
test_plain_and_literal(void **state)
{
	struct http *h = server("http://127.0.0.1", plain.port);
	struct result x;

	(void)state;
	run(h, "/ok", OPTS, &x);
	assert_int_equal(x.err, HE_OK);
	http_free(h);
	h = server("https://127.0.0.1", srv.port);
	run(h, "/ok", OPTS, &x);
	assert_int_equal(x.err, HE_OK);
	http_free(h);
}

static void
test_retry_headers(void **state)
{
	struct http *h = server("https://api.test", srv.port);
	struct result x;

	(void)state;
	run(h, "/retry", OPTS, &x);
	assert_int_equal(x.status, 429);
	assert_int_equal(x.retry_ms, 1500);
	assert_string_equal(x.reqid, "req_01");
	http_free(h);
}

static void
test_wrong_ca(void **state)
{
	struct http *h = server("https://api.test", srv.port);
	struct result x;

	(void)state;
	assert_int_equal(http_set_trust(open_ca(srv.other)), 0);
	run(h, "/ok", OPTS, &x);
	assert_int_equal(x.err, HE_TLS);
	assert_int_equal(x.heads, 0);
	/* The system's authorities did not sign it either. */
	assert_int_equal(http_set_trust(-1), 0);
	run(h, "/ok", OPTS, &x);
	assert_int_equal(x.err, HE_TLS);
	assert_int_equal(http_set_trust(open_ca(srv.ca)), 0);
	run(h, "/ok", OPTS, &x);
	assert_int_equal(x.err, HE_OK);
	/* A file without a certificate changes nothing. */
	assert_int_equal(http_set_trust(open_ca("/etc/passwd")), -1);
	http_forget(h);
	run(h, "/ok", OPTS, &x);
	assert_int_equal(x.err, HE_OK);
	http_free(h);
}

static void
test_wrong_name(void **state)
{
	struct http *h = server("https://other.test", srv.port);
	struct result x;

	(void)state;
	run(h, "/ok", OPTS, &x);
	assert_int_equal(x.err, HE_TLS);
	http_free(h);
}

static void
test_redirect(void **state)
{
	struct http *h = server("https://api.test", srv.port);
	struct result x;

	(void)state;
	run(h, "/redirect", OPTS, &x);
	assert_int_equal(x.err, HE_OK);
	assert_int_equal(x.status, 302);
	http_free(h);
}

static void
test_cut(void **state)
{
	static const char *const paths[] = { "/cut", "/chunkcut", "/drop" };
	struct http *h = server("https://api.test", srv.port);
	struct result x;
	size_t i;

	(void)state;
	for (i = 0; i < NELEM(paths); i++) {
		run(h, paths[i], OPTS, &x);
		assert_int_equal(x.err, HE_CUT);
		assert_null(strstr(x.why, paths[i]));
	}
	http_free(h);
}

static void
test_deadlines(void **state)
{
	struct http *h = server("https://api.test", srv.port);
	struct http_opts o = { .connect_ms = 3000, .first_ms = 200 };
	struct result x;
	uint64_t t = now_ms();

	(void)state;
	run(h, "/slow", o, &x);
	assert_int_equal(x.err, HE_FIRST);
	assert_in_range(now_ms() - t, 150, 1500);
	/* A half-open connection does not come back to the next request. */
	run(h, "/ok", o, &x);
	assert_int_equal(x.err, HE_OK);
	o = (struct http_opts){ .connect_ms = 3000, .idle_ms = 200 };
	run(h, "/idle", o, &x);
	assert_int_equal(x.err, HE_IDLE);
	assert_int_equal(x.got, 5);
	o = (struct http_opts){ .total_ms = 200 };
	run(h, "/slow", o, &x);
	assert_int_equal(x.err, HE_TOTAL);
	http_free(h);
}

/* The network goes away under a kept connection, silently, and comes back. */
static void
test_half_open(void **state)
{
	struct http *h = server("https://api.test", srv.port);
	struct http_opts o = { .connect_ms = 3000, .first_ms = 300 };
	struct result x;

	(void)state;
	if (!own_net) {
		http_free(h);
		skip();
		return;
	}
	run(h, "/ok", o, &x);
	assert_int_equal(x.err, HE_OK);
	assert_int_equal(loopback(0), 0);
	run(h, "/ok", o, &x);
	assert_int_equal(x.err, HE_FIRST);
	assert_int_equal(loopback(1), 0);
	run(h, "/ok", o, &x);
	assert_int_equal(x.err, HE_OK);
	http_free(h);
}

static void
test_limits(void **state)
{
	struct http *h = server("https://api.test", srv.port);
	struct http_opts o = OPTS;
	struct result x;

	(void)state;
	o.max = 100000;
	run(h, "/big", o, &x);
	assert_int_equal(x.err, HE_SIZE);
	run(h, "/headers", OPTS, &x);
	assert_int_equal(x.err, HE_SIZE);
	assert_int_equal(x.heads, 0);
	http_free(h);
}

static void
test_paused_reader(void **state)
{
	struct http *h = server("https://api.test", srv.port);
	struct http_opts o = OPTS;
	struct result x = { .take = 1000 };

	(void)state;
	o.method = "GET";
	o.path = "/big";
	o.idle_ms = 100;	/* our own pause is not the server's fault */
	assert_non_null(x.r = http_send(h, &o, &cb, &x));
	turn(NULL, 400);
	assert_false(x.done);
	assert_int_equal(x.got, 1000);
	assert_true(http_held(x.r) <= HTTP_HOLD);
	x.take = 3000;
	http_resume(x.r);
	turn(NULL, 50);
	assert_int_equal(x.got, 4000);
	x.take = SIZE_MAX;
	http_resume(x.r);
	turn(&x.done, 9000);
	assert_int_equal(x.err, HE_OK);
	assert_int_equal(x.got, 8 << 20);
	assert_true(x.most_held <= HTTP_HOLD);
	http_free(h);
}

static void
test_pause_to_the_end(void **state)
{
	struct http *h = server("https://api.test", srv.port);
	struct http_opts o = OPTS;
	struct result x = { .take = 2 };

	(void)state;
	o.method = "GET";
	o.path = "/ok";
	assert_non_null(x.r = http_send(h, &o, &cb, &x));
	turn(NULL, 200);
	assert_false(x.done);	/* three bytes are still to be taken */
	x.take = SIZE_MAX;
	http_resume(x.r);
	turn(&x.done, 1000);
	assert_int_equal(x.err, HE_OK);
	assert_string_equal(x.body, "hello");
	http_free(h);
}

static void
test_upload(void **state)
{
	struct http *h = server("https://api.test", srv.port);
	struct http_opts o = OPTS;
	struct result x = { .take = SIZE_MAX, .upload = 300000 };

	(void)state;
	o.method = "POST";
	o.path = "/echo";
	o.len = x.upload;
	o.first_ms = 150;	/* does not run while we hold the body up */
	assert_non_null(x.r = http_send(h, &o, &cb_up, &x));
	turn(NULL, 400);
	assert_int_equal(x.sent, 1);
	assert_int_equal(x.uploaded, 0);
	http_resume(x.r);
	turn(&x.done, 3000);
	assert_int_equal(x.err, HE_OK);
	assert_int_equal(x.got, 300000);
	http_free(h);
}

/* A reader that says "go on" while the name is asked for again. */
static void
test_resume_without_name(void **state)
{
	struct http *h = server("https://api.test", srv.port);
	struct http_opts o = OPTS;
	struct result x = { .take = SIZE_MAX, .upload = 3000, .sent = 1 };

	(void)state;
	run(h, "/ok", OPTS, &x);
	memset(&x, 0, sizeof(x));
	x.take = SIZE_MAX;
	x.upload = 3000;
	x.sent = 1;
	name_stale(h);
	http_forget(h);
	o.method = "POST";
	o.path = "/echo";
	o.len = x.upload;
	assert_non_null(x.r = http_send(h, &o, &cb_up, &x));
	while (!x.done) {
		http_resume(x.r);
		event_base_loop(base, EVLOOP_ONCE);
	}
	assert_int_equal(x.err, HE_OK);
	assert_int_equal(x.got, 3000);
	http_free(h);
}

static void
test_abort(void **state)
{
	struct http *h = server("https://api.test", srv.port);
	struct http_opts o = OPTS;
	struct result x = { .abort_in_data = 1 }, y = { .take = 1 };

	(void)state;
	o.method = "GET";
	o.path = "/big";
	assert_non_null(http_send(h, &o, &cb, &x));
	turn(&x.done, 3000);
	assert_non_null(y.r = http_send(h, &o, &cb, &y));
	turn(NULL, 100);
	http_abort(y.r);
	assert_non_null(y.r = http_send(h, &o, &cb, &y));
	http_free(h);		/* with a request inside */
	turn(NULL, 50);
	assert_false(y.done);
}

static void
test_names(void **state)
{
	struct http *h = server("https://api.test", srv.port);
	struct http_opts o = OPTS;
	struct result x, y = { .take = SIZE_MAX }, z = { .take = SIZE_MAX };
	unsigned before;

	(void)state;
	name_err = 1;
	run(h, "/ok", OPTS, &x);
	assert_int_equal(x.err, HE_NAME);
	name_err = 0;
	before = asked;
	o.method = "GET";
	o.path = "/ok";
	assert_non_null(http_send(h, &o, &cb, &y));
	assert_non_null(http_send(h, &o, &cb, &z));
	turn(&y.done, 3000);
	if (!z.done)
		turn(&z.done, 3000);
	assert_int_equal(y.err + z.err, HE_OK);
	assert_int_equal(asked, before + 1);	/* one question for both */
	/* A stale pin: a kept connection needs none, a new one asks. */
	name_stale(h);
	run(h, "/ok", OPTS, &x);
	assert_int_equal(x.err, HE_OK);
	assert_int_equal(asked, before + 1);
	http_forget(h);
	run(h, "/ok", OPTS, &x);
	assert_int_equal(x.err, HE_OK);
	assert_int_equal(asked, before + 2);
	http_free(h);
	/* A parent that does not answer is a deadline, not a hang. */
	mute = 1;
	h = server("https://api.test", srv.port);
	o.connect_ms = 200;
	run(h, "/ok", o, &x);
	assert_int_equal(x.err, HE_NAME);
	mute = 0;
	http_free(h);
}

/* With the pin taken away under it libcurl must fail, never resolve. */
static void
test_no_resolver(void **state)
{
	struct http *h = server("https://nowhere.test", srv.port);
	struct result x = { .take = SIZE_MAX };
	struct http_opts o = OPTS;
	unsigned before = asked;

	(void)state;
	h->pin.n = 1;
	h->pin.a[0].family = 4;
	h->pin_until = UINT64_MAX;
	(void)str_copy(h->url.host, "else.test", sizeof(h->url.host));
	mute = 1;
	o.method = "GET";
	o.path = "/ok";
	o.connect_ms = 300;
	assert_non_null(http_send(h, &o, &cb, &x));
	turn(&x.done, 3000);
	assert_int_equal(x.err, HE_NAME);
	assert_true(asked > before);
	mute = 0;
	http_free(h);
}

static void
test_dead_connection(void **state)
{
	struct http *h = server("https://api.test", srv.port);
	struct result x;

	(void)state;
	run(h, "/close", OPTS, &x);
	assert_int_equal(x.err, HE_OK);
	turn(NULL, 50);
	run(h, "/ok", OPTS, &x);	/* noticed before it is used */
	assert_int_equal(x.err, HE_OK);
	http_free(h);
}

/*
 * A kept connection that dies under a request: the server may have acted, so
 * nothing is sent twice unless the caller says that this is no harm.
 */
static void
test_again(void **state)
{
	struct http *h = server("https://api.test", srv.port);
	struct http_opts o = OPTS;
	struct result x;
	unsigned hits;

	(void)state;
	run(h, "/ok", o, &x);
	hits = *srv.hits;
	run(h, "/drop", o, &x);
	assert_int_equal(x.err, HE_CUT);
	assert_int_equal(*srv.hits, hits + 1);
	run(h, "/ok", o, &x);
	hits = *srv.hits;
	o.again = 1;
	run(h, "/drop", o, &x);
	assert_int_equal(x.err, HE_CUT);
	assert_int_equal(*srv.hits, hits + 2);
	http_free(h);
}

static void
test_refused(void **state)
{
	struct http *h = server("https://api.test", 1);
	struct result x;

	(void)state;
	run(h, "/secret-token", OPTS, &x);
	assert_int_equal(x.err, HE_CONNECT);
	assert_non_null(strstr(x.why, "refused"));
	assert_null(strstr(x.why, "secret"));
	http_free(h);
}

static void
test_bad_input(void **state)
{
	static const char *const bad[] = { "", "ftp://x", "https://", "x",
	    "https://a b", "https://user@host", "https://h:0", "https://h:99999",
	    "https://h:", "https://[::1", "https://::1", "https://h?q",
	    "https://h#f", "http://[127.0.0.1]:1", "https://h\\x" };
	struct http_opts o = OPTS;
	const char *inject[] = { "a: b\r\nc: d", NULL };
	struct http *h;
	size_t i;

	(void)state;
	for (i = 0; i < NELEM(bad); i++)
		if ((h = http_new(bad[i])) != NULL)
			fail_msg("accepted: %s", bad[i]);
	assert_non_null(h = http_new("https://[::1]:8443/bot/"));
	assert_string_equal(h->url.base, "https://[::1]:8443/bot");
	assert_string_equal(h->url.host, "::1");
	o.method = "GET";
	o.path = "/a b";
	assert_null(http_send(h, &o, &cb, NULL));
	o.path = "/a";
	o.headers = inject;
	assert_null(http_send(h, &o, &cb, NULL));
	http_free(h);
}

static void
test_retry_after(void **state)
{
	static const struct {
		const char	*s;
		uint32_t	 ms;
	} t[] = {
		{ "7", 7000 }, { "0", 0 }, { "", 0 }, { "-1", 0 },
		{ "1.5", 1500 }, { "1.", 1000 }, { "x", 0 }, { "9x", 0 },
		{ "99999999999999999999999", 3600000 },
		{ "Sun, 06 Nov 1994 08:49:37 GMT", 10000 },
		{ "Sun, 06 Nov 1994 08:49:20 GMT", 0 },
		{ "Sun, 06 Nov 2094 08:49:20 GMT", 3600000 },
		{ "Sun, 06 Nox 1994 08:49:37 GMT", 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < NELEM(t); i++)
		assert_int_equal(http_retry_after(t[i].s, strlen(t[i].s),
		    784111767), t[i].ms);
}

static int
open_files(void)
{
	int fd, n = 0;

	for (fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) != -1;
	return (n);
}

/* Connections of a burst do not stay for good. */
static void
test_trim(void **state)
{
	struct http *h = server("https://api.test", srv.port);
	struct http_opts o = OPTS;
	struct result x[8] = { 0 };
	int i, before;

	(void)state;
	run(h, "/ok", o, &x[0]);
	before = open_files();
	o.method = "GET";
	o.path = "/ok";
	http_trim_s = 0;
	for (i = 0; i < 8; i++) {
		memset(&x[i], 0, sizeof(x[i]));
		x[i].take = SIZE_MAX;
		assert_non_null(http_send(h, &o, &cb, &x[i]));
	}
	for (i = 0; i < 8; i++)
		if (!x[i].done)
			turn(&x[i].done, 3000);
	turn(NULL, 50);
	http_trim_s = 60;
	assert_true(open_files() <= before);
	run(h, "/ok", OPTS, &x[0]);
	assert_int_equal(x[0].err, HE_OK);
	http_free(h);
}

static void
test_idle_is_silent(void **state)
{
	(void)state;
	/* Nothing but the two links may wake us now. */
	assert_int_equal(event_base_get_num_events(base,
	    EVENT_BASE_COUNT_ADDED), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ok),
		cmocka_unit_test(test_plain_and_literal),
		cmocka_unit_test(test_retry_headers),
		cmocka_unit_test(test_wrong_ca),
		cmocka_unit_test(test_wrong_name),
		cmocka_unit_test(test_redirect),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_deadlines),
		cmocka_unit_test(test_half_open),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_paused_reader),
		cmocka_unit_test(test_pause_to_the_end),
		cmocka_unit_test(test_upload),
		cmocka_unit_test(test_resume_without_name),
		cmocka_unit_test(test_abort),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_no_resolver),
		cmocka_unit_test(test_dead_connection),
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_bad_input),
		cmocka_unit_test(test_retry_after),
		cmocka_unit_test(test_trim),
		cmocka_unit_test(test_idle_is_silent),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests_name("http", tests, setup, teardown));
}
