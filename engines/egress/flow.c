/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Bytes from one side to the other.  Part of egress.  All connections read
 * into one buffer; only what the other side does not take at once is kept, and
 * while something is kept nothing more is read: that is all the memory a slow
 * reader costs, and it stops the sender.
 */
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engines/egress/conn.h"

#define SHARED		(256u << 10)
#define BUDGET		(1u << 20)	/* then others have their turn */

static uint8_t	 shared[SHARED];

void
flow_free(struct flow *f)
{
	free(f->p);
	f->p = NULL;
	f->off = f->len = f->cap = 0;
}

static enum flow_result
keep(struct flow *f, const uint8_t *p, size_t n)
{
	uint8_t	*q;

	if (f->cap - f->len < n) {
		if ((q = realloc(f->p, f->len + n)) == NULL)
			return (FLOW_MEM);
		f->p = q;
		f->cap = f->len + n;
	}
	memcpy(f->p + f->len, p, n);
	f->len += n;
	return (FLOW_IDLE);
}

/* Bytes taken; -1 broken. */
static ssize_t
side_write(struct side *s, const uint8_t *p, size_t n)
{
	size_t	 done = 0;
	ssize_t	 w;

	while (done < n && s->wr) {
		w = write(s->fd, p + done, n - done);
		if (w >= 0)
			done += (size_t)w;
		else if (errno == EAGAIN)
			s->wr = 0;
		else if (errno != EINTR)
			return (-1);
	}
	return ((ssize_t)done);
}

enum flow_result
flow_flush(struct flow *f)
{
	ssize_t	 w;

	if (flow_held(f) == 0)
		return (FLOW_IDLE);
	if ((w = side_write(f->to, f->p + f->off, flow_held(f))) == -1)
		return (FLOW_TO);
	f->off += (size_t)w;
	if (flow_held(f) == 0)
		flow_free(f);
	return (w > 0 ? FLOW_MOVED : FLOW_IDLE);
}

enum flow_result
flow_push(struct flow *f, const void *p, size_t n)
{
	const uint8_t	*b = p;
	ssize_t		 w = 0;

	f->total += n;
	if (flow_held(f) == 0 && (w = side_write(f->to, b, n)) == -1)
		return (FLOW_TO);
	if ((size_t)w == n)
		return (FLOW_MOVED);
	return (keep(f, b + w, n - (size_t)w));
}

ssize_t
flow_read(struct flow *f, uint8_t **p)
{
	ssize_t	 n;

	*p = shared;
	while (f->from->rd && !f->eof) {
		if ((n = read(f->from->fd, shared, sizeof(shared))) > 0)
			return (n);
		if (n == 0)
			f->eof = 1;
		else if (errno == EAGAIN)
			f->from->rd = 0;
		else if (errno != EINTR)
			return (-1);
	}
	return (0);
}

enum flow_result
flow_move(struct flow *f)
{
	enum flow_result	 r;
	size_t			 moved = 0;
	uint8_t			*p;
	ssize_t			 n;

	if ((r = flow_flush(f)) > FLOW_MOVED)
		return (r);
	while (flow_held(f) == 0 && moved < BUDGET) {
		if ((n = flow_read(f, &p)) <= 0)
			return (n == -1 ? FLOW_FROM : FLOW_IDLE);
		if ((r = flow_push(f, p, (size_t)n)) > FLOW_MOVED)
			return (r);
		moved += (size_t)n;
	}
	return (flow_held(f) == 0 ? FLOW_MOVED : FLOW_IDLE);
}

void
flow_finish(struct flow *f)
{
	if (!f->eof || f->shut || flow_held(f) > 0)
		return;
	f->shut = 1;
	(void)shutdown(f->to->fd, SHUT_WR);
}
