/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * telclaudectl send: a text or a file to a chat, by way of the relay and its
 * filter.  Run by the administrator; the file is opened as the caller.
 */
#include <sys/mman.h>
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "telclauded/ctl/view.h"
#include "telclauded/lib/util.h"

#define SEND_MAX	(16u << 20)	/* above what the relay sends */

static int
usage(void)
{
	fprintf(stderr, "usage: telclaudectl send chat text\n"
	    "       telclaudectl send chat --file path [--caption text]\n");
	return (CTL_USAGE);
}

static const char *
base_name(const char *path)
{
	const char	*s = strrchr(path, '/');

	return (s == NULL ? path : s + 1);
}

static int
plain(int fd)
{
	struct stat	st;

	if (fstat(fd, &st) == -1)
		return (0);
	errno = EINVAL;
	return (S_ISREG(st.st_mode));
}

/* The relay refuses what is larger; no more of it is read. */
static int
fill(int to, int fd)
{
	static char	p[65536];
	size_t		all = 0;
	ssize_t		n;

	while ((n = read(fd, p, sizeof(p))) > 0) {
		if (write(to, p, (size_t)n) != n)
			return (-1);
		if ((all += (size_t)n) > SEND_MAX)
			break;
	}
	return (n == -1 || lseek(to, 0, SEEK_SET) == -1 ? -1 : 0);
}

/* In memory: a disk that hangs may hold up us, not the relay. */
static int
copied(const char *path)
{
	int	fd, to = -1;

	/* Nor may a FIFO. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd == -1 || !plain(fd) ||
	    (to = memfd_create("send", MFD_CLOEXEC)) == -1 ||
	    fill(to, fd) == -1) {
		warnx("%s: %s", path, strerror(errno));
		if (to != -1)
			close(to);
		to = -1;
	}
	if (fd != -1)
		close(fd);
	return (to);
}

static int
send_file(struct ctl *c, int64_t chat, const char *path, const char *caption)
{
	char	name[128];
	int	fd;

	if ((fd = copied(path)) == -1)
		return (1);
	(void)str_copy(name, base_name(path), sizeof(name));
	return (ask_relay(c, ASK_SEND, chat, 0, name, caption, fd, NULL));
}

int
cmd_send(struct ctl *c)
{
	char	*end, said[64];
	int64_t	 chat;
	int	 r;

	errno = 0;
	chat = strtoll(c->argv[0], &end, 10);
	if (errno != 0 || *end != '\0' || end == c->argv[0] || chat == 0) {
		warnx("%s: not the number of a chat", c->argv[0]);
		return (CTL_USAGE);
	}
	if (strcmp(c->argv[1], "--file") != 0) {
		if (c->argc != 2 || strncmp(c->argv[1], "--", 2) == 0)
			return (usage());
		r = ask_relay(c, ASK_SEND, chat, 0, NULL, c->argv[1], -1,
		    NULL);
	} else if (c->argc == 3)
		r = send_file(c, chat, c->argv[2], NULL);
	else if (c->argc == 5 && strcmp(c->argv[3], "--caption") == 0)
		r = send_file(c, chat, c->argv[2], c->argv[4]);
	else
		return (usage());
	if (r != 0)
		return (r);
	(void)str_format(said, sizeof(said), "queued for chat %lld",
	    (long long)chat);
	view_done(c, json_integer(chat), said);
	return (0);
}
