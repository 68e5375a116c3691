/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Arbitrary bytes at arbitrary split points into a link of every kind, with
 * a stream open.  The first bytes choose the ends, the phase and the cuts.
 */
#include <sys/socket.h>

#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>

#include "imsg/link.h"
#include "telclauded/lib/log.h"

static void
f_data(struct stream *s, const uint8_t *p, size_t n)
{
	(void)p;
	stream_consumed(s, n);
}

static const struct stream_in f_in = { f_data, NULL };

#define M(id, from, to, ph, kind, rep, fd, doc)				\
static void								\
h_##id(struct link *l, const struct msg_##id *m, struct msg_meta *meta)	\
{									\
	(void)l;							\
	(void)m;							\
	(void)meta;							\
}
MSG_TABLE(M)
#undef M

static const struct msg_handlers handlers = {
#define M(id, from, to, ph, kind, rep, fd, doc)	.id = h_##id,
	MSG_TABLE(M)
#undef M
};
static const struct link_ops ops = { &handlers, NULL, NULL };

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct event_base *base;
	struct link	*l;
	size_t		 step, off;
	int		 sv[2];

	if (base == NULL) {
		base = event_base_new();
		log_level(LOGL_MAX);
	}
	if (n < 4 || socketpair(AF_UNIX, SOCK_STREAM, 0, sv) == -1)
		return (0);
	l = link_new(base, sv[0], (enum proc)(p[0] % PROC_MAX),
	    (enum proc)(p[1] % PROC_MAX), SCOPE_NONE, &ops, NULL);
	if (l == NULL)
		abort();
	link_set_phase(l, (enum phase)(1 << p[2] % 5));
	(void)stream_read_new(l, 1, 4096, &f_in, NULL);
	step = (size_t)p[3] + 1;
	for (off = 4; off < n && link_alive(l); off += step) {
		if (send(sv[1], p + off, n - off < step ? n - off : step,
		    MSG_NOSIGNAL) == -1)
			break;
		event_base_loop(base, EVLOOP_NONBLOCK);
	}
	link_free(l);
	close(sv[1]);
	return (0);
}
