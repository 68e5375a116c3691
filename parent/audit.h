/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Audit lines of the parent's own.
 */
#ifndef PARENT_AUDIT_H
#define PARENT_AUDIT_H

#include "imsg/values.h"

struct parent;

/* auditout.c: what went wrong; and what did not. */
void	 audit_event(struct parent *, const char *event, const char *, ...)
	    __attribute__((format(printf, 3, 4)));
void	 audit_done(struct parent *, enum audit_verdict, const char *event,
	    const char *, ...) __attribute__((format(printf, 4, 5)));
/* At start and after a reload: a profile that has no limits. */
void	 audit_profile(struct parent *);
void	 audit_flush(struct parent *);	/* the audit engine runs again */

#endif
