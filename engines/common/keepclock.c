/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * See keepclock.h.
 */
#include "telclauded/lib/util.h"
#include "engines/common/keepclock.h"

#define SLACK_MS	(10ULL * 60 * 1000)	/* what is set right by NTP */

void
keepclock_init(struct keepclock *k, uint64_t mono, uint64_t wall)
{
	k->mono = mono;
	k->wall = wall;
	k->passed = 0;
}

int
keepclock_steady(struct keepclock *k, uint64_t mono, uint64_t wall)
{
	uint64_t	 went = mono - k->mono, said = wall - k->wall;
	int		 stepped;

	/* One that went back is a huge number here. */
	stepped = said > went + SLACK_MS || said + SLACK_MS < went;
	k->mono = mono;
	k->wall = wall;
	return (!stepped);
}

int
keepclock_due(struct keepclock *k, uint64_t mono, uint64_t wall)
{
	int	steady = keepclock_steady(k, mono, wall);

	if (!steady || (k->passed != 0 && mono - k->passed < DAY_MS))
		return (0);
	k->passed = mono;
	return (1);
}
