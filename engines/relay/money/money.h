/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What may be used: messages by the minute, hour and day, money and tokens by
 * the day.
 */
#ifndef MONEY_MONEY_H
#define MONEY_MONEY_H

#include <stddef.h>
#include <stdint.h>

#include "imsg/link.h"
#include "engines/relay/route.h"

struct buf;
struct count;
struct ledger;
struct spent;
struct turn;

void		 money_start(void);	/* at START, before rows are taken up */

/* --- rate.c -------------------------------------------------------------- */
enum passed	 rate_pass(struct turn *);	/* a step of the route */
/*
 * Counts in all lines, or in none: then the one in the way is returned, of
 * several the one that lasts longest.
 */
const struct count *rate_take(const struct count *, size_t n, uint64_t now);
/*
 * What costs only an answer of ours (RK_COMMAND, RK_PRESS, RK_STOP): 1
 * when it may have one; else it was answered, or that has been done already.
 */
int		 rate_small(int64_t kind, int64_t chat, int64_t topic,
		    int64_t user, int64_t reply, uint64_t now);
void		 rate_start(void);

/* --- spend.c ------------------------------------------------------------- */
/* Handlers of gate's link. */
void		 spend_on_need(struct link *, const struct msg_SPEND_NEED *,
		    struct msg_meta *);
void		 spend_on_done(struct link *, const struct msg_SPEND_DONE *,
		    struct msg_meta *);
/* The answer goes to gate's question of that number. */
void		 spend_need_at(const struct msg_SPEND_NEED *, uint32_t ask,
		    uint64_t now);
/* Used and set aside of this day; 1 when any ceiling holds (else nothing was
 * looked up). */
int		 ledger_today(struct ledger *, int64_t user, enum scope,
		    uint64_t now);
/* What gate had open counts as spent: it, or we, died. */
void		 spend_gate_gone(void);
void		 spend_recover(void);		/* at start, from the store */
/* Of this person today nothing is left at all: why, else NULL. */
const char	*spend_nothing_left(int64_t user, char *why, size_t);

/* --- usage.c ------------------------------------------------------------- */
/* Sums of these days; user 0: of all. */
void		 usage_sum(uint32_t from, uint32_t to, int64_t user,
		    struct spent *);
void		 usage_status(struct buf *, int64_t user);	/* of /status */

#endif
