/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Between the two halves of engdrive: what it asks (engdrive.c) and what the
 * engine says (engsay.c).  Used by tests only.
 */
#ifndef ENGDRIVE_H
#define ENGDRIVE_H

#include "imsg/link.h"

struct drive {
	struct event_base	*base;
	struct link		*up;		/* as the engine's parent */
	enum proc		 who;
	int			 waiting;	/* answers */
	int			 dead;
	char			 seed[64];	/* of the last enrolment */
	char			 heard[512];
	char			 copy[256];	/* where a copy goes */
};
extern struct drive		 drive;

const struct link_ops		*say_ops(void);

#endif
