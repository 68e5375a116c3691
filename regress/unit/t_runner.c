/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Jobs of the runner between a scripted relay, a scripted parent and the
 * bytes of a tool.
 */
#include <sys/socket.h>

#include <endian.h>
#include <event2/event.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "engines/common/engine.h"
#include "engines/runner/rjob.h"
#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"

static struct event_base *base;
static struct link	*parent_link;		/* the runner's end */
static struct link	*as_relay, *as_parent;	/* the far ends */
static struct {
	unsigned	 heads, dones, kills, ends, drained;
	struct msg_RUN_HEAD head;
	struct msg_RUN_DONE done;
	struct msg_TOOL_KILL kill;
	char		 note[600], cwd[4200];
	struct buf	 text;
	int		 end_err;
	uint32_t	 window;	/* 0: take all */
	struct stream	*stream;
} seen;

struct event_base *
engine_base(void)
{
	return (base);
}

struct link *
engine_parent(void)
{
	return (parent_link);
}

void
engine_drained(void)
{
	seen.drained++;
}

static void
in_data(struct stream *s, const uint8_t *p, size_t n)
{
	(void)buf_add(&seen.text, p, n);
	if (seen.window == 0)
		stream_consumed(s, n);
}

static void
in_end(struct stream *s, int err)
{
	(void)s;
	seen.ends++;
	seen.end_err = err;
}

static const struct stream_in in_ops = { in_data, in_end };

static void
on_RUN_HEAD(struct link *l, const struct msg_RUN_HEAD *m, struct msg_meta *mt)
{
	(void)mt;
	seen.heads++;
	seen.head = *m;
	seen.stream = stream_read_new(l, m->sid, seen.window ? seen.window :
	    65536, &in_ops, NULL);
}

static void
on_RUN_DONE(struct link *l, const struct msg_RUN_DONE *m, struct msg_meta *mt)
{
	(void)l;
	(void)mt;
	seen.dones++;
	seen.done = *m;
	(void)text_for_log(m->note, seen.note, sizeof(seen.note));
	(void)text_for_log(m->cwd, seen.cwd, sizeof(seen.cwd));
}

static void
on_TOOL_KILL(struct link *l, const struct msg_TOOL_KILL *m,
    struct msg_meta *mt)
{
	(void)l;
	(void)mt;
	seen.kills++;
	seen.kill = *m;
}

static void
got_log(struct link *l, const struct msg_LOG *m, struct msg_meta *mt)
{
	(void)l;
	(void)m;
	(void)mt;
}

/* The two ends of our links take all rows; only these are used. */
static void
nothing(void)
{
}

static void
fill(struct msg_handlers *h)
{
	void (**v)(void) = (void (**)(void))(void *)h;
	size_t i;

	for (i = 0; i < sizeof(*h) / sizeof(*v); i++)
		if (v[i] == NULL)
			v[i] = nothing;
}

static void
closed(struct link *l)
{
	if (l == relay) {
		relay = NULL;
		link_free(l);
		rjobs_abandon();
	} else {
		if (l == as_relay)
			as_relay = NULL;
		link_free(l);
	}
}

static void
violation(struct link *l, enum msg_verdict v, uint16_t type)
{
	(void)l;
	fail_msg("violation %s by %s", msg_verdict_name(v), msg_name(type));
}

static void
pair(enum proc a, enum proc b, struct link **la, struct link **lb)
{
	static struct msg_handlers h = { .RUN_HEAD = on_RUN_HEAD,
	    .RUN_DONE = on_RUN_DONE, .TOOL_KILL = on_TOOL_KILL,
	    .LOG = got_log };
	static struct link_ops ops;
	int sv[2];

	fill(&h);
	ops.handlers = &h;
	ops.closed = closed;
	ops.violation = violation;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	*la = link_new(base, sv[0], a, b, SCOPE_TELEGRAM, &ops, NULL);
	*lb = link_new(base, sv[1], b, a, SCOPE_TELEGRAM, &ops, NULL);
	assert_non_null(*la);
	assert_non_null(*lb);
}

static int
setup(void **state)
{
	(void)state;
	memset(&seen, 0, sizeof(seen));
	buf_init(&seen.text);
	base = event_base_new();
	pair(PROC_RUNNER, PROC_RELAY, &relay, &as_relay);
	pair(PROC_RUNNER, PROC_PARENT, &parent_link, &as_parent);
	return (0);
}

static int
teardown(void **state)
{
	struct link *l = relay;

	(void)state;
	relay = NULL;
	link_free(l);
	rjobs_abandon();
	link_free(as_relay);
	link_free(parent_link);
	link_free(as_parent);
	event_base_free(base);
	buf_free(&seen.text);
	return (0);
}

static void
turn(unsigned ms)
{
	struct timeval tv = { 0, (suseconds_t)ms * 1000 };

	event_base_loopexit(base, &tv);
	event_base_dispatch(base);
}

static void
frame(int fd, uint8_t type, const void *p, uint32_t len)
{
	uint32_t be = htobe32(len);

	assert_int_equal(write(fd, &type, 1), 1);
	assert_int_equal(write(fd, &be, 4), 4);
	if (len > 0)
		assert_int_equal(write(fd, p, len), len);
}

static void
head(int fd)
{
	frame(fd, FRAME_HEAD, "\0\0text/plain", 12);
}

static void
end(int fd, char is_error)
{
	char b[] = "\0\0\0\3abc/srv";

	b[0] = is_error;
	frame(fd, FRAME_END, b, sizeof(b) - 1);
}

static void
gone(uint64_t id, int sig, int code)
{
	struct msg_TOOL_EXIT m = { .job = id, .signalled = sig != 0,
	    .code = (uint8_t)(sig ? sig : code), .ms = 7 };
	struct rjob *j = rjob_find(id);

	if (j != NULL)
		rjob_exit(j, &m);
}

/* The parent tells of the exit (x) after it gave the descriptor (o); the
 * relay's order (j) comes at any time.  The exit is not waited for. */
static void
t_orders(void **state)
{
	static const char *const orders[] = { "jox", "ojx", "oxj" };
	const char *p;
	unsigned i;
	int sv[2];

	(void)state;
	for (i = 0; i < NELEM(orders); i++) {
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
		head(sv[1]);
		frame(sv[1], FRAME_DATA, "hello", 5);
		end(sv[1], 0);
		close(sv[1]);
		seen.heads = seen.dones = seen.ends = seen.kills = 0;
		seen.text.len = 0;
		for (p = orders[i]; *p != '\0'; p++) {
			struct rjob *j = rjob_find(1);

			if (j == NULL && *p != 'x')
				j = rjob_new(1);
			if (*p == 'j')
				rjob_order(j, 5000, 1000);
			else if (*p == 'o')
				rjob_output(j, sv[0]);
			else
				gone(1, 0, 0);
			turn(10);
		}
		turn(10);
		assert_int_equal(seen.heads, 1);
		assert_int_equal(seen.dones, 1);
		assert_int_equal(seen.ends, 1);
		assert_int_equal(seen.end_err, 0);
		assert_int_equal(seen.text.len, 5);
		assert_int_equal(seen.done.outcome, RO_OK);
		assert_int_equal(seen.done.is_error, 0);
		assert_true(seen.done.ms <= 1000);
		/* What goes on after its last word is killed. */
		assert_int_equal(seen.kills, p[-2] == 'x' ? 0 : 1);
		assert_string_equal(seen.note, "abc");
		assert_string_equal(seen.cwd, "/srv");
		assert_null(rjob_find(1));
	}
}

static int
begin(uint64_t id, uint32_t time_ms, uint32_t max)
{
	struct rjob *j = rjob_new(id);
	int sv[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	rjob_order(j, time_ms, max);
	rjob_output(j, sv[0]);
	return (sv[1]);
}

static void
t_output_limit(void **state)
{
	char block[8192];
	int fd = begin(2, 5000, 10000);
	unsigned i;

	(void)state;
	memset(block, 'x', sizeof(block));
	head(fd);
	for (i = 0; i < 3; i++)
		frame(fd, FRAME_DATA, block, sizeof(block));
	turn(20);
	assert_int_equal(seen.kills, 1);
	assert_int_equal(seen.kill.why, TK_OUTPUT);
	assert_int_equal(seen.dones, 0);
	gone(2, SIGKILL, 0);
	turn(10);
	assert_int_equal(seen.dones, 1);
	assert_int_equal(seen.done.outcome, RO_OUTPUT);
	assert_int_equal(seen.done.is_error, 1);
	assert_true(seen.text.len < 20000);
	assert_int_equal(seen.end_err, 1);
	assert_non_null(strstr(seen.note, "more than the limit"));
	close(fd);
}

static void
t_timeout(void **state)
{
	int fd = begin(3, 50, 10000);

	(void)state;
	head(fd);
	frame(fd, FRAME_DATA, "some", 4);
	turn(20);
	assert_int_equal(seen.text.len, 4);
	assert_int_equal(seen.kills, 0);
	usleep(1000 * 1000);
	turn(100);
	assert_int_equal(seen.kills, 1);
	assert_int_equal(seen.kill.why, TK_TIME);
	gone(3, SIGKILL, 0);
	turn(10);
	assert_int_equal(seen.done.outcome, RO_TIMEOUT);
	assert_int_equal(seen.text.len, 4);
	assert_non_null(strstr(seen.note, "used up its 0 s"));
	close(fd);
}

static void
t_crash(void **state)
{
	int fd = begin(4, 5000, 10000);

	(void)state;
	close(fd);
	turn(10);
	assert_int_equal(seen.dones, 0);
	gone(4, SIGSEGV, 0);
	turn(10);
	assert_int_equal(seen.done.outcome, RO_CRASHED);
	assert_int_equal(seen.heads, 0);
	assert_int_equal(seen.done.is_error, 1);
	assert_non_null(strstr(seen.note, "signal 11"));
	fd = begin(5, 5000, 10000);
	assert_int_equal(write(fd, "rubbish", 7), 7);
	turn(10);
	assert_int_equal(seen.kills, 1);
	gone(5, SIGKILL, 0);
	turn(10);
	assert_int_equal(seen.done.outcome, RO_CRASHED);
	close(fd);
	fd = begin(6, 5000, 10000);
	head(fd);
	turn(10);
	gone(6, SIGKILL, 0);	/* the relay had it killed */
	close(fd);
	turn(10);
	assert_int_equal(seen.done.outcome, RO_KILLED);
	assert_int_equal(seen.dones, 3);
}

/* A relay that takes nothing holds the tool, and memory stays. */
static void
t_credit(void **state)
{
	static char block[16000];
	int fd, i, n = 0;

	(void)state;
	seen.window = 20000;
	fd = begin(7, 5000, 4 << 20);
	(void)fd_nonblock(fd);
	head(fd);
	turn(10);
	memset(block, 'y', sizeof(block));
	for (i = 0; i < 100; i++) {
		uint8_t hdr[5] = { 'D', 0, 0, sizeof(block) >> 8,
		    sizeof(block) & 0xff };

		if (write(fd, hdr, 5) != 5 ||
		    write(fd, block, sizeof(block)) != sizeof(block))
			break;
		n++;
		turn(5);
	}
	assert_true(n < 40);
	assert_true(seen.text.len <= 20000);
	stream_drop(seen.stream);
	turn(10);
	assert_int_equal(seen.kill.why, TK_GONE);
	gone(7, SIGKILL, 0);
	turn(10);
	assert_int_equal(seen.dones, 1);
	close(fd);
}

static void
t_relay_gone(void **state)
{
	int fd = begin(8, 5000, 1000);

	(void)state;
	head(fd);
	turn(10);
	link_close(as_relay);
	turn(20);
	assert_true(seen.kills >= 1);
	assert_int_equal(seen.kill.why, TK_GONE);
	assert_null(rjob_find(8));
	close(fd);
	as_relay = NULL;
	rjobs_drain();
	assert_int_equal(seen.drained, 1);
}

int
main(void)
{
#define T(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)
	static const struct CMUnitTest tests[] = {
		T(t_orders), T(t_output_limit), T(t_timeout), T(t_crash),
		T(t_credit), T(t_relay_gone),
	};

	signal(SIGPIPE, SIG_IGN);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
