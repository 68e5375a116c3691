/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The line that says what the agent does just now: "Read Makefile, Bash make
 * test 12 s".  Pure; the clock is an argument.
 */
#ifndef FACE_LIVE_H
#define FACE_LIVE_H

#include <stddef.h>
#include <stdint.h>

#define LIVE_MAX	5	/* calls that are named; older ones are not */
#define LIVE_TEXT	256	/* bytes of the line at most */

enum live_state { LV_ASKS, LV_RUNS, LV_ENDED };

struct live_call {
	uint64_t	 job;		/* 0: a note, not a call */
	uint64_t	 at;		/* when this state began, ms */
	uint32_t	 took;		/* ms, of LV_ENDED */
	enum live_state	 state;
	char		 label[72];
};

struct live {
	struct live_call c[LIVE_MAX];
	unsigned	 n;
	unsigned	 more;		/* that were here before */
};

void	 live_clear(struct live *);
/* Adds a call, or changes the one of that job. */
void	 live_put(struct live *, uint64_t job, const char *label,
	    enum live_state, uint64_t now);
/* 1 when the line changed. */
int	 live_end(struct live *, uint64_t job, uint64_t now);
/* Does something run whose seconds count? */
int	 live_runs(const struct live *);
/* Writes the line, or "" when there is none. */
void	 live_text(const struct live *, uint64_t now, char *dst, size_t);

#endif
