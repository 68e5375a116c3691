/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The selftest, driven and judged by the parent: twins of every engine and
 * of a tool of each tier, before the family works and when somebody asks.
 */
#ifndef PARENT_SELF_SELFTEST_H
#define PARENT_SELF_SELFTEST_H

#include <sys/types.h>

#include "engines/common/selftest.h"
#include "imsg/link.h"
#include "telclauded/lib/util.h"

struct fw_counter;
struct parent;

/* --- selftest.c ---------------------------------------------------------- */
/* At the start: the engines' twins, then, when there are tools, theirs.
 * 0, or -1 and why not. */
int	 selftest_begin_all(struct parent *, char *why, size_t);
int	 selftest_tools(struct parent *, char *why, size_t);
int	 selftest_passed(const struct parent *);
int	 selftest_reaped(struct parent *, pid_t, int status);	/* 1: ours */
void	 selftest_stop(struct parent *);
void	 selftest_free(struct parent *);

/* In service: all of it again; answered with CTL_END. */
void	 selftest_again(struct parent *, struct link *ctl, uint32_t id);
void	 selftest_forget(struct parent *, struct link *ctl);
/* Wall clock of the last one that passed, 0 never; what failed since, or
 * NULL. */
uint64_t selftest_last(const struct parent *, const char **failed);
/* Takes what the twins had counted out of the firewall's counters. */
void	 selftest_discount(const struct parent *, struct fw_counter *, int n);
/* One JSON object a twin of the last run; 0 when there is no such one. */
int	 selftest_row(const struct parent *, unsigned, struct buf *);

/* --- selfjudge.c: pure --------------------------------------------------- */
struct self_verdict {
	unsigned	 acts;		/* tried, and refused as they must be */
	unsigned	 layers;	/* that refused one: 1 << SL_* */
	unsigned	 walled;	/* packets the firewall counted */
	char		 why[160];	/* layer: what went wrong; "" nothing */
};
/* What a twin said, whole or cut; 0, or -1 and why. */
int	 selfjudge(const struct self_ctx *, const struct self_rec *, size_t n,
	    struct self_verdict *);
/* How a victim must end. */
int	 selfjudge_kill(enum self_kill, uint16_t status);	/* 1: so */

#endif
