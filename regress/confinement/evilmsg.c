/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The hostile agent's messages: frames of any type with any bytes and any
 * descriptors, past all checks of the library, on each link it has.
 *
 *	raw LINK TYPE FLAGS ID BODY	one frame
 *	fds LINK COUNT FD TYPE FLAGS BODY	the same with descriptors
 *	len LINK LENGTH TYPE		a header that lies about the length
 *	bytes LINK BODY			no frame at all
 *	call TURN TOOL INTERNAL JSON	a tool call as it should be
 *	rep COUNT COMMAND...		again and again
 *	deaf LINK			read nothing any more
 *
 * BODY is hex; T P O are the turns (own, past, hung), S s a fresh stream and
 * the same again, K k a fresh call and the same again, zN. N bytes of 'A',
 * yN. the last byte N times more.
 */
#include <sys/socket.h>

#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "engines/common/engine.h"
#include "imsg/link_int.h"
#include "regress/confinement/evil.h"

#define FDS_MOST	32

struct evil	 evil;
static uint32_t	 sid = 0x40000000, call;

void
evil_say(const char *fmt, ...)
{
	char	 line[700];
	va_list	 ap;

	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (evil.report.len < 3300)
		(void)buf_printf(&evil.report, "%s\n", line);
}

char *
evil_word(char **s)
{
	char	*w;

	while ((w = strsep(s, " ")) != NULL && *w == '\0')
		;
	return (w == NULL ? *s = (char *)(uintptr_t)"" : w);
}

struct link *
evil_link(const char *name)
{
	int	 p;

	if (strcmp(name, "relay") == 0)
		return (evil.relay);
	if (strcmp(name, "gate") == 0)
		return (evil.gate);
	for (p = 0; p < PROC_MAX; p++)
		if (strcmp(name, proc_name((enum proc)p)) == 0 &&
		    p != PROC_PARENT)
			return (evil.links[p]);
	return (engine_parent());
}

int
evil_fd(const struct link *l)
{
	return (l == NULL ? -1 : l->fd);
}

/* --- bytes ------------------------------------------------------------- */
static void
put32(struct buf *b, uint32_t v)
{
	v = htobe32(v);
	(void)buf_add(b, &v, sizeof(v));
}

static void
put64(struct buf *b, uint64_t v)
{
	v = htobe64(v);
	(void)buf_add(b, &v, sizeof(v));
}

static int
nibble(char c)
{
	static const char	 hex[] = "0123456789abcdef";
	const char		*p = c == '\0' ? NULL : strchr(hex, c);

	return (p == NULL ? 0 : (int)(p - hex));
}

static void
put_many(struct buf *b, const char **s)
{
	char	*end;
	char	 byte = 'A';
	size_t	 n = (size_t)strtoul(*s + 1, &end, 10), i;

	if (**s == 'y' && b->len > 0)
		byte = b->p[b->len - 1];
	for (i = 0; i < n; i++)
		(void)buf_add(b, &byte, 1);
	*s = *end == '.' ? end + 1 : end;
}

void
evil_body(struct buf *b, const char *s)
{
	uint8_t	 byte;

	while (*s != '\0' && *s != '-') {
		switch (*s) {
		case 'T':
			put64(b, evil.turn);
			break;
		case 'P':
			put64(b, evil.past);
			break;
		case 'O':
			put64(b, evil.hung);
			break;
		case 'S':
		case 's':
			put32(b, *s == 'S' ? ++sid : sid);
			break;
		case 'K':
		case 'k':
			put32(b, *s == 'K' ? ++call : call);
			break;
		case 'y':
		case 'z':
			put_many(b, &s);
			continue;
		default:
			byte = (uint8_t)(nibble(s[0]) << 4 | nibble(s[1]));
			(void)buf_add(b, &byte, 1);
			s += s[1] != '\0';
		}
		s++;
	}
}

/* All of it; -1 when the other end has not read for two seconds. */
static int
put_wire(const struct link *l, const void *p, size_t n, const int *fds,
    size_t nfds)
{
	union {
		struct cmsghdr	 h;
		uint8_t		 b[CMSG_SPACE(sizeof(int) * FDS_MOST)];
	} c;
	struct iovec	 iov = { (void *)(uintptr_t)p, n };
	struct msghdr	 m = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct pollfd	 pfd = { .fd = evil_fd(l), .events = POLLOUT };
	ssize_t		 w;

	memset(&c, 0, sizeof(c));
	if (nfds > 0) {
		m.msg_control = c.b;
		m.msg_controllen = CMSG_SPACE(sizeof(int) * nfds);
		c.h.cmsg_level = SOL_SOCKET;
		c.h.cmsg_type = SCM_RIGHTS;
		c.h.cmsg_len = CMSG_LEN(sizeof(int) * nfds);
		memcpy(CMSG_DATA(&c.h), fds, sizeof(int) * nfds);
	}
	while (iov.iov_len > 0) {
		w = sendmsg(pfd.fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (w == -1 && (errno != EAGAIN || poll(&pfd, 1, 2000) != 1))
			return (-1);
		if (w == -1)
			continue;
		iov.iov_base = (uint8_t *)iov.iov_base + w;
		iov.iov_len -= (size_t)w;
		m.msg_control = NULL;
		m.msg_controllen = 0;
	}
	return (0);
}

static uint16_t
type_of(const char *name)
{
	uint16_t	 t;

	for (t = 1; t < MSG_MAX; t++)
		if (strcmp(msg_rows[t].name, name) == 0)
			return (t);
	return ((uint16_t)strtoul(name, NULL, 0));
}

static void
frame(struct link *l, const char *type, unsigned flags, uint32_t id,
    const char *body, uint32_t len, const int *fds, size_t nfds)
{
	struct buf	 b;
	uint16_t	 half;

	if (l == NULL) {
		evil_say("no such link");
		return;
	}
	(void)link_flush(l, 2000);
	buf_init(&b);
	put32(&b, 0);
	half = htobe16(type_of(type));
	(void)buf_add(&b, &half, 2);
	half = htobe16((uint16_t)flags);
	(void)buf_add(&b, &half, 2);
	put32(&b, id);
	evil_body(&b, body);
	len = htobe32(len == 0 ? (uint32_t)b.len : len);
	memcpy(b.p, &len, sizeof(len));
	if (put_wire(l, b.p, b.len, fds, nfds) == -1)
		evil_say("%s: %s", type, strerror(errno));
	buf_free(&b);
}

/* --- commands ---------------------------------------------------------- */
static unsigned
number(char **args)
{
	return ((unsigned)strtoul(evil_word(args), NULL, 0));
}

static void
do_raw(char *args)
{
	struct link	*l = evil_link(evil_word(&args));
	char		*type = evil_word(&args);
	unsigned	 flags = number(&args), id = number(&args);

	frame(l, type, flags, id, evil_word(&args), 0, NULL, 0);
}

static void
do_fds(char *args)
{
	struct link	*l = evil_link(evil_word(&args));
	unsigned	 count = number(&args), flags, i;
	int		 fds[FDS_MOST], fd = (int)number(&args);
	char		*type = evil_word(&args);

	flags = number(&args);
	count = MINIMUM(count, (unsigned)FDS_MOST);
	for (i = 0; i < count; i++)
		fds[i] = fd;
	frame(l, type, flags, 0, evil_word(&args), 0, fds, count);
}

static void
do_len(char *args)
{
	struct link	*l = evil_link(evil_word(&args));
	unsigned	 len = number(&args);

	frame(l, evil_word(&args), 0, 0, "", len, NULL, 0);
}

static void
do_bytes(char *args)
{
	struct link	*l = evil_link(evil_word(&args));
	struct buf	 b;

	buf_init(&b);
	evil_body(&b, evil_word(&args));
	if (l == NULL || put_wire(l, b.p, b.len, NULL, 0) == -1)
		evil_say("bytes: %s", strerror(errno));
	buf_free(&b);
}

static void
do_call(char *args)
{
	const char	*turn = evil_word(&args);
	unsigned	 tool = number(&args), internal = number(&args);
	char		 body[96];
	struct buf	 hex;
	size_t		 i, len = strlen(args);

	(void)str_format(body, sizeof(body), "%sK%02x%02x00000000%08zxS", turn, tool,
	    internal, len);
	frame(evil.relay, "TOOL_CALL", 0, 0, body, 0, NULL, 0);
	buf_init(&hex);
	(void)buf_printf(&hex, "s%04zx", len);
	for (i = 0; i < len; i++)
		(void)buf_printf(&hex, "%02x", (uint8_t)args[i]);
	frame(evil.relay, "STREAM_DATA", 0, 0, hex.p, 0, NULL, 0);
	frame(evil.relay, "STREAM_END", 0, 0, "s00", 0, NULL, 0);
	buf_free(&hex);
}

static void
do_rep(char *args)
{
	unsigned	 i, n = number(&args);
	char		*copy, *rest, *cmd;

	for (i = 0; i < n; i++) {
		if ((copy = strdup(args)) == NULL)
			return;
		rest = copy;
		cmd = evil_word(&rest);
		(void)evil_message(cmd, rest);
		free(copy);
	}
}

static void
do_deaf(char *args)
{
	struct link	*l = evil_link(evil_word(&args));

	if (l != NULL)
		event_del(&l->ev_read);
}

int
evil_message(const char *cmd, char *args)
{
	static const struct {
		const char	*name;
		void		(*fn)(char *);
	} cmds[] = {
		{ "raw", do_raw }, { "fds", do_fds }, { "len", do_len },
		{ "bytes", do_bytes }, { "call", do_call }, { "rep", do_rep },
		{ "deaf", do_deaf },
	};
	size_t	 i;

	for (i = 0; i < NELEM(cmds); i++)
		if (strcmp(cmd, cmds[i].name) == 0) {
			cmds[i].fn(args);
			return (1);
		}
	return (0);
}
