/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The way of an update through the relay: seen before, listed, addressed,
 * second factor, command, queue.
 */
#ifndef RELAY_ROUTE_H
#define RELAY_ROUTE_H

struct turn;
struct update;

void	 route_update(const struct update *);
void	 route_turn(struct turn *);	/* past the gate; takes it over */
void	 route_recover(void);		/* at START: what the last run left */
void	 button_pressed(const struct update *);	/* button.c */
void	 button_run(struct turn *);	/* button.c: past the gate */

#endif
