/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Text of unknown length within the output limit: the first half goes out as
 * it comes, of the rest the last bytes are kept and shown at the end, with a
 * note of what was cut between.
 */
#include <stdlib.h>
#include <string.h>

#include "engines/tool/tool.h"

#define NOTE_ROOM	96

void
bound_init(struct bound *b, struct call *c, size_t max)
{
	size_t room = max > 4 * NOTE_ROOM ? max - NOTE_ROOM : max;

	memset(b, 0, sizeof(*b));
	b->call = c;
	b->head_left = room - room / 2;
	b->size = room / 2;
}

static void
ring_add(struct bound *b, const char *p, size_t len)
{
	size_t n;

	/* Only its last part can survive. */
	if (len > b->size) {
		p += len - b->size;
		len = b->size;
	}
	while (len > 0) {
		n = MINIMUM(len, b->size - b->at);
		memcpy(b->ring + b->at, p, n);
		b->at = (b->at + n) % b->size;
		b->fill = MINIMUM(b->fill + n, b->size);
		p += n;
		len -= n;
	}
}

void
bound_add(struct bound *b, const void *p, size_t len)
{
	const char *s = p;
	size_t n = MINIMUM(len, b->head_left);

	b->total += len;
	if (n > 0) {
		out_write(b->call, s, n);
		b->head_left -= n;
		b->sent += n;
		s += n;
		len -= n;
	}
	if (len == 0 || b->size == 0)
		return;
	if (b->ring == NULL && (b->ring = malloc(b->size)) == NULL) {
		b->size = 0;
		return;
	}
	ring_add(b, s, len);
}

/* Not in the middle of a character. */
static size_t
skip_tail(const char *p, size_t len)
{
	size_t n = 0;

	while (n < len && n < 3 && ((unsigned char)p[n] & 0xc0) == 0x80)
		n++;
	return (n);
}

void
bound_finish(struct bound *b)
{
	size_t start, n, skip;
	char *tail, note[NOTE_ROOM];
	uint64_t cut;

	if (b->fill == 0)
		return;
	if ((tail = malloc(b->fill)) == NULL)
		return;
	start = b->fill < b->size ? 0 : b->at;
	n = MINIMUM(b->fill, b->size - start);
	memcpy(tail, b->ring + start, n);
	memcpy(tail + n, b->ring, b->fill - n);
	cut = b->total - b->sent - b->fill;
	skip = 0;
	if (cut > 0) {
		skip = skip_tail(tail, b->fill);
		(void)str_format(note, sizeof(note), "\n[... %llu bytes cut "
		    "...]\n", (unsigned long long)(cut + skip));
		out_write(b->call, note, strlen(note));
	}
	out_write(b->call, tail + skip, b->fill - skip);
	free(tail);
	b->fill = 0;
}
