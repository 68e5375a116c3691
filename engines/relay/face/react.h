/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The state of a message as a reaction to it: seen, worked on, done, failed.
 * A courtesy: sent when nothing better is to do, and never missed.
 */
#ifndef FACE_REACT_H
#define FACE_REACT_H

#include <stdint.h>

#include "engines/relay/store/store.h"

struct turn;

enum react { RE_QUEUED, RE_WORKING, RE_DONE, RE_STOPPED, RE_FAILED, RE_MAX };

void		 react_set(const struct turn *, enum react);

/* --- reactrule.c: pure ------------------------------------------------- */
const char	*react_emoji(enum react);
enum react	 react_of_end(enum turn_row_state, uint8_t outcome);
int		 react_is_end(enum react);
/* ms from now until this one is sent; last: when one was, 0 never. */
uint32_t	 react_wait(enum react, uint64_t last, uint64_t now);

#endif
