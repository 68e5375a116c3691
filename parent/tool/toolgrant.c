/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Tool processes on the relay's grant (design 10.3): the job socket goes to
 * the relay, the output socket to the runner of that scope.  Run by the
 * parent, which sees neither job nor output.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "parent/parent.h"
#include "parent/tool/toolgrant.h"
#include "parent/tool/toolslot.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

#define TOOLS_MAX	64
#define AGAIN_MS	20	/* strays of a call are being hunted */
/* Each message that waits there holds a descriptor of ours. */
#define PEER_BUSY	4096	/* bytes a relay or runner has not read */

static void	 tools_next(struct parent *);

static const char *const tool_users[SCOPE_MAX] = {
	[SCOPE_TELEGRAM] = "_tctgtool", [SCOPE_MOLTBOOK] = "_tcmbtool" };

/* The slots are one array inside struct tools. */
static struct parent *
slot_parent(struct slot *s)
{
	return (((struct tools *)(void *)((char *)(s - s->scope) -
	    offsetof(struct tools, slot)))->p);
}

static void
on_listen(const struct tool_listener *l, void *arg)
{
	tooldoor_open(slot_parent(arg), l);
}

static void
on_unlisten(uint64_t job, void *arg)
{
	struct slot	*s = arg;

	tooldoor_close(slot_parent(s), s->scope, job);
}

static void
tool_exited(const struct tool_end *end, void *arg)
{
	struct slot		*s = arg;
	struct parent		*p = slot_parent(s);
	struct engine		*e;
	struct msg_TOOL_EXIT	 m;

	memset(&m, 0, sizeof(m));
	m.job = end->job;
	m.signalled = WIFSIGNALED(end->status);
	m.code = (uint8_t)(m.signalled ? WTERMSIG(end->status) :
	    WEXITSTATUS(end->status));
	m.ms = end->ms;
	m.maxrss_kb = end->maxrss_kb;
	m.oom = end->oom != 0;
	if ((e = table_find(p, PROC_RELAY, SCOPE_NONE)) != NULL &&
	    e->state == ES_RUN && e->link != NULL)
		msg_send_TOOL_EXIT(e->link, 0, -1, &m);
	if ((e = table_find(p, PROC_RUNNER, s->scope)) != NULL &&
	    e->state == ES_RUN && e->link != NULL)
		msg_send_TOOL_EXIT(e->link, 0, -1, &m);
}

/* --- making scopes ----------------------------------------------------- */

static struct tool_scope *
scope_make(struct tools *t, struct slot *s, const struct conf *c,
    const struct conf_agent *a, char *why, size_t len)
{
	struct tool_scope_conf	 tc;
	struct tool_scope	*ts = NULL;
	const char		**rd, **wr;

	memset(&tc, 0, sizeof(tc));
	tc.scope = s->scope;
	if (table_users(tool_users[s->scope], &tc.uid, &tc.gid, why,
	    len) == -1)
		return (NULL);
	rd = toolkey_list(&a->read);
	wr = toolkey_list(&a->write);
	tc.workspace = a->workspace;
	tc.inbox = c->media.inbox;
	tc.outbox = c->media.outbox;
	tc.read = rd;
	tc.write = wr;
	tc.runtime = c->runtime;
	tc.tool_fd = t->tool_fd;
	tc.fetch_fd = t->fetch_fd;
	tc.life_fd = t->p->life[1];
	tc.limits.cpu_pct = a->cpu_pct;
	tc.limits.memory = a->memory;
	tc.limits.processes = a->processes;
	tc.limits.file = a->file;
	tc.limits.tmp = a->tmp;
	/* A way out on the host's loopback needs its rules around it. */
	if (tool_platform()->namespaces || t->p->fw != NULL)
		tc.nports = toolkey_ports(c, tc.ports);
	tc.listen = on_listen;
	tc.unlisten = on_unlisten;
	if (rd != NULL && wr != NULL)
		ts = tool_scope_new(t->p->base, &tc, tool_exited, s, why,
		    len);
	free(rd);
	free(wr);
	return (ts);
}

static struct tools *
tools_new(struct parent *p, char *why, size_t len)
{
	struct tools	*t;
	const char	*dir = p->opts->libexec;
	int		 i;

	if ((t = calloc(1, sizeof(*t))) == NULL)
		return (NULL);
	t->p = p;
	for (i = 0; i < SCOPE_MAX; i++)
		t->slot[i].scope = (enum scope)i;
	t->tool_fd = tool_program(dir, "tool", why, len);
	t->fetch_fd = tool_program(dir, "fetch", why, len);
	if (t->tool_fd == -1 || t->fetch_fd == -1)
		return (NULL);	/* the start ends, and all it holds */
	return (t);
}

/* Makes what c wants beside what is there; 0 or -1 and why. */
int
tools_apply(struct parent *p, const struct conf *c,
    const struct fw_rules *rules, char *why, size_t len)
{
	const struct conf_agent	*a;
	struct slot		*s;
	char			*key;

	if (p->tools == NULL && (p->tools = tools_new(p, why, len)) == NULL)
		return (-1);
	s = &p->tools->slot[SCOPE_TELEGRAM];
	a = conf_agent_find(c, s->scope);
	if (a == NULL || a->remote != NULL)
		return (0);
	if (!toolkey_owner_ok(p, a, why, len))
		return (-1);
	s->nextcall_ms = a->call_ms;
	if ((key = toolkey_make(c, a)) == NULL)
		return (-1);
	if (s->key != NULL && strcmp(s->key, key) == 0) {
		free(key);
		return (0);
	}
	if ((s->next = scope_make(p->tools, s, c, a, why, len)) == NULL) {
		free(key);
		return (-1);
	}
	s->nextkey = key;
	if (p->fw == NULL || fwdoor_fits(rules, s->next))
		return (0);
	str_format(why, len, "agent %s: workspace \"%s\" changed its owner "
	    "just now: once more", scope_name(s->scope), a->workspace);
	return (-1);
}

/* The one before a reload goes with its last call. */
static void
old_done(struct slot *s)
{
	if (s->old == NULL || tool_running(s->old) > 0)
		return;
	tool_scope_free(s->old);
	s->old = NULL;
}

void
tools_commit(struct parent *p)
{
	struct slot	*s;
	int		 i;

	for (i = 0; i < SCOPE_MAX; i++) {
		s = &p->tools->slot[i];
		if (s->nextcall_ms != 0)
			s->call_ms = s->nextcall_ms;
		if (s->next == NULL)
			continue;
		tool_scope_free(s->old);	/* two reloads in one call */
		s->old = s->now;
		s->now = s->next;
		s->next = NULL;
		free(s->key);
		s->key = s->nextkey;
		s->nextkey = NULL;
		tool_listen(s->now, 0);
		old_done(s);
	}
	tools_next(p);		/* what ran before may be gone */
}

void
tools_abort(struct parent *p)
{
	struct slot	*s;
	int		 i;

	if (p->tools == NULL)
		return;
	for (i = 0; i < SCOPE_MAX; i++) {
		s = &p->tools->slot[i];
		tool_scope_free(s->next);
		s->next = NULL;
		free(s->nextkey);
		s->nextkey = NULL;
	}
}

void
tools_free(struct parent *p)
{
	struct slot	*s;
	int		 i;

	if (p->tools == NULL)
		return;
	tools_abort(p);
	toolqueue_flush();
	for (i = 0; i < SCOPE_MAX; i++) {
		s = &p->tools->slot[i];
		tool_scope_free(s->old);
		tool_scope_free(s->now);
		free(s->key);
	}
	close(p->tools->tool_fd);
	close(p->tools->fetch_fd);
	free(p->tools);
	p->tools = NULL;
}

/* --- in service -------------------------------------------------------- */

int
tools_reaped(struct parent *p, pid_t pid, int status, uint32_t maxrss_kb)
{
	struct slot	*s;
	int		 i, hit = 0;

	for (i = 0; p->tools != NULL && i < SCOPE_MAX && !hit; i++) {
		s = &p->tools->slot[i];
		hit = (s->now != NULL &&
		    tool_reaped(s->now, pid, status, maxrss_kb)) ||
		    (s->next != NULL &&
		    tool_reaped(s->next, pid, status, maxrss_kb)) ||
		    (s->old != NULL &&
		    tool_reaped(s->old, pid, status, maxrss_kb));
		old_done(s);
	}
	tools_next(p);
	return (hit);
}

struct tool_scope *
tools_scope(struct parent *p, enum scope scope)
{
	return (p->tools == NULL ? NULL : p->tools->slot[scope].now);
}

unsigned
tools_running(const struct parent *p)
{
	unsigned	 n = 0;
	int		 i;

	for (i = 0; p->tools != NULL && i < SCOPE_MAX; i++) {
		if (p->tools->slot[i].now != NULL)
			n += tool_running(p->tools->slot[i].now);
		if (p->tools->slot[i].old != NULL)
			n += tool_running(p->tools->slot[i].old);
	}
	return (n);
}

/* Of what an earlier call detached, none may be alive either. */
static int
must_wait(const struct slot *s)
{
	return (tool_alone(s->now) && (tool_busy(s->now) ||
	    (s->old != NULL && tool_busy(s->old))));
}

static int
grant(struct engine *relay, const struct msg_TOOL_GRANT *m, int *jobfd)
{
	struct parent		*p = relay->p;
	struct engine		*r;
	struct slot		*s;
	struct tool_call	 call;
	struct msg_TOOL_OUT	 out;
	const uint8_t		 none[sizeof(m->digest)] = { 0 };
	int			 outfd;

	if (p->tools == NULL || m->scope >= SCOPE_MAX || m->job == 0 ||
	    m->tier <= TIER_NONE || m->tier >= TIER_MAX ||
	    m->tool <= TOOL_NONE || m->tool >= TOOL_MAX ||
	    (m->tier == TIER_SOCIAL) != (m->scope == SCOPE_MOLTBOOK))
		return (EINVAL);
	s = &p->tools->slot[m->scope];
	r = table_find(p, PROC_RUNNER, m->scope);
	if (s->now == NULL || r == NULL || r->state != ES_RUN ||
	    r->link == NULL || p->state != PS_RUN)
		return (ENOTCONN);
	/* An answer or an end would be taken for the other one's. */
	if (tool_runs(s->now, m->job) ||
	    (s->old != NULL && tool_runs(s->old, m->job)))
		return (EEXIST);
	if (must_wait(s))
		return (EINPROGRESS);
	if (tools_running(p) >= TOOLS_MAX ||
	    link_queued(relay->link) > PEER_BUSY ||
	    link_queued(r->link) > PEER_BUSY)
		return (EAGAIN);
	call = (struct tool_call){ .job = m->job, .conv = m->conv,
	    .turn = m->turn, .tier = m->tier, .time_ms = m->time_ms == 0 ?
	    s->call_ms : MINIMUM(m->time_ms, s->call_ms),
	    .grant.tool = m->tool };
	memcpy(call.grant.digest, m->digest, sizeof(call.grant.digest));
	call.grant.bound = !mem_equal(m->digest, none, sizeof(none));
	if (tool_spawn(s->now, &call, jobfd, &outfd) == -1)
		return (errno != 0 ? errno : EIO);
	out.job = m->job;
	if (msg_send_TOOL_OUT(r->link, 0, outfd, &out) == 0) {
		close(*jobfd);
		*jobfd = -1;
		(void)tool_kill(s->now, m->job);
		return (EPIPE);
	}
	return (0);
}

void
tools_answer(struct parent *p, uint64_t job, uint32_t id, int err, int fd)
{
	struct engine		*e = table_find(p, PROC_RELAY, SCOPE_NONE);
	struct msg_TOOL_JOB	 rep;

	if (e == NULL || e->link == NULL) {
		if (fd != -1)
			close(fd);
		return;
	}
	if (err != 0 && err != ECANCELED && engine_may_log(e))
		log_warnx("no tool process for job %llu: %s",
		    (unsigned long long)job, strerror(err));
	memset(&rep, 0, sizeof(rep));
	rep.job = job;
	rep.err = (uint8_t)MINIMUM(err, 255);
	if (msg_send_TOOL_JOB(e->link, id, fd, &rep) == 0)
		log_warnx("the job socket of a tool could not be passed on");
}

/* 1: it is answered; 0: it must wait. */
static int
grant_now(struct engine *e, const struct msg_TOOL_GRANT *m, uint32_t id)
{
	int	 err, fd = -1;

	if ((err = grant(e, m, &fd)) == EINPROGRESS)
		return (0);
	tools_answer(e->p, m->job, id, err, fd);
	/* Behind the answer: a tool connects later than it starts. */
	if (err == 0)
		tool_listen(e->p->tools->slot[m->scope].now, m->job);
	return (1);
}

/* One look is on its way: not one more for every child that ends. */
static int again;

static void
on_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	again = 0;
	tools_next(arg);
}

/* Whoever waits, when nobody runs; a little later when it is not quite so. */
static void
tools_next(struct parent *p)
{
	const struct timeval	 tv = { 0, AGAIN_MS * 1000 };
	struct engine		*e = table_find(p, PROC_RELAY, SCOPE_NONE);
	struct msg_TOOL_GRANT	 m;
	struct slot		*s;
	uint32_t		 id;
	int			 i;

	if (e == NULL || e->link == NULL || p->tools == NULL)
		return;
	for (i = 0; i < SCOPE_MAX; i++) {
		s = &p->tools->slot[i];
		while (toolqueue_waits(s->scope) &&
		    (s->now == NULL || !must_wait(s)) &&
		    toolqueue_take(s->scope, &m, &id))
			(void)grant_now(e, &m, id);
		if (!again && toolqueue_waits(s->scope) &&
		    tool_running(s->now) == 0 &&
		    (s->old == NULL || tool_running(s->old) == 0))
			again = event_base_once(p->base, -1, EV_TIMEOUT,
			    on_again, p, &tv) == 0;
	}
}

void
tools_granted(struct engine *e, const struct msg_TOOL_GRANT *m, uint32_t id)
{
	int	 err = EINVAL;

	if (m->scope < SCOPE_MAX) {
		/* Who came before goes before. */
		if (!toolqueue_waits(m->scope) && grant_now(e, m, id))
			return;
		err = toolqueue_put(m, id);
	}
	if (err != 0)
		tools_answer(e->p, m->job, id, err, -1);
}
