/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * /usage.  Run by the relay.
 */
#include "telclauded/lib/util.h"
#include "engines/relay/command.h"

void
cmd_USAGE(struct turn *t, const char *arg)
{
	struct buf	b;

	(void)arg;
	buf_init(&b);
	(void)buf_puts(&b, "Nothing of this is configured here.");
	command_answer(t, &b);
}
