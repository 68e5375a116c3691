/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The life of a turn as a table: which event means what in which state.  An
 * event that a state does not know is late and is dropped.  Pure.
 */
#ifndef TURN_TURNFSM_H
#define TURN_TURNFSM_H

#include <stdint.h>

#define TURN_STATES(S)							\
	S(GATED,	"waiting for the second factor")		\
	S(QUEUED,	"queued")					\
	S(STARTING,	"starting")					\
	S(THINKING,	"thinking")					\
	S(TOOL,		"running a tool")				\
	S(STREAMING,	"writing")					\
	S(STOPPING,	"stopping")					\
	S(DONE,		"done")
enum turn_state {
#define S(id, name)	T_##id,
	TURN_STATES(S)
#undef S
	T_MAX
};

enum turn_event {
	E_PASSED,		/* the second factor is in order */
	E_START,		/* its place in the queue has come */
	E_BEGUN,		/* the agent took it */
	E_NOTE,			/* the agent says what it waits for */
	E_TEXT,
	E_CALL,			/* a tool call began */
	E_RESULT,		/* the last open call ended */
	E_STOP,			/* a person said so */
	E_OVER,			/* the agent is done */
	E_LATE,			/* the deadline of the state passed */
	E_GONE,			/* the agent died */
	E_MAX
};

/* The state that follows, or -1: the event is late. */
int		 turn_next(enum turn_state, enum turn_event);
const char	*turn_state_name(enum turn_state);
int		 turn_is_running(enum turn_state);
/* ms a turn may stay in a state; 0: as long as the turn as a whole. */
uint32_t	 turn_patience(enum turn_state);
#define TURN_GRACE_MS	5000	/* the agent ends a turn by itself first */
#define TURN_BEHIND_MS	3600000	/* others may go first: in all */

#endif
