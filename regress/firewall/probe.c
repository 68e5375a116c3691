/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Real packets for the firewall tests.
 *
 *	probe UID tcp|udp ADDR PORT	connects (or sends and waits for the
 *			echo) as that uid; prints ok or the errno's name, and
 *			"slow" when it took over 200 ms
 *	probe UID stream ADDR PORT	connects, then sends each line of its
 *			input and prints what came back
 *	probe 0 serve ADDR PORT		echoes TCP and UDP; :: is every address
 *	probe 0 noise ADDR PORT	answers UDP as a name server gone mad would
 */
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static socklen_t
address(const char *s, const char *port, struct sockaddr_storage *ss)
{
	struct sockaddr_in	*v4 = (struct sockaddr_in *)ss;
	struct sockaddr_in6	*v6 = (struct sockaddr_in6 *)ss;
	in_port_t		 p = htons((in_port_t)strtoul(port, NULL, 10));

	memset(ss, 0, sizeof(*ss));
	if (inet_pton(AF_INET, s, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = p;
		return (sizeof(*v4));
	}
	if (inet_pton(AF_INET6, s, &v6->sin6_addr) != 1)
		exit(2);
	v6->sin6_family = AF_INET6;
	v6->sin6_port = p;
	return (sizeof(*v6));
}

static long
ms_since(const struct timespec *t0)
{
	struct timespec	 t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return ((t.tv_sec - t0->tv_sec) * 1000 +
	    (t.tv_nsec - t0->tv_nsec) / 1000000);
}

static int
attempt(int s, const struct sockaddr_storage *ss, socklen_t len, int udp)
{
	struct pollfd	 p = { s, POLLIN, 0 };
	char		 c = 'x';

	if (connect(s, (const struct sockaddr *)ss, len) == -1)
		return (-1);
	if (!udp)
		return (0);
	if (send(s, &c, 1, 0) == -1)
		return (-1);
	if (poll(&p, 1, 1000) == 0) {
		errno = ETIMEDOUT;
		return (-1);
	}
	return (recv(s, &c, 1, 0) == 1 ? 0 : -1);
}

static int
client(const char *kind, const char *addr, const char *port)
{
	struct sockaddr_storage	 ss;
	struct timespec		 t0;
	socklen_t		 len = address(addr, port, &ss);
	char			 line[64];
	ssize_t			 n;
	int			 s, udp = strcmp(kind, "udp") == 0;

	s = socket(ss.ss_family, udp ? SOCK_DGRAM : SOCK_STREAM, 0);
	if (s == -1)
		return (2);
	clock_gettime(CLOCK_MONOTONIC, &t0);
	if (attempt(s, &ss, len, udp) == -1) {
		printf("%s%s\n", strerrorname_np(errno),
		    ms_since(&t0) > 200 ? " slow" : "");
		return (1);
	}
	printf("ok%s\n", ms_since(&t0) > 200 ? " slow" : "");
	fflush(stdout);
	if (strcmp(kind, "stream") != 0)
		return (0);
	while (fgets(line, sizeof(line), stdin) != NULL) {
		n = send(s, line, strlen(line), MSG_NOSIGNAL);
		if (n != -1)
			n = recv(s, line, sizeof(line) - 1, 0);
		line[n > 0 ? n : 0] = '\0';
		printf("%s", n > 0 ? line :
		    n == 0 ? "closed\n" : strerrorname_np(errno));
		fflush(stdout);
	}
	return (0);
}

static void
echo(int s)
{
	char	 buf[512];
	ssize_t	 n;

	while ((n = read(s, buf, sizeof(buf))) > 0)
		if (write(s, buf, (size_t)n) != n)
			break;
	_exit(0);
}

/* Keeps the id and says it is an answer; the rest is dice. */
static void
garble(char *buf, ssize_t n)
{
	if (n <= 12)
		return;
	buf[2] = (char)0x81;
	buf[3] = (char)0x80;
	buf[5] = buf[7] = 1;
	(void)!getrandom(buf + n - (n - 12) / 2, (size_t)(n - 12) / 2, 0);
}

static void
serve_one(int tcp, int udp, const struct pollfd *p, int noise)
{
	struct sockaddr_storage	 from;
	socklen_t		 len = sizeof(from);
	char			 buf[512];
	ssize_t			 n;
	int			 c;

	if (p[0].revents != 0 && (c = accept(tcp, NULL, NULL)) != -1) {
		if (fork() == 0)
			echo(c);
		close(c);
	}
	if (p[1].revents != 0 && (n = recvfrom(udp, buf, sizeof(buf), 0,
	    (struct sockaddr *)&from, &len)) > 0) {
		if (noise)
			garble(buf, n);
		(void)sendto(udp, buf, (size_t)n, 0,
		    (struct sockaddr *)&from, len);
	}
}

static int
serve(const char *addr, const char *port, int noise)
{
	struct sockaddr_storage	 ss;
	struct pollfd		 p[2];
	socklen_t		 len = address(addr, port, &ss);
	int			 one = 1, zero = 0, i;
	int			 s[2];

	signal(SIGCHLD, SIG_IGN);
	for (i = 0; i < 2; i++) {
		s[i] = socket(ss.ss_family,
		    i == 0 ? SOCK_STREAM : SOCK_DGRAM, 0);
		setsockopt(s[i], SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
		if (ss.ss_family == AF_INET6)
			setsockopt(s[i], IPPROTO_IPV6, IPV6_V6ONLY, &zero,
			    sizeof(zero));
		if (bind(s[i], (struct sockaddr *)&ss, len) == -1)
			return (2);
		p[i].fd = s[i];
		p[i].events = POLLIN;
	}
	if (listen(s[0], 16) == -1)
		return (2);
	puts("serving");
	fflush(stdout);
	while (poll(p, 2, -1) > 0)
		serve_one(s[0], s[1], p, noise);
	return (0);
}

int
main(int argc, char **argv)
{
	uid_t	 uid;

	if (argc != 5)
		return (2);
	if (strcmp(argv[2], "serve") == 0 ||
	    strcmp(argv[2], "noise") == 0)
		return (serve(argv[3], argv[4], *argv[2] == 'n'));
	uid = (uid_t)strtoul(argv[1], NULL, 10);
	if (uid != 0 && (setresgid(uid, uid, uid) == -1 ||
	    setresuid(uid, uid, uid) == -1))
		return (2);
	return (client(argv[2], argv[3], argv[4]));
}
