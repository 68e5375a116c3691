/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Questions under way, over c-ares and libevent.  No /etc file is read and
 * no timer runs while nothing is asked.
 */
#ifndef RESOLVER_LOOKUP_H
#define RESOLVER_LOOKUP_H

#include "imsg/msg.h"

#define LOOKUPS_MAX	64		/* at once */

struct event_base;

typedef void	(*lookup_done)(uint32_t id, const struct msg_RESOLVED *);

/* 0, or -1 after saying why. */
int	 lookup_init(struct event_base *, lookup_done);
/* From the next idle moment on; open questions end with the old ones. */
void	 lookup_servers(const struct addrs *);
/* Always ends in one call of the callback, maybe before it returns. */
void	 lookup_start(uint32_t id, const char *host);

#endif
