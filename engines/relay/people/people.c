/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * People from the store into memory at start, what new settings mean for
 * them, and their lines in the audit log.  Run by the relay.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/access.h"
#include "engines/relay/audit/auditline.h"
#include "engines/relay/people/claim.h"
#include "engines/relay/people/names.h"
#include "engines/relay/people/people.h"
#include "engines/relay/relay.h"

static void
load_link(const struct link_row *r, void *arg)
{
	(void)arg;
	named_put(r->user, r->name, r->totp);
}

static void
load_ban(int64_t id, uint64_t at, const char *reason, void *arg)
{
	(void)at;
	(void)reason;
	(void)arg;
	banned_put(id);
}

static void
load_pair(const struct pair_row *r, void *arg)
{
	(void)arg;
	paired_put(r->chat);
}

void
people_load(void)
{
	names_forget();
	store_links(load_link, NULL);
	store_bans(load_ban, NULL);
	store_pairs(load_pair, NULL);
}

void
people_settle(const struct settings *s)
{
	int64_t	 holder = access_admin_id(s);

	if (access_admin_set(s)) {
		/* Taken out of the file again it is not for whoever comes. */
		claim_end();
		if (holder == 0)
			log_warnx("nobody is linked to \"%s\", so there is "
			    "no admin: telclaudectl link %s",
			    s->r.admin_name, s->r.admin_name);
	} else if (holder == 0 && claim_closed())
		log_warnx("nobody is the admin, and nobody can claim to be: "
		    "telclaudectl claim reset opens that");
	if (banned(holder))
		log_warnx("the admin, %" PRId64 ", is banned and not heard: "
		    "telclaudectl unban %" PRId64, holder, holder);
}

void
people_audit(const char *event, enum audit_verdict verdict, int64_t chat,
    int64_t user, const char *fmt, ...)
{
	char			 detail[256];
	struct auditline	 a = { .event = event, .verdict = verdict,
	    .chat = chat, .user = user, .detail = detail,
	    .tier = access_tier(relay.set, user) };
	va_list			 ap;

	va_start(ap, fmt);
	(void)vsnprintf(detail, sizeof(detail), fmt, ap);
	va_end(ap);
	(void)audit_line(&a, NULL, 0);
}
