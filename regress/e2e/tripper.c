/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Stands between a running process of the family and its messages: as its
 * tracer it sees each one leave and arrive, whatever cage the process is in,
 * and kills it at exactly the one that was asked for.
 *
 *	tripper PID list		prints "sent NAME" and "got NAME"
 *	tripper PID before NAME N	the N-th NAME is not sent any more
 *	tripper PID after NAME N	it is sent, and nothing after it
 *	tripper PID got NAME N		it has arrived and is not looked at
 *
 * Prints "ready" when it watches, "tripped" when it has killed.  Ends with 0
 * when it killed, with 1 when the process went otherwise; SIGTERM ends it and
 * lets the process be.
 */
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <endian.h>
#include <errno.h>
#include <linux/ptrace.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "imsg/msg.h"

#define FDS		4096
#define IOVS		64
#define BYTES		(1u << 20)

enum when { LIST, BEFORE, AFTER, GOT };

/* Where in a stream of frames we are: bytes of the frame still to come, and
 * what is there of a header that came in parts. */
struct place {
	uint8_t		 head[MSG_HDRLEN];
	unsigned	 have;
	uint32_t	 left;
	uint16_t	 type;
	int		 inside;
};

static struct {
	pid_t		 pid;
	enum when	 when;
	uint16_t	 type;
	unsigned	 n, seen;
	struct place	 tx[FDS], rx[FDS];
	uint8_t		 buf[BYTES];
} tr;

static volatile sig_atomic_t	quit;

static void
on_term(int sig)
{
	(void)sig;
	quit = 1;
}

static void
fail(const char *what)
{
	perror(what);
	exit(1);
}

static uint16_t
by_name(const char *s)
{
	uint16_t	 t;

	for (t = 1; t < MSG_MAX; t++)
		if (strcmp(msg_name(t), s) == 0)
			return (t);
	fprintf(stderr, "tripper: no message %s\n", s);
	exit(2);
}

static void
peek(const void *local, size_t n, uint64_t remote)
{
	union { const void *c; void *v; } l = { .c = local };
	struct iovec	 in = { l.v, n };
	struct iovec	 out = { (void *)(uintptr_t)remote, n };

	if (process_vm_readv(tr.pid, &in, 1, &out, 1, 0) != (ssize_t)n)
		fail("process_vm_readv");
}

/* The first `most' bytes of what a msghdr of the process points to. */
static size_t
gather(uint64_t remote, size_t most)
{
	struct msghdr	 m;
	struct iovec	 iov[IOVS];
	size_t		 i, n, len = 0;

	peek(&m, sizeof(m), remote);
	if (m.msg_iovlen > IOVS)
		fail("too many pieces");
	peek(iov, m.msg_iovlen * sizeof(*iov), (uint64_t)(uintptr_t)m.msg_iov);
	for (i = 0; i < m.msg_iovlen && len < most; i++) {
		n = iov[i].iov_len < most - len ? iov[i].iov_len : most - len;
		if (len + n > sizeof(tr.buf))
			fail("too much at once");
		peek(tr.buf + len, n, (uint64_t)(uintptr_t)iov[i].iov_base);
		len += n;
	}
	return (len);
}

/* Moves on by these bytes; fn hears of each message that is whole by then,
 * begun of each that begins.  How often was ours among them? */
static unsigned
frames(struct place *p, const uint8_t *b, size_t n, int begun,
    const char *word)
{
	unsigned	 hits = 0;
	uint32_t	 len, step;

	while (n > 0) {
		if (!p->inside) {
			p->head[p->have++] = *b++;
			n--;
			if (p->have < MSG_HDRLEN)
				continue;
			memcpy(&len, p->head, 4);
			memcpy(&p->type, p->head + 4, 2);
			p->type = be16toh(p->type);
			p->left = be32toh(len) - MSG_HDRLEN;
			p->have = 0;
			p->inside = 1;
			if (begun && p->type == tr.type)
				hits++;
		}
		step = p->left < n ? p->left : (uint32_t)n;
		b += step;
		n -= step;
		p->left -= step;
		if (p->left > 0)
			break;
		p->inside = 0;
		if (word != NULL)
			printf("%s %s\n", word, msg_name(p->type));
		if (!begun && p->type == tr.type)
			hits++;
	}
	return (hits);
}

static void
trip(void)
{
	(void)kill(tr.pid, SIGKILL);
	puts("tripped");
	fflush(stdout);
	exit(0);
}

static void
on_send_entry(unsigned fd, uint64_t msg)
{
	struct place	 p = tr.tx[fd];

	if (tr.when != BEFORE)
		return;
	/* Counted when it is sent in full; here it only begins. */
	if (tr.seen + frames(&p, tr.buf, gather(msg, SIZE_MAX), 1,
	    NULL) >= tr.n)
		trip();
}

static void
on_send_exit(unsigned fd, uint64_t msg, size_t n)
{
	tr.seen += frames(&tr.tx[fd], tr.buf, gather(msg, n), 0,
	    tr.when == LIST ? "sent" : NULL);
	if (tr.when == AFTER && tr.seen >= tr.n)
		trip();
}

static void
on_recv_exit(unsigned fd, uint64_t msg, size_t n)
{
	unsigned	 hits;

	hits = frames(&tr.rx[fd], tr.buf, gather(msg, n), 0,
	    tr.when == LIST ? "got" : NULL);
	if (tr.when == GOT && (tr.seen += hits) >= tr.n)
		trip();
}

static void
look(void)
{
	static uint64_t			 nr, args[6];
	struct ptrace_syscall_info	 s;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, tr.pid, sizeof(s), &s) <= 0)
		return;
	if (s.op == PTRACE_SYSCALL_INFO_ENTRY ||
	    s.op == PTRACE_SYSCALL_INFO_SECCOMP) {
		nr = s.entry.nr;
		memcpy(args, s.entry.args, sizeof(args));
		if (nr == SYS_sendmsg && args[0] < FDS)
			on_send_entry((unsigned)args[0], args[1]);
		return;
	}
	if (s.op != PTRACE_SYSCALL_INFO_EXIT || args[0] >= FDS)
		return;
	if (nr == SYS_sendmsg && s.exit.rval > 0)
		on_send_exit((unsigned)args[0], args[1],
		    (size_t)s.exit.rval);
	else if (nr == SYS_recvmsg && s.exit.rval > 0)
		on_recv_exit((unsigned)args[0], args[1],
		    (size_t)s.exit.rval);
	else if (nr == SYS_close) {
		memset(&tr.tx[args[0]], 0, sizeof(tr.tx[0]));
		memset(&tr.rx[args[0]], 0, sizeof(tr.rx[0]));
	}
	nr = (uint64_t)-1;
}

static void
follow(void)
{
	int	 st, sig;

	for (;;) {
		if (waitpid(tr.pid, &st, __WALL) == -1) {
			if (errno != EINTR)
				exit(1);
			if (quit)
				exit(0);
			continue;
		}
		if (!WIFSTOPPED(st))
			exit(1);
		sig = 0;
		if (WSTOPSIG(st) == (SIGTRAP | 0x80))
			look();
		else if (st >> 16 == 0)
			sig = WSTOPSIG(st);
		if (quit)
			exit(0);
		if (ptrace(PTRACE_SYSCALL, tr.pid, 0, sig) == -1)
			exit(1);
	}
}

int
main(int argc, char **argv)
{
	static const char *const	 names[] = { "list", "before",
					    "after", "got" };
	struct sigaction		 sa;
	int				 st, i;

	if (argc != 3 && argc != 5)
		return (2);
	tr.pid = (pid_t)strtol(argv[1], NULL, 10);
	for (i = 0; i < 4; i++)
		if (strcmp(argv[2], names[i]) == 0)
			tr.when = (enum when)i;
	if (argc == 5) {
		tr.type = by_name(argv[3]);
		tr.n = (unsigned)strtoul(argv[4], NULL, 10);
	}
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_term;
	(void)sigaction(SIGTERM, &sa, NULL);
	if (ptrace(PTRACE_SEIZE, tr.pid, 0, PTRACE_O_TRACESYSGOOD) == -1 ||
	    ptrace(PTRACE_INTERRUPT, tr.pid, 0, 0) == -1 ||
	    waitpid(tr.pid, &st, __WALL) == -1)
		fail("ptrace");
	puts("ready");
	fflush(stdout);
	if (ptrace(PTRACE_SYSCALL, tr.pid, 0, 0) == -1)
		fail("ptrace");
	setvbuf(stdout, NULL, _IOLBF, 0);
	follow();
}
