/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What the relay sent to Telegram, looked at.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "telclauded/lib/util.h"
#include "regress/unit/relay_world.h"

int
world_sent(const char *method, const char *part)
{
	unsigned	i;

	for (i = 0; i < world.nsent; i++)
		if (strcmp(world.method[i], method) == 0 &&
		    strstr(world.body[i], part) != NULL)
			return (1);
	for (i = 0; i < world.nsent; i++)
		print_error("%s %s\n", world.method[i], world.body[i]);
	return (0);
}

unsigned
world_count(const char *method, const char *part)
{
	unsigned	i, n = 0;

	for (i = 0; i < world.nsent; i++)
		n += strcmp(world.method[i], method) == 0 &&
		    strstr(world.body[i], part) != NULL;
	return (n);
}

static const char *
button(char verb)
{
	static char	 data[64];
	char		 what[32];
	const char	*p = NULL;
	unsigned	 i;

	(void)snprintf(what, sizeof(what), "\"callback_data\":\"%c:", verb);
	for (i = world.nsent; i-- > 0 && p == NULL;)
		p = strstr(world.body[i], what);
	assert_non_null(p);
	p += 17;
	(void)snprintf(data, sizeof(data), "%.*s", (int)strcspn(p, "\""), p);
	return (data);
}

void
world_minute(void)
{
	unsigned	 left = 60000 - (unsigned)(wall_ms() % 60000);

	if (left < 15000)
		(void)usleep((left + 1) * 1000);
}

const char *
world_button(void)
{
	return (button('c'));
}

const char *
world_held(char verb)
{
	return (button(verb));
}

void
world_saw_line(const struct msg_AUDIT_LINE *m)
{
	world.went_back += strcmp(m->event, "log_went_back") == 0;
	if (strcmp(m->event, "turn") != 0)
		return;
	world.turn_verdict = m->verdict;
	world.turn_preview = m->preview.len;
}
