/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The answer of a call as frames on descriptor 4.  A reader that is gone
 * ends the program: nobody is left to tell.
 */
#include <endian.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engines/tool/tool.h"

static uint8_t	frame[FRAME_HDRLEN + FRAME_MAX];
static size_t	filled;		/* of a data frame not written yet */
static int	begun;

/* Small frames leave together: each write wakes two processes. */
static uint8_t	waiting[4096];
static size_t	nwaiting;

static void
put_all(const uint8_t *p, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = write(TOOL_OUT_FD, p, len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			_exit(1);
		p += n;
		len -= (size_t)n;
	}
}

static void
put_waiting(void)
{
	put_all(waiting, nwaiting);
	nwaiting = 0;
}

static void
put(const uint8_t *p, size_t len)
{
	if (len > sizeof(waiting) - nwaiting)
		put_waiting();
	if (len > sizeof(waiting)) {
		put_all(p, len);
		return;
	}
	memcpy(waiting + nwaiting, p, len);
	nwaiting += len;
}

static void
put_frame(uint8_t type, size_t len)
{
	uint32_t u = htobe32((uint32_t)len);

	frame[0] = type;
	memcpy(frame + 1, &u, sizeof(u));
	put(frame, FRAME_HDRLEN + len);
}

void
out_begin(struct call *c, int is_error, enum out_kind kind, const char *mime)
{
	size_t len = strlen(mime);

	(void)c;
	if (begun)
		return;
	begun = 1;
	frame[FRAME_HDRLEN] = is_error != 0;
	frame[FRAME_HDRLEN + 1] = (uint8_t)kind;
	memcpy(frame + FRAME_HDRLEN + 2, mime, len);
	put_frame(FRAME_HEAD, 2 + len);
}

static void
put_data(void)
{
	if (filled > 0)
		put_frame(FRAME_DATA, filled);
	filled = 0;
}

void
out_flush(void)
{
	put_data();
	put_waiting();
}

void
out_write(struct call *c, const void *p, size_t len)
{
	const uint8_t *s = p;
	size_t n;

	out_begin(c, 0, OUT_TEXT, "text/plain");
	while (len > 0) {
		n = MINIMUM(len, FRAME_MAX - filled);
		memcpy(frame + FRAME_HDRLEN + filled, s, n);
		filled += n;
		s += n;
		len -= n;
		if (filled == FRAME_MAX)
			put_data();
	}
}

void
out_end(struct call *c, int is_error, enum run_outcome outcome)
{
	size_t note = strlen(c->note), cwd = strlen(c->cwd);
	uint8_t *p = frame + FRAME_HDRLEN;
	uint16_t u = htobe16((uint16_t)note);

	out_begin(c, is_error, OUT_TEXT, "text/plain");
	put_data();
	p[0] = is_error != 0;
	p[1] = (uint8_t)outcome;
	memcpy(p + 2, &u, sizeof(u));
	memcpy(p + 4, c->note, note);
	memcpy(p + 4 + note, c->cwd, cwd);
	put_frame(FRAME_END, 4 + note + cwd);
	put_waiting();
	exit(0);
}

void
fail(struct call *c, const char *fmt, ...)
{
	static char text[8192];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0)
		n = 0;
	out_begin(c, 1, OUT_TEXT, "text/plain");
	out_write(c, text, MINIMUM((size_t)n, sizeof(text) - 1));
	out_end(c, 1, RO_OK);
}
