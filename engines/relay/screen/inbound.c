/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What no message to the agent may hold: credentials of the infrastructure,
 * and text that is no text.  Nobody can override it.  Run by the relay; looks
 * at what people write before it is stored as theirs.
 */
#include <string.h>

#include "telclauded/lib/util.h"
#include "engines/relay/access.h"
#include "engines/relay/audit/auditline.h"
#include "engines/relay/out/erase.h"
#include "engines/relay/out/outbox.h"
#include "engines/relay/relay.h"
#include "engines/relay/route.h"
#include "engines/relay/screen/filter.h"
#include "engines/relay/screen/screen.h"
#include "engines/relay/turn/turn.h"

#define RUN_MAX		10000	/* bytes without white space */

static void
screen_audit(const struct turn *t, const char *names)
{
	char	text[300];

	/* The text itself is nobody's to read, not even in the log. */
	(void)str_format(text, sizeof(text), "infrastructure_secrets:%s",
	    names);
	audit_said(t, "message", AV_BLOCKED, text);
}

/* 1: it holds one, and the person was told. */
static int
has_secret(const struct turn *t, const char *p, size_t n)
{
	struct buf	names;
	unsigned	found;

	buf_init(&names);
	found = filter_critical(p, n, &names);
	if (found == 0) {
		buf_free(&names);
		return (0);
	}
	screen_audit(t, names.failed ? "" : names.p);
	/* It must not stay where others, and other programs, read it. */
	erase(t, ER_SECRET);
	outbox_say(t->chat, t->topic, 0, 1, "Your message holds what looks "
	    "like a credential (%s), so it was not passed on, and I asked "
	    "Telegram to delete it here. This cannot be overridden by "
	    "anybody. Credentials belong in this machine's configuration or "
	    "environment, see telclauded.conf(5). If it was a real one, "
	    "replace it: Telegram has seen it.", names.failed ? "?" :
	    names.p);
	buf_free(&names);
	return (1);
}

static int
has_long_run(const char *p, size_t n)
{
	size_t	i, run = 0;

	for (i = 0; i < n; i++) {
		run = strchr(" \t\r\n", p[i]) != NULL ? 0 : run + 1;
		if (run >= RUN_MAX)
			return (1);
	}
	return (0);
}

enum passed
screen_pass(struct turn *t)
{
	if (has_long_run(t->text, t->len)) {
		turn_say(t, "Your message was not taken: it holds %d or more "
		    "letters without a blank between them. Send it as a file.",
		    RUN_MAX);
		turn_drop(t);
		return (TAKEN);
	}
	if (relay.set->r.profile != RP_TEST && has_secret(t, t->text, t->len)) {
		turn_drop(t);
		return (TAKEN);
	}
	return (PASS);
}

int
screen_prompt(const struct turn *t)
{
	return (has_secret(t, t->text, t->len) || (t->files != NULL &&
	    has_secret(t, t->files, strlen(t->files))));
}

void
screen_words(char *s, size_t size)
{
	struct buf	b;

	buf_init(&b);
	(void)filter_text(s, strlen(s), &b);
	s[0] = '\0';
	if (!b.failed && b.len > 0) {
		b.p[utf8_prefix(b.p, b.len, size - 1)] = '\0';
		(void)str_copy(s, b.p, size);
	}
	buf_free(&b);
}
