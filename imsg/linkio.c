/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Bytes in and out of a link: framing, descriptors, the checks before
 * dispatch.  The only file that calls sendmsg(2) and recvmsg(2) on a link.
 * Trusts nothing that arrives.
 */
#include <sys/socket.h>
#include <sys/uio.h>

#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "imsg/link_int.h"
#include "telclauded/lib/util.h"

/* One message at a time is encoded or received in a process: no loop is
 * entered from a handler.  Untouched pages cost nothing. */
static uint8_t	 tx_scratch[MSG_MAXLEN];
static uint8_t	 rx_scratch[MSG_MAXLEN + RX_SIZE];

/*
 * What handlers send while a link is read goes out together when it has been
 * read, by one call for each link: every write wakes a process.
 */
static TAILQ_HEAD(, link) corked = TAILQ_HEAD_INITIALIZER(corked);
static int		 reading;

/* --- writing ----------------------------------------------------------- */
static void
header_put(uint8_t *p, size_t len, enum msg_type t, unsigned flags,
    uint32_t id)
{
	uint32_t	 u32;
	uint16_t	 u16;

	u32 = htobe32((uint32_t)len);
	memcpy(p, &u32, 4);
	u16 = htobe16((uint16_t)t);
	memcpy(p + 4, &u16, 2);
	u16 = htobe16((uint16_t)flags);
	memcpy(p + 6, &u16, 2);
	u32 = htobe32(id);
	memcpy(p + 8, &u32, 4);
}

uint8_t *
link_scratch(void)
{
	return (tx_scratch);
}

uint32_t
link_put(struct link *l, enum msg_type t, uint32_t id, int fd, uint8_t *p,
    size_t len)
{
	const struct msg_row	*r = &msg_rows[t];
	struct omsg		*o;

	if (l == NULL || l->dead || (r->kind == REP && id == 0) ||
	    (r->kind == EVT && id != 0) ||
	    (o = malloc(sizeof(*o) + len)) == NULL)
		goto fail;
	if (r->kind == REQ) {
		id = l->nextid++;
		if (l->nextid == 0)
			l->nextid = 1;
		if (link_req_add(l, id, r->rep) == -1) {
			free(o);
			goto fail;
		}
	}
	header_put(p, len, t, fd == -1 ? 0 : HDR_FD, id);
	memcpy(o->data, p, len);
	o->len = len;
	o->off = 0;
	o->fd = fd;
	STAILQ_INSERT_TAIL(&l->out, o, entry);
	l->queued += len;
	l->held += sizeof(*o) + len;
	/* Judged by the loop: the caller may be a handler. */
	if (l->held > HELD_MAX)
		event_active(&l->ev_read, EV_READ, 0);
	/* Try at once: a trip through the loop is dearer than the call.  A
	 * line of the log may be the last word of a process, and descriptors
	 * must not pile up here. */
	if (reading > 0 && t != MSG_LOG && fd == -1) {
		if (!l->corked && STAILQ_FIRST(&l->out) == o) {
			l->corked = 1;
			TAILQ_INSERT_TAIL(&corked, l, corkent);
		}
	} else if (l->corked || STAILQ_FIRST(&l->out) == o) {
		link_uncork(l);
		link_writable(l->fd, EV_WRITE, l);
	}
	return (id == 0 ? 1 : id);
 fail:
	if (fd != -1)
		close(fd);
	return (0);
}

static ssize_t
link_writev(struct link *l, struct iovec *iov, int n, int fd)
{
	union {
		struct cmsghdr	 h;
		uint8_t		 b[CMSG_SPACE(sizeof(int))];
	} c;
	struct msghdr	 m;

	memset(&m, 0, sizeof(m));
	m.msg_iov = iov;
	m.msg_iovlen = (size_t)n;
	if (fd != -1) {
		memset(&c, 0, sizeof(c));
		m.msg_control = c.b;
		m.msg_controllen = sizeof(c.b);
		c.h.cmsg_level = SOL_SOCKET;
		c.h.cmsg_type = SCM_RIGHTS;
		c.h.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&c.h), &fd, sizeof(int));
	}
	return (sendmsg(l->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT));
}

static void
link_wrote(struct link *l, size_t n)
{
	struct omsg	*o;
	size_t		 part;

	l->queued -= n;
	while (n > 0 && (o = STAILQ_FIRST(&l->out)) != NULL) {
		if (o->fd != -1) {
			close(o->fd);
			o->fd = -1;
		}
		part = MINIMUM(n, o->len - o->off);
		o->off += part;
		n -= part;
		if (o->off < o->len)
			return;
		STAILQ_REMOVE_HEAD(&l->out, entry);
		l->held -= sizeof(*o) + o->len;
		if (o->len < 2048)
			explicit_bzero(o->data, o->len);
		free(o);
	}
}

/* One write.  1: something went out; 0: full; -1: broken. */
static int
link_write1(struct link *l)
{
	struct iovec	 iov[IOV_MANY];
	struct omsg	*o;
	ssize_t		 n;
	int		 cnt = 0, fd = -1;

	STAILQ_FOREACH(o, &l->out, entry) {
		/* A descriptor belongs to the first byte of its message. */
		if (o->fd != -1) {
			if (cnt > 0)
				break;
			fd = o->fd;
		}
		iov[cnt].iov_base = o->data + o->off;
		iov[cnt].iov_len = o->len - o->off;
		cnt++;
		if (fd != -1 || cnt == IOV_MANY)
			break;
	}
	if (cnt == 0)
		return (0);
	if ((n = link_writev(l, iov, cnt, fd)) == -1)
		return (errno == EAGAIN || errno == EINTR ||
		    errno == ENOBUFS ? 0 : -1);
	link_wrote(l, (size_t)n);
	return (1);
}

void
link_writable(evutil_socket_t fd, short what, void *arg)
{
	struct link	*l = arg;
	int		 r = 0;

	(void)fd;
	(void)what;
	while (!STAILQ_EMPTY(&l->out) && (r = link_write1(l)) == 1)
		;
	if (r == -1) {
		/* Not from here: the caller may be a handler.  What the peer
		 * still said is read first, then end of file. */
		event_del(&l->ev_write);
		shutdown(l->fd, SHUT_WR);
		event_active(&l->ev_read, EV_READ, 0);
	} else if (!STAILQ_EMPTY(&l->out))
		event_add(&l->ev_write, NULL);
}

void
link_uncork(struct link *l)
{
	if (l->corked)
		TAILQ_REMOVE(&corked, l, corkent);
	l->corked = 0;
}

static void
corked_write(void)
{
	struct link	*l;

	while ((l = TAILQ_FIRST(&corked)) != NULL) {
		link_uncork(l);
		link_writable(l->fd, EV_WRITE, l);
	}
}

int
link_flush(struct link *l, int timeout_ms)
{
	uint64_t	 end = now_ms() + (uint64_t)timeout_ms;
	struct pollfd	 p;
	int		 r;

	while (!l->dead && !STAILQ_EMPTY(&l->out)) {
		if ((r = link_write1(l)) == -1)
			return (-1);
		if (r == 1)
			continue;
		if (now_ms() >= end)
			return (-1);
		p.fd = l->fd;
		p.events = POLLOUT;
		(void)poll(&p, 1, (int)(end - now_ms()));
	}
	return (l->dead ? -1 : 0);
}

/* --- reading ----------------------------------------------------------- */
static int
fds_take(struct link *l, struct msghdr *m)
{
	struct cmsghdr	*c;
	size_t		 i, n;
	int		 fd, bad = 0;

	for (c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < n; i++) {
			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int),
			    sizeof(int));
			if (l->nfds == FDS_MAX) {
				close(fd);
				bad = 1;
			} else
				l->fds[l->nfds++] = fd;
		}
	}
	return (bad ? -1 : 0);
}

static int
fd_shift(struct link *l)
{
	int	 fd;

	if (l->nfds == 0)
		return (-1);
	fd = l->fds[0];
	l->nfds--;
	memmove(l->fds, l->fds + 1, l->nfds * sizeof(int));
	return (fd);
}

/* A whole frame: everything is checked before a handler sees it. */
static void
link_frame(struct link *l, const uint8_t *p, size_t len, uint16_t type,
    uint16_t flags, uint32_t id)
{
	union msg_any		 any;
	struct msg_meta		 meta = { id, -1 };
	const struct msg_row	*r;
	enum msg_verdict	 v;

	if (flags & HDR_FD)
		meta.fd = fd_shift(l);
	if ((flags & ~HDR_FD) || ((flags & HDR_FD) && meta.fd == -1))
		v = MV_FD;
	else
		v = msg_permitted(type, l->peer, l->self, l->phase,
		    meta.fd != -1);
	if (v == MV_OK) {
		r = &msg_rows[type];
		if ((r->kind == EVT) != (id == 0))
			v = MV_ID;
		else
			v = msg_decode(type, p + MSG_HDRLEN,
			    len - MSG_HDRLEN, &any);
	}
	if (v == MV_OK && (type == MSG_STREAM_DATA ||
	    type == MSG_STREAM_CREDIT || type == MSG_STREAM_END))
		v = streams_input(l->streams, type, &any);
	else if (v == MV_OK && (r->kind != REP || link_req_end(l, id, type)))
		/* An answer to nothing, or to something forgotten, is
		 * dropped. */
		msg_call(l->ops->handlers, type, l, &any, &meta);
	if (meta.fd != -1)
		close(meta.fd);
	if (type < MSG_MAX)
		msg_wipe(type, &any);
	if (v != MV_OK)
		link_violate(l, v, type);
}

/* Dispatches what is whole in p; returns how much was used. */
static size_t
link_frames(struct link *l, const uint8_t *p, size_t n)
{
	size_t		 used = 0;
	uint32_t	 len, id;
	uint16_t	 type, flags;

	while (!l->dead && n - used >= MSG_HDRLEN) {
		memcpy(&len, p + used, 4);
		memcpy(&type, p + used + 4, 2);
		memcpy(&flags, p + used + 6, 2);
		memcpy(&id, p + used + 8, 4);
		len = be32toh(len);
		type = be16toh(type);
		if (len < MSG_HDRLEN || len > MSG_MAXLEN) {
			link_violate(l, MV_LENGTH, type);
			return (n);
		}
		if (n - used < len)
			break;
		link_frame(l, p + used, len, type, be16toh(flags),
		    be32toh(id));
		used += len;
	}
	return (used);
}

static int
part_keep(struct link *l, const uint8_t *p, size_t n)
{
	if (n == 0) {
		free(l->part);
		l->part = NULL;
	} else {
		if (l->part == NULL &&
		    (l->part = malloc(MSG_MAXLEN)) == NULL)
			return (-1);
		memcpy(l->part, p, n);
	}
	l->npart = n;
	return (0);
}

/* One recvmsg into the scratch buffer after what was left over.  >0 bytes,
 * 0 end of file, -1 nothing now or (errno EPROTO, EPIPE) broken. */
static ssize_t
link_recv(struct link *l)
{
	union {
		struct cmsghdr	 h;
		uint8_t		 b[CMSG_SPACE(sizeof(int) * FDS_MAX)];
	} c;
	struct iovec	 iov;
	struct msghdr	 m;
	ssize_t		 n;

	if (l->npart > 0)
		memcpy(rx_scratch, l->part, l->npart);
	iov.iov_base = rx_scratch + l->npart;
	iov.iov_len = RX_SIZE;
	memset(&m, 0, sizeof(m));
	m.msg_iov = &iov;
	m.msg_iovlen = 1;
	m.msg_control = c.b;
	m.msg_controllen = sizeof(c.b);
	if ((n = recvmsg(l->fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC)) <= 0)
		return (n);
	/* Linux delivers the bytes and drops descriptors it has no room
	 * for. */
	if (fds_take(l, &m) == -1 || (m.msg_flags & MSG_CTRUNC)) {
		errno = EPROTO;
		return (-1);
	}
	return (n);
}

void
link_readable(evutil_socket_t fd, short what, void *arg)
{
	struct link	*l = arg;
	size_t		 have, used;
	ssize_t		 n;

	(void)fd;
	(void)what;
	l->busy++;
	reading++;
	if (l->held > HELD_MAX)
		link_violate(l, MV_UNREAD, MSG_NONE);
	else if ((n = link_recv(l)) > 0) {
		have = l->npart + (size_t)n;
		used = link_frames(l, rx_scratch, have);
		if (!l->dead && part_keep(l, rx_scratch + used,
		    have - used) == -1)
			link_fail(l);
		/* Descriptors that no message of these bytes claimed. */
		else if (!l->dead && l->npart == 0 && l->nfds > 0)
			link_violate(l, MV_FD, MSG_NONE);
		/* The buffer is everyone's: secrets do not stay in it. */
		if (used < 4096)
			explicit_bzero(rx_scratch, used);
	} else if (n == 0)
		link_fail(l);
	else if (errno == EPROTO)
		link_violate(l, MV_FD, MSG_NONE);
	else if (errno != EAGAIN && errno != EINTR)
		link_fail(l);
	l->busy--;
	if (--reading == 0)
		corked_write();
	if (l->freed && l->busy == 0)
		link_release(l);
}
