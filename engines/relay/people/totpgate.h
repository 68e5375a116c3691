/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The second factor: who has one and no open session is asked before
 * anything else happens.  While the totp engine cannot be asked, nobody
 * without a session passes: messages wait a little for it, then are refused.
 */
#ifndef PEOPLE_TOTPGATE_H
#define PEOPLE_TOTPGATE_H

#include <stdint.h>

#include "imsg/msg.h"

struct turn;
struct update;

/* 1: passes now.  0: the gate has taken the turn over. */
int	 totpgate_pass(struct turn *);
/* Takes the turn over; code is inside its text. */
void	 totpgate_verify(struct turn *, const char *code);
/* Is this text a bare code that somebody waits to send? */
int	 totpgate_is_code(const struct turn *);
/* A code that is waited for, of one whom a group otherwise has to address. */
int	 totpgate_expects(const struct update *);
uint64_t totpgate_until(int64_t user);	/* wall ms, 0: no session */
void	 totpgate_release(int64_t user);	/* what waits for a code runs */
void	 totpgate_restore(struct turn *, int held);	/* rows, at start */
void	 totpgate_link_closed(void);
void	 totpgate_link_up(void);
void	 totpgate_give_up(void);	/* its patience ends */
void	 totpgate_on_state(struct link *, const struct msg_TOTP_STATE *,
	    struct msg_meta *);
void	 totpgate_on_note(struct link *, const struct msg_TOTP_NOTE *,
	    struct msg_meta *);

#endif
