/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Clients that attack the Anthropic proxy of the real gate, confined as in
 * service, and next to each the client that may.
 */
#include <sys/socket.h>

#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "regress/unit/gate_client.h"
#include "regress/unit/gate_world.h"

static char *argv0;

static int
setup(void **st)
{
	(void)st;
	return (proxy_start(argv0, "t_gatehostile"));
}

static int
teardown(void **st)
{
	(void)st;
	return (world_stop());
}

static void
test_paths(void **st)
{
	static const struct { const char *method, *target; unsigned status; }
	    no[] = {
		{ "POST", "/", 404 }, { "POST", "/v1/files", 404 },
		{ "POST", "/v1/messages/", 404 },
		{ "POST", "//v1/messages", 404 },
		{ "POST", "/v1//messages", 404 },
		{ "POST", "/v1/./messages", 404 },
		{ "POST", "/v1/x/../messages", 404 },
		{ "POST", "/v1/messages/../files", 404 },
		{ "POST", "/v1/messages%2f..%2ffiles", 404 },
		{ "POST", "/v1/%6dessages", 404 },
		{ "POST", "/V1/messages", 404 },
		{ "POST", "/v1/messages#x", 404 },
		{ "POST", "/v1/messages;x", 404 },
		{ "POST", "/v1/messages\\", 404 },
		{ "POST", "/v1/messages/batches", 404 },
		{ "POST", "http://api.test/v1/messages", 404 },
		{ "POST", "https://evil.test/v1/messages", 404 },
		{ "POST", "*", 404 }, { "CONNECT", "api.test:443", 404 },
		{ "POST", "/v1/anthropic-proxyv1/messages", 404 },
		{ "POST", "/v1/anthropic-proxy/v1/anthropic-proxy/v1/messages",
		    404 },
		{ "POST", "/v1/anthropic-proxy//v1/messages", 404 },
		{ "GET", "/v1/models/..", 404 }, { "GET", "/v1/models/", 404 },
		{ "GET", "/v1/models/a/b", 404 },
		{ "GET", "/v1/models/a%2fb", 404 },
		{ "GET", "/v1/models/.", 404 }, { "GET", "/v1/modelsx", 404 },
		{ "GET", "/v1/messages", 405 }, { "PUT", "/v1/messages", 405 },
		{ "post", "/v1/messages", 405 }, { "HEAD", "/v1/models", 405 },
		{ "DELETE", "/v1/messages", 405 },
		{ "POST", "/v1/models", 405 }, { "TRACE", "/v1/models", 405 },
		{ "POST", "/v1/messages", 411 },
	};
	unsigned i, before;
	struct client *c;

	server(st, "/ok");
	before = *srv.hits;
	for (i = 0; i < NELEM(no); i++) {
		c = cl_open(port);
		cl_say(c, "%s %s HTTP/1.1\r\nHost: a\r\n\r\n", no[i].method,
		    no[i].target);
		if (cl_answer(c, 3000) != no[i].status)
			fail_msg("%s %s: %u", no[i].method, no[i].target,
			    c->status);
		assert_int_equal(strncmp(c->body.p, "{\"type\":\"error\","
		    "\"error\":{\"type\":\"", 33), 0);
		assert_int_equal(cl_has(c, "allow: "), c->status == 405);
		cl_close(c);
	}
	assert_int_equal(*srv.hits, before);
}

#define POST	"POST /v1/messages HTTP/1.1\r\n"
#define HOST	"Host: a\r\n"
#define NEXT	"POST /v1/messages HTTP/1.1\r\nHost: b\r\n" \
		"Content-Length: 2\r\n\r\n{}"

static void
test_smuggling(void **st)
{
	static const struct { const char *bytes; unsigned status; } no[] = {
		{ POST HOST "Content-Length: 2\r\nTransfer-Encoding: chunked"
		    "\r\n\r\n0\r\n\r\n" NEXT, 400 },
		{ POST HOST "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"
		    NEXT, 400 },
		{ POST HOST "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
		    400 },
		{ POST HOST "Content-Length: 2, 2\r\n\r\n{}" NEXT, 400 },
		{ POST HOST "Content-Length: +2\r\n\r\n{}" NEXT, 400 },
		{ POST HOST "Content-Length: 0x2\r\n\r\n{}" NEXT, 400 },
		{ POST HOST "Content-Length: -1\r\n\r\n{}" NEXT, 400 },
		{ POST HOST "Content-Length:\r\n\r\n{}" NEXT, 400 },
		{ POST HOST "Content-Length : 2\r\n\r\n{}" NEXT, 400 },
		{ POST HOST "Content-Length: 99999999999999999999\r\n\r\n{}",
		    400 },
		{ POST HOST "Content-Length: 33554433\r\n\r\n{}", 413 },
		{ POST HOST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
		    501 },
		{ POST HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: "
		    "chunked\r\n\r\n0\r\n\r\n" NEXT, 501 },
		{ POST HOST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" NEXT,
		    501 },
		{ POST HOST "Transfer-Encoding: chunked, identity\r\n\r\n"
		    "0\r\n\r\n" NEXT, 501 },
		{ POST HOST " x: folded\r\nContent-Length: 2\r\n\r\n{}", 400 },
		{ POST HOST "a: b\r\n\tTransfer-Encoding: chunked\r\n\r\n", 400 },
		{ POST HOST "a: b\nTransfer-Encoding: chunked\r\n\r\n", 400 },
		{ POST HOST "a: b\rContent-Length: 2\r\n\r\n{}", 400 },
		{ POST HOST "a: b\001c\r\nContent-Length: 2\r\n\r\n{}", 400 },
		{ POST HOST "a: b\177\r\nContent-Length: 2\r\n\r\n{}", 400 },
		{ POST HOST "a: \303\251\r\nContent-Length: 2\r\n\r\n{}", 400 },
		{ POST HOST "a b: c\r\nContent-Length: 2\r\n\r\n{}", 400 },
		{ POST HOST ": c\r\nContent-Length: 2\r\n\r\n{}", 400 },
		{ POST HOST "nothing\r\nContent-Length: 2\r\n\r\n{}", 400 },
		{ POST HOST "Content-Length: 2\r\nExpect: x\r\n\r\n{}", 417 },
		{ POST HOST HOST "Content-Length: 2\r\n\r\n{}", 400 },
		{ POST "Content-Length: 2\r\n\r\n{}", 400 },
		{ "\r\n" POST HOST "Content-Length: 2\r\n\r\n{}", 400 },
		{ "\n" POST HOST, 400 }, { " " POST HOST "\r\n", 400 },
		{ "POST  /v1/messages HTTP/1.1\r\n" HOST "\r\n", 400 },
		{ "POST /v1/messages HTTP/1.1 \r\n" HOST "\r\n", 400 },
		{ "POST /v1/messages\r\n" HOST "\r\n", 400 },
		{ "POST /v1/messages HTTP/1.0\r\n" HOST "\r\n", 505 },
		{ "POST /v1/messages HTTP/2.0\r\n" HOST "\r\n", 505 },
		{ "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505 },
		{ "POST\t/v1/messages\tHTTP/1.1\r\n" HOST "\r\n", 400 },
		{ "GET /v1/models HTTP/1.1\r\n" HOST "Content-Length: 2\r\n"
		    "\r\n{}" NEXT, 400 },
		{ POST HOST "Transfer-Encoding: chunked\r\n\r\n2;x=y\r\n{}\r\n"
		    "0\r\n\r\n" NEXT, 400 },
		{ POST HOST "Transfer-Encoding: chunked\r\n\r\n2\n{}\r\n0\r\n"
		    "\r\n" NEXT, 400 },
		{ POST HOST "Transfer-Encoding: chunked\r\n\r\n0\r\nx: y\r\n"
		    "\r\n" NEXT, 400 },
		{ POST HOST "Transfer-Encoding: chunked\r\n\r\n-1\r\n", 400 },
		{ POST HOST "Transfer-Encoding: chunked\r\n\r\n 2\r\n{}\r\n",
		    400 },
		{ POST HOST "Transfer-Encoding: chunked\r\n\r\nfffffffff\r\n",
		    400 },
		{ POST HOST "Transfer-Encoding: chunked\r\n\r\n2\r\n{}X\r\n",
		    400 },
	};
	unsigned i, before;
	struct client *c;

	server(st, "/ok");
	before = *srv.hits;
	for (i = 0; i < NELEM(no); i++) {
		c = cl_open(port);
		cl_send(c, no[i].bytes, strlen(no[i].bytes));
		if (cl_answer(c, 3000) != no[i].status)
			fail_msg("%u: %s: %u", i, no[i].bytes, c->status);
		/* Nothing behind it is another request. */
		assert_int_equal(cl_answer(c, 3000), 0);
		assert_true(c->closed);
		cl_close(c);
	}
	assert_int_equal(*srv.hits, before);
}

static void
test_big_heads(void **st)
{
	struct client *c = cl_open(port);
	int i;

	server(st, "/ok");
	cl_say(c, POST HOST);
	for (i = 0; i < 20; i++)
		cl_say(c, "x-%d: %04000d\r\n", i, i);
	cl_say(c, "\r\n");
	assert_int_equal(cl_answer(c, 3000), 431);
	cl_close(c);
	c = cl_open(port);
	cl_say(c, POST HOST);
	for (i = 0; i < 200; i++)
		cl_say(c, "x-%d: y\r\n", i);
	cl_say(c, "\r\n");
	assert_int_equal(cl_answer(c, 3000), 431);
	cl_close(c);
	c = cl_open(port);
	for (i = 0; i < 3; i++)
		cl_say(c, "%04000d", 0);
	assert_int_equal(cl_answer(c, 3000), 408);
	cl_close(c);
	c = cl_open(port);
	cl_say(c, "POST /v1/messages?%08100d HTTP/1.1\r\n" HOST "\r\n", 0);
	cl_say(c, "%0100d", 0);
	cl_close(c);
	/* Just inside of it all. */
	c = cl_open(port);
	cl_say(c, POST HOST "content-length: 2\r\n");
	for (i = 0; i < 100; i++)
		cl_say(c, "x-%d: %0500d\r\n", i, i);
	cl_say(c, "\r\n{}");
	assert_int_equal(cl_answer(c, 3000), 200);
	cl_close(c);
}

static void
test_slow(void **st)
{
	struct client *c = cl_open(port), *d = cl_open(port), *e;
	int i;

	server(st, "/ok");
	for (i = 0; i < 12; i++) {		/* 600 ms in all */
		cl_say(c, "%c", "POST / HTTP/1.1\r\n"[i]);
		turn(NULL, 50);
	}
	assert_int_equal(cl_answer(c, 1000), 408);
	assert_int_equal(cl_answer(c, 1000), 0);
	assert_true(c->closed);
	cl_say(d, POST HOST "content-length: 100\r\n\r\n{\"model\"");
	assert_int_equal(cl_answer(d, 1000), 408);
	e = cl_open(port);
	cl_say(e, "POST /v1/messages/count_tokens HTTP/1.1\r\n" HOST
	    "content-length: 100\r\n\r\n{}");
	assert_int_equal(cl_answer(e, 1000), 408);
	cl_close(c);
	cl_close(d);
	cl_close(e);
}

static void
test_connections(void **st)
{
	struct client *c[20], *d;
	uint16_t other;
	int i, n = 0;

	server(st, "/ok");
	/* The idle make room for who has something to say. */
	for (i = 0; i < 20; i++)
		c[i] = cl_open(port);
	turn(NULL, 50);
	d = cl_ask(port, MESSAGES, BODY);
	assert_int_equal(d->status, 200);
	for (i = 0; i < 20; i++) {
		n += !c[i]->closed;
		cl_close(c[i]);
	}
	assert_in_range(n, 1, 8);
	cl_close(d);
	/* Those in the middle of a head do not, but time ends them; another
	 * call has its own. */
	assert_int_equal(cl_listen(SCOPE_TELEGRAM, 2, 0, &other), 0);
	for (i = 0; i < 8; i++) {
		c[i] = cl_open(port);
		cl_say(c[i], "POST");
	}
	turn(NULL, 50);
	d = cl_ask(other, MESSAGES, BODY);
	assert_int_equal(d->status, 200);
	cl_close(d);
	d = cl_ask(port, MESSAGES, BODY);
	assert_int_equal(d->status, 200);
	cl_close(d);
	for (i = 0; i < 8; i++)
		cl_close(c[i]);
	cl_unlisten(SCOPE_TELEGRAM, 2);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_smuggling),
		cmocka_unit_test(test_big_heads),
		cmocka_unit_test(test_slow),
		cmocka_unit_test(test_connections),
	};

	(void)argc;
	argv0 = argv[0];
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests_name("gatehostile", tests, setup,
	    teardown));
}
