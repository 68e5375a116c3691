/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Claims as telclaudectl sees them.  That they were looked at is what lets the
 * chat finish its claim.  Run by the relay; whoever is at the other end was
 * let in by the parent.
 */
#include <string.h>

#include "engines/relay/access.h"
#include "engines/relay/people/claim.h"
#include "engines/relay/people/code.h"
#include "engines/relay/people/names.h"
#include "engines/relay/people/people.h"
#include "engines/relay/people/row.h"
#include "engines/relay/relay.h"

struct claims {
	struct link	*l;
	uint64_t	 now;
	const char	*code;		/* the one that is meant, or "" */
	int64_t		 user;		/* whose it is */
	unsigned	 n;
};

static void
claim_count(const struct claim_row *r, void *arg)
{
	struct claims	*c = arg;

	if (!claim_live(r, c->now) || r->state == CL_WORD)
		return;
	if (c->code[0] != '\0' && !code_equal(r->code, c->code))
		return;
	c->user = r->user;
	c->n++;
}

static void
claim_show(const struct claim_row *r, void *arg)
{
	struct claims	*c = arg;
	struct buf	 b;

	if (!claim_live(r, c->now) || r->state == CL_WORD)
		return;
	row_begin(&b, "claim");
	row_str(&b, "code", r->code);
	row_int(&b, "user", r->user);
	row_str(&b, "name", r->name);
	row_int(&b, "left_s", (int64_t)((r->until - c->now) / 1000));
	row_bool(&b, "shown", r->state == CL_SHOWN);
	row_end(c->l, &b);
}

static void
claim_reset(struct ctlreq *r)
{
	static const char	 said[] = "claims are forgotten; the bot can "
	    "be claimed: /claim in a listed private chat";
	struct buf		 b;

	if (access_admin_set(relay.set) || named_holder(NAME_ADMIN) != 0) {
		ctl_end(r->l, r->id, 1, access_admin_set(relay.set) ?
		    "the configuration names the admin; without that line a "
		    "claim could be opened" :
		    "there is an admin: telclaudectl unlink that number "
		    "first (telclaudectl links)");
		return;
	}
	claim_reopen();
	people_audit("admin_claim_reset", AV_SUCCESS, 0, 0, "%s", "");
	row_begin(&b, "done");
	row_str(&b, "said", said);
	row_end(r->l, &b);
	ctl_end(r->l, r->id, 0, said);
}

/* A look at one claim is what lets it be approved: which one must be clear.  A
 * lone one may be a stranger's, where one's own has ended meanwhile. */
static const char *
claim_look(struct claims *c)
{
	if (c->code[0] != '\0') {
		store_claim_state(c->user, CL_SHOWN);
		return ("");
	}
	if (c->n > 0)
		return ("none of these can be approved yet: if your chat shows "
		    "such a code, telclaudectl claim CODE with it, then send "
		    "/approve there; telclaudectl claim reset forgets them");
	if (relay.set->r.claim_word)
		return ("no claim waits: the claim word is asked for, /claim "
		    "WORD");
	return ("no claim waits: send /claim to the bot from a listed "
	    "private chat");
}

void
ctl_claim(struct ctlreq *r)
{
	char		 code[CODE_MAX] = "";
	struct claims	 c = { .l = r->l, .now = wall_ms(), .code = code };
	const char	*why;

	if (r->b == 1) {
		claim_reset(r);
		return;
	}
	if (!claim_open()) {
		ctl_end(r->l, r->id, 1, access_admin_set(relay.set) ?
		    "the configuration names the admin, so nobody can claim "
		    "to be" : named_holder(NAME_ADMIN) != 0 ?
		    "there is an admin already: telclaudectl links" :
		    "there was an admin, so nobody can claim to be: "
		    "telclaudectl claim reset opens that");
		return;
	}
	if (r->s[0] != '\0' && code_read(r->s, CODE_CLEAR, CLAIM_LEN,
	    code) == -1) {
		ctl_end(r->l, r->id, 1, "not a code of a claim");
		return;
	}
	store_claims(claim_count, &c);
	if (code[0] != '\0' && c.n == 0) {
		ctl_end(r->l, r->id, 1, "no claim with this code waits");
		return;
	}
	why = claim_look(&c);
	store_claims(claim_show, &c);
	ctl_end(r->l, r->id, 0, why);
}
