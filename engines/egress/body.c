/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Follows a body chunk by chunk, and an answer up to its body.  Used by
 * egress; pure.
 */
#include <ctype.h>
#include <string.h>

#include "engines/egress/body.h"

/* --- a request's body -------------------------------------------------- */
enum { B_SIZE, B_SIZE_LF, B_DATA, B_DATA_CR, B_DATA_LF, B_LAST_CR,
    B_LAST_LF };
#define SIZE_DIGITS	15

void
body_init(struct body *b, enum body_kind kind, uint64_t length)
{
	memset(b, 0, sizeof(*b));
	b->kind = kind;
	b->left = kind == BODY_LENGTH ? length : 0;
	b->at = B_SIZE;
	b->done = kind == BODY_NONE || (kind == BODY_LENGTH && length == 0);
}

static int
hex(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return (c - '0');
	if (c >= 'a' && c <= 'f')
		return (c - 'a' + 10);
	if (c >= 'A' && c <= 'F')
		return (c - 'A' + 10);
	return (-1);
}

static int
size_byte(struct body *b, uint8_t c)
{
	int	 v = hex(c);

	if (c == '\r' && b->digits > 0) {
		b->at = B_SIZE_LF;
		return (0);
	}
	/* No extension: readers differ on where one ends. */
	if (v == -1 || b->digits == SIZE_DIGITS)
		return (-1);
	b->digits++;
	b->left = b->left << 4 | (uint64_t)v;
	return (0);
}

/* One byte that is not data. */
static int
frame_byte(struct body *b, uint8_t c)
{
	switch (b->at) {
	case B_SIZE:
		return (size_byte(b, c));
	case B_SIZE_LF:
		b->at = b->left > 0 ? B_DATA : B_LAST_CR;
		return (c == '\n' ? 0 : -1);
	case B_DATA_CR:
		b->at = B_DATA_LF;
		return (c == '\r' ? 0 : -1);
	case B_DATA_LF:
		b->at = B_SIZE;
		b->digits = 0;
		return (c == '\n' ? 0 : -1);
	case B_LAST_CR:		/* or a trailer field, which has no place */
		b->at = B_LAST_LF;
		return (c == '\r' ? 0 : -1);
	default:
		b->done = 1;
		return (c == '\n' ? 0 : -1);
	}
}

ssize_t
body_take(struct body *b, const uint8_t *p, size_t n)
{
	size_t	 i = 0, part;

	while (i < n && !b->done) {
		if (b->kind == BODY_CHUNKED && b->at != B_DATA) {
			if (frame_byte(b, p[i++]) == -1)
				return (-1);
			continue;
		}
		part = b->left < n - i ? (size_t)b->left : n - i;
		b->left -= part;
		i += part;
		if (b->left > 0)
			continue;
		if (b->kind == BODY_LENGTH)
			b->done = 1;
		else
			b->at = B_DATA_CR;
	}
	return ((ssize_t)i);
}

/* --- an answer --------------------------------------------------------- */
enum { A_STATUS, A_REST, A_INTERIM, A_FIELDS, A_BODY };
#define INTERIM_MAX	16384

/* HTTP/1.x SP three digits */
static int
status_ok(const struct answer *a, unsigned i)
{
	static const char	 form[] = "HTTP/1.d ddd";

	if (form[i] == 'd')
		return (a->line[i] >= '0' && a->line[i] <= '9');
	return (a->line[i] == form[i]);
}

static int
status_byte(struct answer *a, uint8_t c)
{
	a->line[a->nline] = (char)c;
	if (!status_ok(a, a->nline++))
		return (-1);
	if (a->nline < sizeof(a->line))
		return (0);
	/* Nobody asked for another protocol. */
	if (memcmp(a->line + 9, "101", 3) == 0)
		return (-1);
	a->at = a->line[9] == '1' ? A_INTERIM : A_REST;
	a->ends = 0;
	return (0);
}

/* Two line ends with nothing between them end a head: 1. */
static int
head_byte(struct answer *a, uint8_t c)
{
	if (c == '\n')
		a->ends++;
	else if (c != '\r')
		a->ends = 0;
	return (a->ends == 2);
}

static void
interim_byte(struct answer *a, uint8_t c)
{
	if (!head_byte(a, c))
		return;
	a->at = A_STATUS;
	a->nline = 0;
}

/* -1: a line begins as only one of ours does. */
static int
field_byte(struct answer *a, uint8_t c)
{
	static const char	 ours[] = ANSWER_FIELD;

	if (a->ends > 0 && c != '\r' && c != '\n')
		a->same = 0;
	if (head_byte(a, c)) {
		a->at = A_BODY;
		return (0);
	}
	if (a->ends > 0 || a->same == UINT8_MAX)
		return (0);
	if (tolower(c) != tolower((unsigned char)ours[a->same]))
		a->same = UINT8_MAX;
	else if (++a->same == sizeof(ours) - 1)
		return (-1);
	return (0);
}

int
answer_pass(struct answer *a, const uint8_t *p, size_t n, size_t *put)
{
	size_t	 i;

	*put = n + 1;
	for (i = 0; i < n && a->at != A_BODY; i++) {
		if (a->at == A_FIELDS) {
			if (field_byte(a, p[i]) == -1)
				return (-1);
			continue;
		}
		if (a->at != A_REST && ++a->interim > INTERIM_MAX)
			return (-1);
		if (a->at == A_STATUS) {
			if (status_byte(a, p[i]) == -1)
				return (-1);
		} else if (a->at == A_INTERIM)
			interim_byte(a, p[i]);
		else if (p[i] == '\n') {
			a->at = A_FIELDS;
			a->ends = 1;
			*put = i + 1;
		}
	}
	return (0);
}

int
answer_begun(const struct answer *a)
{
	return (a->at == A_FIELDS || a->at == A_BODY);
}

int
answer_headed(const struct answer *a)
{
	return (a->at == A_BODY);
}
