/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What must hold for every rendered text, used by the unit test and the
 * fuzzer.
 */
#ifndef MDCHECK_H
#define MDCHECK_H

#include "engines/relay/md/markdown.h"

/* NULL, or what is wrong with it. */
const char	*md_check(const struct md_text *);

#endif
