/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Who somebody is: claiming the bot, links of numbers to names, bans,
 * pairing.
 */
#ifndef PEOPLE_PEOPLE_H
#define PEOPLE_PEOPLE_H

#include <stdint.h>

#include "imsg/msg.h"
#include "engines/relay/cmd/command.h"
#include "engines/relay/route.h"

struct ctlreq;
struct settings;
struct turn;
struct update;

void		 people_load(void);	/* the store's tables into memory */
/* Settings are in force now: what they change, and what they should not. */
void		 people_settle(const struct settings *);

/* --- claim.c ------------------------------------------------------------- */
enum passed	 claim_pass(struct turn *);	/* a step of the route */
/* /approve CODE: 1 when it was the code of a claim (or wrong for one that
 * waits) and was answered. */
int		 claim_approve(struct turn *, const char *code);
int		 claim_open(void);	/* may anybody claim this bot? */
void		 claim_end(void);	/* there is an admin: never again */

/* --- link.c -------------------------------------------------------------- */
/* by: who had it done, 0 for root.  Ends second factors of who is
 * concerned. */
void		 link_set(int64_t user, const char *name, int64_t by);
int		 link_del(int64_t user);	/* 0: there was none */
void		 people_end_factor(int64_t user);
/* /unlink CODE, before the gate as all that holds a code; takes it over. */
void		 link_unlink(struct turn *, const char *code);

/* --- again.c ------------------------------------------------------------- */
/* Their session ends, and what came by it is gated again. */
void		 people_again(int64_t user);
int		 people_again_pass(struct turn *);	/* 0: taken over */

/* --- ban.c --------------------------------------------------------------- */
int		 people_banned(int64_t chat, int64_t user);
/* Not banned, and the chat is one that is listed or paired still. */
int		 people_heard(int64_t chat, int64_t user);
void		 people_unlisted(void);	/* silences those that are no more */
/* Nothing of this chat or person runs or waits any more. */
void		 people_silence(int64_t id);
void		 ban_set(int64_t id, uint64_t at, const char *reason);

/* import.c: 1 added, 0 there already, -1 and why not; at in ms */
int		 people_import_link(const char *name, int64_t chat,
		    uint64_t at, const char **why);
int		 people_import_ban(int64_t chat, const char *reason,
		    uint64_t at, const char **why);

/* --- pair.c -------------------------------------------------------------- */
/* A message of a chat that is not listed: 1 when it was the code. */
int		 pair_knock(const struct update *);

/* --- limit.c ------------------------------------------------------------- */
enum people_kind {		/* stored: do not renumber */
	PT_COMMAND = 1,
	PT_CLAIM = 3,
	PT_WORD = 4,
	PT_WORD_ALL = 5,
	PT_CODE = 6,
	PT_CODE_ALL = 7,
	PT_LINK = 8,
	PT_LINK_ALL = 9,
	PT_PAIR = 10,
	PT_PAIR_ALL = 11,
	PT_HINT = 12
};
/* One more attempt: 0 it may be made, else seconds to the window's end. */
uint32_t	 people_try(enum people_kind, int64_t who, unsigned max,
		    unsigned window_s);
/* *first: the first that was too many, to say so once. */
uint32_t	 people_try_first(enum people_kind, int64_t who, unsigned max,
		    unsigned window_s, int *first);
/* May this command be run now?  Says why not, once a window. */
int		 people_may(enum command, const struct turn *,
		    const char *arg);

/* --- audit --------------------------------------------------------------- */
void		 people_audit(const char *event, enum audit_verdict,
		    int64_t chat, int64_t user, const char *fmt, ...)
		    __attribute__((format(printf, 5, 6)));

#endif
