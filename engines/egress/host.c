/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Host names and addresses as text.  Used by egress; pure.  There is one way
 * to write an address: what another reader might take for one in another
 * form (0x7f.1, 2130706433, 0177.0.0.1, ::ffff:127.0.0.1) is no name here.
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "engines/egress/host.h"
#include "telclauded/lib/util.h"

#define LABEL_MAX	63

static int
is_digit(char c)
{
	return (c >= '0' && c <= '9');
}

static int
is_alpha(char c)
{
	return ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'));
}

static char
small(char c)
{
	return (c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c);
}

static int
label_ok(const char *s, size_t n)
{
	size_t	 i;

	if (n == 0 || n > LABEL_MAX || s[0] == '-' || s[n - 1] == '-')
		return (0);
	for (i = 0; i < n; i++)
		if (!is_alpha(s[i]) && !is_digit(s[i]) && s[i] != '-')
			return (0);
	return (1);
}

/* Would somebody read a name that ends so as a number? */
static int
numeric(const char *s, size_t n)
{
	size_t	 i;

	if (n >= 2 && s[0] == '0' && small(s[1]) == 'x') {
		for (i = 2; i < n; i++)
			if (!is_digit(s[i]) &&
			    (small(s[i]) < 'a' || small(s[i]) > 'f'))
				return (0);
		return (1);
	}
	for (i = 0; i < n; i++)
		if (!is_digit(s[i]))
			return (0);
	return (1);
}

static int
host_v4(struct target *t)
{
	struct in_addr	 a;
	char		 again[INET_ADDRSTRLEN];

	if (inet_pton(AF_INET, t->host, &a) != 1 ||
	    inet_ntop(AF_INET, &a, again, sizeof(again)) == NULL ||
	    strcmp(again, t->host) != 0)
		return (-1);
	t->kind = HOST_V4;
	return (0);
}

static int
host_v6(struct target *t, const char *s, size_t n)
{
	struct in6_addr	 a;
	char		 text[INET6_ADDRSTRLEN];

	if (n == 0 || n >= sizeof(text) || memchr(s, '\0', n) != NULL)
		return (-1);
	memcpy(text, s, n);
	text[n] = '\0';
	if (inet_pton(AF_INET6, text, &a) != 1 || IN6_IS_ADDR_V4MAPPED(&a) ||
	    inet_ntop(AF_INET6, &a, t->host, sizeof(t->host)) == NULL)
		return (-1);
	t->kind = HOST_V6;
	return (0);
}

static int
host_plain(struct target *t, const char *s, size_t n)
{
	size_t	 i, from;

	if (n == 0 || n > HOST_MAX)
		return (-1);
	for (i = from = 0; i <= n; i++) {
		if (i < n && s[i] != '.')
			continue;
		if (!label_ok(s + from, i - from))
			return (-1);
		if (i < n)
			from = i + 1;
	}
	for (i = 0; i < n; i++)
		t->host[i] = small(s[i]);
	t->host[n] = '\0';
	if (numeric(s + from, n - from))
		return (host_v4(t));
	t->kind = HOST_NAME;
	return (0);
}

static int
port_parse(struct target *t, const char *s, size_t n)
{
	unsigned	 v = 0;
	size_t		 i;

	if (n == 0 || n > 5 || s[0] == '0')
		return (-1);
	for (i = 0; i < n; i++) {
		if (!is_digit(s[i]))
			return (-1);
		v = v * 10 + (unsigned)(s[i] - '0');
	}
	if (v > 65535)
		return (-1);
	t->port = (uint16_t)v;
	return (0);
}

int
host_authority(struct target *t, const char *s, size_t n, uint16_t port)
{
	const char	*end, *rest;
	int		 bad;

	memset(t, 0, sizeof(*t));
	t->port = port;
	if (n > 0 && s[0] == '[') {
		if ((end = memchr(s, ']', n)) == NULL)
			return (-1);
		bad = host_v6(t, s + 1, (size_t)(end - s) - 1);
		rest = end + 1;
	} else {
		if (n == 0 || (rest = memchr(s, ':', n)) == NULL)
			rest = s + n;
		bad = host_plain(t, s, (size_t)(rest - s));
	}
	if (bad == -1)
		return (-1);
	if (rest == s + n)
		return (port == 0 ? -1 : 0);
	if (*rest != ':')
		return (-1);
	return (port_parse(t, rest + 1, (size_t)(s + n - rest) - 1));
}

int
host_same(const struct target *a, const struct target *b)
{
	return (a->kind == b->kind && a->port == b->port &&
	    strcmp(a->host, b->host) == 0);
}

void
host_format(const struct target *t, uint16_t port, char *dst, size_t size)
{
	const char	*open = t->kind == HOST_V6 ? "[" : "";
	const char	*shut = t->kind == HOST_V6 ? "]" : "";

	if (t->port == port)
		(void)str_format(dst, size, "%s%s%s", open, t->host, shut);
	else
		(void)str_format(dst, size, "%s%s%s:%u", open, t->host, shut,
		    t->port);
}
