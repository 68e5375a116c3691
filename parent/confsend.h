/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What confsend.c and confrules.c share, and the part that decides, for its
 * test.
 */
#ifndef PARENT_CONFSEND_H
#define PARENT_CONFSEND_H

#include <stddef.h>

#include "imsg/proc.h"
#include "telclauded/conf.h"

struct engine;

int	 confsend_put(char *, size_t, const char *src, const char *what);
int	 confsend_tiers(struct engine *, const struct conf *);
int	 confsend_rules(struct engine *, const struct conf *);
/* The tools a rule's rows name (TOOL_NONE: any); how many, 0: no row. */
int	 confsend_rule_tools(const struct conf_rule *, enum tool *, size_t);

#endif
