/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Time, bounded strings, encodings, descriptor flags.  Pure but for the
 * clocks and fcntl.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "telclauded/lib/util.h"

static uint64_t
clock_ms(clockid_t id)
{
	struct timespec	 ts;

	(void)clock_gettime(id, &ts);
	return ((uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000);
}

uint64_t
now_ms(void)
{
	return (clock_ms(CLOCK_MONOTONIC));
}

uint64_t
wall_ms(void)
{
	return (clock_ms(CLOCK_REALTIME));
}

uint64_t
ms_apart(uint64_t a, uint64_t b)
{
	return (a > b ? a - b : b - a);
}

struct timeval
ms_tv(uint64_t ms)
{
	struct timeval	 tv;

	tv.tv_sec = (time_t)(ms / 1000);
	tv.tv_usec = (suseconds_t)(ms % 1000) * 1000;
	return (tv);
}

int
str_copy(char *dst, const char *src, size_t size)
{
	size_t	 n = strlen(src);
	int	 cut = n >= size;

	if (size == 0)
		return (-1);
	if (cut)
		n = size - 1;
	memcpy(dst, src, n);
	dst[n] = '\0';
	return (cut ? -1 : 0);
}

int
str_format(char *dst, size_t size, const char *fmt, ...)
{
	va_list	 ap;
	int	 n;

	va_start(ap, fmt);
	n = vsnprintf(dst, size, fmt, ap);
	va_end(ap);
	return (n < 0 || (size_t)n >= size ? -1 : 0);
}

int
fd_nonblock(int fd)
{
	int	 fl = fcntl(fd, F_GETFL);

	return (fl == -1 ? -1 : fl & O_NONBLOCK ? 0 :
	    fcntl(fd, F_SETFL, fl | O_NONBLOCK));
}

int
fd_cloexec(int fd)
{
	return (fcntl(fd, F_SETFD, FD_CLOEXEC));
}

static const char b64set[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *
b64_encode(const void *v, size_t n)
{
	const uint8_t	*p = v;
	char		*out, *o;
	uint32_t	 w;
	size_t		 i;

	if (n > SIZE_MAX / 2 || (out = malloc((n + 2) / 3 * 4 + 1)) == NULL)
		return (NULL);
	for (o = out, i = 0; i < n; i += 3) {
		w = (uint32_t)p[i] << 16;
		if (i + 1 < n)
			w |= (uint32_t)p[i + 1] << 8;
		if (i + 2 < n)
			w |= p[i + 2];
		*o++ = b64set[w >> 18];
		*o++ = b64set[w >> 12 & 63];
		*o++ = i + 1 < n ? b64set[w >> 6 & 63] : '=';
		*o++ = i + 2 < n ? b64set[w & 63] : '=';
	}
	*o = '\0';
	return (out);
}

ssize_t
b64_decode(const char *s, void *out, size_t outsize)
{
	const char	*c;
	uint8_t		*o = out;
	uint32_t	 w = 0;
	size_t		 n = 0, len = strlen(s), i;
	unsigned	 bits = 0;

	while (len > 0 && s[len - 1] == '=')
		len--;
	for (i = 0; i < len; i++) {
		if (s[i] == '\0' || (c = strchr(b64set, s[i])) == NULL)
			return (-1);
		w = w << 6 | (uint32_t)(c - b64set);
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			if (n == outsize)
				return (-1);
			o[n++] = (uint8_t)(w >> bits);
		}
	}
	return (len % 4 == 1 ? -1 : (ssize_t)n);
}

void
hex_encode(const void *v, size_t n, char *out)
{
	static const char	 hex[] = "0123456789abcdef";
	const uint8_t		*p = v;
	size_t			 i;

	for (i = 0; i < n; i++) {
		out[2 * i] = hex[p[i] >> 4];
		out[2 * i + 1] = hex[p[i] & 15];
	}
	out[2 * n] = '\0';
}

int
mem_equal(const void *a, const void *b, size_t n)
{
	const volatile uint8_t	*x = a, *y = b;
	unsigned		 d = 0;
	size_t			 i;

	for (i = 0; i < n; i++)
		d |= (unsigned)(x[i] ^ y[i]);
	return (d == 0);
}

int
name_word(const char *s)
{
	static const char	 ok[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789_-.@";
	size_t			 n = strlen(s);

	return (n > 0 && n < NAME_MAX_LEN && strspn(s, ok) == n);
}

int
name_ok(const char *s)
{
	/* A number is a person already, linked or not. */
	return (name_word(s) &&
	    s[strspn(s + (*s == '-'), "0123456789") + (*s == '-')] != '\0');
}
