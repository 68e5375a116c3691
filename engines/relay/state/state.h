/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What the relay keeps and for how long, copies of it, and what is brought
 * over from another program's.
 */
#ifndef STATE_STATE_H
#define STATE_STATE_H

#include "imsg/link.h"

void	 keep_start(void);
void	 keep_pass(uint64_t wall);	/* begin to remove what is too old */
void	 copy_on_make(struct link *, const struct msg_COPY_MAKE *,
	    struct msg_meta *);

#endif
