/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * See budget.h.  Run by the audit engine.
 */
#include "engines/audit/budget.h"
#include "telclauded/lib/util.h"

#define MOST		(LINES_BURST * INT64_C(1000))

int
budget_left(struct budget *b, uint64_t now)
{
	uint64_t	 gone = MINIMUM(now - b->ms, (uint64_t)MOST);

	b->milli = b->ms == 0 ? MOST : MINIMUM(MOST, b->milli +
	    (int64_t)gone * LINES_SECOND);
	b->ms = now;
	return (b->milli >= 1000);
}

/* Into debt, too: a long line at the end of the budget is waited for. */
void
budget_charge(struct budget *b, uint64_t bytes)
{
	b->milli -= (int64_t)MAXIMUM(1000, bytes * 1000 / LINE_BYTES);
}
