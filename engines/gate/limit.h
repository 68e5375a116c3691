/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * How often a scope's sandbox may ask the model server, and what requests
 * cost.  No I/O; the clock is an argument.
 */
#ifndef LIMIT_H
#define LIMIT_H

#include "engines/gate/scan.h"
#include "imsg/proc.h"
#include "telclauded/lib/secret.h"

#define PRICES_MAX	64
/* The most one request can take in or give out, whatever it says: the
 * largest window and the longest answer the server sells. */
#define TOKENS_IN_MAX	1000000
#define TOKENS_OUT_MAX	128000

struct price {			/* nano-usd a token */
	char		 model[SCAN_MODEL];
	uint64_t	 in, out, cached, written;
};
struct scope_conf {		/* 0: no such limit */
	int		 have;	/* else it may ask nothing */
	uint32_t	 per_minute, parallel;
	struct secret	 token;	/* asked of who is not on this machine */
};
struct proxy_conf {
	struct scope_conf s[SCOPE_MAX];
	struct price	 p[PRICES_MAX];
	unsigned	 np;
};

struct cost {
	uint64_t	 microusd, in, out;	/* tokens */
};

/* --- cost.c ------------------------------------------------------------ */
/*
 * What a body of so many bytes can cost at the worst.  said: tokens it has by
 * the word of its sender; believed when that is more than its bytes tell.
 */
struct cost	 cost_worst(const struct proxy_conf *, const struct bodyscan *,
		    uint64_t bytes, int readable, uint64_t said);
/* Is its price known? */
int		 cost_known(const struct proxy_conf *, const char *model);
/* What it did cost, in micro-usd. */
uint64_t	 cost_used(const struct proxy_conf *, const char *model,
		    const struct usage *);

/* --- limit.c ----------------------------------------------------------- */
/* A request begins: 0; or how many seconds it is too early (at least 1). */
unsigned	 limit_begin(const struct proxy_conf *, enum scope,
		    uint64_t mono_ms);
void		 limit_end(enum scope);

#endif
