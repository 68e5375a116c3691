/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Rows for telclaudectl: objects of ours, member by member.
 */
#ifndef PEOPLE_ROW_H
#define PEOPLE_ROW_H

#include <stdint.h>

#include "telclauded/lib/util.h"
#include "engines/relay/cmd/ctlask.h"

void	 row_begin(struct buf *, const char *row);
void	 row_str(struct buf *, const char *key, const char *);
void	 row_int(struct buf *, const char *key, int64_t);
void	 row_bool(struct buf *, const char *key, int);
void	 row_end(struct link *, struct buf *);	/* sends and frees */

#endif
