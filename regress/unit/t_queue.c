/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The relay's queues: what /stop and /new mean for what runs, waits or is on
 * its way, also when the relay dies between; and an agent that would have a
 * turn last for ever.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "regress/unit/relay_world.h"
#include "engines/relay/ask/card.h"
#include "engines/relay/cmd/command.h"
#include "engines/relay/store/store.h"
#include "engines/relay/turn/queue.h"
#include "engines/relay/turn/turn.h"

#define ANA	5
#define GROUP	6

/* A message that has not come to the queue yet. */
static struct turn *
on_its_way(int64_t chat, int64_t topic, const char *text)
{
	return (turn_new(chat, topic, chat, 4000, 0, "Ana", text,
	    strlen(text)));
}

static void
press(char verb)
{
	char	data[64];

	(void)snprintf(data, sizeof(data), "%c:%llx", verb,
	    (unsigned long long)lane_get(ANA, 0)->hold_before);
	world_press(ANA, data);
}

/* --- a death after /stop ------------------------------------------------- */
static void
life_held(void)
{
	world_live();
	world_say(ANA, "runs");
	world_begin();
	world_say(ANA, "waits");
	world_say(ANA, "waits too");
	world_say(ANA, "/stop");
	assert_true(world_sent("sendMessage", "2 messages waiting"));
	world_done(TO_STOPPED);
	assert_int_equal(world.nturns, 1);
}

static void
t_held_after_restart(void)
{
	world_first_life(life_held);
	assert_int_equal(world.nturns, 0);
	assert_int_equal(queue_waiting(), 2);
	world_agent_dies();
	world_agent_back();
	assert_int_equal(world.nturns, 0);
	world_say(ANA, "/status");
	assert_true(world_sent("sendMessage", "Held since /stop"));
	press('r');
	assert_int_equal(world.nturns, 1);
	assert_string_equal(world.prompt, "waits");
}

static void
life_released(void)
{
	life_held();
	press('r');
	assert_int_equal(world.nturns, 2);
}

/* What was let go stays so. */
static void
t_released_after_restart(void)
{
	world_first_life(life_released);
	assert_true(world_sent("sendMessage", "I was restarted while"));
	assert_int_equal(world.nturns, 1);
	assert_string_equal(world.prompt, "waits too");
}

static void
life_dropped(void)
{
	struct turn	*t;

	world_live();
	t = on_its_way(ANA, 0, "looked at");
	turn_save(t, TW_SCREEN);
	world_say(ANA, "/stop");
	assert_true(world_sent("sendMessage", "1 message waiting"));
	press('d');
	assert_true(world_sent("sendMessage", "Dropped 1 message."));
}

static void
t_dropped_after_restart(void)
{
	world_first_life(life_dropped);
	assert_int_equal(world.nturns, 0);
	assert_int_equal(queue_waiting(), 0);
	world_say(ANA, "new");
	assert_int_equal(world.nturns, 1);
	assert_string_equal(world.prompt, "new");
}

/* --- whose buttons they are ---------------------------------------------- */
static void
t_drop_again(void)
{
	struct turn	*t;

	world_live();
	t = on_its_way(ANA, 0, "dropped");
	world_say(ANA, "/stop");
	press('d');
	/* Nothing is held now: that drops no more, and no less. */
	assert_int_equal(queue_drop(lane_get(ANA, 0)), 0);
	assert_int_equal(queue_add(t), 0);
	world_wait(10);
	assert_int_equal(world.nturns, 0);
	assert_int_equal(queue_waiting(), 0);
}

static void
t_old_buttons(void)
{
	char	old[64];

	world_live();
	world_say(ANA, "runs");
	world_begin();
	world_say(ANA, "first");
	world_say(ANA, "/stop");
	(void)snprintf(old, sizeof(old), "%s", world_held('d'));
	world_say(ANA, "/stop");
	world_press(ANA, old);
	assert_true(world_sent("answerCallbackQuery", "of an earlier /stop"));
	assert_int_equal(queue_waiting(), 1);
	press('r');
	/* Long after, with others waiting. */
	world_press(ANA, old);
	assert_true(world_sent("answerCallbackQuery", "Nothing waits for"));
	world_press(ANA, "d:");
	assert_true(world_sent("answerCallbackQuery", "too old"));
	assert_int_equal(queue_waiting(), 1);
	world_done(TO_STOPPED);
	assert_string_equal(world.prompt, "first");
}

/* --- /stop all ------------------------------------------------------------ */
static void
t_stop_all(void)
{
	struct turn	*t;

	world_live();
	t = on_its_way(GROUP, 3, "being fetched");
	t->conv = 77;
	temprule_add(t, TOOL_BASH);
	assert_true(temprule_allows(t, TOOL_BASH));
	world.group = GROUP;
	world_say(ANA, "/stop");
	assert_true(temprule_allows(t, TOOL_BASH));
	assert_int_equal(lane_get(GROUP, 3)->hold_before, 0);
	world_say(ANA, "/stop all");
	assert_true(world_sent("sendMessage", "Topic 3: Nothing runs. 1 "
	    "message waiting."));
	assert_false(temprule_allows(t, TOOL_BASH));
	assert_int_equal(queue_add(t), 0);
	world_wait(10);
	assert_int_equal(world.nturns, 0);
	assert_int_equal(queue_waiting(), 1);
}

/* Its answers have a bound, what it does has none. */
static void
t_stop_flood(void)
{
	unsigned	i;

	world_live();
	world_minute();
	for (i = 0; i < 30; i++)
		world_press(ANA, "x:1");
	for (i = 0; i < 40; i++)
		world_say(ANA, "/stop");
	assert_int_equal(world_count("sendMessage", "Nothing runs in"), 30);
	assert_int_equal(world_count("sendMessage", "at most 30 answers to "
	    "/stop a minute"), 1);
	world_say(ANA, "work");
	world_begin();
	world_say(ANA, "/stop");
	assert_int_equal(world.stops, 1);
}

/* --- /new ------------------------------------------------------------------ */
/* All in one pass of the loop: the agent has not heard of the first. */
static void
t_new_before_begun(void)
{
	struct turn	*by;
	uint64_t	 old;

	world_live();
	world_say(ANA, "before");
	old = world.conv;
	world_begin();
	world_done(TO_OK);
	assert_int_equal(queue_add(on_its_way(ANA, 0, "stopped")), 0);
	assert_int_equal(queue_add(on_its_way(ANA, 0, "goes on")), 0);
	by = on_its_way(ANA, 0, "/new");
	cmd_NEW(by, "");
	turn_free(by);
	world_wait(10);
	assert_int_equal(world.nturns, 2);
	assert_string_equal(world.prompt, "goes on");
	assert_int_equal(world.conv, lane_get(ANA, 0)->conv);
	assert_true(world.conv != old);
}

/* --- an agent that says that it queues -------------------------------------- */
static void
t_queued_while_stopping(void)
{
	struct turn	*t;
	uint64_t	 due;

	world_live();
	world_say(ANA, "work");
	world_begin();
	world_say(ANA, "/stop");
	t = turn_find(world.turn);
	due = t->due;
	assert_true(due <= now_ms() + TURN_GRACE_MS);
	world_loop(5);
	world_note(TN_QUEUED);
	assert_int_equal(t->state, T_STOPPING);
	assert_int_equal(t->due, due);
}

static void
t_queued_without_end(void)
{
	struct turn	*t;
	uint64_t	 all;
	unsigned	 i;

	world_live();
	world.settings.r.turn_ms = 25 * 60 * 1000;
	all = world.settings.r.turn_ms + TURN_GRACE_MS;
	world_say(ANA, "work");
	world_begin();
	t = turn_find(world.turn);
	for (i = 0; i < 10; i++) {
		t->due = now_ms();	/* its time is used up */
		world_note(TN_QUEUED);
		if (i < 2)
			assert_true(t->due + 1000 > now_ms() + all);
	}
	assert_true(t->behind <= TURN_BEHIND_MS);
	assert_true(t->due < now_ms() + 1000);
}

static void (*const fns[])(void) = {
	t_held_after_restart, t_released_after_restart,
	t_dropped_after_restart, t_drop_again, t_old_buttons, t_stop_all,
	t_stop_flood, t_new_before_begun, t_queued_while_stopping,
	t_queued_without_end,
};

int
main(void)
{
	static const char *const names[NELEM(fns)] = {
		"t_held_after_restart", "t_released_after_restart",
		"t_dropped_after_restart", "t_drop_again", "t_old_buttons",
		"t_stop_all", "t_stop_flood", "t_new_before_begun",
		"t_queued_while_stopping", "t_queued_without_end",
	};

	return (world_main(fns, names, NELEM(fns)));
}
