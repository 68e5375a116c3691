/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Finds the updates inside an answer to getUpdates without parsing them, and
 * the number of one that cannot be parsed.  Linked by the relay; trusts
 * nothing, recurses nowhere.
 */
#include <string.h>

#include "engines/relay/tg/update.h"

static const char *
skip_space(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' ||
	    *p == '\r'))
		p++;
	return (p);
}

/* p is at a quote: past the closing one, or NULL. */
static const char *
skip_string(const char *p, const char *end)
{
	for (p++; p < end; p++) {
		if (*p == '\\')
			p++;
		else if (*p == '"')
			return (p + 1);
	}
	return (NULL);
}

/* Past one value of any kind, or NULL when it has no end. */
static const char *
skip_value(const char *p, const char *end)
{
	size_t	depth = 0;

	while (p < end) {
		if (*p == '"') {
			if ((p = skip_string(p, end)) == NULL)
				return (NULL);
			if (depth == 0)
				return (p);
			continue;
		}
		if (*p == '{' || *p == '[')
			depth++;
		else if (*p == '}' || *p == ']') {
			if (depth == 0)
				return (p);
			if (--depth == 0)
				return (p + 1);
		} else if (*p == ',' && depth == 0)
			return (p);
		p++;
	}
	return (depth == 0 ? p : NULL);
}

/*
 * p is inside an object, before a key.  Finds the value of this key at this
 * level; NULL when it is not there.
 */
static const char *
find_key(const char *p, const char *end, const char *key)
{
	const char	*k;
	size_t		 n = strlen(key);
	int		 match;

	for (;;) {
		p = skip_space(p, end);
		if (p < end && *p == ',')
			p = skip_space(p + 1, end);
		if (p >= end || *p != '"')
			return (NULL);
		k = p + 1;
		if ((p = skip_string(p, end)) == NULL)
			return (NULL);
		match = (size_t)(p - 1 - k) == n && memcmp(k, key, n) == 0;
		p = skip_space(p, end);
		if (p >= end || *p != ':')
			return (NULL);
		p = skip_space(p + 1, end);
		if (match)
			return (p);
		if ((p = skip_value(p, end)) == NULL)
			return (NULL);
	}
}

void
upd_iter_init(struct upd_iter *it, const char *s, size_t len)
{
	const char	*ok;

	memset(it, 0, sizeof(*it));
	it->end = s + len;
	it->bad = 1;
	s = skip_space(s, it->end);
	if (s >= it->end || *s != '{')
		return;
	ok = find_key(s + 1, it->end, "ok");
	if (ok == NULL || it->end - ok < 4 || memcmp(ok, "true", 4) != 0)
		return;
	it->p = find_key(s + 1, it->end, "result");
	if (it->p == NULL || it->p >= it->end || *it->p != '[')
		return;
	it->p++;
	it->in = 1;
	it->bad = 0;
}

int
upd_iter_next(struct upd_iter *it, const char **s, size_t *len)
{
	const char	*p;

	if (!it->in)
		return (0);
	p = skip_space(it->p, it->end);
	if (p < it->end && *p == ',')
		p = skip_space(p + 1, it->end);
	if (p >= it->end || *p == ']' || *p == '}') {
		it->bad = p >= it->end || *p != ']';
		it->in = 0;
		return (0);
	}
	*s = p;
	if ((p = skip_value(p, it->end)) == NULL || p == *s) {
		it->bad = 1;
		it->in = 0;
		return (0);
	}
	*len = (size_t)(p - *s);
	it->p = p;
	return (1);
}

int64_t
update_scan_id(const char *s, size_t len)
{
	static const char	 key[] = "\"update_id\"";
	const char		*p, *end = s + len;
	int64_t			 id = 0;
	int			 n = 0;

	if ((p = memmem(s, len, key, sizeof(key) - 1)) == NULL)
		return (-1);
	p = skip_space(p + sizeof(key) - 1, end);
	if (p >= end || *p != ':')
		return (-1);
	for (p = skip_space(p + 1, end); p < end && *p >= '0' && *p <= '9';
	    p++) {
		if (++n > 18)
			return (-1);
		id = id * 10 + (*p - '0');
	}
	return (n > 0 ? id : -1);
}
