/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The tool processes of a scope: made on a grant, ended by deadline or order,
 * reported when everything they started is gone.  Run by the parent as root;
 * what a tool does or says never comes here.
 */
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parent/asuser.h"
#include "parent/tool/tool_int.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

#define GRACE_MS	5000	/* the runner should have asked before */

void
toolproc_free(struct tool_proc *p)
{
	toolspare_gone(p);
	toollisten_free(p);
	toolcg_done(p->sc, p->cg);
	TAILQ_REMOVE(&p->sc->procs, p, entry);
	p->sc->nprocs--;
	if (p->jobfd != -1)
		close(p->jobfd);
	if (p->outfd != -1)
		close(p->outfd);
	if (p->errfd != -1)
		close(p->errfd);
	if (p->deadline != NULL)
		event_free(p->deadline);
	free(p);
}

static void
close_pair(int sv[2])
{
	int e = errno;

	if (sv[0] != -1)
		close(sv[0]);
	if (sv[1] != -1)
		close(sv[1]);
	errno = e;
}

static pid_t
proc_start(struct tool_proc *p, const struct tool_conv *conv, int ready)
{
	int job[2] = { -1, -1 }, out[2] = { -1, -1 }, err[2] = { -1, -1 };
	struct tool_child c;
	int cg, net;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, job) == -1 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, out) == -1 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, err) == -1) {
		close_pair(job);
		close_pair(out);
		return (-1);
	}
	c = (struct tool_child){ .sc = p->sc, .ns = conv->ns,
	    .conv = conv->id, .tier = p->tier, .job = job[1], .out = out[1],
	    .media = { conv->media[0], conv->media[1] },
	    .err = err[1], .twin = p->sc->twin,
	    .cg = cg = toolcg_call(p->sc, &p->cg),
	    .net = net = ready ? toolnet_take(p->sc, p) : -1 };
	p->pid = toolfork_make(p->sc, &c);
	if (cg != -1)
		close(cg);
	if (net != -1)
		close(net);
	if (p->pid == -1) {
		close_pair(job);
		close_pair(out);
		close_pair(err);
		return (-1);
	}
	close(job[1]);
	close(out[1]);
	close(err[1]);
	p->jobfd = job[0];
	p->outfd = out[0];
	p->errfd = err[0];
	if (toollisten_wait(p) == -1)
		log_warnx("tool: no memory to wait for its listeners");
	return (p->pid);
}

struct tool_proc *
toolproc_new(struct tool_scope *sc, uint64_t convid, enum tier tier,
    int ready)
{
	struct tool_conv *conv;
	struct tool_proc *p;

	if ((conv = toolconv_get(sc, convid)) == NULL ||
	    (p = calloc(1, sizeof(*p))) == NULL)
		return (NULL);
	p->sc = sc;
	p->conv = convid;
	p->tier = tier;
	p->since_ms = now_ms();
	p->jobfd = p->outfd = p->errfd = -1;
	TAILQ_INSERT_TAIL(&sc->procs, p, entry);
	sc->nprocs++;
	if (proc_start(p, conv, ready) == -1) {
		log_warn("tool: cannot start a process");
		toolproc_free(p);
		return (NULL);
	}
	return (p);
}

void
toolproc_kill(struct tool_proc *p)
{
	toolcg_kill(p->sc, p->cg);
	/* In a pid namespace of its own the rest dies with it. */
	(void)signal_send(p->pid, p->sc->uid, SIGKILL);
}

int
toolproc_wait(pid_t pid)
{
	int status = SIGKILL;

	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	return (status);
}

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct tool_proc *p = arg;

	(void)fd;
	(void)what;
	log_warnx("tool: job %llu is past its time and nobody ended it: "
	    "killed", (unsigned long long)p->job);
	toolproc_kill(p);
}

/* --- calls --------------------------------------------------------------- */

/*
 * What it may do lies in its job socket before anybody else writes there.
 * The socket is empty, so that this never waits.
 */
static int
proc_grant(const struct tool_proc *p, const struct job_grant *g)
{
	uint8_t b[JOB_GRANTLEN];

	job_grant_encode(g, b);
	if (send(p->jobfd, b, sizeof(b), MSG_NOSIGNAL | MSG_DONTWAIT) ==
	    (ssize_t)sizeof(b))
		return (0);
	return (-1);		/* it died this moment */
}

int
tool_spawn(struct tool_scope *sc, const struct tool_call *call, int *jobfd,
    int *outfd)
{
	struct timeval tv = ms_tv((uint64_t)call->time_ms + GRACE_MS);
	struct tool_proc *p;
	struct tool_conv *c;

	if (call->tier <= TIER_NONE || call->tier >= TIER_MAX ||
	    call->job == 0) {
		errno = EINVAL;
		return (-1);
	}
	if ((p = toolspare_take(sc, call->conv, call->tier)) == NULL &&
	    (p = toolproc_new(sc, call->conv, call->tier, 1)) == NULL)
		return (-1);
	if (proc_grant(p, &call->grant) == -1) {
		toolproc_kill(p);	/* the reaper frees it */
		errno = EPIPE;
		return (-1);
	}
	p->deadline = evtimer_new(sc->base, on_deadline, p);
	if (p->deadline == NULL || evtimer_add(p->deadline, &tv) == -1) {
		toolproc_kill(p);
		errno = ENOMEM;
		return (-1);
	}
	p->job = call->job;
	p->turn = call->turn;
	p->since_ms = now_ms();
	if ((c = toolconv_find(sc, call->conv)) != NULL)
		c->used = 1;
	*jobfd = p->jobfd;
	*outfd = p->outfd;
	p->jobfd = p->outfd = -1;
	return (0);
}

static struct tool_proc *
proc_byjob(struct tool_scope *sc, uint64_t job)
{
	struct tool_proc *p;

	TAILQ_FOREACH(p, &sc->procs, entry)
		if (job != 0 && p->job == job)
			return (p);
	return (NULL);
}

int
tool_kill(struct tool_scope *sc, uint64_t job)
{
	struct tool_proc *p;

	if ((p = proc_byjob(sc, job)) == NULL)
		return (-1);
	toolproc_kill(p);
	return (0);
}

void
tool_kill_all(struct tool_scope *sc)
{
	struct tool_proc *p;

	toolspare_drop_all(sc);
	TAILQ_FOREACH(p, &sc->procs, entry)
		toolproc_kill(p);
}

int
tool_reaped(struct tool_scope *sc, pid_t pid, int status, uint32_t maxrss_kb)
{
	struct tool_proc *p;
	struct tool_end e = { .status = status, .maxrss_kb = maxrss_kb };
	uint64_t conv, ms, ooms;
	enum tier tier;

	TAILQ_FOREACH(p, &sc->procs, entry)
		if (p->pid == pid)
			break;
	if (p == NULL)
		return (toolfork_reaped(sc, pid) ||
		    toolwipe_reaped(sc, pid));
	toollisten_read(p);	/* its last words */
	e.job = p->job;
	conv = p->conv;
	tier = p->tier;
	ms = now_ms() - p->since_ms;
	ooms = toolcg_ooms(sc);
	e.oom = ooms != sc->cg.ooms;
	sc->cg.ooms = ooms;
	toolproc_free(p);
	if (!sc->namespaces) {
		toolscope_hunt(sc);
		if (toolconv_find(sc, conv) == NULL)
			toolwipe_conv(sc, conv);	/* written dying */
	}
	if (e.job == 0)
		return (1);
	toolspare_after(sc, conv, tier);
	e.ms = ms > UINT32_MAX ? UINT32_MAX : (uint32_t)ms;
	sc->exited(&e, sc->ctx);
	return (1);
}

void
tool_conv_wipe(struct tool_scope *sc, uint64_t conv)
{
	struct tool_conv *c;
	struct tool_proc *p;

	/* What still runs in it goes first: /tmp ends with its last user. */
	TAILQ_FOREACH(p, &sc->procs, entry)
		if (p->conv == conv)
			toolproc_kill(p);
	if ((c = toolconv_find(sc, conv)) == NULL)
		return;
	toolconv_free(sc, c);
	if (!sc->namespaces)
		toolwipe_conv(sc, conv);
	toolmedia_wipe(sc, conv);
}

unsigned
tool_running(const struct tool_scope *sc)
{
	const struct tool_proc *p;
	unsigned n = 0;

	TAILQ_FOREACH(p, &sc->procs, entry)
		if (p->job != 0)
			n++;
	return (n);
}

int
tool_runs(const struct tool_scope *sc, uint64_t job)
{
	const struct tool_proc *p;

	TAILQ_FOREACH(p, &sc->procs, entry)
		if (p->job == job)
			return (1);
	return (0);
}

unsigned
tool_list(const struct tool_scope *sc, struct tool_info *v, unsigned max)
{
	const struct tool_proc *p;
	unsigned n = 0;

	TAILQ_FOREACH(p, &sc->procs, entry) {
		if (p->job == 0 || n == max)
			continue;
		v[n].job = p->job;
		v[n].pid = p->pid;
		v[n].since_ms = p->since_ms;
		v[n++].tier = p->tier;
	}
	return (n);
}
