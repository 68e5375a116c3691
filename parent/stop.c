/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The way down: sentinel first, then everybody drains, then signals, tools,
 * firewall, and the keeper last.  Run by the parent; every step has a bound.
 */
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "parent/asuser.h"
#include "parent/cgroup.h"
#include "parent/control.h"
#include "parent/fw/fw.h"
#include "parent/fw/sentinel.h"
#include "parent/names/names.h"
#include "parent/notify.h"
#include "parent/parent.h"
#include "parent/self/selftest.h"
#include "parent/tool/toolgrant.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

#define KEEPER_MS	1000

static void	 stop_timeout(evutil_socket_t, short, void *);

static void
stop_timer(struct parent *p, unsigned ms)
{
	struct timeval	 tv = { ms / 1000, (ms % 1000) * 1000 };

	if (p->timer != NULL)
		event_free(p->timer);
	p->timer = evtimer_new(p->base, stop_timeout, p);
	if (p->timer == NULL || event_add(p->timer, &tv) == -1)
		(void)event_base_loopbreak(p->base);
}

static void
signal_all(struct parent *p, int sig)
{
	struct engine	*e;
	unsigned	 i;

	for (i = 0; i < p->nengines; i++) {
		e = &p->engines[i];
		if (e->row->proc != PROC_KEEPER)
			(void)engine_signal(e, sig);
	}
}

static void
stop_term(struct parent *p, int sig)
{
	p->state = PS_TERM;
	signal_all(p, sig);
	stop_timer(p, PARENT_TERM_MS);
	stop_progress(p);
}

static void
stop_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct parent	*p = arg;
	struct engine	*e;
	unsigned	 i;

	(void)fd;
	(void)what;
	for (i = 0; i < p->nengines; i++) {
		e = &p->engines[i];
		if (e->pid > 0 && e->row->proc != PROC_KEEPER &&
		    (p->state != PS_DRAIN || e->state == ES_RUN))
			log_warnx("%s did not %s in time", e->name,
			    p->state == PS_DRAIN ? "finish" : "end");
	}
	if (p->state == PS_DRAIN)
		stop_term(p, SIGTERM);
	else {
		signal_all(p, SIGKILL);
		stop_timer(p, PARENT_TERM_MS);
	}
}

/* An engine drained or died. */
void
stop_progress(struct parent *p)
{
	struct engine	*e;
	unsigned	 i, busy = 0, alive = 0;

	for (i = 0; i < p->nengines; i++) {
		e = &p->engines[i];
		if (e->row->proc == PROC_KEEPER || e->pid == 0)
			continue;
		alive++;
		busy += e->state == ES_RUN;
	}
	if (p->state == PS_DRAIN && busy == 0)
		stop_term(p, SIGTERM);
	else if (p->state == PS_TERM && alive == 0) {
		p->state = PS_END;
		(void)event_base_loopbreak(p->base);
	}
}

static void
drain_all(struct parent *p)
{
	struct msg_DRAIN	 m;
	struct engine		*e;
	unsigned		 i;

	memset(&m, 0, sizeof(m));
	for (i = 0; i < p->nengines; i++) {
		e = &p->engines[i];
		if (e->timer != NULL)
			event_del(e->timer);
		if (e->row->proc == PROC_KEEPER)
			continue;
		if (e->state == ES_RUN && e->link != NULL)
			msg_send_DRAIN(e->link, 0, -1, &m);
		else
			(void)engine_signal(e, SIGKILL);
	}
}

void
parent_stop(struct parent *p, int code)
{
	int	 running = p->state == PS_RUN;

	if (p->state >= PS_DRAIN)
		return;
	p->exit_code = code;
	selftest_stop(p);
	notify_stopping(p->failed[0] != '\0' ? p->failed : "stopping");
	sentinel_clear(p->conf->runtime, p->sentinel_fd);
	p->sentinel_fd = -1;
	if (!running) {
		/* Nobody has anything to save yet. */
		stop_term(p, SIGKILL);
		return;
	}
	log_info("stopping");
	p->state = PS_DRAIN;
	drain_all(p);
	stop_timer(p, PARENT_DRAIN_MS);
	stop_progress(p);
}

/* It ends by itself when our end of its pipe is the last and closes. */
static void
keeper_wait(struct parent *p)
{
	struct engine	*k = table_find(p, PROC_KEEPER, SCOPE_NONE);
	struct pollfd	 pfd;
	int		 status, n = -1;

	close(p->life[1]);
	p->life[1] = -1;
	if (k == NULL || k->pid == 0 || k->status != 0)
		return;
	pfd.fd = (int)syscall(SYS_pidfd_open, k->pid, 0);
	pfd.events = POLLIN;
	while (pfd.fd != -1 && (n = poll(&pfd, 1, KEEPER_MS)) == -1 &&
	    errno == EINTR)
		;	/* others die too */
	if (n != 1) {
		log_warnx("keeper: some process still holds its pipe");
		(void)signal_send(k->pid, k->uid, SIGKILL);
	}
	if (pfd.fd != -1)
		close(pfd.fd);
	(void)waitpid(k->pid, &status, 0);
	k->pid = 0;
}

static void
engines_free(struct parent *p)
{
	struct engine	*e;
	unsigned	 i;

	for (i = 0; i < p->nengines; i++) {
		e = &p->engines[i];
		link_free(e->link);
		e->link = NULL;
		if (e->timer != NULL)
			event_free(e->timer);
		if (e->bin != -1)
			close(e->bin);
		if (e->report != -1)
			close(e->report);
	}
}

void
stop_finish(struct parent *p)
{
	if (p->sentinel_fd != -1)
		sentinel_clear(p->conf->runtime, p->sentinel_fd);
	selftest_free(p);
	tools_free(p);
	cgroup_end();
	control_close(p);
	guard_free(p);
	keeper_wait(p);
	if (p->fw != NULL)
		fw_close(p->fw);
	engines_free(p);
	internal_free(p);
	names_free(p->names);
	fwrules_free(&p->rules);
	pidfile_remove(p->conf->runtime, p->pid_fd);
	log_info("stopped");
}
