/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Second factors for single actions (design 10.10): what a rule asks a code
 * for runs only when the totp engine itself said so.  Run by the parent.
 */
#include "parent/parent.h"
#include "parent/toolgrant.h"

void
tools_coded(struct parent *p, const struct msg_TOTP_OK *m)
{
	(void)p;
	(void)m;
}
