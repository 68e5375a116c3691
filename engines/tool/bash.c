/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Bash: a command in a session of its own, its two outputs in one stream as
 * they come.  Kept between calls: the directory it ended in, nothing else.
 * When it ends, or its time does, everything it started is killed.
 */
#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engines/tool/tool.h"

#define TIME_DEFAULT_MS	120000
#define DRAIN_MAX	(1u << 20)	/* of what dead processes left */
#define CWD_FD		9

static const struct arg args[] = {
	{ "command", ARG_STRING, 1 },
	{ "timeout", ARG_INT, 0 },
	{ "description", ARG_STRING, 0 },
	{ "run_in_background", ARG_BOOL, 0 },
};

struct bash {
	struct call	*call;
	struct bound	 bound;
	pid_t		 pid;
	int		 out, cwd;	/* pipes we read */
	int		 status;
	int		 timed_out;
	uint64_t	 deadline;
	uint64_t	 ooms;		/* before it */
};

/*
 * The directory it ends in is written by a trap.  It stands on the command's
 * first line, so that line numbers in messages are the user's.
 */
static int
shell_start(const char *command, int out, int cwd, pid_t *pid)
{
	static char bash[] = "/bin/bash", sh[] = "/bin/sh", dash_c[] = "-c";
	char *argv[4] = { bash, dash_c, NULL, NULL };
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t at;
	sigset_t set;
	int r;

	if (asprintf(&argv[2], "trap 'pwd -P >&%d 2>/dev/null' EXIT; %s",
	    CWD_FD, command) == -1)
		return (ENOMEM);
	posix_spawn_file_actions_init(&fa);
	posix_spawnattr_init(&at);
	posix_spawn_file_actions_addopen(&fa, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&fa, out, 1);
	posix_spawn_file_actions_adddup2(&fa, out, 2);
	posix_spawn_file_actions_adddup2(&fa, cwd, CWD_FD);
	posix_spawnattr_setflags(&at, POSIX_SPAWN_SETSID |
	    POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	sigemptyset(&set);
	posix_spawnattr_setsigmask(&at, &set);
	sigaddset(&set, SIGPIPE);
	sigaddset(&set, SIGXFSZ);
	posix_spawnattr_setsigdefault(&at, &set);
	r = posix_spawn(pid, bash, &fa, &at, argv, environ);
	if (r == ENOENT) {
		argv[0] = sh;
		r = posix_spawn(pid, sh, &fa, &at, argv, environ);
	}
	posix_spawn_file_actions_destroy(&fa);
	posix_spawnattr_destroy(&at);
	free(argv[2]);
	return (r);
}

static void
start(struct bash *b, const char *command)
{
	int out[2], cwd[2], r;

	if (pipe2(out, O_CLOEXEC) == -1 || pipe2(cwd, O_CLOEXEC) == -1)
		fail(b->call, "Bash: %s", strerror(errno));
	/* Orphans come to us also where we are not init. */
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	if ((r = shell_start(command, out[1], cwd[1], &b->pid)) != 0)
		fail(b->call, "Bash: the shell cannot be started: %s",
		    strerror(r));
	close(out[1]);
	close(cwd[1]);
	b->out = out[0];
	b->cwd = cwd[0];
	(void)fd_nonblock(b->out);
	(void)fd_nonblock(b->cwd);
}

/* Without a pid namespace: our children, and theirs as they become ours. */
static void
kill_children(void)
{
	unsigned n, rounds = 0;
	char path[64];
	pid_t pid;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	do {
		n = 0;
		if ((f = fopen(path, "re")) == NULL)
			return;
		while (fscanf(f, "%d", &pid) == 1)
			if (kill(pid, SIGKILL) == 0)
				n++;
		fclose(f);
		while (waitpid(-1, NULL, n > 0 ? 0 : WNOHANG) > 0)
			;
	} while (n > 0 && ++rounds < 10000);
}

static void
kill_tree(struct bash *b)
{
	if (b->call->place->namespaces) {
		(void)kill(-1, SIGKILL);	/* all of our namespace */
		return;
	}
	(void)kill(-b->pid, SIGKILL);
	kill_children();
}

/* Bytes that are there; 0 at the end, -1 when there are none now. */
static int
take(struct bash *b)
{
	static char block[65536];
	ssize_t n;

	n = read(b->out, block, sizeof(block));
	if (n > 0) {
		bound_add(&b->bound, block, (size_t)n);
		return (1);
	}
	return (n == 0 ? 0 : -1);
}

/* 1 when the shell itself has ended; orphans are reaped on the way. */
static int
reap(struct bash *b)
{
	int status, ended = 0;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (pid == b->pid) {
			b->status = status;
			ended = 1;
		}
	return (ended);
}

static int
left_ms(const struct bash *b)
{
	uint64_t now = now_ms();

	return (now >= b->deadline ? 0 : (int)(b->deadline - now));
}

/*
 * The shell's end is the call's end: a process it left in the background may
 * hold the pipe open for ever.  SIGCHLD interrupts ppoll().
 */
static void
run(struct bash *b, const sigset_t *open_mask)
{
	struct pollfd p = { .fd = b->out, .events = POLLIN };
	struct timespec ts;
	int r, eof = 0;

	for (;;) {
		if (reap(b))
			return;
		if ((r = left_ms(b)) == 0) {
			b->timed_out = 1;
			return;
		}
		ts.tv_sec = r / 1000;
		ts.tv_nsec = (long)(r % 1000) * 1000000;
		r = ppoll(&p, eof ? 0 : 1, &ts, open_mask);
		if (r == 1) {
			r = take(b);
			if (r == 0)
				eof = 1;	/* it closed its outputs */
			else if (r == 1 && poll(&p, 1, 0) == 0)
				out_flush();
		}
	}
}

static void
on_child(int sig)
{
	(void)sig;
}

/* What is left in the pipe after everybody is dead. */
static void
drain(struct bash *b)
{
	uint64_t before = b->bound.total;

	while (b->bound.total - before < DRAIN_MAX && take(b) == 1)
		;
}

/* Believed only as a place to begin the next call in. */
static void
read_cwd(struct bash *b)
{
	char path[JOB_MAXCWD + 2];
	ssize_t n;

	n = read(b->cwd, path, sizeof(path) - 1);
	if (n < 2 || path[0] != '/' || path[n - 1] != '\n')
		return;
	path[n - 1] = '\0';
	if (strlen(path) != (size_t)n - 1 || strchr(path, '\n') != NULL ||
	    strlen(path) > JOB_MAXCWD || access(path, X_OK) == -1)
		return;
	(void)str_copy(b->call->cwd, path, sizeof(b->call->cwd));
}

/* How often memory ran out for the tools of this agent. */
static uint64_t
ooms(void)
{
	char text[512];
	const char *p;
	ssize_t n;

	n = pread(TOOL_OOM_FD, text, sizeof(text) - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	p = strstr(text, "oom_kill ");
	return (p == NULL ? 0 : strtoull(p + 9, NULL, 10));
}

static void
finish(struct bash *b, int64_t timeout)
{
	struct call *c = b->call;
	int bad = 1, oom = !b->timed_out && b->status != 0 &&
	    ooms() != b->ooms;
	char text[160] = "";

	/* What the text does not say goes into the note, once. */
	if (b->timed_out)
		(void)str_format(c->note, sizeof(c->note), "The command timed "
		    "out after %lld.%01lld s and was killed, with all it "
		    "started.", (long long)timeout / 1000,
		    (long long)timeout % 1000 / 100);
	else if (oom)
		(void)str_copy(c->note, "The command used up the memory that "
		    "tools may have (limit memory): the kernel killed the "
		    "process that held most of it.", sizeof(c->note));
	else if (WIFSIGNALED(b->status))
		(void)str_format(text, sizeof(text), "killed by signal %d "
		    "(%s)", WTERMSIG(b->status),
		    strsignal(WTERMSIG(b->status)));
	else if (WEXITSTATUS(b->status) != 0) {
		(void)str_format(text, sizeof(text), "exit status %d",
		    WEXITSTATUS(b->status));
	} else
		bad = 0;
	bound_finish(&b->bound);
	if (text[0] != '\0') {
		if (b->bound.total > 0)
			out_write(c, "\n", 1);
		out_write(c, text, strlen(text));
	} else if (!bad && b->bound.total == 0)
		out_write(c, "(no output)", 11);
	out_end(c, bad, b->timed_out ? RO_TIMEOUT : oom ? RO_MEMORY : RO_OK);
}

void
tool_bash(struct call *c)
{
	struct sigaction sa = { .sa_handler = on_child };
	struct bash b = { .call = c };
	sigset_t chld, old;
	const char *command;
	int64_t timeout;

	args_check(c, args, NELEM(args));
	command = arg_string(c, "command", NULL);
	if (arg_bool(c, "run_in_background", 0))
		fail(c, "run_in_background is not available: no process "
		    "outlives its call. Run it in the foreground, within the "
		    "timeout");
	timeout = arg_int(c, "timeout", TIME_DEFAULT_MS, 1, INT32_MAX);
	timeout = MINIMUM(timeout, (int64_t)c->time_ms);
	b.deadline = now_ms() + (uint64_t)timeout;
	bound_init(&b.bound, c, c->output_max);
	/* Only while ppoll() waits may SIGCHLD come. */
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, &old);
	sigaction(SIGCHLD, &sa, NULL);
	b.ooms = ooms();
	start(&b, command);
	run(&b, &old);
	kill_tree(&b);
	drain(&b);
	if (!b.timed_out)
		read_cwd(&b);
	finish(&b, timeout);
	fail(c, "unreachable");
}
