/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The parts of opening a database: storedb.c decides, storemake.c makes.
 */
#ifndef COMMON_STOREMAKE_H
#define COMMON_STOREMAKE_H

#include <stddef.h>

#include "engines/common/storedb.h"

#define STORE_PATH	512

/* DIR/FILE and what is put behind it; -1 when too long, logged. */
int	 storedb_path(char *, size_t, const char *dir, const char *file,
	    const char *suffix);
/* What a process that was killed left half done goes away. */
int	 storedb_leftovers(const char *dir, const char *file);
/* A new one with all its tables, in place when it is whole; 0, -1 logged. */
int	 storedb_make(const char *dir, const struct storedb *);
/* A new one in its place, the old one (of version v, closed) kept as FILE.vN;
 * 0, -1 logged. */
int	 storedb_migrate(sqlite3 *, const char *dir, const struct storedb *,
	    int v);

#endif
