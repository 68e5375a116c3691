/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Jobs: reading a tool's output with the relay's credit, within bounds of
 * bytes and time, and saying how it ended.  Run by the runner; the tool is
 * hostile, the relay and the parent are trusted with numbers only.
 */
#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engines/common/engine.h"
#include "engines/runner/rjob.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"

#define JOBS_MAX	256
#define ORDER_MS	60000	/* the other messages of a job follow soon */
#define GRACE_MS	1000	/* the tool ends itself first */
#define TEXT_SLACK	4096	/* notes of the tool on top of its limit */
#define READ_MAX	16384

static struct rjobs	 jobs = TAILQ_HEAD_INITIALIZER(jobs);
static unsigned		 njobs;
struct link		*relay;
static int		 draining;

static void	 job_check(struct rjob *);

struct rjob *
rjob_find(uint64_t id)
{
	struct rjob *j;

	TAILQ_FOREACH(j, &jobs, entry)
		if (j->id == id)
			return (j);
	return (NULL);
}

static void
job_close(struct rjob *j)
{
	if (j->rd != NULL)
		event_free(j->rd);
	j->rd = NULL;
	if (j->fd != -1)
		close(j->fd);
	j->fd = -1;
	j->eof = 1;
}

static void
job_free(struct rjob *j)
{
	job_close(j);
	if (j->timer != NULL)
		event_free(j->timer);
	if (j->out != NULL)
		stream_finish(j->out, 1);
	TAILQ_REMOVE(&jobs, j, entry);
	njobs--;
	free(j);
	if (draining && njobs == 0)
		engine_drained();
}

static void
job_kill(struct rjob *j, enum kill_why why)
{
	struct msg_TOOL_KILL k = { .job = j->id, .why = (uint8_t)why };

	if (!j->exited)
		msg_send_TOOL_KILL(engine_parent(), 0, -1, &k);
}

/* The first reason counts; what the tool still says does not. */
static void
job_stop(struct rjob *j, enum run_outcome why, enum kill_why kill)
{
	if (j->forced == RO_OK)
		j->forced = why;
	job_close(j);
	job_kill(j, kill);
	job_check(j);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct rjob *j = arg;

	(void)fd;
	(void)what;
	if (j->ordered)
		job_stop(j, RO_TIMEOUT, TK_TIME);
	else
		job_free(j);	/* nobody ever asked for it */
}

static void
job_timer(struct rjob *j, uint64_t ms)
{
	struct timeval tv = ms_tv(ms);

	if (j->timer == NULL)
		j->timer = evtimer_new(engine_base(), on_timer, j);
	if (j->timer == NULL || evtimer_add(j->timer, &tv) == -1)
		log_warnx("no timer for a job");
}

struct rjob *
rjob_new(uint64_t id)
{
	struct rjob *j;

	if (njobs >= JOBS_MAX || (j = calloc(1, sizeof(*j))) == NULL) {
		log_warnx("too many jobs");
		return (NULL);
	}
	j->id = id;
	j->fd = -1;
	TAILQ_INSERT_TAIL(&jobs, j, entry);
	njobs++;
	job_timer(j, ORDER_MS);
	return (j);
}

/* --- output ------------------------------------------------------------ */

static void
on_room(struct stream *s)
{
	struct rjob *j = stream_ctx(s);

	if (j != NULL && j->rd != NULL)
		event_add(j->rd, NULL);
}

static void
on_gone(struct stream *s)
{
	struct rjob *j = stream_ctx(s);

	if (j == NULL)
		return;
	j->out = NULL;
	job_stop(j, RO_KILLED, TK_GONE);
}

static const struct stream_out out_ops = { on_room, on_gone };

static int
job_head(struct rjob *j, int is_error, enum out_kind kind, const char *mime)
{
	struct msg_RUN_HEAD m = { .job = j->id };

	if (relay == NULL ||
	    (j->out = stream_write_new(relay, &out_ops, j)) == NULL)
		return (-1);
	m.is_error = is_error != 0;
	m.kind = (uint8_t)kind;
	(void)str_copy(m.mime, mime, sizeof(m.mime));
	m.sid = stream_sid(j->out);
	j->headed = 1;
	j->kind = kind;
	return (msg_send_RUN_HEAD(relay, 0, -1, &m) == 0 ? -1 : 0);
}

static void
on_head(void *ctx, int is_error, enum out_kind kind, const char *mime)
{
	struct rjob *j = ctx;

	if (job_head(j, is_error, kind, mime) == -1)
		j->forced = RO_KILLED;
}

static void
on_data(void *ctx, const uint8_t *p, size_t len)
{
	struct rjob *j = ctx;
	size_t max = j->kind == OUT_TEXT ? (size_t)j->output_max +
	    TEXT_SLACK : OUT_BINARY_MAX;

	if (j->forced != RO_OK)
		return;
	if (len > max - j->total) {
		j->forced = RO_OUTPUT;
		return;
	}
	j->total += len;
	if (j->out == NULL || stream_write(j->out, p, len) == -1)
		j->forced = RO_KILLED;
}

static void
on_end(void *ctx, const struct frame_end *e)
{
	struct rjob *j = ctx;

	j->end = *e;
	j->got_end = 1;
}

static const struct frame_ops frame_ops = { on_head, on_data, on_end };

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct rjob *j = arg;
	uint8_t block[READ_MAX];
	size_t room = j->out == NULL ? READ_MAX : stream_room(j->out);
	ssize_t n;

	(void)what;
	/* The relay takes no more for now: neither do we. */
	if (room == 0) {
		event_del(j->rd);
		return;
	}
	n = read(fd, block, MINIMUM(room, sizeof(block)));
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		job_close(j);
		job_check(j);
		return;
	}
	if (parse_feed(&j->parser, block, (size_t)n, &frame_ops, j) == -1) {
		log_warnx("a tool wrote what is not a frame");
		j->forced = RO_CRASHED;
	}
	if (j->forced != RO_OK)
		job_stop(j, j->forced, j->forced == RO_OUTPUT ? TK_OUTPUT :
		    TK_GONE);
	else if (j->got_end) {
		job_close(j);
		if (j->out != NULL)
			stream_finish(j->out, 0);
		j->out = NULL;
		job_check(j);
	}
}

/* --- the end ----------------------------------------------------------- */

static enum run_outcome
outcome(const struct rjob *j)
{
	if (j->forced != RO_OK)
		return (j->forced);
	if (j->got_end)
		return (j->end.outcome);
	if (j->exit.signalled && j->exit.code == SIGKILL)
		return (j->exit.oom ? RO_MEMORY :
		    j->exit.ms >= j->time_ms ? RO_TIMEOUT : RO_KILLED);
	return (RO_CRASHED);
}

/* For the model: the relay puts it below the output. */
static void
words(const struct rjob *j, enum run_outcome o, char *buf, size_t len)
{
	switch (o) {
	case RO_TIMEOUT:
		(void)str_format(buf, len, "The tool used up its %u s and was "
		    "killed, with all it started.", j->time_ms / 1000);
		break;
	case RO_OUTPUT:
		(void)str_format(buf, len, "The tool wrote more than the "
		    "limit of %u bytes and was killed.", j->output_max);
		break;
	case RO_KILLED:
		(void)str_copy(buf, "The tool was stopped.", len);
		break;
	case RO_MEMORY:
		(void)str_copy(buf, "The tool used up the memory that tools "
		    "may have (limit memory) and was killed.", len);
		break;
	default:
		if (j->exit.signalled)
			(void)str_format(buf, len, "The tool crashed: signal "
			    "%u (%s).", j->exit.code, strsignal(j->exit.code));
		else
			(void)str_format(buf, len, "The tool ended without "
			    "an answer (exit status %u); telclauded's log "
			    "says more.", j->exit.code);
		break;
	}
}

static void
job_done(struct rjob *j)
{
	struct msg_RUN_DONE d = { .job = j->id };
	enum run_outcome o = outcome(j);
	char why[160] = "";

	if (!j->got_end || j->forced != RO_OK) {
		words(j, o, why, sizeof(why));
		if (j->out != NULL)
			stream_finish(j->out, 1);
		j->out = NULL;
		d.note = text_of(why, strlen(why));
		d.is_error = 1;
	} else {
		d.note = text_of(j->end.note, j->end.notelen);
		d.cwd = text_of(j->end.cwd, j->end.cwdlen);
		d.is_error = (uint8_t)j->end.is_error;
	}
	d.outcome = (uint8_t)o;
	d.ms = j->exited ? j->exit.ms : (uint32_t)(now_ms() - j->started_ms);
	if (relay != NULL)
		msg_send_RUN_DONE(relay, 0, -1, &d);
	job_kill(j, TK_GONE);
	job_free(j);
}

/*
 * Done when ordered, read to its end and gone with all it started.  A tool
 * that has said its last word is not waited for: it is killed on the way out.
 */
static void
job_check(struct rjob *j)
{
	if (j->ordered && j->eof && (j->exited ||
	    (j->got_end && j->forced == RO_OK)))
		job_done(j);
}

static void
job_run(struct rjob *j)
{
	if (!j->ordered || j->fd == -1 || j->rd != NULL)
		return;
	j->rd = event_new(engine_base(), j->fd, EV_READ | EV_PERSIST,
	    on_readable, j);
	if (j->rd == NULL || event_add(j->rd, NULL) == -1)
		job_stop(j, RO_CRASHED, TK_GONE);
}

/* --- the three messages, in any order ---------------------------------- */

void
rjob_order(struct rjob *j, uint32_t time_ms, uint32_t output_max)
{
	j->ordered = 1;
	j->started_ms = now_ms();
	j->time_ms = time_ms;
	j->output_max = output_max;
	job_timer(j, (uint64_t)j->time_ms + GRACE_MS);
	job_run(j);
	job_check(j);
}

void
rjob_output(struct rjob *j, int fd)
{
	j->fd = fd;
	(void)fd_nonblock(fd);
	job_run(j);
}

void
rjob_exit(struct rjob *j, const struct msg_TOOL_EXIT *m)
{
	j->exited = 1;
	j->exit = *m;
	/* Without a descriptor there is nothing to read to its end. */
	if (j->fd == -1)
		j->eof = 1;
	job_check(j);
}

void
rjobs_abandon(void)
{
	struct rjob *j, *next;

	for (j = TAILQ_FIRST(&jobs); j != NULL; j = next) {
		next = TAILQ_NEXT(j, entry);
		job_kill(j, TK_GONE);
		job_free(j);
	}
}

void
rjobs_drain(void)
{
	draining = 1;
	if (njobs == 0)
		engine_drained();
}
