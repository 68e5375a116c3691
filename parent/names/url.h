/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What an api line names.  Run by the parent.
 */
#ifndef PARENT_NAMES_URL_H
#define PARENT_NAMES_URL_H

#include <stdint.h>

#include "imsg/msg.h"

struct url {
	char		 host[254];	/* without the brackets of IPv6 */
	uint16_t	 port;
	int		 tls;
};

int	 url_parse(const char *, struct url *);	/* -1: not http(s)://host */
int	 addr_parse(const char *, struct netaddr *);	/* literal; 0 or -1 */

#endif
