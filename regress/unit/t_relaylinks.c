/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Links of the relay that die while several streams of one turn, or of one
 * question, are open; what gate and the agent are is played by this program.
 */
#include <sys/socket.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <event2/event.h>

#include "engines/relay/money/money.h"
#include "engines/relay/screen/observe.h"
#include "engines/relay/screen/screen.h"
#include "engines/relay/turn/turn.h"
#include "regress/unit/relay_world.h"
#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"

static void
loop(void)
{
	int	i;

	for (i = 0; i < 12; i++)
		(void)event_base_loop(relay.base, EVLOOP_NONBLOCK);
}

/* --- the agent ----------------------------------------------------------- */
static unsigned	 gone;

static void
on_gone(struct stream *s)
{
	(void)s;
	gone++;
}

static struct stream *
stream(void)
{
	static const struct stream_out	 ops = { NULL, on_gone };
	struct stream			*s;

	s = stream_write_new(far_agent, &ops, NULL);
	assert_non_null(s);
	return (s);
}

static struct stream *
begun(void)
{
	struct msg_TURN_BEGUN	 m;
	struct stream		*s = stream();

	m.turn = world.turn;
	m.sid = stream_sid(s);
	msg_send_TURN_BEGUN(far_agent, 0, -1, &m);
	loop();
	return (s);
}

static void
call(void)
{
	struct msg_TOOL_CALL	 m;

	memset(&m, 0, sizeof(m));
	m.turn = world.turn;
	m.call = 1;
	m.tool = TOOL_READ;
	m.size = 100;
	m.sid = stream_sid(stream());
	msg_send_TOOL_CALL(far_agent, 0, -1, &m);
	loop();
}

static void
done(void)
{
	struct msg_TURN_DONE	 m;

	memset(&m, 0, sizeof(m));
	m.turn = world.turn;
	m.outcome = TO_OK;
	m.why = text_of("", 0);
	msg_send_TURN_DONE(far_agent, 0, -1, &m);
	loop();
}

/* Its text ends while a call is open; then it begins once more. */
static void
t_begins_twice(void)
{
	world_live();
	world_say(5, "work");
	stream_finish(begun(), 0);
	call();
	world_say(5, "/stop");
	assert_int_equal(world.stops, 1);
	assert_int_equal(gone, 0);
	(void)begun();
	/* Once: the relay takes no interest in the second stream. */
	assert_int_equal(gone, 1);
	world_agent_dies();
	assert_int_equal(turn_running(), 0);
}

/* It was over, its text was not, and the agent dies with a call open. */
static void
t_dies_when_done(void)
{
	world_live();
	world_say(5, "work");
	(void)begun();
	call();
	world_say(5, "waits");
	assert_int_equal(world.nturns, 1);
	done();
	assert_int_equal(turn_running(), 1);
	world_agent_dies();
	assert_int_equal(turn_running(), 0);
	/* What waits is not begun by a link that is no more. */
	assert_int_equal(world_count("sendMessage", "I was restarted while"),
	    1);
	world_agent_back();
	assert_int_equal(world.nturns, 2);
	assert_string_equal(world.prompt, "waits");
	world_begin();
	world_text("here");
	world_done(TO_OK);
	assert_true(world_sent("sendMessage", "here"));
}

/* --- gate ---------------------------------------------------------------- */
static struct link	*far_gate;
static struct stream	*question;
static uint32_t		 req;
static unsigned		 reqs, answers;

static void
q_data(struct stream *s, const uint8_t *p, size_t n)
{
	/* Never more credit than it began with. */
	(void)s;
	(void)p;
	(void)n;
}

static void
on_req(struct link *l, const struct msg_API_REQ *m, struct msg_meta *meta)
{
	static const struct stream_in	 ops = { q_data, NULL };

	(void)meta;
	reqs++;
	req = m->req;
	question = stream_read_new(l, m->sid, STREAM_FIRST, &ops, NULL);
	assert_non_null(question);
}

static void
on_abort(struct link *l, const struct msg_API_ABORT *m, struct msg_meta *meta)
{
	(void)l;
	(void)m;
	(void)meta;
	fail();
}

static void
on_grant(struct link *l, const struct msg_SPEND_GRANT *m,
    struct msg_meta *meta)
{
	(void)l;
	(void)m;
	(void)meta;
	fail();
}

static void
near_closed(struct link *l)
{
	relay.gate = NULL;
	spend_gate_gone();
	observe_link_closed();
	link_free(l);
}

static void
gate_up(void)
{
	static const struct msg_handlers near = { .SPEND_NEED = spend_on_need,
	    .SPEND_DONE = spend_on_done, .API_HEAD = observe_on_head,
	    .API_DONE = observe_on_done };
	static const struct msg_handlers far = { .SPEND_GRANT = on_grant,
	    .API_REQ = on_req, .API_ABORT = on_abort };
	static const struct link_ops near_ops = { &near, near_closed, NULL };
	static const struct link_ops far_ops = { &far, NULL, NULL };
	int	fd[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	relay.gate = link_new(relay.base, fd[0], PROC_RELAY, PROC_GATE,
	    SCOPE_NONE, &near_ops, NULL);
	far_gate = link_new(relay.base, fd[1], PROC_GATE, PROC_RELAY,
	    SCOPE_NONE, &far_ops, NULL);
	assert_non_null(relay.gate);
	assert_non_null(far_gate);
	observe_link_up();
}

static void
answered(void *ctx, const char *body, size_t len, const char *why, int unpaid)
{
	(void)len;
	assert_false(unpaid);
	assert_ptr_equal(ctx, &answers);
	assert_null(body);
	assert_non_null(why);
	answers++;
}

/* gate lets the question wait, answers it, and dies before both ended. */
static void
t_gate_dies_when_done(void)
{
	static char		 text[4 * STREAM_FIRST];
	struct msg_API_HEAD	 h = { .status = 200 };
	struct msg_API_DONE	 d = { .err = 0 };
	struct stream		*s;
	struct buf		 body;
	unsigned		 i;

	world_live();
	gate_up();
	memset(text, ' ', sizeof(text));
	for (i = 0; i < 8; i++) {
		buf_init(&body);
		assert_int_equal(buf_add(&body, text, sizeof(text)), 0);
		assert_non_null(exchange_new(1, &body, 60000, answered,
		    &answers));
		loop();
		assert_int_equal(reqs, i + 1);
		s = stream_write_new(far_gate, NULL, NULL);
		assert_non_null(s);
		h.req = d.req = req;
		h.sid = stream_sid(s);
		d.why = text_of("", 0);
		msg_send_API_HEAD(far_gate, 0, -1, &h);
		msg_send_API_DONE(far_gate, 0, -1, &d);
		loop();
		assert_int_equal(answers, 0);
	}
	link_free(far_gate);
	loop();
	assert_null(relay.gate);
	assert_int_equal(answers, 8);
	gate_up();
	loop();
	assert_int_equal(reqs, 8);	/* none is asked again */
}

static void (*const fns[])(void) = {
	t_begins_twice,
	t_dies_when_done,
	t_gate_dies_when_done,
};

int
main(void)
{
	static const char *const names[NELEM(fns)] = {
		"t_begins_twice",
		"t_dies_when_done",
		"t_gate_dies_when_done",
	};

	return (world_main(fns, names, NELEM(fns)));
}
