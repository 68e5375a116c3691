/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What egress understands by itself: names, request heads, bodies, answers,
 * the ClientHello.  Each hostile form beside the form that is taken.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "engines/egress/body.h"
#include "engines/egress/hello.h"
#include "regress/unit/egress_hello.h"
#include "telclauded/lib/util.h"

/* --- names ------------------------------------------------------------- */
static void
test_names(void **st)
{
	static const struct {
		const char	*text, *host;
		unsigned	 port;
	} ok[] = {
		{ "example.org:443", "example.org", 443 },
		{ "EXAMPLE.Org:1", "example.org", 1 },
		{ "a-b.c1:65535", "a-b.c1", 65535 },
		{ "localhost:80", "localhost", 80 },
		{ "xn--bcher-kva.example", "xn--bcher-kva.example", 443 },
		{ "1.example", "1.example", 443 },
		{ "192.0.2.1:8080", "192.0.2.1", 8080 },
		{ "[2001:DB8::1]:443", "2001:db8::1", 443 },
		{ "[2001:db8:0:0:0:0:0:1]", "2001:db8::1", 443 },
		{ "[::1]", "::1", 443 },
	};
	struct target t;
	size_t i;

	(void)st;
	for (i = 0; i < NELEM(ok); i++) {
		if (host_authority(&t, ok[i].text, strlen(ok[i].text), 443) ==
		    -1)
			fail_msg("%s is refused", ok[i].text);
		assert_string_equal(t.host, ok[i].host);
		assert_int_equal(t.port, ok[i].port);
	}
}

static void
test_no_names(void **st)
{
	static const char *const bad[] = {
		"", ":443", ".", "a.", "a..b", ".a", "-a.b", "a-.b", "a.-b",
		"a_b.c", "a b.c", "a%2eb", "a\\b", "a/b", "user@a.b", "a@b",
		"*.a", "a.b.", "a.b:", "a.b:0", "a.b:00443", "a.b:65536",
		"a.b:443:443", "a.b:+1", "a.b:4 3", "a.b:443 ", "b\xc3\xbc.de",
		/* addresses in another form */
		"127.1", "0x7f.1", "2130706433", "0177.0.0.1", "127.0.0.01",
		"0x7f000001", "0x7f.0.0.1", "1.2.3", "1.2.3.4.5", "1.2.3.256",
		"0x", "a.0x", "a.0x1f", "a.1", "127.0.0.1.", "017700000001",
		"1.2.3.4x:443.5", "0", "::1", "2001:db8::1",
		"[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::1", "::1]", "[]",
		"[::1]x", "[fe80::1%eth0]", "[127.0.0.1]", "[::1]:",
		"[0x1::]", "[a.b]",
	};
	char big[300];
	struct target t;
	size_t i;

	(void)st;
	for (i = 0; i < NELEM(bad); i++)
		if (host_authority(&t, bad[i], strlen(bad[i]), 443) == 0)
			fail_msg("%s is taken", bad[i]);
	assert_int_equal(host_authority(&t, "a\0b", 3, 443), -1);
	assert_int_equal(host_authority(&t, "a.b", 3, 0), -1);
	memset(big, 'a', sizeof(big));
	assert_int_equal(host_authority(&t, big, 63, 443), 0);
	assert_int_equal(host_authority(&t, big, 64, 443), -1);
	for (i = 49; i < sizeof(big); i += 50)
		big[i] = '.';
	assert_int_equal(host_authority(&t, big, 253, 443), 0);
	assert_int_equal(host_authority(&t, big, 254, 443), -1);
}

/* --- heads ------------------------------------------------------------- */
static enum reason
head_why(const char *s, size_t n, struct head *h)
{
	enum reason why = WHY_OK;
	ssize_t r = head_parse(h, s, n, &why);

	if (r == 0)
		return (REASON_MAX);
	if (r > 0)
		assert_int_equal(r, n);
	return (r == -1 ? why : WHY_OK);
}

#define G	"GET http://a.b/ HTTP/1.1\r\n"
#define GH	G "Host: a.b\r\n"
#define P	"POST http://a.b/ HTTP/1.1\r\nHost: a.b\r\n"
#define C	"CONNECT a.b:443 HTTP/1.1\r\n"

static void
test_heads(void **st)
{
	static const struct {
		enum reason	 why;
		const char	*s;
	} t[] = {
		{ WHY_OK, GH "\r\n" },
		{ WHY_OK, "GET http://a.b/ HTTP/1.0\r\n\r\n" },
		{ WHY_OK, GH "X:\ty \r\nY:\r\n\r\n" },
		{ WHY_OK, G "hOST: A.b:80\r\n\r\n" },
		{ WHY_OK, "GET HTTP://A.b HTTP/1.1\r\nHost: a.b\r\n\r\n" },
		{ WHY_OK, P "Content-Length: 0\r\n\r\n" },
		{ WHY_OK, P "Transfer-Encoding: chunked\r\n\r\n" },
		{ WHY_OK, P "Expect: 100-Continue\r\n\r\n" },
		{ WHY_OK, C "\r\n" },
		{ WHY_OK, C "Host: a.b\r\n\r\n" },
		{ WHY_OK, C "Host: a.b:443\r\nContent-Length: 0\r\n\r\n" },
		{ WHY_OK, "CONNECT [2001:db8::1]:443 HTTP/1.0\r\n\r\n" },
		/* not whole yet */
		{ REASON_MAX, "" }, { REASON_MAX, "GET" }, { REASON_MAX, GH },
		{ REASON_MAX, GH "\r" }, { REASON_MAX, GH "X: y\r" },
		/* the request line */
		{ WHY_SYNTAX, "\r\n" GH "\r\n" },
		{ WHY_SYNTAX, "GET / HTTP/1.1\r\nHost: a.b\r\n\r\n" },
		{ WHY_SYNTAX, "GET  http://a.b/ HTTP/1.1\r\n\r\n" },
		{ WHY_SYNTAX, "GET http://a.b/  HTTP/1.1\r\n\r\n" },
		{ WHY_SYNTAX, "GET http://a.b/ \r\n\r\n" },
		{ WHY_SYNTAX, "GET http://a.b/\r\n\r\n" },
		{ WHY_SYNTAX, " GET http://a.b/ HTTP/1.1\r\n\r\n" },
		{ WHY_SYNTAX, "G(T http://a.b/ HTTP/1.1\r\n\r\n" },
		{ WHY_SYNTAX, "GET http://a.b/#x HTTP/1.1\r\n\r\n" },
		{ WHY_SYNTAX, "GET http://a.b/\x80 HTTP/1.1\r\n\r\n" },
		{ WHY_SYNTAX, "GET ftp://a.b/ HTTP/1.1\r\n\r\n" },
		{ WHY_SYNTAX, "GET http:a.b HTTP/1.1\r\n\r\n" },
		{ WHY_SYNTAX, "GET http:// HTTP/1.1\r\n\r\n" },
		{ WHY_SYNTAX, "connect a.b:443 HTTP/1.1\r\n\r\n" },
		{ WHY_SYNTAX, "GET http://a.b/ http/1.1\r\n\r\n" },
		{ WHY_HTTPS, "GET https://a.b/ HTTP/1.1\r\n\r\n" },
		{ WHY_VERSION, "GET http://a.b/ HTTP/2.0\r\n\r\n" },
		{ WHY_VERSION, "GET http://a.b/ HTTP/1.2\r\n\r\n" },
		{ WHY_VERSION, "GET http://a.b/ HTTP/1.10\r\n\r\n" },
		{ WHY_VERSION, "GET http://a.b/ HTTP/0.9\r\n\r\n" },
		{ WHY_NAME, "GET http://u:p@a.b/ HTTP/1.1\r\n\r\n" },
		{ WHY_NAME, "GET http://u@a.b/ HTTP/1.1\r\n\r\n" },
		{ WHY_NAME, "GET http:///x HTTP/1.1\r\n\r\n" },
		{ WHY_NAME, "GET http://a.b:/ HTTP/1.1\r\n\r\n" },
		{ WHY_NAME, "GET http://127.1/ HTTP/1.1\r\n\r\n" },
		{ WHY_NAME, "GET http://a.b\\@c.d/ HTTP/1.1\r\n\r\n" },
		{ WHY_NAME, "CONNECT a.b HTTP/1.1\r\n\r\n" },
		{ WHY_NAME, "CONNECT 2130706433:443 HTTP/1.1\r\n\r\n" },
		{ WHY_NAME, "CONNECT http://a.b:443 HTTP/1.1\r\n\r\n" },
		{ WHY_NAME, "CONNECT [::ffff:1.2.3.4]:443 HTTP/1.1\r\n\r\n" },
		/* lines */
		{ WHY_SYNTAX, G "Host: a.b\n\r\n" },
		{ WHY_SYNTAX, "GET http://a.b/ HTTP/1.1\nHost: a.b\n\n" },
		{ WHY_SYNTAX, GH "X: a\rb\r\n\r\n" },
		{ WHY_SYNTAX, GH "X: a\x01" "b\r\n\r\n" },
		{ WHY_SYNTAX, GH "X: a\x7f\r\n\r\n" },
		{ WHY_SYNTAX, GH "X: a\r\n b\r\n\r\n" },
		{ WHY_SYNTAX, GH "X : a\r\n\r\n" },
		{ WHY_SYNTAX, GH ": a\r\n\r\n" },
		{ WHY_SYNTAX, GH "X\r\n\r\n" },
		{ WHY_SYNTAX, GH "X(: a\r\n\r\n" },
		{ WHY_SYNTAX, GH "Connection: close; x\r\n\r\n" },
		/* the host */
		{ WHY_HOST, G "\r\n" },
		{ WHY_HOST, GH "Host: a.b\r\n\r\n" },
		{ WHY_HOST, G "Host: c.d\r\n\r\n" },
		{ WHY_HOST, G "Host: a.b:81\r\n\r\n" },
		{ WHY_HOST, G "Host:\r\n\r\n" },
		{ WHY_HOST, G "Host: a.b, c.d\r\n\r\n" },
		{ WHY_HOST, "GET http://a.b/ HTTP/1.0\r\nHost: c.d\r\n\r\n" },
		{ WHY_HOST, C "Host: c.d:443\r\n\r\n" },
		{ WHY_HOST, C "Host: a.b:80\r\n\r\n" },
		/* the body's length */
		{ WHY_FRAMING, P "Content-Length: 5\r\n"
		    "Transfer-Encoding: chunked\r\n\r\n" },
		{ WHY_FRAMING, P "Content-Length: 5\r\n"
		    "Content-Length: 5\r\n\r\n" },
		{ WHY_FRAMING, P "Content-Length: 5, 5\r\n\r\n" },
		{ WHY_FRAMING, P "Content-Length: +5\r\n\r\n" },
		{ WHY_FRAMING, P "Content-Length: -1\r\n\r\n" },
		{ WHY_FRAMING, P "Content-Length: 0x5\r\n\r\n" },
		{ WHY_FRAMING, P "Content-Length:\r\n\r\n" },
		{ WHY_FRAMING, P "Content-Length: 9999999999999999999\r\n\r\n" },
		{ WHY_FRAMING, P "Transfer-Encoding: chunked\r\n"
		    "Transfer-Encoding: chunked\r\n\r\n" },
		{ WHY_FRAMING, P "Transfer-Encoding: Chunked\r\n\r\n" },
		{ WHY_FRAMING, P "Transfer-Encoding: gzip, chunked\r\n\r\n" },
		{ WHY_FRAMING, P "Transfer-Encoding: identity\r\n\r\n" },
		{ WHY_SYNTAX, P "Transfer-Encoding: \x0b" "chunked\r\n\r\n" },
		{ WHY_FRAMING, P "Transfer-Encoding: chunked;q=1\r\n\r\n" },
		{ WHY_FRAMING, "POST http://a.b/ HTTP/1.0\r\n"
		    "Transfer-Encoding: chunked\r\n\r\n" },
		{ WHY_FRAMING, P "Connection: content-length\r\n\r\n" },
		{ WHY_FRAMING, P "Connection: x, Transfer-Encoding\r\n\r\n" },
		{ WHY_FRAMING, P "Connection: host\r\n\r\n" },
		{ WHY_FRAMING, C "Content-Length: 5\r\n\r\n" },
		{ WHY_FRAMING, C "Transfer-Encoding: chunked\r\n\r\n" },
		/* the rest */
		{ WHY_UPGRADE, GH "Upgrade: websocket\r\n\r\n" },
		{ WHY_UPGRADE, GH "Connection: upgrade\r\n"
		    "Upgrade: h2c\r\n\r\n" },
		{ WHY_EXPECT, P "Expect: 200-ok\r\n\r\n" },
	};
	struct head h;
	enum reason why;
	size_t i;

	(void)st;
	for (i = 0; i < NELEM(t); i++) {
		why = head_why(t[i].s, strlen(t[i].s), &h);
		if (why != t[i].why)
			fail_msg("row %zu: %d, not %d: %s", i, why, t[i].why,
			    t[i].s);
	}
	assert_int_equal(head_why(GH "X: a\0b\r\n\r\n", sizeof(GH "X: a\0b"
	    "\r\n\r\n") - 1, &h), WHY_SYNTAX);
}

static void
test_head_bounds(void **st)
{
	struct head h;
	struct buf b;
	unsigned i;

	(void)st;
	buf_init(&b);
	buf_puts(&b, GH);
	for (i = 1; i < HEAD_FIELDS; i++)
		buf_printf(&b, "X-%u: y\r\n", i);
	buf_puts(&b, "\r\n");
	assert_int_equal(head_why(b.p, b.len, &h), WHY_OK);
	b.len -= 2;
	buf_puts(&b, "Z: y\r\n\r\n");
	assert_int_equal(head_why(b.p, b.len, &h), WHY_LARGE);
	buf_free(&b);

	buf_init(&b);
	buf_puts(&b, GH "X: ");
	while (b.len < HEAD_MAX - 4)
		buf_puts(&b, "x");
	buf_puts(&b, "\r\n\r\n");
	assert_int_equal(b.len, HEAD_MAX);
	assert_int_equal(head_why(b.p, b.len, &h), WHY_OK);
	b.len -= 4;
	buf_puts(&b, "x\r\n\r\n");
	assert_int_equal(head_why(b.p, b.len, &h), WHY_LARGE);
	b.len -= 6;
	assert_int_equal(head_why(b.p, b.len, &h), REASON_MAX);
	buf_free(&b);
}

static void
test_rewrite(void **st)
{
	static const struct {
		const char	*in, *out;
	} t[] = {
		{ GH "\r\n",
		  "GET / HTTP/1.1\r\nHost: a.b\r\nConnection: close\r\n\r\n" },
		{ "GET http://A.B:80?q HTTP/1.0\r\n\r\n",
		  "GET /?q HTTP/1.0\r\nHost: a.b\r\nConnection: close\r\n\r\n" },
		{ "OPTIONS http://a.b:81 HTTP/1.1\r\nHost: a.b:81\r\n\r\n",
		  "OPTIONS * HTTP/1.1\r\nHost: a.b:81\r\n"
		  "Connection: close\r\n\r\n" },
		{ "GET http://[2001:db8::1]/x HTTP/1.1\r\n"
		  "Host: [2001:DB8::1]\r\n\r\n",
		  "GET /x HTTP/1.1\r\nHost: [2001:db8::1]\r\n"
		  "Connection: close\r\n\r\n" },
		{ P "Proxy-Connection: keep-alive\r\nProxy-Authorization: x\r\n"
		  "Keep-Alive: 5\r\nTE: trailers\r\nTrailer: X\r\n"
		  "Connection: X-Secret , ,x-other\r\nx-secret: 1\r\nX-Other: 2"
		  "\r\nX-Secret: 3\r\nX-Stays:  4 \r\nContent-Length: 3\r\n"
		  "\r\n",
		  "POST / HTTP/1.1\r\nHost: a.b\r\nX-Stays: 4\r\n"
		  "Content-Length: 3\r\nConnection: close\r\n\r\n" },
		{ P "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n"
		  "\r\n",
		  "POST / HTTP/1.1\r\nHost: a.b\r\n"
		  "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n"
		  "Connection: close\r\n\r\n" },
	};
	char out[HEAD_MAX + HEAD_MORE];
	struct head h;
	size_t i, n;

	(void)st;
	for (i = 0; i < NELEM(t); i++) {
		assert_int_equal(head_why(t[i].in, strlen(t[i].in), &h),
		    WHY_OK);
		n = head_rewrite(&h, t[i].in, out, sizeof(out) - 1);
		out[n] = '\0';
		assert_string_equal(out, t[i].out);
	}
}

/* --- bodies and answers ------------------------------------------------ */
static void
test_bodies(void **st)
{
	static const struct {
		const char	*s;
		ssize_t		 used;	/* -1: refused */
		int		 done;
	} t[] = {
		{ "5\r\nhello\r\n0\r\n\r\nGET", 15, 1 },
		{ "0005\r\nhello\r\n000\r\n\r\n", 20, 1 },
		{ "a\r\n0123456789\r\n", 15, 0 },
		{ "5\r\nhel", 6, 0 }, { "5\r", 2, 0 }, { "", 0, 0 },
		{ "5;a=b\r\nhello\r\n", -1, 0 }, { "5 \r\nhello\r\n", -1, 0 },
		{ "5\nhello\r\n0\r\n\r\n", -1, 0 }, { "\r\n", -1, 0 },
		{ "5\r\nhello0\r\n\r\n", -1, 0 }, { "5\r\nhello\n", -1, 0 },
		{ "5\r\nhello\r\n0\r\nA: b\r\n\r\n", -1, 0 }, { "-1\r\n", -1, 0 },
		{ "0x5\r\nhello\r\n", -1, 0 }, { "0\r\n\n", -1, 0 },
		{ "ffffffffffffffff\r\n", -1, 0 }, { "+5\r\n", -1, 0 },
		{ "5\r\r\nhello", -1, 0 }, { "g\r\n", -1, 0 },
	};
	struct body b;
	size_t i;

	(void)st;
	for (i = 0; i < NELEM(t); i++) {
		body_init(&b, BODY_CHUNKED, 0);
		if (body_take(&b, (const uint8_t *)t[i].s, strlen(t[i].s)) !=
		    t[i].used || (t[i].used != -1 && b.done != t[i].done))
			fail_msg("row %zu: %s", i, t[i].s);
	}
	body_init(&b, BODY_LENGTH, 3);
	assert_int_equal(body_take(&b, (const uint8_t *)"abcdef", 6), 3);
	assert_int_equal(b.done, 1);
	body_init(&b, BODY_NONE, 0);
	assert_int_equal(b.done, 1);
}

static void
test_answers(void **st)
{
	static const struct {
		const char	*s;
		size_t		 put;	/* 0: refused, 999: not yet */
	} t[] = {
		{ "HTTP/1.1 200 OK\r\nA: b\r\n\r\n", 17 },
		{ "HTTP/1.0 404\r\n\r\n", 14 },
		{ "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 x\r\n", 41 },
		{ "HTTP/1.1 103 x\r\nLink: y\r\n\r\nHTTP/1.1 200 OK\n", 43 },
		{ "HTTP/1.1 100 Continue\r\n\r\n", 999 }, { "HTT", 999 },
		{ "SSH-2.0-x\r\n", 0 }, { "HTTP/2.0 200\r\n", 0 },
		{ "HTTP/1.1 20x\r\n", 0 }, { "HTTP/1.1 101 Sw\r\n\r\n", 0 },
		{ " HTTP/1.1 200 OK\r\n", 0 },
		/* Only we say so. */
		{ "HTTP/1.1 403 no\r\nX-Telclauded: not-allowed\r\n", 0 },
		{ "HTTP/1.1 403 no\nA: b\nx-teLCLauded:\n\n", 0 },
		{ "HTTP/1.1 103 x\r\n\r\nHTTP/1.1 404\r\nA:\r\n"
		    "X-TELCLAUDED\t: a\r\n\r\n", 0 },
		{ "HTTP/1.1 200 X-Telclauded: a\r\nA: X-Telclauded: b\r\n"
		    "X-Telclaude: c\r\nXX-Telclauded: d\r\n\r\n"
		    "X-Telclauded: the body's\r\n", 30 },
	};
	struct answer a;
	size_t i, k, put;
	int r;

	(void)st;
	for (i = 0; i < NELEM(t); i++) {
		memset(&a, 0, sizeof(a));
		put = 999;
		r = answer_pass(&a, (const uint8_t *)t[i].s, strlen(t[i].s),
		    &put);
		if (put > strlen(t[i].s))
			put = 999;
		if ((r == -1) != (t[i].put == 0) ||
		    (r == 0 && put != t[i].put))
			fail_msg("row %zu: %d %zu", i, r, put);
		/* In whatever pieces it comes. */
		memset(&a, 0, sizeof(a));
		for (k = 0, r = 0; k < strlen(t[i].s) && r == 0; k++)
			r = answer_pass(&a, (const uint8_t *)t[i].s + k, 1,
			    &put);
		if ((r == -1) != (t[i].put == 0))
			fail_msg("row %zu: byte %zu", i, k);
	}
	memset(&a, 0, sizeof(a));
	for (i = 0, r = 0; i < 2000 && r == 0; i++)
		r = answer_pass(&a, (const uint8_t *)"HTTP/1.1 100 x\r\n\r\n",
		    18, &put);
	assert_int_equal(r, -1);
}

/* --- the ClientHello --------------------------------------------------- */
static const struct target name = { "api.test", 443, HOST_NAME };
static const struct target addr = { "127.0.0.1", 443, HOST_V4 };

static enum reason
hello_why(const uint8_t *p, size_t n, const struct target *t)
{
	enum reason why = WHY_OK;
	ssize_t r = hello_check(p, n, t, &why);

	if (r == 0)
		return (REASON_MAX);
	return (r == -1 ? why : WHY_OK);
}

static void
test_real_hellos(void **st)
{
	static const struct {
		const char	*file;
		enum reason	 name, addr;
	} t[] = {
		{ "curl12", WHY_OK, WHY_SNI }, { "curl13", WHY_OK, WHY_SNI },
		{ "openssl12", WHY_OK, WHY_SNI },
		{ "openssl13", WHY_OK, WHY_SNI },
		{ "python12", WHY_OK, WHY_SNI },
		{ "python13", WHY_OK, WHY_SNI },
		{ "node12", WHY_OK, WHY_SNI }, { "node13", WHY_OK, WHY_SNI },
		{ "openssl-nosni", WHY_NOSNI, WHY_OK },
		{ "python-address", WHY_NOSNI, WHY_OK },
	};
	uint8_t buf[2048];
	char path[128];
	size_t i, k;
	ssize_t n;
	int fd;

	(void)st;
	for (i = 0; i < NELEM(t); i++) {
		(void)str_format(path, sizeof(path),
		    "regress/fuzz/corpus/hello/%s", t[i].file);
		fd = open(path, O_RDONLY);	/* from the top of the tree */
		assert_int_not_equal(fd, -1);
		n = read(fd, buf, sizeof(buf));
		close(fd);
		assert_true(n > 100);
		assert_int_equal(hello_why(buf, (size_t)n, &name), t[i].name);
		assert_int_equal(hello_why(buf, (size_t)n, &addr), t[i].addr);
		for (k = 0; k < (size_t)n; k++)
			assert_int_equal(hello_why(buf, k, &name), REASON_MAX);
		/* A byte more belongs to what follows it. */
		buf[n] = 23;
		assert_int_equal(hello_why(buf, (size_t)n + 1, &name),
		    t[i].name);
	}
}

static void
test_hellos(void **st)
{
	uint8_t buf[20000];
	struct eh h;
	size_t n;

	(void)st;
#define WHY(t)	(n = eh_build(&h, buf), hello_why(buf, n, t))
	eh_init(&h, "api.test");
	assert_int_equal(WHY(&name), WHY_OK);
	eh_init(&h, "API.Test");
	assert_int_equal(WHY(&name), WHY_OK);
	eh_init(&h, "api.test.");
	assert_int_equal(WHY(&name), WHY_SNI);
	eh_init(&h, "evil.test");
	assert_int_equal(WHY(&name), WHY_SNI);
	eh_init(&h, "api.tes");
	assert_int_equal(WHY(&name), WHY_SNI);
	eh_init(&h, "");
	assert_int_equal(WHY(&name), WHY_HELLO);
	eh_init(&h, NULL);
	assert_int_equal(WHY(&name), WHY_NOSNI);
	assert_int_equal(WHY(&addr), WHY_OK);
	h.noexts = 1;
	assert_int_equal(WHY(&name), WHY_NOSNI);
	eh_init(&h, "127.0.0.1");
	assert_int_equal(WHY(&addr), WHY_OK);
	eh_init(&h, "api.test");
	h.second = "evil.test";		/* two names in the list */
	assert_int_equal(WHY(&name), WHY_HELLO);
	eh_init(&h, "api.test");
	h.twice = "evil.test";		/* two lists */
	assert_int_equal(WHY(&name), WHY_HELLO);
	eh_init(&h, "api.test");
	h.ext = 0xfe0d;
	assert_int_equal(WHY(&name), WHY_ECH);
	h.ext = 0xffce;
	assert_int_equal(WHY(&name), WHY_ECH);
	h.ext = 0x1234;
	assert_int_equal(WHY(&name), WHY_OK);
	eh_init(&h, "evil.test");
	h.ext = 0xfe0d;
	assert_int_equal(WHY(&name), WHY_ECH);
	eh_init(&h, "api.test");
	h.left = 1;			/* behind the extensions */
	assert_int_equal(WHY(&name), WHY_HELLO);
	eh_init(&h, "api.test");
	h.tail = 1;			/* behind the message, in its record */
	assert_int_equal(WHY(&name), WHY_HELLO);
	eh_init(&h, "api.test");
	h.pad = 15000;
	assert_int_equal(WHY(&name), WHY_OK);
	h.pad = 16384;
	assert_int_equal(WHY(&name), WHY_BIGHELLO);
	for (h.split = 1, h.pad = 100; h.split < 200; h.split++)
		assert_int_equal(WHY(&name), WHY_OK);
	eh_init(&h, "evil.test");
	for (h.split = 1, h.pad = 100; h.split < 200; h.split++)
		assert_int_equal(WHY(&name), WHY_SNI);
#undef WHY
}

static void
test_no_hellos(void **st)
{
	uint8_t buf[20000];
	struct eh h;
	size_t n, i;

	(void)st;
	assert_int_equal(hello_why((const uint8_t *)"GET / HT", 8, &name),
	    WHY_NOTTLS);
	assert_int_equal(hello_why((const uint8_t *)"SSH-2.0-", 8, &name),
	    WHY_NOTTLS);
	assert_int_equal(hello_why((const uint8_t *)"\x80\x2e\x01\x03\x01", 5,
	    &name), WHY_NOTTLS);
	assert_int_equal(hello_why((const uint8_t *)"\x17\x03\x03\x00\x01", 5,
	    &name), WHY_NOTTLS);
	assert_int_equal(hello_why((const uint8_t *)"\x16\x02\x00", 3, &name),
	    WHY_HELLO);
	assert_int_equal(hello_why((const uint8_t *)"\x16\xfe\xfd", 3, &name),
	    WHY_HELLO);
	assert_int_equal(hello_why((const uint8_t *)"\x16\x03\x01\x00\x00", 5,
	    &name), WHY_HELLO);
	assert_int_equal(hello_why((const uint8_t *)"\x16\x03\x01\x00\x04\x02",
	    6, &name), WHY_HELLO);
	eh_init(&h, "api.test");
	/* Each length that does not add up. */
	for (i = 0; i < 2; i++) {
		n = eh_build(&h, buf);
		buf[8] = (uint8_t)(buf[8] + (i == 0 ? 1 : -1));
		assert_int_equal(hello_why(buf, n, &name) == WHY_OK, 0);
	}
	for (i = 9; i < n; i++) {
		eh_build(&h, buf);
		buf[i] ^= 0x40;
		if (hello_why(buf, n, &name) == WHY_OK &&
		    memmem(buf, n, "\x08" "api.test", 9) == NULL)
			fail_msg("byte %zu", i);
	}
}

static void
test_second_hello(void **st)
{
	static const uint8_t ccs[] = { 20, 3, 3, 0, 1, 1 };
	uint8_t buf[20000], answer[64] = { 22, 3, 3, 0, 59, 2, 0, 0, 55, 3, 3 };
	enum reason why = WHY_OK;
	struct eh h;
	size_t n;

	(void)st;
	memcpy(buf, ccs, sizeof(ccs));
	eh_init(&h, "api.test");
	n = sizeof(ccs) + eh_build(&h, buf + sizeof(ccs));
	assert_int_equal(hello_again(buf, n, &name, &why), n);
	assert_int_equal(hello_again(buf, n - 1, &name, &why), 0);
	assert_int_equal(hello_again(buf, 3, &name, &why), 0);
	assert_int_equal(hello_again(buf + sizeof(ccs), n - sizeof(ccs), &name,
	    &why), n - sizeof(ccs));
	eh_init(&h, "evil.test");
	n = sizeof(ccs) + eh_build(&h, buf + sizeof(ccs));
	assert_int_equal(hello_again(buf, n, &name, &why), -1);
	assert_int_equal(why, WHY_SNI);
	assert_int_equal(hello_answer(answer, sizeof(answer)), HA_OTHER);
	memcpy(answer + 11, eh_retry, 32);
	assert_int_equal(hello_answer(answer, sizeof(answer)), HA_RETRY);
	assert_int_equal(hello_answer(answer, 42), HA_MORE);
	answer[4] = 20;
	assert_int_equal(hello_answer(answer, sizeof(answer)), HA_BAD);
	assert_int_equal(hello_answer((const uint8_t *)"\x15\x03\x03\x00\x02\x02"
	    "\x28", 7), HA_OTHER);
	assert_int_equal(hello_answer((const uint8_t *)"220 mail", 8),
	    HA_OTHER);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_no_names),
		cmocka_unit_test(test_heads),
		cmocka_unit_test(test_head_bounds),
		cmocka_unit_test(test_rewrite),
		cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_real_hellos),
		cmocka_unit_test(test_hellos),
		cmocka_unit_test(test_no_hellos),
		cmocka_unit_test(test_second_hello),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
