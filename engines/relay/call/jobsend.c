/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Writes the approved bytes into the job socket of a fresh tool process,
 * without ever waiting for it, and shuts the socket.  Run by the relay; the
 * other end is hostile.
 */
#include <sys/socket.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>
#include <sodium.h>

#include "telclauded/lib/log.h"
#include "engines/relay/call/mediate.h"
#include "engines/relay/relay.h"
#include "engines/relay/turn/queue.h"
#include "engines/relay/turn/turn.h"

static void
job_close(struct call *c)
{
	if (c->jobev != NULL)
		event_free(c->jobev);
	c->jobev = NULL;
	if (c->jobfd != -1)
		close(c->jobfd);
	c->jobfd = -1;
}

/* -1: broken; the runner will tell how the process ended. */
static int
job_write(struct call *c)
{
	const char	*p;
	size_t		 n;
	ssize_t		 w;

	for (;;) {
		if (c->joboff < c->jobhead.len) {
			p = c->jobhead.p + c->joboff;
			n = c->jobhead.len - c->joboff;
		} else {
			p = c->args.p + (c->joboff - c->jobhead.len);
			n = c->args.len - (c->joboff - c->jobhead.len);
		}
		if (n == 0) {
			(void)shutdown(c->jobfd, SHUT_WR);
			return (1);
		}
		w = send(c->jobfd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (w == -1)
			return (errno == EAGAIN || errno == EINTR ? 0 : -1);
		c->joboff += (size_t)w;
	}
}

static void
job_event(int fd, short what, void *arg)
{
	struct call	*c = arg;

	(void)fd;
	(void)what;
	if (job_write(c) != 0)
		job_close(c);
}

/* Where a person was told that it runs, whatever ran since. */
static const char *
job_cwd(const struct call *c)
{
	const char	*cwd = c->cwd != NULL ? c->cwd : c->t->owner->cwd;

	return (cwd == NULL ? "" : cwd);
}

void
job_action(const struct call *c, uint8_t out[32])
{
	crypto_hash_sha256_state	 h;
	const char			*cwd = job_cwd(c);
	const uint8_t			 tool = (uint8_t)c->tool;

	(void)crypto_hash_sha256_init(&h);
	(void)crypto_hash_sha256_update(&h, &tool, 1);
	/* Its NUL parts it from what follows. */
	(void)crypto_hash_sha256_update(&h, (const uint8_t *)cwd,
	    strlen(cwd) + 1);
	(void)crypto_hash_sha256_update(&h, (const uint8_t *)c->args.p,
	    c->args.len);
	(void)crypto_hash_sha256_final(&h, out);
}

int
job_send(struct call *c, int fd)
{
	struct job	 j;
	uint8_t		 head[JOB_HDRLEN];

	c->jobfd = fd;
	if (fd_nonblock(fd) == -1 || fd_cloexec(fd) == -1)
		return (-1);
	memset(&j, 0, sizeof(j));
	j.tool = (uint8_t)c->tool;
	j.tier = (uint8_t)c->t->tier;
	j.time_ms = relay.set->r.call_ms;
	j.output_max = relay.set->r.output_max;
	j.cwd = job_cwd(c);
	j.cwdlen = (uint16_t)strlen(j.cwd);
	j.argslen = (uint32_t)c->args.len;
	job_encode_header(&j, head);
	if (buf_add(&c->jobhead, head, sizeof(head)) == -1 ||
	    buf_add(&c->jobhead, j.cwd, j.cwdlen) == -1)
		return (-1);
	switch (job_write(c)) {
	case 1:
		job_close(c);
		return (0);
	case 0:
		break;
	default:
		return (-1);
	}
	c->jobev = event_new(relay.base, fd, EV_WRITE | EV_PERSIST, job_event,
	    c);
	return (c->jobev == NULL ? -1 : event_add(c->jobev, NULL));
}
