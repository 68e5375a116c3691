/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Requests of the strict profile that wait for /approve.  Run by the relay.
 */
#include "engines/relay/ask/ask.h"
#include "engines/relay/turn.h"

enum passed
confirm_pass(struct turn *t)
{
	(void)t;
	return (PASS);
}

void
confirm_restore(struct turn *t)
{
	route_drop(t);
}
