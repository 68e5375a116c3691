/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Asking a person: cards for tool calls, /approve for whole requests.
 */
#ifndef ASK_ASK_H
#define ASK_ASK_H

#include "engines/relay/route.h"

struct turn;

enum passed	 confirm_pass(struct turn *);	/* a step of the route */
void		 confirm_restore(struct turn *);	/* a row, at start */

#endif
