/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The Anthropic proxy: what its files share.  Clients are programs inside the
 * sandboxes, all hostile.
 *   listen.c	listeners, accept	pconn.c   one client's connection
 *   preq.c	one request, upstream	pbody.c   its body and what it costs
 *   panswer.c	answers to clients	phead.c   which heads may pass: pure
 *   settings.c	bounds in force		paudit.c  lines for the audit log
 */
#ifndef PROXY_H
#define PROXY_H

#include <sys/queue.h>

#include <event2/event_struct.h>

#include "engines/common/httpreq.h"
#include "engines/gate/gate.h"
#include "engines/gate/spend.h"
#include "telclauded/lib/util.h"

#define CONNECT_MS	15000		/* to a server */
#define PC_IN		(HTTPREQ_HEAD_MAX + 16384)	/* unread bytes */
#define PC_OUT		65536		/* unsent bytes, then a pause */
#define PQ_HOLD		(2u << 20)	/* of a body, till its cost is known */
#define PQ_WINDOW	65536		/* of a body on its way */

/* --- phead.c: pure ------------------------------------------------------ */
enum proxy_path { PP_MESSAGES, PP_COUNT, PP_MODELS, PP_NONE };
struct route {
	enum proxy_path	 path;
	const char	*allow;		/* the method it has */
	const char	*target;	/* without our prefix */
	size_t		 ntarget;
};
void		 proxy_route(struct route *, const char *, size_t);
/* The fields that go on, as NUL-ended lines one behind the other: how many,
 * or -1 without memory.  With oauth its beta name is put in. */
int		 proxy_fields(const struct httpreq *, int oauth, struct buf *);
struct answer_head {
	struct buf	 fields;	/* "Name: value\r\n" ... */
	int		 haslen, encoded;
	int		 nlen, chunked;
	uint64_t	 length;
	char		 type[64];
};
/* A field of the server's answer: kept when it may pass. */
void		 answer_field(struct answer_head *, const char *, size_t);

/* --- listen.c ----------------------------------------------------------- */
struct listener {
	TAILQ_ENTRY(listener) entry;
	enum scope	 scope;
	uint64_t	 job, conv, turn;
	int		 fd;
	int		 outside;	/* no loopback address: token */
	int		 full;		/* accepts nothing just now */
	unsigned	 nconns;
	struct event	 ev, retry;
};
void		 listen_add(const struct msg_LISTEN *, int fd);
void		 listen_del(enum scope, uint64_t job);
void		 listen_drain(void);
void		 listen_left(struct listener *);	/* a connection ended */

/* --- pconn.c ------------------------------------------------------------ */
enum pc_state { PC_IDLE, PC_HEAD, PC_BUSY, PC_LINGER };
struct preq;
struct pconn {
	TAILQ_ENTRY(pconn) entry;	/* in order of their last use */
	struct listener	*l;
	int		 fd;
	enum pc_state	 state;
	struct buf	 in, out;
	size_t		 seen, sent;	/* of in, of out */
	int		 close;		/* when the answer is out */
	int		 cut;		/* it has no end: do not linger */
	int		 dead;		/* free it from the loop */
	uint64_t	 since, last_in, last_out;
	struct event	 rd, wr, timer;
	struct preq	*q;
};
TAILQ_HEAD(pconns, pconn);
extern struct pconns pconns;
int		 pconn_new(struct listener *, int fd);
void		 pconn_free(struct pconn *);
/* Bytes to the client: queued, sent; neither frees the connection. */
void		 pconn_add(struct pconn *, const void *, size_t);
void		 pconn_flush(struct pconn *);
size_t		 pconn_room(const struct pconn *);
void		 pconn_done(struct pconn *);	/* the answer is complete */
void		 pconn_kick(struct pconn *);	/* look again, from the loop */

/* --- preq.c ------------------------------------------------------------- */
struct preq {
	struct pconn	*c;
	enum proxy_path	 path;
	char		 method[16];
	struct buf	 target, fields;
	int		 nfields;
	/* the body */
	int		 chunked, readable, ended, judged, holding;
	uint64_t	 length;	/* or the most there can be */
	struct httpchunk ck;
	uint64_t	 left, bytes;
	struct buf	 body;
	size_t		 boff;
	struct bodyscan	 scan;
	/* upstream */
	struct upstream	*up;
	int		 sent;		/* bytes may have gone out */
	struct http_req	*r;
	int		 slot;		/* counts as running */
	struct hold	*hold;
	/* the answer */
	unsigned	 status;
	int		 headed, chunks;
	uint64_t	 answered;
	uint64_t	 microusd;	/* for the audit line */
	int		 ours;		/* the answer is of our making */
	struct answer_head a;
	struct usagescan usage;
};
/* A head is there.  Its bytes may go when this returns. */
void		 preq_start(struct pconn *, const struct httpreq *);
/* An answer of ours; the request is over and freed. */
void		 preq_refuse(struct preq *, unsigned status,
		    const char *extra, const char *why);
void		 preq_free(struct preq *);	/* aborts what runs */
void		 preq_room(struct preq *);	/* the client took bytes */
int		 preq_send(struct preq *);	/* upstream; 0 or -1 */
unsigned	 preq_count(void);

/* --- pbody.c ------------------------------------------------------------ */
/* Takes from c->in what fits; may end the request with an answer. */
void		 pbody_input(struct preq *);
int		 pbody_wanted(const struct preq *);	/* of the client */
/* For libcurl, as http_cb.body. */
long		 pbody_take(struct preq *, char *, size_t);
void		 pbody_settle(struct preq *, enum spend_end);

/* --- panswer.c ---------------------------------------------------------- */
/* An error as the server would shape it; extra: header lines, or "". */
void		 answer_error(struct pconn *, unsigned status,
		    const char *extra, const char *why);
void		 answer_begin(struct preq *);
void		 answer_data(struct preq *, const char *, size_t);
void		 answer_end(struct preq *);

/* --- settings.c --------------------------------------------------------- */
struct proxy_times {
	uint32_t	 head_ms, body_ms, conns;
};
const struct proxy_conf *proxy_conf(void);
const struct proxy_times *proxy_times(void);
void		 settings_prepare(void);
int		 settings_scope(const struct msg_CONF_PROXY *);
void		 settings_price(const struct msg_CONF_MODEL *);
void		 settings_token(int fd);
void		 settings_commit(const struct msg_CONF_GATE *);
/* Is it the token of this scope?  In time that tells nothing of it. */
int		 settings_token_is(enum scope, const char *, size_t);

/* --- paudit.c ----------------------------------------------------------- */
void		 paudit_link(int fd);
void		 paudit_request(const struct pconn *, const char *path,
		    unsigned status, const struct preq *);

#endif
