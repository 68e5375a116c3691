/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Messages a minute, hour and day: total, by tier, by person.  All lines are
 * asked before any is counted, in the transaction of the message itself; a
 * database that fails ends the relay, so nothing passes uncounted.  What is
 * refused costs one answer a window and chat.  Run by the relay.
 */
#include <inttypes.h>
#include <string.h>

#include <event2/event.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/access.h"
#include "engines/relay/audit/auditline.h"
#include "engines/relay/money/money.h"
#include "engines/relay/money/storemoney.h"
#include "engines/relay/money/window.h"
#include "engines/relay/out/outbox.h"
#include "engines/relay/relay.h"
#include "engines/relay/tg/api.h"
#include "engines/relay/turn/turn.h"

#define SMALL_MINUTE	30	/* of one person, of each kind */
#define TICK_S		3600

static int
free_of_limits(void)
{
	return (relay.set->r.profile == RP_TEST);
}

/* The line in the way, and of several the one that lasts longest. */
static const struct count *
blocking(const struct count *v, size_t n, uint64_t now)
{
	const struct count	*worst = NULL;
	size_t			 i;

	for (i = 0; i < n; i++)
		if (store_rate(v[i].span, window_of(v[i].span, now),
		    v[i].kind, v[i].who) >= v[i].max &&
		    (worst == NULL || v[i].span > worst->span))
			worst = &v[i];
	return (worst);
}

const struct count *
rate_take(const struct count *v, size_t n, uint64_t now)
{
	const struct count	*c;
	size_t			 i;

	if ((c = blocking(v, n, now)) != NULL)
		return (c);
	for (i = 0; i < n; i++)
		store_rate_add(v[i].span, window_of(v[i].span, now),
		    v[i].kind, v[i].who);
	return (NULL);
}

/* Is this the first refusal of this window here?  Then it is said. */
static int
first_refusal(const struct count *c, int64_t chat, uint64_t now)
{
	uint64_t	w = window_of(c->span, now);

	if (store_rate(c->span, w, RK_TOLD, chat) > 0)
		return (0);
	store_rate_add(c->span, w, RK_TOLD, chat);
	return (1);
}

static void
rate_audit(int64_t chat, int64_t user, enum tier tier, uint64_t turn,
    const char *words)
{
	struct auditline	a = { .event = "rate",
	    .verdict = AV_RATE_LIMITED, .chat = chat, .user = user,
	    .tier = tier, .turn = turn, .detail = words };

	(void)audit_line(&a, NULL, 0);
}

enum passed
rate_pass(struct turn *t)
{
	uint64_t		 now = wall_ms();
	struct count		 v[COUNTS_MAX];
	const struct count	*c;
	enum tier		 tier = access_tier(relay.set, t->user);
	char			 words[128];

	if (free_of_limits())
		return (PASS);
	c = rate_take(v, window_counts(relay.set, t->user, tier, v), now);
	if (c == NULL)
		return (PASS);
	if (first_refusal(c, t->chat, now)) {
		window_words(c, words, sizeof(words));
		rate_audit(t->chat, t->user, tier, t->id, words);
		turn_say(t, "Your message was not taken: %s, and those are "
		    "used up. Send it again in %u s. Until then I stay silent.",
		    words, window_left_s(c->span, now));
	}
	/* What never had a row needs none now: it is a refused update. */
	turn_forget(t);
	return (TAKEN);
}

int
rate_small(int64_t kind, int64_t chat, int64_t topic, int64_t user,
    int64_t reply, uint64_t now)
{
	struct count		 v = { kind, user, SP_MINUTE, SMALL_MINUTE };
	char			 words[128];

	if (free_of_limits() || rate_take(&v, 1, now) == NULL)
		return (1);
	if (first_refusal(&v, chat, now)) {
		window_words(&v, words, sizeof(words));
		rate_audit(chat, user, access_tier(relay.set, user), 0,
		    words);
		outbox_say(chat, topic, reply, 1, kind == RK_STOP ?
		    "Stopped, as before, but no longer told: %s. /stop works "
		    "all the same; I tell again in %u s." :
		    "That was not taken: %s. Try again in %u s. Until then I "
		    "stay silent.", words, window_left_s(SP_MINUTE, now));
	}
	return (0);
}

/* --- tidying ------------------------------------------------------------- */
static struct event	*tick;

/*
 * What is old by the clock alone is not thrown away: a clock that was wrong
 * for a while would open those windows again.  It must also be old by hours
 * of service, which no clock moves.
 */
static void
rate_tick(int fd, short what, void *arg)
{
	const struct timeval	tv = { TICK_S, 0 };

	(void)fd;
	(void)what;
	(void)arg;
	store_rate_purge(wall_ms());
	(void)event_add(tick, &tv);
}

void
rate_start(void)
{
	const struct timeval	tv = { TICK_S, 0 };

	if (free_of_limits())
		log_warnx("PROFILE TEST: messages have no limits; for tests "
		    "only");
	if (tick == NULL && (tick = evtimer_new(relay.base, rate_tick,
	    NULL)) == NULL)
		fatal("rate_start");
	(void)event_add(tick, &tv);
}
