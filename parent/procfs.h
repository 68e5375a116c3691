/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Where the parent asks the kernel about processes.
 */
#ifndef PARENT_PROCFS_H
#define PARENT_PROCFS_H

/* O_PATH, ours for good; -1 with errno. */
int	 procfs_fd(void);

#endif
