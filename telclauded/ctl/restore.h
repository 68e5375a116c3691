/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Writing what a backup holds.
 */
#ifndef CTL_RESTORE_H
#define CTL_RESTORE_H

struct archive;

/* Into the directory, empty but for backups; 0, or -1 after an error. */
int	 restore_write(const struct archive *, const char *state);
/* Is DIR/FILE a part of an engine? */
int	 restore_known(const char *name);

#endif
