/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The baseline of a first use of a name: A and AAAA of N names below a domain
 * asked of a name server at once, over a new socket each, and both answers
 * read.  Prints microseconds, one a line.  dnsask SERVER N DOMAIN
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double
now_us(void)
{
	struct timespec	 t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return ((double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3);
}

static size_t
question(uint8_t *b, const char *name, uint8_t type, uint8_t id)
{
	uint8_t	*p = b + 12;
	size_t	 n;

	memset(b, 0, 12);
	b[1] = id;
	b[2] = 1;
	b[5] = 1;
	for (; *name != '\0'; name += n + (name[n] == '.')) {
		n = strcspn(name, ".");
		*p++ = (uint8_t)n;
		memcpy(p, name, n);
		p += n;
	}
	memcpy(p, "\0\0\0\0\1", 5);
	p[2] = type;
	return ((size_t)(p + 5 - b));
}

int
main(int argc, char **argv)
{
	struct sockaddr_in	 sin = { .sin_family = AF_INET };
	uint8_t			 b[512];
	char			 name[256];
	double			 t0;
	int			 i, fd;

	if (argc != 4 || inet_pton(AF_INET, argv[1], &sin.sin_addr) != 1)
		return (2);
	sin.sin_port = htons(53);
	for (i = 0; i < atol(argv[2]); i++) {
		snprintf(name, sizeof(name), "b%d.%s", i, argv[3]);
		t0 = now_us();
		fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		if (connect(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1 ||
		    send(fd, b, question(b, name, 1, 1), 0) == -1 ||
		    send(fd, b, question(b, name, 28, 2), 0) == -1 ||
		    recv(fd, b, sizeof(b), 0) <= 0 ||
		    recv(fd, b, sizeof(b), 0) <= 0)
			return (1);
		close(fd);
		printf("%.0f\n", now_us() - t0);
	}
	return (0);
}
