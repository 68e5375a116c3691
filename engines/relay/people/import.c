/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Links and bans that telclaudectl import brings over.  Run by the relay; the
 * rows were checked for form, not for what they grant.
 */
#include <inttypes.h>
#include <string.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"
#include "engines/relay/access.h"
#include "engines/relay/people/names.h"
#include "engines/relay/people/people.h"
#include "engines/relay/people/storepeople.h"
#include "engines/relay/relay.h"

static int
link_refused(const char *name, int64_t chat, const char *why)
{
	char	 safe[80];

	log_warnx("link of %" PRId64 " to \"%s\" not taken over: %s", chat,
	    text_for_log(text_of(name, strlen(name)), safe, sizeof(safe)),
	    why);
	return (-1);
}

int
people_import_link(const char *name, int64_t chat, uint64_t at,
    const char *by)
{
	const struct named	*p = named_get(chat);
	struct link_row		 r = { .user = chat, .name = name,
	    .totp = name, .at = at };

	/* Who did it there has no number here. */
	(void)by;
	if (chat <= 0)
		return (link_refused(name, chat, "a group is no person; link "
		    "those who are in it"));
	if (!name_ok(name))
		return (link_refused(name, chat, "a name has letters, digits, "
		    "_ - . @, at most 63, and is not a number"));
	if (p != NULL && strcmp(p->name, name) == 0)
		return (0);
	if (p != NULL)
		return (link_refused(name, chat, "it is linked to another "
		    "name"));
	people_end_factor(chat);
	store_link_set(&r);
	named_put(chat, name, name);
	people_end_factor(chat);
	people_audit("identity_linked", AV_SUCCESS, 0, chat,
	    "identity_linked:%s (imported)", name);
	if (access_admin(relay.set, chat))
		claim_end();
	return (1);
}

int
people_import_ban(int64_t chat, const char *reason, uint64_t at)
{
	char	 safe[200];

	if (chat == 0)
		return (-1);
	if (banned(chat))
		return (0);
	if (access_admin(relay.set, chat)) {
		log_warnx("ban of %" PRId64 " not taken over: it is the admin "
		    "here", chat);
		return (-1);
	}
	ban_set(chat, at, text_for_log(text_of(reason, strlen(reason)), safe,
	    sizeof(safe)));
	return (1);
}
