/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Links and bans that telclaudectl import brings over.  Run by the relay; the
 * rows were checked for form, not for what they grant.
 */
#include <string.h>

#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"
#include "engines/relay/access.h"
#include "engines/relay/people/names.h"
#include "engines/relay/people/people.h"
#include "engines/relay/people/storepeople.h"
#include "engines/relay/relay.h"

/* Why this link cannot be taken over, or NULL. */
static const char *
link_why(const char *name, int64_t chat)
{
	if (chat <= 0)
		return ("a group is no person; link those who are in it");
	if (!name_ok(name))
		return ("a name has letters, digits, _ - . @, at most 63, and "
		    "is not a number");
	if (named_get(chat) != NULL)
		return ("it is linked to another name");
	return (NULL);
}

int
people_import_link(const char *name, int64_t chat, uint64_t at,
    const char **why)
{
	const struct named	*p = chat > 0 ? named_get(chat) : NULL;
	struct link_row		 r = { .user = chat, .name = name,
	    .totp = name, .at = at };

	if (p != NULL && strcmp(p->name, name) == 0)
		return (0);
	if ((*why = link_why(name, chat)) != NULL)
		return (-1);
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
people_import_ban(int64_t chat, const char *reason, uint64_t at,
    const char **why)
{
	char	 safe[200];

	*why = "not the number of a chat";
	if (chat == 0)
		return (-1);
	if (banned(chat))
		return (0);
	*why = "it is the admin here";
	if (access_admin(relay.set, chat))
		return (-1);
	ban_set(chat, at, text_for_log(text_of(reason, strlen(reason)), safe,
	    sizeof(safe)));
	return (1);
}
