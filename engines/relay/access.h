/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Who is heard, and what they may have done for them.  Pure lookups in the
 * settings in force and in names.h; an empty list is nobody.
 */
#ifndef RELAY_ACCESS_H
#define RELAY_ACCESS_H

#include <stdint.h>

#include "imsg/proc.h"
#include "imsg/values.h"

struct msg_TOOL_GRANT;
struct settings;

int		 access_listed(const struct settings *, int64_t chat);
/* Listed, or let in by a code. */
int		 access_chat(const struct settings *, int64_t chat);
/* Does a row for any, a number or a linked name mean this person? */
int		 access_person(uint8_t any, int64_t id, const char *name,
		    int64_t user);
int		 access_admin(const struct settings *, int64_t user);
int64_t		 access_admin_id(const struct settings *);	/* 0: nobody */
/* Does the file name one? */
int		 access_admin_set(const struct settings *);
enum tier	 access_tier(const struct settings *, int64_t user);
/* The last line that matches.  tainted: the turn has read from outside.
 * *within, unless NULL: seconds the call waits for a code. */
enum access_verdict access_rule(const struct settings *, enum tier,
		    int64_t user, enum tool, int tainted, uint32_t *within);
/* Is it worth telling the model of this tool? */
int		 access_offers(const struct settings *, enum tier,
		    int64_t user, enum tool, int tainted);
/* The name the second factor knows this person by, or would by the first. */
const char	*access_totp_user(const struct settings *, int64_t user,
		    char *dst, unsigned size);
/* The model of who chose none, or "". */
const char	*access_model(const struct settings *);
/* Who a grant is for, in the words of the parent's rules and of the totp
 * engine. */
void		 access_grant(const struct settings *, int64_t user,
		    struct msg_TOOL_GRANT *);

#endif
