/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Drives the selftest: starts the twins, hears what they say, looks at them
 * once more as the kernel shows them, asks the firewall what it counted, and
 * lets the family start, or not.  Run by the parent; all twins run at once
 * and beside the engines that lock in.
 */
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "parent/control.h"
#include "parent/parent.h"
#include "parent/self/self_int.h"
#include "parent/self/selftest.h"
#include "parent/tool/toolgrant.h"
#include "telclauded/lib/log.h"

#define DEADLINE_MS	30000	/* a loaded machine, a slow one */

/* --- the end of all ------------------------------------------------------ */

static void
run_close(struct selftest *s)
{
	unsigned	 i;

	for (i = 0; i < s->n; i++) {
		if (s->twins[i].fd != -1 && s->twins[i].pid > 0)
			(void)kill(s->twins[i].pid, SIGKILL);
		selftwin_close(&s->twins[i]);
	}
	selfbait_close(s);
	if (s->deadline != NULL)
		event_free(s->deadline);
	s->deadline = NULL;
	s->running = 0;
	if (tools_scope(s->p, SCOPE_TELEGRAM) != NULL)
		tool_twins_wipe(tools_scope(s->p, SCOPE_TELEGRAM));
}

static void
run_answer(struct selftest *s, int err, const char *why)
{
	struct link	*l = s->ctl;

	s->ctl = NULL;
	if (l != NULL)
		control_end(l, s->ctl_id, err, why);
}

/* The first thing that is wrong; at the start it is the last as well. */
static void
fail(struct selftest *s, const struct twin *t, const char *why)
{
	if (s->failed[0] != '\0')
		return;
	(void)str_format(s->failed, sizeof(s->failed), "selftest: %s: %s",
	    t->name, why);
	audit_event(s->p, "selftest_failed", "%s: %s", t->name, why);
	if (s->p->state == PS_START) {
		run_close(s);
		parent_fail(s->p, "%s", s->failed);
	} else
		log_error("%s", s->failed);
}

static void
base_fail(struct selftest *s)
{
	static struct twin	 all = { .name = "all" };

	fail(s, &all, "base filter: a call that is forbidden to all does not "
	    "kill");
}

static void
finish(struct selftest *s)
{
	unsigned	 i, acts = 0;
	struct twin	*t;
	const char	*why;

	for (i = 0; i < s->n; i++) {
		t = &s->twins[i];
		acts += t->v.acts;
		if (t->v.why[0] == '\0' &&
		    (why = selfbait_uncounted(s, t)) != NULL)
			(void)str_copy(t->v.why, why, sizeof(t->v.why));
		if (t->v.why[0] == '\0')
			continue;
		fail(s, t, t->v.why);
		if (!s->running)
			return;
	}
	run_close(s);
	if (s->failed[0] != '\0') {
		run_answer(s, 1, s->failed);
		return;
	}
	s->last_ms = wall_ms();
	log_info("selftest: %u twins tried %u acts in %llu ms, and every "
	    "wall held", s->n, acts,
	    (unsigned long long)(now_ms() - s->began));
	run_answer(s, 0, "");
	parent_progress(s->p);
}

/* --- one twin ------------------------------------------------------------ */

static void
twin_ended(struct twin *t)
{
	struct selftest	*s = t->s;
	int		 ok, late;

	t->us = selfbait_us() - t->began_us;
	/* What keeps the twin from exec keeps the engine from it as well, and
	 * that says it better: so at the end of all, if still needed. */
	late = selflook_unborn(t);
	ok = late || (selflook_user(t) && selfjudge(&t->ctx, t->recs, t->len /
	    sizeof(t->recs[0]), &t->v) == 0 && selflook_right(t));
	selftwin_close(t);
	s->open--;
	if (!ok)
		fail(s, t, t->v.why);
	if (s->running && s->open == 0 && s->complete)
		finish(s);
}

void
selftest_word(evutil_socket_t fd, short what, void *arg)
{
	struct twin	*t = arg;
	ssize_t		 n;
	size_t		 k;

	(void)what;
	n = read(fd, (char *)t->recs + t->len, sizeof(t->recs) - t->len);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		t->len += (size_t)n;
	k = t->len / sizeof(t->recs[0]);
	if (n > 0 && t->len < sizeof(t->recs) && (k == 0 ||
	    t->len % sizeof(t->recs[0]) != 0 ||
	    t->recs[k - 1].pass != SP_END))
		return;
	twin_ended(t);
}

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct timeval	 tv = { DEADLINE_MS / 1000, 0 };
	struct selftest	*s = arg;
	struct twin	*t;
	unsigned	 i;

	(void)fd;
	(void)what;
	/* The engines are slow today: the start has a limit of its own. */
	if (!s->complete && event_add(s->deadline, &tv) == 0)
		return;
	for (i = 0; i < s->n; i++) {
		t = &s->twins[i];
		if (t->fd == -1)
			continue;
		(void)str_format(t->v.why, sizeof(t->v.why), "no answer in "
		    "%d s", DEADLINE_MS / 1000);
		(void)kill(t->pid, SIGKILL);
		selftwin_close(t);
	}
	if (s->base != 0) {
		(void)kill(s->base, SIGKILL);
		base_fail(s);
	}
	if (s->running)
		finish(s);
}

/* --- a run --------------------------------------------------------------- */

static int
run_engines(struct selftest *s, char *why, size_t len)
{
	struct parent	*p = s->p;
	struct timeval	 tv = { DEADLINE_MS / 1000, 0 };
	unsigned	 i;

	s->n = s->open = s->complete = 0;
	s->failed[0] = '\0';
	s->began = now_ms();
	s->running = 1;
	if (selfbait_open(s, why, len) == -1)
		return (-1);
	s->deadline = evtimer_new(p->base, on_deadline, s);
	if (s->deadline == NULL || event_add(s->deadline, &tv) == -1) {
		str_format(why, len, "selftest: no memory");
		return (-1);
	}
	if ((s->base = selfbait_base()) == -1) {
		str_format(why, len, "selftest: base filter: %s",
		    errno == EUCLEAN ? "the twins' is not the real one but "
		    "for its kills" : strerror(errno));
		return (-1);
	}
	s->open++;
	for (i = 0; i < p->nengines; i++)
		if (table_wanted(p->conf, p->engines[i].row) &&
		    selftwin_engine(s, &p->engines[i]) == -1) {
			str_format(why, len, "selftest: %s: cannot start its "
			    "twin: %s", p->engines[i].name, strerror(errno));
			return (-1);
		}
	return (0);
}

static int
run_tools(struct selftest *s, char *why, size_t len)
{
	struct tool_scope	*sc = tools_scope(s->p, SCOPE_TELEGRAM);
	struct timeval		 tv = { DEADLINE_MS / 1000, 0 };
	int			 tier;

	/* Theirs begins now: the engines may have been long. */
	if (event_add(s->deadline, &tv) == -1) {
		str_format(why, len, "selftest: no memory");
		return (-1);
	}
	/* The social tier is of another scope. */
	for (tier = TIER_READ_ONLY; sc != NULL && tier < TIER_MAX; tier++)
		if (selftwin_tool(s, sc, (enum tier)tier) == -1) {
			str_format(why, len, "selftest: tool of tier %s: "
			    "cannot start its twin: %s",
			    tier_name((enum tier)tier), strerror(errno));
			return (-1);
		}
	s->complete = 1;
	return (0);
}

int
selftest_begin_all(struct parent *p, char *why, size_t len)
{
#ifdef TC_SANITIZE
	(void)why;
	(void)len;
	log_warnx("selftest: left out, this build has no cages");
	(void)p;
	return (0);
#else
	if ((p->selftest = calloc(1, sizeof(*p->selftest))) == NULL) {
		str_format(why, len, "selftest: no memory");
		return (-1);
	}
	p->selftest->p = p;
	selfbait_none(p->selftest);
	return (run_engines(p->selftest, why, len));
#endif
}

int
selftest_tools(struct parent *p, char *why, size_t len)
{
	struct selftest	*s = p->selftest;

	if (s == NULL || !s->running)
		return (0);
	if (run_tools(s, why, len) == -1)
		return (-1);
	if (s->open == 0)
		finish(s);
	return (0);
}

int
selftest_passed(const struct parent *p)
{
	return (p->selftest == NULL || p->selftest->last_ms != 0);
}

void
selftest_again(struct parent *p, struct link *ctl, uint32_t id)
{
	struct selftest	*s = p->selftest;
	char		 why[256] = "";

	if (s == NULL) {
		control_end(ctl, id, 1, "this build has no cages to test");
		return;
	}
	if (s->running || p->reload != NULL || p->state != PS_RUN) {
		control_end(ctl, id, 1, "not now: a selftest or a reload is "
		    "under way; try again");
		return;
	}
	s->ctl = ctl;
	s->ctl_id = id;
	if (run_engines(s, why, sizeof(why)) == -1 ||
	    run_tools(s, why, sizeof(why)) == -1) {
		run_close(s);
		(void)str_copy(s->failed, why, sizeof(s->failed));
		audit_event(p, "selftest_failed", "%s", why);
		run_answer(s, 1, why);
	} else if (s->open == 0)
		finish(s);
}

void
selftest_forget(struct parent *p, struct link *l)
{
	if (p->selftest != NULL && p->selftest->ctl == l)
		p->selftest->ctl = NULL;
}

/* How the child behind the base filter ended. */
static void
base_ended(struct selftest *s, int status)
{
	s->base = 0;
	if (!s->running)
		return;
	s->open--;
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
		base_fail(s);
	if (s->running && s->open == 0 && s->complete)
		finish(s);
}

/* A tool's twin is reaped with the tools. */
int
selftest_reaped(struct parent *p, pid_t pid, int status)
{
	struct selftest	*s = p->selftest;
	unsigned	 i;

	if (s != NULL && s->base == pid && pid > 0) {
		base_ended(s, status);
		return (1);
	}
	for (i = 0; s != NULL && i < s->n; i++)
		if (s->twins[i].e != NULL && s->twins[i].pid == pid) {
			s->twins[i].pid = 0;
			return (1);
		}
	return (0);
}

/* The family goes down: nobody waits for what twins would say. */
void
selftest_stop(struct parent *p)
{
	struct selftest	*s = p->selftest;

	if (s == NULL || !s->running)
		return;
	run_close(s);
	run_answer(s, 1, "the daemon stops");
}

void
selftest_free(struct parent *p)
{
	struct twin	*t;
	unsigned	 i;

	selftest_stop(p);
	if (p->selftest == NULL)
		return;
	/* The tools' end with the tools. */
	for (i = 0; i < p->selftest->n; i++) {
		t = &p->selftest->twins[i];
		if (t->e == NULL || t->pid <= 0)
			continue;
		(void)kill(t->pid, SIGKILL);
		while (waitpid(t->pid, NULL, 0) == -1 && errno == EINTR)
			;
	}
	free(p->selftest);
	p->selftest = NULL;
}
