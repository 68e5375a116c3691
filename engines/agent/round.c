/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * One round of a turn: the request, the events of its answer, and what
 * follows: the end, tools, another round, or another try.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "engines/agent/agent.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/text.h"

#define PAUSES_MAX	16
#define SHRINKS_MAX	4
#define THINK_BETA	"interleaved-thinking"
#define THINK_TOKENS	8192

/* --- what the answer says, as it comes ----------------------------------- */
static void
on_text(void *arg, const char *p, size_t n)
{
	turn_say(arg, p, n);
}

static void
on_thinking(void *arg)
{
	turn_note(arg, TN_THINKING, 0);
}

static void
on_search(void *arg)
{
	turn_note(arg, TN_SEARCH, 0);
}

/* The answer so far goes into the transcript; -1 ends the turn. */
static int
keep(struct turn *t)
{
	struct buf	 b;
	int		 n;

	buf_init(&b);
	n = reply_content(&t->reply, &b);
	if (n > 0 && conv_reply(t->conv, b.p, b.len) == -1)
		n = -1;
	buf_free(&b);
	return (n);
}

/* A call starts as soon as it is complete, but never before the transcript
 * knows of it: after a crash nobody may take it for not having run. */
static void
on_tool(void *arg, const struct blk *b)
{
	struct turn	*t = arg;

	if (t->broken)
		return;
	if (keep(t) == -1 || call_model(t, b) == -1)
		t->broken = 1;
}

static const struct reply_cb	 reply_ops = { on_text, on_thinking, on_search,
    on_tool };

static int
on_event(void *arg, const char *p, size_t n)
{
	struct turn	*t = arg;

	return (reply_event(&t->reply, p, n) || t->broken);
}

static void
reply_end(struct turn *t)
{
	if (!t->replying)
		return;
	usage_add(&t->used, &t->reply.use);
	reply_free(&t->reply);
	sse_free(&t->sse);
	t->replying = 0;
}

/* --- asking -------------------------------------------------------------- */
void
round_request(struct turn *t)
{
	static uint64_t	 order;

	turn_state(t, TU_SLOT, 0);
	t->waited = ++order;
	if (slot_wait() != 0)
		turn_note(t, TN_QUEUED, 0);
	turns_kick();		/* t may be gone after this */
}

static int
build(struct turn *t, struct buf *body)
{
	struct request	 r;
	struct buf	 stable, chat;
	int		 ret;

	buf_init(&stable);
	buf_init(&chat);
	prompt_stable(&stable, settings());
	prompt_chat(&chat, t->chat, wall_ms(), t->resume);
	prompt_outbox(&chat, settings()->c.outbox, t->conv->id, t->tier);
	memset(&r, 0, sizeof(r));
	r.model = t->model;
	r.tier = t->tier;
	r.denied = t->denied;
	if (strstr(settings()->c.beta, THINK_BETA) != NULL)
		r.thinking = THINK_TOKENS;
	r.stable = stable.p;
	r.chat = chat.p;
	r.conv = t->conv;
	ret = stable.failed || chat.failed ? -1 : request_build(body, &r);
	buf_free(&stable);
	buf_free(&chat);
	return (ret);
}

static void	 make_room(struct turn *, const char *);

void
round_send(struct turn *t)
{
	struct buf	 body;

	if (t->conv->bytes > CONTEXT_BYTES) {
		make_room(t, "the conversation is too large");
		return;
	}
	buf_init(&body);
	if (build(t, &body) == -1) {
		buf_free(&body);
		turn_end(t, TO_BROKEN, "the agent is out of memory");
		return;
	}
	slot_take();
	/* The state first: the answer must find it. */
	turn_state(t, TU_HEAD, 0);
	if (api_send(t, &body) == -1) {
		round_cut(t, TO_BROKEN, 0, "the gate is not there");
		return;
	}
	t->requests++;
	reply_init(&t->reply, &reply_ops, t);
	sse_init(&t->sse, on_event, t);
	t->replying = 1;
	turn_note(t, TN_MODEL, 0);
}

/* --- another try --------------------------------------------------------- */
static void
try_again(struct turn *t, enum turn_outcome outcome, uint32_t retry_ms,
    const char *why)
{
	uint32_t	 ms, rnd = 0;

	if (getrandom(&rnd, sizeof(rnd), GRND_NONBLOCK) == -1)
		rnd = (uint32_t)now_ms();
	ms = backoff_ms(++t->tries, retry_ms, rnd);
	if (t->tries > TURN_TRIES || now_ms() + ms >= t->deadline) {
		turn_end(t, outcome, "%s (%u tries); try again later", why,
		    t->tries);
		return;
	}
	log_info("turn %llu: %s; asking again in %u ms",
	    (unsigned long long)t->id, why, ms);
	turn_state(t, TU_BACKOFF, ms);
	turn_note(t, outcome == TO_NETWORK ? TN_AWAY : TN_RETRY, ms);
	turns_kick();
}

static void	 wait_tools(struct turn *);

/*
 * The exchange broke.  Nothing shown yet: the same request again.  Text was
 * shown: it becomes a message of its own, and the model is asked to go on.
 * Calls have started: they are waited for, as if the answer had ended there.
 */
void
round_cut(struct turn *t, enum turn_outcome outcome, uint32_t retry_ms,
    const char *why)
{
	static const char	 on[] = "[" CUT_BLOCK "]";
	int			 n = 0, calls = 0;

	if (t->replying) {
		calls = reply_calls(&t->reply);
		n = keep(t);
		conv_reply_end(t->conv);
		reply_end(t);
	}
	if (n == -1 || (n > 0 && calls == 0 &&
	    conv_user(t->conv, on, sizeof(on) - 1) == -1)) {
		turn_end(t, TO_BROKEN, "the agent cannot write its "
		    "transcript; the log says more");
		return;
	}
	if (calls > 0 && t->tries < TURN_TRIES) {
		t->tries++;
		wait_tools(t);
		return;
	}
	try_again(t, outcome, retry_ms, why);
}

/* It did not leave, and trying again is of no use.  A message that nobody read
 * is not to be asked together with the next one. */
void
round_limited(struct turn *t, const char *why)
{
	const char	*out = "";

	reply_end(t);
	if (t->used.in + t->used.cached + t->used.written == 0 &&
	    !t->resume && conv_rewind(t->conv) == 0)
		out = "; your message was left out of the conversation";
	turn_end(t, TO_LIMIT, "%s%s", why, out);
}

static void
make_room(struct turn *t, const char *why)
{
	static const char	 told[] = "_(This conversation has outgrown "
	    "the model; its oldest parts were left out.)_\n\n";
	int			 r;

	r = t->shrunk++ < SHRINKS_MAX ? context_shrink(t->conv) : 0;
	if (r == 1) {
		if (t->shrunk == 1 && !t->said)
			turn_say(t, told, sizeof(told) - 1);
		round_request(t);
	} else
		turn_end(t, TO_CONTEXT, "%s, and nothing more can be left "
		    "out; begin afresh with /new", why);
}

/* The server said no: to the request as a whole, or in mid-stream. */
static void
judged(struct turn *t, unsigned status, uint32_t retry_ms, const char *type,
    const char *text, const char *reqid)
{
	enum turn_outcome	 outcome = TO_SERVER;
	char			 why[384];

	if (status == 200)
		(void)str_format(why, sizeof(why), "the model server broke its "
		    "answer off (%s: %s)", type, text);
	else
		(void)str_format(why, sizeof(why), "the model server answered "
		    "%u%s%s%s%s%s%s", status, *type != '\0' ? ", " : "", type,
		    *text != '\0' ? ": " : "", text,
		    *reqid != '\0' ? ", request " : "", reqid);
	switch (verdict_status(status, type, text, &outcome)) {
	case V_RETRY:
		round_cut(t, outcome, retry_ms, why);
		return;
	case V_CONTEXT:
		if (!TAILQ_EMPTY(&t->calls))
			break;		/* a lie: it has answered already */
		reply_end(t);
		make_room(t, why);
		return;
	case V_FATAL:
		break;
	}
	log_warnx("%s", why);
	reply_end(t);
	/* What it will not read must not stand in every later request. */
	if (status == 400 && outcome == TO_SERVER &&
	    conv_rewind(t->conv) == 0) {
		calls_free(t);
		turn_end(t, outcome, "%s. Your message was left out of the "
		    "conversation", why);
	} else
		turn_end(t, outcome, "%s%s", why, outcome == TO_KEY ?
		    "; the administrator must look at the key" : "");
}

void
round_refused(struct turn *t, unsigned status, uint32_t retry_ms,
    const char *reqid, const char *body, size_t len)
{
	json_t		*v, *e;
	const char	*s;
	char		 type[64] = "", text[256] = "";

	v = json_loadb(body, len, 0, NULL);
	e = json_object_get(v, "error");
	if ((s = json_string_value(json_object_get(e, "type"))) != NULL)
		text_for_log(text_of(s, strlen(s)), type, sizeof(type));
	if ((s = json_string_value(json_object_get(e, "message"))) != NULL)
		text_for_log(text_of(s, strlen(s)), text, sizeof(text));
	json_decref(v);
	/* No event came: nothing was begun. */
	reply_end(t);
	judged(t, status, retry_ms, type, text, reqid);
}

/* --- after the answer ---------------------------------------------------- */
static void
wait_tools(struct turn *t)
{
	turn_state(t, TU_TOOLS, 0);
	if (t->pending == 0)
		round_results(t);
	else
		turns_kick();
}

void
round_results(struct turn *t)
{
	struct buf	 b;
	int		 n;

	buf_init(&b);
	n = calls_content(t, &b);
	calls_free(t);
	if (n > 0)
		n = conv_user(t->conv, b.p, b.len);
	buf_free(&b);
	if (n == -1) {
		t->conv->stale = 1;
		turn_end(t, TO_BROKEN, "the agent cannot write its "
		    "transcript; the log says more");
		return;
	}
	t->newpara = 1;
	round_request(t);
}

static void
refusal(struct turn *t)
{
	const char	*kept = "";

	reply_end(t);
	/* A refused message in the history makes the model refuse on. */
	if (conv_rewind(t->conv) == 0) {
		calls_free(t);
		kept = "; this message was left out of the conversation, put "
		    "it another way";
	}
	turn_end(t, TO_REFUSED, "the model declined to answer%s", kept);
}

static void
full(struct turn *t)
{
	if (context_shrink(t->conv) == 1)
		turn_end(t, TO_CONTEXT, "the answer filled the model's "
		    "memory; the oldest parts of the conversation were left "
		    "out, write \"continue\" to go on");
	else
		turn_end(t, TO_CONTEXT, "the answer filled the model's "
		    "memory; begin afresh with /new");
}

static void
round_done(struct turn *t)
{
	enum stop_reason	 why = t->reply.stop;
	int			 n, calls = reply_calls(&t->reply);

	if (why == SR_REFUSAL) {
		refusal(t);
		return;
	}
	n = keep(t);
	conv_reply_end(t->conv);
	estimate_seen(t->conv, &t->reply.use);
	reply_end(t);
	t->tries = t->shrunk = 0;
	if (n == -1)
		turn_end(t, TO_BROKEN, "the agent cannot write its "
		    "transcript; the log says more");
	else if (calls > 0)
		wait_tools(t);
	else if (why == SR_PAUSE && n > 0 && t->pauses++ < PAUSES_MAX)
		round_request(t);
	else if (why == SR_MAX_TOKENS)
		turn_end(t, TO_MAXTOKENS, "the answer reached its bound of %d "
		    "tokens; write \"continue\" for the rest", MAX_TOKENS);
	else if (why == SR_CONTEXT)
		full(t);
	else {
		conv_final(t->conv);
		turn_end(t, TO_OK, "%s", t->said ? "" :
		    "the model had nothing to say");
	}
}

static void
failed(struct turn *t)
{
	char	 type[64], text[256];

	(void)str_copy(type, t->reply.errtype, sizeof(type));
	text_for_log(text_of(t->reply.errmsg, strlen(t->reply.errmsg)), text,
	    sizeof(text));
	judged(t, 200, 0, type, text, "");
}

void
round_bytes(struct turn *t, const char *p, size_t n)
{
	turn_alive(t);
	if (sse_feed(&t->sse, p, n) == -1) {
		api_abort(t);
		round_cut(t, TO_SERVER, 0, "the model server sent an event "
		    "beyond all bounds");
	} else if (t->broken) {
		turn_end(t, TO_BROKEN, "the agent cannot write its transcript"
		    " or reach the relay; the log says more");
	} else if (t->reply.failed) {
		api_abort(t);
		failed(t);
	} else if (t->reply.stopped) {
		api_detach(t);
		round_done(t);
	}
}
