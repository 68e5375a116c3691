/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The forbidden acts of selftest.def, as code: each gives 0 when it worked,
 * else the errno.  Run by a twin; harmless where a wall is missing, for what
 * they pass would do nothing or is undone.  No act needs a call of its own
 * to say how another went.
 */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engines/common/selftest.h"
#include "telclauded/lib/util.h"

#define ANSWER_MS	200	/* what our rules refuse is refused at once */
#define SPARE_FDS	64
#define LOOPBACK	0x7f000001u
#define METADATA	0xa9fea9feu	/* 169.254.169.254 */

#define sys(...)	outcome(syscall(__VA_ARGS__))

static int
outcome(long r)
{
	return (r == -1 ? errno : 0);
}

/* --- files ------------------------------------------------------------- */

static int
opens(const char *path, int flags)
{
	long	 fd;

	if ((fd = syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC |
	    O_NONBLOCK, 0)) == -1)
		return (errno);
	(void)close((int)fd);
	return (0);
}

static int
openproc(const struct self_ctx *c, const char *name, int flags)
{
	char	 path[64];

	if (str_format(path, sizeof(path), "/proc/%d/%s", (int)c->sibling,
	    name) == -1)
		return (ENAMETOOLONG);
	return (opens(path, flags));
}

/* A whiteout: the one device that everybody may make. */
static int
device(const struct self_ctx *c)
{
	char	 path[1200];

	/* The twins of all tiers share this /tmp. */
	if (str_format(path, sizeof(path), "%s/.selftest-%d", c->tmp,
	    (int)c->tier) == -1)
		return (ENAMETOOLONG);
	if (syscall(SYS_mknodat, AT_FDCWD, path, S_IFCHR | 0600, 0) == -1)
		return (errno);
	(void)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
	return (0);
}

static int
makedir(const char *dir)
{
	char	 path[1200];

	if (str_format(path, sizeof(path), "%s/.selftest", dir) == -1)
		return (ENAMETOOLONG);
	if (syscall(SYS_mkdirat, AT_FDCWD, path, 0700) == -1)
		return (errno);
	(void)syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR);
	return (0);
}

static int
leftover(const struct self_ctx *c)
{
	int	 fd;

	for (fd = c->fds; fd < SPARE_FDS; fd++)
		if (fcntl(fd, F_GETFD) != -1)
			return (0);
	return (errno);
}

/* --- programs and memory ----------------------------------------------- */

/* What an engine's view has to execute is the loader of its libraries. */
static int
execs(const struct self_ctx *c)
{
	static const char *const progs[] = { "/lib64/ld-linux-x86-64.so.2",
	    "/lib/ld-linux-aarch64.so.1", "/bin/sh" };
	char	 name[] = "selftest";
	char	*argv[] = { name, NULL }, *envp[] = { NULL };
	size_t	 i;
	int	 err = ENOENT;

	(void)c;
	for (i = 0; i < NELEM(progs) && err == ENOENT; i++)
		err = sys(SYS_execve, progs[i], argv, envp);
	return (err);
}

static int
clones(unsigned long flags)
{
	long	 pid;

	pid = syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
	if (pid == -1)
		return (errno);
	if (pid == 0)
		_exit(0);
	(void)waitpid((pid_t)pid, NULL, 0);
	return (0);
}

static int
mapexec(void)
{
	void	*p;

	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return (errno);
	(void)munmap(p, 4096);
	return (0);
}

static int
protexec(void)
{
	void	*p;
	int	 err;

	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return (ENOMEM);
	err = outcome(mprotect(p, 4096, PROT_READ | PROT_EXEC));
	(void)munmap(p, 4096);
	return (err);
}

static int
allcaps(void)
{
	struct __user_cap_header_struct	 h = { _LINUX_CAPABILITY_VERSION_3,
	    0 };
	struct __user_cap_data_struct	 d[2];

	memset(d, 0xff, sizeof(d));
	return (sys(SYS_capset, &h, d));
}

static int
raiselimit(void)
{
	struct rlimit	 rl;

	if (syscall(SYS_prlimit64, 0, RLIMIT_CORE, NULL, &rl) == -1)
		return (errno);
	rl.rlim_cur = rl.rlim_max = rl.rlim_max + 4096;
	return (sys(SYS_prlimit64, 0, RLIMIT_CORE, &rl, NULL));
}

/* --- network ----------------------------------------------------------- */

static int
socks(int family, int type, int proto)
{
	int	 s;

	if ((s = socket(family, type | SOCK_CLOEXEC, proto)) == -1)
		return (errno);
	(void)close(s);
	return (0);
}

/* How a connection ends that may not be made: at once, or not at all. */
static int
conn_answer(int s)
{
	struct pollfd	 p = { .fd = s, .events = POLLOUT };
	socklen_t	 len;
	int		 err = 0;

	len = sizeof(err);
	if (poll(&p, 1, ANSWER_MS) != 1)
		return (ETIMEDOUT);
	if (getsockopt(s, SOL_SOCKET, SO_ERROR, &err, &len) == -1)
		return (errno);
	return (err);
}

static int
conn(int type, const void *sa, socklen_t len)
{
	const struct sockaddr	*to = sa;
	int			 s, err, proto = 0;

	/* As exactly as the narrowest filter wants it. */
	if (to->sa_family != AF_UNIX)
		proto = type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP;
	if ((s = socket(to->sa_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    proto)) == -1)
		return (errno);
	err = outcome(connect(s, to, len));
	if (err == EINPROGRESS)
		err = conn_answer(s);
	if (err == 0 && type == SOCK_DGRAM)
		err = outcome(sendto(s, "", 1, MSG_NOSIGNAL, NULL, 0));
	(void)close(s);
	return (err);
}

static int
ipv4(int type, uint32_t addr, uint16_t port)
{
	struct sockaddr_in	 sin;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(addr);
	sin.sin_port = htons(port);
	return (conn(type, &sin, sizeof(sin)));
}

static int
tcp4(uint16_t port)
{
	return (ipv4(SOCK_STREAM, LOOPBACK, port));
}

static int
udp4(uint16_t port)
{
	return (ipv4(SOCK_DGRAM, LOOPBACK, port));
}

static int
metadata(void)
{
	return (ipv4(SOCK_STREAM, METADATA, 80));
}

static int
tcp6(uint16_t port)
{
	struct sockaddr_in6	 sin6;

	memset(&sin6, 0, sizeof(sin6));
	sin6.sin6_family = AF_INET6;
	sin6.sin6_addr = in6addr_loopback;
	sin6.sin6_port = htons(port);
	return (conn(SOCK_STREAM, &sin6, sizeof(sin6)));
}

static int
listens(void)
{
	struct sockaddr_in	 sin;
	int			 s, err;

	if ((s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return (errno);
	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	err = outcome(bind(s, (const struct sockaddr *)(const void *)&sin,
	    sizeof(sin)));
	if (err == 0)
		err = outcome(listen(s, 1));
	(void)close(s);
	return (err);
}

static int
abstract(const struct self_ctx *c)
{
	struct sockaddr_un	 sun;
	size_t			 n = strlen(c->abstract);

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	memcpy(sun.sun_path + 1, c->abstract, n);
	return (conn(SOCK_STREAM, &sun,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + n)));
}

static int
pathsock(const char *path)
{
	struct sockaddr_un	 sun;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if (str_copy(sun.sun_path, path, sizeof(sun.sun_path)) == -1)
		return (ENAMETOOLONG);
	return (conn(SOCK_STREAM, &sun, sizeof(sun)));
}

/* --- the table --------------------------------------------------------- */

#define A(id, words, eo, el, ef, to, tl, tf, expr)			\
static int								\
act_##id(const struct self_ctx *c)					\
{									\
	(void)c;							\
	return (expr);							\
}
#include "engines/common/selftest.def"
#undef A

int
self_act(const struct self_ctx *c, enum self_act a)
{
	static int (*const fn[SA_MAX])(const struct self_ctx *) = {
#define A(id, words, eo, el, ef, to, tl, tf, expr) [SA_##id] = act_##id,
#include "engines/common/selftest.def"
#undef A
	};

	return (a < SA_MAX ? fn[a](c) : ENOSYS);
}
