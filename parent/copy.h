/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Copies of the state of engines, for a backup.
 */
#ifndef PARENT_COPY_H
#define PARENT_COPY_H

#include "imsg/msg.h"

struct engine;
struct link;
struct parent;

/* telclaudectl wants the n-th part; answered with CTL_PART, maybe later. */
void	 copy_ask(struct parent *, struct link *, uint32_t id, unsigned part);
void	 copy_done(struct engine *, const struct msg_COPY_DONE *,
	    struct msg_meta *);
void	 copy_lost(struct engine *);	/* it ended */
int	 copy_client(const struct link *);	/* does it make a backup? */
void	 copy_client_gone(struct link *);

#endif
