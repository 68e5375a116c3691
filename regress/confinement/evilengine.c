/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * A hostile double for any engine, started by the real parent in its place:
 * its user, its links, its descriptors, its cage.  It has no channel to the
 * test; the test writes scripts into its memory (evil_box) and reads there
 * what came of them.  Commands: those of evilmsg.c, evilsys.c, evilact.c, and
 *
 *	accept			a connection on the last listener it was given
 *	reach ADDRESS PORT	connect, as egress and relay may
 *	grant JOB CONV SCOPE TIER MS [TOOL USER NAME FACTOR TAINTED DIGEST]
 *				ask for a tool process; Bash for nobody
 *	job TOOL TIER ARGS	write a job into the last socket that came
 *	need SCOPE HOST PORT	ask for a name
 *	code USER CODE [NUMBER DIGEST]	ask whether a code is right
 *	alloc BYTES		memory, touched
 *	spin			for ever
 *	links			whom it has a channel to
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "engines/common/engine.h"
#include "imsg/job.h"
#include "regress/confinement/evil.h"
#include "telclauded/lib/log.h"

#define LOOK_US		2000

struct evil_box		 evil_box;

static struct engine_def	 def;
static struct msg_handlers	 handlers, siblings;
static char			 state[256];
static int			 listener = -1, jobsock = -1;

static void
heard(const struct link *l, const char *name, struct msg_meta *t)
{
	evil_say("%s said %s%s", proc_name(link_peer(l)), name,
	    t->fd == -1 ? "" : " with a descriptor");
}

#define M(id, from, to, ph, kind, rep, fd, doc)				\
static void								\
nop_##id(struct link *l, const struct msg_##id *m, struct msg_meta *t)	\
{									\
	(void)m;							\
	heard(l, #id, t);						\
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

static void
on_relay(struct link *l, const struct msg_CONF_RELAY *m, struct msg_meta *t)
{
	(void)l;
	(void)t;
	(void)str_copy(state, m->state, sizeof(state));
}

static void
on_addrs(struct link *l, const struct msg_NAME_ADDRS *m, struct msg_meta *t)
{
	(void)l;
	(void)t;
	evil_say("names: err %u, %u addresses", m->err, m->addrs.n);
}

static void
on_job(struct link *l, const struct msg_TOOL_JOB *m, struct msg_meta *t)
{
	(void)l;
	evil_say("job %llu: err %u, %s", (unsigned long long)m->job, m->err,
	    t->fd == -1 ? "no socket" : "socket");
	if (t->fd == -1)
		return;
	if (jobsock != -1)
		close(jobsock);
	jobsock = t->fd;
	t->fd = -1;
}

static void
on_totp(struct link *l, const struct msg_TOTP_RESULT *m, struct msg_meta *t)
{
	(void)l;
	(void)t;
	evil_say("totp: %u, wait %u", m->result, m->wait_s);
}

static void
on_listen(struct link *l, const struct msg_LISTEN *m, struct msg_meta *t)
{
	(void)l;
	(void)m;
	if (listener != -1)
		close(listener);
	listener = t->fd;
	t->fd = -1;
}

static void
gone(struct link *l)
{
	enum proc	 p = link_peer(l);

	if (evil.links[p] == l)
		evil.links[p] = NULL;
	if (evil.relay == l)
		evil.relay = NULL;
	if (evil.gate == l)
		evil.gate = NULL;
	link_free(l);
}

/* What others do wrong is not this one's matter. */
static void
broke(struct link *l, enum msg_verdict v, uint16_t type)
{
	(void)v;
	(void)type;
	gone(l);
}

static const struct link_ops	 ops = { &siblings, gone, broke };

static void
evil_newlink(enum proc peer, enum scope scope, int fd)
{
	struct link	*l;

	l = link_new(engine_base(), fd, def.proc, peer, scope, &ops, NULL);
	if (evil.links[peer] != NULL)
		link_free(evil.links[peer]);
	evil.links[peer] = l;
	if (peer == PROC_RELAY)
		evil.relay = l;
	if (peer == PROC_GATE)
		evil.gate = l;
}

static void
evil_gotfd(enum fdkind kind, int fd)
{
	(void)kind;
	close(fd);
}

static int
evil_lockin(void)
{
	return (state[0] == '\0' ? 0 :
	    engine_allow_path(state, EA_READ | EA_WRITE));
}

/* --- scripts ------------------------------------------------------------- */
static void
do_accept(void)
{
	int	 fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC |
	    SOCK_NONBLOCK);

	evil_say("accept %s", fd == -1 ? strerrorname_np(errno) : "done");
	if (fd == -1)
		return;
	(void)!write(fd, "hostile\n", 8);
	close(fd);
}

static void
do_reach(char *args)
{
	struct sockaddr_in	 sin = { .sin_family = AF_INET };
	struct sockaddr_in6	 sin6 = { .sin6_family = AF_INET6 };
	const char		*host = evil_word(&args);
	struct pollfd		 p = { .events = POLLOUT };
	int			 v6 = strchr(host, ':') != NULL, error = 0;
	socklen_t		 len = sizeof(error);

	sin.sin_port = sin6.sin6_port = htons((uint16_t)strtoul(
	    evil_word(&args), NULL, 10));
	(void)inet_pton(v6 ? AF_INET6 : AF_INET, host, v6 ?
	    (void *)&sin6.sin6_addr : (void *)&sin.sin_addr);
	p.fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK |
	    SOCK_CLOEXEC, IPPROTO_TCP);
	if (connect(p.fd, v6 ? (struct sockaddr *)&sin6 :
	    (struct sockaddr *)&sin, v6 ? sizeof(sin6) : sizeof(sin)) == -1)
		error = errno;
	if (error == EINPROGRESS && (poll(&p, 1, 2000) != 1 ||
	    getsockopt(p.fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1))
		error = ETIMEDOUT;
	evil_say("reach %s", error == 0 ? "done" : strerrorname_np(error));
	close(p.fd);
}

static void
do_alloc(char *args)
{
	size_t	 n = (size_t)strtoull(evil_word(&args), NULL, 10);
	char	*p = malloc(n);

	if (p != NULL)
		memset(p, 'x', n);
	evil_say("alloc %s", p == NULL ? "refused" : "done");
}

static void
digest(uint8_t out[32], const char *hex)
{
	unsigned	 i, v;

	for (i = 0; i < 32; i++)
		if (sscanf(hex + (size_t)2 * i, "%2x", &v) == 1)
			out[i] = (uint8_t)v;
		else
			break;
}

/* Requests go through the library: it would drop answers to raw ones. */
static void
do_grant(char *args)
{
	struct msg_TOOL_GRANT	 m;

	memset(&m, 0, sizeof(m));
	m.job = strtoull(evil_word(&args), NULL, 0);
	m.conv = strtoull(evil_word(&args), NULL, 0);
	m.scope = (uint8_t)strtoul(evil_word(&args), NULL, 0);
	m.tier = (uint8_t)strtoul(evil_word(&args), NULL, 0);
	m.time_ms = (uint32_t)strtoul(evil_word(&args), NULL, 0);
	m.tool = TOOL_BASH;
	if (args != NULL && *args != '\0') {
		m.tool = (uint8_t)strtoul(evil_word(&args), NULL, 0);
		m.user = strtoll(evil_word(&args), NULL, 0);
		(void)str_copy(m.name, evil_word(&args), sizeof(m.name));
		(void)str_copy(m.factor, evil_word(&args), sizeof(m.factor));
		m.tainted = (uint8_t)strtoul(evil_word(&args), NULL, 0);
		digest(m.digest, evil_word(&args));
	}
	msg_send_TOOL_GRANT(engine_parent(), 0, -1, &m);
}

/* Whatever it was granted for, and once: the socket is shut then. */
static void
do_job(char *args)
{
	struct job	 j;
	uint8_t		 head[JOB_HDRLEN];

	memset(&j, 0, sizeof(j));
	j.tool = (uint8_t)strtoul(evil_word(&args), NULL, 0);
	j.tier = (uint8_t)strtoul(evil_word(&args), NULL, 0);
	j.time_ms = 5000;
	j.output_max = 65536;
	j.argslen = args == NULL ? 0 : (uint32_t)strlen(args);
	job_encode_header(&j, head);
	if (jobsock == -1) {
		evil_say("no job socket");
		return;
	}
	(void)!write(jobsock, head, sizeof(head));
	(void)!write(jobsock, args, j.argslen);
	close(jobsock);
	jobsock = -1;
}

static void
do_need(char *args)
{
	struct msg_NAME_NEED	 m;

	memset(&m, 0, sizeof(m));
	m.scope = (uint8_t)strtoul(evil_word(&args), NULL, 0);
	(void)str_copy(m.host, evil_word(&args), sizeof(m.host));
	m.port = (uint16_t)strtoul(evil_word(&args), NULL, 0);
	msg_send_NAME_NEED(engine_parent(), 0, -1, &m);
}

static void
do_code(char *args)
{
	struct msg_TOTP_VERIFY	 m;

	memset(&m, 0, sizeof(m));
	(void)str_copy(m.user, evil_word(&args), sizeof(m.user));
	(void)str_copy(m.code, evil_word(&args), sizeof(m.code));
	m.by = 42;
	if (args != NULL && *args != '\0') {
		m.by = strtoll(evil_word(&args), NULL, 0);
		digest(m.digest, evil_word(&args));
	}
	if (evil.links[PROC_TOTP] != NULL)
		msg_send_TOTP_VERIFY(evil.links[PROC_TOTP], 0, -1, &m);
}

static int
request(const char *cmd, char *args)
{
	if (strcmp(cmd, "grant") == 0)
		do_grant(args);
	else if (strcmp(cmd, "job") == 0)
		do_job(args);
	else if (strcmp(cmd, "need") == 0)
		do_need(args);
	else if (strcmp(cmd, "code") == 0)
		do_code(args);
	else
		return (0);
	return (1);
}

static int
act(const char *cmd, char *args)
{
	int	 err;

	if ((err = evil_act(cmd, args)) == -1)
		return (0);
	evil_say("%s", err == 0 ? "0" : strerrorname_np(err));
	return (1);
}

static void
command(char *line)
{
	char	*args = line, *cmd = evil_word(&args);
	int	 p;

	if (strcmp(cmd, "accept") == 0)
		do_accept();
	else if (strcmp(cmd, "reach") == 0)
		do_reach(args);
	else if (strcmp(cmd, "alloc") == 0)
		do_alloc(args);
	else if (strcmp(cmd, "links") == 0) {
		for (p = 0; p < PROC_MAX; p++)
			if (evil.links[p] != NULL)
				evil_say("%s", proc_name((enum proc)p));
	} else if (strcmp(cmd, "spin") == 0)
		for (;;)
			;
	else if (*cmd != '\0' && !request(cmd, args) && !act(cmd, args) &&
	    !evil_message(cmd, args) && !evil_system(cmd, args))
		evil_say("no command %s", cmd);
}

void
evil_run(void)
{
	char	*next, *line, *script;

	buf_free(&evil.report);
	if ((script = strdup(evil_box.text)) == NULL)
		return;
	next = script;
	while ((line = strsep(&next, "\n")) != NULL && strcmp(line,
	    "wait") != 0)
		command(line);
	free(script);
}

void
evil_done(uint64_t turn, unsigned outcome, const char *why)
{
	(void)turn;
	(void)outcome;
	(void)why;
}

/* A script's report is fetched by an empty one: answers take a moment. */
static void
on_look(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	if (evil_box.state != 1)
		return;
	if (evil_box.text[0] != '\0')
		evil_run();
	(void)str_copy(evil_box.text, evil.report.p == NULL ? "" :
	    evil.report.p, sizeof(evil_box.text));
	evil_box.state = 2;
}

static void
evil_init(struct event_base *base)
{
	const struct timeval	 tv = { 0, LOOK_US };
	struct event		*ev;

	if ((ev = event_new(base, -1, EV_PERSIST, on_look, NULL)) == NULL ||
	    event_add(ev, &tv) == -1)
		fatalx("no timer");
}

static void
evil_drain(void)
{
	engine_drained();
}

int
main(int argc, char **argv)
{
	const char	*s = strrchr(argv[0], '/');
	int		 p;

	(void)argc;
	s = s == NULL ? argv[0] : s + 1;
	def.proc = PROC_MAX;
	for (p = 0; p < PROC_MAX; p++)
		if (strcmp(proc_name((enum proc)p), s) == 0)
			def.proc = (enum proc)p;
	if (def.proc == PROC_MAX)
		return (2);
	fill(&handlers);
	fill(&siblings);
	handlers.CONF_RELAY = on_relay;
	handlers.NAME_ADDRS = on_addrs;
	handlers.TOOL_JOB = on_job;
	handlers.LISTEN = on_listen;
	siblings.TOTP_RESULT = on_totp;
	def.parent = &handlers;
	def.init = evil_init;
	def.link = evil_newlink;
	def.fd = evil_gotfd;
	def.lockin = evil_lockin;
	def.drain = evil_drain;
	engine_main(&def, argc, argv);
}
