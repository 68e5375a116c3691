/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * A hostile runner for hostilerun.t, in the runner's place, user and cage.
 * It reads the output of each tool to its end; output that begins with
 * ATTACK is a script (evilmsg.c, evilsys.c) that runs before the honest
 * answer, T being its job and P the one before.
 *
 *	silent		no honest answer follows
 */
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "engines/common/engine.h"
#include "imsg/job.h"
#include "regress/confinement/evil.h"
#include "telclauded/lib/log.h"
#include "telclauded/lib/text.h"

#define READ_MAX	4096

/* One job at a time is enough for the test. */
static struct event	*readable;
static int		 out = -1;
static struct buf	 raw;

/* What the double of the agent has and this one needs not. */
void
evil_run(void)
{
}

void
evil_done(uint64_t turn, unsigned outcome, const char *why)
{
	(void)turn;
	(void)outcome;
	(void)why;
}

/* The tool's frames without their headers; a tool is honest here. */
static void
unframe(struct buf *to)
{
	size_t	 off = 0, len;
	uint8_t	*p;

	while (raw.len - off >= FRAME_HDRLEN) {
		p = (uint8_t *)raw.p + off;
		len = (size_t)p[1] << 24 | (size_t)p[2] << 16 |
		    (size_t)p[3] << 8 | p[4];
		off += FRAME_HDRLEN;
		if (len > raw.len - off)
			return;
		if (p[0] == FRAME_DATA)
			(void)buf_add(to, p + FRAME_HDRLEN, len);
		off += len;
	}
}

static void
answer(const char *p, size_t len)
{
	struct msg_RUN_HEAD	 h;
	struct msg_RUN_DONE	 d;
	struct stream		*s;

	if ((s = stream_write_new(evil.relay, NULL, NULL)) == NULL)
		return;
	memset(&h, 0, sizeof(h));
	h.job = evil.turn;
	h.sid = stream_sid(s);
	msg_send_RUN_HEAD(evil.relay, 0, -1, &h);
	(void)stream_write(s, p, len);
	stream_finish(s, 0);
	memset(&d, 0, sizeof(d));
	d.job = evil.turn;
	msg_send_RUN_DONE(evil.relay, 0, -1, &d);
}

/* 1: silent. */
static int
script(char *text)
{
	char	*line, *cmd;
	int	 silent = 0;

	(void)strsep(&text, "\n");
	while ((line = strsep(&text, "\n")) != NULL) {
		cmd = evil_word(&line);
		if (strcmp(cmd, "silent") == 0)
			silent = 1;
		else if (*cmd != '\0' && !evil_message(cmd, line) &&
		    !evil_system(cmd, line))
			evil_say("no command %s", cmd);
	}
	return (silent);
}

static void
finished(void)
{
	struct buf	 text;
	int		 silent = 0;

	buf_init(&text);
	unframe(&text);
	buf_free(&evil.report);
	if (text.len > 6 && memcmp(text.p, "ATTACK", 6) == 0) {
		silent = script(text.p);
		buf_free(&text);
		(void)buf_printf(&text, "%sscript done", evil.report.p ==
		    NULL ? "" : evil.report.p);
	}
	if (!silent)
		answer(text.len > 0 ? text.p : "", text.len);
	evil.past = evil.turn;
	buf_free(&text);
	buf_free(&raw);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	char	 block[READ_MAX];
	ssize_t	 n = read(fd, block, sizeof(block));

	(void)what;
	(void)arg;
	if (n > 0)
		(void)buf_add(&raw, block, (size_t)n);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		event_free(readable);
		readable = NULL;
		close(out);
		out = -1;
		finished();
	}
}

static void
on_TOOL_OUT(struct link *l, const struct msg_TOOL_OUT *m,
    struct msg_meta *meta)
{
	(void)l;
	if (out != -1)
		return;
	evil.turn = m->job;
	out = meta->fd;
	meta->fd = -1;
	readable = event_new(engine_base(), out, EV_READ | EV_PERSIST,
	    on_readable, NULL);
	event_add(readable, NULL);
}

static void
on_TOOL_EXIT(struct link *l, const struct msg_TOOL_EXIT *m,
    struct msg_meta *meta)
{
	(void)l;
	(void)m;
	(void)meta;
}

static void
on_CONF_RUNNER(struct link *l, const struct msg_CONF_RUNNER *m,
    struct msg_meta *meta)
{
	(void)l;
	(void)m;
	(void)meta;
}

static void
on_RUN_JOB(struct link *l, const struct msg_RUN_JOB *m, struct msg_meta *meta)
{
	(void)l;
	(void)m;
	(void)meta;
}

static const struct msg_handlers	 relay_handlers = {
	.RUN_JOB = on_RUN_JOB
};

static void
relay_closed(struct link *l)
{
	evil.relay = NULL;
	link_free(l);
}

static const struct link_ops	 relay_ops = {
	&relay_handlers, relay_closed, engine_violation
};

static void
evil_newlink(enum proc peer, enum scope scope, int fd)
{
	link_free(evil.relay);
	evil.relay = link_new(engine_base(), fd, PROC_RUNNER, peer, scope,
	    &relay_ops, NULL);
}

static struct msg_handlers	 handlers = {
	.CONF_RUNNER = on_CONF_RUNNER,
	.TOOL_OUT = on_TOOL_OUT,
	.TOOL_EXIT = on_TOOL_EXIT,
};

static const struct engine_def	 def = {
	.proc = PROC_RUNNER,
	.parent = &handlers,
	.link = evil_newlink,
};

int
main(int argc, char **argv)
{
	engine_main(&def, argc, argv);
}
