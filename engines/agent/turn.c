/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The life of a turn: an explicit state, one deadline for the state and one
 * for the whole, and an end that leaves a valid transcript whatever happens.
 */
#include <event2/event.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engines/agent/agent.h"
#include "engines/common/engine.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"

#define PROMPT_MS	5000
#define FIRST_MS	180000		/* gate's own bounds come first */
#define IDLE_MS		120000

struct turns	 turns = TAILQ_HEAD_INITIALIZER(turns);
static int	 aborting;		/* the end of one starts no other */

static void
prompt_late(struct turn *t)
{
	/* Go on with what was known; the next turn asks again. */
	calls_free(t);
	round_request(t);
}

static void
answer_late(struct turn *t)
{
	api_abort(t);
	round_cut(t, TO_NETWORK, 0, t->st == TU_HEAD ?
	    "the model server did not begin to answer" :
	    "the model server fell silent in the middle of its answer");
}

/* A state: its name in the log, how long it may last, what then. */
static const struct {
	const char	*name;
	uint32_t	 ms;		/* 0: until the turn's own deadline */
	void		(*late)(struct turn *);
} states[TU_MAX] = {
	[TU_CONV] =	{ "waits for the conversation", 0, NULL },
	[TU_PROMPT] =	{ "reads CLAUDE.md", PROMPT_MS, prompt_late },
	[TU_SLOT] =	{ "waits for a free request", 0, NULL },
	[TU_HEAD] =	{ "waits for the model server", FIRST_MS, answer_late },
	[TU_STREAM] =	{ "reads the answer", IDLE_MS, answer_late },
	[TU_BACKOFF] =	{ "waits to ask again", 0, round_request },
	[TU_TOOLS] =	{ "waits for tools", 0, NULL },
};

static void
arm(struct turn *t)
{
	uint64_t	 now = now_ms(), at = t->deadline;
	struct timeval	 tv;

	if (t->paused != 0)
		at = now + DAY_MS;
	if (t->due != 0 && t->due < at)
		at = t->due;
	tv = ms_tv(at > now ? at - now : 0);
	evtimer_add(t->timer, &tv);
}

void
turn_state(struct turn *t, enum tstate st, uint32_t ms)
{
	t->st = st;
	if (ms == 0)
		ms = states[st].ms;
	t->due = ms > 0 ? now_ms() + ms : 0;
	arm(t);
}

/* No timer is touched: it finds out when it fires. */
void
turn_alive(struct turn *t)
{
	if (t->st == TU_STREAM)
		t->due = now_ms() + IDLE_MS;
}

static void
turn_timer(evutil_socket_t fd, short what, void *arg)
{
	struct turn	*t = arg;
	uint64_t	 now = now_ms();

	(void)fd;
	(void)what;
	if (now >= t->deadline && t->paused == 0)
		turn_end(t, TO_TIMEOUT, "the time of a turn (%u s) was used "
		    "up while it %s; write \"continue\" to go on",
		    settings()->c.turn_ms / 1000, states[t->st].name);
	else if (t->due != 0 && now >= t->due && states[t->st].late != NULL)
		states[t->st].late(t);
	else
		arm(t);		/* bytes have moved it */
}

struct turn *
turn_find(uint64_t id)
{
	struct turn	*t;

	TAILQ_FOREACH(t, &turns, entry)
		if (t->id == id)
			break;
	return (t);
}

/* --- what the relay is told ---------------------------------------------- */
void
turn_note(struct turn *t, enum turn_note note, uint32_t wait_ms)
{
	struct msg_TURN_NOTE	 m;

	m.turn = t->id;
	m.note = (uint8_t)note;
	m.wait_ms = wait_ms;
	if (!t->quiet)
		msg_send_TURN_NOTE(relay_link(), 0, -1, &m);
}

void
turn_say(struct turn *t, const char *p, size_t n)
{
	if (t->out == NULL || n == 0)
		return;
	if (t->newpara && t->said && stream_write(t->out, "\n\n", 2) == -1)
		t->broken = 1;
	t->newpara = 0;
	t->said = 1;
	if (stream_write(t->out, p, n) == -1)
		t->broken = 1;
}

static void
send_done(struct turn *t, enum turn_outcome outcome, const char *why)
{
	struct msg_TURN_DONE	 m;

	memset(&m, 0, sizeof(m));
	m.turn = t->id;
	m.outcome = (uint8_t)outcome;
	m.in = t->used.in;
	m.out = t->used.out;
	m.cached = t->used.cached;
	m.written = t->used.written;
	m.microusd = cost_microusd(&t->used, model_find(t->model));
	m.requests = t->requests;
	m.why = text_of(why, utf8_prefix(why, strlen(why), 511));
	if (msg_send_TURN_DONE(relay_link(), 0, -1, &m) == 0)
		log_warnx("the end of a turn could not be told to the relay");
}

/* --- the end ------------------------------------------------------------- */
/*
 * Whatever was said so far stays in the transcript, and every call gets a
 * result: what came, or that nobody knows.
 */
static void
settle(struct turn *t)
{
	struct buf	 b;
	int		 r = 0;

	if (t->conv == NULL)
		return;
	buf_init(&b);
	if (t->replying) {
		usage_add(&t->used, &t->reply.use);
		if ((r = reply_content(&t->reply, &b)) > 0)
			r = conv_reply(t->conv, b.p, b.len);
		buf_free(&b);
	}
	conv_reply_end(t->conv);
	if (r != -1 && (r = calls_content(t, &b)) > 0)
		r = conv_user(t->conv, b.p, b.len);
	buf_free(&b);
	/* The transcript on disk is mended when it is loaded again. */
	if (r == -1)
		t->conv->stale = 1;
}

static void
turn_free(struct turn *t)
{
	TAILQ_REMOVE(&turns, t, entry);
	api_abort(t);
	calls_free(t);
	if (t->replying) {
		reply_free(&t->reply);
		sse_free(&t->sse);
	}
	if (t->out != NULL)
		stream_finish(t->out, 0);
	if (t->conv != NULL)
		conv_put(t->conv);
	if (t->timer != NULL)
		event_free(t->timer);
	free(t->prompt);
	free(t);
}

static void	 turn_go(struct turn *);

/* The conversation is free: the next turn of it may run. */
static void
wake(uint64_t conv)
{
	struct turn	*t;

	TAILQ_FOREACH(t, &turns, entry)
		if (t->convid == conv && t->st == TU_CONV)
			break;
	if (t != NULL)
		turn_go(t);
}

void
turn_end(struct turn *t, enum turn_outcome outcome, const char *fmt, ...)
{
	char		 why[512];
	uint64_t	 conv = t->convid;
	int		 held = t->conv != NULL;
	va_list		 ap;

	va_start(ap, fmt);
	(void)vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	api_abort(t);
	settle(t);
	if (!t->quiet)
		send_done(t, outcome, why);
	log_debug("turn %llu: outcome %d, %u requests: %s",
	    (unsigned long long)t->id, (int)outcome, t->requests, why);
	turn_free(t);
	if (held && !aborting)
		wake(conv);
	if (!aborting)
		turns_kick();
	agent_idle();
}

/* --- the beginning ------------------------------------------------------- */
static void
turn_go(struct turn *t)
{
	uint64_t	 conv = t->convid;
	int		 r;

	if ((t->conv = conv_get(conv)) == NULL) {
		turn_end(t, TO_BROKEN, "the agent cannot read its transcript;"
		    " the log says more");
		wake(conv);	/* it never held it, but may have been next */
		return;
	}
	conv_mark(t->conv);
	if ((r = resume_prompt(t)) != 0) {
		turn_end(t, r == 1 ? TO_OK : TO_BROKEN, "%s", r == 1 ? "" :
		    "the agent cannot write its transcript (is the disk "
		    "full?); the log says more");
		return;
	}
	if (prompt_stale(t->conv->fresh) &&
	    call_internal(t, "{\"file_path\":\"CLAUDE.md\"}") == 0)
		turn_state(t, TU_PROMPT, 0);
	else
		round_request(t);
}

/* The relay takes no more text; its TURN_STOP or its end follows. */
static void
out_gone(struct stream *s)
{
	struct turn	*t = stream_ctx(s);

	t->out = NULL;
}

static struct turn *
turn_new(const struct msg_TURN_START *m)
{
	static const struct stream_out	 ops = { NULL, out_gone };
	const struct settings		*s = settings();
	struct turn			*t;

	if ((t = calloc(1, sizeof(*t))) == NULL)
		return (NULL);
	t->id = m->turn;
	t->convid = m->conv;
	t->tier = m->tier;
	t->denied = m->denied;
	t->resume = m->resume;
	t->chat = m->chat;
	(void)str_copy(t->model, m->model[0] != '\0' || s->nmodels == 0 ?
	    m->model : s->models[0].model, sizeof(t->model));
	TAILQ_INIT(&t->calls);
	t->deadline = now_ms() + (s->c.turn_ms > 0 ? s->c.turn_ms : DAY_MS);
	t->prompt = text_utf8(m->prompt, &t->promptlen);
	t->timer = evtimer_new(engine_base(), turn_timer, t);
	t->out = stream_write_new(relay_link(), &ops, t);
	TAILQ_INSERT_TAIL(&turns, t, entry);
	if (t->prompt == NULL || t->timer == NULL || t->out == NULL) {
		turn_free(t);
		return (NULL);
	}
	return (t);
}

static void
refuse(const struct msg_TURN_START *m, enum turn_outcome o, const char *why)
{
	struct turn	 t;

	memset(&t, 0, sizeof(t));
	t.id = m->turn;
	send_done(&t, o, why);
}

void
turn_start(const struct msg_TURN_START *m)
{
	struct msg_TURN_BEGUN	 b;
	struct turn		*t, *o;
	unsigned		 n = 0;
	int			 busy = 0;

	TAILQ_FOREACH(o, &turns, entry) {
		n++;
		busy |= o->convid == m->conv;
	}
	if (turn_find(m->turn) != NULL) {
		log_warnx("the relay started turn %llu twice",
		    (unsigned long long)m->turn);
		return;
	}
	if (n >= TURNS_MAX || (t = turn_new(m)) == NULL) {
		refuse(m, n >= TURNS_MAX ? TO_LIMIT : TO_BROKEN,
		    n >= TURNS_MAX ? "too many turns at once; try again in a "
		    "minute" : "the agent is out of memory");
		return;
	}
	b.turn = t->id;
	b.sid = stream_sid(t->out);
	msg_send_TURN_BEGUN(relay_link(), 0, -1, &b);
	if (busy)
		turn_state(t, TU_CONV, 0);
	else
		turn_go(t);
}

void
turn_stop(uint64_t id)
{
	struct turn	*t = turn_find(id);

	if (t != NULL)
		turn_end(t, TO_STOPPED, "stopped");
}

/* As long as a person is asked the deadline moves with the clock. */
void
turn_pause(struct turn *t, int on)
{
	uint64_t	 now = now_ms();

	if (on && t->paused == 0)
		t->paused = now;
	else if (!on && t->paused != 0) {
		t->deadline += now - t->paused;
		t->paused = 0;
	}
	arm(t);
}

void
turn_called(struct turn *t)
{
	struct call	*c = TAILQ_FIRST(&t->calls);

	if (t->st == TU_PROMPT && c != NULL && c->done) {
		prompt_claude_md(c->out.len > 0 ? c->out.p : "", c->out.len,
		    c->is_error || c->kind != OUT_TEXT);
		calls_free(t);
		round_request(t);
	} else if (t->st == TU_TOOLS && t->pending == 0)
		round_results(t);
}

/* --- many at once -------------------------------------------------------- */
/* The relay's link is gone, or we are to stop: settle in silence. */
void
turns_abort(void)
{
	struct turn	*t;

	aborting = 1;
	while ((t = TAILQ_FIRST(&turns)) != NULL) {
		t->quiet = 1;
		turn_end(t, TO_BROKEN, "the relay went away");
	}
	aborting = 0;
}

void
turns_forget(uint64_t conv)
{
	struct turn	*t;

	/* The end of one may be the end of others: look again each time. */
	do {
		TAILQ_FOREACH_REVERSE(t, &turns, turns, entry)
			if (t->convid == conv)
				break;
		if (t != NULL)
			turn_end(t, TO_STOPPED, "the conversation was begun "
			    "afresh");
	} while (t != NULL);
}
