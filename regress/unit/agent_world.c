/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The far ends: a relay that starts turns and answers calls, a gate that
 * answers requests, both by script.  And what agent.c gives to the rest.
 */
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engines/agent/store.h"
#include "engines/common/engine.h"
#include "engines/common/http.h"
#include "regress/unit/agent_world.h"
#include "telclauded/lib/text.h"

struct world	 w;

/* --- what agent.c and engine.c give -------------------------------------- */
const struct settings *
settings(void)
{
	return (&w.set);
}

struct link *
relay_link(void)
{
	return (w.relay);
}

struct link *
gate_link(void)
{
	return (w.gate);
}

const struct msg_CONF_MODEL *
model_find(const char *name)
{
	return (strcmp(name, w.set.models[0].model) == 0 ?
	    &w.set.models[0] : NULL);
}

void
agent_idle(void)
{
}

struct event_base *
engine_base(void)
{
	return (w.base);
}

/* The real one is tested apart: here nobody waits for half seconds. */
uint32_t
backoff_ms(unsigned tries, uint32_t retry_ms, uint32_t rnd)
{
	(void)tries;
	(void)rnd;
	return (retry_ms > 0 ? retry_ms : 1);
}

/* --- the agent's ends ---------------------------------------------------- */
static void
a_turn_start(struct link *l, const struct msg_TURN_START *m,
    struct msg_meta *meta)
{
	(void)l;
	(void)meta;
	turn_start(m);
}

static void
a_turn_stop(struct link *l, const struct msg_TURN_STOP *m,
    struct msg_meta *meta)
{
	(void)l;
	(void)meta;
	turn_stop(m->turn);
}

static void
a_conv_reset(struct link *l, const struct msg_CONV_RESET *m,
    struct msg_meta *meta)
{
	(void)l;
	(void)meta;
	turns_forget(m->conv);
	assert_int_equal(conv_reset(m->conv), 0);
}

static void
a_tool_result(struct link *l, const struct msg_TOOL_RESULT *m,
    struct msg_meta *meta)
{
	(void)meta;
	calls_result(l, m);
}

static void
a_api_head(struct link *l, const struct msg_API_HEAD *m,
    struct msg_meta *meta)
{
	(void)meta;
	api_head(l, m);
}

static void
a_api_done(struct link *l, const struct msg_API_DONE *m,
    struct msg_meta *meta)
{
	(void)l;
	(void)meta;
	api_done(m);
}

static void
a_closed(struct link *l)
{
	int	 is_relay = l == w.relay;

	if (is_relay)
		w.relay = NULL;
	else
		w.gate = NULL;
	link_free(l);
	if (is_relay)
		turns_abort();
	else
		api_gate_lost();
}

static void
broke(struct link *l, enum msg_verdict v, uint16_t type)
{
	(void)l;
	fail_msg("violation: %s by %s", msg_verdict_name(v), msg_name(type));
}

/* --- the far relay ------------------------------------------------------- */
static void
f_text(struct stream *s, const uint8_t *p, size_t n)
{
	buf_add(&w.text, p, n);
	stream_consumed(s, n);
}

static void
f_text_end(struct stream *s, int err)
{
	(void)s;
	(void)err;
	w.textend++;
}

static const struct stream_in	 text_ops = { f_text, f_text_end };

static void
f_begun(struct link *l, const struct msg_TURN_BEGUN *m, struct msg_meta *meta)
{
	(void)meta;
	w.begun++;
	assert_non_null(stream_read_new(l, m->sid, 65536, &text_ops, NULL));
}

static void
f_note(struct link *l, const struct msg_TURN_NOTE *m, struct msg_meta *meta)
{
	(void)l;
	(void)meta;
	assert_true(m->note < TN_MAX);
	w.notes[m->note]++;
}

static void
f_done(struct link *l, const struct msg_TURN_DONE *m, struct msg_meta *meta)
{
	(void)l;
	(void)meta;
	w.end = *m;
	text_for_log(m->why, w.why, sizeof(w.why));
	w.ndone++;
	w.done = 1;
}

struct fcall {
	uint64_t	 turn;
	uint32_t	 call;
	int		 internal;
	uint8_t		 tool;
	size_t		 size;
	struct buf	 args;
};

static void
f_result(struct fcall *c, const struct outcome *o)
{
	struct msg_TOOL_RESULT	 m;
	struct stream		*s;
	size_t			 n = o->len > 0 ? o->len : strlen(o->out);
	size_t			 k;

	s = stream_write_new(w.frelay, NULL, NULL);
	assert_non_null(s);
	memset(&m, 0, sizeof(m));
	m.turn = c->turn;
	m.call = c->call;
	m.is_error = (uint8_t)o->is_error;
	m.kind = o->kind;
	if (o->mime != NULL)
		(void)str_copy(m.mime, o->mime, sizeof(m.mime));
	m.sid = stream_sid(s);
	assert_int_not_equal(msg_send_TOOL_RESULT(w.frelay, 0, -1, &m), 0);
	for (k = 0; k < n; k += 1u << 20)
		assert_int_equal(stream_write(s, o->out + k,
		    MINIMUM(n - k, (size_t)1 << 20)), 0);
	stream_finish(s, 0);
}

static void
f_args(struct stream *s, const uint8_t *p, size_t n)
{
	struct fcall	*c = stream_ctx(s);

	buf_add(&c->args, p, n);
	stream_consumed(s, n);
}

static void
f_args_end(struct stream *s, int err)
{
	static const struct outcome	 ok = { .out = "done" };
	static const struct outcome	 none = { .out = "no such file",
	    .is_error = 1 };
	struct fcall			*c = stream_ctx(s);
	const struct outcome		*o = c->internal ? &none : &ok;
	unsigned			 i;

	if (err != 0) {
		/* The test broke the link in between. */
		buf_free(&c->args);
		free(c);
		return;
	}
	assert_int_equal(c->args.len, c->size);
	for (i = 0; i < w.noutcomes; i++)
		if (strstr(c->args.p, w.outcomes[i].args) != NULL)
			o = &w.outcomes[i];
	if (!c->internal) {
		assert_true(w.ncalls < NELEM(w.args));
		w.callids[w.ncalls] = c->call;
		w.tools[w.ncalls] = c->tool;
		w.args[w.ncalls++] = strdup(c->args.p);
	}
	if (!o->never)
		f_result(c, o);
	buf_free(&c->args);
	free(c);
}

static const struct stream_in	 args_ops = { f_args, f_args_end };

static void
f_call(struct link *l, const struct msg_TOOL_CALL *m, struct msg_meta *meta)
{
	struct fcall	*c = calloc(1, sizeof(*c));

	(void)meta;
	assert_non_null(c);
	c->turn = m->turn;
	c->call = m->call;
	c->internal = m->internal;
	c->size = m->size;
	buf_init(&c->args);
	if (m->internal)
		w.ninternal++;
	c->tool = m->tool;
	assert_non_null(stream_read_new(l, m->sid, 65536, &args_ops, c));
}

/* --- the far gate -------------------------------------------------------- */
static void
f_answer(const struct answer *a)
{
	struct msg_API_HEAD	 h;
	struct msg_API_DONE	 d;
	struct stream		*s;
	size_t			 n, k, piece;

	memset(&d, 0, sizeof(d));
	d.req = w.apireq;
	d.err = a->cut || a->status == 0 ? 3 : 0;
	if (a->limit)
		d.err = HE_LIMIT;
	d.why = text_of("cut by the test", d.err ? 15 : 0);
	if (a->status != 0) {
		s = stream_write_new(w.fgate, NULL, NULL);
		assert_non_null(s);
		memset(&h, 0, sizeof(h));
		h.req = w.apireq;
		h.status = (uint16_t)a->status;
		h.retry_ms = a->retry_ms;
		(void)str_copy(h.reqid, "req_test", sizeof(h.reqid));
		h.sid = stream_sid(s);
		msg_send_API_HEAD(w.fgate, 0, -1, &h);
		n = strlen(a->body);
		piece = a->piece > 0 ? a->piece : 65536;
		for (k = 0; k < n; k += piece)
			stream_write(s, a->body + k, MINIMUM(piece, n - k));
		if (a->hold)
			return;
		stream_finish(s, a->cut);
	}
	msg_send_API_DONE(w.fgate, 0, -1, &d);
}

struct fbody {
	uint32_t	 req;
	size_t		 size;
	struct buf	 b;
};

static void
f_body(struct stream *s, const uint8_t *p, size_t n)
{
	struct fbody	*f = stream_ctx(s);

	buf_add(&f->b, p, n);
	stream_consumed(s, n);
}

static void
f_body_end(struct stream *s, int err)
{
	static const struct answer	 enough = { .status = 400,
	    .body = "{\"error\":{\"type\":\"invalid_request_error\","
	    "\"message\":\"the script has ended\"}}" };
	struct fbody	*f = stream_ctx(s);
	json_error_t	 e;
	const char	*why;
	json_t		*r;

	if (err == 0) {
		assert_int_equal(f->b.len, f->size);
		r = json_loadb(f->b.p, f->b.len, JSON_REJECT_DUPLICATES, &e);
		why = r == NULL ? e.text : request_check(r);
		if (why != NULL) {
			w.invalid++;
			(void)str_copy(w.invalidwhy, why,
			    sizeof(w.invalidwhy));
			print_error("refused: %s\n%s\n", why, f->b.p);
		}
		assert_true(w.nrequests < NELEM(w.reqs));
		w.reqs[w.nrequests] = r;
		w.apireq = f->req;
		f_answer(w.nrequests < w.nanswers ?
		    &w.answers[w.nrequests] : &enough);
		w.nrequests++;
	}
	buf_free(&f->b);
	free(f);
}

static const struct stream_in	 body_ops = { f_body, f_body_end };

static void
f_req(struct link *l, const struct msg_API_REQ *m, struct msg_meta *meta)
{
	struct fbody	*f = calloc(1, sizeof(*f));

	(void)meta;
	assert_non_null(f);
	f->req = m->req;
	f->size = m->size;
	w.tokens_in = m->tokens_in;
	buf_init(&f->b);
	assert_int_equal(m->path, AP_MESSAGES);
	assert_non_null(stream_read_new(l, m->sid, 65536, &body_ops, f));
}

static void
f_abort(struct link *l, const struct msg_API_ABORT *m, struct msg_meta *meta)
{
	(void)l;
	(void)meta;
	(void)m;
	w.aborts++;
}

/* --- wiring -------------------------------------------------------------- */
#define NOBODY(id)							\
static void								\
no_##id(struct link *l, const struct msg_##id *m, struct msg_meta *meta) \
{									\
	(void)l;							\
	(void)m;							\
	(void)meta;							\
}
NOBODY(LOG)
NOBODY(TURN_PAUSE)

static const struct msg_handlers	 a_relay = {
	.TURN_START = a_turn_start, .TURN_STOP = a_turn_stop,
	.CONV_RESET = a_conv_reset, .TOOL_RESULT = a_tool_result,
	.TURN_PAUSE = no_TURN_PAUSE,
};
static const struct msg_handlers	 a_gate = {
	.API_HEAD = a_api_head, .API_DONE = a_api_done,
};
static const struct msg_handlers	 f_relay = {
	.TURN_BEGUN = f_begun, .TURN_NOTE = f_note, .TURN_DONE = f_done,
	.TOOL_CALL = f_call, .LOG = no_LOG,
};
static const struct msg_handlers	 f_gate = {
	.API_REQ = f_req, .API_ABORT = f_abort,
};
static const struct link_ops	 a_relay_ops = { &a_relay, a_closed, broke };
static const struct link_ops	 a_gate_ops = { &a_gate, a_closed, broke };
static const struct link_ops	 f_relay_ops = { &f_relay, NULL, broke };
static const struct link_ops	 f_gate_ops = { &f_gate, NULL, broke };

void
world_far(enum proc peer, int fd)
{
	int	 r = peer == PROC_RELAY;

	*(r ? &w.frelay : &w.fgate) = link_new(w.base, fd, peer,
	    PROC_AGENT, SCOPE_TELEGRAM, r ? &f_relay_ops : &f_gate_ops, NULL);
	assert_non_null(r ? w.frelay : w.fgate);
}

static void
wire(enum proc peer)
{
	int	 sv[2], r = peer == PROC_RELAY;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	*(r ? &w.relay : &w.gate) = link_new(w.base, sv[0], PROC_AGENT, peer,
	    SCOPE_TELEGRAM, r ? &a_relay_ops : &a_gate_ops, NULL);
	assert_non_null(r ? w.relay : w.gate);
	world_far(peer, sv[1]);
}

static int
agent_end_gone(void)
{
	return (w.relay == NULL || w.gate == NULL);
}

void
world_relink(enum proc peer)
{
	struct link	*l = peer == PROC_RELAY ? w.frelay : w.fgate;

	link_free(l);
	world_run(agent_end_gone, 1000);
	wire(peer);
}

void
world_restart(void)
{
	struct link	*r = w.relay, *g = w.gate;

	/* As after kill -9: nothing is told to anybody. */
	w.relay = w.gate = NULL;
	link_free(r);
	link_free(g);
	link_free(w.frelay);
	link_free(w.fgate);
	turns_abort();
	conv_flush();
	store_close();
	assert_int_equal(store_open(w.dir), 0);
	wire(PROC_RELAY);
	wire(PROC_GATE);
}

int
world_setup(void **state)
{
	struct msg_CONF_MODEL	*m;

	(void)state;
	memset(&w, 0, sizeof(w));
	w.base = event_base_new();
	assert_non_null(w.base);
	(void)str_copy(w.dir, "/tmp/t_agent.XXXXXX", sizeof(w.dir));
	assert_non_null(mkdtemp(w.dir));
	assert_int_equal(store_open(w.dir), 0);
	(void)str_copy(w.set.c.host, "pine", sizeof(w.set.c.host));
	(void)str_copy(w.set.c.workspace, "/srv/w",
	    sizeof(w.set.c.workspace));
	w.set.c.turn_ms = 20000;
	w.set.c.parallel = 4;
	m = &w.set.models[0];
	w.set.nmodels = 1;
	(void)str_copy(m->model, "claude-test", sizeof(m->model));
	m->in_nano = 3000;
	m->out_nano = 15000;
	m->cached_nano = 300;
	m->written_nano = 3750;
	wire(PROC_RELAY);
	wire(PROC_GATE);
	return (0);
}

void
world_fresh(void)
{
	unsigned	 i;

	for (i = 0; i < w.nrequests; i++)
		json_decref(w.reqs[i]);
	for (i = 0; i < w.ncalls; i++)
		free(w.args[i]);
	w.nrequests = w.ncalls = w.nanswers = w.ninternal = 0;
	memset(w.answers, 0, sizeof(w.answers));
	memset(w.notes, 0, sizeof(w.notes));
	buf_free(&w.text);
	buf_init(&w.text);
	w.done = w.begun = w.textend = w.aborts = 0;
	w.ndone = 0;
	w.outcomes = NULL;
	w.noutcomes = 0;
}

int
world_teardown(void **state)
{
	char	 path[128];

	(void)state;
	world_fresh();
	link_free(w.frelay);
	link_free(w.fgate);
	if (w.relay != NULL)
		link_free(w.relay);
	if (w.gate != NULL)
		link_free(w.gate);
	w.relay = w.gate = NULL;
	turns_abort();
	api_gate_lost();
	conv_flush();
	store_close();
	(void)str_format(path, sizeof(path), "%s/transcript.db", w.dir);
	unlink(path);
	(void)str_format(path, sizeof(path), "%s/transcript.db-wal", w.dir);
	unlink(path);
	rmdir(w.dir);
	event_base_free(w.base);
	return (0);
}

/* --- for the tests ------------------------------------------------------- */
void
world_answer(unsigned status, const char *body)
{
	struct answer	*a = &w.answers[w.nanswers++];

	assert_true(w.nanswers <= ANSWERS);
	memset(a, 0, sizeof(*a));
	a->status = status;
	a->body = body;
}

struct answer *
world_last(void)
{
	return (&w.answers[w.nanswers - 1]);
}

void
world_start(uint64_t turn, uint64_t conv, const char *prompt)
{
	struct msg_TURN_START	 m;

	memset(&m, 0, sizeof(m));
	m.turn = turn;
	m.conv = conv;
	m.tier = TIER_FULL_ACCESS;
	m.chat = 77;
	m.prompt = text_of(prompt, strlen(prompt));
	assert_int_not_equal(msg_send_TURN_START(w.frelay, 0, -1, &m), 0);
}

void
world_run(int (*until)(void), int ms)
{
	uint64_t	 end = now_ms() + (uint64_t)ms;
	struct timeval	 tv = { 0, 10000 };

	while (!until()) {
		if (now_ms() > end)
			fail_msg("it did not happen within %d ms", ms);
		event_base_loopexit(w.base, &tv);
		event_base_loop(w.base, EVLOOP_ONCE);
	}
}

int
world_turn_done(void)
{
	return (w.done && w.textend);
}

void
world_turn(uint64_t turn, uint64_t conv, const char *prompt)
{
	w.done = w.textend = 0;
	world_start(turn, conv, prompt);
	world_run(world_turn_done, 5000);
	if (w.invalid)
		fail_msg("invalid request: %s", w.invalidwhy);
	if (w.text.p == NULL)
		buf_puts(&w.text, "");
}

json_t *
world_request(void)
{
	assert_true(w.nrequests > 0);
	return (w.reqs[w.nrequests - 1]);
}

const char *
world_message(int i)
{
	static char	 out[8192];
	const json_t	*ms = json_object_get(world_request(), "messages");
	const json_t	*m;
	const char	*s;
	json_t		*b;
	size_t		 k;

	m = json_array_get(ms, i < 0 ? json_array_size(ms) - (size_t)-i :
	    (size_t)i);
	s = json_string_value(json_object_get(m, "role"));
	(void)str_format(out, sizeof(out), "%.1s:", s != NULL ? s : "?");
	json_array_foreach(json_object_get(m, "content"), k, b) {
		if ((s = json_string_value(json_object_get(b, "text"))) ==
		    NULL)
			s = json_string_value(json_object_get(b, "type"));
		(void)str_format(out + strlen(out), sizeof(out) - strlen(out),
		    "%s%s", k > 0 ? "|" : "", s);
	}
	return (out);
}

const char *
sse(const char *first, ...)
{
	static char	*kept[64];
	static unsigned	 n;
	struct buf	 b;
	const char	*s;
	va_list		 ap;

	buf_init(&b);
	va_start(ap, first);
	for (s = first; s != NULL; s = va_arg(ap, const char *))
		buf_printf(&b, "event: x\ndata: %s\n\n", s);
	va_end(ap);
	/* Enough for one test; the oldest goes. */
	n = (n + 1) % NELEM(kept);
	free(kept[n]);
	kept[n] = b.p;
	return (b.p);
}
