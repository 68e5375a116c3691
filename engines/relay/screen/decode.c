/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * base64, hex and %XX, decoded from every place where it may begin, and what
 * the built-in patterns find there.  One level only.  Run by the relay; pure.
 */
#include "telclauded/lib/util.h"
#include "engines/relay/screen/redact.h"

static uint64_t
decode_find(const struct rules *r, const uint8_t *p, size_t n, int loose)
{
	int		 gcp = 0;
	struct view	 v = { .p = p, .n = n, .eof = 1, .gcp = &gcp };
	struct hit	 h;
	uint64_t	 set = 0;
	size_t		 i = 0;

	for (;; i++) {
		i = shape_skip(&r->trigger, &v, i, n, TR_CORE);
		if (i >= n)
			return (set);
		if (shape_at(&v, i, shape_may(&r->trigger, &v, i) & TR_CORE,
		    loose, &h) == FIND_YES && h.end > h.from)
			set |= 1ULL << h.row;
	}
}

/* Guesses are believed in text alone. */
static int
is_text(const uint8_t *p, size_t n)
{
	size_t	i, good = 0;

	for (i = 0; i < n; i++)
		good += (shape_class[p[i]] & C_PRINT) != 0;
	return (good * 5 > n * 4);
}

static int
sextet(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return (c - 'A');
	if (c >= 'a' && c <= 'z')
		return (c - 'a' + 26);
	if (c >= '0' && c <= '9')
		return (c - '0' + 52);
	if (c == '+' || c == '-')
		return (62);
	return (c == '/' || c == '_' ? 63 : -1);
}

/* Line ends inside are passed over. */
uint64_t
decode_base64(const struct rules *r, const uint8_t *p, size_t n)
{
	static uint8_t	 letter[WORD_PART], out[WORD_PART];
	uint64_t	 set = 0;
	uint32_t	 acc;
	size_t		 i, k, m = 0, len;
	int		 s;

	for (i = 0; i < n && m < sizeof(letter); i++)
		if ((s = sextet(p[i])) != -1)
			letter[m++] = (uint8_t)s;
	for (i = 0; i < 4 && i < m; i++) {
		for (k = i, len = 0; k + 4 <= m; k += 4) {
			acc = (uint32_t)letter[k] << 18 |
			    (uint32_t)letter[k + 1] << 12 |
			    (uint32_t)letter[k + 2] << 6 | letter[k + 3];
			out[len++] = (uint8_t)(acc >> 16);
			out[len++] = (uint8_t)(acc >> 8);
			out[len++] = (uint8_t)acc;
		}
		if (k + 2 <= m)
			out[len++] = (uint8_t)(letter[k] << 2 |
			    letter[k + 1] >> 4);
		if (k + 3 <= m)
			out[len++] = (uint8_t)(letter[k + 1] << 4 |
			    letter[k + 2] >> 2);
		set |= decode_find(r, out, len, is_text(out, len));
	}
	return (set);
}

static int
nibble(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return (c - '0');
	if (c >= 'a' && c <= 'f')
		return (c - 'a' + 10);
	return (c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1);
}

uint64_t
decode_hex(const struct rules *r, const uint8_t *p, size_t n)
{
	static uint8_t	 digit[WORD_PART], out[WORD_PART / 2];
	uint64_t	 set = 0;
	size_t		 i, k, m = 0, len;
	int		 d;

	for (i = 0; i < n && m < sizeof(digit); i++)
		if ((d = nibble(p[i])) != -1)
			digit[m++] = (uint8_t)d;
	for (i = 0; i < 2; i++) {
		for (k = i, len = 0; k + 2 <= m; k += 2)
			out[len++] = (uint8_t)(digit[k] << 4 | digit[k + 1]);
		set |= decode_find(r, out, len, is_text(out, len));
	}
	return (set);
}

uint64_t
decode_url(const struct rules *r, const uint8_t *p, size_t n)
{
	static uint8_t	out[WORD_PART];
	size_t		i, len = 0;

	for (i = 0; i < n && len < sizeof(out); i++) {
		if (p[i] == '%' && i + 2 < n && nibble(p[i + 1]) != -1 &&
		    nibble(p[i + 2]) != -1) {
			out[len++] = (uint8_t)(nibble(p[i + 1]) << 4 |
			    nibble(p[i + 2]));
			i += 2;
		} else
			out[len++] = p[i];
	}
	return (decode_find(r, out, len, is_text(out, len)));
}
