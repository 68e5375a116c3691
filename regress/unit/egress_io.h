/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Clients and servers on loopback for the tests of egress, in one process
 * with its parent: whoever waits here turns the parent's loop.
 */
#ifndef EGRESS_IO_H
#define EGRESS_IO_H

#include "regress/unit/egress_world.h"

enum io_end { IO_OPEN, IO_EOF, IO_RESET };

#define IO_MS	5000	/* nothing takes so long */

int	 io_server(uint16_t *port);	/* a listening socket */
int	 io_accept(struct ew *, int);	/* or the test fails */
int	 io_nobody(struct ew *, int);	/* nobody came for a while */
int	 io_dial(uint16_t port);	/* -1: refused */
/* All of it, or as much as goes in `ms'; the count. */
size_t	 io_send(struct ew *, int, const void *, size_t, int ms);
void	 io_say(struct ew *, int, const char *);
/* Until this text or the end; the bytes with a NUL behind them. */
size_t	 io_until(struct ew *, int, char *, size_t, const char *);
/* Just so many bytes. */
void	 io_take(struct ew *, int, void *, size_t);
/* How it ends within so many ms; what comes is counted and dropped. */
enum io_end io_end(struct ew *, int, size_t *, int ms);
/* A CONNECT or plain head through port; the answer's status. */
int	 io_ask(struct ew *, int, const char *head, char *answer, size_t);
/* The audit line of the connection that ended last, once there are n. */
const struct ew_line *io_line(struct ew *, unsigned n);

#endif
