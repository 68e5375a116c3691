/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Commands about the second factor.  Run by the relay.
 */
#include "telclauded/lib/util.h"
#include "engines/relay/command.h"

void
cmd_SETUP(struct turn *t, const char *arg)
{
	struct buf	b;

	(void)arg;
	buf_init(&b);
	(void)buf_puts(&b, "Nothing of this is configured here.");
	command_answer(t, &b);
}

void
cmd_DISABLE(struct turn *t, const char *arg)
{
	struct buf	b;

	(void)arg;
	buf_init(&b);
	(void)buf_puts(&b, "Nothing of this is configured here.");
	command_answer(t, &b);
}

void
cmd_LOGOUT(struct turn *t, const char *arg)
{
	struct buf	b;

	(void)arg;
	buf_init(&b);
	(void)buf_puts(&b, "Nothing of this is configured here.");
	command_answer(t, &b);
}

void
cmd_REAUTH(struct turn *t, const char *arg)
{
	struct buf	b;

	(void)arg;
	buf_init(&b);
	(void)buf_puts(&b, "Nothing of this is configured here.");
	command_answer(t, &b);
}

void
cmd_SKIP(struct turn *t, const char *arg)
{
	struct buf	b;

	(void)arg;
	buf_init(&b);
	(void)buf_puts(&b, "Nothing of this is configured here.");
	command_answer(t, &b);
}
