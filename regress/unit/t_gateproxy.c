/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The Anthropic proxy of the real gate, confined as in service: clients that
 * behave, through listeners as the parent makes them; t_gatehostile has the
 * others.
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
	return (proxy_start(argv0, "t_gateproxy"));
}

static int
teardown(void **st)
{
	(void)st;
	return (world_stop());
}

/* --- what passes --------------------------------------------------------- */
static void
test_asked(void **st)
{
	struct client *c;

	server(st, "/json");
	c = cl_ask(port, MESSAGES, BODY);
	assert_int_equal(c->status, 200);
	turn(NULL, 30);
	/* 12 and 100 tokens at the worst, of that call's turn. */
	assert_int_equal(needs, 1);
	assert_int_equal(need.scope, SCOPE_TELEGRAM);
	assert_int_equal(need.turn, 41);
	assert_string_equal(need.model, "cheap");
	assert_int_equal(need.tokens, 12 + 100);
	assert_int_equal(need.microusd, 12 + 500);
	/* 100 in at 1 and 50 out at 5. */
	assert_int_equal(nspent, 1);
	assert_int_equal(settled.in, 100);
	assert_int_equal(settled.out, 50);
	assert_int_equal(settled.microusd, 100 + 250);
	assert_int_equal(aside.microusd, 0);
	assert_non_null(strstr(audited.p, "model_proxy verdict=0 job=1 turn=41 "
	    "scope=telegram path=/v1/messages status=200"));
	assert_non_null(strstr(audited.p, "microusd=350"));
	cl_close(c);
}

static const char attacker[] =
    "X-Api-Key: sk-evil\r\nx-api-key: sk-evil\r\nx_api_key: sk-evil\r\n"
    "Authorization: Bearer sk-evil\r\nAUTHORIZATION: Basic sk-evil\r\n"
    "Cookie: sk-evil\r\nProxy-Authorization: Basic sk-evil\r\n"
    "proxy-x: sk-evil\r\nX-HTTP-Method-Override: DELETE\r\n"
    "X-Original-URL: /v1/files\r\nX-Forwarded-Host: evil.test\r\n"
    "Forwarded: host=evil.test\r\nHTTP2-Settings: x\r\nTE: trailers\r\n"
    "Upgrade: h2c\r\nConnection: keep-alive, x-hop\r\nx-hop: gone\r\n";

static void
test_headers(void **st)
{
	static const char *const gone[] = { "evil", "sk-evil", "x-hop",
	    "upgrade", "\r\nte:", "http2", "override", "original", "forwarded",
	    "cookie", "expect:", "accept-encoding: deflate, gzip", NULL };
	struct client *c = cl_open(port);
	unsigned i;

	server(st, "/head");
	cl_say(c, "POST /v1/anthropic-proxy/v1/messages?beta=true&x=%%2e%%2e "
	    "HTTP/1.1\r\nhost: evil.test\r\n%santhropic-version: 2023-06-01"
	    "\r\nAnthropic-Beta: a-1,b-2,c-3\r\nanthropic-beta: d-4\r\n"
	    "content-type: application/json; x=\"y\tz\"\r\nx-empty:\r\n"
	    "accept-encoding: br, gzip\r\nuser-agent: claude-cli/2\r\n"
	    "x-stainless-lang: js\r\ncontent-length: 2\r\n\r\n{}", attacker);
	assert_int_equal(cl_answer(c, 5000), 200);
	for (i = 0; gone[i] != NULL; i++)
		if (strcasestr(c->body.p, gone[i]) != NULL)
			fail_msg("%s went on: %s", gone[i], c->body.p);
#define WENT(s)	assert_non_null(strstr(c->body.p, s))
	WENT("POST /head/v1/messages?beta=true&x=%2e%2e HTTP/1.1\r\n");
	WENT("\r\nx-api-key: " KEY "\r\n");
	WENT("\r\nAnthropic-Beta: a-1,b-2,c-3\r\n");
	WENT("\r\nanthropic-beta: d-4\r\n");
	WENT("\r\nanthropic-version: 2023-06-01\r\n");
	WENT("\r\ncontent-type: application/json; x=\"y\tz\"\r\n");
	WENT("\r\nx-empty:\r\n");
	WENT("\r\naccept-encoding: br, gzip\r\n");
	WENT("\r\nuser-agent: claude-cli/2\r\n");
	WENT("\r\nx-stainless-lang: js\r\n");
	assert_null(strcasestr(c->body.p, "\r\naccept: "));
	assert_null(strstr(c->head.p, KEY));
	/* The same connection, another path, nothing of its own. */
	cl_say(c, "POST /v1/messages/count_tokens HTTP/1.1\r\nHost: a\r\n"
	    "content-length: 2\r\n\r\n{}");
	assert_int_equal(cl_answer(c, 5000), 200);
	WENT("POST /head/v1/messages/count_tokens HTTP/1.1\r\n");
	assert_null(strcasestr(c->body.p, "content-type"));
	cl_say(c, "GET /v1/models/claude-x:1?limit=2 HTTP/1.1\r\nHost: a\r\n"
	    "\r\n");
	assert_int_equal(cl_answer(c, 5000), 200);
	WENT("GET /head/v1/models/claude-x:1?limit=2 HTTP/1.1\r\n");
	assert_null(strcasestr(c->body.p, "content-length"));
	cl_close(c);
}

static void
test_oauth(void **st)
{
	struct client *c = cl_open(port);

	(void)st;
	reload("/head", "token-2", 1, srv.ca, 0);
	cl_post(c, MESSAGES, "anthropic-beta: a-1\r\n", "{}", 2);
	assert_int_equal(cl_answer(c, 5000), 200);
	WENT("\r\nAuthorization: Bearer token-2\r\n");
	WENT("\r\nanthropic-beta: a-1,oauth-2025-04-20\r\n");
	cl_post(c, MESSAGES, "", "{}", 2);
	assert_int_equal(cl_answer(c, 5000), 200);
	WENT("\r\nanthropic-beta: oauth-2025-04-20\r\n");
	assert_null(strcasestr(c->body.p, "x-api-key"));
	cl_close(c);
}

static void
test_verbatim(void **st)
{
	static char big[900000];
	struct client *c = cl_open(port);
	size_t i, n;

	server(st, "/echo");
	for (i = 0; i < sizeof(big); i++)
		big[i] = (char)(random() >> 3);
	cl_post(c, MESSAGES, "content-encoding: gzip\r\n", big, sizeof(big));
	assert_int_equal(cl_answer(c, 5000), 200);
	assert_int_equal(c->body.len, sizeof(big));
	assert_memory_equal(c->body.p, big, sizeof(big));
	/* In chunks of all sizes, and behind it another request. */
	cl_say(c, "POST /v1/messages HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:"
	    " chunked\r\n\r\n");
	for (i = 0; i < 300000; i += n) {
		n = MINIMUM(1 + i / 7, 300000 - i);
		cl_say(c, i % 2 ? "%zX\r\n" : "00%zx\r\n", n);
		cl_send(c, big + i, n);
		cl_say(c, "\r\n");
	}
	cl_say(c, "0\r\n\r\n");
	cl_post(c, MESSAGES, "Expect: 100-continue\r\n", "abc", 3);
	assert_int_equal(cl_answer(c, 5000), 200);
	assert_int_equal(c->body.len, 300000);
	assert_memory_equal(c->body.p, big, 300000);
	assert_int_equal(cl_answer(c, 5000), 200);
	assert_string_equal(c->body.p, "abc");
	cl_close(c);
}

static void
test_roles(void **st)
{
	static const char body[] = "{\"model\": \"cheap\" ,\"messages\":[{"
	    "\"role\":\"system\",\"content\":\"x\"},{ \"role\":\"user\","
	    "\"content\":[{\"type\":\"text\",\"text\":\"\\u00e9\\n\"}]}],"
	    "\"stream\":true,\"max_tokens\":1}\n";
	struct client *c;

	server(st, "/echo");
	c = cl_ask(port, MESSAGES, body);
	assert_int_equal(c->status, 200);
	assert_string_equal(c->body.p, body);
	cl_close(c);
}

/* Longer than is ever held: it leaves before it is all here. */
static void
test_long(void **st)
{
	static char big[5 << 20];
	unsigned long sum = 0;
	struct client *c = cl_open(port);
	char want[64];
	long before;
	size_t i;

	server(st, "/count");
	for (i = 0; i < sizeof(big); i++) {
		big[i] = (char)(random() >> 3);
		sum = sum * 31 + (unsigned char)big[i];
	}
	before = status_field("RssAnon:");
	cl_post(c, MESSAGES, "", big, sizeof(big));
	assert_int_equal(cl_answer(c, 10000), 200);
	(void)snprintf(want, sizeof(want), "length %zu %lu", sizeof(big),
	    sum & 0xffffffff);
	assert_string_equal(c->body.p, want);
	cl_say(c, "POST /v1/messages HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:"
	    " chunked\r\n\r\n%zx\r\n", sizeof(big));
	cl_send(c, big, sizeof(big));
	cl_say(c, "\r\n0\r\n\r\n");
	assert_int_equal(cl_answer(c, 10000), 200);
	(void)snprintf(want, sizeof(want), "chunked %zu %lu", sizeof(big),
	    sum & 0xffffffff);
	assert_string_equal(c->body.p, want);
	(void)printf("# a body of 5 MiB: %ld kB more\n",
	    status_field("RssAnon:") - before);
#ifndef TC_SANITIZE
	assert_true(status_field("RssAnon:") - before < 4096);
#endif
	cl_close(c);
}

static void
test_gzip(void **st)
{
	struct client *c;

	server(st, "/gzip");
	c = cl_ask(port, MESSAGES, BODY);
	assert_int_equal(c->status, 200);
	assert_int_equal(c->body.len, 6);
	assert_memory_equal(c->body.p, "\037\213\0\377\001\002", 6);
	assert_true(cl_has(c, "\r\ncontent-encoding: gzip\r\n"));
	assert_true(cl_has(c, "\r\nrequest-id: req_9\r\n"));
	assert_false(cl_has(c, "cookie"));
	assert_false(cl_has(c, "keep-alive"));
	assert_false(cl_has(c, "proxy-"));
	assert_false(cl_has(c, "alt-svc"));
	assert_false(cl_has(c, "odd name"));
	assert_false(cl_has(c, "x-bad"));
	cl_close(c);
}

/* The first event is here while the server still thinks about the last. */
static void
test_sse(void **st)
{
	struct client *c = cl_open(port);
	uint64_t was;

	server(st, "/sse");
	was = spent.microusd;
	cl_post(c, MESSAGES, "", BODY, strlen(BODY));
	while (c->in.len == 0 || strstr(c->in.p, "message_start") == NULL)
		event_base_loop(base, EVLOOP_ONCE);
	assert_null(strstr(c->in.p, "message_stop"));
	assert_false(c->whole);
	assert_int_equal(cl_answer(c, 5000), 200);
	assert_non_null(strstr(c->body.p, "message_stop"));
	assert_true(cl_has(c, "text/event-stream; charset=utf-8"));
	turn(NULL, 30);
	/* 100 at 1, 10 at 0.1, 50 at 5 */
	assert_int_equal(spent.microusd - was, 351);
	cl_close(c);
}

static void
test_server_errors(void **st)
{
	struct client *c;
	uint64_t was = spent.microusd;

	server(st, "/bad");
	c = cl_ask(port, MESSAGES, BODY);
	assert_int_equal(c->status, 400);
	assert_non_null(strstr(c->body.p, "\"message\":\"x\""));
	cl_close(c);
	turn(NULL, 30);
	assert_int_equal(spent.microusd, was);
	server(st, "/retry");
	c = cl_ask(port, MESSAGES, BODY);
	assert_int_equal(c->status, 429);
	assert_true(cl_has(c, "retry-after: 7\r\n"));
	cl_close(c);
	server(st, "/redirect");
	c = cl_ask(port, MESSAGES, BODY);
	assert_int_equal(c->status, 302);
	cl_close(c);
	server(st, "/slow");
	c = cl_ask(port, MESSAGES, BODY);
	assert_int_equal(c->status, 504);
	assert_non_null(strstr(c->body.p, "\"type\":\"timeout_error\""));
	cl_close(c);
	server(st, "/drop");
	c = cl_ask(port, MESSAGES, BODY);
	assert_int_equal(c->status, 502);
	cl_close(c);
	server(st, "/chunkcut");
	c = cl_ask(port, MESSAGES, BODY);
	assert_true(c->cut && c->closed);
	cl_close(c);
	server(st, "/cut");
	c = cl_ask(port, MESSAGES, BODY);
	assert_true(c->cut && c->closed);
	cl_close(c);
	reload("/ok", KEY, 0, srv.other, 0);
	c = cl_ask(port, MESSAGES, BODY);
	assert_int_equal(c->status, 502);
	assert_non_null(strstr(c->body.p, "TLS"));
	cl_close(c);
}

/* --- limits -------------------------------------------------------------- */
static void
bounded(const char *path, uint32_t minute, uint32_t parallel, uint64_t usd,
    uint64_t tokens)
{
	bounds.per_minute = minute;
	bounds.parallel = parallel;
	ceiling.microusd = usd;
	ceiling.tokens = tokens;
	reload(path, KEY, 0, srv.ca, 0);
}

static void
test_rate(void **st)
{
	struct client *c[4], *d;
	int i;

	(void)st;
	bounded("/idle", 0, 3, 0, 0);
	for (i = 0; i < 3; i++) {
		c[i] = cl_open(port);
		cl_post(c[i], MESSAGES, "", BODY, strlen(BODY));
	}
	turn(NULL, 50);
	d = cl_ask(port, MESSAGES, BODY);
	assert_int_equal(d->status, 429);
	assert_true(cl_has(d, "\r\nretry-after: 1\r\n"));
	assert_non_null(strstr(d->body.p, "rate_limit_error"));
	cl_close(d);
	for (i = 0; i < 3; i++)
		cl_close(c[i]);
	bounded("/ok", 5, 0, 0, 0);
	turn(NULL, 50);
	for (i = 0; i < 5; i++) {
		d = cl_ask(port, MESSAGES, BODY);
		assert_int_equal(d->status, 200);
		cl_close(d);
	}
	d = cl_ask(port, "/v1/messages/count_tokens", BODY);
	assert_int_equal(d->status, 429);
	cl_close(d);
}

static void
test_spending(void **st)
{
	struct client *c;
	uint64_t was = spent.microusd;

	(void)st;
	/* 34 bytes at 1 and 100 tokens at 5: 512 at the worst. */
	bounded("/json", 0, 0, was + 600, 0);
	c = cl_ask(port, MESSAGES, BODY);
	assert_int_equal(c->status, 200);		/* settled: 350 */
	cl_close(c);
	c = cl_ask(port, MESSAGES, BODY);
	assert_int_equal(c->status, 429);
	assert_true(cl_has(c, "\r\nx-should-retry: false\r\n"));
	assert_true(cl_has(c, "\r\nretry-after: 77\r\n"));
	assert_non_null(strstr(c->body.p, "512 is too much money"));
	cl_close(c);
	/* What costs nothing still goes. */
	c = cl_ask(port, "/v1/messages/count_tokens", BODY);
	assert_int_equal(c->status, 200);
	cl_close(c);
	c = cl_ask(port, MESSAGES, "{\"model\":\"cheap\",\"max_tokens\":10}");
	assert_int_equal(c->status, 200);
	cl_close(c);
	/* By another model, by two, by none, hidden: the dearest. */
	turn(NULL, 30);
	was = spent.microusd;
	bounded("/json", 0, 0, was + 1000, 0);
#define REFUSED(body) do {						\
	c = cl_ask(port, MESSAGES, body);				\
	if (c->status != 429)						\
		fail_msg("%s: %u", body, c->status);			\
	cl_close(c);							\
} while (0)
	REFUSED("{\"model\":\"dear\",\"max_tokens\":100}");
	REFUSED("{\"model\":\"unknown\",\"max_tokens\":100}");
	REFUSED("{\"max_tokens\":100}");
	REFUSED("{\"model\":\"cheap\",\"max_tokens\":1,\"max_tokens\":900}");
	REFUSED("{\"model\":\"cheap\",\"max_tokens\":100,\"model\":\"dear\"}");
	REFUSED("{\"model\":\"cheap\",\"max_tokens\":100,"
	    "\"mod\\u0065l\":\"dear\"}");
	REFUSED("{\"model\":\"cheap\"}");
	REFUSED("{\"model\":\"cheap\",\"max_tokens\":1e2}");
	REFUSED("{\"model\":\"cheap\",\"max_tokens\":\"100\"}");
	REFUSED("{\"x\":{\"model\":\"cheap\",\"max_tokens\":1}}");
	REFUSED("{\"model\":\"cheap\",\"max_tokens\":100,\"messages\":["
	    "{\"content\":[{\"source\":{\"type\":\"url\"}}]}]}");
	REFUSED("\037\213");
	turn(NULL, 30);
	assert_int_equal(spent.microusd, was);
	/* Tokens count as well. */
	bounded("/json", 0, 0, 0, spent.tokens + 50);
	c = cl_ask(port, MESSAGES, BODY);
	assert_int_equal(c->status, 429);
	assert_non_null(strstr(c->body.p, "tokens"));
	cl_close(c);
}

/* A body too long to be held leaves on the worst there is. */
static void
test_long_spending(void **st)
{
	static char big[3 << 20];
	uint64_t was = spent.microusd;
	struct client *c;

	(void)st;
	memset(big, ' ', sizeof(big));
	memcpy(big, "{\"model\":\"cheap\",", 17);
	memcpy(big + sizeof(big) - 17, "\"max_tokens\":100}", 17);
	/* 1,000,000 at 20, kept for an hour, and 128,000 at 50 */
	bounded("/count", 0, 0, was + 26399999, 0);
	c = cl_open(port);
	cl_post(c, MESSAGES, "", big, sizeof(big));
	assert_int_equal(cl_answer(c, 5000), 429);
	assert_int_equal(need.microusd, 26400000);
	assert_string_equal(need.model, "");
	cl_close(c);
	bounded("/count", 0, 0, was + 26400000, 0);
	c = cl_open(port);
	cl_post(c, MESSAGES, "", big, sizeof(big));
	assert_int_equal(cl_answer(c, 5000), 200);
	turn(NULL, 30);
	/* Read to its end it was 1,000,000 at 1 and 100 at 5. */
	assert_int_equal(spent.microusd - was, 1000500);
	cl_close(c);
}

/* Nothing leaves while the relay is away, or while it has not answered. */
static void
test_relay_away(void **st)
{
	struct client *c;
	uint64_t was = spent.microusd;
	int n = needs;

	server(st, "/json");
	hold_answers = 1;
	c = cl_open(port);
	cl_post(c, MESSAGES, "", BODY, strlen(BODY));
	assert_int_equal(cl_answer(c, 150), 0);
	assert_int_equal(needs, n + 1);
	/* It goes: what comes then is refused, and says whose fault it is. */
	relay_drop();
	assert_int_equal(cl_answer(c, 1000), 503);
	assert_non_null(strstr(c->body.p, "the relay is being restarted"));
	assert_true(cl_has(c, "\r\nretry-after: 1\r\n"));
	cl_post(c, MESSAGES, "", BODY, strlen(BODY));
	assert_int_equal(cl_answer(c, 1000), 503);
	/* What costs nothing passes. */
	cl_post(c, "/v1/messages/count_tokens", "", BODY, strlen(BODY));
	assert_int_equal(cl_answer(c, 1000), 200);
	/* A client that leaves before the answer gives all of it back. */
	relay_give();
	turn(NULL, 20);
	cl_post(c, MESSAGES, "", BODY, strlen(BODY));
	turn(NULL, 50);
	cl_close(c);
	turn(NULL, 50);
	n = nspent;
	relay_answer();
	assert_int_equal(aside.microusd, 512);
	turn(NULL, 50);
	assert_int_equal(nspent, n + 1);
	assert_int_equal(aside.microusd, 0);
	assert_int_equal(spent.microusd, was);
	/* A new relay does not hear of what the old one set aside. */
	hold_answers = 0;
	n = nspent;
	server(st, "/sse");
	c = cl_open(port);
	cl_post(c, MESSAGES, "", BODY, strlen(BODY));
	while (c->in.len == 0 || strstr(c->in.p, "message_start") == NULL)
		event_base_loop(base, EVLOOP_ONCE);
	relay_drop();
	relay_give();
	assert_int_equal(cl_answer(c, 5000), 200);
	turn(NULL, 30);
	assert_int_equal(nspent, n);
	cl_close(c);
}

/* An answer that cannot be read keeps what was set aside. */
static void
test_unreadable(void **st)
{
	uint64_t was = spent.microusd;
	struct client *c;

	server(st, "/gzip");
	c = cl_ask(port, MESSAGES, BODY);
	assert_int_equal(c->status, 200);
	turn(NULL, 30);
	assert_int_equal(spent.microusd - was, 512);
	cl_close(c);
	/* So does one that the client did not wait for. */
	was = spent.microusd;
	server(st, "/sse");
	c = cl_open(port);
	cl_post(c, MESSAGES, "", BODY, strlen(BODY));
	turn(NULL, 100);
	cl_close(c);
	turn(NULL, 300);
	assert_int_equal(spent.microusd - was, 512);
	assert_non_null(strstr(audited.p, "status=200"));
	/* But for what was read in by then, when that was more. */
	was = spent.microusd;
	server(st, "/book");
	c = cl_open(port);
	cl_post(c, MESSAGES, "", BODY, strlen(BODY));
	while (c->in.len == 0 || strstr(c->in.p, "message_start") == NULL)
		event_base_loop(base, EVLOOP_ONCE);
	cl_close(c);
	turn(NULL, 300);
	assert_int_equal(spent.microusd - was, 600005);
}

/* --- the rest ------------------------------------------------------------- */
static void
test_token(void **st)
{
	static const struct { const char *more; unsigned status; } t[] = {
		{ "", 401 }, { "x-api-key: " TOKEN "\r\n", 200 },
		{ "Authorization: Bearer " TOKEN "\r\n", 200 },
		{ "x-api-key: " TOKEN "x\r\n", 401 },
		{ "x-api-key: proxy-token-0124\r\n", 401 },
		{ "x-api-key: \r\n", 401 }, { "x-api-key: p\r\n", 401 },
		{ "Authorization: Basic " TOKEN "\r\n", 401 },
		{ "Authorization: Bearer  \r\n", 401 },
		{ "x-api-key: a\r\nx-api-key: " TOKEN "\r\n", 401 },
		{ "cookie: " TOKEN "\r\n", 401 },
	};
	uint16_t out;
	struct client *c;
	unsigned i, before;

	server(st, "/head");
	assert_int_equal(cl_listen(SCOPE_MOLTBOOK, 0, 1, &out), 0);
	before = *srv.hits;
	for (i = 0; i < NELEM(t); i++) {
		c = cl_open(out);
		cl_post(c, MESSAGES, t[i].more, BODY, strlen(BODY));
		if (cl_answer(c, 3000) != t[i].status)
			fail_msg("%s: %u", t[i].more, c->status);
		if (c->status == 200) {
			assert_null(strstr(c->body.p, TOKEN));
			WENT("\r\nx-api-key: " KEY "\r\n");
		} else
			assert_non_null(strstr(c->body.p,
			    "authentication_error"));
		cl_close(c);
	}
	assert_int_equal(*srv.hits, before + 2);
	cl_unlisten(SCOPE_MOLTBOOK, 0);
	/* A scope without a token has no listener that others reach. */
	assert_int_equal(cl_listen(SCOPE_TELEGRAM, 9, 1, &out), 0);
	turn(NULL, 50);
	assert_int_equal(cl_reach(out), 0);
	assert_int_equal(cl_reach(port), 1);
	cl_unlisten(SCOPE_TELEGRAM, 9);
}

static void
test_unlisten(void **st)
{
	struct client *c, *d;
	uint16_t two;

	server(st, "/idle");
	assert_int_equal(cl_listen(SCOPE_TELEGRAM, 2, 0, &two), 0);
	c = cl_open(two);
	cl_post(c, MESSAGES, "", BODY, strlen(BODY));
	d = cl_open(two);
	turn(NULL, 50);
	assert_false(c->closed || d->closed);
	cl_unlisten(SCOPE_TELEGRAM, 2);
	turn(&c->closed, 1000);
	turn(&d->closed, 1000);
	cl_close(c);
	cl_close(d);
	c = cl_ask(port, "/v1/nothing", "x");
	assert_int_equal(c->status, 404);
	cl_close(c);
	assert_non_null(strstr(audited.p, "job=2 turn=42"));
}

/* Running requests keep the server they began with. */
static void
test_reload(void **st)
{
	struct client *c = cl_open(port), *d;

	server(st, "/sse");
	cl_post(c, MESSAGES, "", BODY, strlen(BODY));
	while (c->in.len == 0)
		event_base_loop(base, EVLOOP_ONCE);
	server(st, "/ok");
	d = cl_ask(port, MESSAGES, BODY);
	assert_string_equal(d->body.p, "hello");
	assert_int_equal(cl_answer(c, 3000), 200);
	assert_non_null(strstr(c->body.p, "message_stop"));
	/* And the connection goes on with the new one. */
	cl_post(c, MESSAGES, "", BODY, strlen(BODY));
	assert_int_equal(cl_answer(c, 3000), 200);
	assert_string_equal(c->body.p, "hello");
	cl_close(c);
	cl_close(d);
}

static void
test_backpressure(void **st)
{
	struct client *c[6];
	long before, held;
	int i;

	server(st, "/big");
	turn(NULL, 50);
	before = status_field("RssAnon:");
	for (i = 0; i < 6; i++) {
		c[i] = cl_open(port);
		cl_post(c[i], MESSAGES, "", BODY, strlen(BODY));
		event_del(c[i]->rd);
		c[i]->hold = 1;
	}
	turn(NULL, 600);
	held = status_field("RssAnon:") - before;
	(void)printf("# 6 stalled answers of 8 MiB: %ld kB\n", held);
#ifndef TC_SANITIZE
	assert_true(held < 6 * 320);
#endif
	for (i = 0; i < 6; i++) {
		assert_int_equal(cl_answer(c[i], 5000), 200);
		assert_int_equal(c[i]->body.len, 8 << 20);
		cl_close(c[i]);
	}
}

static void
test_audit_bound(void **st)
{
	struct client *c = cl_open(port);
	unsigned before = naudited, i;

	server(st, "/ok");
	for (i = 0; i < 200; i++) {
		cl_say(c, "GET /v1/x HTTP/1.1\r\nHost: a\r\n\r\n");
		assert_int_equal(cl_answer(c, 1000), 404);
	}
	assert_true(naudited - before < 100);
	cl_post(c, MESSAGES, "", BODY, strlen(BODY));
	assert_int_equal(cl_answer(c, 1000), 200);
	turn(NULL, 30);
	assert_non_null(strstr(audited.p, "unlisted="));
	cl_close(c);
}

static void
test_idle(void **st)
{
	long before;

	(void)st;
	turn(NULL, 600);
	before = status_field("voluntary_ctxt_switches:");
	turn(NULL, 300);
	assert_int_equal(status_field("voluntary_ctxt_switches:"), before);
	assert_int_equal(status_field("Threads:"), 1);
}

static void
test_drain(void **st)
{
	struct msg_DRAIN d;
	struct client *c = cl_open(port), *e = cl_open(port);

	server(st, "/sse");
	memset(&d, 0, sizeof(d));
	cl_post(c, MESSAGES, "", BODY, strlen(BODY));
	while (c->in.len == 0)
		event_base_loop(base, EVLOOP_ONCE);
	msg_send_DRAIN(gate, 0, -1, &d);
	turn(&e->closed, 1000);
	assert_false(drained);
	assert_int_equal(cl_answer(c, 3000), 200);
	turn(&drained, 1000);
	cl_close(c);
	cl_close(e);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_asked),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_oauth),
		cmocka_unit_test(test_verbatim),
		cmocka_unit_test(test_roles),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_gzip),
		cmocka_unit_test(test_sse),
		cmocka_unit_test(test_server_errors),
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_spending),
		cmocka_unit_test(test_long_spending),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_relay_away),
		cmocka_unit_test(test_token),
		cmocka_unit_test(test_unlisten),
		cmocka_unit_test(test_reload),
		cmocka_unit_test(test_backpressure),
		cmocka_unit_test(test_audit_bound),
		cmocka_unit_test(test_idle),
		cmocka_unit_test(test_drain),
	};

	(void)argc;
	argv0 = argv[0];
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests_name("gateproxy", tests, setup,
	    teardown));
}
