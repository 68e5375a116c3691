/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The slice of the configuration that the parent sends, as it comes in.
 */
#ifndef RELAY_SLICE_H
#define RELAY_SLICE_H

#include <stddef.h>

#include "imsg/msg.h"

struct settings;

struct settings	*settings_new(void);
void		 settings_free(struct settings *);
void		 slice_handlers(struct msg_handlers *);
void		 slice_fd(enum fdkind, int fd);
/* 0, or -1 with why. */
int		 slice_complete(struct settings *, char *why, size_t);

#endif
