/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Rates and spending of the relay: windows and clocks that step, the ledger's
 * arithmetic, and what gate is granted, with a gate played by this program.
 */
#include <sys/socket.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <event2/event.h>

#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"
#include "engines/relay/money/money.h"
#include "engines/relay/money/storemoney.h"
#include "engines/relay/store/store.h"
#include "engines/relay/turn/turn.h"
#include "regress/unit/relay_world.h"

#define NOON	(20000ULL * DAY_MS + DAY_MS / 2)
#define ANA	5
#define BEN	6

static struct link	*far_gate;
static struct {
	unsigned	 n;
	struct msg_SPEND_GRANT m;
	char		 why[513];
} grant;

static void
loop(void)
{
	int	i;

	for (i = 0; i < 12; i++)
		(void)event_base_loop(relay.base, EVLOOP_NONBLOCK);
}

/* --- gate ---------------------------------------------------------------- */
static void
on_grant(struct link *l, const struct msg_SPEND_GRANT *m,
    struct msg_meta *meta)
{
	(void)l;
	(void)meta;
	grant.n++;
	grant.m = *m;
	text_for_log(m->why, grant.why, sizeof(grant.why));
}

static void
no_req(struct link *l, const struct msg_API_REQ *m, struct msg_meta *meta)
{
	(void)l;
	(void)m;
	(void)meta;
	fail();
}

static void
no_abort(struct link *l, const struct msg_API_ABORT *m, struct msg_meta *meta)
{
	(void)l;
	(void)m;
	(void)meta;
	fail();
}

static void
no_head(struct link *l, const struct msg_API_HEAD *m, struct msg_meta *meta)
{
	(void)l;
	(void)m;
	(void)meta;
	fail();
}

static void
no_done(struct link *l, const struct msg_API_DONE *m, struct msg_meta *meta)
{
	(void)l;
	(void)m;
	(void)meta;
	fail();
}

static uint64_t	wall;

static void
on_need(struct link *l, const struct msg_SPEND_NEED *m, struct msg_meta *meta)
{
	if (wall == 0)
		spend_on_need(l, m, meta);
	else
		spend_need_at(m, meta->id, wall);
}

static void
near_closed(struct link *l)
{
	relay.gate = NULL;
	spend_gate_gone();
	link_free(l);
}

static void
live(void)
{
	static const struct msg_handlers near = { .SPEND_NEED = on_need,
	    .SPEND_DONE = spend_on_done, .API_HEAD = no_head,
	    .API_DONE = no_done };
	static const struct msg_handlers far = { .SPEND_GRANT = on_grant,
	    .API_REQ = no_req, .API_ABORT = no_abort };
	static const struct link_ops near_ops = { &near, near_closed, NULL };
	static const struct link_ops far_ops = { &far, NULL, NULL };
	int	fd[2];

	world_live();
	spend_recover();
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	relay.gate = link_new(relay.base, fd[0], PROC_RELAY, PROC_GATE,
	    SCOPE_NONE, &near_ops, NULL);
	far_gate = link_new(relay.base, fd[1], PROC_GATE, PROC_RELAY,
	    SCOPE_NONE, &far_ops, NULL);
	assert_non_null(relay.gate);
	assert_non_null(far_gate);
}

/* 1: granted.  now 0: the clock of this machine. */
static int
need(enum scope s, uint64_t turn, uint64_t usd, uint64_t tokens, uint64_t now)
{
	struct msg_SPEND_NEED	m;
	unsigned		n = grant.n;

	memset(&m, 0, sizeof(m));
	m.scope = (uint8_t)s;
	m.turn = turn;
	m.microusd = usd;
	m.tokens = tokens;
	wall = now;
	assert_int_not_equal(msg_send_SPEND_NEED(far_gate, 0, -1, &m), 0);
	loop();
	wall = 0;
	assert_int_equal(grant.n, n + 1);
	return (grant.m.err == 0);
}

static int
ask(uint64_t turn, uint64_t usd, uint64_t tokens)
{
	return (need(SCOPE_TELEGRAM, turn, usd, tokens, 0));
}

static void
done(uint64_t id, uint64_t in, uint64_t out, uint64_t usd)
{
	struct msg_SPEND_DONE	m = { .id = id, .in = in, .out = out,
	    .microusd = usd };

	msg_send_SPEND_DONE(far_gate, 0, -1, &m);
	loop();
}

/* --- the configuration ---------------------------------------------------- */
static struct msg_CONF_RATE	rates[8];
static struct msg_CONF_SPEND	spends[8];

static void
rate(uint8_t kind, uint8_t tier, uint8_t any, int64_t user, uint32_t minute,
    uint32_t hour)
{
	struct settings	*s = &world.settings;

	assert_true(s->nrates < NELEM(rates));
	s->rates = rates;
	rates[s->nrates++] = (struct msg_CONF_RATE){ .kind = kind,
	    .tier = tier, .any = any, .user = user, .minute = minute,
	    .hour = hour };
}

static void
ceiling(uint8_t kind, uint8_t any, int64_t user, uint64_t usd,
    uint64_t tokens)
{
	struct settings	*s = &world.settings;

	assert_true(s->nspends < NELEM(spends));
	s->spends = spends;
	spends[s->nspends++] = (struct msg_CONF_SPEND){ .kind = kind,
	    .scope = kind == LK_SCOPE ? SCOPE_TELEGRAM : SCOPE_NONE,
	    .any = any, .user = user, .microusd = usd, .tokens = tokens };
}

static uint64_t
turn_of(int64_t user)
{
	world_say(user, "hello");
	return (world.turn);
}

static void
count_held(const struct held *h, void *arg)
{
	(void)h;
	(*(unsigned *)arg)++;
}

static unsigned
nheld(void)
{
	unsigned	n = 0;

	store_held(count_held, &n);
	return (n);
}

static uint64_t
used(int64_t user)
{
	struct spent	s;

	usage_sum(0, UINT32_MAX, user, &s);
	return (s.microusd);
}

/* --- windows -------------------------------------------------------------- */
static void
windows(void)
{
	struct count	v[COUNTS_MAX];
	char		words[128];
	size_t		n;

	world_live();
	assert_int_equal(window_left_s(SP_MINUTE, 60000), 60);
	assert_int_equal(window_left_s(SP_MINUTE, 60001), 60);
	assert_int_equal(window_left_s(SP_MINUTE, 119999), 1);
	assert_int_equal(window_left_s(SP_HOUR, NOON + 1000), 3599);
	assert_int_equal(window_left_s(SP_DAY, NOON), 43200);
	assert_int_equal(day_left_s(NOON + DAY_MS / 2 - 1), 1);
	assert_int_equal(day_of(NOON), 20000);
	assert_int_equal(window_counts(relay.set, ANA, TIER_READ_ONLY, v), 0);
	rate(LK_TOTAL, 0, 0, 0, 100, 1000);
	rate(LK_TIER, TIER_READ_ONLY, 0, 0, 10, 0);
	rate(LK_TIER, TIER_WRITE_LOCAL, 0, 0, 20, 0);
	rate(LK_PERSON, 0, 1, 0, 30, 300);
	rate(LK_PERSON, 0, 0, ANA, 5, 0);
	n = window_counts(relay.set, ANA, TIER_WRITE_LOCAL, v);
	assert_int_equal(n, 4);
	assert_int_equal(v[1].max, 1000);
	assert_int_equal(v[2].max, 20);
	assert_int_equal(v[2].kind, RK_TIER(TIER_WRITE_LOCAL));
	assert_int_equal(v[2].who, ANA);
	assert_int_equal(v[3].max, 5);		/* the last that matches */
	window_words(&v[2], words, sizeof(words));
	assert_string_equal(words, "at most 20 messages a minute for one "
	    "person of tier write-local");
	n = window_counts(relay.set, BEN, TIER_READ_ONLY, v);
	assert_int_equal(n, 5);
	assert_int_equal(v[4].max, 300);
}

static void
clocks(void)
{
	struct count	v[2] = { { RK_PERSON, ANA, SP_MINUTE, 2 },
	    { RK_PERSON, ANA, SP_HOUR, 100 } };
	uint64_t	t = NOON, hour = 3600000;
	int		i;

	world_live();
	assert_null(rate_take(v, 1, t));
	assert_null(rate_take(v, 1, t + 59999));
	assert_ptr_equal(rate_take(v, 1, t + 59999), &v[0]);
	/* Back a minute: that window was never used, and has its own. */
	assert_null(rate_take(v, 1, t - 1));
	assert_null(rate_take(v, 1, t - 60000));
	assert_ptr_equal(rate_take(v, 1, t - 1), &v[0]);
	/* Forward again: what was used is used. */
	assert_ptr_equal(rate_take(v, 1, t), &v[0]);
	/* A year ahead and back, with tidying at both ends: nothing opens a
	 * second time, and nothing is closed beyond its window. */
	assert_null(rate_take(v, 1, t + 365 * 24 * hour));
	store_rate_purge(t + 365 * 24 * hour);
	store_rate_purge(t + 365 * 24 * hour);
	assert_ptr_equal(rate_take(v, 1, t), &v[0]);
	assert_ptr_equal(rate_take(v, 1, t - 1), &v[0]);
	assert_null(rate_take(v, 1, t + 60000));
	/* To the epoch: no underflow. */
	assert_null(rate_take(v, 1, 0));
	store_rate_purge(0);
	/* Old by the clock and by hours of service: forgotten. */
	for (i = 0; i < 30; i++)
		store_rate_purge(t + 30 * hour);
	assert_int_equal(store_rate(SP_MINUTE, window_of(SP_MINUTE, t),
	    RK_PERSON, ANA), 0);
	/* All or nothing: the hour does not count what the minute refuses. */
	t = NOON + 100 * hour;
	assert_null(rate_take(v, 2, t));
	assert_null(rate_take(v, 2, t));
	assert_ptr_equal(rate_take(v, 2, t), &v[0]);
	assert_int_equal(store_rate(SP_HOUR, window_of(SP_HOUR, t),
	    RK_PERSON, ANA), 2);
	v[1].max = 2;			/* both: the longer wait is told */
	assert_ptr_equal(rate_take(v, 2, t), &v[1]);
}

static unsigned
refusals(int64_t chat)
{
	char		key[32];
	unsigned	i, n = 0;

	(void)str_format(key, sizeof(key), "\"chat_id\":%d,", (int)chat);
	for (i = 0; i < world.nsent; i++)
		n += strstr(world.body[i], "was not taken") != NULL &&
		    strstr(world.body[i], key) != NULL;
	return (n);
}

static void
messages(void)
{
	uint64_t	now;
	int		i;

	world_live();
	rate(LK_TOTAL, 0, 0, 0, 0, 100);
	rate(LK_PERSON, 0, 1, 0, 0, 3);
	for (i = 0; i < 40; i++)
		world_say(ANA, "more");
	assert_true(world_sent("sendMessage", "at most 3 messages an hour for "
	    "one person"));
	assert_true(world_sent("sendMessage", "Send it again in "));
	assert_int_equal(refusals(ANA), 1);
	now = wall_ms();
	assert_int_equal(store_rate(SP_HOUR, window_of(SP_HOUR, now),
	    RK_TOTAL, 0), 3);
	/* Somebody else is not hindered. */
	world_say(BEN, "hello");
	assert_int_equal(world.nturns, 2);
	assert_int_equal(refusals(BEN), 0);
	/* Nor are commands, which have a bound of their own. */
	world_say(ANA, "/whoami");
	assert_true(world_sent("sendMessage", "number 5"));
	for (i = 0; i < 60; i++)
		world_say(ANA, "/whoami");
	assert_true(world_sent("sendMessage", "at most 30 commands a minute"));
	world_say(ANA, "/stop");
	assert_int_equal(world.stops, 1);
	/* Without limits. */
	world.settings.r.profile = RP_TEST;
	for (i = 0; i < 5; i++)
		world_say(BEN, "more");
	assert_int_equal(refusals(BEN), 0);
}

static void
presses(void)
{
	unsigned	i, n = 0;

	world_live();
	world_minute();
	for (i = 0; i < 100; i++)
		world_press(ANA, "x:1");
	for (i = 0; i < world.nsent; i++)
		n += strcmp(world.method[i], "answerCallbackQuery") == 0;
	assert_int_equal(n, 30);
	assert_true(world_sent("sendMessage", "at most 30 presses a minute"));
}

/* --- the ledger ------------------------------------------------------------ */
static void
arithmetic(void)
{
	struct ledger	l;
	char		why[512];
	uint32_t	wait;

	world_live();
	assert_false(ledger_init(&l, relay.set, ANA, SCOPE_TELEGRAM));
	ceiling(LK_SCOPE, 0, 0, 0, 0);		/* an agent without a line */
	assert_false(ledger_init(&l, relay.set, ANA, SCOPE_TELEGRAM));
	assert_false(ledger_by_person(relay.set));
	ceiling(LK_TOTAL, 0, 0, 1000, 100);
	ceiling(LK_PERSON, 1, 0, 500, 0);
	ceiling(LK_PERSON, 0, BEN, 0, 50);
	assert_true(ledger_init(&l, relay.set, ANA, SCOPE_TELEGRAM));
	assert_true(ledger_by_person(relay.set));
	assert_int_equal(l.max[WH_PERSON].microusd, 500);
	ledger_add(&l, BEN, SCOPE_TELEGRAM, (struct cost){ 400, 10 });
	assert_int_equal(l.had[WH_PERSON].microusd, 0);
	assert_int_equal(ledger_refuse(&l, (struct cost){ 500, 90 }, NOON,
	    why, sizeof(why), &wait), 0);
	assert_int_equal(ledger_refuse(&l, (struct cost){ 501, 90 }, NOON,
	    why, sizeof(why), &wait), -1);
	assert_non_null(strstr(why, "of the 0.00 usd a day for one person, "
	    "0.0005 usd are left"));
	assert_non_null(strstr(why, "00:00 UTC, in 12 h 00 min (43200 s)"));
	assert_int_equal(wait, 43200);
	assert_int_equal(ledger_refuse(&l, (struct cost){ 1, 91 }, NOON,
	    why, sizeof(why), &wait), -1);
	assert_non_null(strstr(why, "for all together, 90 are left"));
	ledger_add(&l, ANA, SCOPE_TELEGRAM, (struct cost){ 300, 0 });
	assert_int_equal(ledger_refuse(&l, (struct cost){ 201, 0 }, NOON,
	    why, sizeof(why), &wait), -1);
	assert_int_equal(ledger_refuse(&l, (struct cost){ 200, 0 }, NOON,
	    why, sizeof(why), &wait), 0);
	/* Sums stop at the largest number; nothing fits behind it. */
	ledger_add(&l, ANA, SCOPE_TELEGRAM, (struct cost){ UINT64_MAX, 0 });
	ledger_add(&l, ANA, SCOPE_TELEGRAM, (struct cost){ UINT64_MAX, 0 });
	assert_true(l.had[WH_PERSON].microusd == UINT64_MAX);
	assert_int_equal(ledger_refuse(&l, (struct cost){ 1, 0 }, NOON, why,
	    sizeof(why), &wait), -1);
	assert_non_null(strstr(why, "are used up"));
	/* Another person has the last line that matches, as a whole. */
	assert_true(ledger_init(&l, relay.set, BEN, SCOPE_TELEGRAM));
	assert_int_equal(l.max[WH_PERSON].microusd, 0);
	assert_int_equal(l.max[WH_PERSON].tokens, 50);
	/* Nobody has no line of a person's, and no share of theirs. */
	assert_true(ledger_init(&l, relay.set, 0, SCOPE_TELEGRAM));
	ledger_add(&l, 0, SCOPE_TELEGRAM, (struct cost){ 7, 7 });
	assert_int_equal(l.had[WH_PERSON].microusd, 0);
}

static void
stored_overflow(void)
{
	struct spent	s = { .day = 1, .user = ANA,
	    .scope = SCOPE_TELEGRAM, .in = UINT64_MAX, .out = UINT64_MAX,
	    .microusd = UINT64_MAX };
	struct spent	sum;
	int		i;

	world_live();
	for (i = 0; i < 1000; i++)
		store_spent_add(&s);
	usage_sum(1, 1, ANA, &sum);
	assert_true(sum.microusd == 1000 * COST_MAX);
	assert_int_equal(sum.requests, 1000);
	/* What the clock says at a start removes no day. */
	spend_recover();
	usage_sum(1, 1, ANA, &sum);
	assert_int_equal(sum.requests, 1000);
}

/* --- gate asks --------------------------------------------------------------- */
static void
last_cent(void)
{
	uint64_t	ana, ben, id;

	live();
	ceiling(LK_TOTAL, 0, 0, 1000, 0);
	ana = turn_of(ANA);
	ben = turn_of(BEN);
	assert_true(ask(ana, 600, 10));
	id = grant.m.id;
	assert_int_equal(nheld(), 1);
	assert_false(ask(ben, 600, 10));
	assert_non_null(strstr(grant.why, "could cost 0.0006 usd; of the 0.00 "
	    "usd a day for all together, 0.0004 usd are left"));
	assert_int_equal(grant.m.wait_s, day_left_s(wall_ms()));
	/* What it did cost makes room. */
	done(id, 5, 5, 100);
	assert_int_equal(nheld(), 0);
	assert_int_equal(used(ANA), 100);
	assert_true(ask(ben, 600, 10));
	done(grant.m.id, 0, 0, 0);	/* never left: nothing is counted */
	assert_int_equal(used(BEN), 0);
	assert_true(ask(ben, 900, 10));
	/* More than was set aside counts as well; twice counts once. */
	done(grant.m.id, 5, 5, 950);
	done(grant.m.id, 5, 5, 950);
	assert_int_equal(used(BEN), 950);
	assert_int_equal(used(0), 1050);
	assert_false(ask(ana, 1, 1));
	assert_non_null(strstr(grant.why, "are used up"));
	/* And a message is told so before anybody is asked. */
	world_begin();
	world_done(TO_OK);
	world_say(BEN, "again");
	assert_true(world_sent("sendMessage", "Claude was not asked: the 0.00 "
	    "usd a day for all together are used up. The day ends at 00:00 "
	    "UTC, in "));
}

static void
whose(void)
{
	uint64_t	ana, ben;

	live();
	ceiling(LK_PERSON, 1, 0, 1000, 0);
	ceiling(LK_SCOPE, 0, 0, 1500, 0);
	ana = turn_of(ANA);
	/* No number, but all that runs is one person's. */
	assert_true(ask(0, 100, 1));
	done(grant.m.id, 1, 1, 100);
	assert_int_equal(used(ANA), 100);
	ben = turn_of(BEN);
	assert_false(ask(0, 1, 1));
	assert_non_null(strstr(grant.why, "cannot be told whose"));
	assert_false(ask(ana + 1000, 1, 1));
	assert_non_null(strstr(grant.why, "its turn does not run"));
	assert_false(need(SCOPE_NONE, 12345, 1, 1, 0));
	assert_false(ask(ana, 901, 1));
	assert_non_null(strstr(grant.why, "for one person, 0.0009"));
	assert_true(ask(ana, 900, 1));
	/* Ben's own would hold it; his scope does not. */
	assert_false(ask(ben, 600, 1));
	assert_non_null(strstr(grant.why, "for telegram, 0.0005"));
	assert_true(ask(ben, 500, 1));
	/* Another scope has nothing to do with these. */
	assert_true(need(SCOPE_MOLTBOOK, 0, 1 << 30, 1, 0));
	/* A turn that ended pays no more. */
	world_begin();
	world_done(TO_OK);
	assert_false(ask(ben, 1, 1));
}

static void
newest(const struct turn_row *r, void *arg)
{
	*(uint64_t *)arg = r->id;
}

/* Our own questions about a message that has not begun to run. */
static void
observer(void)
{
	uint64_t	id = 0;

	live();
	ceiling(LK_PERSON, 1, 0, 1000, 0);
	(void)turn_of(ANA);
	world_say(ANA, "the next one, which waits");
	store_turn_recent(1, newest, &id);
	assert_null(turn_find(id));
	assert_true(need(SCOPE_NONE, id, 300, 3, 0));
	done(grant.m.id, 1, 1, 200);
	assert_int_equal(used(ANA), 200);
}

static void
nothing_set(void)
{
	uint64_t	ana;

	live();
	ana = turn_of(ANA);
	assert_true(ask(ana, UINT64_MAX, UINT64_MAX));
	assert_int_equal(nheld(), 0);
	done(grant.m.id, 100, 50, 350);
	assert_int_equal(used(ANA), 350);
	/* gate dies with one open. */
	assert_true(ask(ana, 600, 10));
	link_free(far_gate);
	loop();
	assert_null(relay.gate);
	assert_int_equal(used(ANA), 950);
}

static void
midnight(void)
{
	const uint64_t	late = NOON + DAY_MS / 2 - 1000;
	uint64_t	ana, id;
	struct spent	s;

	live();
	ceiling(LK_TOTAL, 0, 0, 1000, 0);
	ana = turn_of(ANA);
	assert_true(need(SCOPE_TELEGRAM, ana, 900, 1, late));
	id = grant.m.id;
	(void)need(SCOPE_TELEGRAM, ana, 900, 1, late + 500);
	assert_int_equal(grant.m.err, 1);
	assert_int_equal(grant.m.wait_s, 1);
	assert_true(need(SCOPE_TELEGRAM, ana, 900, 1, late + 1000));
	done(id, 1, 1, 800);
	usage_sum(20000, 20000, ANA, &s);
	assert_int_equal(s.microusd, 800);
	usage_sum(20001, 20001, ANA, &s);
	assert_int_equal(s.microusd, 0);
	/* The clock goes back over midnight: that day is as full as before. */
	(void)need(SCOPE_TELEGRAM, ana, 201, 1, late);
	assert_int_equal(grant.m.err, 1);
	assert_true(need(SCOPE_TELEGRAM, ana, 200, 1, late));
}

static void
first_life(void)
{
	live();
	ceiling(LK_TOTAL, 0, 0, 1000, 0);
	assert_true(ask(turn_of(ANA), 700, 10));
}

/* Killed with a request under way: it counts as spent. */
static void
killed(void)
{
	world_first_life(first_life);
	assert_int_equal(nheld(), 1);
	spend_recover();
	assert_int_equal(nheld(), 0);
	assert_int_equal(used(ANA), 700);
	spend_recover();
	assert_int_equal(used(ANA), 700);
}

static void
shown(void)
{
	uint64_t	ana;

	live();
	world.settings.r.admin = BEN;
	ceiling(LK_TOTAL, 0, 0, 20000000, 0);
	ceiling(LK_PERSON, 1, 0, 5000000, 1000);
	rate(LK_PERSON, 0, 1, 0, 30, 0);
	ana = turn_of(ANA);
	assert_true(ask(ana, 1000000, 100));
	done(grant.m.id, 60, 40, 1250000);
	world_say(ANA, "/usage");
	assert_true(world_sent("sendMessage", "You: today 100 tokens, 1.25 "
	    "usd; this month 100 tokens, 1.25 usd."));
	assert_true(world_sent("sendMessage", "Left today for you: 3.75 of "
	    "5.00 usd."));
	assert_true(world_sent("sendMessage", "Left today for you: 900 of "
	    "1000 tokens."));
	world_say(ANA, "/status");
	assert_true(world_sent("sendMessage", "Today: 100 tokens, 1.25 usd of "
	    "5.00."));
	assert_true(world_sent("sendMessage", "Your messages: 1 of 30 this "
	    "minute."));
	world_say(BEN, "/usage");
	assert_true(world_sent("sendMessage", "All together: today 100 "
	    "tokens, 1.25 usd"));
	assert_true(world_sent("sendMessage", "Left today for all together: "
	    "18.75 of 20.00 usd."));
}

#define FN(fn)	static void (*fn##_p)(void) = fn;
#define T(fn)	{ #fn, world_test, NULL, NULL, (void *)&fn##_p }
FN(windows) FN(clocks) FN(messages) FN(presses) FN(arithmetic)
FN(stored_overflow) FN(last_cent) FN(whose) FN(observer) FN(nothing_set)
FN(midnight) FN(killed) FN(shown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(windows), T(clocks), T(messages), T(presses), T(arithmetic),
		T(stored_overflow), T(last_cent), T(whose), T(observer),
		T(nothing_set), T(midnight), T(killed), T(shown),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
