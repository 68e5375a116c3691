/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * See gate_client.h.
 */
#include <sys/socket.h>

#include <netinet/in.h>

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <cmocka.h>

#include "regress/unit/gate_client.h"
#include "regress/unit/gate_world.h"
#include "telclauded/lib/secret.h"
#include "telclauded/lib/text.h"

uint16_t port;
struct buf audited;
unsigned naudited;
struct msg_CONF_PROXY bounds = { .scope = SCOPE_TELEGRAM };
static struct link *audit;

int
cl_listen(uint8_t scope, uint64_t job, int everywhere, uint16_t *at)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	struct msg_LISTEN m = { .scope = scope, .job = job, .conv = 7,
	    .turn = 40 + job, .port = 8790 };
	socklen_t len = sizeof(sin);
	int fd;

	sin.sin_addr.s_addr = htonl(everywhere ? INADDR_ANY :
	    INADDR_LOOPBACK);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1 || bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    listen(fd, 64) == -1 ||
	    getsockname(fd, (struct sockaddr *)&sin, &len) == -1)
		return (-1);
	*at = ntohs(sin.sin_port);
	return (msg_send_LISTEN(gate, 0, fd, &m) == 0 ? -1 : 0);
}

void
cl_unlisten(uint8_t scope, uint64_t job)
{
	struct msg_UNLISTEN m = { .scope = scope, .job = job };

	assert_int_not_equal(msg_send_UNLISTEN(gate, 0, -1, &m), 0);
}

/* One answer at the front of c->in: its length, 0: not all here. */
static size_t
parse(struct client *c)
{
	const char *p = c->in.p, *end, *v;
	size_t head, n, len;
	char *rest;

	if (c->in.len == 0 || (end = strstr(p, "\r\n\r\n")) == NULL)
		return (0);
	head = (size_t)(end - p) + 4;
	if (strncmp(p, "HTTP/1.1 100", 12) == 0)
		return (head);
	buf_free(&c->head);
	buf_free(&c->body);
	(void)buf_add(&c->head, p, head);
	(void)buf_puts(&c->body, "");
	c->status = (unsigned)strtoul(p + 9, NULL, 10);
	if ((v = strcasestr(c->head.p, "\r\ncontent-length:")) != NULL) {
		len = strtoul(v + 17, NULL, 10);
		n = MINIMUM(len, c->in.len - head);
		(void)buf_add(&c->body, p + head, n);
		return (n == len ? head + len : 0);
	}
	if (strcasestr(c->head.p, "transfer-encoding: chunked") == NULL)
		return (head);
	for (p += head;; p = rest + 2 + len + 2) {
		if ((rest = strstr(p, "\r\n")) == NULL)
			return (0);
		len = strtoul(p, NULL, 16);
		if ((size_t)(rest - c->in.p) + 4 + len > c->in.len)
			return (0);
		(void)buf_add(&c->body, rest + 2, len);
		if (len == 0)
			return ((size_t)(rest - c->in.p) + 4);
	}
}

static void
on_read(evutil_socket_t fd, short ev, void *arg)
{
	static char block[65536];
	struct client *c = arg;
	ssize_t n;

	(void)ev;
	n = recv(fd, block, sizeof(block), MSG_DONTWAIT);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		c->closed = c->whole = 1;
		(void)event_del(c->rd);
		(void)event_del(c->wr);
		return;
	}
	(void)buf_add(&c->in, block, (size_t)n);
	if (parse(c) > 0)
		c->whole = 1;
}

static void
on_write(evutil_socket_t fd, short ev, void *arg)
{
	struct client *c = arg;
	ssize_t n;

	(void)ev;
	n = send(fd, c->out.p, c->out.len, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n > 0)
		buf_drain(&c->out, (size_t)n);
	if (c->out.len == 0 || (n == -1 && errno != EAGAIN))
		(void)event_del(c->wr);
}

int
cl_reach(uint16_t at)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
	    .sin_port = htons(at) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), ok;

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ok = connect(fd, (struct sockaddr *)&sin, sizeof(sin)) == 0;
	close(fd);
	return (ok);
}

struct client *
cl_open(uint16_t at)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
	    .sin_port = htons(at) };
	struct client *c = calloc(1, sizeof(*c));

	assert_non_null(c);
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(c->fd, (struct sockaddr *)&sin, sizeof(sin)),
	    0);
	c->rd = event_new(base, c->fd, EV_READ | EV_PERSIST, on_read, c);
	c->wr = event_new(base, c->fd, EV_WRITE | EV_PERSIST, on_write, c);
	event_add(c->rd, NULL);
	return (c);
}

void
cl_close(struct client *c)
{
	event_free(c->rd);
	event_free(c->wr);
	close(c->fd);
	buf_free(&c->in);
	buf_free(&c->out);
	buf_free(&c->head);
	buf_free(&c->body);
	free(c);
}

void
cl_send(struct client *c, const void *p, size_t n)
{
	assert_int_equal(buf_add(&c->out, p, n), 0);
	event_add(c->wr, NULL);
}

void
cl_say(struct client *c, const char *fmt, ...)
{
	char text[8192];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	assert_in_range(n, 0, sizeof(text) - 1);
	cl_send(c, text, (size_t)n);
}

static void
late(evutil_socket_t fd, short ev, void *arg)
{
	(void)fd;
	(void)ev;
	*(int *)arg = 1;
}

unsigned
cl_answer(struct client *c, int ms)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };
	struct event *e;
	int over = 0;
	size_t n;

	if (c->hold)
		event_add(c->rd, NULL);
	c->hold = 0;
	c->status = 0;
	e = evtimer_new(base, late, &over);
	event_add(e, &tv);
	for (;;) {
		while ((n = parse(c)) > 0 && c->status == 0)
			buf_drain(&c->in, n);	/* 100 Continue */
		if (n > 0 || c->closed || over || dead)
			break;
		c->whole = 0;
		event_base_loop(base, EVLOOP_ONCE);
	}
	event_free(e);
	assert_false(dead);
	if (n == 0 && !c->closed)
		c->status = 0;		/* not in time */
	c->cut = n == 0;
	buf_drain(&c->in, n);
	return (c->status);
}

void
cl_post(struct client *c, const char *path, const char *more, const void *p,
    size_t n)
{
	cl_say(c, "POST %s HTTP/1.1\r\nHost: gate\r\nContent-Length: %zu\r\n"
	    "%s\r\n", path, n, more);
	cl_send(c, p, n);
}

struct client *
cl_ask(uint16_t at, const char *path, const char *body)
{
	struct client *c = cl_open(at);

	cl_post(c, path, "content-type: application/json\r\n", body,
	    strlen(body));
	(void)cl_answer(c, 5000);
	return (c);
}

int
cl_has(const struct client *c, const char *line)
{
	return (strcasestr(c->head.p, line) != NULL);
}

/* --- the audit engine's side --------------------------------------------- */
static void
on_line(struct link *l, const struct msg_AUDIT_LINE *m, struct msg_meta *x)
{
	struct msg_AUDIT_DONE d = { .seq = ++naudited };
	char line[600];

	text_for_log(m->detail, line, sizeof(line));
	(void)buf_printf(&audited, "%s verdict=%u job=%llu turn=%llu %s\n",
	    m->event, m->verdict, (unsigned long long)m->job,
	    (unsigned long long)m->turn, line);
	assert_int_not_equal(msg_send_AUDIT_DONE(l, x->id, -1, &d), 0);
}

static void
give_audit(void)
{
	static struct msg_handlers h;
	static const struct link_ops ops = { &h, world_closed,
	    world_violation };
	struct msg_CONF_LINK m = { .peer = PROC_AUDIT };
	int sv[2];

	h.AUDIT_LINE = on_line;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	assert_int_not_equal(msg_send_CONF_LINK(gate, 0, sv[1], &m), 0);
	audit = link_new(base, sv[0], PROC_AUDIT, PROC_GATE, SCOPE_NONE, &ops,
	    NULL);
	assert_non_null(audit);
}

static void
more_slice(void)
{
	struct msg_CONF_PROXY molt = { .scope = SCOPE_MOLTBOOK };
	struct msg_CONF_MODEL m = { .model = "cheap", .in_nano = 1000,
	    .out_nano = 5000, .cached_nano = 100, .written_nano = 1250 };

	if (audit == NULL)
		give_audit();
	assert_int_not_equal(msg_send_CONF_MODEL(gate, 0, -1, &m), 0);
	(void)str_copy(m.model, "dear", sizeof(m.model));
	m.in_nano = m.written_nano = 10000;
	m.out_nano = 50000;
	assert_int_not_equal(msg_send_CONF_MODEL(gate, 0, -1, &m), 0);
	assert_int_not_equal(msg_send_CONF_PROXY(gate, 0, -1, &bounds), 0);
	assert_int_not_equal(msg_send_CONF_PROXY(gate, 0, -1, &molt), 0);
	send_fd(FDK_PROXY_TOKEN, secret_memfd("token", TOKEN,
	    strlen(TOKEN)));
}

void
server(void **st, const char *path)
{
	(void)st;
	memset(&bounds, 0, sizeof(bounds));
	memset(&ceiling, 0, sizeof(ceiling));
	bounds.scope = SCOPE_TELEGRAM;
	reload(path, KEY, 0, srv.ca, 0);
}

int
proxy_start(const char *argv0, const char *name)
{
	world_more = more_slice;
	if (world_start(argv0, name) == -1)
		return (-1);
	return (cl_listen(SCOPE_TELEGRAM, 1, 0, &port));
}
