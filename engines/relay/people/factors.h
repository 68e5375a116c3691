/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The names the totp engine may know a person by.  A second factor is kept
 * under one of them, and a person gets and loses names: none of these may
 * make it fall off, so all are asked about.
 */
#ifndef PEOPLE_FACTORS_H
#define PEOPLE_FACTORS_H

#include <stdint.h>

#include "engines/relay/people/names.h"

#define FACTORS_MAX	4

struct settings;

struct factors {
	unsigned	 n;		/* one at least */
	char		 name[FACTORS_MAX][NAME_MAX_LEN];
};

/* In the order they are asked about; what is not used is zero. */
void	 factors_of(const struct settings *, int64_t user, struct factors *);
/* The engine said which of them it is; good while the names are the same. */
void	 factors_found(int64_t user, const struct factors *, unsigned i);
unsigned factors_known(int64_t user, const struct factors *);
/* Another factor under this name, or none. */
void	 factors_changed(const char *name);

#endif
