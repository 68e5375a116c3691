/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Where the parent asks the kernel about processes.
 */
#ifndef PARENT_PROCFS_H
#define PARENT_PROCFS_H

#include <stddef.h>

/* O_PATH, ours for good; -1 with errno. */
int	 procfs_fd(void);
/* A small file there (or at an absolute path) as text, cut when it is longer:
 * 0, or -1 when nothing could be read. */
int	 procfs_read(const char *path, char *, size_t);

#endif
