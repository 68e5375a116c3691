/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * gate: the way of the agents to the model server.  It alone holds the key and
 * the connection; agents hand over bodies and get bodies back.  Runs as
 * _tcgate with no file to open; trusts the parent, bounds the agents, believes
 * nothing the server sends.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engines/common/engine.h"
#include "engines/gate/proxy.h"
#include "engines/gate/spend.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

/* A slice as it comes in. */
struct slice {
	struct msg_CONF_GATE c;
	int		 have;
	int		 key_fd, ca_fd;
};
static struct slice	 next = { .key_fd = -1, .ca_fd = -1 };
static struct upstream	*now, *ready;	/* in force; checked and held */
static int		 draining;

struct upstream *
upstream_ref(void)
{
	if (now != NULL)
		now->refs++;
	return (now);
}

void
upstream_unref(struct upstream *u)
{
	if (u == NULL || --u->refs > 0)
		return;
	http_free(u->http);
	secret_free(&u->auth);
	free(u);
}

int
gate_draining(void)
{
	return (draining);
}

void
gate_idle(void)
{
	static int said;

	if (draining && !said && exch_count() == 0 && preq_count() == 0) {
		said = 1;
		engine_drained();
	}
}

/* --- the slice --------------------------------------------------------- */
static void
slice_forget(void)
{
	if (next.key_fd != -1)
		close(next.key_fd);
	if (next.ca_fd != -1)
		close(next.ca_fd);
	memset(&next, 0, sizeof(next));
	next.key_fd = next.ca_fd = -1;
	settings_prepare();
}

/* The slice as an upstream; NULL with why.  The key descriptor is used up. */
static struct upstream *
slice_upstream(char *why, size_t size)
{
	struct upstream *u;
	struct secret key;
	int rc;

	if ((u = calloc(1, sizeof(*u))) == NULL) {
		(void)str_copy(why, "gate: out of memory", size);
		return (NULL);
	}
	u->refs = 1;
	u->oauth = next.c.oauth;
	u->first_ms = next.c.first_ms;
	u->idle_ms = next.c.idle_ms;
	rc = secret_read(&key, next.key_fd);
	next.key_fd = -1;
	if (rc == 0) {
		rc = gate_auth(&u->auth, &key, u->oauth);
		secret_free(&key);
	}
	if (rc == -1)
		(void)str_copy(why, "the Anthropic key is empty, holds bytes "
		    "that no key has, or memory could not be locked", size);
	else if ((u->http = http_new(next.c.api)) == NULL)
		(void)str_format(why, size, "anthropic { api \"%s\" } is not "
		    "an https or http URL", next.c.api);
	else
		return (u);
	upstream_unref(u);
	return (NULL);
}

static int
gate_lockin(void)
{
	char why[256] = "";
	int ca = next.ca_fd;

	next.ca_fd = -1;	/* taken over */
	if (http_global_init(engine_base(), ca) == -1)
		return (-1);
	http_set_parent(engine_parent());
	if (!next.have) {
		log_warnx("the parent sent no settings");
		return (-1);
	}
	if (next.key_fd == -1)
		log_warnx("no Anthropic key: every request will be refused");
	else if ((now = slice_upstream(why, sizeof(why))) == NULL) {
		log_error("%s", why);
		return (-1);
	}
	settings_commit(&next.c);
	slice_forget();
	return (0);
}

static void
gate_prepare(void)
{
	slice_forget();
	upstream_unref(ready);
	ready = NULL;
}

static int
gate_check(char *why, size_t size)
{
	if (!next.have) {
		(void)str_copy(why, "gate: no settings", size);
		return (-1);
	}
	if (next.ca_fd != -1 && http_check_trust(next.ca_fd) == -1) {
		(void)str_copy(why, "anthropic { ca }: no certificate in it",
		    size);
		return (-1);
	}
	if (next.key_fd != -1 && (ready = slice_upstream(why, size)) == NULL)
		return (-1);
	return (0);
}

static void
gate_commit(void)
{
	int ca = next.ca_fd;

	next.ca_fd = -1;
	/* Running exchanges keep the old one until they end. */
	upstream_unref(now);
	now = ready;
	ready = NULL;
	settings_commit(&next.c);
	if (http_set_trust(ca) == -1)
		log_warnx("the trust file went bad; the old one stays");
	slice_forget();
}

static void
gate_drain(void)
{
	draining = 1;
	listen_drain();
	gate_idle();
}

static void
gate_fd(enum fdkind kind, int fd)
{
	int *to = kind == FDK_API_KEY ? &next.key_fd :
	    kind == FDK_CA ? &next.ca_fd : NULL;

	if (kind == FDK_PROXY_TOKEN) {
		settings_token(fd);
		return;
	}
	if (to == NULL || *to != -1) {
		close(fd);
		log_warnx("descriptor of kind %d not wanted", kind);
		return;
	}
	*to = fd;
}

static void
on_conf_gate(struct link *l, const struct msg_CONF_GATE *m, struct msg_meta *x)
{
	(void)l;
	(void)x;
	next.c = *m;
	next.have = 1;
}

static void
on_conf_proxy(struct link *l, const struct msg_CONF_PROXY *m,
    struct msg_meta *x)
{
	(void)l;
	(void)x;
	if (settings_scope(m) == -1)
		log_warnx("bounds of an unknown scope");
}

static void
on_conf_model(struct link *l, const struct msg_CONF_MODEL *m,
    struct msg_meta *x)
{
	(void)l;
	(void)x;
	settings_price(m);
}

static void
on_name_addrs(struct link *l, const struct msg_NAME_ADDRS *m,
    struct msg_meta *x)
{
	(void)l;
	http_name_addrs(m, x->id);
}

/* --- the tools' listeners ---------------------------------------------- */
static void
on_listen(struct link *l, const struct msg_LISTEN *m, struct msg_meta *x)
{
	int fd = x->fd;

	(void)l;
	x->fd = -1;
	listen_add(m, fd);
}

static void
on_unlisten(struct link *l, const struct msg_UNLISTEN *m, struct msg_meta *x)
{
	(void)l;
	(void)x;
	listen_del((enum scope)m->scope, m->job);
}

/* --- agents ------------------------------------------------------------ */
static void
on_api_req(struct link *l, const struct msg_API_REQ *m, struct msg_meta *x)
{
	(void)x;
	exch_start(l, m);
}

static void
on_api_abort(struct link *l, const struct msg_API_ABORT *m, struct msg_meta *x)
{
	(void)x;
	exch_abort(l, m->req);
}

static void
agent_closed(struct link *l)
{
	exch_link_gone(l);
	link_free(l);
}

static void
agent_violation(struct link *l, enum msg_verdict v, uint16_t type)
{
	exch_link_gone(l);
	engine_violation(l, v, type);
}

/* --- the relay --------------------------------------------------------- */
static void
on_spend_grant(struct link *l, const struct msg_SPEND_GRANT *m,
    struct msg_meta *x)
{
	if (l == spend_link())
		spend_granted(m, x->id);
}

static void
relay_closed(struct link *l)
{
	exch_link_gone(l);
	if (l == spend_link())
		spend_relay(NULL);
	link_free(l);
}

static void
relay_violation(struct link *l, enum msg_verdict v, uint16_t type)
{
	if (l == spend_link())
		spend_relay(NULL);
	agent_violation(l, v, type);
}

static void
relay_link(int fd)
{
	static const struct msg_handlers h = {
		.API_REQ = on_api_req,
		.API_ABORT = on_api_abort,
		.SPEND_GRANT = on_spend_grant,
	};
	static const struct link_ops ops = { &h, relay_closed,
	    relay_violation };
	struct link *relay;

	if (spend_link() != NULL)
		relay_closed(spend_link());
	relay = link_new(engine_base(), fd, PROC_GATE, PROC_RELAY,
	    SCOPE_NONE, &ops, NULL);
	if (relay == NULL)
		fatalx("no channel to the relay");
	spend_relay(relay);
}

static void
gate_link(enum proc peer, enum scope scope, int fd)
{
	static const struct msg_handlers h = {
		.API_REQ = on_api_req,
		.API_ABORT = on_api_abort,
	};
	static const struct link_ops ops = { &h, agent_closed,
	    agent_violation };

	if (peer == PROC_AUDIT) {
		paudit_link(fd);
		return;
	}
	if (peer == PROC_RELAY) {
		relay_link(fd);
		return;
	}
	if (peer != PROC_AGENT)
		fatalx("a channel to %s has no place here", proc_name(peer));
	if (link_new(engine_base(), fd, PROC_GATE, PROC_AGENT, scope, &ops,
	    NULL) == NULL)
		fatalx("no channel to agent/%s", scope_name(scope));
}

int
main(int argc, char **argv)
{
	static struct msg_handlers parent = {
		.CONF_GATE = on_conf_gate,
		.CONF_PROXY = on_conf_proxy,
		.CONF_MODEL = on_conf_model,
		.NAME_ADDRS = on_name_addrs,
		.LISTEN = on_listen,
		.UNLISTEN = on_unlisten,
	};
	static const struct engine_def def = {
		.proc = PROC_GATE,
		.parent = &parent,
		.link = gate_link,
		.fd = gate_fd,
		.lockin = gate_lockin,
		.prepare = gate_prepare,
		.check = gate_check,
		.commit = gate_commit,
		.abort = gate_prepare,
		.drain = gate_drain,
	};

	engine_main(&def, argc, argv);
}
