/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Inside firewall/ only: the step from what the kernel has to what it is to
 * have.
 */
#ifndef FIREWALL_APPLY_H
#define FIREWALL_APPLY_H

#include "firewall/plan.h"

struct step {
	const struct fw_rules	*rules;
	const struct fw_plan	*plan;
};

/* One transaction; from is NULL when there is no table yet.  0, or -1 with
 * errno and what the kernel refused (name is copied to label). */
int	 step_commit(struct nl *, const struct step *from,
	    const struct step *to, const char **what, const char **name,
	    char label[FW_NAMELEN]);
int	 table_delete(struct nl *, uint16_t family);

#endif
