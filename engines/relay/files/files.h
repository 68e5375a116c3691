/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Files that people send, and files that tools made for them.
 */
#ifndef FILES_FILES_H
#define FILES_FILES_H

#include "engines/relay/route.h"

struct turn;

enum passed	 fetch_pass(struct turn *);	/* a step of the route */

#endif
