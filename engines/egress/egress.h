/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What the parts of egress share: settings, listeners, names, the audit.
 * Everything a client or a server sends is foreign; the parent is trusted.
 */
#ifndef EGRESS_H
#define EGRESS_H

#include <sys/queue.h>

#include <event2/event_struct.h>

#include "engines/egress/host.h"
#include "engines/egress/reason.h"
#include "imsg/link.h"

struct conn;
TAILQ_HEAD(conns, conn);

struct settings {
	uint32_t	 head_ms, idle_ms, conns;
	uint64_t	 bytes;
};

/* Settings in force. */
const struct settings *egress_set(void);
int		 egress_draining(void);
struct link	*egress_audit(void);	/* or NULL */
void		 egress_idle(void);	/* no connection is left */

/* --- listen.c ---------------------------------------------------------- */
struct listener {
	TAILQ_ENTRY(listener) entry;
	enum scope	 scope;
	uint64_t	 job, conv, turn;
	uint16_t	 port;
	int		 fd;
	int		 paused;
	int		 told;		/* TOOL_NET, once */
	struct event	 ev;
	struct conns	 conns;
	unsigned	 n;
};
void	 listen_init(unsigned fds);
/* Takes over fd. */
void	 listen_add(const struct msg_LISTEN *, int fd);
void	 listen_remove(enum scope, uint64_t job);
void	 listen_stop(void);		/* accept nothing any more */
/* A connection of this listener is gone; descriptors are free. */
void	 listen_left(struct listener *);
/* Bytes from outside are about to reach the call. */
void	 listen_reached(struct listener *);
void	 listen_starved(void);		/* descriptors ran out */
void	 listen_each(void (*)(struct conn *));
unsigned listen_conns(void);

/* --- names.c ----------------------------------------------------------- */
struct name;
struct waiter {
	TAILQ_ENTRY(waiter) entry;
	struct name	*name;		/* NULL: waits for nothing */
};
/* 1: *a is set; 0: conn_named() comes; -1: not, with a reason.  A question
 * of our own (must) is asked however much the scope has asked. */
int	 names_get(struct waiter *, enum scope, const struct target *,
	    int must, struct addrs *, enum reason *);
void	 names_forget(struct waiter *);
void	 conn_named(struct waiter *, const struct addrs *, enum reason);
void	 names_answer(const struct msg_NAME_ADDRS *, uint32_t id);
void	 names_renew(void);		/* a reload: nothing is known */

/* --- report.c ---------------------------------------------------------- */
struct report {
	const struct listener	*l;
	const struct target	*to;	/* kind HOST_NONE: never known */
	const struct netaddr	*addr;	/* or NULL */
	int			 connect;
	uint64_t		 out, in, ms;
	enum reason		 why;
};
void	 report_init(struct event_base *);
void	 report_end(const struct report *);
void	 report_back(void);		/* the link to audit is new */
void	 report_flush(void);		/* what was only counted */

/* --- refuse.c ---------------------------------------------------------- */
#define REFUSE_MAX	2048
/* The answer that says so; its length. */
size_t	 refuse_format(char *, size_t, enum reason, const struct target *);

#endif
