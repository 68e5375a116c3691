/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What texts are searched for: the built-in shapes and what the configuration
 * adds.  A text that is under way keeps the rules it began with.
 */
#ifndef SCREEN_RULES_H
#define SCREEN_RULES_H

#include "telclauded/lib/pattern.h"
#include "engines/relay/screen/shape.h"

struct settings;

struct userpat {
	struct pattern	 p;
	char		 name[64];
	int		 told;		/* the log knows that it is too slow */
};

struct rules {
	unsigned	 refs;
	struct trigger	 trigger;
	uint32_t	 entropy;	/* Q16 bits a byte, 0: off */
	size_t		 entropy_len;
	struct userpat	*user;
	size_t		 nuser;
};

struct rules	*rules_new(const struct settings *, char *why, size_t);
struct rules	*rules_ref(struct rules *);
void		 rules_unref(struct rules *);

/*
 * What an administrator's pattern says of place i.  spent: work done so far
 * beyond the usual; at: bytes of the text before i, which earn some.  *which
 * is its number.
 */
enum find	 user_at(struct rules *, const struct view *, size_t i,
		    uint64_t at, uint32_t *spent, struct hit *,
		    unsigned *which);
#define USER_REACH	1024	/* bytes a match may have */

#endif
