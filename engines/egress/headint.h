/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What head.c and field.c share.
 */
#ifndef EGRESS_HEADINT_H
#define EGRESS_HEADINT_H

#include "engines/egress/head.h"

int	 head_token(const char *, size_t);
/* All fields are there: do they agree with each other? */
enum reason head_judge(struct head *, const char *);

#endif
