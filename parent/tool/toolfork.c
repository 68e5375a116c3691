/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Who makes a scope's tools where limits are of control groups version 1.
 * Moving a process into such a group takes milliseconds and holds up every
 * fork of the machine meanwhile; being born there costs nothing.  So one
 * process a scope is moved once, shares our descriptor table, and clones what
 * it is told as our children, not its own.  Run as root; it reads from the
 * parent alone and runs nothing but toolexec.c.
 */
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "parent/tool/tool_int.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

#define ANSWER_MS	2000	/* a group without cpu time left is slow */

static void	 toolfork_gone(struct tool_scope *);

struct answer {
	pid_t	 pid;
	int	 err;
};

static void
fork_loop(const struct tool_scope *sc, int sock, pid_t parent)
{
	struct tool_child c;
	struct answer a;

	toolexec_reset_signals();
	(void)prctl(PR_SET_NAME, "toolmaker");
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1 || getppid() != parent)
		_exit(1);
	a.pid = getpid();
	a.err = toolcg_join(sc) == -1 ? errno : 0;
	if (send(sock, &a, sizeof(a), MSG_NOSIGNAL) == -1)
		_exit(1);
	while (recv(sock, &c, sizeof(c), 0) == (ssize_t)sizeof(c)) {
		a.pid = toolexec_clone(&c, CLONE_PARENT);
		a.err = errno;
		if (send(sock, &a, sizeof(a), MSG_NOSIGNAL) == -1)
			break;
	}
	_exit(0);
}

/* Within its time, however many children end meanwhile. */
static int
answer(struct tool_scope *sc, struct answer *a)
{
	struct pollfd p = { .fd = sc->forker_sock, .events = POLLIN };
	uint64_t now = now_ms(), end = now + ANSWER_MS;
	int r = -1;

	while (now < end && (r = poll(&p, 1, (int)(end - now))) == -1 &&
	    errno == EINTR)
		now = now_ms();
	if (r == 1 && recv(p.fd, a, sizeof(*a), MSG_DONTWAIT) ==
	    (ssize_t)sizeof(*a))
		return (0);
	errno = EAGAIN;
	return (-1);
}

/* Not waited for: it joins its groups while others start. */
static int
fork_start(struct tool_scope *sc)
{
	pid_t parent = getpid();
	sigset_t all, old;
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) == -1)
		return (-1);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	/* The exit signal is what those it makes will have. */
	sc->forker = (pid_t)syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0,
	    0, 0);
	if (sc->forker == 0)
		fork_loop(sc, sv[1], parent);
	sigprocmask(SIG_SETMASK, &old, NULL);
	sc->forker_sock = sv[0];
	sc->forker_end = sv[1];		/* one table: it is open there too */
	sc->forker_ready = 0;
	if (sc->forker != -1)
		return (0);
	toolfork_gone(sc);
	return (-1);
}

/* Behind everything else of a scope: it remembers what is there now. */
int
toolfork_new(struct tool_scope *sc)
{
	sc->forker_sock = sc->forker_end = -1;
	if (!toolcg_inherited(sc))
		return (0);
	return (fork_start(sc));
}

static void
toolfork_gone(struct tool_scope *sc)
{
	if (sc->forker_sock != -1) {
		close(sc->forker_sock);
		close(sc->forker_end);
	}
	sc->forker_sock = sc->forker_end = -1;
	sc->forker = 0;
}

static void
fork_restart(struct tool_scope *sc)
{
	log_warnx("agent %s: the maker of its tools does not answer: another "
	    "is made", scope_name(sc->scope));
	if (sc->forker > 0)
		(void)kill(sc->forker, SIGKILL);
	toolfork_gone(sc);
	(void)fork_start(sc);
}

pid_t
toolfork_make(struct tool_scope *sc, const struct tool_child *c)
{
	struct answer a;

	/* A twin's words are in our memory, not in the maker's. */
	if (!toolcg_inherited(sc) || c->twin != NULL)
		return (toolexec_clone(c, 0));
	if (sc->forker <= 0 && fork_start(sc) == -1)
		return (-1);
	if (!sc->forker_ready) {
		if (answer(sc, &a) == -1)
			goto fail;
		if (a.err != 0)
			log_warnx("agent %s: its control groups cannot be "
			    "joined: %s", scope_name(sc->scope),
			    strerror(a.err));
		sc->forker_ready = 1;
	}
	if (send(sc->forker_sock, c, sizeof(*c), MSG_NOSIGNAL) !=
	    (ssize_t)sizeof(*c) || answer(sc, &a) == -1)
		goto fail;
	errno = a.err;
	return (a.pid);
fail:
	fork_restart(sc);
	errno = EAGAIN;
	return (-1);
}

void
toolfork_end(struct tool_scope *sc)
{
	pid_t pid = sc->forker;

	toolfork_gone(sc);
	if (pid > 0) {
		(void)kill(pid, SIGKILL);
		toolproc_wait(pid);
	}
}

int
toolfork_reaped(struct tool_scope *sc, pid_t pid)
{
	if (pid != sc->forker || pid <= 0)
		return (0);
	toolfork_gone(sc);
	return (1);
}
