/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Kinds of files by name.
 */
#ifndef FILETYPE_H
#define FILETYPE_H

int	 filetype_known(const char *name);	/* its number, or -1 */
int	 filetype_match(int type, const char *basename);

#endif
