/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * See egress_io.h.
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "regress/unit/egress_io.h"
#include "telclauded/lib/util.h"

static struct sockaddr_in
loopback(uint16_t port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
	    .sin_port = htons(port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	return (sin);
}

int
io_server(uint16_t *port)
{
	struct sockaddr_in sin = loopback(*port);
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    0);

	assert_int_not_equal(fd, -1);
	assert_int_equal(bind(fd, (struct sockaddr *)&sin, len), 0);
	assert_int_equal(listen(fd, 64), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	*port = ntohs(sin.sin_port);
	return (fd);
}

static int
accept_in(struct ew *w, int l, int ms)
{
	uint64_t end = now_ms() + (uint64_t)ms;
	int fd;

	do {
		fd = accept4(l, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd != -1)
			return (fd);
		ew_run(w, 2, NULL);
	} while (now_ms() < end);
	return (-1);
}

int
io_accept(struct ew *w, int l)
{
	int fd = accept_in(w, l, IO_MS);

	if (fd == -1)
		fail_msg("nobody connected");
	return (fd);
}

int
io_nobody(struct ew *w, int l)
{
	int fd = accept_in(w, l, 50);

	if (fd != -1)
		close(fd);
	return (fd == -1);
}

int
io_dial(uint16_t port)
{
	struct sockaddr_in sin = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_not_equal(fd, -1);
	if (connect(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1) {
		close(fd);
		return (-1);
	}
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	return (fd);
}

size_t
io_send(struct ew *w, int fd, const void *p, size_t n, int ms)
{
	uint64_t end = now_ms() + (uint64_t)ms;
	size_t off = 0;
	ssize_t r;

	while (off < n && now_ms() < end) {
		r = send(fd, (const char *)p + off, n - off, MSG_NOSIGNAL);
		if (r > 0)
			off += (size_t)r;
		else if (errno != EAGAIN)
			break;
		else
			ew_run(w, 2, NULL);
	}
	return (off);
}

void
io_say(struct ew *w, int fd, const char *s)
{
	assert_int_equal(io_send(w, fd, s, strlen(s), IO_MS), strlen(s));
}

/* One read: bytes, 0 nothing yet, -1 the end with *how. */
static ssize_t
read1(struct ew *w, int fd, void *p, size_t n, enum io_end *how)
{
	ssize_t r = recv(fd, p, n, 0);

	if (r > 0)
		return (r);
	if (r == 0) {
		*how = IO_EOF;
		return (-1);
	}
	if (errno != EAGAIN) {
		*how = IO_RESET;
		return (-1);
	}
	ew_run(w, 1, NULL);
	return (0);
}

size_t
io_until(struct ew *w, int fd, char *p, size_t size, const char *text)
{
	uint64_t end = now_ms() + IO_MS;
	enum io_end how;
	size_t n = 0;
	ssize_t r = 0;

	p[0] = '\0';
	while (n < size - 1 && r != -1 && now_ms() < end) {
		if ((r = read1(w, fd, p + n, size - 1 - n, &how)) <= 0)
			continue;
		n += (size_t)r;
		p[n] = '\0';
		if (text != NULL && memmem(p, n, text, strlen(text)) != NULL)
			return (n);
	}
	if (text != NULL)
		fail_msg("no \"%s\" in \"%s\"", text, p);
	return (n);
}

void
io_take(struct ew *w, int fd, void *p, size_t n)
{
	uint64_t end = now_ms() + IO_MS;
	enum io_end how = IO_OPEN;
	size_t have = 0;
	ssize_t r;

	while (have < n) {
		r = read1(w, fd, (char *)p + have, n - have, &how);
		if (r == -1 || now_ms() > end)
			fail_msg("%zu bytes of %zu, then %d", have, n, how);
		have += (size_t)r;
	}
}

enum io_end
io_end(struct ew *w, int fd, size_t *n, int ms)
{
	static char drop[65536];
	uint64_t end = now_ms() + (uint64_t)ms;
	enum io_end how = IO_OPEN;
	size_t all = 0;
	ssize_t r;

	while (now_ms() < end) {
		if ((r = read1(w, fd, drop, sizeof(drop), &how)) == -1)
			break;
		all += (size_t)r;
	}
	if (n != NULL)
		*n = all;
	return (how);
}

int
io_ask(struct ew *w, int fd, const char *head, char *answer, size_t size)
{
	io_say(w, fd, head);
	(void)io_until(w, fd, answer, size, "\r\n\r\n");
	assert_int_equal(strncmp(answer, "HTTP/1.1 ", 9), 0);
	return (atoi(answer + 9));
}

const struct ew_line *
io_line(struct ew *w, unsigned n)
{
	uint64_t end = now_ms() + IO_MS;

	while (w->nlines < n) {
		if (now_ms() > end)
			fail_msg("%u lines of %u", w->nlines, n);
		ew_run(w, 2, NULL);
	}
	assert_int_equal(w->nlines, n);
	return (&w->lines[(n - 1) % NELEM(w->lines)]);
}
