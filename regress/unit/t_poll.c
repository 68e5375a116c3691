/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The long poll against a server that is whatever the test says next: what is
 * asked again and when, what ends polling, and what another bot changes.
 */
#include <sys/wait.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <event2/event.h>

#include "regress/unit/relay_world.h"
#include "telclauded/lib/util.h"
#include "engines/common/engine.h"
#include "engines/relay/access.h"
#include "engines/relay/cmd/command.h"
#include "engines/relay/face/storeface.h"
#include "engines/relay/money/ledger.h"
#include "engines/relay/money/money.h"
#include "engines/relay/relay.h"
#include "engines/relay/route.h"
#include "engines/relay/store/store.h"
#include "engines/relay/tg/api.h"
#include "engines/relay/tg/poll.h"
#include "engines/relay/tg/update.h"
#include "engines/relay/turn/queue.h"

struct api_call { int unused; };

struct relay		relay;
static struct settings	settings;
static char		dir[64];
static struct api_call	the_call;
static api_fn		asked;		/* the request under way, or NULL */
static int64_t		offset;		/* of the newest getUpdates */
static unsigned		nme, npoll, nreports, nrouted;
static enum poll_state	state = PO_MAX;	/* as the parent was told */

/* --- what poll.c calls ------------------------------------------------- */
struct link *
engine_parent(void)
{
	return (NULL);
}

uint32_t	__wrap_msg_send_POLL_STATE(struct link *, uint32_t, int,
		    const struct msg_POLL_STATE *);

uint32_t
__wrap_msg_send_POLL_STATE(struct link *l, uint32_t id, int fd,
    const struct msg_POLL_STATE *m)
{
	(void)l;
	(void)id;
	(void)fd;
	state = m->state;
	nreports++;
	return (1);
}

struct api_call *
api_get_me(api_fn fn, void *ctx)
{
	(void)ctx;
	nme++;
	asked = fn;
	return (&the_call);
}

struct api_call *
api_get_updates(int64_t from, uint32_t wait_s, uint32_t limit,
    uint32_t total_ms, size_t max, api_fn fn, void *ctx)
{
	(void)wait_s;
	(void)limit;
	(void)total_ms;
	(void)max;
	(void)ctx;
	offset = from;
	npoll++;
	asked = fn;
	return (&the_call);
}

void
api_cancel(struct api_call *c)
{
	if (c != NULL)
		asked = NULL;
}

void
api_forget(void)
{
}

void
command_publish(void)
{
}

unsigned
queue_waiting(void)
{
	return (0);
}

/* No ceilings here. */
int
access_person(uint8_t any, int64_t id, const char *name, int64_t user)
{
	(void)any;
	(void)id;
	(void)name;
	(void)user;
	return (0);
}

void
usage_sum(uint32_t from, uint32_t to, int64_t user, struct spent *s)
{
	(void)from;
	(void)to;
	(void)user;
	memset(s, 0, sizeof(*s));
}

int
route_update(const struct update *u)
{
	nrouted++;
	return (store_update(u->id, u->chat, u->user, wall_ms(), US_TAKEN));
}

/* --- acts -------------------------------------------------------------- */
static void
loop(void)
{
	int	i;

	for (i = 0; i < 4; i++)
		(void)event_base_loop(relay.base, EVLOOP_NONBLOCK);
}

static void
later(unsigned ms)
{
	struct timeval	tv = { 0, (suseconds_t)ms * 1000 };

	(void)event_base_loopexit(relay.base, &tv);
	(void)event_base_dispatch(relay.base);
	loop();
}

static void
answer_as(enum api_verdict v, const char *body)
{
	struct api_reply	r = { .verdict = v, .why = "", .body = body,
				    .len = strlen(body) };
	api_fn			fn = asked;

	assert_non_null(fn);
	asked = NULL;
	fn(&r, NULL);
	loop();
}

static void
answer(const char *body)
{
	answer_as(BV_OK, body);
}

static void
known(int64_t bot)
{
	char	body[128];

	(void)snprintf(body, sizeof(body), "{\"ok\":true,\"result\":{\"id\":"
	    "%lld,\"username\":\"a_bot\"}}", (long long)bot);
	answer(body);
}

#define UPDATE(id)	"{\"update_id\":" #id ",\"message\":{\"message_id\":" \
    #id ",\"chat\":{\"id\":5,\"type\":\"private\"},\"from\":{\"id\":5}," \
    "\"text\":\"x\"}}"
#define RESULT(list)	"{\"ok\":true,\"result\":[" list "]}"

static void
live(void)
{
	settings.r.retry_min_ms = settings.r.retry_max_ms = 10;
	settings.r.retry_factor_pct = 100;
	settings.r.poll_limit = 100;
	settings.r.poll_s = 30;
	relay.set = &settings;
	relay.base = event_base_new();
	assert_int_equal(store_open(dir), 0);
	store_start(relay.base);
	poll_init();
	poll_start();
	loop();
}

/* Each in a process of its own. */
void
world_test(void **fn)
{
	static const char *const names[] = { "", "-wal", "-journal" };
	char	path[128];
	size_t	i;
	int	status;
	pid_t	pid;

	(void)str_copy(dir, "/tmp/t_poll.XXXXXX", sizeof(dir));
	assert_non_null(mkdtemp(dir));
	fflush(stdout);
	if ((pid = fork()) == 0) {
		live();
		(*(void (**)(void))*fn)();
		_exit(7);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	for (i = 0; i < NELEM(names); i++) {
		(void)str_format(path, sizeof(path), "%s/relay.db%s", dir,
		    names[i]);
		(void)unlink(path);
	}
	assert_int_equal(rmdir(dir), 0);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

/* --- tests ------------------------------------------------------------- */
static void
t_polls(void)
{
	assert_int_equal(nme, 1);
	assert_int_equal(state, PO_START);
	known(7);
	assert_int_equal(state, PO_OK);
	assert_int_equal(npoll, 1);
	answer(RESULT(UPDATE(40) "," UPDATE(41)));
	assert_int_equal(nrouted, 2);
	/* Acknowledged once it is on disk. */
	assert_int_equal(npoll, 2);
	assert_int_equal(offset, 42);
}

/* One that repeats what we have is asked again, but not without end. */
static void
t_known_again(void)
{
	unsigned	i;

	known(7);
	for (i = 0; i < 50 && asked != NULL; i++)
		answer(RESULT(UPDATE(40)));
	assert_in_range(i, 2, 5);
	assert_null(asked);
	later(990);
	later(100);
	assert_non_null(asked);
	/* What is new is acknowledged at once. */
	answer(RESULT(UPDATE(41)));
	assert_non_null(asked);
	assert_int_equal(offset, 42);
}

/* Broken off before its first update: nothing was seen, nothing is skipped. */
static void
t_cut_skips_nothing(void)
{
	unsigned	i;

	known(7);
	answer(RESULT(UPDATE(40)));
	for (i = 0; i < 12; i++) {
		answer("{\"ok\":true,\"result\":[{\"update_id\":41,\"mess");
		assert_null(asked);
		later(40);
		assert_int_equal(offset, 41);
	}
	/* One that is there and has no number is stepped over at last. */
	for (i = 0; i < 5; i++) {
		answer(RESULT("{\"update_id\":\"x\"}"));
		later(40);
	}
	assert_int_equal(offset, 42);
}

static void
t_gives_up(void)
{
	unsigned	i;

	settings.r.retry_attempts = 3;
	known(7);
	for (i = 0; i < 3; i++) {
		answer_as(BV_SERVER, "");
		later(40);
		assert_true(poll_well());
	}
	answer_as(BV_SERVER, "");
	later(40);
	assert_null(asked);
	assert_int_equal(state, PO_GAVE_UP);
	assert_false(poll_well());
	/* A reload finds it unwell, and tries again. */
	poll_restart();
	assert_true(poll_well());
	assert_int_equal(state, PO_START);
	assert_int_equal(nme, 2);
	known(7);
	assert_int_equal(state, PO_OK);
	assert_non_null(asked);
	answer_as(BV_SERVER, "");
	later(40);
	assert_non_null(asked);
}

/* Also a relay that never knew a good token says what it found. */
static void
t_refused(void)
{
	unsigned	n = nreports;

	assert_int_equal(n, 1);
	answer_as(BV_TOKEN, "");
	later(40);
	assert_null(asked);
	assert_int_equal(state, PO_REFUSED);
	assert_int_equal(nreports, n + 1);
	poll_restart();
	known(7);
	answer_as(BV_TOKEN, "");
	later(40);
	assert_null(asked);
	assert_int_equal(state, PO_REFUSED);
}

/* Messages of another bot have the same numbers and are other messages. */
static void
t_another_bot(void)
{
	struct turn_row	r = { .id = 77, .chat = 5, .user = 5, .msg = 3,
			    .name = "Ana", .text = "hello", .len = 5 };
	uint32_t	taint;
	int64_t		user;

	known(7);
	answer(RESULT(UPDATE(40)));
	store_turn_add(&r);
	store_face_sent(5, 4, 0, 1, "hello yourself", wall_ms());
	store_face_react(5, 4, 5, "+", wall_ms());
	/* The same one again changes nothing. */
	poll_restart();
	known(7);
	assert_int_equal(offset, 41);
	assert_int_equal(store_face_turn(5, 3, 0, &user), 77);
	poll_restart();
	known(8);
	assert_int_equal(offset, 0);
	assert_int_equal(store_face_turn(5, 3, 0, &user), 0);
	assert_int_equal(store_face_turn(5, 0, 0, &user), 77);
	assert_false(store_face_ours(5, 4, &taint));
	answer(RESULT(UPDATE(40)));
	assert_int_equal(nrouted, 2);
	assert_int_equal(offset, 41);
}

static void (*const fns[])(void) = {
	t_polls, t_known_again, t_cut_skips_nothing,
	t_gives_up, t_refused, t_another_bot,
};

int
main(void)
{
	static const char *const names[NELEM(fns)] = {
		"t_polls", "t_known_again", "t_cut_skips_nothing",
		"t_gives_up", "t_refused", "t_another_bot",
	};

	return (world_main(fns, names, NELEM(fns)));
}
