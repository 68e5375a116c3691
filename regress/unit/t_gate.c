/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The real gate, confined as it is in service, between a parent and an agent
 * played by this program and a TLS server on loopback.
 */
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <event2/event.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "engines/common/http.h"
#include "imsg/link.h"
#include "regress/unit/gate_world.h"
#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"

static struct link *agent;
static char *argv0;

/* One exchange as the agent sees it. */
struct seen {
	uint32_t	 req, window, retry_ms;
	unsigned	 status;
	char		 reqid[80], why[256];
	struct buf	 body;
	struct stream	*in;
	int		 done, ended, end_err, err, hold;
};
static struct seen seen[512];
static uint32_t nreq;

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
static struct msg_handlers agent_h = { MSG_TABLE(M) };
#undef M

#define H(id)	static void on_##id(struct link *l,			\
		    const struct msg_##id *m, struct msg_meta *x)

/* --- the agent's side -------------------------------------------------- */
static void
body_data(struct stream *s, const uint8_t *p, size_t n)
{
	struct seen *x = stream_ctx(s);

	assert_int_equal(buf_add(&x->body, p, n), 0);
	if (!x->hold)
		stream_consumed(s, n);
}

static void
body_end(struct stream *s, int err)
{
	struct seen *x = stream_ctx(s);

	x->in = NULL;
	x->ended = 1;
	x->end_err = err;
}

H(API_HEAD)
{
	static const struct stream_in ops = { body_data, body_end };
	struct seen *s = &seen[m->req % 512];

	(void)x;
	assert_int_equal(s->req, m->req);
	s->status = m->status;
	s->retry_ms = m->retry_ms;
	(void)str_copy(s->reqid, m->reqid, sizeof(s->reqid));
	s->in = stream_read_new(l, m->sid, s->window, &ops, s);
	assert_non_null(s->in);
}

H(API_DONE)
{
	struct seen *s = &seen[m->req % 512];

	(void)l;
	(void)x;
	assert_int_equal(s->req, m->req);
	s->done = 1;
	s->err = m->err;
	text_for_log(m->why, s->why, sizeof(s->why));
}

static void
send_agent(void)
{
	static const struct link_ops ops = { &agent_h, world_closed,
	    world_violation };
	struct msg_CONF_LINK m = { .peer = PROC_AGENT,
	    .scope = SCOPE_TELEGRAM };
	int sv[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	assert_int_not_equal(msg_send_CONF_LINK(gate, 0, sv[1], &m), 0);
	agent = link_new(base, sv[0], PROC_AGENT, PROC_GATE, SCOPE_TELEGRAM,
	    &ops, NULL);
	assert_non_null(agent);
}

/* The first slice comes with a channel. */
static void
first_slice(void)
{
	if (agent == NULL)
		send_agent();
}

static int
setup(void **st)
{
	(void)st;
	agent_h.API_HEAD = on_API_HEAD;
	agent_h.API_DONE = on_API_DONE;
	world_more = first_slice;
	return (world_start(argv0, "t_gate"));
}

static int
teardown(void **st)
{
	(void)st;
	return (world_stop());
}

/* --- requests ---------------------------------------------------------- */
static struct stream *
request_open(unsigned path, const char *body, size_t len, const char *beta,
    uint32_t window)
{
	struct msg_API_REQ m = { .req = ++nreq, .path = (uint8_t)path,
	    .size = (uint32_t)len };
	struct seen *s = &seen[nreq % 512];
	struct stream *out;

	buf_free(&s->body);
	memset(s, 0, sizeof(*s));
	s->req = nreq;
	s->window = window;
	assert_int_equal(str_copy(m.beta, beta, sizeof(m.beta)), 0);
	assert_non_null(out = stream_write_new(agent, NULL, NULL));
	m.sid = stream_sid(out);
	assert_int_not_equal(msg_send_API_REQ(agent, 0, -1, &m), 0);
	assert_int_equal(stream_write(out, body, len), 0);
	return (out);
}

static struct seen *
request(unsigned path, const char *body, size_t len, const char *beta,
    uint32_t window)
{
	stream_finish(request_open(path, body, len, beta, window), 0);
	return (&seen[nreq % 512]);
}

static struct seen *
finished(struct seen *s)
{
	turn(&s->done, 5000);
	if (s->status != 0 && !s->ended)
		turn(&s->ended, 1000);
	(void)buf_puts(&s->body, "");
	return (s);
}

static void
test_headers(void **st)
{
	struct seen *s = finished(request(AP_MESSAGES, "{}", 2, "", 65536));

	(void)st;
	assert_string_equal(s->why, "");
	assert_int_equal(s->err, HE_OK);
	assert_int_equal(s->status, 200);
	assert_non_null(strstr(s->body.p, "POST /head/v1/messages HTTP/1.1"));
	assert_non_null(strstr(s->body.p, "x-api-key: " KEY "\r\n"));
	assert_non_null(strstr(s->body.p, "anthropic-version: 2023-06-01"));
	assert_non_null(strstr(s->body.p, "ontent-"));
	assert_null(strstr(s->body.p, "anthropic-beta"));
	assert_null(strstr(s->body.p, "xpect"));
	turn(NULL, 20);
	assert_int_equal(states, 1);
	assert_int_equal(state.status, 200);
	s = finished(request(AP_COUNT, "{}", 2, "a-1,b-2", 65536));
	assert_non_null(strstr(s->body.p, "/v1/messages/count_tokens HTTP"));
	assert_non_null(strstr(s->body.p, "anthropic-beta: a-1,b-2\r\n"));
}

static void
test_refused(void **st)
{
	(void)st;
	assert_int_equal(finished(request(AP_MAX, "{}", 2, "", 1))->err,
	    HE_OTHER);
	assert_int_equal(finished(request(AP_MESSAGES, "{}", 2, "a: b", 1))->
	    err, HE_OTHER);
}

static void
test_reload_oauth(void **st)
{
	struct seen *s;

	(void)st;
	reload("/head", "bad key", 0, srv.ca, 1);
	reload("/head", KEY, 0, "/etc/passwd", 1);
	s = finished(request(AP_MESSAGES, "{}", 2, "", 65536));
	assert_int_equal(s->err, HE_OK);
	reload("/head", "token-2", 1, srv.ca, 0);
	s = finished(request(AP_MESSAGES, "{}", 2, "x-1", 65536));
	assert_int_equal(s->err, HE_OK);
	assert_non_null(strstr(s->body.p, "Authorization: Bearer token-2\r\n"));
	assert_non_null(strstr(s->body.p,
	    "anthropic-beta: x-1,oauth-2025-04-20\r\n"));
	assert_null(strstr(s->body.p, "x-api-key"));
	/* Another trust file takes effect, with the kept connection. */
	reload("/head", KEY, 0, srv.other, 0);
	s = finished(request(AP_MESSAGES, "{}", 2, "", 65536));
	assert_int_equal(s->err, HE_TLS);
}

static void
test_bodies(void **st)
{
	static char big[300000];
	struct seen *s;
	size_t i;

	(void)st;
	for (i = 0; i < sizeof(big); i++)
		big[i] = (char)('a' + i * 7 % 26);
	reload("/echo", KEY, 0, srv.ca, 0);
	s = finished(request(AP_MESSAGES, big, sizeof(big), "", 65536));
	assert_int_equal(s->err, HE_OK);
	assert_int_equal(s->body.len, sizeof(big));
	assert_memory_equal(s->body.p, big, sizeof(big));
}

static void
test_errors(void **st)
{
	struct seen *s;

	(void)st;
	reload("/retry", KEY, 0, srv.ca, 0);
	s = finished(request(AP_MESSAGES, "{}", 2, "", 65536));
	assert_int_equal(s->status, 429);
	assert_int_equal(s->retry_ms, 1500);
	assert_string_equal(s->reqid, "req_01");
	reload("/cut", KEY, 0, srv.ca, 0);
	s = finished(request(AP_MESSAGES, "{}", 2, "", 65536));
	assert_int_equal(s->err, HE_CUT);
	assert_int_not_equal(s->end_err, 0);
	assert_string_equal(s->body.p, "hello");
	reload("/slow", KEY, 0, srv.ca, 0);
	s = finished(request(AP_MESSAGES, "{}", 2, "", 65536));
	assert_int_equal(s->err, HE_FIRST);
	reload("/idle", KEY, 0, srv.ca, 0);
	s = finished(request(AP_MESSAGES, "{}", 2, "", 65536));
	assert_int_equal(s->err, HE_IDLE);
	assert_int_not_equal(s->end_err, 0);
}

static void
test_slow_agent(void **st)
{
	struct seen *s[8];
	long before, held;
	int i;

	(void)st;
	reload("/big", KEY, 0, srv.ca, 0);
	turn(NULL, 50);
	before = status_field("RssAnon:");
	for (i = 0; i < 8; i++) {
		s[i] = request(AP_MESSAGES, "{}", 2, "", 65536);
		s[i]->hold = 1;
	}
	turn(NULL, 500);	/* longer than idle_ms: that is our own pause */
	held = status_field("RssAnon:") - before;
	(void)printf("# 8 stalled answers of 8 MiB: %ld kB\n", held);
#ifndef TC_SANITIZE		/* its quarantine counts as well */
	assert_true(held < 8 * 256);
#endif
	for (i = 0; i < 8; i++) {
		assert_false(s[i]->done);
		assert_int_equal(s[i]->body.len, 65536);
		s[i]->hold = 0;
		stream_consumed(s[i]->in, 65536);
	}
	for (i = 0; i < 8; i++) {
		finished(s[i]);
		assert_int_equal(s[i]->err, HE_OK);
		assert_int_equal(s[i]->body.len, 8 << 20);
		buf_free(&s[i]->body);
	}
}

static void
test_abort_and_limit(void **st)
{
	struct msg_API_ABORT a;
	struct seen *s[321];
	int i;

	(void)st;
	reload("/idle", KEY, 0, srv.ca, 0);
	for (i = 0; i < 321; i++)
		s[i] = request(AP_MESSAGES, "{}", 2, "", 65536);
	finished(s[320]);
	assert_int_equal(s[320]->err, HE_OTHER);
	assert_non_null(strstr(s[320]->why, "too many"));
	for (i = 0; i < 320; i++) {
		a.req = s[i]->req;
		assert_int_not_equal(msg_send_API_ABORT(agent, 0, -1, &a), 0);
	}
	turn(NULL, 600);
	for (i = 0; i < 320; i++)
		assert_false(s[i]->done);
}

/* Room for bodies is for their way out, not for the answer's time. */
static void
test_room(void **st)
{
	struct msg_API_ABORT a;
	struct seen *s[60];
	size_t n = 1000000;
	char *body;
	int i, before;

	(void)st;
	reload("/big", KEY, 0, srv.ca, 0);
	assert_non_null(body = malloc(n));
	memset(body, ' ', n);
	body[0] = '{';
	body[n - 1] = '}';
	before = needs;
	for (i = 0; i < 60; i++) {
		s[i] = request(AP_MESSAGES, body, n, "", 65536);
		s[i]->hold = 1;
	}
	free(body);
	for (i = 0; i < 250 && needs - before < 60; i++)
		turn(NULL, 20);
	assert_int_equal(needs - before, 60);
	for (i = 0; i < 60; i++) {
		assert_false(s[i]->done);
		a.req = s[i]->req;
		assert_int_not_equal(msg_send_API_ABORT(agent, 0, -1, &a), 0);
	}
	turn(NULL, 200);
}

/* An agent that dies and comes back. */
static void
test_agent_replaced(void **st)
{
	struct seen *s;

	(void)st;
	reload("/slow", KEY, 0, srv.ca, 0);
	(void)request(AP_MESSAGES, "{}", 2, "", 65536);
	turn(NULL, 50);
	link_free(agent);
	reload("/ok", KEY, 0, srv.ca, 0);
	send_agent();
	s = finished(request(AP_MESSAGES, "{}", 2, "", 65536));
	assert_int_equal(s->err, HE_OK);
}

/* It never ends its body, so both streams are open when it goes away. */
static void
test_body_without_end(void **st)
{
	struct seen *s[16];
	int i;

	(void)st;
	reload("/big", KEY, 0, srv.ca, 0);
	for (i = 0; i < 16; i++) {
		(void)request_open(AP_MESSAGES, "{}", 2, "", 65536);
		s[i] = &seen[nreq % 512];
		s[i]->hold = 1;
	}
	for (i = 0; i < 16; i++) {
		turn((const int *)&s[i]->status, 5000);
		assert_int_equal(s[i]->status, 200);
		assert_false(s[i]->done);
	}
	link_free(agent);
	reload("/ok", KEY, 0, srv.ca, 0);
	send_agent();
	s[0] = finished(request(AP_MESSAGES, "{}", 2, "", 65536));
	assert_int_equal(s[0]->err, HE_OK);
}

static void
test_idle(void **st)
{
	long before;

	(void)st;
	turn(NULL, 100);
	before = status_field("voluntary_ctxt_switches:");
	turn(NULL, 500);
	assert_int_equal(status_field("voluntary_ctxt_switches:"), before);
	(void)printf("# idle: RssAnon %ld kB\n", status_field("RssAnon:"));
	assert_int_equal(status_field("Threads:"), 1);
}

/* A key that no server has echoed: answers are not searched for it. */
#define KEY2	"sk-ant-wiped-9876543210"

/* How often it is in the memory of gate. */
static int
copies_of_key(void)
{
	static char buf[1 << 20];
	char path[64], line[512];
	unsigned long from, to, at;
	const char *p;
	ssize_t n;
	FILE *f;
	int fd, found = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/mem", (int)gate_pid);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return (-1);
	(void)snprintf(path, sizeof(path), "/proc/%d/maps", (int)gate_pid);
	assert_non_null(f = fopen(path, "re"));
	while (fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "%lx-%lx rw", &from, &to) != 2 ||
		    strstr(line, " rw") == NULL)
			continue;
		for (at = from; at < to; at += (unsigned long)n - strlen(KEY2)) {
			n = pread(fd, buf, MINIMUM(sizeof(buf), to - at),
			    (off_t)at);
			if (n <= (ssize_t)strlen(KEY2))
				break;
			for (p = buf; (p = memmem(p, (size_t)(buf + n - p), KEY2,
			    strlen(KEY2))) != NULL; p++)
				found++;
			if (at + (unsigned long)n >= to)
				break;
		}
	}
	(void)fclose(f);
	close(fd);
	return (found);
}

/* After service there is one copy, in locked memory. */
static void
test_wiped(void **st)
{
	int i, n;

	(void)st;
	reload("/ok", KEY2, 0, srv.ca, 0);
	for (i = 0; i < 5; i++)
		finished(request(AP_MESSAGES, "{}", 2, "", 65536));
	turn(NULL, 100);
#ifdef TC_SANITIZE		/* its shadow is terabytes to search */
	skip();
#endif
	if ((n = copies_of_key()) == -1)
		skip();
	assert_int_equal(n, 1);
}

static void
test_drain(void **st)
{
	struct msg_DRAIN d;
	struct seen *s;

	(void)st;
	memset(&d, 0, sizeof(d));
	reload("/slow", KEY, 0, srv.ca, 0);
	s = request(AP_MESSAGES, "{}", 2, "", 65536);
	turn(NULL, 50);
	msg_send_DRAIN(gate, 0, -1, &d);
	turn(NULL, 50);
	assert_false(drained);
	finished(s);
	turn(&drained, 1000);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_reload_oauth),
		cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_slow_agent),
		cmocka_unit_test(test_abort_and_limit),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_agent_replaced),
		cmocka_unit_test(test_body_without_end),
		cmocka_unit_test(test_idle),
		cmocka_unit_test(test_wiped),
		cmocka_unit_test(test_drain),
	};

	(void)argc;
	argv0 = argv[0];
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests_name("gate", tests, setup, teardown));
}
