/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The relay engine: Telegram on one side, agents on the other, and between
 * them who may do what.  This file wires it: settings, links, start, reload,
 * drain.  Run as _tcrelay; trusts the parent.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>
#include <jansson.h>

#include "engines/common/engine.h"
#include "engines/common/http.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"
#include "engines/relay/access.h"
#include "engines/relay/ask/ask.h"
#include "engines/relay/audit/auditline.h"
#include "engines/relay/audit/auditreport.h"
#include "engines/relay/call/mediate.h"
#include "engines/relay/cmd/ctlask.h"
#include "engines/relay/face/storeface.h"
#include "engines/relay/files/files.h"
#include "engines/relay/money/money.h"
#include "engines/relay/out/outbox.h"
#include "engines/relay/people/people.h"
#include "engines/relay/people/totpcode.h"
#include "engines/relay/people/totpgate.h"
#include "engines/relay/relay.h"
#include "engines/relay/route.h"
#include "engines/relay/screen/filter.h"
#include "engines/relay/screen/screen.h"
#include "engines/relay/slice.h"
#include "engines/relay/state/state.h"
#include "engines/relay/store/store.h"
#include "engines/relay/stranger.h"
#include "engines/relay/tg/api.h"
#include "engines/relay/tg/poll.h"
#include "engines/relay/turn/queue.h"
#include "engines/relay/turn/turn.h"

#define DRAIN_STEP_MS	50
#define DRAIN_STEPS	40		/* two seconds for open sends */

struct relay	relay;

static int		 ca_fd = -1;
static int		 ca_new = -1;	/* came with a reload */
static struct event	*drain_ev;
static int		 drain_steps;

uint64_t
relay_id(void)
{
	static uint32_t	n;

	return (store_run() << 32 | ++n);
}

/* --- links ------------------------------------------------------------- */
static void
agent_closed(struct link *l)
{
	if (relay.agent == l) {
		relay.agent = NULL;
		log_warnx("the agent is gone; %u turns interrupted",
		    turn_running());
		turn_all_interrupted();
	}
	link_free(l);
}

static void
runner_closed(struct link *l)
{
	if (relay.runner == l) {
		relay.runner = NULL;
		mediate_runner_gone();
	}
	link_free(l);
}

static void
totp_closed(struct link *l)
{
	if (relay.totp == l) {
		relay.totp = NULL;
		totpgate_link_closed();
	}
	link_free(l);
}

static void
gate_closed(struct link *l)
{
	if (relay.gate == l) {
		relay.gate = NULL;
		spend_gate_gone();
		observe_link_closed();
	}
	link_free(l);
}

static void
audit_closed(struct link *l)
{
	if (relay.audit == l) {
		relay.audit = NULL;
		audit_link_closed();
	}
	link_free(l);
}

static const struct msg_handlers agent_handlers = {
	.TURN_BEGUN = turn_on_begun,
	.TURN_NOTE = turn_on_note,
	.TURN_DONE = turn_on_done,
	.TOOL_CALL = mediate_on_call,
};
static const struct msg_handlers runner_handlers = {
	.RUN_HEAD = mediate_on_head,
	.RUN_DONE = mediate_on_done,
};
static const struct msg_handlers totp_handlers = {
	.TOTP_STATE = totpgate_on_state,
	.TOTP_RESULT = totpcode_on_result,
	.TOTP_NOTE = totpgate_on_note,
};
static const struct msg_handlers audit_handlers = {
	.AUDIT_DONE = audit_on_done,
	.AUDIT_HEAD = audit_on_head,
};
static const struct msg_handlers gate_handlers = {
	.SPEND_NEED = spend_on_need,
	.SPEND_DONE = spend_on_done,
	.API_HEAD = observe_on_head,
	.API_DONE = observe_on_done,
};

static const struct link_ops agent_ops = { &agent_handlers, agent_closed,
    engine_violation };
static const struct link_ops runner_ops = { &runner_handlers, runner_closed,
    engine_violation };
static const struct link_ops totp_ops = { &totp_handlers, totp_closed,
    engine_violation };
static const struct link_ops gate_ops = { &gate_handlers, gate_closed,
    engine_violation };
static const struct link_ops audit_ops = { &audit_handlers, audit_closed,
    engine_violation };

/* A replacement means that the old one is dead, whether seen or not. */
static void
relay_relink(struct link **slot, enum proc peer, enum scope scope, int fd,
    const struct link_ops *ops)
{
	struct link	*l = *slot;

	if (l != NULL)
		ops->closed(l);
	*slot = link_new(relay.base, fd, PROC_RELAY, peer, scope, ops, NULL);
	if (*slot == NULL)
		log_warnx("no channel to %s", proc_name(peer));
}

static void
relay_link(enum proc peer, enum scope scope, int fd)
{
	/* One agent is served so far; another scope has no channels here. */
	if ((peer == PROC_AGENT || peer == PROC_RUNNER) &&
	    scope != SCOPE_TELEGRAM) {
		log_warnx("no use for a channel to %s of %s",
		    proc_name(peer), scope_name(scope));
		close(fd);
		return;
	}
	switch (peer) {
	case PROC_AGENT:
		relay_relink(&relay.agent, peer, scope, fd, &agent_ops);
		queue_kick_all();
		break;
	case PROC_RUNNER:
		relay_relink(&relay.runner, peer, scope, fd, &runner_ops);
		break;
	case PROC_TOTP:
		relay_relink(&relay.totp, peer, scope, fd, &totp_ops);
		totpgate_link_up();
		break;
	case PROC_AUDIT:
		relay_relink(&relay.audit, peer, scope, fd, &audit_ops);
		audit_link_up();
		break;
	case PROC_GATE:
		relay_relink(&relay.gate, peer, scope, fd, &gate_ops);
		observe_link_up();
		break;
	case PROC_CTL:
		ctl_link(scope, fd);
		break;
	default:
		log_warnx("no use for a channel to %s", proc_name(peer));
		close(fd);
		break;
	}
}

static void
relay_fd(enum fdkind kind, int fd)
{
	int	*slot = relay.set == NULL ? &ca_fd : &ca_new;

	if (kind != FDK_CA) {
		slice_fd(kind, fd);
		return;
	}
	if (*slot != -1)
		close(*slot);
	*slot = fd;
}

/* --- life -------------------------------------------------------------- */
static void
relay_init(struct event_base *base)
{
	relay.base = base;
	relay.started_ms = wall_ms();
	relay.next = settings_new();
	if (relay.next == NULL)
		fatal("settings");
}

static int
relay_lockin(void)
{
	char	why[256];

	if (slice_complete(relay.next, why, sizeof(why)) == -1) {
		log_error("%s", why);
		return (-1);
	}
	relay.set = relay.next;
	relay.next = NULL;
	if (filter_setup(relay.set, why, sizeof(why)) == -1) {
		log_error("filter: %s", why);
		return (-1);
	}
	if (store_open(relay.set->r.state) == -1)
		return (-1);
	store_start(relay.base);
	people_load();
	/* Its first object would open a file for the seed. */
	json_object_seed(0);
	if (api_init(ca_fd) == -1)
		return (-1);
	ca_fd = -1;
	http_set_parent(engine_parent());
	if (api_setup(relay.set->r.api) == -1) {
		log_error("telegram api: not a URL this can use: %s",
		    relay.set->r.api);
		return (-1);
	}
	poll_init();
	if (files_open(relay.set) == -1)
		return (-1);
	/* What tools left in the outbox is read and removed, never written. */
	if (engine_allow_path(relay.set->r.state, EA_READ | EA_WRITE) == -1 ||
	    engine_allow_path(relay.set->r.inbox, EA_READ | EA_WRITE |
	    EA_MOVE) == -1 ||
	    engine_allow_path(relay.set->r.outbox, EA_READ | EA_REMOVE) == -1)
		return (-1);
	return (0);
}

static void
relay_start(void)
{
	people_settle(relay.set);
	if (relay.set->nchats == 0)
		log_warnx("no chat is listed, so nobody is served yet; write "
		    "to the bot and the number appears here");
	keep_start();
	ask_restore();
	money_start();
	store_face_purge(wall_ms());
	outbox_restore();
	relay.running = 1;
	audit_report_start();
	poll_start();
	route_recover();
	files_start();
	outbox_kick_all();
	queue_kick_all();
}

static void
relay_prepare(void)
{
	settings_free(relay.next);
	relay.next = settings_new();
	if (relay.next == NULL)
		fatal("settings");
}

static int
relay_check(char *why, size_t size)
{
	if (slice_complete(relay.next, why, size) == -1 ||
	    filter_check(relay.next, why, size) == -1)
		return (-1);
	if (!api_url_ok(relay.next->r.api)) {
		(void)str_copy(why, "telegram api is not a URL", size);
		return (-1);
	}
	if (strcmp(relay.next->r.state, relay.set->r.state) != 0) {
		(void)str_copy(why, "state cannot move while it runs", size);
		return (-1);
	}
	if (!files_same(relay.next, relay.set)) {
		(void)str_copy(why, "inbox and outbox cannot move while it "
		    "runs", size);
		return (-1);
	}
	return (0);
}

static void
relay_abort(void)
{
	settings_free(relay.next);
	relay.next = NULL;
	if (ca_new != -1)
		close(ca_new);
	ca_new = -1;
}

static void
relay_commit(void)
{
	struct settings	*old = relay.set;
	char		 why[256];
	int		 other;

	other = old->token.len != relay.next->token.len ||
	    !mem_equal(old->token.p, relay.next->token.p, old->token.len) ||
	    strcmp(old->r.api, relay.next->r.api) != 0;
	relay.set = relay.next;
	relay.next = NULL;
	if (ca_new != -1 && http_set_trust(ca_new) == -1)
		log_warnx("the new trust file cannot be used; the old one "
		    "stays");
	ca_new = -1;
	if (strcmp(old->r.api, relay.set->r.api) != 0)
		(void)api_setup(relay.set->r.api);
	if (filter_setup(relay.set, why, sizeof(why)) == -1)
		log_warnx("filter: %s; the patterns before stay", why);
	stranger_forget();
	people_settle(relay.set);
	people_unlisted();
	/* Also when nothing changed: polling may have given up. */
	if (other || !poll_well())
		poll_restart();
	outbox_kick_all();
	queue_kick_all();
	settings_free(old);
}

static void
drain_step(int fd, short what, void *arg)
{
	struct timeval	tv = { 0, DRAIN_STEP_MS * 1000 };

	(void)fd;
	(void)what;
	(void)arg;
	/* An answer read now is a message not repeated later. */
	if (outbox_unread() > 0 && drain_steps++ < DRAIN_STEPS) {
		(void)event_add(drain_ev, &tv);
		return;
	}
	store_rest();
	engine_drained();
}

static void
relay_drain(void)
{
	relay.draining = 1;
	poll_stop();
	if (drain_ev == NULL)
		drain_ev = event_new(relay.base, -1, 0, drain_step, NULL);
	if (drain_ev == NULL) {
		engine_drained();
		return;
	}
	drain_step(-1, 0, NULL);
}

static void
relay_name_addrs(struct link *l, const struct msg_NAME_ADDRS *m,
    struct msg_meta *meta)
{
	(void)l;
	http_name_addrs(m, meta->id);
}

int
main(int argc, char **argv)
{
	static struct msg_handlers	parent = {
		.NAME_ADDRS = relay_name_addrs,
		.TOOL_JOB = mediate_on_job,
		.TOOL_EXIT = mediate_on_exit,
		.TOOL_NET = mediate_on_net,
		.COPY_MAKE = copy_on_make,
	};
	static const struct engine_def	def = {
		.proc = PROC_RELAY,
		.parent = &parent,
		.init = relay_init,
		.link = relay_link,
		.fd = relay_fd,
		.lockin = relay_lockin,
		.start = relay_start,
		.prepare = relay_prepare,
		.check = relay_check,
		.commit = relay_commit,
		.abort = relay_abort,
		.drain = relay_drain,
	};

	slice_handlers(&parent);
	engine_main(&def, argc, argv);
}
