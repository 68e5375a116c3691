/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Read: lines with their numbers, images and PDF documents as they are.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engines/tool/tool.h"

#define LINES_DEFAULT	2000
#define LINES_MAX	1000000
#define LINE_CUT	2000
#define IMAGE_MAX	3932160		/* 3.75 MiB: 5 MB in base64 */

static const struct arg args[] = {
	{ "file_path", ARG_STRING, 1 },
	{ "offset", ARG_INT, 0 },
	{ "limit", ARG_INT, 0 },
};

static const struct magic {
	const char	*mime;
	enum out_kind	 kind;
	size_t		 at, len;
	const char	*bytes;
} magics[] = {
	{ "image/png", OUT_IMAGE, 0, 8, "\x89PNG\r\n\x1a\n" },
	{ "image/jpeg", OUT_IMAGE, 0, 3, "\xff\xd8\xff" },
	{ "image/gif", OUT_IMAGE, 0, 6, "GIF87a" },
	{ "image/gif", OUT_IMAGE, 0, 6, "GIF89a" },
	{ "image/webp", OUT_IMAGE, 8, 4, "WEBP" },
	{ "application/pdf", OUT_DOCUMENT, 0, 5, "%PDF-" },
};

struct lines {
	struct call	*call;
	FILE		*f;
	int64_t		 offset, limit;
	int64_t		 number;	/* of the line being read */
	size_t		 col;		/* bytes of it so far */
	size_t		 left;		/* output still allowed */
	int64_t		 shown;
	int		 full;		/* the output limit ended it */
	char		 line[LINE_CUT];
};

static const struct magic *
magic_find(const char *p, size_t len)
{
	const struct magic *m;
	size_t i;

	for (i = 0; i < NELEM(magics); i++) {
		m = &magics[i];
		if (len >= m->at + m->len &&
		    memcmp(p + m->at, m->bytes, m->len) == 0 &&
		    (m->at == 0 || memcmp(p, "RIFF", 4) == 0))
			return (m);
	}
	return (NULL);
}

static void
send_binary(struct call *c, const char *path, int fd, off_t size,
    const struct magic *m)
{
	off_t max = m->kind == OUT_IMAGE ? IMAGE_MAX : OUT_BINARY_MAX;
	char block[FRAME_MAX];
	ssize_t n;

	if (size > max)
		fail(c, "%s has %lld bytes; %s may have at most %lld", path,
		    (long long)size, m->kind == OUT_IMAGE ? "an image" :
		    "a document", (long long)max);
	if (lseek(fd, 0, SEEK_SET) == -1)
		fail(c, "%s: %s", path, strerror(errno));
	out_begin(c, 0, m->kind, m->mime);
	while (max > 0 && (n = read(fd, block, (size_t)MINIMUM(max,
	    (off_t)sizeof(block)))) > 0) {
		out_write(c, block, (size_t)n);
		max -= n;
	}
	out_end(c, 0, RO_OK);
}

/* The line collected so far, or what of it may be shown. */
static void
line_show(struct lines *l)
{
	char head[32], note[64];
	size_t len = MINIMUM(l->col, LINE_CUT);
	int n, m = 0;

	if (l->number < l->offset || l->shown >= l->limit)
		return;
	if (l->col > LINE_CUT) {
		len = utf8_prefix(l->line, LINE_CUT, LINE_CUT);
		m = snprintf(note, sizeof(note), " [... %zu bytes cut]",
		    l->col - len);
	}
	n = snprintf(head, sizeof(head), "%6lld\t", (long long)l->number);
	if ((size_t)n + len + (size_t)m + 1 > l->left) {
		l->full = 1;
		return;
	}
	out_write(l->call, head, (size_t)n);
	out_write(l->call, l->line, len);
	out_write(l->call, note, (size_t)m);
	out_write(l->call, "\n", 1);
	l->left -= (size_t)n + len + (size_t)m + 1;
	l->shown++;
}

/* Reads lines until the answer is full; 1 when more of the file is left. */
static int
lines_run(struct lines *l)
{
	int ch;

	l->number = 1;
	while (!l->full && (ch = getc_unlocked(l->f)) != EOF) {
		if (l->shown >= l->limit)
			return (1);
		if (ch == '\n') {
			/* CRLF is shown as a line end */
			if (l->col > 0 && l->col <= LINE_CUT &&
			    l->line[l->col - 1] == '\r')
				l->col--;
			line_show(l);
			l->number++;
			l->col = 0;
			continue;
		}
		if (l->col < LINE_CUT)
			l->line[l->col] = (char)ch;
		l->col++;
	}
	if (!l->full && l->col > 0)
		line_show(l);
	else if (!l->full)
		l->number--;
	return (l->full);
}

static void
send_text(struct call *c, const char *path, int fd)
{
	static struct lines l;
	char note[160];
	int more;

	l.call = c;
	l.offset = arg_int(c, "offset", 1, 0, INT64_MAX);
	if (l.offset == 0)
		l.offset = 1;
	l.limit = arg_int(c, "limit", LINES_DEFAULT, 1, LINES_MAX);
	l.left = c->output_max > sizeof(note) ? c->output_max -
	    sizeof(note) : 0;
	if (lseek(fd, 0, SEEK_SET) == -1 || (l.f = fdopen(fd, "r")) == NULL)
		fail(c, "%s: %s", path, strerror(errno));
	more = lines_run(&l);
	if (ferror(l.f))
		fail(c, "%s: %s", path, strerror(errno));
	if (l.shown == 0 && !more)
		fail(c, "%s has %lld lines; offset %lld is behind the end",
		    path, (long long)l.number, (long long)l.offset);
	if (more) {
		(void)str_format(note, sizeof(note), "[more lines follow; "
		    "go on with offset %lld]\n",
		    (long long)(l.offset + l.shown));
		out_write(c, note, strlen(note));
	}
	out_end(c, 0, RO_OK);
}

void
tool_read(struct call *c)
{
	const struct magic *m;
	const char *path;
	char head[8192];
	off_t size;
	ssize_t n;
	int fd;

	args_check(c, args, NELEM(args));
	path = arg_path(c, "file_path");
	fd = file_open(c, path, &size);
	if ((n = read(fd, head, sizeof(head))) == -1)
		fail(c, "%s: %s", path, strerror(errno));
	if (n == 0) {
		static const char empty[] = "[the file exists and is empty]";

		out_write(c, empty, sizeof(empty) - 1);
		out_end(c, 0, RO_OK);
	}
	if ((m = magic_find(head, (size_t)n)) != NULL)
		send_binary(c, path, fd, size, m);
	if (is_binary(head, (size_t)n))
		fail(c, "%s is a binary file of %lld bytes; it is not shown "
		    "as text", path, (long long)size);
	send_text(c, path, fd);
	fail(c, "unreachable");
}
