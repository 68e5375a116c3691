/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The directory of backups that have no name of their own: dated, the newest
 * of them kept.
 */
#ifndef CTL_BACKUPS_H
#define CTL_BACKUPS_H

#include <stddef.h>
#include <stdint.h>

#define BACKUP_DIR	"backups"	/* below the state directory */
#define BACKUP_NAME	"telclaude-%Y%m%d-%H%M%S.tar"	/* UTC */

/* Its path, made when it is not there; 0, or -1 and why. */
int	 backup_dir(const char *state, char *out, size_t, char *why, size_t);
int	 backup_syncdir(const char *file);	/* the directory of a file */
/* Removes all but the newest, and never the one just made; 0: all are kept. */
void	 backup_prune(const char *dir, uint32_t keep, const char *just);
/* What one that was interrupted left there. */
void	 backup_sweep(const char *dir);
/* Is there room for a backup of this state?  0, or -1 and why. */
int	 backup_room(const char *state, const char *path, char *why, size_t);

#endif
