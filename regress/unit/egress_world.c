/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * See egress_world.h.
 */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "regress/unit/egress_world.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"

#define M(id, from, to, ph, kind, rep, fd, doc)				\
static void								\
no_##id(struct link *l, const struct msg_##id *m, struct msg_meta *x)	\
{									\
	(void)l;							\
	(void)m;							\
	(void)x;							\
	fatalx("egress_world: unexpected %s", #id);			\
}
MSG_TABLE(M)
#undef M
#define M(id, from, to, ph, kind, rep, fd, doc)	.id = no_##id,
static struct msg_handlers parent_h = { MSG_TABLE(M) };
static struct msg_handlers audit_h = { MSG_TABLE(M) };
#undef M

#define H(id)	static void on_##id(struct link *l,			\
		    const struct msg_##id *m, struct msg_meta *x)
#define UNUSED3	do { (void)l; (void)m; (void)x; } while (0)

H(HELLO)
{
	struct ew *w = link_ctx(l);

	UNUSED3;
	w->hello = 1;
}

H(READY)
{
	struct ew *w = link_ctx(l);

	UNUSED3;
	w->ready = 1;
}

H(LOG)
{
	struct ew *w = link_ctx(l);
	char line[1100];

	UNUSED3;
	text_for_log(m->line, line, sizeof(line));
	if (m->level >= LOGL_WARN)
		(void)str_copy(w->log, line, sizeof(w->log));
	if (getenv("T_VERBOSE") != NULL)
		(void)fprintf(stderr, "# egress: %s\n", line);
}

H(TOOL_NET)
{
	struct ew *w = link_ctx(l);

	UNUSED3;
	w->nets++;
	w->net_job = m->job;
}

static const struct ew_name *
name_row(const struct ew *w, const struct msg_NAME_NEED *m)
{
	const struct ew_name *n;

	for (n = w->names; n->host != NULL; n++)
		if (strcmp(n->host, m->host) == 0 &&
		    (n->port == 0 || n->port == m->port))
			return (n);
	return (NULL);
}

H(NAME_NEED)
{
	struct ew *w = link_ctx(l);
	const struct ew_name *n = name_row(w, m);
	struct msg_NAME_ADDRS a;
	struct netaddr *to;
	unsigned i;

	w->asked++;
	(void)str_copy(w->last, m->host, sizeof(w->last));
	memset(&a, 0, sizeof(a));
	a.err = n == NULL ? NE_REFUSED : n->err;
	if (n != NULL && n->silent)
		return;
	for (i = 0; n != NULL && i < 4 && n->addrs[i] != NULL; i++) {
		to = &a.addrs.a[a.addrs.n++];
		to->family = strchr(n->addrs[i], ':') == NULL ? 4 : 6;
		if (inet_pton(to->family == 4 ? AF_INET : AF_INET6,
		    n->addrs[i], to->a) != 1)
			fatalx("egress_world: %s", n->addrs[i]);
	}
	a.ttl = n == NULL ? 0 : n->ttl;
	if (msg_send_NAME_ADDRS(l, x->id, -1, &a) == 0)
		fatalx("egress_world: NAME_ADDRS");
}

H(PREPARED)
{
	struct ew *w = link_ctx(l);

	UNUSED3;
	w->prepared = 1;
	w->prepare_err = m->err;
}

H(DRAINED)
{
	struct ew *w = link_ctx(l);

	UNUSED3;
	w->drained = 1;
}

H(AUDIT_LINE)
{
	struct ew *w = link_ctx(l);
	struct ew_line *line = &w->lines[w->nlines % NELEM(w->lines)];
	struct msg_AUDIT_DONE done = { 0, ++w->nlines };

	if (strcmp(m->event, "egress") != 0)
		fatalx("egress_world: event %s", m->event);
	line->verdict = m->verdict;
	line->turn = m->turn;
	line->job = m->job;
	text_for_log(m->detail, line->detail, sizeof(line->detail));
	if (getenv("T_VERBOSE") != NULL)
		(void)fprintf(stderr, "# audit: %s\n", line->detail);
	if (!w->hold_audit)
		(void)msg_send_AUDIT_DONE(l, x->id, -1, &done);
}

static void
parent_closed(struct link *l)
{
	struct ew *w = link_ctx(l);

	w->dead = 1;
}

static void
audit_closed(struct link *l)
{
	(void)l;
}

static void
on_violation(struct link *l, enum msg_verdict v, uint16_t type)
{
	(void)l;
	fatalx("egress broke the table: %s %s", msg_name(type),
	    msg_verdict_name(v));
}

/* --- the loop ---------------------------------------------------------- */
static void
late(evutil_socket_t fd, short ev, void *arg)
{
	(void)fd;
	(void)ev;
	*(int *)arg = 1;
}

void
ew_run(struct ew *w, int ms, const int *done)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };
	int over = 0, status = 0;
	struct event *e = evtimer_new(w->base, late, &over);

	event_add(e, &tv);
	while (!over && !w->dead && (done == NULL || !*done))
		event_base_loop(w->base, EVLOOP_ONCE);
	event_free(e);
	if (w->dead) {
		(void)waitpid(w->pid, &status, 0);
		fatalx("egress died: status %#x", (unsigned)status);
	}
	if (done != NULL && !*done)
		fatalx("egress did not do it within %d ms", ms);
}

/* --- starting it ------------------------------------------------------- */
static void
child(const char *program, int fd, rlim_t nofile, int hog)
{
	char *argv[] = { strdup("egress"), NULL }, *envp[] = { NULL };
	struct rlimit r = { nofile, nofile };
	int life[2], null = open("/dev/null", O_RDWR);
	int exe = open(program, O_RDONLY);

	if (null == -1 || exe == -1 || pipe(life) == -1 ||
	    (fd = fcntl(fd, F_DUPFD, 20)) == -1 ||
	    (exe = fcntl(exe, F_DUPFD_CLOEXEC, 20)) == -1)
		_exit(90);
	life[1] = fcntl(life[1], F_DUPFD, 20);
	if (dup2(null, 0) == -1 || dup2(null, 1) == -1 || dup2(fd, 3) == -1 ||
	    dup2(life[1], 4) == -1)
		_exit(91);
	if (getenv("T_VERBOSE") == NULL)
		(void)dup2(null, 2);
	if (geteuid() == 0 && (setresgid(65534, 65534, 65534) == -1 ||
	    setresuid(65534, 65534, 65534) == -1))
		_exit(92);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (nofile > 0)
		(void)setrlimit(RLIMIT_NOFILE, &r);
	(void)close_range(5, 19, 0);
	for (; hog > 0; hog--)
		(void)fcntl(0, F_DUPFD, 12);
	(void)fexecve(exe, argv, envp);
	_exit(93);
}

void
ew_audit(struct ew *w)
{
	static const struct link_ops ops = { &audit_h, audit_closed,
	    on_violation };
	struct msg_CONF_LINK m = { .peer = PROC_AUDIT };
	int sv[2];

	link_free(w->audit);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) == -1 ||
	    msg_send_CONF_LINK(w->parent, 0, sv[1], &m) == 0 ||
	    (w->audit = link_new(w->base, sv[0], PROC_AUDIT, PROC_EGRESS,
	    SCOPE_NONE, &ops, w)) == NULL)
		fatal("egress_world: audit");
}

void
ew_start(struct ew *w, const char *program, const struct msg_CONF_EGRESS *set,
    rlim_t nofile)
{
	static const struct link_ops ops = { &parent_h, parent_closed,
	    on_violation };
	struct msg_CONF_END end;
	struct msg_START start;
	int sv[2];

	parent_h.HELLO = on_HELLO;
	parent_h.READY = on_READY;
	parent_h.LOG = on_LOG;
	parent_h.NAME_NEED = on_NAME_NEED;
	parent_h.TOOL_NET = on_TOOL_NET;
	parent_h.PREPARED = on_PREPARED;
	parent_h.DRAINED = on_DRAINED;
	audit_h.AUDIT_LINE = on_AUDIT_LINE;
	(void)signal(SIGPIPE, SIG_IGN);
	if ((w->base = event_base_new()) == NULL ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) == -1)
		fatal("egress_world");
	if ((w->pid = fork()) == 0)
		child(program, sv[1], nofile, w->hog);
	close(sv[1]);
	if ((w->parent = link_new(w->base, sv[0], PROC_PARENT, PROC_EGRESS,
	    SCOPE_NONE, &ops, w)) == NULL)
		fatal("egress_world: link");
	link_set_phase(w->parent, PH_BOOT);
	ew_run(w, 5000, &w->hello);
	link_set_phase(w->parent, PH_CONFIG);
	if (msg_send_CONF_EGRESS(w->parent, 0, -1, set) == 0)
		fatalx("egress_world: CONF_EGRESS");
	ew_audit(w);
	memset(&end, 0, sizeof(end));
	(void)msg_send_CONF_END(w->parent, 0, -1, &end);
	ew_run(w, 5000, &w->ready);
	link_set_phase(w->parent, PH_RUN);
	memset(&start, 0, sizeof(start));
	(void)msg_send_START(w->parent, 0, -1, &start);
}

void
ew_stop(struct ew *w)
{
	(void)kill(w->pid, SIGKILL);
	(void)waitpid(w->pid, NULL, 0);
	link_free(w->audit);
	link_free(w->parent);
	event_base_free(w->base);
}

/* --- what a parent does ------------------------------------------------ */
uint16_t
ew_listen(struct ew *w, enum scope scope, uint64_t job, uint64_t turn)
{
	struct msg_LISTEN m = { .scope = (uint8_t)scope, .job = job,
	    .turn = turn };
	struct sockaddr_in sin = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1 || bind(fd, (struct sockaddr *)&sin, len) == -1 ||
	    listen(fd, 512) == -1 ||
	    getsockname(fd, (struct sockaddr *)&sin, &len) == -1)
		fatal("egress_world: listen");
	m.port = ntohs(sin.sin_port);
	if (msg_send_LISTEN(w->parent, 0, fd, &m) == 0)
		fatalx("egress_world: LISTEN");
	return (m.port);
}

void
ew_unlisten(struct ew *w, enum scope scope, uint64_t job)
{
	struct msg_UNLISTEN m = { .scope = (uint8_t)scope, .job = job };

	if (msg_send_UNLISTEN(w->parent, 0, -1, &m) == 0)
		fatalx("egress_world: UNLISTEN");
}

void
ew_reload(struct ew *w, const struct msg_CONF_EGRESS *set)
{
	struct msg_PREPARE p;
	struct msg_CONF_END e;
	struct msg_COMMIT c;
	struct msg_ABORT a;

	memset(&p, 0, sizeof(p));
	memset(&e, 0, sizeof(e));
	memset(&c, 0, sizeof(c));
	memset(&a, 0, sizeof(a));
	w->prepared = 0;
	(void)msg_send_PREPARE(w->parent, 0, -1, &p);
	if (set != NULL)
		(void)msg_send_CONF_EGRESS(w->parent, 0, -1, set);
	(void)msg_send_CONF_END(w->parent, 0, -1, &e);
	ew_run(w, 5000, &w->prepared);
	if (w->prepare_err != 0)
		(void)msg_send_ABORT(w->parent, 0, -1, &a);
	else
		(void)msg_send_COMMIT(w->parent, 0, -1, &c);
}

void
ew_drain(struct ew *w)
{
	struct msg_DRAIN m;

	memset(&m, 0, sizeof(m));
	(void)msg_send_DRAIN(w->parent, 0, -1, &m);
}
