/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What an api line names: host, port, and whether the host is an address.
 * Pure; run by the parent over its own configuration.
 */
#include <arpa/inet.h>

#include <string.h>

#include "parent/names/url.h"

int
addr_parse(const char *s, struct netaddr *a)
{
	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET, s, a->a) == 1) {
		a->family = 4;
		return (0);
	}
	if (inet_pton(AF_INET6, s, a->a) == 1) {
		a->family = 6;
		return (0);
	}
	return (-1);
}

/* Digits up to an end or a slash, 1 to 65535. */
static int
port_parse(const char *s, uint16_t *port)
{
	unsigned	 n = 0;

	if (*s < '0' || *s > '9')
		return (-1);
	for (; *s >= '0' && *s <= '9'; s++)
		if ((n = n * 10 + (unsigned)(*s - '0')) > 65535)
			return (-1);
	if ((*s != '\0' && *s != '/') || n == 0)
		return (-1);
	*port = (uint16_t)n;
	return (0);
}

int
url_parse(const char *s, struct url *u)
{
	const char	*end;
	size_t		 n;

	memset(u, 0, sizeof(*u));
	if (strncmp(s, "https://", 8) == 0) {
		u->tls = 1;
		s += 8;
	} else if (strncmp(s, "http://", 7) == 0)
		s += 7;
	else
		return (-1);
	u->port = u->tls ? 443 : 80;
	if (*s == '[') {
		if ((end = strchr(++s, ']')) == NULL)
			return (-1);
		n = (size_t)(end++ - s);
	} else {
		n = strcspn(s, ":/");
		end = s + n;
	}
	if (n == 0 || n >= sizeof(u->host))
		return (-1);
	memcpy(u->host, s, n);
	if (strpbrk(u->host, "/@?# \t") != NULL)
		return (-1);
	if (*end == ':')
		return (port_parse(end + 1, &u->port));
	return (*end == '\0' || *end == '/' ? 0 : -1);
}
