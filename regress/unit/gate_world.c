/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The real gate between a parent played by the test and a TLS server: see
 * gate_world.h.
 */
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <event2/event.h>
#include <fcntl.h>
#include <libgen.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "regress/unit/gate_world.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/secret.h"
#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"

struct event_base *base;
struct tls_server srv;
struct link *gate;
pid_t gate_pid;
int prepared, prepare_err, drained, states, dead;
struct msg_API_STATE state;
struct money spent, aside, ceiling;
struct msg_SPEND_NEED need;
struct msg_SPEND_DONE settled;
int needs, nspent, hold_answers;
static struct link *relay;
static uint32_t open_ask;
static struct money grants[1024];
static uint64_t ngrants;
void (*world_more)(void);
static char program[4096], prepare_why[256];
static int hello, ready;

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

/* --- the parent's side ------------------------------------------------- */
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

H(LOG)
{
	char line[1100];

	(void)l;
	(void)x;
	text_for_log(m->line, line, sizeof(line));
	if (strstr(line, KEY) != NULL)
		fail_msg("the key is in the log");
	if (getenv("T_VERBOSE") != NULL)
		(void)printf("# gate: %s\n", line);
}

H(NAME_NEED)
{
	struct msg_NAME_ADDRS a = { .ttl = 60, .addrs = { .n = 1 } };

	(void)m;
	a.addrs.a[0].family = 4;
	(void)inet_pton(AF_INET, "127.0.0.1", a.addrs.a[0].a);
	assert_int_not_equal(msg_send_NAME_ADDRS(l, x->id, -1, &a), 0);
}

H(API_STATE)
{
	(void)l;
	(void)x;
	state = *m;
	states++;
}

H(PREPARED)
{
	(void)l;
	(void)x;
	prepared = 1;
	prepare_err = m->err;
	(void)str_copy(prepare_why, m->why, sizeof(prepare_why));
}

H(DRAINED)
{
	UNUSED3;
	drained = 1;
}
void
world_closed(struct link *l)
{
	(void)l;
	dead = 1;
}

void
world_violation(struct link *l, enum msg_verdict v, uint16_t type)
{
	(void)l;
	fail_msg("gate broke the table: %s %s", msg_name(type),
	    msg_verdict_name(v));
}

/* --- the relay's side -------------------------------------------------- */
void
relay_answer(void)
{
	struct msg_SPEND_GRANT g = { 0 };
	const struct money *h = &aside, *c = &ceiling;
	char why[200] = "";

	if (c->microusd != 0 && spent.microusd + h->microusd + need.microusd >
	    c->microusd)
		(void)str_format(why, sizeof(why), "%llu is too much money",
		    (unsigned long long)need.microusd);
	if (c->tokens != 0 && spent.tokens + h->tokens + need.tokens >
	    c->tokens)
		(void)str_copy(why, "too many tokens", sizeof(why));
	g.err = why[0] != '\0';
	g.wait_s = 77;
	g.why = text_of(why, strlen(why));
	if (g.err == 0) {
		g.id = ++ngrants;
		assert_true(ngrants < NELEM(grants));
		grants[g.id] = (struct money){ need.microusd, need.tokens };
		aside.microusd += need.microusd;
		aside.tokens += need.tokens;
	}
	assert_int_not_equal(msg_send_SPEND_GRANT(relay, open_ask, -1, &g),
	    0);
}

H(SPEND_NEED)
{
	(void)l;
	need = *m;
	open_ask = x->id;
	needs++;
	if (!hold_answers)
		relay_answer();
}

H(SPEND_DONE)
{
	(void)l;
	(void)x;
	assert_true(m->id > 0 && m->id <= ngrants);
	aside.microusd -= grants[m->id].microusd;
	aside.tokens -= grants[m->id].tokens;
	grants[m->id].microusd = grants[m->id].tokens = 0;
	settled = *m;
	spent.microusd += m->microusd;
	spent.tokens += m->in + m->out + m->cached + m->written;
	nspent++;
}

void
relay_give(void)
{
	static struct msg_handlers h;
	static const struct link_ops ops = { &h, world_closed,
	    world_violation };
	struct msg_CONF_LINK m = { .peer = PROC_RELAY };
	int sv[2];

	h.SPEND_NEED = on_SPEND_NEED;
	h.SPEND_DONE = on_SPEND_DONE;
	h.API_HEAD = no_API_HEAD;
	h.API_DONE = no_API_DONE;
	memset(&aside, 0, sizeof(aside));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	assert_int_not_equal(msg_send_CONF_LINK(gate, 0, sv[1], &m), 0);
	relay = link_new(base, sv[0], PROC_RELAY, PROC_GATE, SCOPE_NONE, &ops,
	    NULL);
	assert_non_null(relay);
}

void
relay_drop(void)
{
	link_free(relay);
	relay = NULL;
}

/* --- the loop ---------------------------------------------------------- */
static void
late(evutil_socket_t fd, short ev, void *arg)
{
	(void)fd;
	(void)ev;
	*(int *)arg = 1;
}

void
turn(const int *done, int ms)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };
	int over = 0, status = 0;
	struct event *e = evtimer_new(base, late, &over);

	event_add(e, &tv);
	while (!over && !dead && (done == NULL || !*done))
		event_base_loop(base, EVLOOP_ONCE);
	event_free(e);
	if (dead) {
		(void)waitpid(gate_pid, &status, 0);
		fail_msg("gate died: status %#x", status);
	}
	if (done != NULL && !*done)
		fail_msg("no end within %d ms", ms);
}

/* --- starting it ------------------------------------------------------- */
static void
child(int fd, int exe)
{
	char *argv[] = { program, NULL }, *envp[] = { NULL };
	int life[2], null = open("/dev/null", O_RDWR);

	if (null == -1 || pipe(life) == -1 || (fd = fcntl(fd, F_DUPFD, 20)) ==
	    -1 || (exe = fcntl(exe, F_DUPFD_CLOEXEC, 20)) == -1)
		_exit(90);
	life[1] = fcntl(life[1], F_DUPFD, 20);
	if (dup2(null, 0) == -1 || dup2(null, 1) == -1 || dup2(fd, 3) == -1 ||
	    dup2(life[1], 4) == -1)
		_exit(91);
	if (getenv("T_VERBOSE") == NULL)
		(void)dup2(null, 2);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (geteuid() == 0 && (setresgid(65534, 65534, 65534) == -1 ||
	    setresuid(65534, 65534, 65534) == -1))
		_exit(92);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	(void)close_range(5, 19, 0);
	(void)fexecve(exe, argv, envp);
	_exit(93);
}

void
send_fd(enum fdkind kind, int fd)
{
	struct msg_CONF_FD m = { .kind = (uint8_t)kind };

	assert_int_not_equal(fd, -1);
	assert_int_not_equal(msg_send_CONF_FD(gate, 0, fd, &m), 0);
}

static void
send_slice(const char *path, const char *key, int oauth, const char *ca)
{
	struct msg_CONF_GATE m = { .oauth = (uint8_t)oauth, .first_ms = 300,
	    .idle_ms = 300, .head_ms = 300, .body_ms = 300, .conns = 8 };

	assert_int_equal(str_format(m.api, sizeof(m.api),
	    "https://api.test:%u%s", srv.port, path), 0);
	assert_int_not_equal(msg_send_CONF_GATE(gate, 0, -1, &m), 0);
	send_fd(FDK_API_KEY, secret_memfd("key", key, strlen(key)));
	send_fd(FDK_CA, open(ca, O_RDONLY | O_CLOEXEC));
	if (relay == NULL)
		relay_give();
	if (world_more != NULL)
		world_more();
}
static void
handlers(void)
{
	parent_h.HELLO = on_HELLO;
	parent_h.READY = on_READY;
	parent_h.LOG = on_LOG;
	parent_h.NAME_NEED = on_NAME_NEED;
	parent_h.API_STATE = on_API_STATE;
	parent_h.PREPARED = on_PREPARED;
	parent_h.DRAINED = on_DRAINED;
}
int
world_start(const char *argv0, const char *name)
{
	static const struct link_ops ops = { &parent_h, world_closed,
	    world_violation };
	struct msg_CONF_END end;
	struct msg_START start;
	int sv[2], exe;

	char *me = strdup(argv0);

	(void)snprintf(program, sizeof(program), "%s/../libexec/gate",
	    dirname(me));
	free(me);
	(void)signal(SIGPIPE, SIG_IGN);
	log_init(name);
	log_level(LOGL_ERROR);
	handlers();
	assert_int_equal(tls_server_start(&srv, 1), 0);
	assert_non_null(base = event_base_new());
	if ((exe = open(program, O_RDONLY | O_CLOEXEC)) == -1)
		fail_msg("%s is not there", program);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    sv), 0);
	if ((gate_pid = fork()) == 0)
		child(sv[1], exe);
	close(sv[1]);
	close(exe);
	gate = link_new(base, sv[0], PROC_PARENT, PROC_GATE, SCOPE_NONE, &ops,
	    NULL);
	assert_non_null(gate);
	link_set_phase(gate, PH_BOOT);
	turn(&hello, 3000);
	link_set_phase(gate, PH_CONFIG);
	send_slice("/head", KEY "\n", 0, srv.ca);
	memset(&end, 0, sizeof(end));
	msg_send_CONF_END(gate, 0, -1, &end);
	turn(&ready, 3000);
	link_set_phase(gate, PH_RUN);
	memset(&start, 0, sizeof(start));
	msg_send_START(gate, 0, -1, &start);
	return (0);
}
int
world_stop(void)
{
	(void)kill(gate_pid, SIGKILL);
	(void)waitpid(gate_pid, NULL, 0);
	tls_server_stop(&srv);
	return (0);
}
void
reload(const char *path, const char *key, int oauth, const char *ca, int err)
{
	struct msg_PREPARE p;
	struct msg_CONF_END e;
	struct msg_COMMIT c;
	struct msg_ABORT a;

	memset(&p, 0, sizeof(p));
	memset(&e, 0, sizeof(e));
	memset(&c, 0, sizeof(c));
	memset(&a, 0, sizeof(a));
	prepared = 0;
	assert_int_not_equal(msg_send_PREPARE(gate, 0, -1, &p), 0);
	send_slice(path, key, oauth, ca);
	/* CONF_END closes a slice in both phases it can come in. */
	assert_int_not_equal(msg_send_CONF_END(gate, 0, -1, &e), 0);
	turn(&prepared, 2000);
	assert_int_equal(prepare_err != 0, err != 0);
	if (err)
		msg_send_ABORT(gate, 0, -1, &a);
	else
		msg_send_COMMIT(gate, 0, -1, &c);
}
/* A field of /proc/PID/status of gate. */
long
status_field(const char *name)
{
	char path[64], line[256];
	long v = -1;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)gate_pid);
	assert_non_null(f = fopen(path, "r"));
	while (fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, name, strlen(name)) == 0)
			v = atol(line + strlen(name) + 1);
	(void)fclose(f);
	return (v);
}
