/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Chats that are not listed.
 */
#ifndef RELAY_STRANGER_H
#define RELAY_STRANGER_H

#include <stdint.h>

struct update;

/* An update of such a chat: logged once in a while; a group is left. */
void		 stranger_refused(const struct update *);
/* Has this chat not been heard of within so many ms?  Remembers it. */
int	 stranger_due(int64_t chat, uint64_t now, uint64_t every_ms);
void	 stranger_forget(void);		/* all chats are new again */

#endif
