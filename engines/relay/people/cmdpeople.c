/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Commands about who somebody is.  Run by the relay.
 */
#include "telclauded/lib/util.h"
#include "engines/relay/command.h"

void
cmd_CLAIM(struct turn *t, const char *arg)
{
	struct buf	b;

	(void)arg;
	buf_init(&b);
	(void)buf_puts(&b, "Nothing of this is configured here.");
	command_answer(t, &b);
}

void
cmd_LINK(struct turn *t, const char *arg)
{
	struct buf	b;

	(void)arg;
	buf_init(&b);
	(void)buf_puts(&b, "Nothing of this is configured here.");
	command_answer(t, &b);
}

void
cmd_UNLINK(struct turn *t, const char *arg)
{
	struct buf	b;

	(void)arg;
	buf_init(&b);
	(void)buf_puts(&b, "Nothing of this is configured here.");
	command_answer(t, &b);
}

void
cmd_PAIR(struct turn *t, const char *arg)
{
	struct buf	b;

	(void)arg;
	buf_init(&b);
	(void)buf_puts(&b, "Nothing of this is configured here.");
	command_answer(t, &b);
}

void
cmd_OTP(struct turn *t, const char *arg)
{
	struct buf	b;

	(void)arg;
	buf_init(&b);
	(void)buf_puts(&b, "Nothing of this is configured here.");
	command_answer(t, &b);
}

void
cmd_PROMOTE(struct turn *t, const char *arg)
{
	struct buf	b;

	(void)arg;
	buf_init(&b);
	(void)buf_puts(&b, "Nothing of this is configured here.");
	command_answer(t, &b);
}

void
cmd_PENDING(struct turn *t, const char *arg)
{
	struct buf	b;

	(void)arg;
	buf_init(&b);
	(void)buf_puts(&b, "Nothing of this is configured here.");
	command_answer(t, &b);
}
