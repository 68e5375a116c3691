/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Codes that wait in the store, each for one use within ten minutes.
 */
#ifndef PEOPLE_CODES_H
#define PEOPLE_CODES_H

#include "engines/relay/people/names.h"
#include "engines/relay/people/storepeople.h"

#define CODES_TTL_MS	(10 * 60 * 1000)
#define CODES_LEN	8

struct taken {
	char	 name[NAME_MAX_LEN];
	int64_t	 by;
};
/* Makes one, for show; -1: too many wait already. */
int	 codes_make(enum code_kind, const char *name, int64_t by, char *show);
/* 1: what was typed is one that waits, and it is used up now. */
int	 codes_take(enum code_kind, const char *typed, struct taken *);
int	 codes_wait(enum code_kind);	/* does any? */

#endif
