/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What no message to the agent may hold.  Run by the relay.
 */
#include "engines/relay/screen/screen.h"
#include "engines/relay/turn.h"

enum passed
screen_pass(struct turn *t)
{
	(void)t;
	return (PASS);
}
