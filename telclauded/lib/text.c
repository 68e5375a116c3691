/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The named filters from outsiders' bytes to something usable.  Pure.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "telclauded/lib/text.h"
#include "telclauded/lib/util.h"

struct text
text_of(const char *p, size_t n)
{
	struct text	 t;

	t.taint = p;
	t.len = n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
	return (t);
}

/* Bidirectional controls and zero-width characters rewrite what a terminal
 * shows: U+200B-200F, 202A-202E, 2060-2069, FEFF. */
static int
seq_invisible(const unsigned char *s, size_t n)
{
	if (n != 3)
		return (0);
	if (s[0] == 0xe2 && s[1] == 0x80)
		return ((s[2] >= 0x8b && s[2] <= 0x8f) ||
		    (s[2] >= 0xa8 && s[2] <= 0xae));
	if (s[0] == 0xe2 && s[1] == 0x81)
		return (s[2] >= 0xa0 && s[2] <= 0xa9);
	return (s[0] == 0xef && s[1] == 0xbb && s[2] == 0xbf);
}

static size_t
seq_len(const char *s, size_t n)
{
	size_t	 k;

	for (k = 1; k <= 4 && k <= n; k++)
		if (str_isutf8(s, k))
			return (k);
	return (0);
}

const char *
text_for_log(struct text t, char *dst, size_t size)
{
	size_t		 i, k, n = 0;
	unsigned char	 c;

	if (size < 8) {
		if (size > 0)
			dst[0] = '\0';
		return (dst);
	}
	for (i = 0; i < t.len; i += k) {
		if (n + 8 > size) {
			memcpy(dst + n, "...", 3);
			n += 3;
			break;
		}
		c = (unsigned char)t.taint[i];
		k = seq_len(t.taint + i, t.len - i);
		if (k == 0 || c < 0x20 || c == 0x7f ||
		    (k == 2 && c == 0xc2 &&
		    (unsigned char)t.taint[i + 1] < 0xa0)) {
			(void)snprintf(dst + n, 5, "\\x%02x", c);
			n += 4;
			k = 1;
		} else if (seq_invisible((const unsigned char *)t.taint + i,
		    k)) {
			dst[n++] = '?';
		} else {
			memcpy(dst + n, t.taint + i, k);
			n += k;
		}
	}
	dst[n] = '\0';
	return (dst);
}

char *
text_utf8(struct text t, size_t *len)
{
	static const char	 repl[3] = { '\xef', '\xbf', '\xbd' };
	char			*out;
	size_t			 i, k, n = 0;

	if ((out = malloc((size_t)t.len * 3 + 1)) == NULL)
		return (NULL);
	for (i = 0; i < t.len; i += k) {
		k = seq_len(t.taint + i, t.len - i);
		if (k == 0 || t.taint[i] == '\0') {
			memcpy(out + n, repl, 3);
			n += 3;
			k = 1;
		} else {
			memcpy(out + n, t.taint + i, k);
			n += k;
		}
	}
	out[n] = '\0';
	*len = n;
	return (out);
}

const uint8_t *
text_raw(struct text t, size_t *len)
{
	*len = t.len;
	return ((const uint8_t *)t.taint);
}
