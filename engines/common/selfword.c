/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The parent's words to a twin, in its argv: written by the one, read by the
 * other.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "engines/common/selftest.h"
#include "telclauded/lib/util.h"

int
self_words(const struct self_ctx *c, char *buf, size_t len)
{
	return (str_format(buf, len, "%d %u %u %s %u", (int)c->sibling,
	    c->port4, c->port6, c->abstract, c->flags));
}

static int
number(const char **s, unsigned long max, unsigned long *out)
{
	char	*end;

	if (**s < '0' || **s > '9')
		return (-1);
	errno = 0;
	*out = strtoul(*s, &end, 10);
	if (errno != 0 || *out > max)
		return (-1);
	*s = *end == ' ' ? end + 1 : end;
	return (0);
}

int
self_parse(struct self_ctx *c, const char *s)
{
	unsigned long	 pid, p4, p6, flags;
	size_t		 n;

	if (number(&s, INT_MAX, &pid) == -1 ||
	    number(&s, UINT16_MAX, &p4) == -1 ||
	    number(&s, UINT16_MAX, &p6) == -1)
		return (-1);
	n = strcspn(s, " ");
	if (n == 0 || n >= sizeof(c->abstract) || s[n] != ' ')
		return (-1);
	memcpy(c->abstract, s, n);
	c->abstract[n] = '\0';
	s += n + 1;
	if (number(&s, UINT_MAX, &flags) == -1 || *s != '\0')
		return (-1);
	c->sibling = (pid_t)pid;
	c->port4 = (uint16_t)p4;
	c->port6 = (uint16_t)p6;
	c->flags = (unsigned)flags;
	return (0);
}
