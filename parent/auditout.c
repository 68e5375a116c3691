/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Audit lines of the parent's own: deaths, breaches of the message table,
 * reloads.  Run by the parent; the audit engine numbers and writes them.
 * While it is away (it may be the one that died) lines wait, with a bound.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parent/parent.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"

#define WAITING_MAX	64

struct audit_wait {
	struct audit_wait *next;
	uint64_t	 ms;
	enum audit_verdict verdict;
	char		 event[32];
	char		 detail[512];
};

static struct link *
writer(struct parent *p)
{
	struct engine	*a = table_find(p, PROC_AUDIT, SCOPE_NONE);

	return (a != NULL && a->state == ES_RUN ? a->link : NULL);
}

static int
send_line(struct link *l, uint64_t ms, enum audit_verdict verdict,
    const char *event, const char *detail)
{
	struct msg_AUDIT_LINE	 m;

	memset(&m, 0, sizeof(m));
	m.ms = ms;
	(void)str_copy(m.event, event, sizeof(m.event));
	m.verdict = (uint8_t)verdict;
	m.detail = text_of(detail, strlen(detail));
	return (msg_send_AUDIT_LINE(l, 0, -1, &m) == 0 ? -1 : 0);
}

/* The newest is first. */
static int
keep_line(struct parent *p, enum audit_verdict verdict, const char *event,
    const char *detail)
{
	struct audit_wait	*w;
	unsigned		 n = 0;

	for (w = p->audits; w != NULL; w = w->next)
		n++;
	if (n >= WAITING_MAX || (w = calloc(1, sizeof(*w))) == NULL)
		return (-1);
	w->ms = wall_ms();
	w->verdict = verdict;
	(void)str_copy(w->event, event, sizeof(w->event));
	(void)str_copy(w->detail, detail, sizeof(w->detail));
	w->next = p->audits;
	p->audits = w;
	return (0);
}

static void __attribute__((format(printf, 4, 0)))
audit_say(struct parent *p, enum audit_verdict verdict, const char *event,
    const char *fmt, va_list ap)
{
	struct link	*l;
	char		 detail[512];
	int		 r;

	if (vsnprintf(detail, sizeof(detail), fmt, ap) < 0)
		return;
	if ((l = writer(p)) != NULL)
		r = send_line(l, wall_ms(), verdict, event, detail);
	else
		r = keep_line(p, verdict, event, detail);
	if (r == -1)
		log_warnx("not audited, the audit engine is away: %s: %s",
		    event, detail);
}

void
audit_event(struct parent *p, const char *event, const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	audit_say(p, AV_ERROR, event, fmt, ap);
	va_end(ap);
}

void
audit_done(struct parent *p, enum audit_verdict verdict, const char *event,
    const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	audit_say(p, verdict, event, fmt, ap);
	va_end(ap);
}

void
audit_profile(struct parent *p)
{
	if (p->conf->profile != RP_TEST)
		return;
	log_warnx("PROFILE TEST: messages have no limits, as "
	    "TELCLAUDE_ENABLE_TEST_PROFILE=1 says: for testing only");
	audit_event(p, "profile_test", "messages have no limits: "
	    "TELCLAUDE_ENABLE_TEST_PROFILE=1");
}

void
audit_flush(struct parent *p)
{
	struct audit_wait	*w, *next, *oldest = NULL;
	struct link		*l = writer(p);

	for (w = p->audits; w != NULL; w = next) {
		next = w->next;
		w->next = oldest;
		oldest = w;
	}
	p->audits = NULL;
	for (w = oldest; w != NULL; w = next) {
		next = w->next;
		if (l == NULL ||
		    send_line(l, w->ms, w->verdict, w->event, w->detail) == -1)
			log_warnx("not audited: %s: %s", w->event, w->detail);
		free(w);
	}
}
