/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Starts engines, notices their ends, starts them again with backoff; the
 * others keep running.  Run by the parent.  An end is complete when the
 * process is reaped and its link is read to the last line it logged.
 */
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "parent/asuser.h"
#include "parent/copy.h"
#include "parent/names/names.h"
#include "parent/parent.h"
#include "parent/self/selftest.h"
#include "parent/tool/toolgrant.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

#define BACKOFF_MIN	1000
#define BACKOFF_MAX	60000
#define MEMLOCK		(1u << 20)	/* secrets, each with its own pages */
#define HEALTHY_MS	300000

static void	 engine_ended(struct engine *);

uint32_t
backoff_next(uint32_t last, uint64_t healthy)
{
	if (last == 0 || healthy >= HEALTHY_MS)
		return (BACKOFF_MIN);
	return (last >= BACKOFF_MAX / 2 ? BACKOFF_MAX : last * 2);
}

/* All but its link. */
void
engine_request(struct engine *e, struct spawn_req *req)
{
	struct spawn_req	 r;
	struct parent		*p = e->p;

	memset(&r, 0, sizeof(r));
	r.argv0 = proc_name(e->row->proc);
	r.scope = scope_name(e->row->scope);
	r.bin = e->bin;
	r.link = -1;
	r.life = p->life[e->row->needs & SPAWN_ORPHAN ? 0 : 1];
	r.root = -1;
	r.uid = e->uid;
	r.gid = e->gid;
	r.needs = e->row->needs;
	r.nofile = e->row->nofile;
	r.fsize = e->row->fsize;
	r.data = e->row->data;
	r.memlock = MEMLOCK;
	if (!spawn_can_netns())
		r.needs &= ~(unsigned)SPAWN_NONET;
	r.view = -1;
	if (r.needs & SPAWN_EMPTYROOT && spawn_can_chroot() &&
	    spawn_isstatic(e->bin))
		r.root = p->empty_root;
#ifndef TC_SANITIZE
	else		/* a sanitizer reads /proc */
		r.view = p->view;
#endif
	*req = r;
}

static int
engine_fork(struct engine *e, int link)
{
	struct spawn_req	 r;
	pid_t			 pid;

	engine_request(e, &r);
	r.link = link;
	if ((pid = spawn_engine(&r, &e->report)) == -1)
		return (-1);
	e->pid = pid;
	return (0);
}

/* 0, or -1 with errno; the engine is then as it was. */
int
engine_start(struct engine *e)
{
	int	 s[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0, s) == -1)
		return (-1);
	if ((e->link = link_new(e->p->base, s[0], PROC_PARENT, e->row->proc,
	    e->row->scope, &engine_link_ops, e)) == NULL) {
		close(s[1]);
		return (-1);
	}
	link_set_phase(e->link, PH_BOOT);
	memset(&e->rep, 0, sizeof(e->rep));
	e->last[0] = e->why[0] = '\0';
	e->status = 0;
	e->pings = 0;
	e->prepare = 0;
	e->holds = 0;
	e->since = now_ms();
	if (engine_fork(e, s[1]) == -1) {
		close(s[1]);
		link_free(e->link);
		e->link = NULL;
		return (-1);
	}
	close(s[1]);
	e->state = ES_BOOT;
	return (0);
}

/*
 * One that is reaped has a pid until its link is read to the end, and that
 * number may be a stranger's by now.
 */
int
engine_signal(struct engine *e, int sig)
{
	if (e->pid <= 0 || e->status != 0)
		return (-1);
	if (signal_send(e->pid, e->uid, sig) == 0)
		return (0);
	if (errno != ESRCH)
		log_warn("cannot signal %s", e->name);
	return (-1);
}

void
engine_kill(struct engine *e, const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	if (e->why[0] == '\0')
		(void)vsnprintf(e->why, sizeof(e->why), fmt, ap);
	va_end(ap);
	(void)engine_signal(e, SIGKILL);
}

void
engine_off(struct engine *e)
{
	if (e->timer != NULL)
		event_del(e->timer);
	if (e->pid == 0) {
		e->state = ES_OFF;
		return;
	}
	e->state = ES_DEAD;
	engine_kill(e, "no longer in the configuration");
}

/* --- the end of one ---------------------------------------------------- */

static void
engine_again(evutil_socket_t fd, short what, void *arg)
{
	struct engine	*e = arg;
	struct timeval	 tv = { 1, 0 };

	(void)fd;
	(void)what;
	if (e->p->state != PS_RUN && e->p->state != PS_START)
		return;
	if (engine_start(e) == 0) {
		e->restarts++;
		return;
	}
	log_warn("%s: cannot start it again; next try in 1 s", e->name);
	event_add(e->timer, &tv);
}

void
engine_later(struct engine *e)
{
	struct timeval	 tv;

	if (e->timer == NULL)
		e->timer = evtimer_new(e->p->base, engine_again, e);
	e->state = ES_WAIT;
	tv = ms_tv(e->backoff);
	if (e->timer == NULL || event_add(e->timer, &tv) == -1)
		log_error("%s: no memory for its timer", e->name);
}

static void
engine_report(struct engine *e)
{
	if (e->report == -1)
		return;
	if (spawn_read_report(e->report, &e->rep) == -1 && e->why[0] == '\0')
		str_copy(e->why, "ended before exec", sizeof(e->why));
	close(e->report);
	e->report = -1;
}

/* Reaped, and everything it said is read. */
static void
engine_ended(struct engine *e)
{
	struct parent	*p = e->p;
	uint64_t	 lived = now_ms() - e->since;
	char		 words[400];

	engine_report(e);
	e->pid = 0;
	tools_lost(p, e->row->proc, e->row->scope);
	names_lost(e);
	copy_lost(e);
	if (p->state == PS_DRAIN || p->state == PS_TERM ||
	    p->state == PS_END) {
		e->state = ES_DEAD;
		parent_progress(p);
		return;
	}
	death_words(e, p->kmsg, words, sizeof(words));
	if (e->state == ES_DEAD) {
		e->state = ES_OFF;
		log_info("%s ended: %s", e->name, words);
		return;
	}
	if (p->state == PS_START) {
		e->state = ES_DEAD;
		parent_fail(p, "%s did not start: %s", e->name, words);
		return;
	}
	reload_lost(e);
	e->backoff = backoff_next(e->backoff, lived);
	log_warnx("%s died: %s; starts again in %u s", e->name, words,
	    e->backoff / 1000);
	audit_event(p, "engine_died", "%s: %s", e->name, words);
	engine_later(e);
}

/* Called by the link, and by the reaper: whoever is second ends it. */
void
engine_link_closed(struct link *l)
{
	struct engine	*e = link_ctx(l);

	e->link = NULL;
	link_free(l);
	if (e->pid == 0)
		return;
	if (e->status != 0) {
		engine_ended(e);
		return;
	}
	/* Alive without a link is no use; dead and not reaped is usual. */
	if (e->row->proc != PROC_KEEPER || e->p->state != PS_END)
		(void)engine_signal(e, SIGKILL);
}

static struct engine *
engine_bypid(struct parent *p, pid_t pid)
{
	unsigned	 i;

	for (i = 0; i < p->nengines; i++)
		if (p->engines[i].pid == pid)
			return (&p->engines[i]);
	return (NULL);
}

/* Wait statuses of exit(0) are 0: keep "reaped" apart from it. */
#define REAPED		(1 << 30)

void
engines_reap(struct parent *p)
{
	struct engine	*e;
	struct rusage	 ru;
	pid_t		 pid;
	int		 status;

	while ((pid = wait4(-1, &status, WNOHANG, &ru)) > 0) {
		if ((e = engine_bypid(p, pid)) != NULL) {
			e->status = status | REAPED;
			if (e->link == NULL)
				engine_ended(e);
		} else if (!selftest_reaped(p, pid, status) &&
		    !tools_reaped(p, pid, status,
		    (uint32_t)ru.ru_maxrss))
			log_debug("process %d ended, status %d", (int)pid,
			    status);
	}
}
