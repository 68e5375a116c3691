/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The way of an update through the relay: seen before, listed, addressed,
 * second factor, command, queue.
 */
#ifndef RELAY_ROUTE_H
#define RELAY_ROUTE_H

#include <stdint.h>

#include "imsg/values.h"

struct attach;
struct turn;
struct update;

int	 route_update(const struct update *);	/* 1: new; 0: seen before */
/* A turn of a message, with the text as the agent gets it. */
struct turn *route_new(const struct update *, const struct attach *,
	    unsigned n);
/* Why a message cannot be taken as it is, or NULL. */
const char *route_unfit(const struct update *);
#define PROMPT_MAX	(TURN_PROMPT - 64)	/* less our word */
/* A message with these files, whole: from the first check on. */
void	 route_take(const struct update *, const struct attach *, unsigned n);
/*
 * What a message passes, in this order.  Each step looks at the turn and
 * says PASS, or has taken it over: ended it, or holds it for an answer and
 * then calls route_step() with the step that follows its own.
 */
enum step {
	STEP_CLAIM,		/* nobody owns this bot yet */
	STEP_GATE,		/* second factor */
	STEP_COMMAND,		/* commands and buttons end here */
	STEP_SCREEN,		/* what no message may hold */
	STEP_RATE,		/* messages a minute and hour */
	STEP_FETCH,		/* files that came with it */
	STEP_OBSERVE,		/* structure, word lists, observer */
	STEP_CONFIRM,		/* /approve of the strict profile */
	STEP_QUEUE,
	STEP_MAX
};
enum passed { TAKEN, PASS };

void	 route_step(struct turn *, enum step);	/* from here on */
void	 route_turn(struct turn *);	/* past the gate; takes it over */
void	 route_recover(void);		/* at START: what the last run left */
void	 button_pressed(const struct update *);	/* button.c */
void	 button_run(struct turn *);	/* button.c: past the gate */

#endif
