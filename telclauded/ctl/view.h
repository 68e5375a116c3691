/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What status shares with the show commands.
 */
#ifndef CTL_VIEW_H
#define CTL_VIEW_H

#include <jansson.h>

#include "telclauded/ctl/ctl.h"

/* Exit status; 0: *out holds the rows. */
int	 view_fetch(struct ctl *, enum proc, enum ctl_show, struct rows **);
void	 view_add_pss(struct rows *);
void	 view_engines(struct rows *);

/* rows.c: something was done: these words, or with -j a row of them and of
 * whom it was done to (taken; may be NULL). */
void	 view_done(const struct ctl *, json_t *id, const char *said);

/* rows.c: a row to change; the first row of a kind, taken out (a new
 * reference) or NULL. */
json_t	*rows_at(struct rows *, size_t);
json_t	*rows_take(struct rows *, const char *kind);
/* All rows of a kind, taken out; NULL without memory. */
struct rows *rows_split(struct rows *, const char *kind);

#endif
