/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The figures of tooldrv -B.
 */
#ifndef TOOLDRV_H
#define TOOLDRV_H

#include "parent/toolspawn.h"

void	 bench_exited(uint64_t, int, uint32_t, uint32_t, void *);
void	 bench_run(struct event_base *, struct tool_scope *, unsigned n);

#endif
