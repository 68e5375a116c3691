/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * One connection of a client and the one to its server.  Shared by conn.c
 * (its life), side.c (its sockets), stage.c (what is said before bytes flow),
 * plain.c (one plain request), dial.c (to the server) and flow.c (bytes).
 *
 * Events are edge-triggered and made once: rd and wr remember what the kernel
 * said until a call says EAGAIN.
 */
#ifndef EGRESS_CONN_H
#define EGRESS_CONN_H

#include "engines/egress/body.h"
#include "engines/egress/egress.h"
#include "engines/egress/hello.h"

enum conn_state {
	CS_HEAD,		/* the request comes in */
	CS_NAME,		/* the parent is asked */
	CS_DIAL,		/* connecting */
	CS_HELLO,		/* 200 was said; a ClientHello comes in */
	CS_ANSWER,		/* it went out; what does the server say? */
	CS_AGAIN,		/* it wants another ClientHello */
	CS_OPEN,		/* bytes flow both ways */
	CS_PLAIN,		/* one request, one answer */
	CS_LINGER,		/* the last word is said; is it read? */
};

struct side {
	int		 fd;
	struct event	 ev;
	uint8_t		 rd, wr;	/* worth trying */
};

/* Bytes from one side to the other. */
struct flow {
	struct side	*from, *to;
	uint8_t		*p;		/* what `to' did not take yet */
	size_t		 off, len, cap;
	uint64_t	 total;
	uint8_t		 eof;		/* of `from' */
	uint8_t		 shut;		/* said to `to' */
};
#define flow_held(f)	((f)->len - (f)->off)

struct conn {
	TAILQ_ENTRY(conn) entry;	/* of its listener */
	TAILQ_ENTRY(conn) again;
	struct listener	*l;
	enum conn_state	 state;
	struct side	 client, server;
	struct flow	 up, down;
	struct event	 timer;
	uint64_t	 begun, deadline, armed, dialed;
	struct target	 to;
	struct waiter	 wait;
	struct addrs	 addrs;
	unsigned	 next;		/* of addrs */
	const struct netaddr *addr;	/* the one connected to */
	uint8_t		*in;		/* head, then hello */
	size_t		 nin;
	struct body	 body;
	struct answer	 answer;
	uint8_t		 first[HELLO_ANSWER];
	uint8_t		 nfirst;
	uint8_t		 connect, crowd, listed, recheck, timed;
	uint8_t		 deaf;		/* the client says too much */
	uint8_t		 reset;		/* the end must look like a cut */
	uint8_t		 dead;
	enum reason	 why;
};
#define IN_MAX		HEAD_MAX	/* of `in'; HELLO_MAX is the same */
#define LINGER_MS	2000

/* --- conn.c ------------------------------------------------------------ */
void	 conn_new(struct listener *, int fd, int crowd);
void	 conn_close(struct conn *, enum reason);	/* at once; frees */
void	 conn_init(struct event_base *);
/* For the other files: mark; conn.c frees when it is out of everything. */
void	 conn_end(struct conn *, enum reason, int reset);
void	 conn_deadline(struct conn *, uint64_t ms);
void	 conn_more(struct conn *);		/* run it again soon */
void	 conn_run(struct conn *);		/* from the loop; may free */
void	 conn_recheck(struct conn *);		/* is its name still fine? */
void	 conn_drain(struct conn *);		/* before flowing: refused */

/* --- side.c ------------------------------------------------------------ */
void	 side_init(struct event_base *);
int	 side_open(struct conn *, struct side *, int fd);	/* takes fd */
void	 side_close(struct side *, int reset);

/* --- stage.c: each returns 1 when it moved on, 0 when it must wait ------ */
int	 stage_head(struct conn *);
int	 stage_named(struct conn *, const struct addrs *, enum reason);
int	 stage_connected(struct conn *);
int	 stage_hello(struct conn *);
int	 stage_answer(struct conn *);
int	 stage_again(struct conn *);
int	 stage_plain(struct conn *);
void	 stage_watch(struct conn *);
void	 stage_refuse(struct conn *, enum reason);

/* --- dial.c ------------------------------------------------------------ */
void	 dial_next(struct conn *);	/* try the next address, or refuse */
int	 dial_ready(struct conn *);	/* 1: connected */
void	 dial_late(struct conn *);

/* --- flow.c ------------------------------------------------------------ */
enum flow_result { FLOW_IDLE, FLOW_MOVED, FLOW_FROM, FLOW_TO, FLOW_MEM };
/* Adds bytes; they go out now as far as `to' takes them. */
enum flow_result flow_push(struct flow *, const void *, size_t);
enum flow_result flow_flush(struct flow *);
/* Moves what there is; FLOW_MOVED: and there may be more. */
enum flow_result flow_move(struct flow *);
/* One read into a buffer that all share: count; 0: nothing now, or the end
 * (eof); -1: broken. */
ssize_t	 flow_read(struct flow *, uint8_t **);
/* Says the end to `to' when all is out. */
void	 flow_finish(struct flow *);
void	 flow_free(struct flow *);

#endif
