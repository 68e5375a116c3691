/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * When what is kept for a time may go.  A clock that was set wrong must not
 * empty a database: what it says has to hold for a while first.  Linked by
 * relay and agent; no I/O.
 */
#ifndef COMMON_KEEPCLOCK_H
#define COMMON_KEEPCLOCK_H

#include <stdint.h>

#define KEEPCLOCK_FIRST_S	600	/* after the start */
#define KEEPCLOCK_S		3600	/* between two looks */

struct keepclock {
	uint64_t	 mono, wall;	/* of the last look */
	uint64_t	 passed;	/* mono of the last pass; 0: none */
};

void	 keepclock_init(struct keepclock *, uint64_t mono, uint64_t wall);
/* A look at both clocks, in milliseconds: 1 when the time of day has gone on
 * like the other clock since the last look. */
int	 keepclock_steady(struct keepclock *, uint64_t mono, uint64_t wall);
/* The same, and 1 once a day at most: a pass is due. */
int	 keepclock_due(struct keepclock *, uint64_t mono, uint64_t wall);

#endif
