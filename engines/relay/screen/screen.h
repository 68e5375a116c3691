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

struct lane;
struct turn;

enum passed	 screen_pass(struct turn *);	/* steps of the route */
enum passed	 observe_pass(struct turn *);
/* All that would reach the model: 1, and the person was told, when it holds
 * a credential. */
int		 screen_prompt(const struct turn *);
/* Others' words on their way to a person, filtered in place. */
void		 screen_words(char *, size_t);

/* Messages of a chat that the observer has not let on: how many, and drop
 * them (/stop). */
unsigned	 observe_drop(struct lane *);

/* Handlers of gate's link: the observer's question to the model. */
void		 observe_on_head(struct link *, const struct msg_API_HEAD *,
		    struct msg_meta *);
void		 observe_on_done(struct link *, const struct msg_API_DONE *,
		    struct msg_meta *);
void		 observe_link_up(void);
void		 observe_link_closed(void);

#endif
