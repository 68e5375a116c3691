/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Cards: one message of the chat for the calls of one message of the model
 * that a person must allow.  What the files of this directory share.
 */
#ifndef ASK_CARD_H
#define ASK_CARD_H

#include <sys/queue.h>

#include <stdint.h>

#include "engines/relay/ask/cardtext.h"
#include "engines/relay/tg/update.h"

#define CARD_OPEN	4	/* cards of one turn at once */
#define CARD_ASKS	64	/* calls of one turn that are asked about */
#define CARD_SILENCE	3	/* unanswered in a row: nobody is there */
#define CARD_MS		(5 * 60 * 1000)
#define CARD_HOW	120

struct call;
struct card;
struct event;
struct msgref;
struct outmsg;
struct turn;

struct ask {
	TAILQ_ENTRY(ask) entry;		/* of its card */
	struct card	*card;
	struct call	*c;		/* NULL: the call is over */
	uint64_t	 id;		/* random: who knows it saw the card */
	const char	*title;
	const char	*lang;
	char		 noticed[64];	/* why it is asked about, or "" */
	struct buf	 body;
	int		 open;
	int		 code;		/* only a code allows it */
	int		 checking;	/* the code is on its way */
	int		 offered;	/* with a button, all pages seen */
	char		 how[CARD_HOW];	/* what became of it */
};

struct card {
	TAILQ_ENTRY(card) entry;	/* of all */
	uint64_t	 id;
	struct turn	*t;
	uint32_t	 round;
	TAILQ_HEAD(, ask) asks;
	unsigned	 n;
	char		*cwd;
	struct msgref	*ref;		/* NULL: not shown yet */
	uint64_t	 deadline;	/* monotonic ms */
	unsigned	 page;
	uint64_t	 seen;
	struct event	*ev;		/* to show it, or its end */
	struct buf	 shown;		/* as sent last ... */
	uint64_t	 prompt;	/* ... which asks for its code, */
	uint64_t	 prompted;	/* and that arrived */
};

/* --- card.c: the message ----------------------------------------------- */
struct ask	*ask_find(uint64_t id);
struct card	*card_find(uint64_t id);
/* Adds a call to the card of its round.  NULL: *why says why not. */
struct ask	*card_add(struct call *, struct buf *body, const char *lang,
		    int code, uint32_t wait_ms, const char **why);
void		 card_show(struct card *);
/* An ask was answered: shows it, or ends the card when nothing of it is left;
 * the card may be gone after it. */
void		 card_settle(struct card *);
unsigned	 card_left_s(const struct card *);
void		 card_each(void (*)(struct card *, void *), void *);

/* --- cardview.c ---------------------------------------------------------- */
typedef char	 card_hows[CARD_CALLS][CARD_HOW * 2];
/* over: as if everything ended now, with nobody left to tell more.  -1: see
 * card_layout(). */
int		 view_make(const struct card *, struct cardview *,
		    struct buf *where, card_hows, int over);
void		 view_message(const struct card *, const struct cardview *,
		    struct outmsg *);

/* --- prompt.c: which question a code is for ------------------------------ */
struct ask	*prompt_of(const struct turn *);	/* or NULL */
/* What its card says of that: its number, or 0 while there are pages left. */
uint64_t	 prompt_shown(const struct ask *);
void		 prompt_queued(struct card *, uint64_t id);
void		 prompt_settle(struct card *);	/* before a new text of it */
int		 prompt_readable(struct ask *);
void		 prompt_follow(const struct turn *);	/* who is next */

/* --- asking.c: calls that wait ------------------------------------------- */
void		 ask_pending(struct call *);	/* audited, then shown */
void		 ask_refuse(struct call *, const char *why);
const char	*ask_where(const struct call *);	/* its directory */
/* Why this may not be allowed any more, or NULL. */
const char	*ask_stale(const struct ask *, int hour);
void		 ask_allow(struct ask *, const char *name, int hour);
/* words: told to the model as the reason, or NULL. */
void		 ask_deny(struct ask *, const char *name, const char *words,
		    size_t len);
void		 ask_expire(struct card *);

/* --- factor.c: ask_pending(), if there is a second factor -------------- */
void		 ask_factor(struct call *);

/* --- answer.c ---------------------------------------------------------- */
void		 ask_code_ended(int64_t user);	/* none is waited for */
void		 ask_code_lapsed(int64_t user);	/* and nobody answered */

/* --- temprule.c: "for 1 h here" ---------------------------------------- */
void		 temprule_add(const struct turn *, enum tool);
int		 temprule_allows(const struct turn *, enum tool);
struct rule_row {
	int64_t		 chat, topic, user;
	enum tool	 tool;
	const char	*name;
	unsigned	 left_s;
};
void		 temprule_each(void (*)(const struct rule_row *, void *),
		    void *);

/* --- storeask.c -------------------------------------------------------- */
void		 store_card_set(uint64_t row, int64_t chat, const char *body,
		    size_t len);
void		 store_card_del(uint64_t row);
void		 store_cards(void (*)(uint64_t row, int64_t chat,
		    const char *body, size_t len, void *), void *);
void		 store_cards_clear(void);
void		 store_asked_add(uint64_t id, int64_t chat, uint64_t at);
void		 store_asked_how(uint64_t id, const char *how);
/* What became of it; 0, or -1: not one of this chat. */
int		 store_asked_get(uint64_t id, int64_t chat, char *how,
		    size_t size);
void		 store_asked_settle(const char *how);

struct request_row {
	uint64_t	 turn;
	int64_t		 chat, user;
	enum tier	 tier;
	uint64_t	 at;		/* wall ms */
	int		 approved;
};
void		 store_request_add(const struct request_row *,
		    const char *nonce);
int		 store_request_get(uint64_t turn, struct request_row *,
		    char nonce[17]);	/* 0, or -1: none */
/* The one that waits with this nonce, or -1. */
int		 store_request_find(const char *nonce, struct request_row *);
/* 1: it waited, and now it does not. */
int		 store_request_approve(uint64_t turn);
void		 store_request_del(uint64_t turn);
/* At start: those of turns that neither wait for one nor for their run. */
void		 store_requests_purge(void);
void		 store_requests(void (*)(const struct request_row *, void *),
		    void *);

#endif
