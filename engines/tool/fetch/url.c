/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Addresses: what may be fetched, what counts as the same site, where a link
 * leads.  libcurl's parser is the only one, as libcurl makes the request.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engines/tool/fetch/fetch.h"

#define SET_FLAGS	(CURLU_URLENCODE | CURLU_NON_SUPPORT_SCHEME)

static int
part(CURLU *u, CURLUPart what, char *dst, size_t size, unsigned flags)
{
	char *s = NULL;
	int r;

	if (curl_url_get(u, what, &s, flags) != CURLUE_OK)
		return (-1);
	r = str_copy(dst, s, size);
	curl_free(s);
	return (r);
}

static int
has(CURLU *u, CURLUPart what)
{
	char *s = NULL;
	int r;

	r = curl_url_get(u, what, &s, 0) == CURLUE_OK;
	curl_free(s);
	return (r);
}

/* Letters, digits, dots and dashes, or an address in brackets. */
static int
host_ok(const char *h)
{
	size_t n = strlen(h);

	if (n == 0 || n > 255)
		return (0);
	if (h[0] == '[')
		return (strspn(h + 1, "0123456789abcdefABCDEF:.") == n - 2 &&
		    h[n - 1] == ']');
	return (strspn(h, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXY"
	    "Z0123456789-._") == n && h[0] != '.' && h[0] != '-');
}

static const char *
judge(struct url *d)
{
	char scheme[16], port[16], *p;

	if (part(d->u, CURLUPART_SCHEME, scheme, sizeof(scheme), 0) == -1 ||
	    (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0))
		return ("only http and https addresses can be fetched");
	d->tls = scheme[4] == 's';
	if (has(d->u, CURLUPART_USER) || has(d->u, CURLUPART_PASSWORD))
		return ("the address holds a user name or password; those "
		    "are not sent");
	if (part(d->u, CURLUPART_HOST, d->host, sizeof(d->host),
	    CURLU_PUNYCODE) == -1 || !host_ok(d->host) ||
	    has(d->u, CURLUPART_ZONEID))
		return ("the address has no host name that can be used");
	for (p = d->host; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p |= 32;
	if (part(d->u, CURLUPART_PORT, port, sizeof(port),
	    CURLU_DEFAULT_PORT) == -1 ||
	    (d->port = (unsigned)strtoul(port, NULL, 10)) == 0 ||
	    d->port > 65535)
		return ("the address has no port that can be used");
	if (curl_url_set(d->u, CURLUPART_HOST, d->host, 0) != CURLUE_OK ||
	    curl_url_set(d->u, CURLUPART_FRAGMENT, NULL, 0) != CURLUE_OK ||
	    part(d->u, CURLUPART_URL, d->text, sizeof(d->text), 0) == -1)
		return ("the address is too long");
	for (p = d->text; *p != '\0'; p++)
		if (*p <= ' ' || *p > '~')
			return ("the address holds characters it may not");
	return (NULL);
}

int
url_parse(struct url *d, const char *s, const struct url *base,
    const char **why)
{
	memset(d, 0, sizeof(*d));
	*why = "the address is too long";
	if (strlen(s) > URL_MAXLEN)
		return (-1);
	*why = "this is not an address";
	d->u = base == NULL ? curl_url() : curl_url_dup(base->u);
	if (d->u == NULL || (base == NULL && strstr(s, "://") == NULL) ||
	    curl_url_set(d->u, CURLUPART_URL, s, SET_FLAGS) != CURLUE_OK ||
	    (*why = judge(d)) != NULL) {
		url_free(d);
		return (-1);
	}
	return (0);
}

void
url_free(struct url *d)
{
	curl_url_cleanup(d->u);
	d->u = NULL;
}

static const char *
bare(const char *host)
{
	return (strncmp(host, "www.", 4) == 0 ? host + 4 : host);
}

int
url_same(const struct url *a, const struct url *b)
{
	if (strcmp(bare(a->host), bare(b->host)) != 0)
		return (0);
	if (a->tls == b->tls)
		return (a->port == b->port);
	return (a->port == (a->tls ? 443 : 80) &&
	    b->port == (b->tls ? 443 : 80));
}

/* Without what a browser would leave out, and what ends a link of ours. */
static char *
link_text(const char *s)
{
	struct buf b;

	buf_init(&b);
	for (; *s != '\0'; s++)
		if (*s == '(' || *s == ')')
			(void)buf_puts(&b, *s == '(' ? "%28" : "%29");
		else if (*s > ' ' && *s <= '~')
			(void)buf_add(&b, s, 1);
	if (b.failed || b.len > URL_MAXLEN) {
		buf_free(&b);
		return (NULL);
	}
	return (b.p);
}

char *
url_link(CURLU *base, const char *href, size_t len)
{
	char raw[URL_MAXLEN + 1], scheme[16], *s = NULL, *r = NULL;
	size_t i, n = 0;
	CURLU *u;

	for (i = 0; i < len; i++)
		if (href[i] != '\n' && href[i] != '\r' && href[i] != '\t') {
			if (n == 0 && href[i] == ' ')
				continue;
			if (n == URL_MAXLEN || href[i] == '\0')
				return (NULL);
			raw[n++] = href[i];
		}
	while (n > 0 && raw[n - 1] == ' ')
		n--;
	raw[n] = '\0';
	if (n == 0 || raw[0] == '#')
		return (NULL);
	if (strncasecmp(raw, "mailto:", 7) == 0)
		return (link_text(raw));
	u = base == NULL ? curl_url() : curl_url_dup(base);
	if (u == NULL)
		return (NULL);
	if (curl_url_set(u, CURLUPART_URL, raw, SET_FLAGS) == CURLUE_OK &&
	    part(u, CURLUPART_SCHEME, scheme, sizeof(scheme), 0) == 0 &&
	    (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0) &&
	    curl_url_set(u, CURLUPART_USER, NULL, 0) == CURLUE_OK &&
	    curl_url_set(u, CURLUPART_PASSWORD, NULL, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_URL, &s, 0) == CURLUE_OK)
		r = link_text(s);
	curl_free(s);
	curl_url_cleanup(u);
	return (r);
}
