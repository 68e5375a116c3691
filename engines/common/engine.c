/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The life of an engine between exec and exit: refuse root, speak to the
 * parent, take in the slice, lock in, run, reload, drain.  Run by every
 * engine as its own user; trusts the parent and nobody else.
 */
#include <sys/socket.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "engines/common/cage.h"
#include "engines/common/engine.h"
#include "engines/common/selftest.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"

#define TRIM_MS		2000	/* after START: what only that needed goes */
#define ALLOW_MAX	8
#define LOG_QUEUED	(256u << 10)	/* more lines are lost */
#define HELD_MAX	16

/* A channel that came before START: what a peer says is foreign, and nothing
 * foreign is read by an engine that is not confined and complete yet. */
struct held {
	enum proc	 peer;
	enum scope	 scope;
	int		 fd;
};

static struct {
	const struct engine_def	*def;
	struct event_base	*base;
	struct link		*parent;
	enum scope		 scope;
	uint32_t		 prepare_id;
	struct cage_path	 allow[ALLOW_MAX];
	size_t			 nallow;
	struct held		 held[HELD_MAX];
	unsigned		 nheld;
	int			 logging;
} eng;

/* --- handlers of the rows common to all -------------------------------- */
static void
on_conf_link(struct link *l, const struct msg_CONF_LINK *m,
    struct msg_meta *meta)
{
	struct held	*h;
	int		 fd = meta->fd;

	meta->fd = -1;
	if (eng.def->link == NULL || m->peer >= PROC_MAX ||
	    m->scope >= SCOPE_MAX)
		fatalx("channel to %s that this engine has no use for",
		    proc_name(m->peer));
	if (link_phase(l) & PH_LIVE) {
		eng.def->link(m->peer, m->scope, fd);
		return;
	}
	if (eng.nheld == HELD_MAX)
		fatalx("too many channels before the start");
	h = &eng.held[eng.nheld++];
	h->peer = m->peer;
	h->scope = m->scope;
	h->fd = fd;
}

static void
on_conf_fd(struct link *l, const struct msg_CONF_FD *m, struct msg_meta *meta)
{
	int	 fd = meta->fd;

	(void)l;
	meta->fd = -1;
	if (eng.def->fd == NULL || m->kind >= FDK_MAX)
		fatalx("descriptor of kind %u that this engine has no use for",
		    m->kind);
	eng.def->fd(m->kind, fd);
}

/* Where those that have TCP connect to is the firewall's matter; the others
 * lose it here as well, and nobody listens. */
static enum cage_net
engine_net(enum proc proc)
{
	return (proc == PROC_RELAY || proc == PROC_GATE ||
	    proc == PROC_EGRESS || proc == PROC_RESOLVER ? CAGE_NET_OUT :
	    CAGE_NET_NONE);
}

static void
engine_confine(void)
{
#ifndef TC_SANITIZE
	const struct cage_prog	*prog;

	if (cage_landlock(eng.allow, eng.nallow,
	    engine_net(eng.def->proc)) == -1)
		fatal("landlock");
	if ((prog = cage_find(proc_name(eng.def->proc))) == NULL)
		fatalx("no cage for %s", proc_name(eng.def->proc));
	if (cage_seccomp(prog) == -1)
		fatal("seccomp");
#endif
}

static void
engine_reply_prepared(void)
{
	struct msg_PREPARED	 p;

	memset(&p, 0, sizeof(p));
	if (eng.def->check != NULL &&
	    eng.def->check(p.why, sizeof(p.why)) == -1)
		p.err = 1;
	msg_send_PREPARED(eng.parent, eng.prepare_id, -1, &p);
}

static void
on_conf_end(struct link *l, const struct msg_CONF_END *m,
    struct msg_meta *meta)
{
	struct msg_READY	 ready;

	(void)m;
	(void)meta;
	if (link_phase(l) == PH_RELOAD) {
		engine_reply_prepared();
		return;
	}
	if (eng.def->lockin != NULL && eng.def->lockin() == -1) {
		/* It said why, and its last word is what the parent tells. */
		(void)link_flush(l, 100);
		_exit(1);
	}
	engine_confine();
	memset(&ready, 0, sizeof(ready));
	msg_send_READY(l, 0, -1, &ready);
}

static void
on_up(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	engine_trim();
}

static void
on_start(struct link *l, const struct msg_START *m, struct msg_meta *meta)
{
	const struct timeval	 up = { TRIM_MS / 1000, 0 };
	unsigned	 i;

	(void)m;
	(void)meta;
	link_set_phase(l, PH_RUN);
	for (i = 0; i < eng.nheld; i++)
		eng.def->link(eng.held[i].peer, eng.held[i].scope,
		    eng.held[i].fd);
	eng.nheld = 0;
	if (eng.def->start != NULL)
		eng.def->start();
	(void)event_base_once(eng.base, -1, EV_TIMEOUT, on_up, NULL, &up);
}

static void
on_prepare(struct link *l, const struct msg_PREPARE *m, struct msg_meta *meta)
{
	(void)m;
	eng.prepare_id = meta->id;
	link_set_phase(l, PH_RELOAD);
	if (eng.def->prepare != NULL)
		eng.def->prepare();
}

static void
on_commit(struct link *l, const struct msg_COMMIT *m, struct msg_meta *meta)
{
	(void)m;
	(void)meta;
	link_set_phase(l, PH_RUN);
	if (eng.def->commit != NULL)
		eng.def->commit();
}

static void
on_abort(struct link *l, const struct msg_ABORT *m, struct msg_meta *meta)
{
	(void)m;
	(void)meta;
	link_set_phase(l, PH_RUN);
	if (eng.def->abort != NULL)
		eng.def->abort();
}

static void
on_drain(struct link *l, const struct msg_DRAIN *m, struct msg_meta *meta)
{
	(void)m;
	(void)meta;
	link_set_phase(l, PH_DRAIN);
	if (eng.def->drain != NULL)
		eng.def->drain();
	else
		engine_drained();
}

static void
on_ping(struct link *l, const struct msg_PING *m, struct msg_meta *meta)
{
	struct msg_PONG	 pong;

	(void)m;
	memset(&pong, 0, sizeof(pong));
	msg_send_PONG(l, meta->id, -1, &pong);
}

static void
on_loglevel(struct link *l, const struct msg_LOGLEVEL *m,
    struct msg_meta *meta)
{
	(void)l;
	(void)meta;
	if (m->level < LOGL_MAX)
		log_level(m->level);
}

static void
engine_handlers(struct msg_handlers *h)
{
	h->CONF_LINK = on_conf_link;
	h->CONF_FD = on_conf_fd;
	h->CONF_END = on_conf_end;
	h->START = on_start;
	h->PREPARE = on_prepare;
	h->COMMIT = on_commit;
	h->ABORT = on_abort;
	h->DRAIN = on_drain;
	h->PING = on_ping;
	h->LOGLEVEL = on_loglevel;
}

/* --- the link to the parent -------------------------------------------- */
static void
parent_closed(struct link *l)
{
	(void)l;
	/* It is dead, and so are we: nothing may outlive the walls. */
	_exit(0);
}

static void
parent_violation(struct link *l, enum msg_verdict v, uint16_t type)
{
	(void)l;
	(void)v;
	(void)type;
	/* The log goes through the link that just broke. */
	_exit(3);
}

static void
engine_log(enum log_level level, const char *line)
{
	struct msg_LOG	 m;

	/* Sending may itself log; one level is enough. */
	if (eng.logging || eng.parent == NULL ||
	    link_queued(eng.parent) > LOG_QUEUED)
		return;
	eng.logging = 1;
	m.level = (uint8_t)level;
	m.line = text_of(line, MINIMUM(strlen(line), (size_t)1024));
	msg_send_LOG(eng.parent, 0, -1, &m);
	if (level >= LOGL_ERROR)
		(void)link_flush(eng.parent, 100);
	eng.logging = 0;
}

static void
engine_sanity(void)
{
	uid_t		 r, e, s;
	int		 type, code;
	socklen_t	 len = sizeof(type);

	if (getresuid(&r, &e, &s) == -1 || r == 0 || e == 0 || s == 0)
		_exit(4);
	if (getsockopt(ENGINE_PARENT_FD, SOL_SOCKET, SO_TYPE, &type,
	    &len) == -1 || type != SOCK_STREAM)
		_exit(5);
	if ((code = engine_early()) != 0)
		_exit(code);
	(void)signal(SIGPIPE, SIG_IGN);
}

static struct event_base *
engine_loop_new(void)
{
	struct event_config	*cfg;
	struct event_base	*base;

	if ((cfg = event_config_new()) == NULL)
		return (NULL);
	event_config_set_flag(cfg, EVENT_BASE_FLAG_NOLOCK);
	event_config_set_flag(cfg, EVENT_BASE_FLAG_IGNORE_ENV);
	base = event_base_new_with_config(cfg);
	event_config_free(cfg);
	return (base);
}

void
engine_main(const struct engine_def *def, int argc, char **argv)
{
	static struct link_ops	 ops;
	struct msg_HELLO	 hello;
	const char		*sc = argc > 1 ? argv[1] : "";
	int			 i, twin = selftest_asked(argc, argv);

	if (twin)
		selftest_begin(def->proc, argv);
	engine_sanity();
	if (twin)
		selftest_engine(engine_net(def->proc));
	log_init(proc_name(def->proc));
	log_sink(engine_log);
	log_level(LOGL_DEBUG);
	eng.def = def;
	for (i = 0; i < SCOPE_MAX; i++)
		if (strcmp(sc, scope_name((enum scope)i)) == 0)
			eng.scope = (enum scope)i;
	if ((eng.base = engine_loop_new()) == NULL)
		_exit(8);
	engine_handlers(def->parent);
	ops.handlers = def->parent;
	ops.closed = parent_closed;
	ops.violation = parent_violation;
	if ((eng.parent = link_new(eng.base, ENGINE_PARENT_FD, def->proc,
	    PROC_PARENT, eng.scope, &ops, NULL)) == NULL)
		_exit(9);
	link_set_phase(eng.parent, PH_CONFIG);
	hello.version = MSG_VERSION;
	msg_send_HELLO(eng.parent, 0, -1, &hello);
	if (def->init != NULL)
		def->init(eng.base);
	event_base_dispatch(eng.base);
	_exit(10);
}

/* --- for the engine's own code ----------------------------------------- */
struct event_base *
engine_base(void)
{
	return (eng.base);
}

struct link *
engine_parent(void)
{
	return (eng.parent);
}

void
engine_violation(struct link *l, enum msg_verdict v, uint16_t type)
{
	struct msg_MISBEHAVED	 m;

	log_warnx("%s sent %s: %s", proc_name(link_peer(l)), msg_name(type),
	    msg_verdict_name(v));
	m.peer = (uint8_t)link_peer(l);
	m.scope = (uint8_t)link_scope(l);
	m.type = type;
	m.verdict = (uint8_t)v;
	msg_send_MISBEHAVED(eng.parent, 0, -1, &m);
}

void
engine_drained(void)
{
	struct msg_DRAINED	 m;

	memset(&m, 0, sizeof(m));
	msg_send_DRAINED(eng.parent, 0, -1, &m);
}

static int
allow(const char *path, int fd, int access)
{
	struct cage_path	*p;

	if (eng.nallow == ALLOW_MAX) {
		errno = ENOSPC;
		return (-1);
	}
	p = &eng.allow[eng.nallow++];
	p->path = path;
	p->fd = fd;
	p->access = (access & EA_READ ? CP_READ : 0) |
	    (access & EA_WRITE ? CP_WRITE : 0) |
	    (access & EA_MOVE ? CP_REFER : 0) |
	    (access & EA_REMOVE ? CP_REMOVE : 0);
	return (0);
}

int
engine_allow_path(const char *path, int access)
{
	return (allow(path, -1, access));
}

int
engine_allow_fd(int fd, int access)
{
	return (allow(NULL, fd, access));
}
