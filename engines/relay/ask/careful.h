/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What a person may not have meant: a command that removes or kills, a file
 * that by its name holds a secret.  Against accidents only: what a tool can
 * reach is the kernel's business, and a script hides anything from this.
 * Pure; the input is the model's.
 */
#ifndef ASK_CAREFUL_H
#define ASK_CAREFUL_H

#include <stddef.h>

#include "imsg/proc.h"

#define CAREFUL_WHY	64	/* bytes of "it removes files (rm)" */

/* 1: *why says what was noticed.  args is a JSON object. */
int	 careful_call(enum tool, enum tier, const char *args, size_t len,
	    char why[CAREFUL_WHY]);
/* The same of a command line; words: look at its commands too. */
int	 careful_command(const char *, size_t, int words,
	    char why[CAREFUL_WHY]);

#endif
