/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What two answers of name servers (A, AAAA) come to: addresses, a time to
 * live, an error.  Pure; what it reads is hostile.
 */
#ifndef RESOLVER_ANSWER_H
#define RESOLVER_ANSWER_H

#include "imsg/msg.h"

#define TTL_MIN		30		/* seconds; design 10.6 */
#define TTL_MAX		3600

struct answer {
	struct addrs	 v4, v6;
	uint32_t	 ttl;		/* least seen; UINT32_MAX: none */
	int		 failed;	/* a server was no use */
	int		 nomem;
};

void	 answer_init(struct answer *);
/* One answer of one family as ares_query() gave it: status, and the bytes
 * when the status is success. */
void	 answer_add(struct answer *, int family, int status,
	    const unsigned char *, int);
/* The two merged: IPv4 first, ttl within bounds, an enum name_err. */
uint8_t	 answer_finish(const struct answer *, struct addrs *, uint32_t *ttl);
/* Letters, digits, hyphen and underscore in labels, and not a number. */
int	 name_valid(const char *);

#endif
