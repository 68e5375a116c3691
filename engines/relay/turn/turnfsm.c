/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The life of a turn as a table.  Linked by the relay; pure.
 */
#include "engines/relay/turn/turnfsm.h"

#define X	(-1)

static const signed char next[T_MAX][E_MAX] = {
	/*		PASSED	START	BEGUN	NOTE	TEXT	CALL	RESULT
	 *		STOP	OVER	LATE	GONE */
	[T_GATED] = {	T_QUEUED, X,	X,	X,	X,	X,	X,
			T_DONE,	X,	T_DONE,	X },
	[T_QUEUED] = {	X,	T_STARTING, X,	X,	X,	X,	X,
			T_DONE,	X,	X,	X },
	[T_STARTING] = { X,	X,	T_THINKING, T_STARTING, X, X,	X,
			T_STOPPING, T_DONE, T_STOPPING, T_DONE },
	[T_THINKING] = { X,	X,	X,	T_THINKING, T_STREAMING,
			T_TOOL,	T_THINKING,
			T_STOPPING, T_DONE, T_STOPPING, T_DONE },
	[T_TOOL] = {	X,	X,	X,	T_TOOL,	T_TOOL, T_TOOL,
			T_THINKING,
			T_STOPPING, T_DONE, T_STOPPING, T_DONE },
	[T_STREAMING] = { X,	X,	X,	T_THINKING, T_STREAMING,
			T_TOOL,	T_THINKING,
			T_STOPPING, T_DONE, T_STOPPING, T_DONE },
	[T_STOPPING] = { X,	X,	T_STOPPING, T_STOPPING, T_STOPPING, X,
			T_STOPPING,
			X,	T_DONE,	T_DONE,	T_DONE },
	[T_DONE] = {	X,	X,	X,	X,	X,	X,	X,
			X,	X,	X,	X },
};

int
turn_next(enum turn_state s, enum turn_event e)
{
	return (next[s][e]);
}

const char *
turn_state_name(enum turn_state s)
{
	static const char *const names[T_MAX] = {
#define S(id, name)	name,
		TURN_STATES(S)
#undef S
	};

	return (s < T_MAX ? names[s] : "?");
}

int
turn_is_running(enum turn_state s)
{
	return (s >= T_STARTING && s <= T_STOPPING);
}

uint32_t
turn_patience(enum turn_state s)
{
	return (s == T_STOPPING ? TURN_GRACE_MS : 0);
}
