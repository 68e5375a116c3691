/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Who somebody is: claiming the bot, links of numbers to names, bans,
 * pairing.
 */
#ifndef PEOPLE_PEOPLE_H
#define PEOPLE_PEOPLE_H

#include "engines/relay/route.h"

struct ctlreq;
struct turn;

enum passed	 claim_pass(struct turn *);	/* a step of the route */
/* /approve CODE: 1 when it was the code of a claim (or wrong for one that
 * waits) and was answered. */
int		 claim_approve(struct turn *, const char *code);

#endif
