/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The reference monitor, first half: from the agent's wish to the grant (the
 * judgement in between is in medjudge.c).
 * Order: the turn is that agent's and runs; the arguments are whole; tier and
 * rules allow it; the audit log has its line; only then the parent is asked
 * for a process.  Run by the relay; trusts no agent.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "engines/common/engine.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/text.h"
#include "engines/relay/access.h"
#include "engines/relay/ask/ask.h"
#include "engines/relay/audit/auditline.h"
#include "engines/relay/call/mediate.h"
#include "engines/relay/face/display.h"
#include "engines/relay/map.h"
#include "engines/relay/relay.h"
#include "engines/relay/turn/turn.h"

#define CALL_WINDOW	262144
#define CALL_GRACE_MS	10000	/* beyond the call's own time */

static struct map	calls;		/* by job */
static struct map	grants;		/* by request to the parent */

static void	 call_grant(uint64_t, int);

struct call *
call_find(uint64_t job)
{
	return (map_get(&calls, job));
}

void
call_free(struct call *c)
{
	if (c->ask != NULL)
		ask_call_gone(c);
	(void)map_del(&calls, c->job);
	if (c->state == CALL_RUN)
		netlate_add(c->job, c->t);
	if (c->grant_id != 0)
		(void)map_del(&grants, c->grant_id);
	if (c->in != NULL)
		stream_drop(c->in);
	if (c->from != NULL)
		stream_drop(c->from);
	if (c->jobev != NULL)
		event_free(c->jobev);
	if (c->jobfd != -1)
		close(c->jobfd);
	if (c->timer != NULL)
		event_free(c->timer);
	TAILQ_REMOVE(&c->t->calls, c, entry);
	c->t->ncalls--;
	buf_free(&c->args);
	buf_free(&c->jobhead);
	buf_free(&c->out);
	free(c->cwd);
	free(c);
}

static void
call_kill(struct call *c, enum kill_why why)
{
	struct msg_TOOL_KILL	m;

	/* Before the grant is asked for there is nothing; until it is
	 * answered the call may wait for another one's end. */
	if (c->state != CALL_RUN && c->state != CALL_GRANT)
		return;
	m.job = c->job;
	m.why = (uint8_t)why;
	msg_send_TOOL_KILL(engine_parent(), 0, -1, &m);
}

void
mediate_kill_turn(struct turn *t, enum kill_why why)
{
	struct call	*c;

	ask_turn_over(t);
	TAILQ_FOREACH(c, &t->calls, entry)
		call_kill(c, why);
}

void
mediate_end_turn(struct turn *t)
{
	struct call	*c;

	while ((c = TAILQ_FIRST(&t->calls)) != NULL) {
		call_kill(c, TK_GONE);
		call_free(c);
	}
}

static void
runner_gone(void *val, void *arg)
{
	struct call	*c = val;

	(void)arg;
	if (c->state != CALL_RUN)
		return;
	call_kill(c, TK_GONE);
	call_fail(c, "The runner of tools on this machine failed and the call "
	    "was killed. What it did before stays done.");
}

void
mediate_runner_gone(void)
{
	map_each(&calls, runner_gone, NULL);
}

static void
call_late(int fd, short what, void *arg)
{
	struct call	*c = arg;

	(void)fd;
	(void)what;
	call_kill(c, TK_TIME);
	if (c->state == CALL_ASK) {
		call_fail(c, "It wants a code of a second factor, and those "
		    "cannot be checked on this machine just now; nothing "
		    "ran.");
		return;
	}
	if (c->state == CALL_GRANT) {
		call_fail(c, "The call waited for its turn until its time "
		    "was up: this machine runs one tool at a time. Nothing "
		    "ran. Try once more.");
		return;
	}
	call_fail(c, "The call did not end in time and was killed. What it "
	    "did before stays done.");
}

static void
call_timed(struct call *c)
{
	struct timeval	 tv;

	tv = ms_tv((uint64_t)relay.set->r.call_ms + CALL_GRACE_MS);
	(void)event_add(c->timer, &tv);
}

static struct call *
call_new(struct turn *t, const struct msg_TOOL_CALL *m)
{
	struct call	*c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return (NULL);
	c->t = t;
	c->id = m->call;
	c->job = relay_id();
	c->tool = (enum tool)m->tool;
	/* Only reading goes unshown: nothing else is done behind a person's
	 * back. */
	c->internal = m->internal != 0 && m->tool == TOOL_READ;
	c->round = m->round;
	c->size = m->size;
	c->jobfd = -1;
	c->started = now_ms();
	buf_init(&c->args);
	buf_init(&c->jobhead);
	buf_init(&c->out);
	TAILQ_INSERT_TAIL(&t->calls, c, entry);
	t->ncalls++;
	c->timer = event_new(relay.base, -1, 0, call_late, c);
	if (c->timer == NULL || map_put(&calls, c->job, c) == -1) {
		call_free(c);
		return (NULL);
	}
	call_timed(c);
	return (c);
}

/* --- from the judgement to the process --------------------------------- */
void
call_audit(const struct call *c, const char *event, enum audit_verdict v,
    const char *detail, audit_fn fn)
{
	struct auditline	a = audit_about(c->t, event, v, detail);

	a.tier = c->t->tier;
	a.job = c->job;
	a.tool = tool_name(c->tool);
	a.digest = c->digest;
	if (audit_line(&a, fn, c->job) == -1 && fn != NULL)
		fn(c->job, -1);
}

/* Have it written down; then it may run. */
void
call_go(struct call *c)
{
	c->state = CALL_AUDIT;
	c->started = now_ms();
	call_timed(c);
	call_audit(c, "tool", c->denied[0] == '\0' ? AV_SUCCESS : AV_BLOCKED,
	    c->label, call_grant);
}

/* The audit's answer. */
static void
call_grant(uint64_t job, int err)
{
	struct msg_TOOL_GRANT	 m;
	struct call		*c = call_find(job);

	if (c == NULL || c->state != CALL_AUDIT)
		return;
	if (c->denied[0] != '\0') {
		call_fail(c, "%s", c->denied);
		return;
	}
	if (c->t->state == T_STOPPING) {
		call_fail(c, "Stopped by the user before it ran.");
		return;
	}
	/* Lowered since it was judged. */
	if (!tier_allows(c->t->tier, c->tool)) {
		call_fail(c, "Denied: this person's tier is %s now.",
		    tier_name(c->t->tier));
		return;
	}
	if (err != 0) {
		call_fail(c, "The audit log cannot be written on this "
		    "machine just now, so nothing ran.");
		return;
	}
	if (relay.runner == NULL) {
		call_fail(c, "The runner of tools is being restarted; nothing "
		    "ran. Try once more.");
		return;
	}
	m.job = c->job;
	m.conv = c->t->conv;
	m.scope = SCOPE_TELEGRAM;
	m.tier = (uint8_t)c->t->tier;
	m.turn = c->t->id;
	m.time_ms = relay.set->r.call_ms;
	m.tool = (uint8_t)c->tool;
	access_grant(relay.set, c->t->user, &m);
	m.tainted = c->t->taint != 0;
	job_action(c, m.digest);
	c->grant_id = msg_send_TOOL_GRANT(engine_parent(), 0, -1, &m);
	c->state = CALL_GRANT;
	if (c->grant_id == 0 || map_put(&grants, c->grant_id, c) == -1)
		call_fail(c, "The parent process takes no request; nothing "
		    "ran.");
	else if (!c->internal)
		display_tool(c->t->show, c->job, c->label, LV_RUNS);
}

/* Why it got no process; buf may hold it. */
static const char *
job_missing(const struct call *c, int err, char *buf, size_t size)
{
	if (c->t->state == T_STOPPING)
		return ("Stopped by the user before it ran.");
	if (err == EACCES)
		return ("A rule wants a code of the second factor for exactly "
		    "this call, and none was given in the last minute; "
		    "nothing ran.");
	(void)str_format(buf, size, "No tool process could be made on this "
	    "machine (%s); nothing ran.", err != 0 ? strerror(err) :
	    "no channel");
	return (buf);
}

/* It has a process; why that gets nothing after all, or NULL. */
static const char *
job_refused(const struct call *c)
{
	if (c->t->state == T_STOPPING)
		return ("Stopped by the user before it ran.");
	if (ask_moved(c))
		return ("The workspace of this machine is another one since "
		    "it was asked about; nothing ran.");
	return (NULL);
}

void
mediate_on_job(struct link *l, const struct msg_TOOL_JOB *m,
    struct msg_meta *meta)
{
	struct msg_RUN_JOB	 run;
	struct msg_TOOL_KILL	 kill;
	struct call		*c = map_del(&grants, meta->id);
	const char		*why;
	char			 text[200];
	int			 fd = meta->fd;

	meta->fd = -1;
	if (c == NULL || c->job != m->job || m->err != 0 || fd == -1) {
		if (fd != -1)
			close(fd);
		if (c != NULL) {
			c->grant_id = 0;
			call_fail(c, "%s", job_missing(c, m->err, text,
			    sizeof(text)));
		} else if (m->err == 0) {
			/* Its turn ended meanwhile: nobody writes a job. */
			kill.job = m->job;
			kill.why = TK_GONE;
			msg_send_TOOL_KILL(l, 0, -1, &kill);
		}
		return;
	}
	c->grant_id = 0;
	c->state = CALL_RUN;
	call_timed(c);		/* it may have waited for its turn */
	if ((why = job_refused(c)) != NULL) {
		close(fd);
		call_kill(c, TK_STOP);
		call_fail(c, "%s", why);
		return;
	}
	run.job = c->job;
	run.tool = (uint8_t)c->tool;
	run.time_ms = relay.set->r.call_ms;
	run.output_max = relay.set->r.output_max;
	if (relay.runner == NULL ||
	    msg_send_RUN_JOB(relay.runner, 0, -1, &run) == 0) {
		close(fd);
		call_kill(c, TK_GONE);
		call_fail(c, "The runner of tools is being restarted; nothing "
		    "ran. Try once more.");
		return;
	}
	if (job_send(c, fd) == -1) {
		call_kill(c, TK_GONE);
		call_fail(c, "The tool process took no job; nothing ran.");
	}
}

/* --- the wish ---------------------------------------------------------- */
static void
args_data(struct stream *s, const uint8_t *p, size_t n)
{
	struct call	*c = stream_ctx(s);

	stream_consumed(s, n);
	/* More than was announced is refused at the end. */
	if (c != NULL && c->args.len + n <= (size_t)c->size + STREAM_CHUNK)
		(void)buf_add(&c->args, p, n);
}

static void
args_end(struct stream *s, int err)
{
	struct call	*c = stream_ctx(s);

	if (c == NULL)
		return;
	c->in = NULL;
	if (err != 0 || c->args.failed || c->args.len != c->size)
		call_fail(c, "The input of the call arrived damaged; nothing "
		    "ran.");
	else
		call_whole(c);
}

static const struct stream_in args_stream = {
	.data = args_data,
	.end = args_end,
};

static int
call_known(const struct turn *t, uint32_t id)
{
	const struct call	*c;

	TAILQ_FOREACH(c, &t->calls, entry)
		if (c->id == id)
			return (1);
	return (0);
}

void
mediate_on_call(struct link *l, const struct msg_TOOL_CALL *m,
    struct msg_meta *meta)
{
	struct turn	*t = turn_find(m->turn);
	struct stream	*s;
	struct call	*c = NULL;

	(void)meta;
	if (t != NULL && (link_scope(l) != SCOPE_TELEGRAM || t->over ||
	    call_known(t, m->call)))
		t = NULL;
	if (t == NULL)
		log_warnx("tool call for turn %llu, which does not run: "
		    "dropped", (unsigned long long)m->turn);
	else if (turn_event(t, E_CALL) == 0)
		c = call_new(t, m);
	s = stream_read_new(l, m->sid, CALL_WINDOW, &args_stream, c);
	if (c == NULL) {
		if (s != NULL)
			stream_drop(s);
		return;
	}
	c->in = s;
	if (s == NULL)
		call_fail(c, "The input of the call could not be read.");
	else if (m->tool == TOOL_NONE || m->tool >= TOOL_MAX ||
	    m->tool == TOOL_WEBSEARCH)
		call_fail(c, "There is no such tool on this machine.");
	else if (m->size > JOB_MAXARGS)
		call_fail(c, "The input of the call is over %u bytes.",
		    JOB_MAXARGS);
	else if (t->ncalls > CALL_PARALLEL)
		call_fail(c, "Over %d calls at once: make fewer.",
		    CALL_PARALLEL);
}
