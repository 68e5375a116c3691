/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Audit lines of the parent's own: deaths, breaches of the message table,
 * reloads.  Run by the parent; the audit engine numbers and writes them.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "parent/parent.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"

void
audit_event(struct parent *p, const char *event, const char *fmt, ...)
{
	struct engine		*a = table_find(p, PROC_AUDIT, SCOPE_NONE);
	struct msg_AUDIT_LINE	 m;
	char			 detail[512];
	va_list			 ap;
	int			 n;

	va_start(ap, fmt);
	n = vsnprintf(detail, sizeof(detail), fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	if (a == NULL || a->state != ES_RUN || a->link == NULL) {
		log_warnx("not audited, the audit engine is away: %s: %s",
		    event, detail);
		return;
	}
	memset(&m, 0, sizeof(m));
	m.ms = wall_ms();
	(void)str_copy(m.event, event, sizeof(m.event));
	m.verdict = AV_ERROR;
	m.detail = text_of(detail, strlen(detail));
	if (msg_send_AUDIT_LINE(a->link, 0, -1, &m) == 0)
		log_warnx("audit: the line %s is lost", event);
}
