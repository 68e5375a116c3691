/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The long poll.  A poll that does not complete in time is a dead connection,
 * whatever the kernel thinks of it; a refused token, or as many failures as
 * the configuration allows, end polling until it is loaded again.  Run by the
 * relay; trusts nothing that comes.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>
#include <jansson.h>

#include "engines/common/engine.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"
#include "engines/relay/cmd/command.h"
#include "engines/relay/face/storeface.h"
#include "engines/relay/money/ledger.h"
#include "engines/relay/money/money.h"
#include "engines/relay/relay.h"
#include "engines/relay/route.h"
#include "engines/relay/store/store.h"
#include "engines/relay/tg/api.h"
#include "engines/relay/tg/backoff.h"
#include "engines/relay/tg/poll.h"
#include "engines/relay/tg/update.h"
#include "engines/relay/turn/queue.h"

#define POLL_MAX	(8u << 20)	/* bytes of one answer */
#define POLL_STUCK	5
#define POLL_STALE_MS	(6 * DAY_MS)

static struct {
	struct event	*timer;
	struct api_call	*call;
	enum poll_state	 state;
	int		 probe;		/* the one under way does not wait */
	int		 known;		/* getMe was answered */
	int		 stopped;
	unsigned	 failures;
	unsigned	 empty;		/* answers in a row come too soon */
	uint32_t	 limit;		/* halved when an answer is too long */
	uint64_t	 sent_ms;
	uint64_t	 polled_ms;	/* wall clock of the last full poll */
	int64_t		 offset;
	uint64_t	 newest_ms;
	uint32_t	 refused;
	int64_t		 last_refused;
	uint64_t	 last_refused_ms;
	unsigned	 useless;	/* answers in a row of nothing usable */
	unsigned	 stuck;		/* of them with the same update */
	int		 privacy;	/* said that groups are not heard */
} poll;

static void	 poll_next(void);

void
poll_report(void)
{
	struct msg_POLL_STATE	m;
	struct spent		use;
	uint32_t		today = day_of(wall_ms());

	memset(&m, 0, sizeof(m));
	m.state = (uint8_t)poll.state;
	m.polled_ms = poll.polled_ms;
	(void)str_copy(m.bot, relay.bot_name, sizeof(m.bot));
	m.queued = queue_waiting();
	m.refused = poll.refused;
	m.last_refused = poll.last_refused;
	m.last_refused_ms = poll.last_refused_ms;
	usage_sum(today, today, 0, &use);
	m.tokens_today = spent_tokens(&use);
	m.microusd_today = use.microusd;
	msg_send_POLL_STATE(engine_parent(), 0, -1, &m);
}

void
poll_refused(int64_t chat)
{
	poll.refused++;
	poll.last_refused = chat;
	poll.last_refused_ms = wall_ms();
}

static void
poll_set_state(enum poll_state s)
{
	if (poll.state == s)
		return;
	poll.state = s;
	poll_report();
}

static void
poll_again(uint32_t ms)
{
	struct timeval	tv = ms_tv(ms);

	(void)event_add(poll.timer, &tv);
}

/* Something went wrong: say so once in a while, and wait. */
static void
poll_failed(const struct api_reply *r)
{
	const struct msg_CONF_RELAY	*c = &relay.set->r;
	uint32_t			 ms;

	/* The parent says so; at the start it also ends. */
	if (r->verdict == BV_TOKEN) {
		poll_set_state(PO_REFUSED);
		return;
	}
	if (r->err != HE_OK)
		api_forget();
	poll.failures++;
	ms = backoff_ms(c, poll.failures, arc4random());
	if (r->retry_ms > ms)
		ms = r->retry_ms;
	/* Half-open once: a fresh connection is the whole cure. */
	if (poll.failures == 1 && (r->err == HE_TOTAL || r->err == HE_CUT ||
	    r->err == HE_IDLE || r->err == HE_FIRST))
		ms = 0;
	if (poll.failures == 1 || poll.failures % 10 == 0 || ms > 10000)
		log_warnx("Telegram: %s; trying again in %u ms", r->why, ms);
	if (c->retry_attempts != 0 && poll.failures > c->retry_attempts) {
		log_error("Telegram: gave up after %u attempts; a reload "
		    "tries again", c->retry_attempts);
		poll_set_state(PO_GAVE_UP);
		return;
	}
	if (poll.failures > 1 || ms > 0)
		poll_set_state(r->verdict == BV_CONFLICT ? PO_CONFLICT :
		    PO_RETRY);
	poll_again(ms);
}

/* 1: new; 0: seen before; -1: it has no number. */
static int
poll_take(const char *s, size_t len)
{
	struct update	u;
	int		fresh;

	update_parse(s, len, relay.bot_name, relay.bot_id, &u);
	if (u.id == -1) {
		log_warnx("an update without a number: %s", u.why);
		update_free(&u);
		return (-1);
	}
	if (u.kind == UPD_SKIP)
		log_warnx("update %" PRId64 " skipped: %s", u.id, u.why);
	fresh = route_update(&u);
	if (u.id >= poll.offset)
		poll.offset = u.id + 1;
	update_free(&u);
	return (fresh);
}

/*
 * An answer with nothing that has a number acknowledges nothing, or a real
 * message could be lost; an update (seen) that comes so again and again is
 * stepped over at last, an answer that breaks off before its first is not.
 */
static void
poll_stuck(int seen)
{
	if (seen && ++poll.stuck >= POLL_STUCK && poll.offset > 0) {
		log_warnx("update %" PRId64 " has come %u times without a "
		    "number: stepped over", poll.offset, poll.stuck);
		poll.offset++;
		poll.stuck = poll.useless = 0;
	}
	poll_again(backoff_ms(&relay.set->r, ++poll.useless, arc4random()));
}

/*
 * One answer that is too long: ask for fewer.  A single update that is too
 * long is stepped over by its number, which is at the front.
 */
static void
poll_toobig(const struct api_reply *r)
{
	struct upd_iter	it;
	int64_t		id;

	if (poll.limit > 1) {
		poll.limit /= 2;
		poll_next();
		return;
	}
	id = update_scan_id(r->body, r->len);
	if (id < poll.offset) {
		upd_iter_init(&it, r->body, r->len);
		poll_stuck(!it.bad);
		return;
	}
	log_warnx("update %" PRId64 " is over %u bytes: skipped", id,
	    POLL_MAX);
	(void)store_update(id, 0, 0, wall_ms(), US_SKIPPED);
	poll.offset = id + 1;
	poll.limit = relay.set->r.poll_limit;
	poll_again(0);
}

static void
poll_committed(uint64_t unused)
{
	(void)unused;
	poll_next();
}

static void
poll_answered(const struct api_reply *r, void *ctx)
{
	struct upd_iter	 it;
	const char	*s;
	size_t		 len;
	unsigned	 n = 0, all = 0, fresh = 0;
	int		 got;

	(void)ctx;
	poll.call = NULL;
	if (r->toobig) {
		poll_toobig(r);
		return;
	}
	upd_iter_init(&it, r->body, r->len);
	if (r->verdict != BV_OK || it.bad) {
		poll_failed(r);
		return;
	}
	if (poll.failures > 1)
		log_info("Telegram answers again");
	poll.failures = 0;
	poll.polled_ms = wall_ms();
	poll.state = PO_OK;
	for (; upd_iter_next(&it, &s, &len); all++) {
		got = poll_take(s, len);
		n += got != -1;
		fresh += got == 1;
	}
	if (it.bad)
		log_warnx("an answer of Telegram ends in the middle");
	poll.limit = relay.set->r.poll_limit;
	poll_report();
	if (n > 0) {
		poll.newest_ms = poll.polled_ms;
		poll.stuck = poll.useless = 0;
	}
	if (fresh > 0) {
		poll.empty = 0;
		store_after(poll_committed, 0);
	} else if (n == 0 && (all > 0 || it.bad))
		poll_stuck(all > 0);
	else if (!poll.probe && now_ms() - poll.sent_ms < 500 &&
	    ++poll.empty > 2)
		poll_again(1000);	/* a server that does not wait, or
					 * does not heed what we have */
	else
		poll_next();
}

static void
poll_next(void)
{
	const struct msg_CONF_RELAY	*c = &relay.set->r;
	uint32_t			 wait_s;

	if (poll.call != NULL || poll.stopped || !poll_well() || !poll.known)
		return;
	/*
	 * After a quiet week Telegram numbers anew, maybe lower: ask for all
	 * then; what we have seen is known by its number anyhow.
	 */
	if (wall_ms() - poll.newest_ms > POLL_STALE_MS)
		poll.offset = 0;
	/* After trouble ask without waiting: else status would go on telling
	 * of it until somebody writes. */
	poll.probe = poll.state == PO_RETRY || poll.state == PO_CONFLICT;
	wait_s = poll.probe ? 0 : c->poll_s;
	poll.sent_ms = now_ms();
	poll.call = api_get_updates(poll.offset, wait_s, poll.limit,
	    poll_total_ms(wait_s), POLL_MAX, poll_answered, NULL);
	if (poll.call == NULL)
		poll_again(1000);
}

static void
poll_known(int64_t id, const char *name)
{
	int64_t	was = store_meta("bot", 0);

	if (was != id) {
		/* Numbers of another bot mean nothing here. */
		if (was != 0)
			store_other_bot();
		store_set_meta("bot", id);
		poll.offset = 0;
	}
	relay.bot_id = id;
	(void)str_copy(relay.bot_name, name, sizeof(relay.bot_name));
	poll.known = 1;
	log_info("connected to Telegram as @%s", relay.bot_name);
}

/* In privacy mode Telegram shows us of a group what is meant for us. */
static void
poll_privacy(const json_t *me)
{
	const struct settings	*s = relay.set;

	/* They are sorted: a group's number is negative. */
	if (poll.privacy || s->r.mention || s->nchats == 0 ||
	    s->chats[0] >= 0 || !json_is_false(json_object_get(me,
	    "can_read_all_group_messages")))
		return;
	poll.privacy = 1;
	log_warnx("a group is listed, and the bot is in privacy mode: "
	    "Telegram shows it only commands and what is addressed to it. "
	    "To hear all: /setprivacy at @BotFather, then put the bot into "
	    "the group anew; else: require mention");
}

static void
poll_me(const struct api_reply *r, void *ctx)
{
	const char	*name;
	json_int_t	 id;
	json_t		*o, *me;

	(void)ctx;
	poll.call = NULL;
	if (r->verdict != BV_OK) {
		poll_failed(r);
		return;
	}
	o = json_loadb(r->body, r->len, 0, NULL);
	me = json_object_get(o, "result");
	id = json_integer_value(json_object_get(me, "id"));
	name = json_string_value(json_object_get(me, "username"));
	if (id <= 0 || name == NULL || strlen(name) > 32 ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789_") != strlen(name)) {
		log_warnx("Telegram: getMe names no bot");
		poll.failures++;
		poll_again(backoff_ms(&relay.set->r, poll.failures,
		    arc4random()));
	} else {
		poll.failures = 0;
		poll_known((int64_t)id, name);
		poll_privacy(me);
		poll_set_state(PO_OK);
		poll_next();
		command_publish();
	}
	json_decref(o);
}

static void
poll_timer(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	if (poll.call != NULL || poll.stopped)
		return;
	if (poll.known) {
		poll_next();
		return;
	}
	poll.call = api_get_me(poll_me, NULL);
	if (poll.call == NULL)
		poll_again(1000);
}

void
poll_init(void)
{
	poll.timer = event_new(relay.base, -1, 0, poll_timer, NULL);
	if (poll.timer == NULL)
		fatal("poll_init");
}

void
poll_start(void)
{
	poll.offset = store_next_update(&poll.newest_ms);
	poll.limit = relay.set->r.poll_limit;
	poll.state = PO_START;
	poll.known = 0;
	poll.failures = poll.empty = poll.stuck = poll.useless = 0;
	/* Also for one that takes the place of another: what that said last
	 * is over. */
	poll_report();
	poll_timer(-1, 0, NULL);
}

int
poll_well(void)
{
	return (poll.state != PO_REFUSED && poll.state != PO_GAVE_UP);
}

void
poll_stop(void)
{
	poll.stopped = 1;
	api_cancel(poll.call);
	poll.call = NULL;
	(void)event_del(poll.timer);
}

void
poll_restart(void)
{
	api_cancel(poll.call);
	poll.call = NULL;
	(void)event_del(poll.timer);
	poll_start();
}
