/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * A link is one end of a channel between two processes: framing, descriptor
 * passing, the permission check and dispatch, over libevent.  The link, not
 * any field, says who the sender is.  Linked by every process; trusts
 * nothing that arrives.
 */
#ifndef IMSG_LINK_H
#define IMSG_LINK_H

#include "imsg/msg.h"

struct event_base;
struct stream;

struct link_ops {
	/* One handler a message; see msg.h. */
	const struct msg_handlers *handlers;
	/* The other end is gone.  Free the link (link_free) in here or later;
	 * nothing is called for it any more. */
	void	(*closed)(struct link *);
	/* The other end broke the table.  The link is already shut. */
	void	(*violation)(struct link *, enum msg_verdict, uint16_t type);
};

/*
 * Takes over fd (a stream socket) in any case: it is closed when there is no
 * link.  It is made non-blocking, close-on-exec.
 * self and peer are who the two ends are; ctx comes back by link_ctx().
 * Returns NULL without memory or when handlers lacks a row that peer may send
 * to self.  A fresh link is in PH_RUN; the two ends that need another phase
 * set it.
 */
struct link	*link_new(struct event_base *, int fd, enum proc self,
		    enum proc peer, enum scope, const struct link_ops *,
		    void *ctx);
void		 link_free(struct link *);	/* NULL is fine */
/* Flush, shut; no callback.  For tests: a peer that goes away in order. */
void		 link_close(struct link *);
int		 link_flush(struct link *, int timeout_ms);	/* blocks */
void		 link_set_phase(struct link *, enum phase);
enum phase	 link_phase(const struct link *);
enum proc	 link_peer(const struct link *);
enum scope	 link_scope(const struct link *);
void		*link_ctx(const struct link *);
size_t		 link_queued(const struct link *);	/* not yet written */
int		 link_alive(const struct link *);
/* Forget an open request: a late answer is then dropped silently. */
void		 link_forget(struct link *, uint32_t id);
unsigned	 link_open_requests(const struct link *);

/*
 * Streams (STREAM_DATA, _CREDIT, _END) are handled here, below the handlers.
 * The sender makes a stream, names its sid in a message of its own, and
 * writes; the receiver of that message accepts the sid with a window, in the
 * handler of that message: the first bytes are right behind it.
 * What is written beyond the credit is queued in the stream up to the
 * sender's own bound; stream_room() says how much is wise.
 * When the link dies, end() and gone() of all its streams are called, one by
 * one: in each of them other streams may be given up with what they belong
 * to, and those hear nothing more.
 */
struct stream_in {
	/* Bytes came; call stream_consumed() for them, now or later. */
	void	(*data)(struct stream *, const uint8_t *, size_t);
	/* The end; err 0 is a whole stream.  The stream is freed after it. */
	void	(*end)(struct stream *, int err);
};
struct stream_out {
	/* Credit came and the queue is empty: more may be written. */
	void	(*room)(struct stream *);
	/* The reader is gone (its link closed).  Freed after it. */
	void	(*gone)(struct stream *);
};

struct stream	*stream_write_new(struct link *, const struct stream_out *,
		    void *ctx);
uint32_t	 stream_sid(const struct stream *);
void		*stream_ctx(const struct stream *);
size_t		 stream_room(const struct stream *);
/* Queues all or nothing: 0, or -1 when over STREAM_QUEUE bytes wait. */
int		 stream_write(struct stream *, const void *, size_t);
/* What is queued still goes out, then END(err); the handle is gone. */
void		 stream_finish(struct stream *, int err);

/* NULL: no memory, or this sid is open already (a violation by the peer). */
struct stream	*stream_read_new(struct link *, uint32_t sid, uint32_t window,
		    const struct stream_in *, void *ctx);
void		 stream_consumed(struct stream *, size_t);
/* Take no interest any more: later bytes are dropped. */
void		 stream_drop(struct stream *);

#define STREAM_CHUNK	16384
#define STREAM_FIRST	16384	/* credit that needs no word: most streams
				 * are short, and a round trip is dear */
#define STREAM_QUEUE	(8u << 20)

#endif
