/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Claims, between the chat's side of them and the machine's.
 */
#ifndef PEOPLE_CLAIM_H
#define PEOPLE_CLAIM_H

#include "engines/relay/people/storepeople.h"

#define CLAIM_LEN	6
#define CLAIM_TTL_MS	(5 * 60 * 1000)

int	 claim_live(const struct claim_row *, uint64_t now);
int	 claim_closed(void);	/* there was an admin once */
void	 claim_reopen(void);	/* anew, from nothing */

#endif
