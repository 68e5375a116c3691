/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * "Allow TOOL for 1 h here": a rule for one person, one chat and topic, one
 * conversation.  It only ever answers where a rule of the configuration asks,
 * not where one asks for a code or denies, and not in a turn that has read
 * from outside.  Rules live in memory alone: a restart ends them, and so do
 * /stop, /new and time.  Run by the relay.
 */
#include <sys/queue.h>

#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/access.h"
#include "engines/relay/ask/ask.h"
#include "engines/relay/ask/card.h"
#include "engines/relay/audit/auditline.h"
#include "engines/relay/relay.h"
#include "engines/relay/turn/queue.h"
#include "engines/relay/turn/turn.h"

#define RULE_MS		3600000
#define RULES_MAX	256	/* of everybody: the oldest makes room */

struct temprule {
	TAILQ_ENTRY(temprule) entry;
	int64_t		 chat, topic, user;
	uint64_t	 conv;
	enum tool	 tool;
	uint64_t	 until;		/* monotonic ms */
	char		 name[UPD_NAME];
	struct event	*ev;
};

static TAILQ_HEAD(, temprule)	rules = TAILQ_HEAD_INITIALIZER(rules);
static unsigned			nrules;

static void
rule_audit(const struct temprule *r, const char *event, const char *detail)
{
	struct auditline	a = { .event = event, .verdict = AV_SUCCESS,
	    .chat = r->chat, .user = r->user, .detail = detail,
	    .tier = access_tier(relay.set, r->user),
	    .tool = tool_name(r->tool) };

	(void)audit_line(&a, NULL, 0);
}

static void
rule_end(struct temprule *r, const char *why)
{
	rule_audit(r, "rule_ended", why);
	TAILQ_REMOVE(&rules, r, entry);
	nrules--;
	event_free(r->ev);
	free(r);
}

static void
rule_timer(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	rule_end(arg, "its hour is over");
}

static struct temprule *
rule_find(const struct turn *t, enum tool tool)
{
	struct temprule	*r;

	TAILQ_FOREACH(r, &rules, entry)
		if (r->chat == t->chat && r->topic == t->topic &&
		    r->user == t->user && r->conv == t->conv &&
		    r->tool == tool)
			return (r);
	return (NULL);
}

void
temprule_add(const struct turn *t, enum tool tool)
{
	static const struct timeval	 tv = { RULE_MS / 1000, 0 };
	struct temprule			*r;

	if ((r = rule_find(t, tool)) != NULL)
		rule_end(r, "given anew");
	else if (nrules >= RULES_MAX && (r = TAILQ_FIRST(&rules)) != NULL)
		rule_end(r, "too many");
	if ((r = calloc(1, sizeof(*r))) == NULL ||
	    (r->ev = event_new(relay.base, -1, 0, rule_timer, r)) == NULL)
		fatal("temprule_add");
	r->chat = t->chat;
	r->topic = t->topic;
	r->user = t->user;
	r->conv = t->conv;
	r->tool = tool;
	r->until = now_ms() + RULE_MS;
	(void)str_copy(r->name, t->name, sizeof(r->name));
	TAILQ_INSERT_TAIL(&rules, r, entry);
	nrules++;
	(void)event_add(r->ev, &tv);
	rule_audit(r, "rule_added", "allow for 1 h in this chat");
}

int
temprule_allows(const struct turn *t, enum tool tool)
{
	const struct temprule	*r = rule_find(t, tool);

	return (r != NULL && t->taint == 0 && now_ms() < r->until);
}

static void
rules_end(int (*match)(const struct temprule *, const void *),
    const void *arg, const char *why)
{
	struct temprule	*r, *next;

	for (r = TAILQ_FIRST(&rules); r != NULL; r = next) {
		next = TAILQ_NEXT(r, entry);
		if (match(r, arg))
			rule_end(r, why);
	}
}

struct place {
	int64_t		 chat;
	const int64_t	*topic;		/* NULL: all of them */
};

static int
of_place(const struct temprule *r, const void *arg)
{
	const struct place	*p = arg;

	return (r->chat == p->chat && (p->topic == NULL ||
	    r->topic == *p->topic));
}

static int
of_conv(const struct temprule *r, const void *arg)
{
	const uint64_t	*conv = arg;

	return (r->conv == *conv);
}

void
temprule_stop(int64_t chat, const int64_t *topic)
{
	struct place	p = { chat, topic };

	rules_end(of_place, &p, "/stop");
}

void
temprule_conv(uint64_t conv)
{
	rules_end(of_conv, &conv, "its conversation ended");
}

void
temprule_each(void (*fn)(const struct rule_row *, void *), void *arg)
{
	const struct temprule	*r;
	struct rule_row		 row;
	uint64_t		 now = now_ms();

	TAILQ_FOREACH(r, &rules, entry) {
		row.chat = r->chat;
		row.topic = r->topic;
		row.user = r->user;
		row.tool = r->tool;
		row.name = r->name;
		row.left_s = r->until > now ? (unsigned)((r->until - now) /
		    1000) : 0;
		fn(&row, arg);
	}
}

void
temprule_status(struct buf *b, const struct lane *l)
{
	const struct temprule	*r;
	uint64_t		 now = now_ms();

	TAILQ_FOREACH(r, &rules, entry)
		if (r->chat == l->chat && r->topic == l->topic)
			(void)buf_printf(b, "\n%s is allowed here without "
			    "asking for %u more min (%s); /stop ends it.",
			    tool_name(r->tool), r->until > now ? (unsigned)
			    ((r->until - now + 59999) / 60000) : 0, r->name);
}
