/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * How far the audit log is, as the relay knows it.  Its database has another
 * owner than the log: who shortens the one would have to change the other.
 * Run by the relay.
 */
#include <inttypes.h>
#include <string.h>

#include <event2/event.h>

#include "engines/common/engine.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/access.h"
#include "engines/relay/audit/auditline.h"
#include "engines/relay/audit/auditreport.h"
#include "engines/relay/cmd/ctlask.h"
#include "engines/relay/out/outbox.h"
#include "engines/relay/relay.h"
#include "engines/relay/store/store.h"

#define META_SEQ	"audit_seq"
#define META_DAY	"audit_report_day"
#define KEEP_S		2		/* heard of, but not on the disk */
#define LOOK_S		600		/* is it another day? */

static uint64_t		 heard, stored;
static struct event	*look, *keep;

/* Lines come without a turn too: none stays unremembered for long. */
static void
on_keep(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	audit_remember();
}

void
audit_heard(uint64_t seq)
{
	static const struct timeval	tv = { KEEP_S, 0 };

	if (seq > heard)
		heard = seq;
	if (heard > stored && keep != NULL && !event_pending(keep, EV_TIMEOUT,
	    NULL))
		(void)event_add(keep, &tv);
}

void
audit_remember(void)
{
	if (heard <= stored)
		return;
	stored = heard;
	store_set_meta(META_SEQ, (int64_t)stored);
}

static int
report_due(void)
{
	return (relay.set->r.audit_report && access_admin_id(relay.set) != 0 &&
	    store_meta(META_DAY, 0) != (int64_t)day_of(wall_ms()));
}

static void
ask(void)
{
	struct msg_AUDIT_ASK	 m;

	memset(&m, 0, sizeof(m));
	if (relay.audit != NULL)
		msg_send_AUDIT_ASK(relay.audit, 0, -1, &m);
}

static void
on_look(int fd, short what, void *arg)
{
	static const struct timeval	tv = { LOOK_S, 0 };

	(void)fd;
	(void)what;
	(void)arg;
	if (relay.running && report_due())
		ask();
	(void)event_add(look, &tv);
}

void
audit_report_start(void)
{
	stored = (uint64_t)store_meta(META_SEQ, 0);
	if (look == NULL)
		look = event_new(relay.base, -1, 0, on_look, NULL);
	if (keep == NULL)
		keep = event_new(relay.base, -1, 0, on_keep, NULL);
	if (look == NULL || keep == NULL)
		fatal("audit_report_start");
	ask();
	on_look(-1, 0, NULL);
}

void
audit_link_up(void)
{
	/* A new one may have begun with another log. */
	if (relay.running)
		ask();
}

static void
went_back(uint64_t seq)
{
	char			 what[200];
	struct auditline	 a = { .event = "log_went_back",
	    .verdict = AV_ERROR, .detail = what };

	(void)str_format(what, sizeof(what), "the audit log was at line %"
	    PRIu64 " and is at line %" PRIu64 " now: it was cut or replaced "
	    "by an older copy, or the machine lost power",
	    MAXIMUM(heard, stored), seq);
	log_error("%s", what);
	(void)audit_line(&a, NULL, 0);
	if (access_admin_id(relay.set) != 0)
		outbox_say(access_admin_id(relay.set), 0, 0, 1, "Attention: "
		    "%s. Look on the machine: telclaudectl audit verify",
		    what);
	/* Said once; from here on the new count holds. */
	heard = stored = seq;
	store_set_meta(META_SEQ, (int64_t)seq);
}

static void
report(const struct msg_AUDIT_HEAD *m)
{
	char	 hex[sizeof(m->head) * 2 + 1];

	hex_encode(m->head, sizeof(m->head), hex);
	store_set_meta(META_DAY, (int64_t)day_of(wall_ms()));
	outbox_note(access_admin_id(relay.set), 0, "Audit log: %" PRIu64
	    " lines, sealed up to line %" PRIu64 ". Keep this; with it the "
	    "machine can prove that nothing before was changed:\n"
	    "telclaudectl audit verify %" PRIu64 ":%s", m->seq, m->sealed_seq,
	    m->seq, hex);
}

void
audit_on_head(struct link *l, const struct msg_AUDIT_HEAD *m,
    struct msg_meta *meta)
{
	(void)l;
	(void)meta;
	if (m->err != 0 || !relay.running)
		return;
	if (m->seq < MAXIMUM(heard, stored))
		went_back(m->seq);
	audit_heard(m->seq);
	if (report_due() && m->seq > 0)
		report(m);
}

void
ctl_head(struct ctlreq *r)
{
	struct buf	 b;

	buf_init(&b);
	(void)buf_printf(&b, "{\"seq\":%" PRIu64 "}", MAXIMUM(heard, stored));
	ctl_row(r->l, &b);
	ctl_end(r->l, r->id, 0, "");
}
