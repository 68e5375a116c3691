/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * CONNECT on a connection to the sandbox's proxy, made here and not by libcurl,
 * which throws away what a proxy says when it refuses.
 */
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "engines/tool/fetch/fetch.h"

#define HEAD_MAX	8192
#define REASON_MAX	512
#define REASON_MS	1000

static int
fail(struct reply *r)
{
	(void)str_format(r->why, sizeof(r->why), "the proxy of the sandbox: "
	    "%s", errno != 0 ? strerror(errno) : "the connection was closed");
	r->end = errno == ETIMEDOUT ? FE_TIME : FE_PROXY;
	return (-1);
}

static int
left_ms(uint64_t deadline)
{
	uint64_t now = now_ms();

	return (now >= deadline ? 0 : (int)MINIMUM(deadline - now,
	    (uint64_t)INT32_MAX));
}

/* One byte, so that nothing of what follows the head is taken: 1, 0, -1. */
static int
take(int fd, char *c, uint64_t deadline)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n;

	for (;;) {
		if (poll(&p, 1, left_ms(deadline)) != 1) {
			errno = ETIMEDOUT;
			return (-1);
		}
		n = recv(fd, c, 1, MSG_DONTWAIT);
		if (n >= 0) {
			errno = 0;
			return (n == 1 ? 1 : 0);
		}
		if (errno != EINTR && errno != EAGAIN)
			return (-1);
	}
}

/* Up to the empty line; 0, or -1. */
static int
head(int fd, char *b, size_t size, uint64_t deadline)
{
	size_t n = 0;

	for (;;) {
		if (n + 1 == size) {
			errno = EMSGSIZE;
			return (-1);
		}
		if (take(fd, &b[n], deadline) != 1)
			return (-1);
		n++;
		b[n] = '\0';
		if (n >= 4 && memcmp(b + n - 4, "\r\n\r\n", 4) == 0)
			return (0);
	}
}

/* The proxy's own words. */
static int
refused(struct reply *r, int fd, int status)
{
	uint64_t deadline = now_ms() + REASON_MS;
	char text[REASON_MAX];
	size_t n = 0;

	while (n < sizeof(text) - 1 && take(fd, &text[n], deadline) == 1)
		n++;
	while (n > 0 && (unsigned char)text[n - 1] <= ' ')
		n--;
	text[n] = '\0';
	if (n == 0)
		(void)str_format(r->why, sizeof(r->why), "HTTP %d without "
		    "a reason", status);
	else
		(void)str_copy(r->why, text, sizeof(r->why));
	r->end = FE_REFUSED;
	return (-1);
}

int
tunnel_open(const struct net *n, const struct url *u, int fd, struct reply *r)
{
	char b[HEAD_MAX];
	int status, len;

	(void)str_format(b, sizeof(b), "CONNECT %s:%u HTTP/1.1\r\n"
	    "Host: %s:%u\r\nUser-Agent: telclauded/%s\r\n\r\n", u->host,
	    u->port, u->host, u->port, TC_VERSION);
	len = (int)strlen(b);
	errno = 0;
	if (send(fd, b, (size_t)len, MSG_NOSIGNAL) != len ||
	    head(fd, b, sizeof(b), n->deadline) == -1)
		return (fail(r));
	status = strncmp(b, "HTTP/1.", 7) == 0 && b[8] == ' ' ?
	    (int)strtol(b + 9, NULL, 10) : 0;
	return (status == 200 ? 0 : refused(r, fd, status));
}
