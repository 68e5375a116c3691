/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What root keeps.  Run by the parent once, when everything that needs more
 * is open.
 */
#ifndef PARENT_CAPS_H
#define PARENT_CAPS_H

#include <stddef.h>

/* Does this process have what the parent cannot do without?  0, or -1 and
 * one line that names what is missing. */
int	 caps_check(char *why, size_t);
/* Keep the table's, drop the others, empty the bounding set.  0 or -1. */
int	 caps_drop(char *why, size_t);
/* 0: no CAP_SETPCAP, so the bounding set stayed and no_new_privs alone keeps
 * an exec from gaining it. */
int	 caps_bounds_empty(void);

#endif
