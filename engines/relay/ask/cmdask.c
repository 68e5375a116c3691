/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * /approve and /deny.  Run by the relay.
 */
#include "telclauded/lib/util.h"
#include "engines/relay/ask/ask.h"
#include "engines/relay/cmd/command.h"
#include "engines/relay/people/people.h"
#include "engines/relay/turn/queue.h"
#include "engines/relay/turn/turn.h"

static void
answer(const struct turn *t, const char *text)
{
	struct buf	b;

	buf_init(&b);
	(void)buf_puts(&b, text);
	command_answer(t, &b);
}

/* What runs in this chat and asks this person. */
static struct turn *
asking(const struct turn *t)
{
	struct turn	*r = t->lane->run;

	return (r != NULL && r->asking > 0 && r->user == t->user ? r : NULL);
}

void
cmd_APPROVE(struct turn *t, const char *arg)
{
	if (claim_approve(t, arg))
		return;
	if (*arg != '\0')
		confirm_approve(t, arg);
	else if (asking(t) != NULL)
		answer(t, "What a tool asks for is allowed by the buttons "
		    "below it, where one sees what it is.");
	else if (!confirm_approve_own(t))
		answer(t, "Add the number: /approve NUMBER, as it was told "
		    "here.");
}

void
cmd_DENY(struct turn *t, const char *arg)
{
	struct turn	*r = asking(t);

	if (*arg == '\0' && r != NULL) {
		(void)ask_deny_all(r, t->name);
		answer(t, "Denied. Nothing of it ran.");
	} else if (!confirm_deny(t, arg))
		answer(t, "Nothing here waits for an answer of yours.");
}
