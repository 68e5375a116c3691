/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * telclaudectl approvals: what waits for a person, and the rules that answer
 * for one.  No input of any call and no number of any request leaves here.
 * Run by the relay.
 */
#include <inttypes.h>
#include <string.h>

#include "telclauded/lib/util.h"
#include "engines/relay/ask/card.h"
#include "engines/relay/call/mediate.h"
#include "engines/relay/cmd/ctlask.h"
#include "engines/relay/out/outbox.h"
#include "engines/relay/turn/turn.h"

static void
row_begin(struct buf *b, const char *kind, int64_t chat, int64_t user)
{
	buf_init(b);
	(void)buf_printf(b, "{\"kind\":\"%s\",\"chat\":%" PRId64
	    ",\"user\":%" PRId64, kind, chat, user);
}

static void
show_card(struct card *k, void *arg)
{
	const struct ask	*a;
	struct buf		 b;
	char			 hex[65];

	TAILQ_FOREACH(a, &k->asks, entry) {
		if (!a->open)
			continue;
		row_begin(&b, a->code ? "code" : "call", k->t->chat,
		    k->t->user);
		hex_encode(a->c->digest, sizeof(a->c->digest), hex);
		(void)buf_printf(&b, ",\"topic\":%" PRId64 ",\"turn\":%" PRIu64
		    ",\"tool\":\"%s\",\"tier\":\"%s\",\"tainted\":%s,"
		    "\"shown\":%s,\"digest\":\"%s\",\"left_s\":%u}",
		    k->t->topic, k->t->id,
		    a->title, tier_name(k->t->tier), k->t->taint != 0 ?
		    "true" : "false", k->ref != NULL &&
		    k->ref->msgid != 0 ? "true" : "false", hex, card_left_s(k));
		ctl_row(arg, &b);
	}
}

static void
show_request(const struct request_row *r, void *arg)
{
	struct buf	b;
	uint64_t	now = wall_ms(), end = r->at + 5 * 60 * 1000;

	row_begin(&b, r->approved ? "approved" : "request", r->chat, r->user);
	(void)buf_printf(&b, ",\"turn\":%" PRIu64 ",\"tier\":\"%s\","
	    "\"left_s\":%" PRIu64 "}", r->turn, tier_name(r->tier),
	    end > now ? (end - now) / 1000 : 0);
	ctl_row(arg, &b);
}

static void
show_rule(const struct rule_row *r, void *arg)
{
	struct buf	b;

	row_begin(&b, "rule", r->chat, r->user);
	(void)buf_printf(&b, ",\"topic\":%" PRId64 ",\"tool\":\"%s\","
	    "\"left_s\":%u}", r->topic, tool_name(r->tool), r->left_s);
	ctl_row(arg, &b);
}

void
ctl_approvals(struct ctlreq *r)
{
	card_each(show_card, r->l);
	store_requests(show_request, r->l);
	temprule_each(show_rule, r->l);
	ctl_end(r->l, r->id, 0, "");
}
