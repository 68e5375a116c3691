/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Messages under observation, for the files that do it.
 */
#ifndef SCREEN_OBSERVE_H
#define SCREEN_OBSERVE_H

#include "telclauded/lib/util.h"
#include "engines/relay/screen/verdict.h"

/* One question to the model and its answer (exchange.c). */
struct exchange;
typedef void	(*exchange_fn)(void *ctx, const char *body, size_t len,
		    const char *why, int unpaid);
/* body NULL: it failed, why; unpaid: a ceiling of ours, and none was asked. */
/* Takes the body.  fn is called once, later, unless it is dropped. */
struct exchange	*exchange_new(uint64_t turn, struct buf *body, uint32_t ms,
		    exchange_fn, void *ctx);
void		 exchange_drop(struct exchange *);

/* storebreaker.c */
void		 store_breaker(struct breaker *);	/* as it was left */
void		 store_set_breaker(const struct breaker *);

#endif
