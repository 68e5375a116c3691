/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What the parts of the reader of updates share.  Linked by the relay; trusts
 * nothing.
 */
#ifndef TG_UPDATE_INT_H
#define TG_UPDATE_INT_H

#include <stdint.h>

#include <jansson.h>

int64_t		 upd_int(const json_t *, const char *key);	/* or 0 */
const char	*upd_str(const json_t *, const char *key);	/* or "" */
/* Why the words are not those of who sent them; a constant, or NULL. */
const char	*update_origin(const json_t *message);

#endif
