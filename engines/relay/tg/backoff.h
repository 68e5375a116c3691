/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * How long to wait before trying again (reference 1.2).  Pure.
 */
#ifndef TG_BACKOFF_H
#define TG_BACKOFF_H

#include <stdint.h>

struct msg_CONF_RELAY;

/* n: 1 for the first failure; rnd: any 32 random bits. */
uint32_t	 backoff_ms(const struct msg_CONF_RELAY *, unsigned n,
		    uint32_t rnd);
/* Time one long poll may take at most. */
uint32_t	 poll_total_ms(uint32_t poll_s);

#endif
