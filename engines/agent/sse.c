/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Server-sent events, as the WHATWG describes them, without the fields the
 * model server does not use: the type is inside the data.
 */
#include <string.h>

#include "engines/agent/sse.h"

#define KEEP_CAP	65536		/* larger buffers are given back */

void
sse_init(struct sse *s, int (*event)(void *, const char *, size_t), void *ctx)
{
	memset(s, 0, sizeof(*s));
	buf_init(&s->line);
	buf_init(&s->data);
	s->event = event;
	s->ctx = ctx;
}

void
sse_free(struct sse *s)
{
	buf_free(&s->line);
	buf_free(&s->data);
}

static void
clear(struct buf *b)
{
	if (b->cap > KEEP_CAP)
		buf_free(b);
	else
		b->len = 0;
}

static int
dispatch(struct sse *s)
{
	int	 r;

	if (s->data.len == 0)
		return (0);
	/* Every data line ended in a newline; the last does not count. */
	r = s->event(s->ctx, s->data.p, s->data.len - 1);
	clear(&s->data);
	if (r != 0)
		s->stop = 1;
	return (0);
}

static int
one_line(struct sse *s, const char *p, size_t n)
{
	if (!s->begun) {
		s->begun = 1;
		if (n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
			p += 3;
			n -= 3;
		}
	}
	if (n == 0)
		return (dispatch(s));
	if (n < 4 || memcmp(p, "data", 4) != 0 || (n > 4 && p[4] != ':'))
		return (0);		/* comments and other fields */
	p += 4;
	n -= 4;
	if (n > 0) {
		p++;
		n--;
	}
	if (n > 0 && *p == ' ') {
		p++;
		n--;
	}
	if (s->data.len + n > SSE_MAXEVENT)
		return (-1);
	if (buf_add(&s->data, p, n) == -1 || buf_add(&s->data, "\n", 1) == -1)
		return (-1);
	return (0);
}

static size_t
line_end(const char *p, size_t n)
{
	size_t	 i;

	for (i = 0; i < n; i++)
		if (p[i] == '\n' || p[i] == '\r')
			break;
	return (i);
}

/* One line or a part of one; how many bytes were taken, 0 on failure. */
static size_t
take(struct sse *s, const char *p, size_t n)
{
	size_t	 e;
	int	 r;

	e = line_end(p, n);
	if (s->line.len + e > SSE_MAXEVENT)
		return (0);
	if (e == n)
		return (buf_add(&s->line, p, n) == -1 ? 0 : n);
	if (s->line.len == 0)
		r = one_line(s, p, e);
	else {
		if (buf_add(&s->line, p, e) == -1)
			return (0);
		r = one_line(s, s->line.p, s->line.len);
		clear(&s->line);
	}
	s->cr = p[e] == '\r';
	return (r == -1 ? 0 : e + 1);
}

int
sse_feed(struct sse *s, const char *p, size_t n)
{
	size_t	 k;

	while (n > 0 && !s->stop && !s->failed) {
		if (s->cr) {
			s->cr = 0;
			if (*p == '\n') {
				p++;
				n--;
				continue;
			}
		}
		if ((k = take(s, p, n)) == 0)
			s->failed = 1;
		p += k;
		n -= k;
	}
	return (s->failed ? -1 : 0);
}
