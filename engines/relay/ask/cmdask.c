/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * /approve and /deny.  Run by the relay.
 */
#include "telclauded/lib/util.h"
#include "engines/relay/command.h"
#include "engines/relay/people/people.h"

void
cmd_APPROVE(struct turn *t, const char *arg)
{
	struct buf	b;

	if (claim_approve(t, arg))
		return;
	buf_init(&b);
	(void)buf_puts(&b, "Nothing of this is configured here.");
	command_answer(t, &b);
}

void
cmd_DENY(struct turn *t, const char *arg)
{
	struct buf	b;

	(void)arg;
	buf_init(&b);
	(void)buf_puts(&b, "Nothing of this is configured here.");
	command_answer(t, &b);
}
