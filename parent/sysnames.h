/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Names of system calls, for log lines.  The table is made at build time
 * from the system's headers (parent/Makefile).
 */
#ifndef PARENT_SYSNAMES_H
#define PARENT_SYSNAMES_H

const char	*sysname(long nr);	/* NULL when unknown */

#endif
