/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Who is who, in memory: which name a number is linked to, who is banned,
 * which chats were let in by a code.  Looked at for every message, so it is
 * a copy of the store's tables; whoever changes those changes this.
 */
#ifndef PEOPLE_NAMES_H
#define PEOPLE_NAMES_H

#include <stdint.h>

#include "telclauded/lib/util.h"

#define NAME_ADMIN	"admin"

struct named {
	int64_t		 user;
	char		 name[NAME_MAX_LEN];
	char		 totp[NAME_MAX_LEN];
};

/* Letters, digits, _ - . @, and no number; as telclauded.conf(5) has it. */

const struct named *named_get(int64_t user);	/* NULL: linked to nothing */
int		 named_is(int64_t user, const char *name);
int64_t		 named_holder(const char *name);	/* a number, or 0 */
void		 named_put(int64_t user, const char *name, const char *totp);
void		 named_del(int64_t user);

int		 banned_any(void);
int		 banned(int64_t id);
void		 banned_put(int64_t id);
void		 banned_del(int64_t id);

int		 paired(int64_t chat);
void		 paired_put(int64_t chat);
void		 paired_del(int64_t chat);

void		 names_forget(void);

#endif
