/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Inside of a private key: nothing is let go until its end line.  Prose that
 * merely names a BEGIN line gets on after a while in which no line of a key
 * came.  Run by the relay; pure.
 */
#include <string.h>

#include "telclauded/lib/util.h"
#include "engines/relay/screen/redact.h"

#define DULL_MAX	600	/* bytes without a line of a key */
#define DULL_RUN	16	/* letters in a row, of all kinds, are one */
#define END_MAX		80

static const struct {
	const char	*s;
	size_t		 n;
} ends[] = {
	[BLOCK_PEM] = { "---", 3 },		/* -----END, ---- END */
	[BLOCK_PUTTY] = { "Private-MAC:", 12 },
};

/* Behind the dashes that close an end line; 0: it is none, -1: cut off. */
static ssize_t
pem_end(const struct view *v, size_t i)
{
	size_t	k = i, e;

	while (k < v->n && k - i < 5 && v->p[k] == '-')
		k++;
	if (k < v->n && v->p[k] == ' ')
		k++;
	if (v->n - k < 4)
		return (v->eof ? 0 : -1);
	if (memcmp(v->p + k, "END ", 4) != 0)
		return (0);
	for (e = k + 4; e < v->n && e - k < END_MAX &&
	    (shape_class[v->p[e]] & C_LABEL) != 0; e++)
		;
	for (k = e; k < v->n && k - e < 5 && v->p[k] == '-'; k++)
		;
	if (k == v->n && k - e < 5 && !v->eof)
		return (-1);
	return ((ssize_t)k);
}

/* Behind the line. */
static ssize_t
putty_end(const struct view *v, size_t i)
{
	size_t	k = i;

	while (k < v->n && k - i < 160 && v->p[k] != '\n')
		k++;
	if (k == v->n && k - i < 160 && !v->eof)
		return (-1);
	return ((ssize_t)k);
}

static void
close_block(struct redactor *r, size_t end)
{
	r->block = BLOCK_NONE;
	r->red_block = 0;
	r->at = end;
	r->red_end = MAXIMUM(r->red_end, end);
	if (r->word < end)
		r->word = end;
	r->open = 0;
}

/* A byte of the block; words of prose and rules of hyphens are no line of a
 * key, which has capitals, small letters and digits. */
static void
block_byte(struct redactor *r, uint8_t c)
{
	r->dull++;
	if ((shape_class[c] & C_RUN) == 0) {
		r->run = 0;
		r->kinds = 0;
		return;
	}
	r->run++;
	if ((shape_class[c] & C_DIGIT) != 0)
		r->kinds |= 1;
	else if (c >= 'a' && c <= 'z')
		r->kinds |= 2;
	else if (c >= 'A' && c <= 'Z')
		r->kinds |= 4;
	if (r->run >= DULL_RUN && r->kinds == 7)
		r->dull = 0;
}

int
block_run(struct redactor *r, const struct view *v)
{
	const char	*s = ends[r->block].s;
	size_t		 n = ends[r->block].n, i = r->at;
	ssize_t		 end;

	for (; i < v->n; i++) {
		if (v->p[i] == (uint8_t)s[0]) {
			if (v->n - i < n && !v->eof && memcmp(v->p + i, s,
			    v->n - i) == 0)
				break;
			if (v->n - i >= n && memcmp(v->p + i, s, n) == 0) {
				end = r->block == BLOCK_PEM ? pem_end(v, i) :
				    putty_end(v, i);
				if (end == -1)
					break;
				if (end > 0) {
					close_block(r, (size_t)end);
					return (1);
				}
			}
		}
		block_byte(r, v->p[i]);
		if (r->dull > DULL_MAX) {
			close_block(r, i + 1);
			return (1);
		}
	}
	r->at = i;
	r->red_end = MAXIMUM(r->red_end, i);
	return (0);
}
