/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The relay as a witness of the audit log: it remembers how far the log was,
 * and tells the admin once a day when that is wished.
 */
#ifndef AUDIT_AUDITREPORT_H
#define AUDIT_AUDITREPORT_H

#include "imsg/msg.h"

void	 audit_heard(uint64_t seq);	/* this line was written */
void	 audit_remember(void);		/* in the current transaction */
void	 audit_report_start(void);	/* at START, or after a reload */
void	 audit_link_up(void);
void	 audit_on_head(struct link *, const struct msg_AUDIT_HEAD *,
	    struct msg_meta *);

#endif
