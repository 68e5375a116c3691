/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * How much one writer may add to the audit log: what works on strangers'
 * bytes may not fill the disk with lines.  Pure.
 */
#ifndef AUDIT_BUDGET_H
#define AUDIT_BUDGET_H

#include <stdint.h>

#define LINES_BURST	2000
#define LINES_SECOND	100
#define LINE_BYTES	512		/* a longer one counts as several */

struct budget {
	uint64_t	 ms;		/* when it was last looked at */
	int64_t		 milli;		/* thousandths of a line left, or
					 * still to be waited for */
	unsigned	 lost;
};

/* Is there a line left? */
int	 budget_left(struct budget *, uint64_t now_ms);
/* What a line took on the disk: some bytes become six there. */
void	 budget_charge(struct budget *, uint64_t bytes);

#endif
