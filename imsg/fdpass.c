/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Passes descriptors between the parent and a child that is to become a
 * tool, while it is still ours.  Run by both as root.
 */
#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "imsg/fdpass.h"

union control {
	char		 buf[CMSG_SPACE(FDPASS_MAX * sizeof(int))];
	struct cmsghdr	 align;
};

int
fdpass_send(int sock, const void *p, size_t len, const int *fds, unsigned n)
{
	struct iovec	 iov;
	struct msghdr	 m;
	struct cmsghdr	*c;
	union control	 u;
	char		 copy[256];

	if (n > FDPASS_MAX || len == 0 || len > sizeof(copy)) {
		errno = EINVAL;
		return (-1);
	}
	memcpy(copy, p, len);
	iov.iov_base = copy;
	iov.iov_len = len;
	memset(&m, 0, sizeof(m));
	memset(&u, 0, sizeof(u));
	m.msg_iov = &iov;
	m.msg_iovlen = 1;
	if (n > 0) {
		m.msg_control = u.buf;
		m.msg_controllen = CMSG_SPACE(n * sizeof(int));
		if ((c = CMSG_FIRSTHDR(&m)) == NULL) {
			errno = EINVAL;
			return (-1);
		}
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(n * sizeof(int));
		memcpy(CMSG_DATA(c), fds, n * sizeof(int));
	}
	return (sendmsg(sock, &m, MSG_NOSIGNAL | MSG_DONTWAIT) == -1 ? -1 :
	    0);
}

/* All of one control message; what is too much is closed. */
static int
take(const struct cmsghdr *c, int *fds, unsigned max, unsigned *n)
{
	size_t		 i, cnt;
	int		 fd, bad = 0;

	cnt = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	for (i = 0; i < cnt; i++) {
		memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
		if (*n == max) {
			close(fd);
			bad = 1;
		} else
			fds[(*n)++] = fd;
	}
	return (bad ? -1 : 0);
}

ssize_t
fdpass_recv(int sock, void *p, size_t len, int *fds, unsigned max, unsigned *n)
{
	struct iovec	 iov = { p, len };
	struct msghdr	 m;
	struct cmsghdr	*c;
	union control	 u;
	ssize_t		 r;
	int		 bad = 0;

	*n = 0;
	memset(&m, 0, sizeof(m));
	m.msg_iov = &iov;
	m.msg_iovlen = 1;
	m.msg_control = u.buf;
	m.msg_controllen = sizeof(u.buf);
	if ((r = recvmsg(sock, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC)) == -1)
		return (-1);
	for (c = CMSG_FIRSTHDR(&m); c != NULL; c = CMSG_NXTHDR(&m, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
		    take(c, fds, max, n) == -1)
			bad = 1;
	if (!bad && (m.msg_flags & (MSG_CTRUNC | MSG_TRUNC)) == 0)
		return (r);
	while (*n > 0)
		close(fds[--*n]);
	errno = EPROTO;
	return (-1);
}
