/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The control socket and what it shows.  Run by the parent.
 */
#ifndef PARENT_CONTROL_H
#define PARENT_CONTROL_H

#include "parent/parent.h"

int	 control_open(struct parent *, char *why, size_t);
void	 control_start(struct parent *);
void	 control_close(struct parent *);
void	 control_end(struct link *, uint32_t id, int err, const char *why);
int	 show(struct parent *, struct link *, enum ctl_show);

#endif
