/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Messages of people that must not stay in a chat.
 */
#ifndef OUT_ERASE_H
#define OUT_ERASE_H

struct turn;

enum erased {
	ER_CODE,		/* of the second factor */
	ER_WORD,		/* of the claim */
	ER_LINK,		/* a code that links a person */
	ER_SECRET,		/* a credential */
	ER_FLOOD		/* a code too many: without a word */
};

/* Deletes the message of a turn, of an album all of them; who wrote it is
 * told when Telegram does not. */
void	 erase(const struct turn *, enum erased);

#endif
