/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Frames over a stream socket between the parent and the child that reads
 * the configuration: a kind, some bytes, perhaps a descriptor.  Both ends
 * are ours and block; the length is bounded all the same.
 */
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "telclauded/conf/conf_int.h"

#define HDR		5		/* kind, length */
#define FRAME_MAX	(4u << 20)

union control {
	struct cmsghdr	 hdr;
	char		 buf[CMSG_SPACE(sizeof(int))];
};

static int
write_all(int s, const char *p, size_t n)
{
	ssize_t	 w;

	while (n > 0) {
		if ((w = send(s, p, n, MSG_NOSIGNAL)) == -1) {
			if (errno == EINTR)
				continue;
			return (-1);
		}
		p += w;
		n -= (size_t)w;
	}
	return (0);
}

/* 0 or -1; the descriptor stays the caller's. */
int
conffd_send(int s, int kind, const void *body, size_t len, int fd)
{
	unsigned char	 h[HDR];
	union control	 ctl;
	struct cmsghdr	*c;
	struct msghdr	 m = { 0 };
	struct iovec	 v = { h, sizeof(h) };
	ssize_t		 n;

	if (len > FRAME_MAX) {
		errno = EMSGSIZE;
		return (-1);
	}
	h[0] = (unsigned char)kind;
	h[1] = (unsigned char)(len >> 24);
	h[2] = (unsigned char)(len >> 16);
	h[3] = (unsigned char)(len >> 8);
	h[4] = (unsigned char)len;
	m.msg_iov = &v;
	m.msg_iovlen = 1;
	if (fd != -1) {
		memset(&ctl, 0, sizeof(ctl));
		m.msg_control = ctl.buf;
		m.msg_controllen = sizeof(ctl.buf);
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	while ((n = sendmsg(s, &m, MSG_NOSIGNAL)) == -1 && errno == EINTR)
		;
	if (n != HDR)
		return (-1);
	return (write_all(s, body, len));
}

static int
read_all(int s, char *p, size_t n)
{
	ssize_t	 r;

	while (n > 0) {
		if ((r = read(s, p, n)) == -1 && errno == EINTR)
			continue;
		if (r <= 0)
			return (-1);
		p += r;
		n -= (size_t)r;
	}
	return (0);
}

static int
take_fd(struct msghdr *m, int *fd)
{
	struct cmsghdr	*c;

	for (c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c))
		if (c->cmsg_level == SOL_SOCKET &&
		    c->cmsg_type == SCM_RIGHTS &&
		    c->cmsg_len == CMSG_LEN(sizeof(int)))
			memcpy(fd, CMSG_DATA(c), sizeof(*fd));
	return (m->msg_flags & MSG_CTRUNC ? -1 : 0);
}

/* 1 and a frame (body malloc'd, NUL-terminated), 0 at the end, -1. */
int
conffd_recv(int s, int *kind, char **body, size_t *len, int *fd)
{
	unsigned char	 h[HDR];
	union control	 ctl;
	struct msghdr	 m = { 0 };
	struct iovec	 v = { h, sizeof(h) };
	ssize_t		 n;

	*fd = -1;
	*body = NULL;
	m.msg_iov = &v;
	m.msg_iovlen = 1;
	m.msg_control = ctl.buf;
	m.msg_controllen = sizeof(ctl.buf);
	while ((n = recvmsg(s, &m, MSG_CMSG_CLOEXEC)) == -1 && errno == EINTR)
		;
	if (n <= 0)
		return (n == 0 ? 0 : -1);
	if (take_fd(&m, fd) == -1 ||
	    read_all(s, (char *)h + n, sizeof(h) - (size_t)n) == -1)
		goto fail;
	*kind = h[0];
	*len = (size_t)h[1] << 24 | (size_t)h[2] << 16 | (size_t)h[3] << 8 |
	    h[4];
	if (*len > FRAME_MAX || (*body = malloc(*len + 1)) == NULL ||
	    read_all(s, *body, *len) == -1)
		goto fail;
	(*body)[*len] = '\0';
	return (1);
fail:
	free(*body);
	*body = NULL;
	if (*fd != -1)
		close(*fd);
	*fd = -1;
	return (-1);
}
