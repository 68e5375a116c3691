/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Classes of names.  Pure; run by the parent on names that a hijacked engine
 * may have sent, so every question has one answer for every string.
 */
#include <string.h>
#include <strings.h>

#include "telclauded/domains.def"
#include "telclauded/domains.h"
#include "telclauded/lib/util.h"

#define NAME_LEN	253
#define LABEL_LEN	63
#define DIGITS		"0123456789"

const struct domain_row domain_rows[] = {
#define ROW(class, name)	{ DC_##class, name },
	DOMAIN_TABLE(ROW)
#undef ROW
};
const size_t domain_nrows = NELEM(domain_rows);

const char *
domain_class_name(enum domain_class c)
{
	static const char *const names[DC_MAX] = { "none", "relay", "model",
	    "login", "closed", "tools" };

	return ((unsigned)c < DC_MAX ? names[c] : "?");
}

/* Is host a name below x? */
static int
is_below(const char *host, const char *x)
{
	size_t	 h = strlen(host), n = strlen(x);

	return (h > n + 1 && host[h - n - 1] == '.' &&
	    strcasecmp(host + h - n, x) == 0);
}

int
domain_match(const char *pattern, const char *host)
{
	if (strncmp(pattern, "*.", 2) == 0)
		return (is_below(host, pattern + 2));
	return (strcasecmp(pattern, host) == 0);
}

enum domain_class
domain_class(const char *host)
{
	const struct domain_row	*r;
	size_t			 i;

	for (i = 0; i < NELEM(domain_rows); i++) {
		r = &domain_rows[i];
		if (domain_match(r->name, host) ||
		    (r->class != DC_TOOLS && is_below(host, r->name)))
			return (r->class);
	}
	return (DC_NONE);
}

/*
 * "1.2.3.4", "127.1", "2130706433", "0x7f.1", "0177.1": a last label that is
 * a number makes it an address to one resolver or another.
 */
static int
ends_in_number(const char *host)
{
	const char	*l = strrchr(host, '.');

	l = l == NULL ? host : l + 1;
	if (l[strspn(l, DIGITS)] == '\0')
		return (1);
	return (l[0] == '0' && (l[1] == 'x' || l[1] == 'X') &&
	    l[2 + strspn(l + 2, DIGITS "abcdefABCDEF")] == '\0');
}

int
domain_valid(const char *host)
{
	static const char	 set[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ" DIGITS "-_";
	const char		*s;
	size_t			 n;

	if (host[0] == '\0' || strlen(host) > NAME_LEN)
		return (0);
	for (s = host; ; s += n + 1) {
		n = strspn(s, set);
		if (n == 0 || n > LABEL_LEN || s[0] == '-' || s[n - 1] == '-')
			return (0);
		if (s[n] == '\0')
			break;
		if (s[n] != '.')
			return (0);
	}
	return (!ends_in_number(host));
}

const char *
domain_covers(const char *pattern)
{
	const struct domain_row	*r;
	const char		*x = pattern;
	size_t			 i;

	if (strncmp(x, "*.", 2) == 0)
		x += 2;
	for (i = 0; i < NELEM(domain_rows); i++) {
		r = &domain_rows[i];
		if (r->class == DC_TOOLS)
			continue;
		/* It is one, is below one, or is a "*.x" above one. */
		if (strcasecmp(x, r->name) == 0 || is_below(x, r->name) ||
		    (x != pattern && is_below(r->name, x)))
			return (r->name);
	}
	return (NULL);
}
