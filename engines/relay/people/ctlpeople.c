/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What telclaudectl asks and does about people: links, bans, second factors,
 * pairs.  Run by the relay; whoever is at the other end was let in by
 * the parent and may all of it.
 */
#include <inttypes.h>
#include <string.h>

#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"
#include "engines/relay/access.h"
#include "engines/relay/people/code.h"
#include "engines/relay/people/codes.h"
#include "engines/relay/people/pair.h"
#include "engines/relay/people/people.h"
#include "engines/relay/people/row.h"
#include "engines/relay/people/totpgate.h"
#include "engines/relay/relay.h"

#define REASON_MAX	200

/* "NUMBER what more" */
static void
done(struct ctlreq *r, const char *what, const char *more)
{
	char		 why[512];
	struct buf	 b;

	(void)str_format(why, sizeof(why), "%" PRId64 " %s%s", r->a, what,
	    more);
	row_begin(&b, "done");
	row_int(&b, "id", r->a);
	row_str(&b, "said", why);
	row_end(r->l, &b);
	ctl_end(r->l, r->id, 0, why);
}

/* --- links --------------------------------------------------------------- */
static void
row_code(struct ctlreq *r, const char *row, const char *show, const char *name)
{
	struct buf	b;

	row_begin(&b, row);
	row_str(&b, "code", show);
	row_str(&b, "name", name);
	row_int(&b, "left_s", CODES_TTL_MS / 1000);
	row_end(r->l, &b);
}

void
ctl_link_make(struct ctlreq *r)
{
	const char	*why = NULL;
	char		 show[CODE_MAX + 1];

	if (!name_ok(r->s))
		why = "a name has letters, digits, _ - . @, at most 63, and "
		    "is not a number";
	else if (strcmp(r->s, NAME_ADMIN) == 0 &&
	    access_admin_set(relay.set) &&
	    strcmp(relay.set->r.admin_name, NAME_ADMIN) != 0)
		why = "the configuration names the admin, so a link to "
		    "\"admin\" would make nobody one";
	else if (codes_make(CODE_LINK, r->s, 0, show) == -1)
		why = "too many codes wait; they end after ten minutes";
	if (why != NULL) {
		ctl_end(r->l, r->id, 1, why);
		return;
	}
	people_audit("identity_link_made", AV_SUCCESS, 0, 0, "%s", r->s);
	row_code(r, "link code", show, r->s);
	ctl_end(r->l, r->id, 0, "");
}

static void
link_show(const struct link_row *p, void *arg)
{
	struct buf	 b;

	row_begin(&b, "link");
	row_int(&b, "user", p->user);
	row_str(&b, "name", p->name);
	row_str(&b, "factor", p->totp);
	row_int(&b, "at_ms", (int64_t)p->at);
	row_int(&b, "by", p->by);
	row_bool(&b, "admin", access_admin(relay.set, p->user));
	row_end(arg, &b);
}

void
ctl_linked(struct ctlreq *r)
{
	store_links(link_show, r->l);
	ctl_end(r->l, r->id, 0, "");
}

void
ctl_unlink(struct ctlreq *r)
{
	int	admin = access_admin(relay.set, r->a);

	if (!link_del(r->a)) {
		ctl_end(r->l, r->id, 1, "this number is linked to no name: "
		    "telclaudectl links");
		return;
	}
	people_audit("identity_unlinked", AV_SUCCESS, 0, r->a, "%s",
	    "telclaudectl");
	done(r, "is unlinked", admin && !access_admin(relay.set, r->a) ?
	    " and not the admin any more; claiming stays closed until "
	    "telclaudectl claim reset" : "");
}

/* --- bans, second factors ---------------------------------------------- */
void
ctl_ban(struct ctlreq *r)
{
	char	 reason[REASON_MAX];

	if (r->a == 0) {
		ctl_end(r->l, r->id, 1, "not a number of a chat or person");
		return;
	}
	if (access_admin(relay.set, r->a)) {
		ctl_end(r->l, r->id, 1, "this is the admin, who would not be "
		    "heard any more: first make somebody else the admin (the "
		    "admin line of the configuration, or telclaudectl "
		    "unlink)");
		return;
	}
	(void)text_for_log(r->t, reason, sizeof(reason));
	ban_set(r->a, wall_ms(), reason);
	done(r, "is banned and not heard any more", "");
}

void
ctl_unban(struct ctlreq *r)
{
	if (!banned(r->a)) {
		ctl_end(r->l, r->id, 1, "not banned: telclaudectl bans");
		return;
	}
	store_ban_del(r->a);
	banned_del(r->a);
	people_audit("unbanned", AV_SUCCESS, r->a < 0 ? r->a : 0,
	    r->a > 0 ? r->a : 0, "%s", "");
	done(r, "is heard again", r->a < 0 || access_chat(relay.set, r->a) ?
	    "" : " in chats that are listed");
}

static void
ban_show(int64_t id, uint64_t at, const char *reason, void *arg)
{
	struct buf	 b;

	row_begin(&b, "ban");
	row_int(&b, "id", id);
	row_int(&b, "at_ms", (int64_t)at);
	row_str(&b, "reason", reason);
	row_end(arg, &b);
}

void
ctl_bans(struct ctlreq *r)
{
	store_bans(ban_show, r->l);
	ctl_end(r->l, r->id, 0, "");
}

void
ctl_reauth(struct ctlreq *r)
{
	int	open;

	if (r->a <= 0) {
		ctl_end(r->l, r->id, 1, "second factors are open for people, "
		    "not for groups: give the number of a person");
		return;
	}
	open = totpgate_until(r->a) > wall_ms();
	people_again(r->a);
	people_audit("force_reauth", AV_SUCCESS, 0, r->a, "%s", "");
	done(r, open ? "is asked for the second factor again" :
	    "had no second factor open", "");
}

/* --- pairs ------------------------------------------------------------- */
void
ctl_pair(struct ctlreq *r)
{
	const char	*why = NULL;
	char		 show[CODE_MAX + 1];

	if (!relay.set->r.pairing)
		why = "pairing is off: `allow pairing' in the telegram block "
		    "of the configuration";
	else if ((why = pair_name_bad(r->s, 0)) == NULL &&
	    codes_make(CODE_PAIR, r->s, 0, show) == -1)
		why = "too many codes wait; they end after ten minutes";
	if (why != NULL) {
		ctl_end(r->l, r->id, 1, why);
		return;
	}
	people_audit("pair_code_made", AV_SUCCESS, 0, 0, "%s", r->s);
	row_code(r, "pair code", show, r->s);
	ctl_end(r->l, r->id, 0, "");
}

static void
pair_show(const struct pair_row *p, void *arg)
{
	struct buf	 b;

	row_begin(&b, "pair");
	row_int(&b, "chat", p->chat);
	row_str(&b, "who", p->who);
	row_str(&b, "name", p->name);
	row_int(&b, "at_ms", (int64_t)p->at);
	row_int(&b, "by", p->by);
	row_bool(&b, "heard", relay.set->r.pairing && !banned(p->chat));
	row_end(arg, &b);
}

void
ctl_pairs(struct ctlreq *r)
{
	store_pairs(pair_show, r->l);
	ctl_end(r->l, r->id, 0, "");
}

struct unpair {
	int64_t	 chat;
	char	 name[NAME_MAX_LEN];
};

static void
unpair_name(const struct pair_row *p, void *arg)
{
	struct unpair	*u = arg;

	if (p->chat == u->chat)
		(void)str_copy(u->name, p->name, sizeof(u->name));
}

void
ctl_unpair(struct ctlreq *r)
{
	struct unpair	 u = { .chat = r->a };

	if (!paired(r->a)) {
		ctl_end(r->l, r->id, 1, "not let in by a code: telclaudectl "
		    "pairs");
		return;
	}
	/* A name that came with the code goes with it. */
	store_pairs(unpair_name, &u);
	if (u.name[0] != '\0' && named_is(r->a, u.name))
		(void)link_del(r->a);
	store_pair_del(r->a);
	paired_del(r->a);
	if (!access_chat(relay.set, r->a))
		people_silence(r->a);
	people_audit("unpaired", AV_SUCCESS, r->a, r->a, "%s", u.name);
	done(r, "is not let in any more", access_chat(relay.set, r->a) ?
	    " by the code; its chat is listed, though" : "");
}

/* Who a number is, or whose a name, and whom the second factor knows. */
void
ctl_who(struct ctlreq *r)
{
	char		 factor[NAME_MAX_LEN];
	struct buf	 b;

	if (r->s[0] != '\0' && (r->a = named_holder(r->s)) == 0) {
		ctl_end(r->l, r->id, 1, "nobody is linked to this name");
		return;
	}
	row_begin(&b, "person");
	row_int(&b, "user", r->a);
	row_str(&b, "name", named_get(r->a) == NULL ? "" :
	    named_get(r->a)->name);
	row_str(&b, "factor", access_totp_user(relay.set, r->a, factor,
	    sizeof(factor)));
	row_str(&b, "tier", tier_name(access_tier(relay.set, r->a)));
	row_bool(&b, "admin", access_admin(relay.set, r->a));
	row_bool(&b, "banned", banned(r->a));
	row_end(r->l, &b);
	ctl_end(r->l, r->id, 0, "");
}
