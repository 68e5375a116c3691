/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Characters that a person does not see and a model reads: a page could say
 * with them what nobody notices.  Pure.
 */
#include "engines/tool/fetch/html.h"

/* The character at p of valid UTF-8. */
uint32_t
utf8_get(const char *p, size_t len, size_t *used)
{
	const unsigned char *s = (const unsigned char *)p;
	size_t n, i;
	uint32_t c;

	n = s[0] < 0xc0 ? 1 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	if (n > len)
		n = len;
	c = n == 1 ? s[0] : s[0] & (0xffu >> (n + 1));
	for (i = 1; i < n; i++)
		c = c << 6 | (s[i] & 0x3f);
	*used = n;
	return (c);
}

/*
 * Controls; soft hyphens; marks of direction, which show text in another
 * order than it has; what has no width; tags and the supplementary variation
 * selectors, which can spell out whole texts.
 */
int
clean_drops(uint32_t c)
{
	return ((c < 0x20 && c != '\t' && c != '\n') ||
	    (c >= 0x7f && c <= 0x9f) || c == 0xad || c == 0x61c ||
	    c == 0x180e || c == 0x200b || c == 0x200e || c == 0x200f ||
	    (c >= 0x202a && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
	    c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
	    c == 0x115f || c == 0x1160 || c == 0x3164 || c == 0xffa0 ||
	    (c >= 0xe0000 && c <= 0xe0fff));
}

void
clean_text(struct buf *out, const char *p, size_t len)
{
	size_t i, n, start = 0;
	uint32_t c;

	for (i = 0; i < len; i += n) {
		c = utf8_get(p + i, len - i, &n);
		if (!clean_drops(c))
			continue;
		(void)buf_add(out, p + start, i - start);
		/* An old line end, not the first half of a newer one. */
		if (c == '\r' && (i + 1 >= len || p[i + 1] != '\n'))
			(void)buf_add(out, "\n", 1);
		start = i + n;
	}
	(void)buf_add(out, p + start, len - start);
}
