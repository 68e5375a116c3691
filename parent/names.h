/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Names that engines ask for: who may name what, and the way from a name to
 * a pinned address.  Run by the parent.
 */
#ifndef PARENT_NAMES_H
#define PARENT_NAMES_H

#include "parent/parent.h"

#define NAME_TTL_MIN	30
#define NAME_TTL_MAX	3600

/* namepolicy.c: pure */
/* May this engine name host:port?  1 or 0; *api is its row. */
int	 names_allowed(const struct conf *, enum proc, enum scope,
	    const char *host, uint16_t port);
/* 1: the address may be pinned for this engine: public, or private and
 * written literally in this engine's own api line. */
int	 names_addr_ok(const struct conf *, enum proc, const struct netaddr *,
	    uint16_t port, int (*public_ok)(const struct fw_rules *,
	    const struct netaddr *, uint16_t));
/* Addresses that need no resolver: literals and localhost; how many. */
unsigned names_literal(const char *host, struct addrs *);
uint32_t names_ttl(uint32_t);

/* names.c */
struct names *names_new(void);
void	 names_free(struct names *);
void	 names_need(struct engine *, const struct msg_NAME_NEED *, uint32_t);
void	 names_resolved(struct engine *, const struct msg_RESOLVED *,
	    uint32_t);
void	 names_lost(struct engine *);	/* it died: asker or resolver */

#endif
