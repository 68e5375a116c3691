/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Base URLs of the configuration and header lines of the server: pure
 * functions over bounded bytes, run by relay and gate.  The lines are
 * foreign; what is kept of them is numbers and a few printable bytes.
 */
#include <arpa/inet.h>

#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "engines/common/http_int.h"
#include "telclauded/lib/util.h"

#define RETRY_MAX_MS	(3600u * 1000)

/* No control bytes, no bytes above ASCII; space (and tab) only where it is
 * allowed. */
int
http_clean(const char *s, int space)
{
	for (; *s != '\0'; s++)
		if (((unsigned char)*s < (space ? 0x20 : 0x21) &&
		    !(space && *s == '\t')) ||
		    (unsigned char)*s > 0x7e)
			return (0);
	return (1);
}

static int
parse_port(const char *s, size_t n, uint16_t *port)
{
	unsigned v = 0;

	if (n == 0 || n > 5)
		return (-1);
	while (n-- > 0) {
		if (*s < '0' || *s > '9')
			return (-1);
		v = v * 10 + (unsigned)(*s++ - '0');
	}
	if (v == 0 || v > 65535)
		return (-1);
	*port = (uint16_t)v;
	return (0);
}

static int
parse_host(const char *s, size_t n, struct http_url *u)
{
	unsigned char a[16];
	size_t i;

	if (n == 0 || n >= sizeof(u->host))
		return (-1);
	for (i = 0; i < n; i++) {
		if (!isalnum((unsigned char)s[i]) && strchr("-._:", s[i]) ==
		    NULL)
			return (-1);
		u->host[i] = (char)tolower((unsigned char)s[i]);
	}
	u->host[n] = '\0';
	if (inet_pton(AF_INET, u->host, a) == 1)
		u->literal = 4;
	else if (inet_pton(AF_INET6, u->host, a) == 1)
		u->literal = 6;
	else
		u->literal = 0;
	return (0);
}

int
http_url_parse(const char *s, struct http_url *u)
{
	const char *host, *end, *port = NULL;
	size_t n;

	memset(u, 0, sizeof(*u));
	if (!http_clean(s, 0) || strpbrk(s, "@?#\\") != NULL)
		return (-1);
	if (str_copy(u->base, s, sizeof(u->base)) == -1)
		return (-1);
	if (strncasecmp(s, "https://", 8) == 0) {
		u->tls = 1;
		u->port = 443;
	} else if (strncasecmp(s, "http://", 7) == 0)
		u->port = 80;
	else
		return (-1);
	host = s + (u->tls ? 8 : 7);
	end = host + strcspn(host, "/");
	if (*host == '[') {
		const char *close = memchr(host, ']', (size_t)(end - host));

		if (close == NULL || parse_host(host + 1,
		    (size_t)(close - host - 1), u) == -1 || u->literal != 6)
			return (-1);
		port = close + 1;
	} else {
		n = strcspn(host, ":/");
		if (parse_host(host, n, u) == -1 || u->literal == 6)
			return (-1);
		port = host + n;
	}
	if (port != end && (*port != ':' ||
	    parse_port(port + 1, (size_t)(end - port - 1), &u->port) == -1))
		return (-1);
	for (n = strlen(u->base); u->base[n - 1] == '/'; n--)
		u->base[n - 1] = '\0';
	return (0);
}

/* "Sun, 06 Nov 1994 08:49:37 GMT", the one form servers may still make. */
static int
parse_date(const char *s, size_t n, int64_t *when)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	static const char form[] = "AAA, DD AAA DDDD DD:DD:DD GMT";
	struct tm tm = { 0 };
	size_t i;
	int m;

	if (n != sizeof(form) - 1)
		return (-1);
	for (i = 0; i < n; i++)
		if (form[i] == 'A' ? !isalpha((unsigned char)s[i]) :
		    form[i] == 'D' ? !isdigit((unsigned char)s[i]) :
		    form[i] != s[i])
			return (-1);
#define TWO(at)	((s[at] - '0') * 10 + s[(at) + 1] - '0')
	for (m = 0; m < 12 && memcmp(months + 3 * m, s + 8, 3) != 0; m++)
		;
	tm.tm_mday = TWO(5);
	tm.tm_mon = m;
	tm.tm_year = TWO(12) * 100 + TWO(14) - 1900;
	tm.tm_hour = TWO(17);
	tm.tm_min = TWO(20);
	tm.tm_sec = TWO(23);
#undef TWO
	if (m == 12 || tm.tm_year < 70 || tm.tm_mday < 1 || tm.tm_mday > 31 ||
	    tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60)
		return (-1);
	*when = (int64_t)timegm(&tm);
	return (0);
}

/* Digits with an optional fraction, times scale, clamped; -1: not that. */
static int64_t
parse_count(const char *s, size_t n, uint32_t scale)
{
	uint64_t v = 0, part = scale;
	size_t i;

	for (i = 0; i < n && isdigit((unsigned char)s[i]); i++)
		if (v <= RETRY_MAX_MS)
			v = v * 10 + (uint64_t)(s[i] - '0');
	if (i == 0)
		return (-1);
	v *= scale;
	if (i < n && s[i] == '.')
		for (i++; i < n && isdigit((unsigned char)s[i]); i++) {
			part /= 10;
			v += part * (uint64_t)(s[i] - '0');
		}
	if (i != n)
		return (-1);
	return ((int64_t)MINIMUM(v, RETRY_MAX_MS));
}

/* Value of retry-after as milliseconds from now; 0 when it says nothing. */
uint32_t
http_retry_after(const char *s, size_t n, int64_t now_s)
{
	int64_t v, when;

	if ((v = parse_count(s, n, 1000)) >= 0)
		return ((uint32_t)v);
	if (parse_date(s, n, &when) == -1 || when <= now_s)
		return (0);
	return (when - now_s >= RETRY_MAX_MS / 1000 ? RETRY_MAX_MS :
	    (uint32_t)(when - now_s) * 1000);
}

static void
head_field(struct http_head *h, const char *name, size_t nn, const char *v,
    size_t n, int64_t now_s)
{
	int64_t ms;
	size_t i;

#define IS(x)	(nn == sizeof(x) - 1 && strncasecmp(name, x, nn) == 0)
	if (IS("retry-after-ms")) {
		if ((ms = parse_count(v, n, 1)) > 0)
			h->retry_ms = (uint32_t)ms;
	} else if (IS("retry-after")) {
		/* The finer header wins, whichever came first. */
		if (h->retry_ms == 0)
			h->retry_ms = http_retry_after(v, n, now_s);
	} else if (IS("request-id") && n < sizeof(h->reqid)) {
		for (i = 0; i < n; i++)
			if (!isalnum((unsigned char)v[i]) && v[i] != '_' &&
			    v[i] != '-')
				return;
		memcpy(h->reqid, v, n);
		h->reqid[n] = '\0';
	}
#undef IS
}

int
http_head_line(struct http_head *h, const char *s, size_t n, int64_t now_s)
{
	const char *colon;
	size_t nn;

	h->bytes += n;
	if (h->bytes > HTTP_HEAD_MAX)
		return (-1);
	if (h->done)			/* a trailer */
		return (0);
	while (n > 0 && isspace((unsigned char)s[n - 1]))
		n--;
	if (n == 0) {
		if (h->status < 200)	/* 100 Continue, 103 Early Hints */
			return (0);
		h->done = 1;
		return (1);
	}
	if (n >= 12 && memcmp(s, "HTTP/", 5) == 0 &&
	    (colon = memchr(s, ' ', n)) != NULL && s + n - colon >= 4) {
		h->status = parse_count(colon + 1, 3, 1);
		h->retry_ms = 0;
		h->reqid[0] = '\0';
		return (h->status < 100 ? -1 : 0);
	}
	if ((colon = memchr(s, ':', n)) == NULL)
		return (0);
	nn = (size_t)(colon - s);
	for (colon++, n -= nn + 1; n > 0 && (*colon == ' ' || *colon == '\t');
	    colon++, n--)
		;
	head_field(h, s, nn, colon, n, now_s);
	return (0);
}
