/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What is stored about people: links of numbers to names, codes that wait,
 * claims, bans, paired chats, attempts.  Times are wall clock, ms.
 */
#ifndef PEOPLE_STOREPEOPLE_H
#define PEOPLE_STOREPEOPLE_H

#include <stdint.h>

/* Strings in rows are borrowed until the function returns. */
struct link_row {
	int64_t		 user;
	const char	*name;
	const char	*totp;	/* whom the second factor knows it as */
	uint64_t	 at;
	int64_t		 by;	/* 0: the machine's administrator */
};
void	 store_link_set(const struct link_row *);
void	 store_link_del(int64_t user);
void	 store_links(void (*)(const struct link_row *, void *), void *);

enum code_kind { CODE_LINK, CODE_PAIR };
struct code_row {
	int64_t		 id;
	const char	*code;
	const char	*name;
	uint64_t	 until;
	int64_t		 by;
};
void	 store_code_add(enum code_kind, const struct code_row *);
/* 1 for who takes it first, 0 for all others. */
int	 store_code_del(int64_t id);
/* Those that hold now; ttl bounds what a clock set back would give. */
void	 store_codes(enum code_kind, uint64_t now, uint64_t ttl,
	    void (*)(const struct code_row *, void *), void *);

enum claim_state { CL_WAITS, CL_SHOWN, CL_WORD };
struct claim_row {
	int64_t		 user;
	const char	*code;
	const char	*name;
	uint64_t	 until;
	enum claim_state state;
};
void	 store_claim_set(const struct claim_row *);
void	 store_claim_state(int64_t user, enum claim_state);
void	 store_claim_clear(void);
void	 store_claims(void (*)(const struct claim_row *, void *), void *);

void	 store_ban_set(int64_t id, uint64_t at, const char *reason);
void	 store_ban_del(int64_t id);
void	 store_bans(void (*)(int64_t id, uint64_t at, const char *reason,
	    void *), void *);

struct pair_row {
	int64_t		 chat;
	const char	*name;	/* linked to it, or "" */
	const char	*who;	/* what Telegram calls them */
	uint64_t	 at;
	int64_t		 by;
};
void	 store_pair_set(const struct pair_row *);
void	 store_pair_del(int64_t chat);
void	 store_pairs(void (*)(const struct pair_row *, void *), void *);

/* One more attempt in a window of seconds that the first of them opened, at
 * *since; how many it makes.  A clock set back keeps the count. */
int64_t	 store_try(int64_t kind, int64_t who, int64_t now, int64_t window,
	    int64_t *since);
void	 store_people_purge(uint64_t now, int64_t since);

#endif
