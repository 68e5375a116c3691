/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Parses the head of a request.  Used by egress; pure.  What two readers
 * could understand in two ways is refused, not mended: the reader behind us
 * may be any server.
 */
#include <string.h>
#include <strings.h>

#include "engines/egress/head.h"
#include "engines/egress/headint.h"

/* tchar of RFC 9110 */
int
head_token(const char *s, size_t n)
{
	static const char	 others[] = "!#$%&'*+-.^_`|~";
	size_t			 i;

	for (i = 0; i < n; i++)
		if (!((s[i] >= 'a' && s[i] <= 'z') ||
		    (s[i] >= 'A' && s[i] <= 'Z') ||
		    (s[i] >= '0' && s[i] <= '9')) &&
		    (s[i] == '\0' || strchr(others, s[i]) == NULL))
			return (0);
	return (n > 0);
}

/*
 * The next line without its end; -1 bad, 0 not whole.  A line ends with CR LF
 * and holds no other control byte but tabs.
 */
static int
next_line(const char *p, size_t n, size_t off, size_t *len)
{
	size_t	 i;
	uint8_t	 c;

	for (i = off; i < n; i++) {
		c = (uint8_t)p[i];
		if (c == '\r') {
			if (i + 1 == n)
				return (0);
			*len = i - off;
			return (p[i + 1] == '\n' ? 1 : -1);
		}
		if ((c < ' ' && c != '\t') || c == 0x7f)
			return (-1);
	}
	return (0);
}

static struct span
span(const char *base, const char *s, size_t n)
{
	struct span	 v = { (uint16_t)(s - base), (uint16_t)n };

	return (v);
}

/* --- the request line -------------------------------------------------- */
static enum reason
absolute(struct head *h, const char *base, const char *uri, size_t n)
{
	static const char	 http[] = "http://", https[] = "https://";
	const char		*auth, *path, *end = uri + n;
	size_t			 i;

	if (n > sizeof(https) - 1 &&
	    strncasecmp(uri, https, sizeof(https) - 1) == 0)
		return (WHY_HTTPS);
	if (n < sizeof(http) || strncasecmp(uri, http, sizeof(http) - 1) != 0)
		return (WHY_SYNTAX);
	auth = uri + sizeof(http) - 1;
	for (path = auth; path < end && *path != '/' && *path != '?'; path++)
		;
	for (i = 0; i < n; i++)
		if (uri[i] < '!' || uri[i] > '~' || uri[i] == '#')
			return (WHY_SYNTAX);
	/* Somebody's password in front of an @ is no part of a host. */
	if (host_authority(&h->to, auth, (size_t)(path - auth), 80) == -1)
		return (WHY_NAME);
	h->path = span(base, path, (size_t)(end - path));
	return (WHY_OK);
}

static enum reason
request_line(struct head *h, const char *p, size_t n)
{
	const char	*sp1 = memchr(p, ' ', n), *sp2, *uri, *v;
	size_t		 vlen;

	if (sp1 == NULL || !head_token(p, (size_t)(sp1 - p)))
		return (WHY_SYNTAX);
	uri = sp1 + 1;
	if ((sp2 = memchr(uri, ' ', n - (size_t)(uri - p))) == NULL ||
	    sp2 == uri)
		return (WHY_SYNTAX);
	v = sp2 + 1;
	vlen = n - (size_t)(v - p);
	if (vlen < 5 || memcmp(v, "HTTP/", 5) != 0)
		return (WHY_SYNTAX);
	if (vlen != 8 || memcmp(v, "HTTP/1.", 7) != 0 ||
	    (v[7] != '0' && v[7] != '1'))
		return (WHY_VERSION);
	h->minor = v[7] - '0';
	h->method = span(p, p, (size_t)(sp1 - p));
	if (h->method.len == 7 && memcmp(p, "CONNECT", 7) == 0) {
		h->connect = 1;
		if (host_authority(&h->to, uri, (size_t)(sp2 - uri), 0) == -1)
			return (WHY_NAME);
		/* Allowed for plain HTTP; no TLS lives there. */
		return (h->to.port == 80 ? WHY_PLAIN : WHY_OK);
	}
	return (absolute(h, p, uri, (size_t)(sp2 - uri)));
}

/* --- fields ------------------------------------------------------------ */
static int
is_ows(char c)
{
	return (c == ' ' || c == '\t');
}

static enum reason
field_line(struct head *h, const char *base, const char *p, size_t n)
{
	const char	*colon = memchr(p, ':', n), *v;
	struct field	*f;
	size_t		 len;

	/* Also refuses a folded line and a space before the colon. */
	if (colon == NULL || !head_token(p, (size_t)(colon - p)))
		return (WHY_SYNTAX);
	if (h->nfields == HEAD_FIELDS)
		return (WHY_LARGE);
	v = colon + 1;
	len = n - (size_t)(v - p);
	while (len > 0 && is_ows(*v)) {
		v++;
		len--;
	}
	while (len > 0 && is_ows(v[len - 1]))
		len--;
	f = &h->fields[h->nfields++];
	f->name = span(base, p, (size_t)(colon - p));
	f->value = span(base, v, len);
	return (WHY_OK);
}

ssize_t
head_parse(struct head *h, const char *p, size_t n, enum reason *why)
{
	size_t	 off = 0, len = 0, max = n < HEAD_MAX ? n : HEAD_MAX;
	int	 r, first = 1;

	h->to.kind = HOST_NONE;
	h->connect = h->expect = 0;
	h->nfields = 0;
	h->body = BODY_NONE;
	h->length = 0;
	for (;; first = 0, off += len + 2) {
		if ((r = next_line(p, max, off, &len)) == 0) {
			*why = WHY_LARGE;
			return (n >= HEAD_MAX ? -1 : 0);
		}
		*why = WHY_SYNTAX;
		if (r == -1)
			return (-1);
		if (first)
			*why = request_line(h, p, len);
		else if (len == 0)
			break;
		else
			*why = field_line(h, p, p + off, len);
		if (*why != WHY_OK)
			return (-1);
	}
	*why = head_judge(h, p);
	return (*why == WHY_OK ? (ssize_t)(off + 2) : -1);
}
