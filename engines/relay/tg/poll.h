/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The long poll: one getUpdates at a time, acknowledged by the next only
 * once everything it brought is on disk.  Run by the relay.
 */
#ifndef TG_POLL_H
#define TG_POLL_H

#include <stdint.h>

void	 poll_init(void);
void	 poll_start(void);		/* getMe, then poll for ever */
void	 poll_stop(void);		/* for a drain */
void	 poll_restart(void);		/* another token or server */
int	 poll_well(void);		/* connected, or trying to be */
void	 poll_report(void);		/* POLL_STATE to the parent, soon */
void	 poll_refused(int64_t chat);	/* counts, for POLL_STATE */

#endif
