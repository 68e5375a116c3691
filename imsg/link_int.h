/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What msg.c, link.c and stream.c share and nobody else may see.
 */
#ifndef IMSG_LINK_INT_H
#define IMSG_LINK_INT_H

#include <sys/queue.h>

#include <event2/event_struct.h>

#include "imsg/link.h"

struct streams;

#define HDR_FD		0x0001	/* flag: a descriptor comes with it */
#define RX_SIZE		65536
#define FDS_MAX		16	/* received and not yet claimed */
#define IOV_MANY	16
#define HELD_MAX	(64u << 20)	/* for a peer that does not read */
#define REQS_MAX	4096	/* open requests of one link */

struct omsg {
	STAILQ_ENTRY(omsg)	 entry;
	size_t			 len, off;
	int			 fd;
	uint8_t			 data[];
};

struct req {
	uint32_t	 id;
	enum msg_type	 rep;
};

struct link {
	int			 fd;
	enum proc		 self, peer;
	enum scope		 scope;
	enum phase		 phase;
	const struct link_ops	*ops;
	void			*ctx;
	struct event		 ev_read, ev_write;
	uint8_t			*part;		/* a message cut by recvmsg */
	size_t			 npart;
	int			 fds[FDS_MAX];
	unsigned		 nfds;
	STAILQ_HEAD(, omsg)	 out;
	size_t			 queued;
	size_t			 held;		/* memory of what is queued */
	struct req		*reqs;
	unsigned		 nreqs, reqcap;
	uint32_t		 nextid;
	struct streams		*streams;
	TAILQ_ENTRY(link)	 corkent;
	int			 corked;	/* written after the dispatch */
	int			 busy;		/* inside our own dispatch */
	int			 dead;		/* shut; closed() due or done */
	int			 freed;		/* link_free() while busy */
};


/* linkio.c */
void		 link_readable(evutil_socket_t, short, void *);
void		 link_writable(evutil_socket_t, short, void *);
void		 link_uncork(struct link *);
/* link.c */
int		 link_req_add(struct link *, uint32_t id, enum msg_type rep);
int		 link_req_end(struct link *, uint32_t id, enum msg_type);
void		 link_fail(struct link *);
void		 link_violate(struct link *, enum msg_verdict, uint16_t);
void		 link_release(struct link *);

/* Queue one encoded message (header room included); takes fd. */
uint32_t	 link_put(struct link *, enum msg_type, uint32_t id, int fd,
		    uint8_t *, size_t);
/* The scratch buffer messages are encoded in, MSG_MAXLEN bytes. */
uint8_t		*link_scratch(void);

struct streams	*streams_new(struct link *);
void		 streams_free(struct streams *);	/* calls end/gone */
enum msg_verdict streams_input(struct streams *, uint16_t type,
		    const union msg_any *);
struct streams	*link_streams(struct link *);

#endif
