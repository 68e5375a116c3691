/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Leave to spend: the relay has the one ledger and is asked before a request
 * for messages leaves, and told afterwards what it did cost.
 */
#ifndef SPEND_H
#define SPEND_H

#include "engines/gate/limit.h"
#include "imsg/link.h"

struct hold;			/* one request's money */
/* Called once, later: granted, or why not and the seconds to wait. */
typedef void	(*spend_fn)(void *ctx, int granted, const char *why,
		    uint32_t wait_s);

/* NULL: the relay is away, so nothing may leave.  turn 0: nobody knows. */
struct hold	*spend_ask(enum scope, uint64_t turn, const char *model,
		    struct cost, spend_fn, void *ctx);
#define SPEND_AWAY "the relay is being restarted, and it alone can say what " \
	"may still be spent; ask again in a moment"

enum spend_end {
	SE_FREE,		/* the server did nothing for it */
	SE_LOST,		/* nobody knows: as much as was asked for */
	SE_UNHEARD,		/* the connection broke before an answer
				 * began: what was sent, and no words of it */
	SE_WHOLE,		/* the answer came to its end */
};
/* In any state; *hp is NULL after it.  What it counts for, in micro-usd. */
uint64_t	 spend_settle(struct hold **hp, enum spend_end,
		    struct usagescan *);
/* It can cost this at the most, now that all of it was read. */
void		 spend_lower(struct hold *, struct cost);
/* The model's name in the order of a body's scan, for prices: "" when there
 * are several. */
const char	*spend_model(const struct bodyscan *);

void		 spend_relay(struct link *);	/* NULL: it is gone */
struct link	*spend_link(void);
void		 spend_granted(const struct msg_SPEND_GRANT *, uint32_t id);

#endif
