/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The reference monitor, second half: from the running job to the result the
 * agent gets.  Run by the relay; the output is the tool's and the runner's
 * word about it is bounded here again.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/text.h"
#include "engines/relay/call/mediate.h"
#include "engines/relay/face/display.h"
#include "engines/relay/relay.h"
#include "engines/relay/turn/queue.h"
#include "engines/relay/turn/turn.h"

#define OUT_WINDOW	262144

static const struct stream_out result_stream = { 0 };

/* Only our own tool writes the last line of an error. */
void
call_how(const struct call *c, char *dst, size_t size)
{
	static const char	 mark[] = "exit status ";
	const char		*p = c->out.p, *end;
	size_t			 n;

	dst[0] = '\0';
	if (!c->is_error)
		return;
	(void)str_copy(dst, c->tool == TOOL_BASH ? "killed" : "failed", size);
	if (c->tool != TOOL_BASH || p == NULL)
		return;
	end = memrchr(p, '\n', c->out.len);
	end = end == NULL ? p : end + 1;
	if (strncmp(end, mark, sizeof(mark) - 1) != 0)
		return;
	end += sizeof(mark) - 1;
	n = strspn(end, "0123456789");
	(void)str_format(dst, size, "exit %.*s", (int)MINIMUM(n, (size_t)3),
	    end);
}

/* "Read, Bash (exit 2)": for /stop and the audit's line of the turn. */
static void
call_remember(const struct call *c)
{
	struct buf	*b = &c->t->ran;
	char		 how[16];

	if (c->internal || c->state != CALL_RUN || b->len > 512)
		return;
	/* A command is long and was seen; a file that was changed counts. */
	call_how(c, how, sizeof(how));
	(void)buf_printf(b, "%s%s%s%s%s", b->len > 0 ? ", " : "",
	    c->tool == TOOL_WRITE || c->tool == TOOL_EDIT ||
	    c->tool == TOOL_MULTIEDIT ? c->label : tool_name(c->tool),
	    how[0] != '\0' ? " (" : "", how, how[0] != '\0' ? ")" : "");
}

/* Sends the result to the agent and ends the call. */
static void
call_result(struct call *c)
{
	struct msg_TOOL_RESULT	 m;
	struct turn		*t = c->t;
	struct stream		*s = NULL;

	call_remember(c);
	display_tool_end(t->show, c->job);
	if (c->tool == TOOL_WEBFETCH)
		turn_taint(t, TAINT_WEB);
	if (relay.agent != NULL)
		s = stream_write_new(relay.agent, &result_stream, NULL);
	if (s != NULL) {
		m.turn = t->id;
		m.call = c->id;
		m.is_error = c->is_error;
		m.kind = c->kind;
		memcpy(m.mime, c->mime, sizeof(m.mime));
		m.sid = stream_sid(s);
		if (msg_send_TOOL_RESULT(relay.agent, 0, -1, &m) != 0 &&
		    (c->out.len == 0 ||
		    stream_write(s, c->out.p, c->out.len) == 0))
			stream_finish(s, 0);
		else
			stream_finish(s, 1);
	}
	call_free(c);
	if (t->ncalls == 0)
		(void)turn_event(t, E_RESULT);
}

void
call_fail(struct call *c, const char *fmt, ...)
{
	struct buf	b;
	char		text[512];
	va_list		ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	buf_init(&b);
	(void)buf_puts(&b, text);
	call_refuse(c, &b);
}

void
call_refuse(struct call *c, struct buf *words)
{
	buf_free(&c->out);
	c->out = *words;
	buf_init(words);
	c->is_error = 1;
	c->kind = OUT_TEXT;
	c->mime[0] = '\0';
	call_result(c);
}

static void	 call_ended(struct call *);

/* --- output ------------------------------------------------------------ */
static void
out_data(struct stream *s, const uint8_t *p, size_t n)
{
	struct call	*c = stream_ctx(s);
	size_t		 max;

	stream_consumed(s, n);
	if (c == NULL)
		return;
	/* The runner bounds it already; it is not to be relied on. */
	max = MAXIMUM((size_t)relay.set->r.output_max, (size_t)CALL_RESULT_MAX);
	max = MINIMUM(max, (size_t)STREAM_QUEUE - STREAM_CHUNK);
	if (c->out.len + n <= max)
		(void)buf_add(&c->out, p, n);
}

static void
out_end(struct stream *s, int err)
{
	struct call	*c = stream_ctx(s);

	(void)err;
	if (c == NULL)
		return;
	c->from = NULL;
	if (c->done)
		call_ended(c);
}

static const struct stream_in out_stream = {
	.data = out_data,
	.end = out_end,
};

void
mediate_on_head(struct link *l, const struct msg_RUN_HEAD *m,
    struct msg_meta *meta)
{
	struct call	*c = call_find(m->job);
	struct stream	*s;

	(void)meta;
	if (c != NULL && (c->state != CALL_RUN || c->from != NULL))
		c = NULL;
	s = stream_read_new(l, m->sid, OUT_WINDOW, &out_stream, c);
	if (s == NULL)
		return;
	if (c == NULL) {
		stream_drop(s);
		return;
	}
	c->from = s;
	c->is_error = m->is_error != 0;
	c->kind = m->kind < OUT_KIND_MAX ? m->kind : OUT_TEXT;
	(void)str_copy(c->mime, m->mime, sizeof(c->mime));
}

static const char *
outcome_note(uint8_t outcome)
{
	static const char *const notes[RO_MAX] = {
		[RO_OK] = "",
		[RO_TIMEOUT] = "The call used up its time and was killed.",
		[RO_OUTPUT] = "The output is cut: it passed the limit.",
		[RO_KILLED] = "The call was stopped by the user.",
		[RO_CRASHED] = "The tool process died before it was done.",
		[RO_REFUSED] = "The tool process refused the job.",
		[RO_MEMORY] = "The call used up its memory and was killed.",
	};

	return (outcome < RO_MAX ? notes[outcome] : notes[RO_CRASHED]);
}

/* What the runner says besides the output goes below it. */
static void
call_note(struct call *c)
{
	const char	*note = c->note;

	if (note[0] == '\0')
		note = outcome_note(c->outcome);
	if (note[0] == '\0')
		return;
	if (c->kind != OUT_TEXT) {
		/* A picture that is not whole is no picture. */
		if (c->outcome == RO_OK)
			return;
		buf_free(&c->out);
		c->kind = OUT_TEXT;
		c->mime[0] = '\0';
	}
	(void)buf_printf(&c->out, "%s%s", c->out.len > 0 &&
	    c->out.p[c->out.len - 1] != '\n' ? "\n" : "", note);
}

static void
call_ended(struct call *c)
{
	call_note(c);
	call_result(c);
}

void
mediate_on_done(struct link *l, const struct msg_RUN_DONE *m,
    struct msg_meta *meta)
{
	struct call	*c = call_find(m->job);
	const uint8_t	*cwd;
	size_t		 len;

	(void)l;
	(void)meta;
	if (c == NULL || c->state != CALL_RUN || c->done)
		return;
	c->done = 1;
	c->outcome = m->outcome;
	c->is_error = m->is_error != 0 ||
	    (m->outcome != RO_OK && m->outcome != RO_OUTPUT);
	(void)text_for_log(m->note, c->note, sizeof(c->note));
	cwd = text_raw(m->cwd, &len);
	/* Not that of a conversation that was ended meanwhile. */
	if ((c->tool == TOOL_BASH || m->outcome == RO_REFUSED) && len > 0 &&
	    c->t->conv == c->t->owner->conv)
		lane_set_cwd(c->t->owner, (const char *)cwd, len);
	log_debug("job %llu: %s, %u ms", (unsigned long long)c->job,
	    tool_name(c->tool), m->ms);
	/* Output may still be under way behind its credit. */
	if (c->from == NULL)
		call_ended(c);
}

/* The process is gone.  The runner, who reads its output, tells the rest. */
void
mediate_on_exit(struct link *l, const struct msg_TOOL_EXIT *m,
    struct msg_meta *meta)
{
	(void)l;
	(void)meta;
	log_debug("job %llu: gone, %s %u", (unsigned long long)m->job,
	    m->signalled ? "signal" : "exit", m->code);
}

void
mediate_on_net(struct link *l, const struct msg_TOOL_NET *m,
    struct msg_meta *meta)
{
	struct call	*c = call_find(m->job);

	(void)l;
	(void)meta;
	if (c != NULL)
		turn_taint(c->t, TAINT_NET);
	else
		netlate_taint(m->job, TAINT_NET);
}
