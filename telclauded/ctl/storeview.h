/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Databases as bytes in memory, never written to.  Included by store*.c only.
 */
#ifndef CTL_STOREVIEW_H
#define CTL_STOREVIEW_H

#include <stddef.h>
#include <stdint.h>

#include <sqlite3.h>

/* The bytes are the caller's and private to it: two of the head are changed.
 * NULL and why: not a database. */
sqlite3	*store_view(uint8_t *, size_t, char *why, size_t);
int	 store_has(sqlite3 *, const char *table);

#endif
