/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What may be used: messages by the minute and hour, money and tokens by the
 * day.
 */
#ifndef MONEY_MONEY_H
#define MONEY_MONEY_H

#include "imsg/msg.h"
#include "engines/relay/route.h"

struct turn;

enum passed	 rate_pass(struct turn *);	/* a step of the route */

/* Handlers of gate's link. */
void		 spend_on_need(struct link *, const struct msg_SPEND_NEED *,
		    struct msg_meta *);
void		 spend_on_done(struct link *, const struct msg_SPEND_DONE *,
		    struct msg_meta *);

#endif
