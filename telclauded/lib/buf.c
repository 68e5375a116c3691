/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * A growing byte string, and JSON string quoting into it.  Pure.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "telclauded/lib/util.h"

void
buf_init(struct buf *b)
{
	memset(b, 0, sizeof(*b));
}

void
buf_free(struct buf *b)
{
	free(b->p);
	memset(b, 0, sizeof(*b));
}

static int
buf_room(struct buf *b, size_t n)
{
	size_t	 want, cap;
	char	*p;

	if (b->failed || __builtin_add_overflow(b->len, n, &want) ||
	    __builtin_add_overflow(want, 1, &want)) {
		b->failed = 1;
		return (-1);
	}
	if (want <= b->cap)
		return (0);
	cap = b->cap < 256 ? 256 : b->cap;
	while (cap < want)
		cap += cap / 2;
	if ((p = realloc(b->p, cap)) == NULL) {
		b->failed = 1;
		return (-1);
	}
	b->p = p;
	b->cap = cap;
	return (0);
}

int
buf_add(struct buf *b, const void *p, size_t n)
{
	if (buf_room(b, n) == -1)
		return (-1);
	if (n > 0)
		memcpy(b->p + b->len, p, n);
	b->len += n;
	b->p[b->len] = '\0';
	return (0);
}

int
buf_puts(struct buf *b, const char *s)
{
	return (buf_add(b, s, strlen(s)));
}

int
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list	 ap;
	int	 n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || buf_room(b, (size_t)n) == -1) {
		b->failed = 1;
		return (-1);
	}
	va_start(ap, fmt);
	(void)vsnprintf(b->p + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
	return (0);
}

void
buf_drain(struct buf *b, size_t n)
{
	if (n == 0)
		return;
	if (n > b->len)
		n = b->len;
	memmove(b->p, b->p + n, b->len - n);
	b->len -= n;
	b->p[b->len] = '\0';
}

/* Length of the valid UTF-8 sequence at s, or 0. */
static size_t
utf8_seq(const unsigned char *s, size_t n)
{
	size_t	 len, i;

	if (s[0] < 0x80)
		return (1);
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		len = 2;
	else if (s[0] >= 0xe0 && s[0] <= 0xef)
		len = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		len = 4;
	else
		return (0);
	if (n < len)
		return (0);
	for (i = 1; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return (0);
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return (0);
	return (len);
}

/* U+0080 to U+009F: a terminal may take them for commands. */
static int
is_c1(const unsigned char *s)
{
	return (s[0] == 0xc2 && s[1] <= 0x9f);
}

int
buf_json_str(struct buf *b, const char *s, size_t n)
{
	const unsigned char	*u = (const unsigned char *)s;
	size_t			 i, k, from = 0;
	char			 esc[8];

	buf_add(b, "\"", 1);
	for (i = 0; i < n; i += k) {
		k = utf8_seq(u + i, n - i);
		if ((k > 1 && !is_c1(u + i)) || (k == 1 && u[i] >= 0x20 &&
		    u[i] != '"' && u[i] != '\\' && u[i] != 0x7f))
			continue;
		buf_add(b, s + from, i - from);
		if (k == 0) {
			buf_puts(b, "\\ufffd");
			k = 1;
		} else if (u[i] == '"' || u[i] == '\\') {
			esc[0] = '\\';
			esc[1] = (char)u[i];
			buf_add(b, esc, 2);
		} else if (u[i] == '\n')
			buf_puts(b, "\\n");
		else {
			(void)snprintf(esc, sizeof(esc), "\\u%04x",
			    k == 1 ? u[i] : u[i + 1]);
			buf_puts(b, esc);
		}
		from = i + k;
	}
	buf_add(b, s + from, n - from);
	return (buf_add(b, "\"", 1));
}

int
str_isutf8(const char *s, size_t n)
{
	size_t	 i, k;

	for (i = 0; i < n; i += k)
		if ((k = utf8_seq((const unsigned char *)s + i, n - i)) == 0)
			return (0);
	return (1);
}

size_t
utf8_prefix(const char *s, size_t len, size_t max)
{
	if (len <= max)
		return (len);
	while (max > 0 && ((unsigned char)s[max] & 0xc0) == 0x80)
		max--;
	return (max);
}

size_t
utf8_whole(const char *s, size_t len)
{
	size_t		 i = len, need;
	unsigned char	 c;

	while (i > 0 && len - i < 3 && ((unsigned char)s[i - 1] & 0xc0) == 0x80)
		i--;
	if (i == 0)
		return (len);
	c = (unsigned char)s[--i];
	need = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
	return (len - i < need ? i : len);
}

size_t
utf16_len(const char *s, size_t n)
{
	size_t	 i, u = 0;

	for (i = 0; i < n; i++) {
		if (((unsigned char)s[i] & 0xc0) != 0x80)
			u++;
		if ((unsigned char)s[i] >= 0xf0)
			u++;
	}
	return (u);
}
