/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The database of the program this one replaces.
 */
#ifndef CTL_IMPORT_H
#define CTL_IMPORT_H

#include <stddef.h>

/* One row as a JSON object, borrowed; not 0 ends the reading. */
typedef int (*import_fn)(const char *table, const char *json, size_t,
    void *ctx);
/* Each row of the tables that are brought over; 0, or -1 and maybe why. */
int	 import_read(const char *path, import_fn, void *ctx, char *why,
	    size_t);

#endif
