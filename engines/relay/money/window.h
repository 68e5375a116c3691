/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Fixed windows of time and the lines of the configuration that count in
 * them.  Pure; the clock is an argument.
 *
 * A window is a number: the wall clock divided by its length.  Each has one
 * budget, kept under that number.  A clock that is set back finds the counts
 * of the windows it enters again, one that is set forward opens windows that
 * are then partly used when their time really comes, and every wait ends
 * with the window that the clock is in.
 */
#ifndef MONEY_WINDOW_H
#define MONEY_WINDOW_H

#include <stddef.h>
#include <stdint.h>

#include "imsg/proc.h"

struct settings;

enum span { SP_MINUTE, SP_HOUR, SP_DAY, SP_MAX };

/* Whose count it is, as stored; a tier counts for each person in it. */
#define RK_TOTAL	0
#define RK_PERSON	1
#define RK_COMMAND	2	/* answers of ours that no model made */
#define RK_PRESS	3	/* buttons */
#define RK_TOLD		4	/* by chat: its refusal has been said */
#define RK_STOP		5	/* what is told of /stop; it is always done */
#define RK_CODE		6	/* six digits for a card: no more than these */
#define RK_TIER(t)	(16 + (int64_t)(t))

struct count {			/* one line in one window */
	int64_t		 kind, who;
	enum span	 span;
	uint32_t	 max;
};
#define COUNTS_MAX	(3 * SP_MAX)

const char	*span_name(enum span);
uint64_t	 window_of(enum span, uint64_t now);
uint32_t	 window_left_s(enum span, uint64_t now);	/* at least 1 */

/* What a message of this person must fit: how many of v are filled in. */
size_t		 window_counts(const struct settings *, int64_t user,
		    enum tier, struct count v[COUNTS_MAX]);
/* "at most 30 messages a minute for one person" */
void		 window_words(const struct count *, char *, size_t);

#endif
