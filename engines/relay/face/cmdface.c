/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * /help and /reset.  Run by the relay.
 */
#include "telclauded/lib/util.h"
#include "engines/relay/cmd/command.h"
#include "engines/relay/face/face.h"
#include "engines/relay/relay.h"

void
cmd_HELP(struct turn *t, const char *arg)
{
	struct buf	 b;
	const char	*topic = help_topic(arg);

	buf_init(&b);
	if (topic == NULL) {
		(void)buf_puts(&b, help_short);
		if (relay.set->r.idle_s != 0)
			(void)buf_printf(&b, "\nA pause of more than %u min "
			    "starts afresh, too.", (relay.set->r.idle_s + 59) /
			    60);
		command_answer(t, &b);
		return;
	}
	(void)buf_puts(&b, topic);
	/* The list of commands is the table's. */
	if (*topic == '\0') {
		(void)buf_puts(&b, "All commands:");
		command_help(&b);
	}
	command_answer(t, &b);
}

void
cmd_RESET(struct turn *t, const char *arg)
{
	cmd_NEW(t, arg);
}
