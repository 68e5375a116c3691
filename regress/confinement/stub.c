/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * A test double for any engine, in that engine's own cage: takes its slice,
 * says READY, works when told START, and misbehaves when a signal asks it
 * to.  argv[0] says which engine it plays.  It logs what it sees, so that a
 * test can read it in the parent's log.
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <event2/event.h>

#include "engines/common/engine.h"
#include "imsg/job.h"
#include "imsg/values.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"

extern char	**environ;

static struct engine_def	 def;
static struct msg_handlers	 handlers, siblings;
static char			 api[256], newapi[256];
static uint64_t			 job;
static int			 hold;	/* keep job sockets open */
static int			 way;	/* have tools try their way out */
static char			 environ_was[64];

/* A handler for every row there is; the interesting ones follow. */
#define M(id, from, to, ph, kind, rep, fd, doc)				\
static void								\
nop_##id(struct link *l, const struct msg_##id *m, struct msg_meta *t)	\
{									\
	(void)l;							\
	(void)m;							\
	(void)t;							\
}
MSG_TABLE(M)
#undef M

static void
fill(struct msg_handlers *h)
{
#define M(id, from, to, ph, kind, rep, fd, doc)	h->id = nop_##id;
	MSG_TABLE(M)
#undef M
}

/* --- relay ------------------------------------------------------------- */

static void
on_relay(struct link *l, const struct msg_CONF_RELAY *m, struct msg_meta *t)
{
	(void)l;
	(void)t;
	(void)str_copy(newapi, m->api, sizeof(newapi));
	log_info("slice: api %s workspace %s state %s", m->api, m->workspace,
	    m->state);
}

static void
on_addrs(struct link *l, const struct msg_NAME_ADDRS *m, struct msg_meta *t)
{
	(void)l;
	log_info("name %u: err %u, %u addresses, ttl %u", t->id, m->err,
	    m->addrs.n, m->ttl);
}

/* As the relay would: what the tool finds at egress goes to a file. */
static void
way_job(int fd, uint64_t n)
{
	struct job	 j = { .tool = TOOL_BASH, .tier = TIER_WRITE_LOCAL,
	    .time_ms = 20000, .output_max = 65536 };
	uint8_t		 head[JOB_HDRLEN];
	char		 args[200];

	str_format(args, sizeof(args), "{\"command\":\"a=${http_proxy#*//}; "
	    "exec 3<>/dev/tcp/${a/:/\\/} && cat <&3 > way.%llu; "
	    "sleep 4\"}", (unsigned long long)n);
	j.argslen = (uint32_t)strlen(args);
	job_encode_header(&j, head);
	(void)!send(fd, head, sizeof(head), MSG_NOSIGNAL);
	(void)!send(fd, args, j.argslen, MSG_NOSIGNAL);
}

static void
on_job(struct link *l, const struct msg_TOOL_JOB *m, struct msg_meta *t)
{
	(void)l;
	log_info("job %llu: err %u, %s", (unsigned long long)m->job, m->err,
	    t->fd == -1 ? "no socket" : "socket");
	if (way && t->fd != -1)
		way_job(t->fd, m->job);
	if (hold)
		t->fd = -1;
}

/* --- egress and gate --------------------------------------------------- */

static void
on_knock(evutil_socket_t fd, short what, void *arg)
{
	const char	*text = arg;
	int		 s;

	(void)what;
	if ((s = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) == -1)
		return;
	(void)!write(s, text, strlen(text));
	close(s);
	log_info("answered: %s", text);
}

/* Never forgotten: this process does not live long. */
static void
on_listen(struct link *l, const struct msg_LISTEN *m, struct msg_meta *t)
{
	char		*text;

	(void)l;
	log_info("listen scope %u job %llu conv %llu turn %llu port %u: %s",
	    m->scope, (unsigned long long)m->job, (unsigned long long)m->conv,
	    (unsigned long long)m->turn, m->port, t->fd == -1 ? "no socket" :
	    "socket");
	/* The gate's cage is not for this. */
	if (def.proc != PROC_EGRESS || (text = malloc(64)) == NULL)
		return;
	str_format(text, 64, "egress answers job %llu",
	    (unsigned long long)m->job);
	event_add(event_new(engine_base(), t->fd, EV_READ | EV_PERSIST,
	    on_knock, text), NULL);
	t->fd = -1;
}

static void
on_unlisten(struct link *l, const struct msg_UNLISTEN *m, struct msg_meta *t)
{
	(void)l;
	(void)t;
	log_info("unlisten scope %u job %llu", m->scope,
	    (unsigned long long)m->job);
}

static void
on_tool_exit(struct link *l, const struct msg_TOOL_EXIT *m, struct msg_meta *t)
{
	(void)l;
	(void)t;
	log_info("job %llu: exit", (unsigned long long)m->job);
}

static void
on_audit_line(struct link *l, const struct msg_AUDIT_LINE *m,
    struct msg_meta *t)
{
	struct msg_AUDIT_DONE	 done;
	char			 buf[200];

	log_info("line %s: %s", m->event, text_for_log(m->detail, buf,
	    sizeof(buf)));
	memset(&done, 0, sizeof(done));
	msg_send_AUDIT_DONE(l, t->id, -1, &done);
}

static void
on_out(struct link *l, const struct msg_TOOL_OUT *m, struct msg_meta *t)
{
	(void)l;
	log_info("output of job %llu: %s", (unsigned long long)m->job,
	    t->fd == -1 ? "no socket" : "socket");
}

static void
need(const char *host, uint16_t port)
{
	struct msg_NAME_NEED	 m;

	memset(&m, 0, sizeof(m));
	(void)str_copy(m.host, host, sizeof(m.host));
	m.port = port;
	msg_send_NAME_NEED(engine_parent(), 0, -1, &m);
}

static void
relay_start(void)
{
	struct msg_POLL_STATE	 m;

	memset(&m, 0, sizeof(m));
	m.state = strstr(api, "refused") != NULL ? PO_REFUSED : PO_OK;
	(void)str_copy(m.bot, "stub_bot", sizeof(m.bot));
	msg_send_POLL_STATE(engine_parent(), 0, -1, &m);
	need("api.telegram.org", 443);
	need("evil.example", 443);
	need("api.telegram.org", 22);
}

/* --- resolver ---------------------------------------------------------- */

static void
on_resolve(struct link *l, const struct msg_RESOLVE *m, struct msg_meta *t)
{
	static const uint8_t	 good[4] = { 203, 0, 113, 10 };
	static const uint8_t	 bad[4] = { 10, 0, 0, 1 };
	struct msg_RESOLVED	 r;

	log_info("asked for %s", m->host);
	memset(&r, 0, sizeof(r));
	r.ttl = 5;
	r.addrs.n = 2;
	r.addrs.a[0].family = r.addrs.a[1].family = 4;
	memcpy(r.addrs.a[0].a, good, 4);
	memcpy(r.addrs.a[1].a, bad, 4);
	msg_send_RESOLVED(l, t->id, -1, &r);
}

/* --- siblings ---------------------------------------------------------- */

static void
sibling_closed(struct link *l)
{
	log_info("channel to %s closed", proc_name(link_peer(l)));
	link_free(l);
}

static const struct link_ops sibling_ops = {
	.handlers = &siblings,
	.closed = sibling_closed,
	.violation = engine_violation,
};

static struct link	*last_sibling;

static void
new_link(enum proc peer, enum scope scope, int fd)
{
	log_info("channel to %s", proc_name(peer));
	last_sibling = link_new(engine_base(), fd, def.proc, peer, scope,
	    &sibling_ops, NULL);
}

/* --- misbehaviour on demand -------------------------------------------- */

static void
forbidden_message(int sig)
{
	struct msg_READY	 m;

	(void)sig;
	memset(&m, 0, sizeof(m));
	msg_send_READY(engine_parent(), 0, -1, &m);
}

static void
forbidden_call(int sig)
{
	(void)sig;
	(void)syscall(SYS_getsid, 0);
}

static void
chatter(int sig)
{
	int	 i;

	(void)sig;
	for (i = 0; i < 1000; i++)
		log_info("chatter %d", i);
}

static void
to_sibling(int sig)
{
	struct msg_START	 m;

	(void)sig;
	memset(&m, 0, sizeof(m));
	if (last_sibling != NULL)
		msg_send_START(last_sibling, 0, -1, &m);
}

static void
ask_tool(int sig)
{
	struct msg_TOOL_GRANT	 m;

	(void)sig;
	memset(&m, 0, sizeof(m));
	m.job = ++job;
	m.conv = 1;
	m.scope = SCOPE_TELEGRAM;
	m.tier = TIER_WRITE_LOCAL;
	m.time_ms = way ? 20000 : 2000;
	m.turn = 77;
	m.tool = TOOL_BASH;
	msg_send_TOOL_GRANT(engine_parent(), 0, -1, &m);
	if (way)
		return;
	/* A number in use is refused. */
	msg_send_TOOL_GRANT(engine_parent(), 0, -1, &m);
}

static void
ask_held(int sig)
{
	hold = 1;
	ask_tool(sig);
}

static void
ask_way(int sig)
{
	hold = 0;
	way = 1;
	ask_tool(sig);
}

/* Takes nothing back for a while. */
static void
flood(int sig)
{
	struct msg_TOOL_GRANT	 g;
	struct msg_TOOL_KILL	 k;
	int			 i;

	(void)sig;
	memset(&g, 0, sizeof(g));
	memset(&k, 0, sizeof(k));
	g.conv = 2;
	g.scope = SCOPE_TELEGRAM;
	g.tier = TIER_WRITE_LOCAL;
	g.tool = TOOL_BASH;
	g.time_ms = 2000;
	for (i = 0; i < 3000; i++) {
		g.job = k.job = 1000 + (uint64_t)i;
		link_forget(engine_parent(), msg_send_TOOL_GRANT(
		    engine_parent(), 0, -1, &g));
		msg_send_TOOL_KILL(engine_parent(), 0, -1, &k);
	}
	(void)link_flush(engine_parent(), 4000);
	(void)poll(NULL, 0, 1500);
}

/* For ever, at an address that is nobody's to reach (world.py's WEB_ADDR). */
static void
hammer(int sig)
{
	struct sockaddr_in	 sin;
	int			 s;

	(void)sig;
	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_port = htons(80);
	(void)inet_pton(AF_INET, "203.0.113.30", &sin.sin_addr);
	for (;;) {
		if ((s = socket(AF_INET, SOCK_STREAM, 0)) == -1)
			continue;
		(void)connect(s, (struct sockaddr *)&sin, sizeof(sin));
		close(s);
	}
}

static void
leave(int sig)
{
	(void)sig;
	log_warnx("about to leave");
	_exit(7);
}

/* --- life -------------------------------------------------------------- */

static void
stub_init(struct event_base *base)
{
	(void)base;
	log_info("environ %s", environ_was);
	(void)signal(SIGUSR1, forbidden_message);
	(void)signal(SIGUSR2, forbidden_call);
	(void)signal(SIGHUP, chatter);
	(void)signal(SIGALRM, ask_tool);
	(void)signal(SIGURG, ask_held);
	(void)signal(SIGTTIN, flood);
	(void)signal(SIGIO, ask_way);
	(void)signal(SIGINT, leave);
	(void)signal(SIGWINCH, to_sibling);
	(void)signal(SIGVTALRM, hammer);
}

static void
stub_fd(enum fdkind kind, int fd)
{
	log_info("descriptor of kind %d", (int)kind);
	(void)fd;
}

static int
stub_lockin(void)
{
	(void)str_copy(api, newapi, sizeof(api));
	if (strstr(api, "nolockin") != NULL) {
		log_error("the stub was asked to fail");
		return (-1);
	}
	return (0);
}

static void
stub_start(void)
{
	log_info("started");
	if (def.proc == PROC_RELAY)
		relay_start();
}

static int
stub_check(char *why, size_t len)
{
	if (strstr(newapi, "unloved") == NULL)
		return (0);
	(void)str_copy(why, "the stub does not love that name", len);
	return (-1);
}

static void
stub_commit(void)
{
	(void)str_copy(api, newapi, sizeof(api));
	log_info("committed, api %s", api);
}

static void
stub_abort(void)
{
	log_info("aborted, api stays %s", api);
}

static void
stub_drain(void)
{
	log_info("draining");
	engine_drained();
}

int
main(int argc, char **argv)
{
	int	 i;

	(void)snprintf(environ_was, sizeof(environ_was), "%s",
	    environ[0] == NULL ? "empty" : "not empty");
	def.proc = PROC_MAX;
	for (i = 0; i < PROC_MAX; i++)
		if (strcmp(argv[0], proc_name((enum proc)i)) == 0)
			def.proc = (enum proc)i;
	if (def.proc == PROC_MAX)
		_exit(2);
	fill(&handlers);
	fill(&siblings);
	handlers.CONF_RELAY = on_relay;
	handlers.NAME_ADDRS = on_addrs;
	handlers.RESOLVE = on_resolve;
	handlers.TOOL_JOB = on_job;
	handlers.TOOL_OUT = on_out;
	handlers.TOOL_EXIT = on_tool_exit;
	handlers.AUDIT_LINE = on_audit_line;
	handlers.LISTEN = on_listen;
	handlers.UNLISTEN = on_unlisten;
	def.parent = &handlers;
	def.init = stub_init;
	def.link = new_link;
	def.fd = stub_fd;
	def.lockin = stub_lockin;
	def.start = stub_start;
	def.check = stub_check;
	def.commit = stub_commit;
	def.abort = stub_abort;
	def.drain = stub_drain;
	engine_main(&def, argc, argv);
}
