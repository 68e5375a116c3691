/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Opening an engine's database: one line says which file is wrong and what to
 * do about it, an older one is migrated and kept, and what cannot be read is
 * never an empty store.  Included by store*.c only.
 */
#ifndef COMMON_STOREDB_H
#define COMMON_STOREDB_H

#include <sqlite3.h>

struct storedb {
	const char	*file;		/* below the state directory */
	int		 version;
	/* schema[v]: NULL-ended statements that lead from v to v + 1 */
	const char *const *const *schema;
	const char	*pragmas;	/* of this engine, on top of ours */
	/* NULL-ended: tables looked at however large the file is */
	const char *const *small;
};

/*
 * DIR/FILE open for this process alone, in WAL mode, quickly checked, of the
 * version asked for; or NULL after a line of the log.  Before the cage.
 */
sqlite3		*storedb_open(const char *dir, const struct storedb *);
/* What went wrong last and what to do, in words. */
const char	*storedb_words(sqlite3 *);
int		 storedb_int(sqlite3 *, const char *sql);	/* or -1 */

#endif
