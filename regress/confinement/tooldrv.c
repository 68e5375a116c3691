/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Plays the parent, the relay and the runner for real tool processes: makes a
 * scope with parent/toolspawn and runs the jobs it reads as JSON lines.  Run
 * by tool.t as root, with the capabilities the parent keeps.
 *
 *	tooldrv -t TOOL -w WORKSPACE [-u UID] [-r PATH] [-W PATH] [-i INBOX]
 *	    [-o OUTBOX] [-R RUNTIME] [-F] [-c] [-m MEMORY] [-n PROCS]
 *	    [-s TMPSIZE] [-z FILESIZE] [-L] [-S]
 *	    [-C CPUPERCENT] [-f FETCH]
 *	-L	listeners on 3128 and 8790, answered by this process: egress
 *	-F	without CAP_SYS_ADMIN: the fallback
 *	-c	keep all capabilities
 *	-S	the social scope
 * In:	{"id":1,"tool":"Bash","tier":"write-local","conv":1,"args":{},
 *	 "cwd":"","time_ms":N,"output_max":N,"raw":"text instead of a job",
 *	 "kill_ms":N,"spawn_ms":N,"closeout":true,"quiet":true}
 *	{"wipe":CONV} {"soon":CONV} {"spare":true} {"running":true}
 *	{"told":true}: the listeners told and taken back, descriptors open
 * Out:	one line an answer, with the id.
 */
#include <sys/queue.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <jansson.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engines/runner/parse.h"
#include "parent/cgroup.h"
#include "parent/tool/toolspawn.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

struct run {
	TAILQ_ENTRY(run) entry;
	uint64_t	 job;
	struct event	*rd, *killer;
	int		 fd, exited, status, broken, quiet;
	uint32_t	 ms, maxrss;
	int		 oom;
	uint64_t	 started, first_ms, end_ms, killed_ms;
	size_t		 total;
	struct buf	 text;
	struct frame_parser parser;
	struct frame_end end;
	int		 got_end, is_error, kind;
	char		 mime[64];
};
static TAILQ_HEAD(, run) runs = TAILQ_HEAD_INITIALIZER(runs);
static struct event_base *base;
static struct tool_scope *scope;
static int		 input_done;

static void
say(json_t *o)
{
	char *s = json_dumps(o, JSON_COMPACT);

	printf("%s\n", s);
	fflush(stdout);
	free(s);
	json_decref(o);
}

static void
add_text(json_t *o, const struct buf *b)
{
	char *p;

	if (b->len > 0 && !str_isutf8(b->p, b->len)) {
		p = b64_encode(b->p, b->len);
		json_object_set_new(o, "base64", json_string(p));
		free(p);
	} else
		json_object_set_new(o, "text", json_stringn(b->len ? b->p :
		    "", b->len));
}

/* --- egress and gate ----------------------------------------------------- */

struct door {
	TAILQ_ENTRY(door) entry;
	struct tool_listener l;
	struct event	*ev;
};
static TAILQ_HEAD(, door) doors = TAILQ_HEAD_INITIALIZER(doors);
static json_t		*told;

static void
on_knock(evutil_socket_t fd, short what, void *arg)
{
	struct door *d = arg;
	char buf[128];
	int s, n;

	(void)what;
	if ((s = accept4(fd, NULL, NULL, SOCK_CLOEXEC)) == -1)
		return;
	n = snprintf(buf, sizeof(buf), "port %u job %llu conv %llu turn "
	    "%llu\n", d->l.port, (unsigned long long)d->l.job,
	    (unsigned long long)d->l.conv, (unsigned long long)d->l.turn);
	(void)!send(s, buf, (size_t)n, MSG_NOSIGNAL);
	close(s);
}

static void
on_listen(const struct tool_listener *l, void *ctx)
{
	struct door *d;

	(void)ctx;
	if ((d = calloc(1, sizeof(*d))) == NULL)
		err(1, NULL);
	d->l = *l;
	if ((d->l.fd = fcntl(l->fd, F_DUPFD_CLOEXEC, 0)) == -1)
		err(1, "dup");
	d->ev = event_new(base, d->l.fd, EV_READ | EV_PERSIST, on_knock, d);
	event_add(d->ev, NULL);
	TAILQ_INSERT_TAIL(&doors, d, entry);
	json_array_append_new(told, json_pack("[s,i,I]", "listen", l->port,
	    (json_int_t)l->job));
}

static void
on_unlisten(uint64_t n, void *ctx)
{
	struct door *d, *next;

	(void)ctx;
	json_array_append_new(told, json_pack("[s,I]", "unlisten",
	    (json_int_t)n));
	for (d = TAILQ_FIRST(&doors); d != NULL; d = next) {
		next = TAILQ_NEXT(d, entry);
		if (d->l.job != n)
			continue;
		TAILQ_REMOVE(&doors, d, entry);
		event_free(d->ev);
		close(d->l.fd);
		free(d);
	}
}

static int
open_fds(void)
{
	struct dirent *d;
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	while (dir != NULL && (d = readdir(dir)) != NULL)
		n += d->d_name[0] != '.';
	if (dir != NULL)
		closedir(dir);
	return (n - 1);
}

static void
run_check(struct run *r)
{
	json_t *o;

	if (!r->exited || r->rd != NULL)
		return;
	o = json_pack("{s:I,s:b,s:b,s:i,s:i,s:i,s:I,s:I,s:I,s:I,s:I}",
	    "id", (json_int_t)r->job, "ended", r->got_end, "broken",
	    r->broken, "kind", r->kind, "signal", WIFSIGNALED(r->status) ?
	    WTERMSIG(r->status) : 0, "code", WIFEXITED(r->status) ?
	    WEXITSTATUS(r->status) : -1, "ms", (json_int_t)r->ms, "total",
	    (json_int_t)r->total, "first_ms", (json_int_t)r->first_ms,
	    "wall_ms", (json_int_t)(now_ms() - r->started), "kill_ms",
	    (json_int_t)(r->killed_ms ? now_ms() - r->killed_ms : 0));
	json_object_set_new(o, "head_error", json_boolean(r->is_error));
	json_object_set_new(o, "mime", json_string(r->mime));
	json_object_set_new(o, "oom", json_boolean(r->oom));
	if (r->got_end) {
		json_object_set_new(o, "error",
		    json_boolean(r->end.is_error));
		json_object_set_new(o, "outcome",
		    json_integer(r->end.outcome));
		json_object_set_new(o, "note", json_string(r->end.note));
		json_object_set_new(o, "cwd", json_string(r->end.cwd));
	}
	if (!r->quiet)
		add_text(o, &r->text);
	say(o);
	TAILQ_REMOVE(&runs, r, entry);
	if (r->killer != NULL)
		event_free(r->killer);
	buf_free(&r->text);
	free(r);
	if (input_done && TAILQ_EMPTY(&runs))
		event_base_loopbreak(base);
}

static void
on_head(void *ctx, int is_error, enum out_kind kind, const char *mime)
{
	struct run *r = ctx;

	r->is_error = is_error;
	r->kind = kind;
	(void)str_copy(r->mime, mime, sizeof(r->mime));
}

static void
on_data(void *ctx, const uint8_t *p, size_t n)
{
	struct run *r = ctx;

	if (r->total == 0)
		r->first_ms = now_ms() - r->started;
	r->total += n;
	if (!r->quiet)
		(void)buf_add(&r->text, p, n);
}

static void
on_end(void *ctx, const struct frame_end *e)
{
	struct run *r = ctx;

	r->end = *e;
	r->got_end = 1;
}

static const struct frame_ops ops = { on_head, on_data, on_end };

static void
on_out(evutil_socket_t fd, short what, void *arg)
{
	static uint8_t block[65536];
	struct run *r = arg;
	ssize_t n;

	(void)what;
	n = read(fd, block, sizeof(block));
	if (n > 0) {
		if (!r->broken && parse_feed(&r->parser, block, (size_t)n,
		    &ops, r) == -1)
			r->broken = 1;
		return;
	}
	if (n == -1 && errno == EAGAIN)
		return;
	event_free(r->rd);
	r->rd = NULL;
	close(fd);
	run_check(r);
}

static void
on_exit_tool(const struct tool_end *e, void *ctx)
{
	struct run *r;

	(void)ctx;
	TAILQ_FOREACH(r, &runs, entry)
		if (r->job == e->job) {
			r->exited = 1;
			r->status = e->status;
			r->ms = e->ms;
			r->maxrss = e->maxrss_kb;
			r->oom = e->oom;
			run_check(r);
			return;
		}
}

static void
on_killer(evutil_socket_t fd, short what, void *arg)
{
	struct run *r = arg;

	(void)fd;
	(void)what;
	r->killed_ms = now_ms();
	if (tool_kill(scope, r->job) == -1)
		warnx("no such job");
}

static enum tier
tier_of(const char *s)
{
	int t;

	for (t = 0; t < TIER_MAX; t++)
		if (strcmp(tier_name((enum tier)t), s) == 0)
			return ((enum tier)t);
	errx(1, "no tier %s", s);
}

static void
send_job(int fd, json_t *o, enum tier tier)
{
	const char *raw = json_string_value(json_object_get(o, "raw"));
	const char *cwd = json_string_value(json_object_get(o, "cwd"));
	const char *jt = json_string_value(json_object_get(o, "jobtier"));
	json_t *a = json_object_get(o, "args");
	uint8_t hdr[JOB_HDRLEN];
	struct job j = { 0 };
	char *args;

	if (raw != NULL) {
		(void)!send(fd, raw, strlen(raw), MSG_NOSIGNAL);
		return;
	}
	args = json_dumps(a, JSON_COMPACT | JSON_ENCODE_ANY);
	if (args == NULL)
		args = strdup("{}");
	j.tool = (uint8_t)tool_byname(json_string_value(json_object_get(o,
	    "tool")));
	j.tier = (uint8_t)(jt != NULL ? tier_of(jt) : tier);
	j.time_ms = (uint32_t)json_integer_value(json_object_get(o,
	    "time_ms"));
	j.output_max = (uint32_t)json_integer_value(json_object_get(o,
	    "output_max"));
	if (j.time_ms == 0)
		j.time_ms = 30000;
	if (j.output_max == 0)
		j.output_max = 1 << 20;
	j.cwdlen = (uint16_t)(cwd != NULL ? strlen(cwd) : 0);
	j.argslen = (uint32_t)strlen(args);
	job_encode_header(&j, hdr);
	(void)!send(fd, hdr, sizeof(hdr), MSG_NOSIGNAL);
	if (j.cwdlen > 0)
		(void)!send(fd, cwd, j.cwdlen, MSG_NOSIGNAL);
	(void)!send(fd, args, j.argslen, MSG_NOSIGNAL);
	free(args);
}

/* What the parent said before the job: the same, unless told otherwise. */
static void
grant_of(struct job_grant *g, json_t *o)
{
	const char *tool = json_string_value(json_object_get(o, "granted"));
	const char *hex = json_string_value(json_object_get(o, "bound"));
	unsigned i, v;

	if (tool == NULL)
		tool = json_string_value(json_object_get(o, "tool"));
	if (tool != NULL)
		g->tool = (uint8_t)tool_byname(tool);
	g->bound = hex != NULL;
	for (i = 0; hex != NULL && i < sizeof(g->digest); i++)
		if (sscanf(hex + (size_t)2 * i, "%2x", &v) == 1)
			g->digest[i] = (uint8_t)v;
}

static void
run_start(json_t *o)
{
	enum tier tier = tier_of(json_string_value(json_object_get(o,
	    "tier")));
	json_int_t kill_ms = json_integer_value(json_object_get(o,
	    "kill_ms"));
	json_int_t time_ms = json_integer_value(json_object_get(o,
	    "time_ms"));
	json_int_t spawn_ms = json_integer_value(json_object_get(o,
	    "spawn_ms"));
	struct tool_call call = { .tier = tier };
	struct timeval tv;
	struct run *r;
	int jobfd, outfd;

	if ((r = calloc(1, sizeof(*r))) == NULL)
		err(1, NULL);
	r->job = (uint64_t)json_integer_value(json_object_get(o, "id"));
	r->quiet = json_is_true(json_object_get(o, "quiet"));
	r->started = now_ms();
	buf_init(&r->text);
	TAILQ_INSERT_TAIL(&runs, r, entry);
	call.job = r->job;
	call.turn = call.job + 1000;
	grant_of(&call.grant, o);
	call.conv = (uint64_t)json_integer_value(json_object_get(o, "conv"));
	call.time_ms = spawn_ms ? (uint32_t)spawn_ms : time_ms ?
	    (uint32_t)time_ms : 30000;
	if (tool_spawn(scope, &call, &jobfd, &outfd) == -1)
		err(1, "tool_spawn");
	send_job(jobfd, o, tier);
	tool_listen(scope, call.job);
	close(jobfd);
	(void)fd_nonblock(outfd);
	if (json_is_true(json_object_get(o, "closeout")))
		close(outfd);
	else {
		r->rd = event_new(base, outfd, EV_READ | EV_PERSIST, on_out,
		    r);
		event_add(r->rd, NULL);
	}
	if (kill_ms > 0) {
		r->killer = evtimer_new(base, on_killer, r);
		tv.tv_sec = kill_ms / 1000;
		tv.tv_usec = kill_ms % 1000 * 1000;
		evtimer_add(r->killer, &tv);
	}
}

static void
on_line(char *line)
{
	json_t *o = json_loads(line, 0, NULL), *v;

	if (o == NULL)
		errx(1, "bad line: %s", line);
	if ((v = json_object_get(o, "soon")) != NULL) {
		tool_soon(scope, (uint64_t)json_integer_value(v),
		    TIER_WRITE_LOCAL);
		say(json_pack("{s:b}", "soon", 1));
		return;
	}
	if ((v = json_object_get(o, "wipe")) != NULL) {
		tool_conv_wipe(scope, (uint64_t)json_integer_value(v));
		say(json_pack("{s:b}", "wiped", 1));
	} else if (json_object_get(o, "told") != NULL) {
		say(json_pack("{s:o,s:i}", "told", told, "fds", open_fds()));
		told = json_array();
	} else if (json_object_get(o, "running") != NULL) {
		const struct tool_platform *p = tool_platform();

		say(json_pack("{s:i,s:i,s:i,s:i,s:i,s:i}", "running",
		    (int)tool_running(scope), "namespaces", p->namespaces,
		    "idmap", p->idmap, "landlock", p->landlock, "cgroup",
		    p->cgroup, "limits", (int)p->limits));
	} else
		run_start(o);
	json_decref(o);
}

static void
on_stdin(evutil_socket_t fd, short what, void *arg)
{
	static struct buf in;
	struct event *ev = arg;
	char block[65536], *nl;
	ssize_t n;

	(void)what;
	n = read(fd, block, sizeof(block));
	if (n <= 0) {
		input_done = 1;
		event_del(ev);
		if (TAILQ_EMPTY(&runs))
			event_base_loopbreak(base);
		return;
	}
	(void)buf_add(&in, block, (size_t)n);
	while (in.len > 0 && (nl = memchr(in.p, '\n', in.len)) != NULL) {
		*nl = '\0';
		on_line(in.p);
		buf_drain(&in, (size_t)(nl - in.p) + 1);
	}
}

static void
on_sigchld(evutil_socket_t sig, short what, void *arg)
{
	struct rusage ru;
	int status;
	pid_t pid;

	(void)sig;
	(void)what;
	(void)arg;
	while ((pid = wait4(-1, &status, WNOHANG, &ru)) > 0)
		(void)tool_reaped(scope, pid, status,
		    (uint32_t)ru.ru_maxrss);
}

/* What the parent keeps, so that nothing here works by more. */
static void
caps_limit(int without_admin)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2] = { { 0, 0, 0 }, { 0, 0, 0 } };
	uint32_t keep = 1u << CAP_SETUID | 1u << CAP_SETGID |
	    1u << CAP_NET_ADMIN | 1u << CAP_KILL | 1u << CAP_SYS_CHROOT |
	    1u << CAP_DAC_READ_SEARCH | 1u << CAP_CHOWN | 1u << CAP_SETPCAP;

	if (!without_admin)
		keep |= 1u << CAP_SYS_ADMIN;
	d[0].permitted = d[0].effective = keep;
	if (syscall(SYS_capset, &h, d) == -1)
		err(1, "capset");
}

int
main(int argc, char **argv)
{
	struct tool_scope_conf c = { .scope = SCOPE_TELEGRAM, .uid = 64998,
	    .gid = 64998, .tool_fd = -1, .fetch_fd = -1, .life_fd = -1,
	    .runtime = "/tmp", .limits = { 200, 2ull << 30, 256, 1ull << 30,
	    64ull << 20 }, .ports = { 3128, 8790 }, .listen = on_listen,
	    .unlisten = on_unlisten };
	const char *rd[8] = { NULL }, *wr[8] = { NULL };
	unsigned nrd = 0, nwr = 0;
	struct event *in, *chld;
	int ch, fallback = 0, all = 0;
	char why[256];

	while ((ch = getopt(argc, argv, "t:f:w:u:r:W:i:o:R:FLScm:n:s:z:C:")) != -1)
		switch (ch) {
		case 't': c.tool_fd = open(optarg, O_PATH | O_CLOEXEC); break;
		case 'f': c.fetch_fd = open(optarg, O_PATH | O_CLOEXEC); break;
		case 'w': c.workspace = optarg; break;
		case 'u': c.uid = c.gid = (uid_t)strtol(optarg, NULL, 10); break;
		case 'r': rd[nrd++ % 7] = optarg; break;
		case 'W': wr[nwr++ % 7] = optarg; break;
		case 'i': c.inbox = optarg; break;
		case 'o': c.outbox = optarg; break;
		case 'R': c.runtime = optarg; break;
		case 'F': fallback = 1; break;
		case 'L': c.nports = 2; break;
		case 'c': all = 1; break;
		case 'S': c.scope = SCOPE_MOLTBOOK; break;
		case 'm': c.limits.memory = (uint64_t)strtoll(optarg, NULL, 10); break;
		case 'C': c.limits.cpu_pct = (uint32_t)strtol(optarg, NULL, 10); break;
		case 'n': c.limits.processes = (uint32_t)strtol(optarg, NULL, 10); break;
		case 's': c.limits.tmp = (uint64_t)strtoll(optarg, NULL, 10); break;
		case 'z': c.limits.file = (uint64_t)strtoll(optarg, NULL, 10); break;
		default: return (2);
		}
	if (c.tool_fd == -1 || c.workspace == NULL)
		errx(2, "-t and -w are needed");
	log_init("tooldrv");
	cgroup_init();
	if (!all)
		caps_limit(fallback);
	told = json_array();
	c.read = rd;
	c.write = wr;
	base = event_base_new();
	scope = tool_scope_new(base, &c, on_exit_tool, NULL, why,
	    sizeof(why));
	if (scope == NULL) {
		say(json_pack("{s:s}", "why", why));
		return (1);
	}
	tool_listen(scope, 0);
	chld = evsignal_new(base, SIGCHLD, on_sigchld, NULL);
	event_add(chld, NULL);
	say(json_pack("{s:b}", "ready", 1));
	in = event_new(base, 0, EV_READ | EV_PERSIST, on_stdin,
	    event_self_cbarg());
	event_add(in, NULL);
	event_base_dispatch(base);
	tool_scope_free(scope);
	cgroup_end();
	return (0);
}
