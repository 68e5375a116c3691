/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The real agent, confined as it is in service, between a parent, a relay and
 * a gate played by this program: turns, kill -9, reload, an idle moment.
 */
#include <event2/event.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "regress/unit/agent_world.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/text.h"

#define NOBODY		65534

static char		 program[4096], dir[] = "/tmp/t_agentreal.XXXXXX";
static struct link	*parent;
static pid_t		 pid;
static int		 hello, ready, prepared, drained, dead;
static struct msg_PREPARED prep;
static char		 logged[2048];

/* --- the parent ---------------------------------------------------------- */
#define M(id, from, to, ph, kind, rep, fd, doc)				\
static void								\
no_##id(struct link *l, const struct msg_##id *m, struct msg_meta *x)	\
{									\
	(void)l;							\
	(void)m;							\
	(void)x;							\
	fail_msg("unexpected %s", #id);					\
}
MSG_TABLE(M)
#undef M
#define M(id, from, to, ph, kind, rep, fd, doc)	.id = no_##id,
static struct msg_handlers parent_h = { MSG_TABLE(M) };
#undef M
#define H(id)	static void on_##id(struct link *l,			\
		    const struct msg_##id *m, struct msg_meta *x)
#define UNUSED3	do { (void)l; (void)m; (void)x; } while (0)

H(HELLO)
{
	UNUSED3;
	hello = 1;
}

H(READY)
{
	UNUSED3;
	ready = 1;
}

H(PREPARED)
{
	(void)l;
	(void)x;
	prep = *m;
	prepared = 1;
}

H(DRAINED)
{
	UNUSED3;
	drained = 1;
}

H(LOG)
{
	(void)l;
	(void)x;
	text_for_log(m->line, logged, sizeof(logged));
	if (getenv("T_VERBOSE") != NULL)
		(void)printf("# agent: %s\n", logged);
}

static void
closed(struct link *l)
{
	(void)l;
	dead = 1;
}

static void
broke(struct link *l, enum msg_verdict v, uint16_t type)
{
	(void)l;
	fail_msg("violation: %s by %s", msg_verdict_name(v), msg_name(type));
}

static const struct link_ops	 parent_ops = { &parent_h, closed, broke };

static const int	*awaited;

static int
it_came(void)
{
	if (dead && awaited != &dead) {
		int	 st = 0;

		(void)waitpid(pid, &st, 0);
		fail_msg("the agent died: status %#x; it said: %s", st,
		    logged);
	}
	return (*awaited);
}

static void
await(const int *flag)
{
	awaited = flag;
	world_run(it_came, 5000);
}

/* --- the agent ----------------------------------------------------------- */
static void
child(int fd, int exe)
{
	char	 name[] = "agent", scope[] = "telegram";
	char	*argv[] = { name, scope, NULL }, *envp[] = { NULL };
	int	 life[2], null = open("/dev/null", O_RDWR);

	if (null == -1 || pipe(life) == -1 ||
	    (fd = fcntl(fd, F_DUPFD, 20)) == -1 ||
	    (exe = fcntl(exe, F_DUPFD_CLOEXEC, 20)) == -1 ||
	    (life[1] = fcntl(life[1], F_DUPFD, 20)) == -1)
		_exit(90);
	if (dup2(null, 0) == -1 || dup2(null, 1) == -1 ||
	    dup2(fd, 3) == -1 || dup2(life[1], 4) == -1)
		_exit(91);
	if (getenv("T_VERBOSE") == NULL)
		(void)dup2(null, 2);
	if (geteuid() == 0 && (setresgid(NOBODY, NOBODY, NOBODY) == -1 ||
	    setresuid(NOBODY, NOBODY, NOBODY) == -1))
		_exit(92);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	(void)close_range(5, 19, 0);
	(void)fexecve(exe, argv, envp);
	_exit(93);
}

static void
send_slice(uint32_t turn_ms, const char *prompt, size_t len)
{
	struct msg_CONF_AGENT	 a;
	struct msg_CONF_FD	 f = { .kind = FDK_PROMPT };
	int			 p[2];

	memset(&a, 0, sizeof(a));
	(void)str_copy(a.state, dir, sizeof(a.state));
	(void)str_copy(a.workspace, "/srv/w", sizeof(a.workspace));
	(void)str_copy(a.host, "pine", sizeof(a.host));
	a.turn_ms = turn_ms;
	a.parallel = 4;
	a.keep_s = 90 * 86400;
	assert_int_not_equal(msg_send_CONF_AGENT(parent, 0, -1, &a), 0);
	assert_int_not_equal(msg_send_CONF_MODEL(parent, 0, -1,
	    &w.set.models[0]), 0);
	assert_int_equal(pipe(p), 0);
	assert_int_equal(write(p[1], prompt, len), (ssize_t)len);
	close(p[1]);
	assert_int_not_equal(msg_send_CONF_FD(parent, 0, p[0], &f), 0);
}

static void
send_link(enum proc peer)
{
	struct msg_CONF_LINK	 m = { .peer = (uint8_t)peer,
	    .scope = SCOPE_TELEGRAM };
	int			 sv[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	assert_int_not_equal(msg_send_CONF_LINK(parent, 0, sv[1], &m), 0);
	world_far(peer, sv[0]);
}

static void
start_agent(void)
{
	struct msg_CONF_END	 end;
	struct msg_START	 start;
	int			 sv[2], exe;

	hello = ready = dead = drained = 0;
	logged[0] = '\0';
	if ((exe = open(program, O_RDONLY | O_CLOEXEC)) == -1)
		fail_msg("%s is not there", program);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    sv), 0);
	if ((pid = fork()) == 0)
		child(sv[1], exe);
	close(sv[1]);
	close(exe);
	parent = link_new(w.base, sv[0], PROC_PARENT, PROC_AGENT,
	    SCOPE_TELEGRAM, &parent_ops, NULL);
	assert_non_null(parent);
	link_set_phase(parent, PH_BOOT);
	await(&hello);
	link_set_phase(parent, PH_CONFIG);
	send_slice(20000, "Speak plainly.", 14);
	send_link(PROC_RELAY);
	send_link(PROC_GATE);
	memset(&end, 0, sizeof(end));
	msg_send_CONF_END(parent, 0, -1, &end);
	await(&ready);
	link_set_phase(parent, PH_RUN);
	memset(&start, 0, sizeof(start));
	msg_send_START(parent, 0, -1, &start);
}

static void
kill_agent(void)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	await(&dead);
	(void)waitpid(pid, NULL, 0);
	link_free(parent);
	link_free(w.frelay);
	link_free(w.fgate);
}

static int
setup(void **state)
{
	struct msg_CONF_MODEL	*m = &w.set.models[0];

	(void)state;
	(void)signal(SIGPIPE, SIG_IGN);
	memset(&w, 0, sizeof(w));
	assert_non_null(w.base = event_base_new());
	assert_non_null(mkdtemp(dir));
	if (geteuid() == 0)
		assert_int_equal(chown(dir, NOBODY, NOBODY), 0);
	(void)str_copy(m->model, "claude-test", sizeof(m->model));
	m->in_nano = 3000;
	m->out_nano = 15000;
	parent_h.HELLO = on_HELLO;
	parent_h.READY = on_READY;
	parent_h.PREPARED = on_PREPARED;
	parent_h.DRAINED = on_DRAINED;
	parent_h.LOG = on_LOG;
	start_agent();
	return (0);
}

static int
teardown(void **state)
{
	char	 path[128];

	(void)state;
	if (pid > 0 && !dead)
		kill_agent();
	(void)str_format(path, sizeof(path), "%s/transcript.db", dir);
	unlink(path);
	(void)str_format(path, sizeof(path), "%s/transcript.db-wal", dir);
	unlink(path);
	rmdir(dir);
	return (0);
}

/* --- tests --------------------------------------------------------------- */
#define CALL	E_START, E_TEXT(0), E_SAY(0, "Look:"), E_END(0),	\
	    E_TOOL(1, "t1", "Bash"),					\
	    E_ARGS(1, "{\\\"command\\\":\\\"false\\\"}"), E_END(1)
#define SAID(s) E_START, E_TEXT(0), E_SAY(0, s), E_END(0),		\
	    E_STOP("end_turn"), E_DONE, NULL

static int
called(void)
{
	return (w.ncalls > 0);
}

static void
works(void **state)
{
	const char	*s;

	(void)state;
	world_fresh();
	world_answer(200, sse(CALL, E_STOP("tool_use"), E_DONE, NULL));
	world_answer(529, "{}");
	world_answer(200, sse(SAID("Done.")));
	world_turn(1, 1, "hi");
	assert_int_equal(w.end.outcome, TO_OK);
	assert_string_equal(w.text.p, "Look:\n\nDone.");
	assert_int_equal(w.ninternal, 1);
	s = json_string_value(json_object_get(json_array_get(json_object_get(
	    world_request(), "system"), 0), "text"));
	assert_non_null(strstr(s, "\n\nSpeak plainly."));
}

/* A big conversation makes the transcript grow, checkpoint and shrink. */
static void
grows(void **state)
{
	static char		 big[400001];
	static struct outcome	 o[] = { { .args = "false", .out = big } };
	struct msg_CONV_RESET	 r = { .conv = 2 };
	uint64_t		 i;

	(void)state;
	memset(big, 'b', sizeof(big) - 1);
	for (i = 0; i < 20; i++) {
		world_fresh();
		w.outcomes = o;
		w.noutcomes = 1;
		world_answer(200, sse(CALL, E_STOP("tool_use"), E_DONE,
		    NULL));
		world_answer(200, sse(SAID("ok")));
		world_turn(100 + i, 2, "more");
		assert_int_equal(w.end.outcome, TO_OK);
	}
	msg_send_CONV_RESET(w.frelay, 0, -1, &r);
	world_fresh();
	world_answer(200, sse(SAID("ok")));
	world_turn(200, 2, "new");
	assert_string_equal(world_message(0), "u:new");
}

static void
killed(void **state)
{
	static const struct outcome	 o[] = {
		{ .args = "false", .never = 1, .out = "" },
	};

	(void)state;
	world_fresh();
	w.outcomes = o;
	w.noutcomes = 1;
	world_answer(200, sse(CALL, NULL));
	world_last()->hold = 1;
	world_start(300, 3, "first");
	world_run(called, 2000);
	kill_agent();
	start_agent();
	world_fresh();
	world_answer(200, sse(SAID("ok")));
	world_turn(301, 3, "second");
	assert_string_equal(world_message(0), "u:first");
	assert_string_equal(world_message(1), "a:Look:|tool_use");
	assert_string_equal(world_message(2), "u:tool_result|second");
}

static void
reload(const char *prompt, size_t len, int err)
{
	struct msg_PREPARE	 p;
	struct msg_CONF_END	 e;
	struct msg_COMMIT	 c;
	struct msg_ABORT	 a;

	memset(&p, 0, sizeof(p));
	memset(&e, 0, sizeof(e));
	memset(&c, 0, sizeof(c));
	memset(&a, 0, sizeof(a));
	prepared = 0;
	assert_int_not_equal(msg_send_PREPARE(parent, 0, -1, &p), 0);
	send_slice(20000, prompt, len);
	msg_send_CONF_END(parent, 0, -1, &e);
	await(&prepared);
	assert_int_equal(prep.err != 0, err);
	if (err)
		msg_send_ABORT(parent, 0, -1, &a);
	else
		msg_send_COMMIT(parent, 0, -1, &c);
}

static const char *
system_now(uint64_t turn)
{
	world_fresh();
	world_answer(200, sse(SAID("ok")));
	world_turn(turn, 4, "hi");
	return (json_string_value(json_object_get(json_array_get(
	    json_object_get(world_request(), "system"), 0), "text")));
}

static void
reloads(void **state)
{
	(void)state;
	reload("Now in verse.", 13, 0);
	assert_non_null(strstr(system_now(400), "Now in verse."));
	reload("\xff\xfe", 2, 1);
	assert_non_null(strstr(prep.why, "not UTF-8"));
	assert_non_null(strstr(system_now(401), "Now in verse."));
}

static void
relinks(void **state)
{
	(void)state;
	world_fresh();
	link_free(w.fgate);
	link_free(w.frelay);
	send_link(PROC_GATE);
	send_link(PROC_RELAY);
	world_answer(200, sse(SAID("again")));
	world_turn(500, 5, "hi");
	assert_string_equal(w.text.p, "again");
}

static void
drains(void **state)
{
	struct msg_DRAIN	 m;

	(void)state;
	memset(&m, 0, sizeof(m));
	msg_send_DRAIN(parent, 0, -1, &m);
	await(&drained);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(works),
		cmocka_unit_test(grows),
		cmocka_unit_test(killed),
		cmocka_unit_test(reloads),
		cmocka_unit_test(relinks),
		cmocka_unit_test(drains),
	};
	char			 self[2048];

	(void)argc;
	(void)str_copy(self, argv[0], sizeof(self));
	(void)str_format(program, sizeof(program), "%s/../libexec/agent",
	    dirname(self));
	log_init("t_agentreal");
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, setup, teardown));
}
