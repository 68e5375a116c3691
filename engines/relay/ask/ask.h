/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Asking a person: cards for tool calls, /approve for whole requests.
 */
#ifndef ASK_ASK_H
#define ASK_ASK_H

#include <stdint.h>

#include "engines/relay/route.h"

struct buf;
struct call;
struct lane;
struct turn;
struct update;

/* --- tool calls -------------------------------------------------------- */
/* A rule asks about this call: it waits from here on, until call_go() or its
 * end.  The call may be gone after it. */
void	 ask_call(struct call *, int code, uint32_t within_s);
void	 ask_call_gone(struct call *);	/* by call_free() */
/* Its card named a directory that is not where it would run now. */
int	 ask_moved(const struct call *);
void	 ask_tainted(struct turn *);	/* its open cards say so */
/* It is stopped, or its agent is done: nothing of it is asked any more. */
void	 ask_turn_over(struct turn *);
void	 ask_on_factor(uint32_t id, uint8_t state);	/* TOTP_STATE */
void	 ask_factors_gone(void);	/* the totp engine's channel closed */
void	 ask_restore(void);		/* at start, before the outbox */
/* A button of a card; past the gate. */
void	 ask_pressed(const struct update *);
void	 ask_answer(struct turn *);	/* takes it over */
/* Words of who is being asked: they deny.  1: taken over. */
int	 ask_words(struct turn *);
unsigned ask_deny_all(struct turn *running, const char *name);
/* Six digits of who is asked for a code.  1: taken over. */
int	 ask_code(struct turn *, const char *code);
int	 ask_expects(const struct update *);	/* such digits */

/* --- rules for an hour ------------------------------------------------- */
/* /stop in one topic, or (NULL) in all of a chat. */
void	 temprule_stop(int64_t chat, const int64_t *topic);
void	 temprule_conv(uint64_t conv);		/* that conversation ended */
void	 temprule_status(struct buf *, const struct lane *);

/* --- requests of the strict profile ------------------------------------ */
enum passed	 confirm_pass(struct turn *);	/* a step of the route */
void		 confirm_restore(struct turn *);	/* a row, at start */
/* What was approved runs with no more rights than then, and soon.  0, or -1:
 * not any more, and they were told. */
int		 confirm_begin(struct turn *);
void		 confirm_approve(struct turn *, const char *nonce);
int		 confirm_approve_own(struct turn *);	/* 0: none */
int		 confirm_deny(struct turn *, const char *nonce); /* 0: none */

#endif
