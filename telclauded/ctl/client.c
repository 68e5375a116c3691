/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The conversation with the daemon: one question at a time, over the control
 * socket and, where an engine knows the answer, over a channel to it.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "telclauded/ctl/ctl.h"
#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"

#define ANSWER_S	10
#define PART_S		320	/* the parent gives up before that */

struct client {
	struct event_base	*base;
	struct link		*link;
	int			 closed;
	int			 done;
	int			 err;
	char			 why[1024];
	client_row_fn		 row;
	void			*rowctx;
	int			 fd;
	char			 name[128];	/* of a part */
	char			*uri;
	size_t			 urilen;
	uint32_t		 wait_s;
};

static void
on_row(struct link *l, const struct msg_CTL_ROW *m, struct msg_meta *meta)
{
	struct client	*c = link_ctx(l);
	const uint8_t	*p;
	size_t		 n;

	(void)meta;
	p = text_raw(m->json, &n);
	if (c->row != NULL)
		c->row((const char *)p, n, c->rowctx);
}

static void
on_end(struct link *l, const struct msg_CTL_END *m, struct msg_meta *meta)
{
	struct client	*c = link_ctx(l);

	(void)meta;
	c->err = m->err;
	text_for_log(m->why, c->why, sizeof(c->why));
	c->done = 1;
}

static void
on_fd(struct link *l, const struct msg_CTL_FD *m, struct msg_meta *meta)
{
	struct client	*c = link_ctx(l);

	c->err = m->err;
	c->fd = meta->fd;
	meta->fd = -1;
	c->done = 1;
}

static void
on_totp_state(struct link *l, const struct msg_TOTP_STATE *m,
    struct msg_meta *meta)
{
	struct client	*c = link_ctx(l);

	(void)meta;
	c->err = m->state;
	c->done = 1;
}

static void
on_totp_uri(struct link *l, const struct msg_TOTP_URI *m,
    struct msg_meta *meta)
{
	struct client	*c = link_ctx(l);

	(void)meta;
	c->err = m->result;
	if (c->uri != NULL && str_copy(c->uri, m->uri, c->urilen) == -1)
		c->err = TR_BROKEN;
	c->done = 1;
}

static void
on_totp_result(struct link *l, const struct msg_TOTP_RESULT *m,
    struct msg_meta *meta)
{
	struct client	*c = link_ctx(l);

	(void)meta;
	c->err = m->result;
	c->wait_s = m->wait_s;
	c->done = 1;
}

static void
on_part(struct link *l, const struct msg_CTL_PART *m, struct msg_meta *meta)
{
	struct client	*c = link_ctx(l);

	c->err = m->err;
	c->fd = meta->fd;
	meta->fd = -1;
	(void)str_copy(c->name, m->name, sizeof(c->name));
	text_for_log(m->why, c->why, sizeof(c->why));
	c->done = 1;
}

static const struct msg_handlers handlers = {
	.CTL_PART = on_part,
	.CTL_ROW = on_row,
	.CTL_END = on_end,
	.CTL_FD = on_fd,
	.TOTP_STATE = on_totp_state,
	.TOTP_URI = on_totp_uri,
	.TOTP_RESULT = on_totp_result,
};

static void
on_closed(struct link *l)
{
	struct client	*c = link_ctx(l);

	c->closed = 1;
	event_base_loopbreak(c->base);
}

static const struct link_ops ops = { &handlers, on_closed, NULL };

static int
client_connect(const char *path, int *down)
{
	struct sockaddr_un	 sun;
	int			 fd, saved;

	*down = 0;
	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if (str_copy(sun.sun_path, path, sizeof(sun.sun_path)) == -1) {
		warnx("%s: path too long", path);
		return (-1);
	}
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1) {
		warnx("socket: %s", strerror(errno));
		return (-1);
	}
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0)
		return (fd);
	saved = errno;
	close(fd);
	if (saved == ENOENT || saved == ECONNREFUSED) {
		*down = 1;
		fprintf(stderr, "telclauded is not running (nobody answers "
		    "at %s)\n", path);
	} else if (saved == EACCES || saved == EPERM)
		warnx("%s: permission denied: be root, or in the group of "
		    "`control group'", path);
	else
		warnx("%s: %s", path, strerror(saved));
	return (-1);
}

/* Takes the descriptor over, also when it fails. */
static int
client_attach(struct client *c, int fd, enum proc peer)
{
	link_free(c->link);
	c->closed = 0;
	c->link = link_new(c->base, fd, PROC_CTL, peer, SCOPE_NONE, &ops, c);
	return (c->link == NULL ? -1 : 0);
}

struct client *
client_open(const char *path, int *down)
{
	struct msg_CTL_HELLO	 hello = { .version = MSG_VERSION };
	struct client		*c;
	int			 fd;

	if ((fd = client_connect(path, down)) == -1)
		return (NULL);
	if ((c = calloc(1, sizeof(*c))) == NULL ||
	    (c->base = event_base_new()) == NULL) {
		close(fd);
		goto fail;
	}
	c->fd = -1;
	if (client_attach(c, fd, PROC_PARENT) == -1)
		goto fail;
	msg_send_CTL_HELLO(c->link, 0, -1, &hello);
	return (c);
fail:
	warnx("no memory");
	client_close(c);
	return (NULL);
}

void
client_close(struct client *c)
{
	if (c == NULL)
		return;
	link_free(c->link);
	if (c->base != NULL)
		event_base_free(c->base);
	free(c);
}

static void
client_begin(struct client *c)
{
	c->done = 0;
	c->err = 0;
	c->why[0] = '\0';
}

struct link *
client_rows(struct client *c, client_row_fn fn, void *ctx)
{
	client_begin(c);
	c->row = fn;
	c->rowctx = ctx;
	return (c->link);
}

/* Runs the loop until the answer is there; the daemon's code or -1. */
static int
client_wait_s(struct client *c, uint32_t sent, unsigned s)
{
	struct timeval	 tv = { (time_t)s, 0 };
	uint64_t	 end = now_ms() + s * 1000ULL;

	if (sent == 0)
		return (-1);
	while (!c->done && !c->closed && now_ms() < end) {
		event_base_loopexit(c->base, &tv);
		if (event_base_loop(c->base, EVLOOP_ONCE) == -1)
			break;
	}
	if (c->done)
		return (c->err);
	(void)str_copy(c->why, c->closed ? "the daemon closed the channel" :
	    "the daemon does not answer", sizeof(c->why));
	return (-1);
}

static int
client_wait(struct client *c, uint32_t sent)
{
	return (client_wait_s(c, sent, ANSWER_S));
}

int
client_part(struct client *c, unsigned part, char *name, size_t namelen,
    int *fd, char *why, size_t whylen)
{
	struct msg_CTL_COPY	 m = { .part = (uint8_t)part };
	int			 r;

	client_begin(c);
	c->fd = -1;
	c->name[0] = '\0';
	r = client_wait_s(c, msg_send_CTL_COPY(c->link, 0, -1, &m), PART_S);
	(void)str_copy(why, c->why, whylen);
	(void)str_copy(name, c->name, namelen);
	*fd = c->fd;
	c->fd = -1;
	return (r);
}

int
client_answer(struct client *c, uint32_t sent, char *why, size_t whylen)
{
	int	 r = client_wait(c, sent);

	(void)str_copy(why, c->why, whylen);
	return (r);
}

int
client_show(struct client *c, enum ctl_show what, client_row_fn fn, void *ctx,
    char *why, size_t whylen)
{
	struct msg_CTL_SHOW	 m = { .what = (uint8_t)what };

	(void)client_rows(c, fn, ctx);
	return (client_answer(c, msg_send_CTL_SHOW(c->link, 0, -1, &m), why,
	    whylen));
}

int
client_do(struct client *c, enum ctl_verb verb, uint8_t arg, char *why,
    size_t whylen)
{
	struct msg_CTL_DO	 m = { .verb = (uint8_t)verb, .arg = arg };

	client_begin(c);
	return (client_answer(c, msg_send_CTL_DO(c->link, 0, -1, &m), why,
	    whylen));
}

int
client_test(struct client *c, enum proc proc, enum scope scope,
    const char *host, uint16_t port, client_row_fn fn, void *ctx, char *why,
    size_t whylen)
{
	struct msg_CTL_TEST	 m;

	memset(&m, 0, sizeof(m));
	m.proc = (uint8_t)proc;
	m.scope = (uint8_t)scope;
	m.port = port;
	if (str_copy(m.host, host, sizeof(m.host)) == -1) {
		(void)str_copy(why, "a name has at most 253 bytes", whylen);
		return (1);
	}
	(void)client_rows(c, fn, ctx);
	return (client_answer(c, msg_send_CTL_TEST(c->link, 0, -1, &m), why,
	    whylen));
}

int
client_goto(struct client *c, enum proc role, char *why, size_t whylen)
{
	struct msg_CTL_OPEN	 m = { .role = (uint8_t)role };
	int			 r;

	client_begin(c);
	c->fd = -1;
	r = client_wait(c, msg_send_CTL_OPEN(c->link, 0, -1, &m));
	(void)str_copy(why, c->why, whylen);
	if (r != 0 || c->fd == -1) {
		if (why[0] == '\0')
			(void)str_format(why, whylen, "%s is not running",
			    proc_name(role));
		return (r == 0 ? -1 : r);
	}
	return (client_attach(c, c->fd, role));
}

int
client_enrol(struct client *c, const char *user, char *uri, size_t urilen)
{
	struct msg_TOTP_ENROL	 m;
	int			 r;

	memset(&m, 0, sizeof(m));
	if (str_copy(m.user, user, sizeof(m.user)) == -1)
		return (-1);
	client_begin(c);
	c->uri = uri;
	c->urilen = urilen;
	r = client_wait(c, msg_send_TOTP_ENROL(c->link, 0, -1, &m));
	c->uri = NULL;
	return (r);
}

int
client_confirm(struct client *c, const char *user, const char *code,
    uint32_t *wait_s)
{
	struct msg_TOTP_CONFIRM	 m;
	int			 r;

	memset(&m, 0, sizeof(m));
	if (str_copy(m.user, user, sizeof(m.user)) == -1 ||
	    str_copy(m.code, code, sizeof(m.code)) == -1)
		return (-1);
	client_begin(c);
	r = client_wait(c, msg_send_TOTP_CONFIRM(c->link, 0, -1, &m));
	*wait_s = c->wait_s;
	explicit_bzero(&m, sizeof(m));
	return (r);
}
