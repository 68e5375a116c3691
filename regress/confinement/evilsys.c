/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The hostile agent's descriptors and system calls.
 *
 *	list				what each descriptor is
 *	each				everything on each of them
 *	sendto LINK PATH		a packet past the link's own peer
 *	int80 NUMBER			the 32-bit way into the kernel
 *	sys NAME ARG...			the call, straight to the kernel; an ARG
 *					is a number, "text, or &: a buffer
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engines/common/cage.h"
#include "regress/confinement/evil.h"

#define FD_MOST		256
#define CALL_MOST	1024

static char	 buffer[65536];

static const char *
kind_of(int fd)
{
	struct stat	 st;

	if (fstat(fd, &st) == -1)
		return ("unknown");
	if (S_ISSOCK(st.st_mode))
		return ("socket");
	if (S_ISFIFO(st.st_mode))
		return ("pipe");
	if (S_ISCHR(st.st_mode))
		return (st.st_rdev == makedev(1, 3) ? "null" : "device");
	if (S_ISREG(st.st_mode))
		return ("file");
	if (S_ISDIR(st.st_mode))
		return ("directory");
	return ("anonymous");
}

static void
do_list(char *args)
{
	int	 fd, flags;

	(void)args;
	for (fd = 0; fd < FD_MOST; fd++)
		if ((flags = fcntl(fd, F_GETFL)) != -1)
			evil_say("fd %d %s mode %d%s", fd, kind_of(fd),
			    flags & O_ACCMODE, fd == 3 ? " parent" :
			    fd == evil_fd(evil.relay) ? " relay" :
			    fd == evil_fd(evil.gate) ? " gate" : "");
}

/* Pass a descriptor over another one. */
static int
pass(int over, int fd)
{
	union {
		struct cmsghdr	 h;
		uint8_t		 b[CMSG_SPACE(sizeof(int))];
	} c;
	struct iovec	 iov = { buffer, 1 };
	struct msghdr	 m = { .msg_iov = &iov, .msg_iovlen = 1,
	    .msg_control = c.b, .msg_controllen = sizeof(c.b) };

	memset(&c, 0, sizeof(c));
	c.h.cmsg_level = SOL_SOCKET;
	c.h.cmsg_type = SCM_RIGHTS;
	c.h.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&c.h), &fd, sizeof(int));
	return (sendmsg(over, &m, MSG_NOSIGNAL | MSG_DONTWAIT) == -1 ? errno :
	    0);
}

static void
one_fd(int fd)
{
	int	 link = fd == 3 || fd == evil_fd(evil.relay) ||
		    fd == evil_fd(evil.gate);
	int	 r, w = -1, s = -1;

	/* Links are for the messages; here is the rest. */
	r = link ? -1 : read(fd, buffer, 64) == -1 ? errno : 0;
	if (!link && fd > 2)
		w = write(fd, "garbage", 7) == -1 ? errno : 0;
	if (!link)
		s = pass(fd, 4);
	evil_say("fd %d read %d write %d pass %d pread %d seek %d trunc %d "
	    "sync %d setfl %d", fd, r, w, s,
	    pread(fd, buffer, 64, 0) == -1 ? errno : 0,
	    lseek(fd, 0, SEEK_SET) == -1 ? errno : 0,
	    link ? -1 : ftruncate(fd, 0) == -1 ? errno : 0,
	    fdatasync(fd) == -1 ? errno : 0,
	    fcntl(fd, F_SETFL, O_NONBLOCK | O_ASYNC) == -1 ? errno : 0);
}

static void
do_each(char *args)
{
	int	 fd;

	(void)args;
	for (fd = 0; fd < FD_MOST; fd++)
		if (fcntl(fd, F_GETFL) != -1)
			one_fd(fd);
}

/* To an address of our choice over a socket that has its own peer. */
static void
do_sendto(char *args)
{
	struct sockaddr_un	 sun = { .sun_family = AF_UNIX };
	struct iovec		 iov = { buffer, 1 };
	struct msghdr		 m = { .msg_iov = &iov, .msg_iovlen = 1,
	    .msg_name = &sun, .msg_namelen = sizeof(sun) };
	int			 fd = evil_fd(evil_link(evil_word(&args)));

	(void)str_copy(sun.sun_path, evil_word(&args), sizeof(sun.sun_path));
	evil_say("sendto %d", sendmsg(fd, &m, MSG_NOSIGNAL) == -1 ? errno :
	    0);
}

static long
call_number(const char *name)
{
	const char	*s;
	int		 nr;

	for (nr = 0; nr < CALL_MOST; nr++)
		if ((s = cage_call_name(nr)) != NULL && strcmp(s, name) == 0)
			return (nr);
	return (strtol(name, NULL, 0));
}

static void
do_sys(char *args)
{
	char	*name = evil_word(&args), *w;
	long	 a[6] = { 0 }, r;
	int	 i;

	for (i = 0; i < 6; i++) {
		w = evil_word(&args);
		if (*w == '"')
			a[i] = (long)(uintptr_t)(w + 1);
		else if (*w == '&')
			a[i] = (long)(uintptr_t)(buffer + 1024 * i);
		else
			a[i] = strtol(w, NULL, 0);
	}
	memset(buffer, 0, sizeof(buffer));
	errno = 0;
	r = syscall(call_number(name), a[0], a[1], a[2], a[3], a[4], a[5]);
	evil_say("sys %s %s", name, r != -1 ? "done" :
	    strerrorname_np(errno));
}

/* The 32-bit door, whose numbers mean other calls. */
static void
do_int80(char *args)
{
#ifdef __x86_64__
	long	 nr = strtol(evil_word(&args), NULL, 0);

	__asm__ volatile ("int $0x80" : "+a" (nr) : : "memory");
	evil_say("int80 %ld", nr);
#else
	(void)args;
	(void)syscall(SYS_getppid);
#endif
}

int
evil_system(const char *cmd, char *args)
{
	if (strcmp(cmd, "list") == 0)
		do_list(args);
	else if (strcmp(cmd, "each") == 0)
		do_each(args);
	else if (strcmp(cmd, "sendto") == 0)
		do_sendto(args);
	else if (strcmp(cmd, "int80") == 0)
		do_int80(args);
	else if (strcmp(cmd, "sys") == 0)
		do_sys(args);
	else
		return (0);
	return (1);
}
