/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What a service manager hears: sd_notify(3), written by us.  Run by the
 * parent.
 */
#ifndef PARENT_NOTIFY_H
#define PARENT_NOTIFY_H

#include <stdint.h>

/* Takes NOTIFY_SOCKET and WATCHDOG_* out of the environment; nothing when
 * they are not there. */
void	 notify_init(void);
void	 notify_ready(void);
void	 notify_reloading(void);
void	 notify_stopping(const char *why);
void	 notify_alive(void);
/* Milliseconds between two signs of life, 0: nobody waits for any. */
uint32_t notify_interval(void);

#endif
