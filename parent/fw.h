/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What the parent does with the firewall besides holding it.
 */
#ifndef PARENT_FW_H
#define PARENT_FW_H

#include "parent/parent.h"

/* fwprivate.c: what is exempt from the private ranges, and for whom */
int	 fwprivate_make(const struct conf *, struct fw_rules *, char *why,
	    size_t);

#endif
