/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The part of confsend.c that decides, for its test.
 */
#ifndef PARENT_CONFSEND_H
#define PARENT_CONFSEND_H

#include <stddef.h>

#include "imsg/proc.h"
#include "telclauded/conf.h"

/* The tools a rule's rows name (TOOL_NONE: any); how many, 0: no row. */
int	 confsend_rule_tools(const struct conf_rule *, enum tool *, size_t);

#endif
