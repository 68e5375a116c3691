/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The limits of egress: time, bytes, connections, descriptors; what the
 * parent may say while connections are open; and what the audit log is told.
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

#define CONNS	16

static char		 program[4096];
static struct ew	 w;
static uint16_t		 via, port;
static int		 server;
static struct msg_CONF_EGRESS set = { .head_ms = 1000, .idle_ms = 2000,
    .conns = CONNS, .bytes = 1 << 20 };

static const struct ew_name names[] = {
	{ "api.test", 0, NE_OK, 60, { "127.0.0.1" }, 0 },
	{ "old.test", 0, NE_OK, 60, { "127.0.0.1" }, 0 },
	{ "short.test", 0, NE_OK, 1, { "127.0.0.1" }, 0 },
	{ "mute.test", 0, NE_OK, 60, { NULL }, 1 },
	{ NULL, 0, 0, 0, { NULL }, 0 },
};
/* After a reload old.test is allowed no longer. */
static const struct ew_name fewer[] = {
	{ "api.test", 0, NE_OK, 60, { "127.0.0.1" }, 0 },
	{ NULL, 0, 0, 0, { NULL }, 0 },
};

static void
begin(rlim_t nofile, int hog)
{
	memset(&w, 0, sizeof(w));
	w.hog = hog;
	w.names = names;
	ew_start(&w, program, &set, nofile);
	via = ew_listen(&w, SCOPE_TELEGRAM, 1, 5);
	port = 0;
	server = io_server(&port);
}

static int
setup(void **st)
{
	(void)st;
	begin(0, 0);
	return (0);
}

static int
teardown(void **st)
{
	(void)st;
	ew_stop(&w);
	close(server);
	return (0);
}

static int
ask(uint16_t p, const char *host, int *fd)
{
	char answer[2048], req[512];

	(void)str_format(req, sizeof(req), "CONNECT %s:%u HTTP/1.1\r\n\r\n",
	    host, port);
	assert_int_not_equal(*fd = io_dial(p), -1);
	return (io_ask(&w, *fd, req, answer, sizeof(answer)));
}

/* An open tunnel; the server's side in *up. */
static int
open_tunnel(uint16_t p, const char *host, int *up)
{
	uint8_t buf[2048];
	struct eh h;
	size_t n;
	int fd;

	assert_int_equal(ask(p, host, &fd), 200);
	*up = io_accept(&w, server);
	eh_init(&h, host);
	n = eh_build(&h, buf);
	io_send(&w, fd, buf, n, IO_MS);
	io_take(&w, *up, buf, n);
	io_say(&w, *up, "x");
	io_take(&w, fd, buf, 1);
	return (fd);
}

static int
said(const char *word)
{
	unsigned i;
	int n = 0;

	for (i = 0; i < w.nlines && i < NELEM(w.lines); i++)
		n += strstr(w.lines[i].detail, word) != NULL;
	return (n);
}

/* --- time -------------------------------------------------------------- */
/* A byte now and then is no reason to wait longer. */
static void
drip(int fd, const char *s, enum io_end how)
{
	enum io_end end = IO_OPEN;
	size_t n;
	int i;

	for (i = 0; i < 100 && end == IO_OPEN; i++) {
		if (*s != '\0')
			(void)send(fd, s++, 1, MSG_NOSIGNAL);
		end = io_end(&w, fd, &n, 20);
	}
	assert_int_equal(end, how);
}

static void
test_slow(void **st)
{
	char answer[2048];
	int fd, up;

	(void)st;
	fd = io_dial(via);
	(void)io_until(&w, fd, answer, sizeof(answer), NULL);
	assert_int_equal(strncmp(answer, "HTTP/1.1 408 ", 13), 0);
	close(fd);
	fd = io_dial(via);
	drip(fd, "GET http://api.test/long/long/long/long/long/long HTTP",
	    IO_EOF);
	close(fd);
	assert_int_equal(ask(via, "api.test", &fd), 200);
	up = io_accept(&w, server);
	drip(fd, "\x16\x03\x01\x10\x10\x01", IO_EOF);
	assert_int_not_equal(io_end(&w, up, NULL, IO_MS), IO_OPEN);
	close(fd);
	close(up);
	ew_run(&w, 50, NULL);
	assert_int_equal(said("slow-request"), 2);
	assert_int_equal(said("slow-hello"), 1);
}

static void
test_idle(void **st)
{
	int fd, up, i;

	(void)st;
	fd = open_tunnel(via, "api.test", &up);
	/* Whoever speaks stays. */
	for (i = 0; i < 30; i++) {
		io_say(&w, fd, "x");
		assert_int_equal(io_end(&w, up, NULL, 80), IO_OPEN);
	}
	assert_int_equal(io_end(&w, fd, NULL, IO_MS), IO_RESET);
	assert_int_equal(io_end(&w, up, NULL, IO_MS), IO_RESET);
	close(fd);
	close(up);
	assert_int_equal(io_line(&w, 1)->verdict, AV_TIMEOUT);
	assert_int_equal(said(" idle"), 1);
}

/* --- bytes ------------------------------------------------------------- */
static void
test_bytes(void **st)
{
	static char big[1 << 20];
	size_t n;
	int fd, up;

	(void)st;
	fd = open_tunnel(via, "api.test", &up);
	assert_int_equal(io_send(&w, up, big, sizeof(big) / 2, IO_MS),
	    sizeof(big) / 2);
	assert_int_equal(io_end(&w, fd, &n, 100), IO_OPEN);
	assert_int_equal(n, sizeof(big) / 2);
	(void)io_send(&w, up, big, sizeof(big), 300);
	assert_int_equal(io_end(&w, fd, &n, IO_MS), IO_RESET);
	assert_int_not_equal(io_end(&w, up, NULL, IO_MS), IO_OPEN);
	close(fd);
	close(up);
	ew_run(&w, 20, NULL);
	assert_int_equal(said("too-many-bytes"), 1);
}

/* --- connections ------------------------------------------------------- */
static void
test_share(void **st)
{
	int fds[CONNS], ups[CONNS], extra[CONNS], n, i, status = 200, other;
	uint16_t via2 = ew_listen(&w, SCOPE_TELEGRAM, 2, 6);

	(void)st;
	for (n = 0; n < CONNS; n++) {
		if ((status = ask(via, "api.test", &fds[n])) != 200)
			break;
		ups[n] = io_accept(&w, server);
	}
	/* One call cannot have all of them; what is too much is told. */
	assert_int_equal(status, 503);
	assert_true(n >= 4 && n < CONNS);
	close(fds[n]);
	/* Another call goes on. */
	assert_int_equal(ask(via2, "api.test", &other), 200);
	close(io_accept(&w, server));
	close(other);
	/* Far too many wait in the queue, and are served when some end. */
	for (i = 0; i < CONNS; i++)
		extra[i] = io_dial(via);
	ew_run(&w, 50, NULL);
	for (i = 0; i < n; i++) {
		close(fds[i]);
		close(ups[i]);
	}
	for (i = 0; i < CONNS; i++)
		close(extra[i]);
	ew_run(&w, 50, NULL);
	assert_int_equal(ask(via, "api.test", &fds[0]), 200);
	close(io_accept(&w, server));
	close(fds[0]);
	assert_true(said("too-many-connections") >= 1);
}

static void
test_unlisten(void **st)
{
	uint16_t via2 = ew_listen(&w, SCOPE_TELEGRAM, 2, 6);
	int fd, up, fd2, up2, waits;

	(void)st;
	fd = open_tunnel(via, "api.test", &up);
	fd2 = open_tunnel(via2, "api.test", &up2);
	waits = io_dial(via);
	ew_run(&w, 20, NULL);
	ew_unlisten(&w, SCOPE_MOLTBOOK, 1);
	ew_unlisten(&w, SCOPE_TELEGRAM, 99);
	assert_int_equal(io_end(&w, fd, NULL, 30), IO_OPEN);
	ew_unlisten(&w, SCOPE_TELEGRAM, 1);
	assert_int_equal(io_end(&w, fd, NULL, IO_MS), IO_RESET);
	assert_int_equal(io_end(&w, up, NULL, IO_MS), IO_RESET);
	assert_int_not_equal(io_end(&w, waits, NULL, IO_MS), IO_OPEN);
	assert_int_equal(io_dial(via), -1);
	io_say(&w, fd2, "on");
	io_take(&w, up2, &waits, 2);
	close(fd);
	close(up);
	close(fd2);
	close(up2);
	ew_run(&w, 20, NULL);
	assert_true(said("call-over") >= 1);
}

static unsigned long
cpu_ticks(void)
{
	unsigned long u = 0, s = 0;
	char path[64], buf[1024], *p;
	FILE *f;
	size_t n;

	(void)str_format(path, sizeof(path), "/proc/%d/stat", (int)w.pid);
	assert_non_null(f = fopen(path, "r"));
	n = fread(buf, 1, sizeof(buf) - 1, f);
	(void)fclose(f);
	buf[n] = '\0';
	assert_non_null(p = strrchr(buf, ')'));
	assert_int_equal(sscanf(p + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u "
	    "%*u %*u %lu %lu", &u, &s), 2);
	return (u + s);
}

/* Too many clients wait; egress does not spin meanwhile, and goes on. */
static void
crowd(void)
{
	int fds[64], fd, up, i;
	unsigned long before;

	for (i = 0; i < 64; i++)
		fds[i] = io_dial(via);
	ew_run(&w, 100, NULL);
	before = cpu_ticks();
	ew_run(&w, 1000, NULL);
	assert_true(cpu_ticks() - before < (unsigned long)
	    sysconf(_SC_CLK_TCK) / 2);
	for (i = 0; i < 64; i++)
		close(fds[i]);
	ew_run(&w, 500, NULL);
	fd = open_tunnel(via, "api.test", &up);
	close(fd);
	close(up);
}

/* What its limit lets it do it knows beforehand. */
static void
test_descriptors(void **st)
{
	(void)st;
	crowd();
	assert_string_equal(w.log, "");
}

/* And when the system has none where there should be some. */
static void
test_no_descriptors(void **st)
{
	(void)st;
	crowd();
	assert_non_null(strstr(w.log, "out of descriptors"));
}

static int
setup_few(void **st)
{
	(void)st;
	begin(44, 0);
	return (0);
}

static int
setup_none(void **st)
{
	(void)st;
	begin(80, 80);
	return (0);
}

/* --- the parent -------------------------------------------------------- */
static void
test_names_kept(void **st)
{
	int fd, i;

	(void)st;
	for (i = 0; i < 3; i++) {
		assert_int_equal(ask(via, "api.test", &fd), 200);
		close(io_accept(&w, server));
		close(fd);
	}
	assert_int_equal(w.asked, 1);
	/* Not longer than the answer said. */
	assert_int_equal(ask(via, "short.test", &fd), 200);
	close(io_accept(&w, server));
	close(fd);
	ew_run(&w, 1200, NULL);
	assert_int_equal(ask(via, "short.test", &fd), 200);
	close(io_accept(&w, server));
	close(fd);
	assert_int_equal(w.asked, 3);
	/* A refusal is forgotten within seconds. */
	assert_int_equal(ask(via, "no.test", &fd), 403);
	close(fd);
	assert_int_equal(ask(via, "no.test", &fd), 403);
	close(fd);
	assert_int_equal(w.asked, 4);
	ew_run(&w, 2500, NULL);
	assert_int_equal(ask(via, "no.test", &fd), 403);
	close(fd);
	assert_int_equal(w.asked, 5);
}

static void
test_reload(void **st)
{
	struct msg_CONF_EGRESS bad = set;
	int fd, up, fd2, up2, waits;
	unsigned asked;

	(void)st;
	fd = open_tunnel(via, "api.test", &up);
	fd2 = open_tunnel(via, "old.test", &up2);
	waits = io_dial(via);
	io_say(&w, waits, "CONNECT mute.test:443 HTTP/1.1\r\n\r\n");
	ew_run(&w, 20, NULL);
	asked = w.asked;
	assert_int_equal(asked, 3);
	/* A slice that cannot be changes nothing. */
	bad.conns = 0;
	ew_reload(&w, &bad);
	assert_int_equal(w.prepare_err, 1);
	ew_reload(&w, NULL);
	assert_int_equal(w.prepare_err, 1);
	assert_int_equal(io_end(&w, fd2, NULL, 30), IO_OPEN);
	assert_int_equal(w.asked, asked);
	/* A good one: every open name is asked about again. */
	w.names = fewer;
	ew_reload(&w, &set);
	assert_int_equal(io_end(&w, fd2, NULL, IO_MS), IO_RESET);
	assert_int_equal(io_end(&w, up2, NULL, IO_MS), IO_RESET);
	assert_int_equal(w.asked, asked + 3);
	assert_int_equal(io_end(&w, fd, NULL, 30), IO_OPEN);
	io_say(&w, fd, "on");
	io_take(&w, up, &bad, 2);
	/* Who still waited hears the new word. */
	assert_int_equal(io_end(&w, waits, NULL, IO_MS), IO_EOF);
	close(fd);
	close(up);
	close(fd2);
	close(up2);
	close(waits);
	ew_run(&w, 20, NULL);
	assert_int_equal(said("no-longer-allowed"), 1);
	assert_int_equal(said("not-allowed"), 1);
}

/* Questions without end do not keep the parent from being asked. */
static void
test_reload_pressed(void **st)
{
	char answer[1024], req[128];
	int fd, up, c, i, busy = 0;

	(void)st;
	fd = open_tunnel(via, "old.test", &up);
	for (i = 0; i < 300; i++) {
		(void)str_format(req, sizeof(req), "CONNECT n%d.test:443 "
		    "HTTP/1.1\r\n\r\n", i);
		c = io_dial(via);
		busy += io_ask(&w, c, req, answer, sizeof(answer)) == 503;
		close(c);
		io_say(&w, fd, "x");
	}
	/* The parent was asked so often and not oftener. */
	assert_true(busy > 0);
	assert_true(w.asked >= 200 && w.asked < 300);
	w.names = fewer;
	ew_reload(&w, &set);
	assert_int_equal(io_end(&w, fd, NULL, IO_MS), IO_RESET);
	assert_int_not_equal(io_end(&w, up, NULL, IO_MS), IO_OPEN);
	close(fd);
	close(up);
	ew_run(&w, 20, NULL);
	assert_int_equal(w.last[0], 'o');
}

static void
test_drain(void **st)
{
	char got[2048];
	int fd, up, young;

	(void)st;
	fd = open_tunnel(via, "api.test", &up);
	assert_int_equal(ask(via, "api.test", &young), 200);
	close(io_accept(&w, server));
	ew_drain(&w);
	/* What has not begun does not begin; what runs may finish. */
	assert_int_not_equal(io_end(&w, young, NULL, IO_MS), IO_OPEN);
	io_say(&w, fd, "last");
	io_take(&w, up, got, 4);
	assert_int_equal(w.drained, 0);
	close(fd);
	close(up);
	ew_run(&w, IO_MS, &w.drained);
	close(young);
}

static void
test_drain_cut(void **st)
{
	struct msg_CONF_EGRESS calm = set;
	int fd, up;

	(void)st;
	calm.idle_ms = 60000;
	ew_reload(&w, &calm);
	fd = open_tunnel(via, "api.test", &up);
	ew_drain(&w);
	ew_run(&w, IO_MS, &w.drained);
	assert_int_equal(io_end(&w, fd, NULL, IO_MS), IO_RESET);
	assert_int_equal(said("stopped"), 1);
	close(fd);
	close(up);
}

/* --- the audit log ----------------------------------------------------- */
static void
test_audit_rate(void **st)
{
	char answer[1024];
	int fd, i;

	(void)st;
	for (i = 0; i < 100; i++) {
		fd = io_dial(via);
		(void)io_ask(&w, fd, "CONNECT 127.1:443 HTTP/1.1\r\n\r\n",
		    answer, sizeof(answer));
		close(fd);
	}
	ew_run(&w, 50, NULL);
	assert_int_equal(w.nlines, 60);
	ew_drain(&w);
	ew_run(&w, IO_MS, &w.drained);
	assert_int_equal(w.nlines, 61);
	assert_string_equal(w.lines[60].detail,
	    "telegram: 40 more refused or cut in this minute");
}

/* Nobody waits for audit; what it missed is told when it is back. */
static void
test_audit_gone(void **st)
{
	int fd, up, i;

	(void)st;
	w.hold_audit = 1;
	for (i = 0; i < 5; i++) {
		fd = open_tunnel(via, "api.test", &up);
		close(fd);
		close(up);
	}
	(void)io_line(&w, 5);
	link_free(w.audit);
	w.audit = NULL;
	ew_run(&w, 50, NULL);
	for (i = 0; i < 3; i++) {
		fd = open_tunnel(via, "api.test", &up);
		close(fd);
		close(up);
	}
	ew_run(&w, 50, NULL);
	assert_int_equal(w.nlines, 5);
	w.hold_audit = 0;
	ew_audit(&w);
	assert_string_equal(io_line(&w, 6)->detail,
	    "3 lines of egress were lost while audit did not take them");
}

int
main(int argc, char **argv)
{
#define T(f, s)	cmocka_unit_test_setup_teardown(f, s, teardown)
	const struct CMUnitTest tests[] = {
		T(test_slow, setup),
		T(test_idle, setup),
		T(test_bytes, setup),
		T(test_share, setup),
		T(test_unlisten, setup),
		T(test_descriptors, setup_few),
		T(test_no_descriptors, setup_none),
		T(test_names_kept, setup),
		T(test_reload, setup),
		T(test_reload_pressed, setup),
		T(test_drain, setup),
		T(test_drain_cut, setup),
		T(test_audit_rate, setup),
		T(test_audit_gone, setup),
	};

	(void)argc;
	log_init("t_egresslimit");
	(void)str_format(program, sizeof(program), "%s/../libexec/egress",
	    dirname(argv[0]));
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
