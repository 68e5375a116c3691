/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What was counted, what is set aside and what was spent, on disk.  Writes
 * join the transaction of this pass of the event loop; see store.h.
 */
#ifndef MONEY_STOREMONEY_H
#define MONEY_STOREMONEY_H

#include "engines/relay/money/ledger.h"
#include "engines/relay/money/window.h"

/* --- messages ------------------------------------------------------------ */
uint32_t store_rate(enum span, uint64_t window, int64_t kind, int64_t who);
void	 store_rate_add(enum span, uint64_t window, int64_t kind,
	    int64_t who);
/* All counts of one window. */
void	 store_rate_now(enum span, uint64_t window,
	    void (*)(int64_t kind, int64_t who, uint32_t n, void *), void *);
/* One more hour of service is over: what is old by both clocks goes. */
void	 store_rate_purge(uint64_t now);

/* --- money --------------------------------------------------------------- */
/* Set aside; survives a kill. */
void	 store_held_add(const struct held *);
void	 store_held_del(uint64_t id);
void	 store_held_clear(void);
void	 store_held(void (*)(const struct held *, void *), void *);
/* Spent: added to the row of its day, person and scope. */
void	 store_spent_add(const struct spent *);
void	 store_spent(uint32_t from, uint32_t to,
	    void (*)(const struct spent *, void *), void *);
void	 store_spent_purge(uint32_t before);

#endif
