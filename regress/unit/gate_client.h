/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * A client of the proxy that says whatever it is told to, and hears answers
 * one after the other; tests only.
 */
#ifndef GATE_CLIENT_H
#define GATE_CLIENT_H

#include <stdint.h>

#include "imsg/msg.h"
#include "telclauded/lib/util.h"

#define MESSAGES	"/v1/messages"
#define BODY		"{\"model\":\"cheap\",\"max_tokens\":100}"
#define TOKEN		"proxy-token-0123"	/* of scope moltbook */

extern uint16_t	 port;			/* of scope telegram, job 1 */
extern struct buf audited;		/* the lines, and how many */
extern unsigned	 naudited;
extern struct msg_CONF_PROXY bounds;	/* what the next slice says of it */

/* The world with prices, bounds, audit and a listener. */
int		 proxy_start(const char *argv0, const char *name);
/* A reload without bounds: this path of the server. */
void		 server(void **st, const char *path);

struct event;
struct client {
	int		 fd;
	struct event	*rd, *wr;
	struct buf	 in;		/* what came */
	struct buf	 out;		/* to be sent */
	int		 hold;		/* reads nothing */
	int		 closed;	/* the other end did */
	int		 whole;		/* an answer is complete */
	/* the answer, once cl_answer() has it: */
	unsigned	 status;
	struct buf	 head, body;
	int		 cut;		/* it ended before its end */
};

/* A listener on loopback (or, everywhere, on all addresses) for gate. */
int		 cl_listen(uint8_t scope, uint64_t job, int everywhere,
		    uint16_t *at);
void		 cl_unlisten(uint8_t scope, uint64_t job);
struct client	*cl_open(uint16_t at);
int		 cl_reach(uint16_t at);	/* does anybody listen? */
void		 cl_close(struct client *);
void		 cl_send(struct client *, const void *, size_t);
/* printf into it */
void		 cl_say(struct client *, const char *, ...)
		    __attribute__((format(printf, 2, 3)));
/* Waits for one answer, at most so long; its status, 0: none came. */
unsigned	 cl_answer(struct client *, int ms);
/* POST of a body to a path, with more header lines ("a: b\r\n"). */
void		 cl_post(struct client *, const char *path, const char *more,
		    const void *, size_t);
/* One request on a connection of its own. */
struct client	*cl_ask(uint16_t at, const char *path, const char *body);
int		 cl_has(const struct client *, const char *line);

#endif
