/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What a scope may ask of the model server through the proxy, and what that
 * costs.  No I/O; the clocks are arguments.
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
	uint64_t	 microusd_day, tokens_day;
	struct secret	 token;	/* asked of who is not on this machine */
};
struct proxy_conf {
	struct scope_conf s[SCOPE_MAX];	/* SCOPE_NONE: all together */
	struct price	 p[PRICES_MAX];
	unsigned	 np;
};

struct cost {
	uint64_t	 microusd, tokens;
};
struct spent {
	uint32_t	 day;		/* since 1970, UTC */
	struct cost	 c;
};
struct reserve {		/* scope SCOPE_NONE: none is held */
	enum scope	 scope;
	struct spent	 is;
};

/* --- cost.c ------------------------------------------------------------ */
/* What a body of so many bytes can cost at the worst. */
struct cost	 cost_worst(const struct proxy_conf *, const struct bodyscan *,
		    uint64_t bytes, int readable);
/* Is its price known? */
int		 cost_known(const struct proxy_conf *, const char *model);
/* What it did cost. */
struct cost	 cost_used(const struct proxy_conf *, const char *model,
		    const struct usage *);

/* --- limit.c ----------------------------------------------------------- */
/* A request begins: 0; or how many seconds it is too early (at least 1). */
unsigned	 limit_begin(const struct proxy_conf *, enum scope,
		    uint64_t mono_ms);
void		 limit_end(enum scope);
unsigned	 limit_running(enum scope);
/* Sets so much aside: 0; or -1, with words for people and the seconds until
 * the day ends. */
int		 limit_reserve(const struct proxy_conf *, struct reserve *,
		    enum scope, struct cost, uint64_t wall_ms, char *why,
		    size_t size, unsigned *wait_s);
/* Holds less than before; never more. */
void		 limit_lower(struct reserve *, struct cost, uint64_t wall_ms);
/* It cost this; nothing is held any more. */
void		 limit_settle(struct reserve *, struct cost, uint64_t wall_ms);
/* What others of this scope used (the agent's own requests). */
void		 limit_add(enum scope, struct cost, uint64_t wall_ms);
/* What was counted before this process; later words are not heard. */
void		 limit_restore(enum scope, const struct spent *);
const struct spent *limit_spent(enum scope);

#endif
