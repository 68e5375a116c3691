/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What the sandbox costs a call: `bash -c true' by plain fork and exec, in a
 * sandbox made for it, in one that waited, and under bwrap.  JSON lines for
 * regress/bench (toolbench [RUNS], as root); microseconds, the ways taken in turn so that noise of the
 * machine falls on all.
 */
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <err.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "imsg/job.h"
#include "parent/cgroup.h"
#include "parent/tool/toolspawn.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

#define RUNS_MAX	2000
#define SPARE_READY_US	12000

enum way { PLAIN, COLD, WARM, WARM_ANSWER, BWRAP, WAYS };
static const char *const names[WAYS] = { "fork+exec", "sandbox cold",
    "sandbox warm", "sandbox warm, to the answer", "bwrap --unshare-all" };

extern char **environ;
static uint64_t gone_us;

static uint64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return ((uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000);
}

static uint64_t
run_program(char *const argv[])
{
	uint64_t t = now_us();
	int status;
	pid_t pid;

	if (posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ) != 0 ||
	    waitpid(pid, &status, 0) == -1 || status != 0)
		return (0);
	return (now_us() - t);
}

static void
on_exited(const struct tool_end *e, void *ctx)
{
	(void)e;
	(void)ctx;
	gone_us = now_us();
}

/* One call, as relay and runner would; *answer gets the time of its END. */
static uint64_t
run_tool(struct event_base *base, struct tool_scope *sc, uint64_t *answer)
{
	static const char args[] = "{\"command\":\"true\"}";
	struct job j = { .tool = TOOL_BASH, .tier = TIER_WRITE_LOCAL,
	    .time_ms = 10000, .output_max = 65536,
	    .argslen = sizeof(args) - 1 };
	uint8_t buf[JOB_HDRLEN + sizeof(args)], in[4096];
	static uint64_t job;
	int jobfd, outfd;
	struct tool_call call = { .conv = 1, .tier = TIER_WRITE_LOCAL,
	    .time_ms = 10000, .grant.tool = TOOL_BASH };
	uint64_t t = now_us();

	call.job = ++job;
	gone_us = *answer = 0;
	if (tool_spawn(sc, &call, &jobfd, &outfd) == -1)
		err(1, "tool_spawn");
	tool_listen(sc, job);
	job_encode_header(&j, buf);
	memcpy(buf + JOB_HDRLEN, args, sizeof(args) - 1);
	(void)!send(jobfd, buf, JOB_HDRLEN + sizeof(args) - 1, MSG_NOSIGNAL);
	close(jobfd);
	while (read(outfd, in, sizeof(in)) > 0)
		*answer = now_us() - t;
	close(outfd);
	while (gone_us == 0)
		event_base_loop(base, EVLOOP_ONCE);
	return (gone_us - t);
}

static int
by_value(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x < *y ? -1 : *x > *y);
}

static void
report(enum way w, uint64_t *v, unsigned n, uint64_t base)
{
	qsort(v, n, sizeof(*v), by_value);
	if (w == PLAIN)
		base = v[n / 2];
	printf("{\"bench\":\"tool\",\"name\":\"%s\",\"unit\":\"us\","
	    "\"n\":%u,\"median\":%llu,\"p95\":%llu,\"over\":%lld}\n",
	    names[w], n, (unsigned long long)v[n / 2],
	    (unsigned long long)v[n * 95 / 100],
	    (long long)v[n / 2] - (long long)base);
}

/* The spare is made after a call; give it the time it always has. */
static void
settle(struct event_base *base)
{
	struct timeval tv = { 0, SPARE_READY_US };

	event_base_loopexit(base, &tv);
	event_base_dispatch(base);
}

static void
bench_run(struct event_base *base, struct tool_scope *sc, unsigned n)
{
	static char bash[] = "bash", dash_c[] = "-c", cmd[] = "true";
	static char *plain[] = { bash, dash_c, cmd, NULL };
	static char words[] = "bwrap --unshare-all --ro-bind /usr /usr "
	    "--symlink usr/bin /bin --symlink usr/lib /lib --symlink "
	    "usr/lib64 /lib64 --proc /proc --dev /dev --tmpfs /tmp "
	    "bash -c true";
	static uint64_t v[WAYS][RUNS_MAX];
	char *bwrap[32], *p, *save = NULL;
	uint64_t answer;
	unsigned i, w = 0;

	for (p = strtok_r(words, " ", &save); p != NULL;
	    p = strtok_r(NULL, " ", &save))
		bwrap[w++] = p;
	bwrap[w] = NULL;
	n = MINIMUM(n, RUNS_MAX);
	for (i = 0; i < n; i++) {
		tool_kill_all(sc);
		settle(base);
		v[COLD][i] = run_tool(base, sc, &answer);
		settle(base);
		v[WARM][i] = run_tool(base, sc, &v[WARM_ANSWER][i]);
		tool_kill_all(sc);
		settle(base);
		v[PLAIN][i] = run_program(plain);
		v[BWRAP][i] = run_program(bwrap);
	}
	for (w = 0; w < WAYS; w++)
		if (v[w][n / 2] != 0)
			report((enum way)w, v[w], n, v[PLAIN][n / 2]);
	fflush(stdout);
}

static void
on_sigchld(evutil_socket_t sig, short what, void *arg)
{
	int status;
	pid_t pid;

	(void)sig;
	(void)what;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		(void)tool_reaped(*(struct tool_scope **)arg, pid, status, 0);
}

/* The tool program of the same build, beside this one. */
static int
tool_open(void)
{
	char path[4096], *p;
	ssize_t n;

	n = readlink("/proc/self/exe", path, sizeof(path) - 32);
	if (n <= 0)
		err(1, "/proc/self/exe");
	path[n] = '\0';
	if ((p = strrchr(path, '/')) == NULL)
		errx(1, "%s", path);
	(void)str_copy(p, "/../libexec/tool", 32);
	return (open(path, O_PATH | O_CLOEXEC));
}

int
main(int argc, char **argv)
{
	char dir[] = "/tmp/toolbench.XXXXXX", why[256];
	struct tool_scope_conf c = { .scope = SCOPE_TELEGRAM, .uid = 64998,
	    .gid = 64998, .fetch_fd = -1,
	    .life_fd = -1, .workspace = dir, .runtime = "/tmp",
	    .limits = { 200, 2ull << 30, 256, 1ull << 30, 64ull << 20 },
	    .ports = { 3128, 8790 }, .nports = 2 };
	struct event_base *base = event_base_new();
	struct tool_scope *sc = NULL;
	struct event *chld;

	log_init("toolbench");
	if ((c.tool_fd = tool_open()) == -1)
		err(1, "the tool program");
	if (mkdtemp(dir) == NULL || chown(dir, 64321, 64321) == -1)
		err(1, "%s", dir);
	cgroup_init();
	sc = tool_scope_new(base, &c, on_exited, NULL, why, sizeof(why));
	if (sc == NULL)
		errx(1, "%s", why);
	chld = evsignal_new(base, SIGCHLD, on_sigchld, &sc);
	event_add(chld, NULL);
	bench_run(base, sc, argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) :
	    100);
	tool_scope_free(sc);
	cgroup_end();
	(void)rmdir(dir);
	return (0);
}
