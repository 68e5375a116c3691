/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The real egress in its cage, its clients and servers on loopback: what
 * passes, what does not, and what the server got to see of it.
 */
#include <sys/socket.h>

#include <inttypes.h>
#include <libgen.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "regress/unit/egress_hello.h"
#include "regress/unit/egress_io.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

#define JOB	7
#define TURN	99

static char		 program[4096];
static struct ew	 w;
static uint16_t		 via, port;	/* egress; the server */
static int		 server;

static const struct ew_name names[] = {
	{ "api.test", 0, NE_OK, 60, { "127.0.0.1" }, 0 },
	{ "127.0.0.1", 0, NE_OK, 60, { "127.0.0.1" }, 0 },
	{ "two.test", 0, NE_OK, 60, { "127.0.0.2", "127.0.0.1" }, 0 },
	{ "six.test", 0, NE_OK, 60, { "::1", "127.0.0.1" }, 0 },
	{ "gone.test", 0, NE_NOTFOUND, 0, { NULL }, 0 },
	{ "dns.test", 0, NE_SERVERS, 0, { NULL }, 0 },
	{ "inside.test", 0, NE_PRIVATE, 0, { NULL }, 0 },
	{ "busy.test", 0, NE_BUSY, 0, { NULL }, 0 },
	{ "odd.test", 0, 99, 0, { NULL }, 0 },
	{ "mute.test", 0, NE_OK, 60, { NULL }, 1 },
	{ "empty.test", 0, NE_OK, 60, { NULL }, 0 },
	{ NULL, 0, 0, 0, { NULL }, 0 },
};

static int
setup(void **st)
{
	const struct msg_CONF_EGRESS set = { .head_ms = 5000,
	    .idle_ms = 20000, .conns = 64, .bytes = 1ULL << 32 };

	(void)st;
	log_init("t_egressrun");
	w.names = names;
	ew_start(&w, program, &set, 0);
	via = ew_listen(&w, SCOPE_TELEGRAM, JOB, TURN);
	server = io_server(&port);
	return (0);
}

static int
teardown(void **st)
{
	(void)st;
	ew_stop(&w);
	return (0);
}

/* The form with the server for each @. */
static const char *
head(const char *form, const char *host)
{
	static char s[4096];
	size_t n = 0;

	for (; *form != '\0' && n < sizeof(s) - 300; form++) {
		if (*form == '@')
			n += (size_t)snprintf(s + n, sizeof(s) - n, "%s:%u",
			    host, port);
		else
			s[n++] = *form;
	}
	s[n] = '\0';
	return (s);
}

static const char *
connect_to(const char *host)
{
	return (head("CONNECT @ HTTP/1.1\r\nHost: @\r\n\r\n", host));
}

/* A tunnel up to 200; the server's side in *up. */
static int
tunnel(const char *host, int *up)
{
	char answer[1024];
	int fd = io_dial(via);

	assert_int_equal(io_ask(&w, fd, connect_to(host), answer,
	    sizeof(answer)), 200);
	*up = io_accept(&w, server);
	return (fd);
}

static size_t
hello(const char *sni, uint8_t *buf)
{
	struct eh h;

	eh_init(&h, sni);
	return (eh_build(&h, buf));
}

static void
ended(const char *word, uint8_t verdict, unsigned n)
{
	const struct ew_line *l = io_line(&w, n);
	const char *last = strrchr(l->detail, ' ');

	if (word != NULL)
		assert_string_equal(last + 1, word);
	assert_int_equal(l->verdict, verdict);
	assert_int_equal(l->job, JOB);
	assert_int_equal(l->turn, TURN);
}

/* --- the tunnel -------------------------------------------------------- */
static void
test_tunnel(void **st)
{
	uint8_t buf[2048], got[2048];
	unsigned lines = w.nlines;
	size_t n = hello("API.test", buf), i;
	char want[256];
	int up, fd = tunnel("api.test", &up);

	(void)st;
	/* Nothing goes out before the whole of it is there. */
	for (i = 0; i + 1 < n; i++) {
		assert_int_equal(io_send(&w, fd, buf + i, 1, IO_MS), 1);
		ew_run(&w, i % 16 == 0 ? 1 : 0, NULL);
		assert_int_equal(recv(up, got, 1, 0), -1);
	}
	assert_int_equal(io_end(&w, up, &i, 30), IO_OPEN);
	assert_int_equal(i, 0);
	assert_int_equal(io_send(&w, fd, buf + n - 1, 1, IO_MS), 1);
	io_take(&w, up, got, n);
	assert_memory_equal(got, buf, n);
	/* Then both ways are open. */
	io_say(&w, up, "from the server");
	io_take(&w, fd, got, 15);
	assert_memory_equal(got, "from the server", 15);
	io_say(&w, fd, "from the client");
	io_take(&w, up, got, 15);
	assert_memory_equal(got, "from the client", 15);
	/* One half ends, the other goes on. */
	shutdown(fd, SHUT_WR);
	assert_int_equal(io_end(&w, up, NULL, IO_MS), IO_EOF);
	io_say(&w, up, "late");
	io_take(&w, fd, got, 4);
	assert_int_equal(io_end(&w, fd, NULL, 30), IO_OPEN);
	shutdown(up, SHUT_WR);
	assert_int_equal(io_end(&w, fd, NULL, IO_MS), IO_EOF);
	ended(NULL, AV_SUCCESS, lines + 1);
	(void)str_format(want, sizeof(want), "telegram CONNECT api.test:%u "
	    "127.0.0.1 out=%zu in=19 ms=", port, n + 15);
	assert_int_equal(strncmp(w.lines[lines].detail, want, strlen(want)),
	    0);
	close(fd);
	close(up);
}

/* The other half first; and a reset is passed on as one. */
static void
test_tunnel_ends(void **st)
{
	const struct linger now = { 1, 0 };
	uint8_t buf[2048];
	size_t n = hello("api.test", buf);
	unsigned lines = w.nlines;
	int up, fd = tunnel("api.test", &up);

	(void)st;
	io_send(&w, fd, buf, n, IO_MS);
	io_take(&w, up, buf, n);
	io_say(&w, up, "\x15\x03\x03");
	shutdown(up, SHUT_WR);
	io_take(&w, fd, buf, 3);
	assert_int_equal(io_end(&w, fd, NULL, IO_MS), IO_EOF);
	io_say(&w, fd, "still");
	io_take(&w, up, buf, 5);
	close(fd);
	assert_int_equal(io_end(&w, up, NULL, IO_MS), IO_EOF);
	close(up);
	ended(NULL, AV_SUCCESS, lines + 1);

	fd = tunnel("api.test", &up);
	n = hello("api.test", buf);
	io_send(&w, fd, buf, n, IO_MS);
	io_take(&w, up, buf, n);
	io_say(&w, up, "x");
	io_take(&w, fd, buf, 1);
	setsockopt(up, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(up);
	assert_int_equal(io_end(&w, fd, NULL, IO_MS), IO_RESET);
	ended("server-reset", AV_ERROR, lines + 2);
	close(fd);
}

/* A client that goes away while others are waited for holds nothing. */
static void
test_impatient(void **st)
{
	uint8_t buf[2048];
	size_t n = hello("api.test", buf);
	unsigned lines = w.nlines, asked = w.asked;
	int up, fd = tunnel("api.test", &up);

	(void)st;
	io_send(&w, fd, buf, n, IO_MS);
	io_take(&w, up, buf, n);
	io_say(&w, fd, "early");
	close(fd);
	assert_int_equal(io_end(&w, up, &n, IO_MS), IO_EOF);
	assert_int_equal(n, 0);
	close(up);
	(void)io_line(&w, lines + 1);
	fd = io_dial(via);
	io_say(&w, fd, connect_to("mute.test"));
	ew_run(&w, 20, NULL);
	assert_int_equal(w.asked, asked + 1);
	close(fd);
	(void)io_line(&w, lines + 2);
}

static void
test_pipelined(void **st)
{
	uint8_t all[4096], got[2048];
	const char *req = connect_to("api.test");
	size_t len = strlen(req), n;
	char answer[256];
	int fd = io_dial(via), up;

	(void)st;
	memcpy(all, req, len);
	n = hello("api.test", all + len);
	memcpy(all + len + n, "early", 5);
	io_send(&w, fd, all, len + n + 5, IO_MS);
	io_until(&w, fd, answer, sizeof(answer), "\r\n\r\n");
	up = io_accept(&w, server);
	io_take(&w, up, got, n);
	assert_memory_equal(got, all + len, n);
	/* The rest is held until the server speaks. */
	assert_int_equal(io_end(&w, up, &n, 30), IO_OPEN);
	assert_int_equal(n, 0);
	io_say(&w, up, "\x16\x03\x03\x02\x01\x02");
	ew_run(&w, 20, NULL);
	io_say(&w, up, "0123456789012345678901234567890123456789");
	io_take(&w, up, got, 5);
	assert_memory_equal(got, "early", 5);
	io_take(&w, fd, got, 46);
	close(fd);
	close(up);
	ew_run(&w, 20, NULL);
}

/* No byte of these reaches the server. */
static void
test_blocked_hellos(void **st)
{
	static const struct {
		const char	*host, *sni, *raw, *word;
		unsigned	 ext, pad;
		int		 alert;
	} t[] = {
		{ "api.test", "evil.test", NULL, "other-sni", 0, 0, 1 },
		{ "api.test", NULL, NULL, "no-sni", 0, 0, 1 },
		{ "api.test", "api.test", NULL, "encrypted-hello", 0xfe0d, 0,
		    1 },
		{ "api.test", "api.test", NULL, "encrypted-hello", 0xffce, 0,
		    1 },
		{ "api.test", "api.test", NULL, "hello-too-large", 0, 16384,
		    1 },
		{ "api.test", NULL, "GET / HTTP/1.1\r\n\r\n", "not-tls", 0, 0,
		    0 },
		{ "api.test", NULL, "SSH-2.0-x\r\n", "not-tls", 0, 0, 0 },
		{ "api.test", NULL, "\x16\x03\x01\x01", "client-cut", 0, 0,
		    -1 },
		{ "127.0.0.1", "evil.test", NULL, "other-sni", 0, 0, 1 },
	};
	static const uint8_t alert[] = { 21, 3, 1, 0, 2, 2, 112 };
	uint8_t buf[20000], got[16];
	unsigned lines;
	int fd, up;
	struct eh h;
	size_t i, n;

	(void)st;
	for (i = 0; i < NELEM(t); i++) {
		lines = w.nlines;
		fd = tunnel(t[i].host, &up);
		eh_init(&h, t[i].sni);
		h.ext = t[i].ext;
		h.pad = t[i].pad;
		n = eh_build(&h, buf);
		if (t[i].raw != NULL) {
			n = strlen(t[i].raw);
			memcpy(buf, t[i].raw, n);
		}
		io_send(&w, fd, buf, n, IO_MS);
		if (t[i].alert == 1) {
			io_take(&w, fd, got, sizeof(alert));
			assert_memory_equal(got, alert, sizeof(alert));
		}
		if (t[i].alert == -1)
			shutdown(fd, SHUT_WR);
		assert_int_equal(io_end(&w, fd, &n, IO_MS), IO_EOF);
		assert_int_equal(n, 0);
		assert_int_not_equal(io_end(&w, up, &n, IO_MS), IO_OPEN);
		assert_int_equal(n, 0);
		close(fd);
		close(up);
		ended(t[i].word, t[i].alert == -1 ? AV_ERROR : AV_BLOCKED,
		    lines + 1);
		assert_non_null(strstr(w.lines[lines].detail, "out=0 in=0"));
	}
}

static void
test_address(void **st)
{
	uint8_t buf[2048], got[2048];
	size_t n = hello(NULL, buf);
	int up, fd = tunnel("127.0.0.1", &up);

	(void)st;
	io_send(&w, fd, buf, n, IO_MS);
	io_take(&w, up, got, n);
	assert_memory_equal(got, buf, n);
	close(fd);
	close(up);
	fd = tunnel("127.0.0.1", &up);
	n = hello("127.0.0.1", buf);
	io_send(&w, fd, buf, n, IO_MS);
	io_take(&w, up, got, n);
	close(fd);
	close(up);
	ew_run(&w, 20, NULL);
}

/* A server may ask for a second ClientHello: another name in it is caught. */
static void
test_retry(void **st)
{
	static const char *const sni[] = { "api.test", "evil.test" };
	uint8_t buf[4096], got[4096], ans[64] = { 22, 3, 3, 0, 59, 2, 0, 0,
	    55, 3, 3 };
	size_t n, i, all;
	unsigned lines;
	int fd, up;

	(void)st;
	memcpy(ans + 11, eh_retry, 32);
	for (i = 0; i < 2; i++) {
		lines = w.nlines;
		fd = tunnel("api.test", &up);
		n = hello("api.test", buf);
		io_send(&w, fd, buf, n, IO_MS);
		io_take(&w, up, got, n);
		io_send(&w, up, ans, sizeof(ans), IO_MS);
		io_take(&w, fd, got, sizeof(ans));
		memcpy(buf, "\x14\x03\x03\x00\x01\x01", 6);
		n = 6 + hello(sni[i], buf + 6);
		io_send(&w, fd, buf, n, IO_MS);
		if (i == 0) {
			io_take(&w, up, got, n);
			assert_memory_equal(got, buf, n);
			io_say(&w, fd, "more");
			io_take(&w, up, got, 4);
		} else {
			assert_int_not_equal(io_end(&w, up, &all, IO_MS),
			    IO_OPEN);
			assert_int_equal(all, 0);
			ended("other-sni", AV_BLOCKED, lines + 1);
		}
		close(fd);
		close(up);
		ew_run(&w, 20, NULL);
	}
}

/* --- names ------------------------------------------------------------- */
static void
test_refused(void **st)
{
	static const struct {
		const char	*host;
		int		 status;
		const char	*word, *says;
	} t[] = {
		{ "no.test", 403, "not-allowed",
		    "firewall { allow domain \"no.test\" port " },
		{ "inside.test", 403, "private-address", "allow private" },
		{ "gone.test", 502, "no-such-name", "name servers" },
		{ "dns.test", 504, "name-servers", "no name server" },
		{ "busy.test", 503, "too-many-names", "Try again" },
		{ "odd.test", 502, "resolver", "log of telclauded" },
		{ "empty.test", 502, "no-such-name", "name servers" },
	};
	static const char *const forms[] = {
		"CONNECT @ HTTP/1.1\r\nHost: @\r\n\r\n",
		"GET http://@/ HTTP/1.1\r\nHost: @\r\n\r\n",
	};
	char answer[2048], want[128];
	unsigned lines, asked;
	size_t i, k;
	int fd;

	(void)st;
	for (i = 0; i < 2 * NELEM(t); i++) {
		lines = w.nlines;
		fd = io_dial(via);
		asked = w.asked;
		io_say(&w, fd, head(forms[i % 2], t[i / 2].host));
		io_until(&w, fd, answer, sizeof(answer), NULL);
		/* A question already answered is not asked again. */
		k = i % 2 == 0 || strcmp(t[i / 2].host, "busy.test") == 0;
		assert_int_equal(w.asked - asked, k);
		(void)str_format(want, sizeof(want), "HTTP/1.1 %d telclauded: "
		    "%s:%u ", t[i / 2].status, t[i / 2].host, port);
		assert_int_equal(strncmp(answer, want, strlen(want)), 0);
		(void)str_format(want, sizeof(want), "\r\nX-Telclauded: %s\r\n",
		    t[i / 2].word);
		assert_non_null(strstr(answer, want));
		assert_non_null(strstr(answer, t[i / 2].says));
		close(fd);
		(void)io_line(&w, lines + 1);
		assert_non_null(strstr(w.lines[lines].detail, t[i / 2].word));
	}
	assert_true(io_nobody(&w, server));
}

/*
 * The parent hears once that a call reads from outside, before the call hears
 * anything; what is refused brings nothing from outside.
 */
static void
test_reached(void **st)
{
	static const char *const forms[] = {
		"CONNECT @ HTTP/1.1\r\nHost: @\r\n\r\n",
		"GET http://@/ HTTP/1.1\r\nHost: @\r\n\r\n",
	};
	unsigned nets, lines = w.nlines, i;
	char answer[2048];
	uint16_t to = 0;
	int fd, up;

	(void)st;
	for (i = 0; i < 6; i++) {
		/* A call by tunnel, one by plain requests, and a listener
		 * that many calls share. */
		to = i % 2 == 1 ? to : ew_listen(&w, SCOPE_TELEGRAM,
		    i < 4 ? 40 + i : 0, TURN);
		nets = w.nets;
		fd = io_dial(to);
		io_say(&w, fd, head(forms[i / 2 % 2], "gone.test"));
		io_until(&w, fd, answer, sizeof(answer), NULL);
		close(fd);
		assert_int_equal(w.nets, nets);
		fd = io_dial(to);
		io_say(&w, fd, head(forms[i / 2 % 2], "api.test"));
		up = io_accept(&w, server);
		if (i / 2 % 2 == 1)
			io_say(&w, up, "HTTP/1.1 200 OK\r\n\r\n");
		io_until(&w, fd, answer, sizeof(answer), "200");
		/* Written before the call's answer: it is there by now. */
		ew_run(&w, 2, NULL);
		assert_int_equal(w.nets, nets + (i % 2 == 0 || i > 3));
		assert_int_equal(w.net_job, i < 4 ? 40 + i / 2 * 2 : 0);
		close(fd);
		close(up);
		(void)io_line(&w, lines += 2);
	}
	ew_unlisten(&w, SCOPE_TELEGRAM, 40);
	ew_unlisten(&w, SCOPE_TELEGRAM, 42);
	ew_unlisten(&w, SCOPE_TELEGRAM, 0);
}

/* What is no name is not even asked about. */
static void
test_not_asked(void **st)
{
	static const char *const t[] = {
		"127.1", "0x7f.1", "2130706433", "0177.0.0.1", "a..test",
		"api.test.", "api_.test", "[::ffff:127.0.0.1]", "-a.test",
		"api.test@no.test", "api.test%00.no.test",
	};
	char answer[2048];
	unsigned asked = w.asked;
	size_t i;
	int fd;

	(void)st;
	for (i = 0; i < NELEM(t); i++) {
		fd = io_dial(via);
		assert_int_equal(io_ask(&w, fd, connect_to(t[i]), answer,
		    sizeof(answer)), 400);
		assert_non_null(strstr(answer, "X-Telclauded: not-a-name"));
		close(fd);
	}
	assert_int_equal(w.asked, asked);
	assert_true(io_nobody(&w, server));
	ew_run(&w, 20, NULL);
}

static void
test_addresses(void **st)
{
	char answer[2048], req[256];
	uint16_t none = 0;
	int fd, up;

	(void)st;
	/* The first address does not answer; a family may be missing. */
	fd = tunnel("two.test", &up);
	close(fd);
	close(up);
	fd = tunnel("six.test", &up);
	close(fd);
	close(up);
	close(io_server(&none));
	fd = io_dial(via);
	(void)str_format(req, sizeof(req), "CONNECT api.test:%u HTTP/1.1\r\n"
	    "\r\n", none);
	assert_int_equal(io_ask(&w, fd, req, answer, sizeof(answer)), 502);
	assert_non_null(strstr(answer, "X-Telclauded: connect\r\n"));
	close(fd);
	ew_run(&w, 20, NULL);
}

/* --- plain requests ---------------------------------------------------- */
#define GET	"GET http://@/p?q HTTP/1.1\r\nHost: @\r\n"
#define POST	"POST http://@/ HTTP/1.1\r\nHost: @\r\n"

/* Says a request; the server's side, which has read up to the empty line. */
static int
request(const char *form, char *got, size_t size, int *fd)
{
	int up;

	*fd = io_dial(via);
	io_say(&w, *fd, head(form, "api.test"));
	up = io_accept(&w, server);
	io_until(&w, up, got, size, "\r\n\r\n");
	return (up);
}

static void
test_plain(void **st)
{
	char got[2048], want[256];
	unsigned lines = w.nlines;
	int fd, up = request(GET "Proxy-Connection: keep-alive\r\nA: b\r\n\r\n"
	    "GET http://api.test/second HTTP/1.1\r\nHost: api.test\r\n\r\n",
	    got, sizeof(got), &fd);

	(void)st;
	(void)str_format(want, sizeof(want), "GET /p?q HTTP/1.1\r\n"
	    "Host: api.test:%u\r\nA: b\r\nConnection: close\r\n\r\n", port);
	assert_string_equal(got, want);
	io_say(&w, up, "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n"
	    "Content-Length: 4\r\n\r\nbody");
	io_until(&w, fd, got, sizeof(got), "body");
	assert_string_equal(got, "HTTP/1.1 200 OK\r\nConnection: close\r\n"
	    "Connection: keep-alive\r\nContent-Length: 4\r\n\r\nbody");
	/* What followed the request went nowhere. */
	io_say(&w, fd, "GET http://api.test/third HTTP/1.1\r\n\r\n");
	ew_run(&w, 20, NULL);
	assert_int_equal(recv(up, got, 1, 0), -1);
	close(up);
	assert_int_equal(io_end(&w, fd, NULL, IO_MS), IO_EOF);
	close(fd);
	ended(NULL, AV_SUCCESS, lines + 1);
	assert_true(io_nobody(&w, server));
}

/* Each is refused before a server hears of it. */
static void
test_smuggling(void **st)
{
	static const struct {
		const char	*form;
		int		 status;
	} t[] = {
		{ POST "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n"
		    "\r\n0\r\n\r\n", 400 },
		{ POST "Content-Length: 4\r\nContent-Length: 5\r\n\r\n", 400 },
		{ POST "Transfer-Encoding: xchunked\r\n\r\n", 400 },
		{ POST "Transfer-Encoding : chunked\r\n\r\n", 400 },
		{ POST "Transfer-Encoding:\n chunked\r\n\r\n", 400 },
		{ POST "X: y\nContent-Length: 5\r\n\r\n", 400 },
		{ GET "Host: other.test\r\n\r\n", 400 },
		{ "GET http://@/ HTTP/1.1\r\nHost: other@\r\n\r\n",
		    400 },
		{ GET "Upgrade: websocket\r\n\r\n", 400 },
		{ GET "Connection: transfer-encoding\r\n\r\n", 400 },
		{ "GET https://@/ HTTP/1.1\r\nHost: @\r\n\r\n", 400 },
		{ "GET /@ HTTP/1.1\r\nHost: @\r\n\r\n", 400 },
		{ "GET http://@/ HTTP/3.0\r\nHost: @\r\n\r\n", 505 },
		{ POST "Expect: nothing\r\n\r\n", 417 },
		{ "CONNECT @ HTTP/1.1\r\nHost: @\r\n"
		    "Content-Length: 9\r\n\r\n", 400 },
	};
	char answer[2048];
	unsigned asked = w.asked;
	size_t i;
	int fd;

	(void)st;
	for (i = 0; i < NELEM(t); i++) {
		fd = io_dial(via);
		if (io_ask(&w, fd, head(t[i].form, "api.test"), answer,
		    sizeof(answer)) != t[i].status)
			fail_msg("row %zu: %s", i, answer);
		assert_int_equal(io_end(&w, fd, NULL, IO_MS), IO_EOF);
		close(fd);
	}
	assert_int_equal(w.asked, asked);
	assert_true(io_nobody(&w, server));
	ew_run(&w, 20, NULL);
}

static void
test_bodies(void **st)
{
	static const char chunks[] = "5\r\nhello\r\n0\r\n\r\n";
	char got[2048];
	int fd, up;

	(void)st;
	up = request(POST "Content-Length: 5\r\n\r\nhelloGET / HTTP/1.1\r\n",
	    got, sizeof(got), &fd);
	if (strstr(got, "hello") == NULL)
		io_until(&w, up, got, sizeof(got), "hello");
	assert_string_equal(strstr(got, "hello"), "hello");
	ew_run(&w, 20, NULL);
	assert_int_equal(recv(up, got, 1, 0), -1);
	close(fd);
	close(up);

	up = request(POST "Transfer-Encoding: chunked\r\n\r\n", got,
	    sizeof(got), &fd);
	io_say(&w, fd, "5\r\nhe");
	io_say(&w, fd, "llo\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n");
	io_take(&w, up, got, sizeof(chunks) - 1);
	assert_memory_equal(got, chunks, sizeof(chunks) - 1);
	ew_run(&w, 20, NULL);
	assert_int_equal(recv(up, got, 1, 0), -1);
	close(fd);
	close(up);

	/* Malformed: the server sees a cut, the client hears why. */
	up = request(POST "Transfer-Encoding: chunked\r\n\r\n", got,
	    sizeof(got), &fd);
	io_say(&w, fd, "5;x=y\r\nhello\r\n0\r\n\r\n");
	assert_int_equal(io_end(&w, up, NULL, IO_MS), IO_RESET);
	io_until(&w, fd, got, sizeof(got), "bad-chunk");
	close(fd);
	close(up);

	/* The client stops in the middle. */
	up = request(POST "Content-Length: 50\r\n\r\n", got, sizeof(got), &fd);
	io_say(&w, fd, "half");
	io_take(&w, up, got, 4);
	close(fd);
	assert_int_equal(io_end(&w, up, NULL, IO_MS), IO_RESET);
	close(up);
	ew_run(&w, 20, NULL);
}

static void
test_continue(void **st)
{
	char got[2048];
	int fd, up = request(POST "Content-Length: 4\r\n"
	    "Expect: 100-continue\r\n\r\n", got, sizeof(got), &fd);

	(void)st;
	assert_non_null(strstr(got, "Expect: 100-continue\r\n"));
	io_say(&w, up, "HTTP/1.1 100 Continue\r\n\r\n");
	io_until(&w, fd, got, sizeof(got), "\r\n\r\n");
	assert_string_equal(got, "HTTP/1.1 100 Continue\r\n\r\n");
	io_say(&w, fd, "data");
	io_take(&w, up, got, 4);
	io_say(&w, up, "HTTP/1.1 201 Created\r\n\r\n");
	close(up);
	io_until(&w, fd, got, sizeof(got), "\r\n\r\n");
	assert_string_equal(got, "HTTP/1.1 201 Created\r\n"
	    "Connection: close\r\n\r\n");
	assert_int_equal(io_end(&w, fd, NULL, IO_MS), IO_EOF);
	close(fd);
}

static void
test_answers(void **st)
{
	const struct linger now = { 1, 0 };
	static char big[1 << 20];
	char got[4096];
	uint16_t was = via;
	unsigned lines;
	int fd, up;

	(void)st;
	/* A cut answer must look cut. */
	up = request(GET "\r\n", got, sizeof(got), &fd);
	io_say(&w, up, "HTTP/1.1 200 OK\r\n\r\nhalf");
	io_until(&w, fd, got, sizeof(got), "half");
	setsockopt(up, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(up);
	assert_int_equal(io_end(&w, fd, NULL, IO_MS), IO_RESET);
	close(fd);
	/* Not HTTP, or nothing at all. */
	up = request(GET "\r\n", got, sizeof(got), &fd);
	io_say(&w, up, "220 mail.test ESMTP\r\n");
	io_until(&w, fd, got, sizeof(got), "bad-answer");
	assert_int_equal(strncmp(got, "HTTP/1.1 502", 12), 0);
	close(up);
	close(fd);
	up = request(GET "\r\n", got, sizeof(got), &fd);
	close(up);
	io_until(&w, fd, got, sizeof(got), "bad-answer");
	close(fd);
	/* A client that has said all and ends its half hears the answer. */
	up = request(GET "\r\n", got, sizeof(got), &fd);
	shutdown(fd, SHUT_WR);
	assert_int_equal(io_end(&w, up, NULL, 50), IO_OPEN);
	io_say(&w, up, "HTTP/1.1 200 OK\r\n\r\nlate");
	close(up);
	io_until(&w, fd, got, sizeof(got), "late");
	assert_int_equal(io_end(&w, fd, NULL, IO_MS), IO_EOF);
	close(fd);
	/* One that is gone takes the server's side with it. */
	up = request(GET "\r\n", got, sizeof(got), &fd);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
	assert_int_equal(io_end(&w, up, NULL, IO_MS), IO_RESET);
	close(up);
	ew_run(&w, 20, NULL);
	lines = w.nlines;
	/* An answer before the request is whole is read all the same.  It ends
	 * as a success or as cut, and those that are cut have so many lines a
	 * minute and scope: those of this one may be used up. */
	via = ew_listen(&w, SCOPE_MOLTBOOK, JOB, TURN);
	up = request(POST "Content-Length: 104857600\r\n\r\n", got,
	    sizeof(got), &fd);
	io_say(&w, up, "HTTP/1.1 413 Large\r\n\r\nno");
	io_send(&w, fd, big, sizeof(big), 200);
	close(up);
	io_send(&w, fd, big, sizeof(big), 200);
	io_until(&w, fd, got, sizeof(got), "\r\n\r\nno");
	close(fd);
	(void)io_line(&w, lines + 1);
	ew_unlisten(&w, SCOPE_MOLTBOOK, JOB);
	via = was;
}

/* --- many bytes -------------------------------------------------------- */
static void
pattern(uint8_t *p, size_t n, size_t at)
{
	size_t i;

	for (i = 0; i < n; i++)
		p[i] = (uint8_t)((at + i) * 2654435761u >> 13);
}

/* A reader that sleeps stops the writer; not a byte is lost or changed. */
static void
stuck(int from, int to)
{
	static uint8_t buf[65536], got[65536];
	size_t sent = 0, seen = 0, n;

	for (;;) {
		pattern(buf, sizeof(buf), sent);
		n = io_send(&w, from, buf, sizeof(buf), 150);
		sent += n;
		if (n < sizeof(buf))
			break;
		assert_true(sent < 64u << 20);
	}
	shutdown(from, SHUT_WR);
	while (seen < sent) {
		n = MINIMUM(sizeof(got), sent - seen);
		io_take(&w, to, got, n);
		pattern(buf, n, seen);
		assert_memory_equal(got, buf, n);
		seen += n;
	}
	assert_int_equal(io_end(&w, to, &n, IO_MS), IO_EOF);
	assert_int_equal(n, 0);
}

static void
test_stuck_reader(void **st)
{
	uint8_t buf[2048];
	size_t n, i;
	int fd, up;

	(void)st;
	for (i = 0; i < 2; i++) {
		fd = tunnel("api.test", &up);
		n = hello("api.test", buf);
		io_send(&w, fd, buf, n, IO_MS);
		io_take(&w, up, buf, n);
		io_say(&w, up, "x");
		io_take(&w, fd, buf, 1);
		stuck(i == 0 ? up : fd, i == 0 ? fd : up);
		close(fd);
		close(up);
		ew_run(&w, 20, NULL);
	}
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tunnel),
		cmocka_unit_test(test_tunnel_ends),
		cmocka_unit_test(test_impatient),
		cmocka_unit_test(test_pipelined),
		cmocka_unit_test(test_blocked_hellos),
		cmocka_unit_test(test_address),
		cmocka_unit_test(test_retry),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_reached),
		cmocka_unit_test(test_not_asked),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_smuggling),
		cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_continue),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_stuck_reader),
	};

	(void)argc;
	(void)str_format(program, sizeof(program), "%s/../libexec/egress",
	    dirname(argv[0]));
	return (cmocka_run_group_tests(tests, setup, teardown));
}
