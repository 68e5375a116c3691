/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What engines say to the parent: one handler a message.  Run by the parent;
 * the table was consulted already, the meaning of each field is judged here.
 */
#include <string.h>

#include "engines/common/http.h"
#include "parent/copy.h"
#include "parent/logout.h"
#include "parent/names/names.h"
#include "parent/parent.h"
#include "parent/tool/toolgrant.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"

#define LOG_BURST	200
#define LOG_PER_S	50
#define QUEUE_MAX	(1u << 20)

/* --- boot -------------------------------------------------------------- */

static void
on_HELLO(struct link *l, const struct msg_HELLO *m, struct msg_meta *meta)
{
	struct engine		*e = link_ctx(l);
	struct msg_LOGLEVEL	 level;
	struct msg_CONF_END	 end;

	(void)meta;
	if (m->version != MSG_VERSION) {
		engine_kill(e, "speaks protocol version %u, not %u: it is of "
		    "another release", m->version, MSG_VERSION);
		return;
	}
	link_set_phase(l, PH_CONFIG);
	e->state = ES_CONFIG;
	memset(&level, 0, sizeof(level));
	level.level = (uint8_t)log_getlevel();
	memset(&end, 0, sizeof(end));
	if (msg_send_LOGLEVEL(l, 0, -1, &level) == 0 ||
	    confsend(e, e->p->conf, &e->p->rules) == -1 || !link_alive(l)) {
		engine_kill(e, "could not be given its configuration");
		return;
	}
	wire_engine(e);
	if (msg_send_CONF_END(l, 0, -1, &end) == 0)
		engine_kill(e, "could not be given its configuration");
	parent_configured(e->p);
}

static void
on_READY(struct link *l, const struct msg_READY *m, struct msg_meta *meta)
{
	struct engine	*e = link_ctx(l);

	(void)m;
	(void)meta;
	if (e->state != ES_CONFIG) {
		engine_kill(e, "said READY twice");
		return;
	}
	e->state = ES_READY;
	log_debug("%s ready after %llu ms", e->name,
	    (unsigned long long)(now_ms() - e->since));
	parent_progress(e->p);
}

static void
on_DRAINED(struct link *l, const struct msg_DRAINED *m, struct msg_meta *meta)
{
	struct engine	*e = link_ctx(l);

	(void)m;
	(void)meta;
	if (e->p->state == PS_DRAIN && e->state == ES_RUN)
		e->state = ES_DRAINED;
	parent_progress(e->p);
}

/* --- while it runs ----------------------------------------------------- */

static void
on_PREPARED(struct link *l, const struct msg_PREPARED *m,
    struct msg_meta *meta)
{
	reload_prepared(link_ctx(l), m, meta->id);
}

static void
on_PONG(struct link *l, const struct msg_PONG *m, struct msg_meta *meta)
{
	struct engine	*e = link_ctx(l);

	(void)m;
	(void)meta;
	e->pings = 0;
}

/*
 * A bucket of LOG_BURST lines that fills by LOG_PER_S a second, for all that
 * an engine can make us write: log, and audit lines about it.
 */
int
engine_may_log(struct engine *e)
{
	uint64_t	 now = now_ms(), add;

	add = (now - e->log_ms) * LOG_PER_S / 1000;
	if (add > 0 || e->log_ms == 0) {
		if (e->log_ms == 0 || e->log_left + add > LOG_BURST)
			e->log_left = LOG_BURST;
		else
			e->log_left += (uint32_t)add;
		e->log_ms = now;
	}
	if (e->log_left == 0) {
		e->log_lost++;
		return (0);
	}
	e->log_left--;
	return (1);
}

static void
on_LOG(struct link *l, const struct msg_LOG *m, struct msg_meta *meta)
{
	struct engine	*e = link_ctx(l);
	char		 line[1100], lost[64];

	(void)meta;
	if (m->level >= LOGL_MAX) {
		engine_kill(e, "sent a LOG of an unknown level");
		return;
	}
	text_for_log(m->line, line, sizeof(line));
	if (m->level >= LOGL_WARN)
		(void)str_copy(e->last, line, sizeof(e->last));
	if (!engine_may_log(e))
		return;
	if (e->log_lost > 0) {
		str_format(lost, sizeof(lost), "%u lines were too many and "
		    "are lost", e->log_lost);
		e->log_lost = 0;
		logout_line(LOGL_WARN, e->name, lost);
	}
	logout_line(m->level, e->name, line);
}

/*
 * Agents, runners, egress and gate work on what strangers wrote: their word
 * ends nobody whom all scopes share, else a hostile agent had the relay
 * killed, and a hostile tunnel the audit log.
 */
static int
believed(const struct engine *accuser, const struct engine *accused)
{
	return ((accuser->row->scope == SCOPE_NONE &&
	    accuser->row->proc != PROC_EGRESS &&
	    accuser->row->proc != PROC_GATE) ||
	    accused->row->scope != SCOPE_NONE);
}

static void
on_MISBEHAVED(struct link *l, const struct msg_MISBEHAVED *m,
    struct msg_meta *meta)
{
	struct engine	*e = link_ctx(l), *o;

	(void)meta;
	if (m->peer >= PROC_MAX || m->scope >= SCOPE_MAX ||
	    m->verdict >= MV_MAX)
		return;
	if (m->peer == PROC_CTL) {
		if (!engine_may_log(e))
			return;
		log_warnx("%s: telclaudectl sent %s: %s", e->name,
		    msg_name(m->type), msg_verdict_name(m->verdict));
		return;
	}
	/* The channel's scope is the scoped end's; the other has none. */
	if ((o = table_find(e->p, m->peer, m->scope)) == NULL)
		o = table_find(e->p, m->peer, SCOPE_NONE);
	/* Only who shares a channel can have been sent anything. */
	if (o == NULL || o->pid == 0 || !wire_have(e, o)) {
		if (engine_may_log(e))
			log_warnx("%s accuses %s, which cannot speak to it",
			    e->name, proc_name(m->peer));
		return;
	}
	if (!believed(e, o)) {
		/* Its channel is shut in any case: new ones come with a new
		 * life. */
		engine_kill(e, "says that %s sent %s (%s), and is not "
		    "believed", o->name, msg_name(m->type),
		    msg_verdict_name(m->verdict));
		return;
	}
	audit_event(e->p, "engine_misbehaved", "%s sent %s to %s: %s",
	    o->name, msg_name(m->type), e->name,
	    msg_verdict_name(m->verdict));
	engine_kill(o, "sent %s to %s, which the table forbids (%s)",
	    msg_name(m->type), e->name, msg_verdict_name(m->verdict));
}

/* Who asks and does not read the answers would fill our memory. */
static int
overfull(struct link *l)
{
	if (link_queued(l) < QUEUE_MAX)
		return (0);
	engine_kill(link_ctx(l), "does not read what it is sent");
	return (1);
}

static void
on_NAME_NEED(struct link *l, const struct msg_NAME_NEED *m,
    struct msg_meta *meta)
{
	if (!overfull(l))
		names_need(link_ctx(l), m, meta->id);
}

static void
on_RESOLVED(struct link *l, const struct msg_RESOLVED *m,
    struct msg_meta *meta)
{
	names_resolved(link_ctx(l), m, meta->id);
}

static void
on_TOOL_SOON(struct link *l, const struct msg_TOOL_SOON *m,
    struct msg_meta *meta)
{
	(void)meta;
	tools_soon(link_ctx(l), m);
}

static void
on_TOOL_GRANT(struct link *l, const struct msg_TOOL_GRANT *m,
    struct msg_meta *meta)
{
	if (!overfull(l))
		tools_grant(link_ctx(l), m, meta->id);
}

static void
on_TOOL_KILL(struct link *l, const struct msg_TOOL_KILL *m,
    struct msg_meta *meta)
{
	(void)meta;
	tools_kill(link_ctx(l), m);
}

static void
on_TOOL_NET(struct link *l, const struct msg_TOOL_NET *m,
    struct msg_meta *meta)
{
	(void)meta;
	tools_net(link_ctx(l), m);
}

static void
on_TOTP_OK(struct link *l, const struct msg_TOTP_OK *m, struct msg_meta *meta)
{
	(void)l;
	(void)meta;
	tools_coded(m);
}

/* Whoever asked for it: the engine itself says what it did. */
static void
on_TOTP_NOTE(struct link *l, const struct msg_TOTP_NOTE *m,
    struct msg_meta *meta)
{
	static const char *const	 events[TNO_MAX] = {
		[TNO_ENROLLED] = "totp_enrolled",
		[TNO_DISABLED] = "totp_disabled",
		[TNO_REMOVED] = "totp_removed",
		[TNO_IMPORTED] = "totp_imported",
	};
	struct engine			*e = link_ctx(l);

	(void)meta;
	if (m->what >= TNO_MAX)
		engine_kill(e, "sent an unknown TOTP_NOTE");
	else if (engine_may_log(e))
		audit_done(e->p, AV_SUCCESS, events[m->what], "%s", m->user);
}

static void
on_COPY_DONE(struct link *l, const struct msg_COPY_DONE *m,
    struct msg_meta *meta)
{
	copy_done(link_ctx(l), m, meta);
}

static void
on_CONV_WIPE(struct link *l, const struct msg_CONV_WIPE *m,
    struct msg_meta *meta)
{
	(void)meta;
	tools_wipe(link_ctx(l), m);
}

static void
on_API_STATE(struct link *l, const struct msg_API_STATE *m,
    struct msg_meta *meta)
{
	struct engine	*e = link_ctx(l);

	(void)meta;
	e->p->api_status = m->status;
	e->p->api_err = m->err;
	e->p->api_ms = m->ms;
	/* What we ended ourselves and a rate that is used up say nothing. */
	if (m->err == HE_ABORT || m->err == HE_LIMIT || m->status == 429)
		return;
	e->p->api_bad.status = m->status;
	e->p->api_bad.err = m->err;
	e->p->api_bad.row = m->err == HE_OK && m->status < 400 ? 0 :
	    e->p->api_bad.row + 1;
}

static void
on_AUDIT_DONE(struct link *l, const struct msg_AUDIT_DONE *m,
    struct msg_meta *meta)
{
	(void)l;
	(void)meta;
	if (m->err != 0)
		log_warnx("audit: a line of the parent could not be written");
}

static void
on_POLL_STATE(struct link *l, const struct msg_POLL_STATE *m,
    struct msg_meta *meta)
{
	struct engine	*e = link_ctx(l);
	struct parent	*p = e->p;
	int		 was = p->poll.state;

	(void)meta;
	if (m->state >= PO_MAX) {
		engine_kill(e, "sent an unknown POLL_STATE");
		return;
	}
	p->poll = *m;
	p->poll_seen = 1;
	if (m->state == PO_OK)
		p->poll_ok = 1;
	if (m->state == PO_REFUSED && !p->poll_ok && !p->announced) {
		parent_fail(p, "Telegram refuses the bot token: put the one "
		    "@BotFather gave you into the file that `token' in %s "
		    "names", p->conf_path != NULL ? p->conf_path :
		    "the configuration");
		return;
	}
	if (m->state == PO_REFUSED && was != PO_REFUSED)
		log_error("Telegram refuses the bot token; polling stopped. "
		    "Put the right token in place and reload");
	if (m->state != PO_START)
		parent_announce(p);
}

static void
on_violation(struct link *l, enum msg_verdict v, uint16_t type)
{
	struct engine	*e = link_ctx(l);

	engine_kill(e, "sent %s, which the table forbids (%s)",
	    msg_name(type), msg_verdict_name(v));
	audit_event(e->p, "engine_misbehaved", "%s sent %s: %s", e->name,
	    msg_name(type), msg_verdict_name(v));
}

static const struct msg_handlers handlers = {
	.HELLO = on_HELLO,
	.READY = on_READY,
	.PREPARED = on_PREPARED,
	.DRAINED = on_DRAINED,
	.PONG = on_PONG,
	.LOG = on_LOG,
	.MISBEHAVED = on_MISBEHAVED,
	.NAME_NEED = on_NAME_NEED,
	.RESOLVED = on_RESOLVED,
	.TOOL_SOON = on_TOOL_SOON,
	.TOOL_GRANT = on_TOOL_GRANT,
	.TOOL_KILL = on_TOOL_KILL,
	.CONV_WIPE = on_CONV_WIPE,
	.TOOL_NET = on_TOOL_NET,
	.TOTP_OK = on_TOTP_OK,
	.TOTP_NOTE = on_TOTP_NOTE,
	.COPY_DONE = on_COPY_DONE,
	.API_STATE = on_API_STATE,
	.AUDIT_DONE = on_AUDIT_DONE,
	.POLL_STATE = on_POLL_STATE,
};

const struct link_ops engine_link_ops = {
	.handlers = &handlers,
	.closed = engine_link_closed,
	.violation = on_violation,
};
