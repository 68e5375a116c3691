/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The life of a link: making it, ending it, asking about it.  Linked by every
 * process.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "imsg/link_int.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

static int
handlers_complete(const struct link_ops *ops, enum proc self, enum proc peer)
{
	uint16_t	 t;

	for (t = 1; t < MSG_MAX; t++) {
		if ((msg_rows[t].from & (1u << peer)) == 0 ||
		    (msg_rows[t].to & (1u << self)) == 0)
			continue;
		if (!msg_handled(ops->handlers, t)) {
			log_error("no handler for %s from %s", msg_name(t),
			    proc_name(peer));
			return (0);
		}
	}
	return (1);
}

static struct link *
link_make(int fd, enum proc self, enum proc peer, const struct link_ops *ops)
{
	struct link	*l;

	if (!handlers_complete(ops, self, peer)) {
		errno = EINVAL;
		return (NULL);
	}
	if (fd_nonblock(fd) == -1 || fd_cloexec(fd) == -1 ||
	    (l = calloc(1, sizeof(*l))) == NULL)
		return (NULL);
	if ((l->streams = streams_new(l)) == NULL) {
		free(l);
		return (NULL);
	}
	return (l);
}

struct link *
link_new(struct event_base *base, int fd, enum proc self, enum proc peer,
    enum scope scope, const struct link_ops *ops, void *ctx)
{
	struct link	*l;
	int		 saved;

	if ((l = link_make(fd, self, peer, ops)) == NULL) {
		saved = errno;
		close(fd);
		errno = saved;
		return (NULL);
	}
	l->fd = fd;
	l->self = self;
	l->peer = peer;
	l->scope = scope;
	l->phase = PH_RUN;
	l->ops = ops;
	l->ctx = ctx;
	l->nextid = 1;
	STAILQ_INIT(&l->out);
	event_assign(&l->ev_read, base, fd, EV_READ | EV_PERSIST,
	    link_readable, l);
	event_assign(&l->ev_write, base, fd, EV_WRITE, link_writable, l);
	event_add(&l->ev_read, NULL);
	return (l);
}

/* --- ending ------------------------------------------------------------ */
static void
link_shut(struct link *l)
{
	struct omsg	*o;
	struct streams	*s;

	if (l->dead)
		return;
	l->dead = 1;
	link_uncork(l);
	event_del(&l->ev_read);
	event_del(&l->ev_write);
	close(l->fd);
	l->fd = -1;
	while (l->nfds > 0)
		close(l->fds[--l->nfds]);
	while ((o = STAILQ_FIRST(&l->out)) != NULL) {
		STAILQ_REMOVE_HEAD(&l->out, entry);
		if (o->fd != -1)
			close(o->fd);
		explicit_bzero(o->data, o->len);
		free(o);
	}
	l->queued = l->held = 0;
	l->nreqs = 0;
	s = l->streams;
	l->streams = NULL;
	l->busy++;
	streams_free(s);
	l->busy--;
}

void
link_fail(struct link *l)
{
	if (l->dead)
		return;
	link_shut(l);
	if (!l->freed && l->ops->closed != NULL) {
		l->busy++;
		l->ops->closed(l);
		l->busy--;
	}
}

void
link_violate(struct link *l, enum msg_verdict v, uint16_t type)
{
	if (l->dead)
		return;
	link_shut(l);
	l->busy++;
	if (!l->freed && l->ops->violation != NULL)
		l->ops->violation(l, v, type);
	if (!l->freed && l->ops->closed != NULL)
		l->ops->closed(l);
	l->busy--;
}

void
link_release(struct link *l)
{
	free(l->part);
	free(l->reqs);
	free(l);
}

void
link_free(struct link *l)
{
	if (l == NULL || l->freed)
		return;
	/* What was sent just now has not been tried yet. */
	if (l->corked && !l->dead)
		(void)link_flush(l, 0);
	l->freed = 1;
	link_shut(l);
	if (l->busy == 0)
		link_release(l);
}

void
link_close(struct link *l)
{
	if (l == NULL)
		return;
	(void)link_flush(l, 100);
	link_free(l);
}

/* --- open requests ----------------------------------------------------- */
int
link_req_add(struct link *l, uint32_t id, enum msg_type rep)
{
	struct req	*n;
	unsigned	 cap;

	if (l->nreqs == REQS_MAX)
		return (-1);
	if (l->nreqs == l->reqcap) {
		cap = l->reqcap == 0 ? 8 : l->reqcap * 2;
		if ((n = reallocarray(l->reqs, cap, sizeof(*n))) == NULL)
			return (-1);
		l->reqs = n;
		l->reqcap = cap;
	}
	l->reqs[l->nreqs].id = id;
	l->reqs[l->nreqs].rep = rep;
	l->nreqs++;
	return (0);
}

/* Closes one open request; 0 when there is no such one. */
int
link_req_end(struct link *l, uint32_t id, enum msg_type rep)
{
	unsigned	 i;

	for (i = 0; i < l->nreqs; i++) {
		if (l->reqs[i].id != id ||
		    (rep != MSG_NONE && l->reqs[i].rep != rep))
			continue;
		l->reqs[i] = l->reqs[--l->nreqs];
		return (1);
	}
	return (0);
}

/* --- small questions --------------------------------------------------- */
void
link_set_phase(struct link *l, enum phase p)
{
	l->phase = p;
}

enum phase
link_phase(const struct link *l)
{
	return (l->phase);
}

enum proc
link_peer(const struct link *l)
{
	return (l->peer);
}

enum scope
link_scope(const struct link *l)
{
	return (l->scope);
}

void *
link_ctx(const struct link *l)
{
	return (l->ctx);
}

size_t
link_queued(const struct link *l)
{
	return (l->queued);
}

int
link_alive(const struct link *l)
{
	return (l != NULL && !l->dead);
}

void
link_forget(struct link *l, uint32_t id)
{
	(void)link_req_end(l, id, MSG_NONE);
}

unsigned
link_open_requests(const struct link *l)
{
	return (l->nreqs);
}

struct streams *
link_streams(struct link *l)
{
	return (l == NULL || l->dead ? NULL : l->streams);
}
