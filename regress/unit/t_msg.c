/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The message matrix: every type by every sender, receiver, phase, length
 * and descriptor, over a real link, against the table read a second way.
 */
#include <sys/socket.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <endian.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "imsg/link.h"

/* A default handler a row counts what got through. */
static uint16_t		 got_type;
static unsigned		 got_calls;
static enum msg_verdict	 got_verdict;
static int		 got_violation;

#define M(id, from, to, ph, kind, rep, fd, doc)				\
static void								\
h_##id(struct link *l, const struct msg_##id *m, struct msg_meta *meta)	\
{									\
	(void)l;							\
	(void)m;							\
	(void)meta;							\
	got_type = MSG_##id;						\
	got_calls++;							\
}
MSG_TABLE(M)
#undef M

static const struct msg_handlers handlers = {
#define M(id, from, to, ph, kind, rep, fd, doc)	.id = h_##id,
	MSG_TABLE(M)
#undef M
};

static void
on_violation(struct link *l, enum msg_verdict v, uint16_t type)
{
	(void)l;
	(void)type;
	got_violation = 1;
	got_verdict = v;
}

static const struct link_ops ops = { &handlers, NULL, on_violation };

/* The shortest wire form: every integer 0, every string empty. */
#define LEN_u8(n, b)	 + 1
#define LEN_u16(n, b)	 + 2
#define LEN_u32(n, b)	 + 4
#define LEN_u64(n, b)	 + 8
#define LEN_i64(n, b)	 + 8
#define LEN_str(n, b)	 + 2
#define LEN_secret(n, b) + 2
#define LEN_text(n, b)	 + 2
#define LEN_blob(n, b)	 + 2
#define LEN_hash(n, b)	 + 32
#define LEN_addrs(n, b)	 + 1
#define LEN(k, n, b)	 LEN_##k(n, b)

static const struct {
	uint32_t	 from, to, phase;
	int		 kind, fd;
	size_t		 len;
} spec[] = {
#define M(id, f, t, ph, kind, rep, fd, doc)				\
	[MSG_##id] = { f, t, ph, kind, fd, 0 F_##id(LEN) },
	MSG_TABLE(M)
#undef M
};

static struct event_base *base;

/*
 * Sends one raw frame of `body' zero bytes to a link between from and to and
 * runs the loop once.  Returns 1 when a handler ran.
 */
static int
deliver(unsigned type, enum proc from, enum proc to, enum phase ph,
    size_t body, int with_fd, uint32_t id)
{
	union {
		struct cmsghdr	 h;
		uint8_t		 b[CMSG_SPACE(sizeof(int))];
	} c;
	uint8_t		 buf[MSG_MAXLEN];
	struct iovec	 iov = { buf, MSG_HDRLEN + body };
	struct msghdr	 m;
	struct link	*l;
	uint32_t	 u32;
	uint16_t	 u16;
	int		 sv[2], fd = -1;

	memset(buf, 0, sizeof(buf));
	u32 = htobe32((uint32_t)(MSG_HDRLEN + body));
	memcpy(buf, &u32, 4);
	u16 = htobe16((uint16_t)type);
	memcpy(buf + 4, &u16, 2);
	u16 = htobe16(with_fd ? 1 : 0);
	memcpy(buf + 6, &u16, 2);
	u32 = htobe32(id);
	memcpy(buf + 8, &u32, 4);

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    sv), 0);
	l = link_new(base, sv[0], to, from, SCOPE_NONE, &ops, NULL);
	assert_non_null(l);
	link_set_phase(l, ph);
	memset(&m, 0, sizeof(m));
	m.msg_iov = &iov;
	m.msg_iovlen = 1;
	if (with_fd) {
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
		memset(&c, 0, sizeof(c));
		m.msg_control = c.b;
		m.msg_controllen = sizeof(c.b);
		c.h.cmsg_level = SOL_SOCKET;
		c.h.cmsg_type = SCM_RIGHTS;
		c.h.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&c.h), &fd, sizeof(int));
	}
	assert_int_equal(sendmsg(sv[1], &m, 0), (ssize_t)iov.iov_len);
	if (fd != -1)
		close(fd);
	got_calls = 0;
	got_type = MSG_NONE;
	got_violation = 0;
	got_verdict = MV_OK;
	event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	link_free(l);
	close(sv[1]);
	return (got_calls == 1);
}

/* The rule of design section 3, written down a second time. */
static int
allowed(unsigned type, enum proc from, enum proc to, enum phase ph,
    int with_fd)
{
	uint32_t	 phases = ph == PH_RELOAD ? PH_RELOAD | PH_RUN : ph;

	if (type == 0 || type >= MSG_MAX || from == to)
		return (0);
	return ((spec[type].from & (1u << from)) &&
	    (spec[type].to & (1u << to)) && (spec[type].phase & phases) &&
	    (with_fd ? spec[type].fd != FD_NONE : spec[type].fd != FD_MUST));
}

static int
is_stream(unsigned t)
{
	return (t == MSG_STREAM_DATA || t == MSG_STREAM_CREDIT ||
	    t == MSG_STREAM_END);
}

static void
check_one(unsigned type, enum proc from, enum proc to, enum phase ph,
    int with_fd)
{
	size_t		 len = type > 0 && type < MSG_MAX ? spec[type].len : 0;
	uint32_t	 id;
	int		 ok, kind;

	kind = type > 0 && type < MSG_MAX ? spec[type].kind : EVT;
	id = kind == EVT ? 0 : 7;
	ok = deliver(type, from, to, ph, len, with_fd, id);
	if (!allowed(type, from, to, ph, with_fd)) {
		assert_false(ok);
		assert_true(got_violation);
		return;
	}
	assert_false(got_violation);
	/* A reply nobody asked for reaches nobody; streams end in stream.c. */
	assert_int_equal(ok, kind != REP && !is_stream(type));
	if (ok)
		assert_int_equal(got_type, type);
	/* Right message, wrong length by one either way, or no request id
	 * where one belongs. */
	deliver(type, from, to, ph, len + 1, with_fd, id);
	assert_true(got_violation);
	if (len > 0) {
		deliver(type, from, to, ph, len - 1, with_fd, id);
		assert_true(got_violation);
	}
	deliver(type, from, to, ph, len, with_fd, id == 0 ? 7 : 0);
	assert_true(got_violation);
	assert_int_equal(got_verdict, MV_ID);
}

static void
test_matrix(void **state)
{
	static const enum phase phases[] = { PH_BOOT, PH_CONFIG, PH_RUN,
	    PH_RELOAD, PH_DRAIN };
	unsigned	 t, f, r, p, n = 0;
	int		 fd;

	(void)state;
	for (t = 0; t <= MSG_MAX; t++)
		for (f = 0; f < PROC_MAX; f++)
			for (r = 0; r < PROC_MAX; r++)
				for (p = 0; p < 5; p++)
					for (fd = 0; fd < 2; fd++, n++)
						check_one(t, (enum proc)f,
						    (enum proc)r, phases[p],
						    fd);
	print_message("# %u combinations\n", n);
}

/* Every row can be sent and received by somebody, and a request has an
 * answer that can come back the way it went. */
static void
test_rows(void **state)
{
	const struct msg_row	*r, *a;
	unsigned		 t;

	(void)state;
	for (t = 1; t < MSG_MAX; t++) {
		r = &msg_rows[t];
		assert_true(r->from != 0 && r->to != 0 && r->phase != 0);
		assert_true(spec[t].len + MSG_HDRLEN <= MSG_MAXLEN);
		assert_int_equal(r->kind == REQ, r->rep != MSG_NONE);
		if (r->kind != REQ)
			continue;
		a = &msg_rows[r->rep];
		assert_int_equal(a->kind, REP);
		assert_int_equal(r->from & ~a->to, 0);
		assert_int_equal(r->to & ~a->from, 0);
	}
}

static void
test_incomplete_handlers(void **state)
{
	static const struct msg_handlers none;
	static const struct link_ops lacking = { &none, NULL, NULL };
	int	 sv[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	assert_null(link_new(base, sv[0], PROC_RELAY, PROC_AGENT,
	    SCOPE_NONE, &lacking, NULL));
	/* It is link_new()'s in any case. */
	assert_int_equal(close(sv[0]), -1);
	close(sv[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_incomplete_handlers),
		cmocka_unit_test(test_matrix),
	};

	base = event_base_new();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
