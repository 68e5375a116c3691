/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Frames of a tool process: one HEAD, any DATA, one END, nothing else.  Run
 * by the runner; believes no length and no word.
 */
#include <endian.h>
#include <string.h>

#include "engines/runner/parse.h"
#include "telclauded/lib/util.h"

/* What a head may say its bytes are. */
static const struct {
	enum out_kind	 kind;
	const char	*mime;
} mimes[] = {
	{ OUT_TEXT, "text/plain" },
	{ OUT_IMAGE, "image/png" },
	{ OUT_IMAGE, "image/jpeg" },
	{ OUT_IMAGE, "image/gif" },
	{ OUT_IMAGE, "image/webp" },
	{ OUT_DOCUMENT, "application/pdf" },
};

static int
on_head(struct frame_parser *f, const struct frame_ops *ops, void *ctx)
{
	size_t i, len = f->fill - 2;

	for (i = 0; i < NELEM(mimes); i++)
		if (mimes[i].kind == f->small[1] &&
		    strlen(mimes[i].mime) == len &&
		    memcmp(mimes[i].mime, f->small + 2, len) == 0)
			break;
	if (i == NELEM(mimes) || f->small[0] > 1)
		return (-1);
	f->begun = 1;
	ops->head(ctx, f->small[0], mimes[i].kind, mimes[i].mime);
	return (0);
}

static int
on_end(struct frame_parser *f, const struct frame_ops *ops, void *ctx)
{
	struct frame_end e;
	uint16_t note;

	memcpy(&note, f->small + 2, sizeof(note));
	e.notelen = be16toh(note);
	if (f->small[0] > 1 || f->small[1] >= RO_MAX ||
	    e.notelen > PARSE_NOTE_MAX || e.notelen > f->fill - 4)
		return (-1);
	e.is_error = f->small[0];
	e.outcome = (enum run_outcome)f->small[1];
	memcpy(e.note, f->small + 4, e.notelen);
	e.note[e.notelen] = '\0';
	e.cwdlen = f->fill - 4 - e.notelen;
	if (e.cwdlen > JOB_MAXCWD)
		return (-1);
	memcpy(e.cwd, f->small + 4 + e.notelen, e.cwdlen);
	e.cwd[e.cwdlen] = '\0';
	/* A path, or nothing. */
	if (memchr(e.cwd, '\0', e.cwdlen) != NULL ||
	    (e.cwdlen > 0 && e.cwd[0] != '/'))
		return (-1);
	f->ended = 1;
	ops->end(ctx, &e);
	return (0);
}

/* A whole header: may this frame come now, and be so long? */
static int
header_ok(struct frame_parser *f)
{
	uint32_t len;

	memcpy(&len, f->hdr + 1, sizeof(len));
	f->type = f->hdr[0];
	f->left = be32toh(len);
	f->fill = 0;
	switch (f->type) {
	case FRAME_HEAD:
		return (!f->begun && f->left >= 2 &&
		    f->left < 2 + PARSE_MIME_MAX);
	case FRAME_DATA:
		return (f->begun && f->left > 0 && f->left <= FRAME_MAX);
	case FRAME_END:
		return (f->begun && f->left >= 4 &&
		    f->left <= sizeof(f->small));
	default:
		return (0);
	}
}

static int
body(struct frame_parser *f, const uint8_t *p, size_t n,
    const struct frame_ops *ops, void *ctx)
{
	f->left -= (uint32_t)n;
	if (f->type == FRAME_DATA) {
		ops->data(ctx, p, n);
		if (f->left == 0)
			f->hdrlen = 0;
		return (0);
	}
	memcpy(f->small + f->fill, p, n);
	f->fill += n;
	if (f->left > 0)
		return (0);
	f->hdrlen = 0;
	return (f->type == FRAME_HEAD ? on_head(f, ops, ctx) :
	    on_end(f, ops, ctx));
}

int
parse_feed(struct frame_parser *f, const uint8_t *p, size_t len,
    const struct frame_ops *ops, void *ctx)
{
	size_t n;

	while (len > 0) {
		if (f->ended)
			return (-1);
		if (f->hdrlen < FRAME_HDRLEN) {
			n = MINIMUM(len, FRAME_HDRLEN - f->hdrlen);
			memcpy(f->hdr + f->hdrlen, p, n);
			f->hdrlen += n;
			p += n;
			len -= n;
			if (f->hdrlen == FRAME_HDRLEN && !header_ok(f))
				return (-1);
			continue;
		}
		n = MINIMUM(len, (size_t)f->left);
		if (body(f, p, n, ops, ctx) == -1)
			return (-1);
		p += n;
		len -= n;
	}
	return (0);
}
