/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Pairing, between the chat's side of it and the machine's.
 */
#ifndef PEOPLE_PAIR_H
#define PEOPLE_PAIR_H

/* Why a code cannot carry this name, or NULL; "" is no name. */
const char	*pair_name_bad(const char *name, int by_chat);

#endif
