/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * egress: the tools' tunnel to allowed names.  Runs as _tcegress without a
 * file, a secret or TLS; trusts the parent alone.  Whether a name is allowed
 * is the parent's word; what is asked for and how is judged here.
 */
#include <sys/resource.h>

#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "engines/common/engine.h"
#include "engines/egress/conn.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

#define DRAIN_MS	3000	/* the parent gives five seconds */

static struct {
	struct settings	 set, next;
	int		 have, have_next;
	struct link	*audit;
	int		 draining, drained;
	struct event	*drain;
} eg;

const struct settings *
egress_set(void)
{
	return (&eg.set);
}

int
egress_draining(void)
{
	return (eg.draining);
}

struct link *
egress_audit(void)
{
	return (eg.audit);
}

/* --- the slice --------------------------------------------------------- */
static void
on_conf_egress(struct link *l, const struct msg_CONF_EGRESS *m,
    struct msg_meta *x)
{
	(void)l;
	(void)x;
	eg.next.head_ms = m->head_ms;
	eg.next.idle_ms = m->idle_ms;
	eg.next.conns = m->conns;
	eg.next.bytes = m->bytes;
	eg.have_next = 1;
}

static int
egress_check(char *why, size_t size)
{
	if (eg.have_next && eg.next.head_ms > 0 && eg.next.idle_ms > 0 &&
	    eg.next.conns > 0)
		return (0);
	(void)str_copy(why, "egress: no settings, or a limit of 0", size);
	return (-1);
}

static int
egress_lockin(void)
{
	char		 why[128];
	struct rlimit	 r;

	if (egress_check(why, sizeof(why)) == -1) {
		log_warnx("%s", why);
		return (-1);
	}
	eg.set = eg.next;
	if (getrlimit(RLIMIT_NOFILE, &r) == -1) {
		log_warn("getrlimit");
		return (-1);
	}
	conn_init(engine_base());
	report_init(engine_base());
	listen_init((unsigned)MINIMUM(r.rlim_cur, (rlim_t)65536));
	return (0);
}

static void
egress_prepare(void)
{
	eg.have_next = 0;
}

/* What is allowed may be another now: ask again, also for what is open. */
static void
egress_commit(void)
{
	eg.set = eg.next;
	names_renew();
	listen_each(conn_recheck);
}

/* --- the end ----------------------------------------------------------- */
static void
close_now(struct conn *c)
{
	conn_close(c, WHY_STOPPED);
}

static void
on_drain(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	listen_each(close_now);
}

void
egress_idle(void)
{
	if (!eg.draining || eg.drained)
		return;
	eg.drained = 1;
	report_flush();
	engine_drained();
}

static void
egress_drain(void)
{
	const struct timeval	 tv = { DRAIN_MS / 1000, 0 };

	if (eg.draining)
		return;
	eg.draining = 1;
	listen_stop();
	if ((eg.drain = evtimer_new(engine_base(), on_drain, NULL)) == NULL ||
	    event_add(eg.drain, &tv) == -1)
		listen_each(close_now);
	listen_each(conn_drain);
	if (listen_conns() == 0)
		egress_idle();
}

/* --- messages ---------------------------------------------------------- */
static void
on_name_addrs(struct link *l, const struct msg_NAME_ADDRS *m,
    struct msg_meta *x)
{
	(void)l;
	names_answer(m, x->id);
}

static void
on_listen(struct link *l, const struct msg_LISTEN *m, struct msg_meta *x)
{
	(void)l;
	listen_add(m, x->fd);
	x->fd = -1;
}

static void
on_unlisten(struct link *l, const struct msg_UNLISTEN *m, struct msg_meta *x)
{
	(void)l;
	(void)x;
	listen_remove((enum scope)m->scope, m->job);
}

static void
on_audit_done(struct link *l, const struct msg_AUDIT_DONE *m,
    struct msg_meta *x)
{
	(void)l;
	(void)x;
	if (m->err != 0)
		log_warnx("the audit engine could not write a line");
}

static void
audit_closed(struct link *l)
{
	if (l == eg.audit)
		eg.audit = NULL;
	link_free(l);
}

static void
audit_violation(struct link *l, enum msg_verdict v, uint16_t type)
{
	if (l == eg.audit)
		eg.audit = NULL;
	engine_violation(l, v, type);
}

static void
egress_link(enum proc peer, enum scope scope, int fd)
{
	static struct msg_handlers	 h;
	static struct link_ops		 ops;

	if (peer != PROC_AUDIT)
		fatalx("a channel to %s has no place here", proc_name(peer));
	h.AUDIT_DONE = on_audit_done;
	ops.handlers = &h;
	ops.closed = audit_closed;
	ops.violation = audit_violation;
	link_free(eg.audit);
	if ((eg.audit = link_new(engine_base(), fd, PROC_EGRESS, PROC_AUDIT,
	    scope, &ops, NULL)) == NULL)
		fatalx("no channel to audit");
	report_back();
}

int
main(int argc, char **argv)
{
	static struct msg_handlers	 h = {
		.CONF_EGRESS = on_conf_egress,
		.NAME_ADDRS = on_name_addrs,
		.LISTEN = on_listen,
		.UNLISTEN = on_unlisten,
	};
	static const struct engine_def	 def = {
		.proc = PROC_EGRESS,
		.parent = &h,
		.link = egress_link,
		.lockin = egress_lockin,
		.prepare = egress_prepare,
		.check = egress_check,
		.commit = egress_commit,
		.abort = egress_prepare,
		.drain = egress_drain,
	};

	engine_main(&def, argc, argv);
}
