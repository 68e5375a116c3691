/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What text may not hold, coming in and going out.
 */
#ifndef SCREEN_SCREEN_H
#define SCREEN_SCREEN_H

#include "imsg/link.h"
#include "engines/relay/route.h"

struct turn;

enum passed	 screen_pass(struct turn *);	/* steps of the route */
enum passed	 observe_pass(struct turn *);

/* Handlers of gate's link: the observer's question to the model. */
void		 observe_on_head(struct link *, const struct msg_API_HEAD *,
		    struct msg_meta *);
void		 observe_on_done(struct link *, const struct msg_API_DONE *,
		    struct msg_meta *);

#endif
