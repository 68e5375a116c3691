/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * policy [N]: what a message costs between its arrival and its place in the
 * queue: seen before, listed, second factor, command, secrets, rates.  The
 * relay's own code without its network; nothing is committed meanwhile, as in
 * one pass of the event loop.  The answer is one line of JSON.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "engines/relay/route.h"
#include "engines/relay/tg/update.h"
#include "regress/unit/relay_world.h"
#include "telclauded/lib/util.h"

#define CHATS	1000

static unsigned	count = 4000;

static uint64_t
now_us(void)
{
	struct timespec	ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000);
}

static int
cmp(const void *a, const void *b)
{
	const uint64_t	*x = a, *y = b;

	return (*x < *y ? -1 : *x > *y);
}

/* The lines that hold without a configuration. */
static void
defaults(struct settings *s)
{
	static struct msg_CONF_RATE	rates[] = {
		{ .kind = LK_TOTAL, .minute = 1000000, .hour = 1000000 },
		{ .kind = LK_TIER, .tier = TIER_WRITE_LOCAL, .minute = 20,
		    .hour = 200 },
		{ .kind = LK_PERSON, .any = 1, .minute = 30, .hour = 300 },
	};
	static int64_t			chats[CHATS];
	int				i;

	for (i = 0; i < CHATS; i++)
		chats[i] = 1000 + i;
	s->chats = chats;
	s->nchats = CHATS;
	s->rates = rates;
	s->nrates = NELEM(rates);
}

static void
measure(void)
{
	static char	 text[] = "Please look at the tests of the parser and "
	    "tell me which of them fail since yesterday, and why.";
	struct update	 u;
	uint64_t	*took, from;
	unsigned	 i;

	world_live();
	defaults(&world.settings);
	took = calloc(count, sizeof(*took));
	assert_non_null(took);
	for (i = 0; i < count; i++) {
		memset(&u, 0, sizeof(u));
		u.id = 1000000 + i;
		u.kind = UPD_MESSAGE;
		u.ckind = CHAT_PRIVATE;
		u.chat = u.user = 1000 + i % CHATS;
		u.msg = i;
		u.text = strdup(text);
		u.len = strlen(text);
		from = now_us();
		route_update(&u);
		took[i] = now_us() - from;
		update_free(&u);
	}
	qsort(took, count, sizeof(*took), cmp);
	(void)printf("{\"median\":%llu,\"p95\":%llu}\n",
	    (unsigned long long)took[count / 2],
	    (unsigned long long)took[count * 95 / 100]);
	(void)fflush(stdout);
}

int
main(int argc, char **argv)
{
	void	(*fn)(void) = measure;
	void	*state = &fn;

	if (argc > 1)
		count = (unsigned)strtoul(argv[1], NULL, 10);
	/* Outside of a test a failed assertion ends the process. */
	world_test(&state);
	return (0);
}
