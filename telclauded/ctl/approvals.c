/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * telclaudectl approvals: whom the relay asks, and the rules that answer for
 * an hour.  Run by the administrator.
 */
#include <stdio.h>

#include "telclauded/ctl/ctl.h"
#include "telclauded/ctl/view.h"
#include "telclauded/lib/util.h"

static const struct column columns[] = {
	{ "kind", "KIND", 8, NULL },
	{ "chat", "CHAT", -14, NULL },
	{ "user", "PERSON", -12, NULL },
	{ "tool", "TOOL", 8, NULL },
	{ "tier", "TIER", 11, NULL },
	{ "tainted", "TAINTED", 7, NULL },
	{ "left_s", "LEFT S", -6, NULL },
	{ "digest", "SHA-256 OF ITS INPUT", 0, NULL },
};

int
cmd_approvals(struct ctl *c)
{
	struct rows	*r = NULL;
	int		 rc;

	rc = ask_relay(c, ASK_APPROVALS, 0, 0, NULL, NULL, -1, &r);
	if (rc != 0)
		return (rc);
	rows_show(c, r, columns, NELEM(columns), "nobody is asked");
	rows_free(r);
	return (0);
}
