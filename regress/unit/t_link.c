/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Links and streams over real socket pairs: round trips of every kind of
 * field, descriptors, cut frames, credit, drops, ends, and links that are
 * freed from inside their own handlers.
 */
#include <sys/socket.h>
#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "imsg/link.h"
#include "telclauded/lib/text.h"

#define WINDOW	65536

static struct event_base *base;
static struct link	*relay, *agent;
static int		 nclosed, nviolations, free_in_handler;
static enum msg_verdict	 verdict;
static struct msg_TURN_START turn;
static char		 prompt[32768];
static size_t		 promptlen;
static struct stream	*rd;
static uint8_t		 sink[4u << 20];
static size_t		 nsink;
static int		 end_err = -1, gone, consume = 1;
static unsigned		 rooms;

#define M(id, from, to, ph, kind, rep, fd, doc)				\
static void								\
d_##id(struct link *l, const struct msg_##id *m, struct msg_meta *meta)	\
{									\
	(void)l;							\
	(void)m;							\
	(void)meta;							\
}
MSG_TABLE(M)
#undef M
static struct msg_handlers h = {
#define M(id, from, to, ph, kind, rep, fd, doc)	.id = d_##id,
	MSG_TABLE(M)
#undef M
};

static void
on_turn_start(struct link *l, const struct msg_TURN_START *m,
    struct msg_meta *meta)
{
	const uint8_t	*p;

	(void)meta;
	turn = *m;
	p = text_raw(m->prompt, &promptlen);
	memcpy(prompt, p, promptlen);
	if (free_in_handler) {
		link_free(l);
		agent = NULL;
	}
}

static void
s_data(struct stream *s, const uint8_t *p, size_t n)
{
	assert_true(nsink + n <= sizeof(sink));
	memcpy(sink + nsink, p, n);
	nsink += n;
	if (consume)
		stream_consumed(s, n);
}

static void
s_end(struct stream *s, int err)
{
	assert_ptr_equal(s, rd);
	stream_drop(s);			/* must be harmless here */
	rd = NULL;
	end_err = err;
}

static void
s_room(struct stream *s)
{
	(void)s;
	rooms++;
}

static void
s_gone(struct stream *s)
{
	stream_finish(s, 1);		/* must be harmless here */
	gone++;
}

static const struct stream_in	in_ops = { s_data, s_end };
static const struct stream_out	out_ops = { s_room, s_gone };

static void
on_turn_begun(struct link *l, const struct msg_TURN_BEGUN *m,
    struct msg_meta *meta)
{
	(void)meta;
	rd = stream_read_new(l, m->sid, WINDOW, &in_ops, NULL);
}

static void
on_closed(struct link *l)
{
	nclosed++;
	if (l == relay)
		relay = NULL;
	if (l == agent)
		agent = NULL;
	link_free(l);
}

static void
on_violation(struct link *l, enum msg_verdict v, uint16_t type)
{
	(void)l;
	(void)type;
	nviolations++;
	verdict = v;
}

static const struct link_ops ops = { &h, on_closed, on_violation };

static int
setup(void **state)
{
	int	 sv[2];

	(void)state;
	nclosed = nviolations = gone = free_in_handler = 0;
	nsink = 0;
	rooms = 0;
	consume = 1;
	end_err = -1;
	rd = NULL;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sv) == -1)
		return (-1);
	relay = link_new(base, sv[0], PROC_RELAY, PROC_AGENT,
	    SCOPE_TELEGRAM, &ops, NULL);
	agent = link_new(base, sv[1], PROC_AGENT, PROC_RELAY,
	    SCOPE_TELEGRAM, &ops, NULL);
	return (relay == NULL || agent == NULL ? -1 : 0);
}

static int
teardown(void **state)
{
	(void)state;
	link_free(relay);
	link_free(agent);
	relay = agent = NULL;
	return (0);
}

static void
spin(void)
{
	int	 i;

	for (i = 0; i < 200; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
}

static struct msg_TURN_START
sample(const char *p, size_t n)
{
	struct msg_TURN_START	 m;

	memset(&m, 0, sizeof(m));
	m.turn = 0x0102030405060708;
	m.conv = UINT64_MAX;
	m.tier = 255;
	m.chat = INT64_MIN;
	m.user = -1;
	memcpy(m.model, "claude-x", 9);
	m.prompt = text_of(p, n);
	return (m);
}

static void
test_roundtrip(void **state)
{
	struct msg_TURN_START	 m;
	char			 big[24577];

	(void)state;
	memset(big, 0xff, sizeof(big));
	m = sample(big, 24576);
	assert_int_equal(msg_send_TURN_START(relay, 0, -1, &m), 1);
	spin();
	assert_int_equal(turn.turn, m.turn);
	assert_int_equal(turn.conv, UINT64_MAX);
	assert_int_equal(turn.tier, 255);
	assert_true(turn.chat == INT64_MIN && turn.user == -1);
	assert_string_equal(turn.model, "claude-x");
	assert_int_equal(promptlen, 24576);
	assert_memory_equal(prompt, big, 24576);
	/* One more byte than the row allows is not sent at all. */
	m = sample(big, 24577);
	assert_int_equal(msg_send_TURN_START(relay, 0, -1, &m), 0);
	m = sample("x", 1);
	m.model[0] = '\n';
	assert_int_equal(msg_send_TURN_START(relay, 0, -1, &m), 0);
	memset(m.model, 'a', sizeof(m.model));
	assert_int_equal(msg_send_TURN_START(relay, 0, -1, &m), 0);
	assert_int_equal(nviolations, 0);
}

static void
test_split_bytes(void **state)
{
	struct msg_TURN_START	 m = sample("hello", 5);
	uint8_t			 wire[512];
	ssize_t			 n, i;
	int			 a[2], b[2];
	struct link		*from, *to;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, a), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, b), 0);
	from = link_new(base, a[0], PROC_RELAY, PROC_AGENT, 0, &ops, NULL);
	to = link_new(base, b[1], PROC_AGENT, PROC_RELAY, 0, &ops, NULL);
	msg_send_TURN_START(from, 0, -1, &m);
	msg_send_TURN_START(from, 0, -1, &m);
	n = read(a[1], wire, sizeof(wire));
	assert_true(n > 100);
	promptlen = 0;
	for (i = 0; i < n; i++) {
		assert_int_equal(write(b[0], wire + i, 1), 1);
		event_base_loop(base, EVLOOP_NONBLOCK);
	}
	assert_int_equal(promptlen, 5);
	assert_int_equal(nviolations, 0);
	link_free(from);
	link_free(to);
	close(a[1]);
	close(b[0]);
}

static void
test_free_in_handler(void **state)
{
	struct msg_TURN_START	 m = sample("x", 1);

	(void)state;
	free_in_handler = 1;
	msg_send_TURN_START(relay, 0, -1, &m);
	msg_send_TURN_START(relay, 0, -1, &m);
	spin();
	assert_null(agent);
	assert_null(relay);		/* saw the end of file */
	assert_int_equal(nclosed, 1);
}

/* Begins a stream from agent to relay. */
static struct stream *
begin(void)
{
	struct msg_TURN_BEGUN	 m = { 1, 0 };
	struct stream		*s;

	s = stream_write_new(agent, &out_ops, NULL);
	assert_non_null(s);
	m.sid = stream_sid(s);
	msg_send_TURN_BEGUN(agent, 0, -1, &m);
	assert_int_equal(stream_room(s), STREAM_FIRST);
	spin();
	assert_non_null(rd);
	assert_int_equal(stream_room(s), WINDOW);
	return (s);
}

static void
test_stream_whole(void **state)
{
	static uint8_t	 data[3u << 20];
	struct stream	*s = begin();
	size_t		 i;

	(void)state;
	for (i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7 >> 3);
	assert_int_equal(rooms, 1);
	assert_int_equal(stream_write(s, data, sizeof(data)), 0);
	stream_finish(s, 0);
	spin();
	assert_int_equal(nsink, sizeof(data));
	assert_memory_equal(sink, data, sizeof(data));
	assert_int_equal(end_err, 0);
	assert_int_equal(gone, 0);
}

/* A reader that takes nothing gets one window and no byte more. */
static void
test_stream_credit(void **state)
{
	static uint8_t	 data[1u << 20];
	struct stream	*s = begin();

	(void)state;
	consume = 0;
	assert_int_equal(stream_write(s, data, sizeof(data)), 0);
	spin();
	assert_int_equal(nsink, WINDOW);
	assert_true(link_queued(agent) == 0);
	stream_consumed(rd, WINDOW);
	spin();
	assert_int_equal(nsink, 2 * WINDOW);
	/* and its writer cannot queue without bound */
	while (stream_write(s, data, sizeof(data)) == 0)
		;
	assert_true(link_queued(agent) < WINDOW);
}

static void
test_stream_overrun(void **state)
{
	static uint8_t		 data[STREAM_CHUNK];
	struct msg_STREAM_DATA	 d;
	struct stream		*s = begin();
	int			 i;

	(void)state;
	consume = 0;
	d.sid = stream_sid(s);
	d.data.p = data;
	d.data.len = sizeof(data);
	for (i = 0; i < WINDOW / STREAM_CHUNK + 1; i++)
		msg_send_STREAM_DATA(agent, 0, -1, &d);
	spin();
	assert_int_equal(nviolations, 1);
	assert_int_equal(verdict, MV_CREDIT);
	assert_null(relay);
	assert_int_equal(end_err, 1);	/* the reader heard of the end */
	assert_int_equal(gone, 1);	/* and so did the writer */
}

static void
test_stream_drop(void **state)
{
	struct stream	*s = begin();

	(void)state;
	stream_drop(rd);
	rd = NULL;
	spin();
	assert_int_equal(gone, 1);
	(void)s;
	/* bytes for a stream that is not there are dropped, not a breach */
	assert_int_equal(nviolations, 0);
}

static void
test_stream_link_dies(void **state)
{
	struct stream	*s = begin();

	(void)state;
	(void)s;
	link_free(agent);
	agent = NULL;
	assert_int_equal(gone, 1);
	spin();
	assert_int_equal(end_err, 1);
	assert_null(relay);
}

/*
 * Something that has streams of one link in both directions, and goes away as
 * a whole when it hears of the end of one of them.
 */
struct pair {
	struct stream	*in[2], *out[2];
	int		 keeps;		/* hears of ends and stays */
};
static unsigned	 pair_ends, pair_frees;
static struct link *pair_frees_link;

static void
pair_end(struct stream *s, int err)
{
	struct pair	*p = stream_ctx(s);
	unsigned	 i;

	(void)err;
	pair_ends++;
	if (pair_frees_link != NULL)
		link_free(pair_frees_link);
	for (i = 0; i < 2; i++) {
		if (p->in[i] == s)
			p->in[i] = NULL;
		if (p->out[i] == s)
			p->out[i] = NULL;
	}
	if (p->keeps)
		return;
	for (i = 0; i < 2; i++) {
		if (p->in[i] != NULL)
			stream_drop(p->in[i]);
		if (p->out[i] != NULL)
			stream_finish(p->out[i], 1);
	}
	memset(p, 0xff, sizeof(*p));
	free(p);
	pair_frees++;
}

static void
pair_gone(struct stream *s)
{
	pair_end(s, 1);
}

static const struct stream_in	pair_in = { s_data, pair_end };
static const struct stream_out	pair_out = { NULL, pair_gone };

static struct pair *
pair_new(unsigned nin, unsigned nout)
{
	static uint32_t	 sid = 1000;
	struct pair	*p;
	unsigned	 i;

	assert_non_null(p = calloc(1, sizeof(*p)));
	for (i = 0; i < nin; i++)
		assert_non_null(p->in[i] = stream_read_new(relay, sid++,
		    WINDOW, &pair_in, p));
	for (i = 0; i < nout; i++)
		assert_non_null(p->out[i] = stream_write_new(relay, &pair_out,
		    p));
	pair_ends = pair_frees = 0;
	return (p);
}

static void
test_streams_of_one(void **state)
{
	struct pair	*p;
	unsigned	 nin, nout;

	for (nin = 0; nin <= 2; nin++)
		for (nout = 0; nout <= 2; nout++) {
			if (nin + nout == 0)
				continue;
			(void)pair_new(nin, nout);
			link_free(relay);
			relay = NULL;
			assert_int_equal(pair_ends, 1);
			assert_int_equal(pair_frees, 1);
			(void)teardown(state);
			assert_int_equal(setup(state), 0);
		}
	/* Who stays hears of each. */
	p = pair_new(2, 2);
	p->keeps = 1;
	link_free(relay);
	relay = NULL;
	assert_int_equal(pair_ends, 4);
	free(p);
}

/* The reader dropped it; the writer takes that for a reason to go. */
static void
test_gone_frees_link(void **state)
{
	struct msg_STREAM_CREDIT m = { 0, 0 };
	struct pair	*p = pair_new(1, 2);

	(void)state;
	m.sid = stream_sid(p->out[0]);
	pair_frees_link = relay;
	(void)msg_send_STREAM_CREDIT(agent, 0, -1, &m);
	p->keeps = 1;
	spin();
	pair_frees_link = relay = NULL;
	assert_int_equal(pair_ends, 3);
	free(p);
	assert_int_equal(nviolations, 0);
}

/* Requests: answered once, by the right row, or forgotten. */
static unsigned	 answers;

static void
on_name_addrs(struct link *l, const struct msg_NAME_ADDRS *m,
    struct msg_meta *meta)
{
	(void)l;
	(void)m;
	(void)meta;
	answers++;
}

static void
test_requests(void **state)
{
	struct msg_NAME_NEED	 need;
	struct msg_NAME_ADDRS	 a;
	struct link		*gate, *parent;
	uint32_t		 id;
	int			 sv[2];

	(void)state;
	h.NAME_ADDRS = on_name_addrs;
	answers = 0;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	gate = link_new(base, sv[0], PROC_GATE, PROC_PARENT, 0, &ops, NULL);
	parent = link_new(base, sv[1], PROC_PARENT, PROC_GATE, 0, &ops, NULL);
	memset(&need, 0, sizeof(need));
	memset(&a, 0, sizeof(a));
	a.addrs.n = 2;
	a.addrs.a[0].family = 4;
	a.addrs.a[1].family = 6;
	id = msg_send_NAME_NEED(gate, 0, -1, &need);
	assert_int_not_equal(id, 0);
	assert_int_equal(link_open_requests(gate), 1);
	msg_send_NAME_ADDRS(parent, id, -1, &a);
	msg_send_NAME_ADDRS(parent, id, -1, &a);	/* twice */
	msg_send_NAME_ADDRS(parent, id + 1, -1, &a);	/* to nothing */
	spin();
	assert_int_equal(answers, 1);
	id = msg_send_NAME_NEED(gate, 0, -1, &need);
	link_forget(gate, id);
	msg_send_NAME_ADDRS(parent, id, -1, &a);
	spin();
	assert_int_equal(answers, 1);
	assert_int_equal(nviolations, 0);
	link_free(gate);
	link_free(parent);
}

/* A descriptor arrives once, close-on-exec, and is closed when unclaimed. */
static int	 seen_fd = -1;

static void
on_conf_link(struct link *l, const struct msg_CONF_LINK *m,
    struct msg_meta *meta)
{
	(void)l;
	(void)m;
	seen_fd = meta->fd;
	assert_int_equal(fcntl(meta->fd, F_GETFD), FD_CLOEXEC);
}

static void
test_fd(void **state)
{
	struct msg_CONF_LINK	 m = { PROC_AGENT, 0 };
	struct link		*p;
	int			 sv[2], fd;

	(void)state;
	h.CONF_LINK = on_conf_link;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	p = link_new(base, sv[0], PROC_PARENT, PROC_RELAY, 0, &ops, NULL);
	link_new(base, sv[1], PROC_RELAY, PROC_PARENT, 0, &ops, NULL);
	fd = open("/dev/null", O_RDONLY);
	assert_int_equal(msg_send_CONF_LINK(p, 0, fd, &m), 1);
	assert_int_equal(fcntl(fd, F_GETFD), -1);	/* ours is closed */
	spin();
	assert_int_not_equal(seen_fd, -1);
	assert_int_equal(fcntl(seen_fd, F_GETFD), -1);	/* unclaimed */
	assert_int_equal(nviolations, 0);
	/* a row that needs one, without */
	msg_send_CONF_LINK(p, 0, -1, &m);
	spin();
	assert_int_equal(nviolations, 1);
	assert_int_equal(verdict, MV_FD);
	/* on_closed() freed both: one broke, the other saw its end. */
	assert_int_equal(nclosed, 2);
}

int
main(void)
{
#define T(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_roundtrip), T(test_split_bytes),
		T(test_free_in_handler), T(test_stream_whole),
		T(test_stream_credit), T(test_stream_overrun),
		T(test_stream_drop), T(test_stream_link_dies),
		T(test_streams_of_one), T(test_gone_frees_link),
		T(test_requests), T(test_fd),
	};

	h.TURN_START = on_turn_start;
	h.TURN_BEGUN = on_turn_begun;
	base = event_base_new();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
