/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Money and tokens of a UTC day against the ceilings of a person, a scope
 * and all together.  Pure; the clock is an argument.
 */
#ifndef MONEY_LEDGER_H
#define MONEY_LEDGER_H

#include <stddef.h>
#include <stdint.h>

#include "imsg/proc.h"

struct settings;

/* Of each figure of one request; a day's sums stay far below 2^63. */
#define COST_MAX	(UINT64_C(1) << 40)

struct cost {
	uint64_t	 microusd, tokens;
};
struct held {			/* set aside */
	uint64_t	 id;
	uint32_t	 day;		/* since 1970 */
	int64_t		 user;		/* 0: nobody known */
	enum scope	 scope;
	struct cost	 c;
};
struct spent {			/* used */
	uint32_t	 day;
	int64_t		 user;
	enum scope	 scope;
	uint64_t	 in, out, cached, written, microusd, requests;
};

enum whose { WH_PERSON, WH_SCOPE, WH_TOTAL, WH_MAX };
/* A person and scope, what is left of the ceilings they come under. */
struct ledger {
	int64_t		 user;
	enum scope	 scope;
	struct cost	 max[WH_MAX];	/* 0: no such ceiling */
	struct cost	 had[WH_MAX];	/* used and set aside today */
};

uint64_t	 spent_tokens(const struct spent *);
/* 1 when any ceiling holds. */
int		 ledger_init(struct ledger *, const struct settings *,
		    int64_t user, enum scope);
/* Is there a line for people at all? */
int		 ledger_by_person(const struct settings *);
void		 ledger_add(struct ledger *, int64_t user, enum scope,
		    struct cost);
/* 0: it fits; -1 with words for people and the seconds to the day's end. */
int		 ledger_refuse(const struct ledger *, struct cost more,
		    uint64_t now, char *why, size_t, uint32_t *wait_s);
/* Of one ceiling: 0 when it is used up. */
uint64_t	 ledger_left(uint64_t max, uint64_t had);
uint32_t	 day_left_s(uint64_t now);	/* at least 1 */

#endif
